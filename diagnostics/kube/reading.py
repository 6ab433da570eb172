"""Reads one Source from the API: pages, a list that went stale, missing rights; the answer is a Part.

How a list is asked for was measured on a real API server (500 Nodes, 5,000 Services with slices): with
`resourceVersion=0` it comes in one page from the server's cache, 0.5 s for all three; by pages of 500 it takes twice
as long, but the answer is as new as etcd. So the large lists of the overview come from the cache, and what a plan's
steps change (policies, Pods) is asked for by pages.
"""

from dataclasses import dataclass
from typing import Any

from diagnostics.kube.decode import decode_list, decode_object
from diagnostics.kube.failures import Failure
from diagnostics.kube.kinds import CRD_GROUP, KINDS, resource_name
from diagnostics.kube.together import Get
from diagnostics.model.snapshot import Gap, Reason, Source

PAGE = 500
MOST_PAGES = 400
_GONE, _FORBIDDEN, _NOT_FOUND = 410, 403, 404


@dataclass(frozen=True)
class Part:
    """What one reading adds to a Snapshot. `failure` is why the (last) request failed, None when all went well.

    `version` is the resourceVersion from which the list can be watched; empty where it is not whole.
    """

    source: Source
    items: tuple[Any, ...] = ()
    reads: frozenset[tuple[Source, str]] = frozenset()
    gaps: tuple[Gap, ...] = ()
    failure: Failure | None = None
    version: str = ""

    @property
    def forbidden(self) -> bool:
        """Whether a right is missing."""
        return self.failure is not None and self.failure.status == _FORBIDDEN


def read_list(
    get: Get,
    source: Source,
    namespace: str = "",
    *,
    cached: bool = False,
    old_version: bool = False,
    query: dict[str, str | int] | None = None,
) -> Part:
    """A list, of the whole cluster or of one namespace. Raises ConnectionTrouble when the server is of no use.

    `query` narrows it (labelSelector, fieldSelector); `old_version` asks as releases before Antrea 1.13 need it.
    """
    path = KINDS[source].path(resource_name(source), namespace, old=old_version)
    first: dict[str, str | int] = {"resourceVersion": "0"} if cached else {"limit": PAGE}
    asked = {**(query or {}), **first}
    items, gaps, failure, version = _pages(get, source, namespace, path, asked)
    if failure and failure.status == _GONE:
        items, gaps, failure, version = _pages(get, source, namespace, path, asked)
    if failure:
        right = f"list {source.value}"
        gaps = (*gaps, Gap(source, failure.reason, _detail(source, failure, right, namespace, len(items)), namespace))
    whole = failure is None and all(gap.partial for gap in gaps)
    reads = frozenset({(source, namespace)} if whole else ())
    return Part(source, items, reads, gaps, failure, version if whole else "")


def read_one(get: Get, source: Source, name: str, namespace: str = "") -> Part:
    """One object by its name. That it does not exist is no gap; `reads` is left to the caller."""
    path = f"{KINDS[source].path(resource_name(source), namespace)}/{name}"
    body = get(path)
    if isinstance(body, Failure):
        if body.fatal:
            raise body.trouble
        if body.status == _NOT_FOUND:
            return Part(source)
        key = f"{namespace}/{name}" if namespace else name
        detail = f"{key}: {_detail(source, body, f'get {source.value}', namespace, 0)}"
        return Part(source, gaps=(Gap(source, body.reason, detail, namespace),), failure=body)
    decoded = decode_object(source, body, namespace)
    return Part(source, decoded.items, gaps=decoded.gaps)


def _pages(
    get: Get, source: Source, namespace: str, path: str, query: dict[str, str | int]
) -> tuple[tuple[Any, ...], tuple[Gap, ...], Failure | None, str]:
    found: dict[str, Any] = {}
    gaps: list[Gap] = []
    asked = dict(query)
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        body = get(path, asked)
        if isinstance(body, Failure):
            if body.fatal:
                raise body.trouble
            return tuple(found.values()), tuple(gaps), body, ""
        decoded = decode_list(source, body, namespace)
        found.update((item.metadata.key, item) for item in decoded.items)
        gaps += decoded.gaps
        token = decoded.continue_token
        if not token:
            return tuple(found.values()), tuple(gaps), None, decoded.version
        if token in seen:
            break
        seen.add(token)
        asked = {key: value for key, value in query.items() if key != "resourceVersion"}
        asked |= {"limit": PAGE, "continue": token}
    endless = Failure(Reason.NOT_UNDERSTOOD, "The server gives page after page without an end.")
    return tuple(found.values()), tuple(gaps), endless, ""


def _detail(source: Source, failure: Failure, right: str, namespace: str, read: int) -> str:
    if failure.status == _FORBIDDEN:
        where = f" in namespace {namespace}" if namespace else " in the whole cluster"
        where = where if KINDS[source].namespaced else ""
        return f'The right "{right}"{where} is missing; `antrea-doctor rbac` prints what is needed.'
    if failure.status == _NOT_FOUND:
        if KINDS[source].group == CRD_GROUP:
            return "The API server does not know this kind: Antrea is not installed, or is of a very different release."
        return "The API server does not know this kind."
    only = f" Only the first {read} were read." if read else ""
    return f"{failure.sentence}{only}"
