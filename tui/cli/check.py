"""`antrea-doctor check`: findings of Services, and an exit code for pipelines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.model.case import Case
from diagnostics.model.finding import Report, Result, Severity, Verdict
from diagnostics.model.snapshot import Gap
from tui.cli.call import Call
from tui.cli.connect import choose, connect
from tui.cli.documents import SCHEMA_VERSION, results, service_results
from tui.cli.gaps import gap_sentences, say_gaps
from tui.cli.output import Grid, Output
from tui.cli.stop import Exit

_WORST_FIRST = (Verdict.FOUND, Verdict.UNKNOWN, Verdict.PASSED, Verdict.NOT_APPLICABLE)
_CLUSTER = "cluster"


@dataclass(frozen=True)
class Checked:
    """What was found: one report for each Service, the results that concern the whole cluster once, and gaps."""

    reports: tuple[Report, ...]
    cluster: tuple[Result, ...]
    gaps: tuple[Gap, ...]

    @property
    def all_results(self) -> tuple[Result, ...]:
        """Every result, those of the cluster once."""
        return (*(result for report in self.reports for result in report.results), *self.cluster)


def run(call: Call) -> int:
    """Prints the findings; 1 for findings at or over `--fail-on`, else 4 when something could not be told."""
    facts = connect(call)
    checked = _check(facts.cases(choose(call, facts)))
    output = Output(call)
    match call.output:
        case "json" | "yaml" as form:
            output.data(_document(checked), form)
        case "markdown":
            _markdown(output, checked)
        case form:
            _table(output, checked, call, wide=form == "wide")
    say_gaps(checked.gaps)
    return exit_code(checked.all_results, call.own.fail_on, allow_incomplete=call.own.allow_incomplete)


def exit_code(found: Sequence[Result], fail_on: str, *, allow_incomplete: bool) -> Exit:
    """Findings weigh more than what could not be told: a pipeline must not take them for a missing right."""
    if fail_on != "never":
        limit = Severity(fail_on).rank
        if any(result.severity is not None and result.severity.rank <= limit for result in found):
            return Exit.FINDINGS
    incomplete = any(result.verdict is Verdict.UNKNOWN for result in found)
    return Exit.INCOMPLETE if incomplete and not allow_incomplete else Exit.OK


def _check(cases: Iterable[Case]) -> Checked:
    """Examines one Case after the other and keeps nothing of it but what was found."""
    reports: list[Report] = []
    cluster: dict[str, Result] = {}
    gaps: dict[Gap, None] = {}
    for case in cases:
        reports.append(examine(case, CHECKS))
        gaps |= dict.fromkeys(case.snapshot.gaps)
        for result in reports[-1].cluster:
            known = cluster.get(result.code)
            if known is None or _WORST_FIRST.index(result.verdict) < _WORST_FIRST.index(known.verdict):
                cluster[result.code] = result
    return Checked(tuple(reports), tuple(cluster.values()), tuple(gaps))


def _document(checked: Checked) -> dict[str, object]:
    return {
        "schemaVersion": SCHEMA_VERSION,
        "services": [service_results(report) for report in checked.reports],
        "cluster": [row for result in checked.cluster for row in results(result)],
    }


def _table(output: Output, checked: Checked, call: Call, *, wide: bool) -> None:
    headings: tuple[str, ...] = ("subject", "code", "verdict", "what")
    headings = (*headings, "evidence", "ways out") if wide else headings
    sections = [*((report.service, report.results) for report in checked.reports), (_CLUSTER, checked.cluster)]
    rows = [(name, *row[: len(headings) - 1]) for name, section in sections for row in _rows(section)]
    if rows:
        output.grid(Grid(headings, rows))
        output.text("")
    for line in summary(checked):
        output.sentence(line)
    found = [result for result in checked.all_results if result.severity is not None]
    if found:
        worst = min(found, key=lambda result: result.severity.rank if result.severity else 0)
        output.sentence(f"{call.program} explain {worst.code} says what a code means.")
    for report in checked.reports if len(checked.reports) == 1 else ():
        ways = dict.fromkeys(slug for result in report.found for slug in result.remedies)
        for slug in ways:
            output.sentence(f"A way out: {call.program} plan {report.service} --remedy {slug}")


def _markdown(output: Output, checked: Checked) -> None:
    output.text("# Findings\n")
    output.text("\n".join(f"- {line}" for line in summary(checked)))
    for name, section in [*((item.service, item.results) for item in checked.reports), (_CLUSTER, checked.cluster)]:
        rows = _rows(section)
        if rows:
            output.text(f"\n## {name}\n")
            output.markdown_grid(Grid(("code", "verdict", "what", "evidence", "ways out"), rows))
    if checked.gaps:
        output.text("\n## Not read\n")
        output.text("\n".join(f"- {sentence}" for sentence in gap_sentences(checked.gaps)))


def _rows(section: Sequence[Result]) -> list[tuple[str, ...]]:
    """What was found, worst first, then what could not be told."""
    ranked = [
        (finding.severity.rank, result.code, finding.severity.value, finding.message, finding.evidence, result.remedies)
        for result in section
        for finding in result.findings
    ]
    ranked.sort(key=lambda row: row[:2])
    found = [
        (code, severity, message, "; ".join(f"{e.object} {e.field}={e.value}" for e in evidence), ", ".join(remedies))
        for _, code, severity, message, evidence, remedies in ranked
    ]
    unknown = [(item.code, "unknown", item.reason, "", "") for item in section if item.verdict is Verdict.UNKNOWN]
    return [*found, *unknown]


def summary(checked: Checked) -> list[str]:
    """Services by verdict, codes by count, and how much could not be told."""
    verdicts = Counter(_worst(report.results) for report in checked.reports)
    told = ", ".join(f"{verdicts[word]} {word}" for word in (*Severity, "unknown", "clean") if verdicts[word])
    number = len(checked.reports)
    lines = [f"{number} {'Service' if number == 1 else 'Services'} checked{': ' if told else ''}{told}."]
    codes = Counter(result.code for result in checked.all_results if result.findings)
    if codes:
        lines.append("Found: " + ", ".join(f"{code} × {count}" for code, count in sorted(codes.items())) + ".")
    unknown = sum(result.verdict is Verdict.UNKNOWN for result in checked.all_results)
    if unknown:
        lines.append(f"{unknown} {'answer' if unknown == 1 else 'answers'} could not be told.")
    return lines


def _worst(found: Sequence[Result]) -> str:
    severities = [result.severity for result in found if result.severity is not None]
    if severities:
        return min(severities, key=lambda item: item.rank).value
    return "unknown" if any(result.verdict is Verdict.UNKNOWN for result in found) else "clean"
