"""`check -o sarif`: findings at file and line of recorded objects, for code hosts (OASIS SARIF 2.1.0).

A finding points at the object that it speaks of, else at the first object of its evidence that stands in a file.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.check import Check
from diagnostics.kube.documents import STDIN
from diagnostics.kube.kinds import KINDS
from diagnostics.kube.recorded import Place, Places
from diagnostics.model.finding import Finding, Result, Severity
from diagnostics.model.snapshot import Source
from diagnostics.model.suppression import Suppression
from tui.cli.call import Call
from tui.cli.check_text import evidence_text
from tui.cli.checked import Checked, findings, suppressed, unknown
from tui.cli.documents import Document
from tui.cli.facts import Facts
from tui.cli.gaps import gap_sentences
from tui.cli.output import Output
from tui.version import release

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.BROKEN: "error", Severity.RISKY: "warning", Severity.NOTE: "note"}
_MARKED = re.compile(r"\](?=\()|[{}](?=\d)|(?<=\d)[{}]")
_SPOKEN = {
    "Antrea ClusterNetworkPolicy": Source.CLUSTER_POLICIES,
    "Antrea NetworkPolicy": Source.ANTREA_POLICIES,
    "policy.networking.k8s.io ClusterNetworkPolicy": Source.UPSTREAM_CLUSTER_POLICIES,
    "NetworkPolicy": Source.NETWORK_POLICIES,
}
"""Names of kinds as evidence spells them, where the kind alone would not do."""

_SOURCES = {kind.kind: source for source, kind in KINDS.items()} | _SPOKEN


def write_sarif(output: Output, checked: Checked, call: Call, facts: Facts) -> None:
    """The log with one run."""
    output.long.json(sarif(checked), "results", results(checked, facts.places))


def sarif(checked: Checked) -> Document:
    """The log without its long list."""
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "antrea-doctor",
                        "semanticVersion": release(),
                        "rules": [_rule(check) for check in CHECKS],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not (checked.is_cut_short or checked.crashed),
                        "toolExecutionNotifications": [
                            {"level": "warning", "message": {"text": _inert(sentence)}} for sentence in _told(checked)
                        ],
                    }
                ],
                "results": [],
                "properties": {"suppressed": checked.suppressed, "services": dict(checked.services)},
            }
        ],
    }


def object_place(name: str, places: Places) -> Place | None:
    """Where the object stands that evidence calls by this name, such as `NetworkPolicy shop/web`."""
    kind, _, key = name.rpartition(" ")
    source = _SOURCES.get(kind)
    return places.get((source, key)) if source else None


def _told(checked: Checked) -> Iterator[str]:
    yield from (remark.sentence for remark in checked.remarks if remark.sentence)
    yield from (f"Not read: {sentence}" for sentence in gap_sentences(checked.gaps))


def _rule(check: Check) -> Document:
    return {
        "id": check.code,
        "name": check.slug,
        "shortDescription": {"text": check.title},
        "help": {"text": check.page, "markdown": check.page},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
    }


def results(checked: Checked, places: Places) -> Iterator[Document]:
    """Each finding, and each answer that could not be told.

    Paths are as they were given, relative ones to the folder in which the command ran.
    """
    for name, found in checked.sections:
        for result, finding in findings(found):
            yield _result(name, result, finding, places)
        for result, item in suppressed(found):
            yield _result(name, result, item.finding, places) | {"suppressions": [_suppression(item.by)]}
        for result in unknown(found):
            yield {
                "ruleId": result.code,
                "kind": "open",
                "level": "none",
                "message": {"text": _inert(f"Could not be told: {result.reason}")},
                "locations": [_location(f"Service {name}" if "/" in name else name, places)],
            }


def _result(name: str, result: Result, finding: Finding, places: Places) -> Document:
    objects = list(dict.fromkeys((finding.subject, *(item.object for item in finding.evidence))))
    known = [item for item in objects if object_place(item, places)]
    first = known[0] if known else finding.subject
    evidence = evidence_text(finding)
    about = "\n".join((name, result.code, finding.subject, *sorted(f"{e.object} {e.field}" for e in finding.evidence)))
    return {
        "ruleId": result.code,
        "kind": "fail",
        "level": _LEVELS[finding.severity],
        "message": {"text": _inert(finding.message + (f"\nEvidence: {evidence}" if evidence else ""))},
        "locations": [_location(first, places)],
        "relatedLocations": [_location(item, places) for item in known if item != first],
        "partialFingerprints": {"antreaDoctor/v1": hashlib.sha256(about.encode()).hexdigest()[:32]},
        "properties": {"subject": name, "remedies": list(result.remedies)},
    }


def _location(name: str, places: Places) -> Document:
    logical = {"logicalLocations": [{"fullyQualifiedName": name}]}
    place = object_place(name, places)
    if place is None or place.file == STDIN:
        return logical
    physical = {"artifactLocation": _artifact(place.file), "region": {"startLine": place.line}}
    return {"physicalLocation": physical, **logical}


def _artifact(file: str) -> Document:
    """A relative path below where the command runs, as code hosts want it, else an absolute URI."""
    path = Path(file).absolute()
    try:
        return {"uri": _quoted(path.relative_to(Path.cwd())), "uriBaseId": "%SRCROOT%"}
    except ValueError:
        return {"uri": path.as_uri()}


def _quoted(path: PurePath) -> str:
    """A relative path as the tail of a URI."""
    root = "file:///"
    return Path("/", path).as_uri().removeprefix(root)


def _suppression(by: Suppression) -> Document:
    kind = "inSource" if by.said_by.startswith("annotation") else "external"
    return {"kind": kind, "status": "accepted", "justification": by.why}


def _inert(text: str) -> str:
    """The text without what SARIF would take for a link or a placeholder."""
    return _MARKED.sub(lambda found: f"\\{found[0]}" if found[0] == "]" else found[0] * 2, text)
