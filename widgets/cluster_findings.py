"""Findings of all Services as one list, worst first, with a filter and counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diagnostics.model.finding import Finding, Report, Result, Verdict
from widgets.filtering import admits
from widgets.row_list import Cell, Column, RowList
from widgets.tokens import severity_mark, verdict_mark


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding, or one result that could not be told; `service` is empty for what concerns the whole cluster."""

    service: str
    result: Result
    finding: Finding | None = None

    @property
    def title(self) -> str:
        """What is found, or what could not be told and why."""
        return self.finding.message if self.finding else f"{self.result.title}: {self.result.reason}"

    @property
    def word(self) -> str:
        """The severity, or `unknown`."""
        return self.finding.severity.value if self.finding else Verdict.UNKNOWN.value


class ClusterFindings(RowList[FindingRow]):
    """What is wrong anywhere."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        def mark(row: FindingRow) -> Cell:
            sign = (
                severity_mark(row.finding.severity, ascii_only)
                if row.finding
                else verdict_mark(Verdict.UNKNOWN, ascii_only)
            )
            return Cell(f"{sign.glyph} {sign.word}", sign.token)

        super().__init__(
            (
                Column("SEVERITY", mark, 10),
                Column("CODE", lambda row: Cell(row.result.code, "dim"), 6),
                Column("SERVICE", lambda row: Cell(row.service or "(cluster)", "strong"), 20, grow=1),
                Column("WHAT", lambda row: Cell(row.title), 24, grow=4),
            ),
            id=id,
        )

    def list_findings(self, rows: Sequence[FindingRow], filter_text: str) -> None:
        """Shows the rows that match; the cursor stays on its row when that is still listed."""
        standing = self.current
        chosen = [row for row in rows if _admitted(row, filter_text)]
        self.show(chosen, chosen.index(standing) if standing in chosen else 0)


def finding_rows(reports: Iterable[Report]) -> list[FindingRow]:
    """Rows of all reports, worst first; what concerns the whole cluster stands once."""
    found: dict[tuple[str, str, str], FindingRow] = {}
    for report in reports:
        for results, service in ((report.results, report.service), (report.cluster, "")):
            for result in results:
                if result.verdict is Verdict.UNKNOWN:
                    row = FindingRow(service, result)
                    found.setdefault((service, result.code, row.title), row)
                for finding in result.findings:
                    found.setdefault((service, result.code, finding.message), FindingRow(service, result, finding))
    return sorted(
        found.values(),
        key=lambda row: (row.finding.severity.rank if row.finding else 9, row.result.code, row.service),
    )


def counted(rows: Iterable[FindingRow]) -> str:
    """Counts by severity, in words."""
    counts = Counter(row.word for row in rows)
    return ", ".join(f"{counts[word]} {word}" for word in ("broken", "risky", "note", "unknown") if counts[word])


def _admitted(row: FindingRow, filter_text: str) -> bool:
    fields = {
        "code": (row.result.code, row.result.slug),
        "severity": (row.word,),
        "verdict": (row.result.verdict.value,),
        "ns": (row.service.partition("/")[0],),
    }
    return admits(filter_text, fields, f"{row.service} {row.result.code} {row.word} {row.title}")
