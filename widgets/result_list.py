"""Results of an examination as a list: found and unknown first, grouped, what passed at the end."""

from collections.abc import Callable
from dataclasses import dataclass

from diagnostics.model.finding import Finding, Report, Result, Verdict
from widgets.row_list import Cell, Column, RowList
from widgets.tokens import severity_mark, verdict_mark


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row: a heading (`title` only), or a result with one of its findings."""

    title: str
    result: Result | None = None
    finding: Finding | None = None


class ResultList(RowList[ResultRow]):
    """Findings worst first, then what could not be told, then what passed."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        def mark(row: ResultRow) -> Cell:
            if row.result is None:
                return Cell(row.title, "group")
            sign = (
                severity_mark(row.finding.severity, ascii_only)
                if row.finding
                else verdict_mark(row.result.verdict, ascii_only)
            )
            word = "" if row.result.verdict is Verdict.NOT_APPLICABLE else sign.word  # its heading says it
            return Cell(f"{sign.glyph} {word}", sign.token)

        super().__init__(
            (
                Column("VERDICT", mark, 10),
                Column("CODE", lambda row: Cell(row.result.code if row.result else "", "dim"), 6),
                Column("WHAT", lambda row: Cell(row.title), 30, grow=1),
            ),
            heading=False,
            id=id,
        )

    def list_report(
        self, report: Report, group_of: Callable[[str], str], at: tuple[Result, Finding | None] | None = None
    ) -> None:
        """Shows a report; the cursor starts on the result and finding `at`, else on the worst finding."""
        rows = report_rows(report, group_of)
        headings = frozenset(index for index, row in enumerate(rows) if row.result is None)
        place = next((index for index, row in enumerate(rows) if (row.result, row.finding) == at), 0)
        self.show(rows, place, headings)


def report_rows(report: Report, group_of: Callable[[str], str]) -> list[ResultRow]:
    """Rows of a report, with headings."""
    rows: list[ResultRow] = []
    found = report.found
    if found:
        rows.append(ResultRow(f"Found ({sum(len(result.findings) for result in found)})"))
        for result in found:
            rows += [ResultRow(f"{finding.message}", result, finding) for finding in result.findings]
    crashed = [result for result in report.unknown if result.crashed]
    untold = [result for result in report.unknown if not result.crashed]
    for heading, results in (("Our own trouble", crashed), ("Could not be told", untold)):
        if results:
            rows.append(ResultRow(f"{heading} ({len(results)})"))
            rows += [ResultRow(f"{result.title}: {result.reason}", result) for result in results]
    every = (*report.results, *report.cluster)
    passed = [result for result in every if result.verdict is Verdict.PASSED]
    if passed:
        rows.append(ResultRow(f"Passed ({len(passed)})"))
        for result in sorted(passed, key=lambda item: (group_of(item.code), item.code)):
            rows.append(ResultRow(result.title, result))
    idle = [result for result in every if result.verdict is Verdict.NOT_APPLICABLE]
    if idle:
        rows.append(ResultRow(f"Not applicable here ({len(idle)})"))
        rows += [ResultRow(result.title, result) for result in idle]
    return rows
