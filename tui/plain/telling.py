"""What the plain mode says: one thing a line, in sentences, without columns, glyphs or colour."""

from collections.abc import Iterator, Sequence

from diagnostics.datapath.path import Path, Place
from diagnostics.datapath.summary import ServiceSummary, reason
from diagnostics.datapath.trace import service_keeping
from diagnostics.model.case import Case
from diagnostics.model.finding import Report
from diagnostics.policy.evaluate import Decision
from diagnostics.remedies.comparison.way import Way
from tui.cli.checked import findings
from tui.cli.path_row import COLUMNS, Judged, row_of

EVIDENCE_AT_MOST = 5
_NOTHING = "-"


def service_line(number: int, row: ServiceSummary) -> str:
    """One Service of the list."""
    verdict = row.keeping.value if row.keeping else "not worked out"
    policy = f", policy {row.policy}" if row.policy else ""
    endpoints = _count(row.endpoints, "endpoint") if row.knows_endpoints else "endpoints unknown"
    return f"{number}. {row.key}: {verdict}. {row.type}{policy}, {endpoints}."


def verdict_lines(case: Case) -> Iterator[str]:
    """What the Service is and whether the client's own address is kept."""
    yield f"Service {case.key}, {case.service.spec.type}."
    yield f"Client address: {service_keeping(case).value}. {reason(case)}"


def path_lines(case: Case, paths: Sequence[Judged]) -> Iterator[str]:
    """Each way of a packet in a few sentences, with every place where its source is changed."""
    if not paths:
        return
    yield f"The way from client to Pod: {len(paths)} {'class' if len(paths) == 1 else 'classes'} of connections."
    for number, item in enumerate(paths, 1):
        path, verdict = item
        facts = dict(zip(COLUMNS, row_of(case, item)))
        by = f" by Node {facts['ingress Node']}" if facts["ingress Node"] != _NOTHING else ""
        yield f"Way {number}: {facts['access']}{by}, {facts['handler']}{_reached(path)}: {facts['outcome']}."
        for rewrite in path.snat:
            yield f"   The source is changed ({rewrite.id}) from {rewrite.before} to {rewrite.after}: {rewrite.where}."
        if facts["source seen"] != _NOTHING:
            yield f"   The Pod sees {facts['source seen']}."
        if verdict.decided_by:
            yield f"   Policy: {facts['policy']}."
        yield f"   Why: {path.why}"
    if any(verdict.verdict is Decision.UNKNOWN and not verdict.why for _, verdict in paths):
        yield "Policies apply; started with --client-ip IP, this says whether they let that client in."


def _reached(path: Path) -> str:
    if path.endpoint.place is Place.NONE:
        return ""
    where = f" on {path.endpoint.node}" if path.endpoint.node else ""
    return f", to {path.share.endpoints} of {_count(path.share.of, 'endpoint')}, {path.endpoint.place.value}{where}"


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def finding_lines(report: Report) -> Iterator[str]:
    """What was found, worst first, then what could not be told."""
    found = findings(list(report.results))
    yield f"Findings: {len(found)}." if found else "No findings."
    for number, (result, finding) in enumerate(found, 1):
        yield f"Finding {number}, {finding.severity.value}, {result.code}: {finding.message}"
        told = finding.evidence[:EVIDENCE_AT_MOST]
        yield from (f"   Evidence: {item.object} {item.field} is {item.value}" for item in told)
        if len(finding.evidence) > len(told):
            yield f"   And {len(finding.evidence) - len(told)} more; check -o wide names all."
    if report.unknown:
        yield f"Could not be told: {len(report.unknown)}."
        yield from (f"   {result.code} {result.title}: {result.reason}" for result in report.unknown)


def way_lines(ways: Sequence[Way]) -> Iterator[str]:
    """The ways out, by number."""
    yield f"Ways out: {len(ways)}."
    for number, way in enumerate(ways, 1):
        because = f" {way.because}" if way.because else ""
        change = f" Client kept: {way.change.replace('→', 'then')}." if way.change else ""
        yield f"{number}. {way.title}: {way.standing.value}.{because}{change} Gives: {way.gives}"
