"""The page of one result: the sentence, its evidence, why it matters, which ways out help."""

import re
from collections.abc import Mapping

from diagnostics.checks.check import Check
from diagnostics.model.finding import Finding, Result, Verdict
from widgets.reading import Block, Reading, command, heading
from widgets.result_list import ResultRow

_FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SOFT_BREAK = re.compile(r"\n(?![-*0-9 ])")


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
        blocks += [heading("Ways out"), Block("\n".join(helping))]
    if check and check.page:
        blocks += page_blocks(check.page)
    return tuple(blocks)


def page_blocks(page: str) -> list[Block]:
    """The Markdown page of a check as blocks: its headings, its code to copy, its paragraphs."""
    blocks: list[Block] = []
    for index, part in enumerate(_FENCE.split(page)):
        if index % 2:
            blocks.append(command(part.strip("\n")))
            continue
        for paragraph in filter(None, (text.strip() for text in part.split("\n\n"))):
            title, _, rest = paragraph.partition("\n")
            if title.startswith("#"):
                blocks.append(heading(title.lstrip("# ")))
                paragraph = rest.strip()
            if paragraph:
                blocks.append(Block(_SOFT_BREAK.sub(" ", paragraph)))
    return blocks


def _verdict_blocks(row: ResultRow, result: Result) -> list[Block]:
    if row.finding:
        blocks = [Block(f"{row.finding.severity.value}: {row.finding.subject}"), Block(row.finding.message)]
        if row.finding.evidence:
            blocks += [heading("Evidence"), Block(_evidence(row.finding))]
        return blocks
    if result.verdict is Verdict.UNKNOWN:
        return [Block(f"Could not be told. {result.reason}")]
    return [Block("Passed." if result.verdict is Verdict.PASSED else "Does not apply to this Service.")]


def _evidence(finding: Finding) -> str:
    by_object: dict[str, list[str]] = {}
    for item in finding.evidence:
        by_object.setdefault(item.object, []).append(f"  {item.field}: {item.value}")
    return "\n".join("\n".join((name, *lines)) for name, lines in by_object.items())
