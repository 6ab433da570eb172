"""The page of one result: the sentence, its evidence, why it matters, which ways out help."""

from collections.abc import Mapping

from diagnostics.checks.check import Check
from diagnostics.model.finding import Result, Verdict
from widgets.reading import Block, Reading, heading, quiet
from widgets.result_list import ResultRow


class FindingDetail(Reading):
    """Explains the row under the cursor of a ResultList."""

    def explain(self, row: ResultRow, check: Check | None, remedies: Mapping[str, str]) -> None:
        """Shows a row with the page of its check; `remedies` are titles by slug."""
        self.read(*finding_blocks(row, check, remedies))


def finding_blocks(row: ResultRow, check: Check | None, remedies: Mapping[str, str]) -> tuple[Block, ...]:
    """The page as blocks."""
    result = row.result
    if result is None:
        return (heading(row.title),)
    blocks = [heading(f"{result.code} {result.title}"), *_verdict_blocks(row, result)]
    helping = [f"{number}. {remedies[slug]}" for number, slug in enumerate(result.remedies, 1) if slug in remedies]
    if helping:
        blocks += [heading("Ways out"), Block("\n".join(helping)), quiet("Press w to open them.")]
    if check and check.page:
        blocks += [heading("About this check"), Block(check.page)]
    return tuple(blocks)


def _verdict_blocks(row: ResultRow, result: Result) -> list[Block]:
    if row.finding:
        blocks = [Block(f"{row.finding.severity.value}: {row.finding.subject}"), Block(row.finding.message)]
        if row.finding.evidence:
            lines = [f"{item.object}\n  {item.field}: {item.value}" for item in row.finding.evidence]
            blocks += [heading("Evidence"), Block("\n".join(lines))]
        return blocks
    if result.verdict is Verdict.UNKNOWN:
        return [Block(f"Could not be told. {result.reason}")]
    return [Block("Passed." if result.verdict is Verdict.PASSED else "Does not apply to this Service.")]
