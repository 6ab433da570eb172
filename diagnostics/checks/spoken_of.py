"""Which hop a finding speaks of: the one Path among those of clients outside that shows it best."""

import re
from collections.abc import Callable

from diagnostics.checks.paths import FIELD_OF
from diagnostics.datapath.path import AccessKind, Outcome, Path
from diagnostics.datapath.summary import by_access
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding
from diagnostics.model.service import LOAD_BALANCER_MODE

_WORDS = re.compile(r"[0-9A-Za-z.:-]+")
_BY_ADDRESS = (AccessKind.LOAD_BALANCER, AccessKind.EXTERNAL_IP)


def path_spoken_of(case: Case, finding: Finding) -> Path | None:
    """The Path to look at, told from the addresses and fields in the finding's evidence; None when it is of no hop."""
    if not case.service.is_proxied:
        return None
    words = {
        word.strip(".:")
        for text in (finding.message, *(item.value for item in finding.evidence))
        for word in _WORDS.findall(text)
    } - {""}
    every = [path for paths in by_access(case.once(external_paths)).values() for path in paths]
    found = [path for path in every if _concerns(path, finding, words)]
    of_dsr = any(LOAD_BALANCER_MODE in item.field for item in finding.evidence)
    clearer: tuple[Callable[[Path], bool], ...] = (
        lambda path: path.seen.ip in words and not path.keeps_client,
        lambda path: any(address in words for address in path.endpoint.addresses),
        lambda path: path.outcome not in (Outcome.DELIVERED, Outcome.UNKNOWN),
        lambda path: of_dsr and path.direct_return,
        lambda path: bool(path.snat),
    )
    for is_clearer in clearer:
        found = [path for path in found if is_clearer(path)] or found
    return found[0] if found else None


def _concerns(path: Path, finding: Finding, words: set[str]) -> bool:
    """Whether the finding names the access of the path, its endpoints, or a field on which the whole way depends."""
    if path.access.address in words or words.intersection(path.endpoint.addresses):
        return True
    names_access = False
    for item in finding.evidence:
        if item.field == FIELD_OF[AccessKind.NODE_PORT]:
            names_access = True
            if path.access.kind is AccessKind.NODE_PORT and str(path.access.port) in _WORDS.findall(item.value):
                return True
        names_access = names_access or any(field in item.field for field in FIELD_OF.values())
    if names_access:
        return False
    fields = {item.field for item in finding.evidence}
    if any(LOAD_BALANCER_MODE in field for field in fields):
        return path.access.kind in _BY_ADDRESS
    is_about_endpoints = any(item.object.startswith("EndpointSlice ") for item in finding.evidence)
    return is_about_endpoints or bool(fields & {"spec.externalTrafficPolicy", "spec.selector"})
