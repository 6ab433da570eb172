"""`check` for people: a table on the terminal, Markdown for tickets."""

from collections.abc import Sequence

from diagnostics.model.finding import Finding, Result
from tui.cli.call import Call
from tui.cli.checked import SUPPRESSED, Checked, findings, summary, suppressed, unknown
from tui.cli.facts import Facts
from tui.cli.gaps import gap_sentences
from tui.cli.output import Grid, Output, markdown_text

_HEADINGS = ("subject", "code", "verdict", "what", "evidence", "ways out")
_NARROW = 4


def write_table(output: Output, checked: Checked, call: Call, facts: Facts) -> None:
    """What was found and what could not be told, one line each, and what it comes to."""
    wide = call.output == "wide"
    headings = _HEADINGS if wide else _HEADINGS[:_NARROW]
    rows = [(name, *row) for name, results in checked.sections for row in _rows(results, wide=wide)]
    if rows:
        output.grid(Grid(headings, rows))
        output.text("")
    for line in summary(checked):
        output.sentence(line)
    for line in next_steps(checked, call):
        output.sentence(line)


def write_markdown(output: Output, checked: Checked, call: Call, facts: Facts) -> None:
    """The same as one page."""
    output.text("# Findings\n")
    output.text("\n".join(f"- {markdown_text(line)}" for line in summary(checked)))
    for name, results in checked.sections:
        rows = _rows(results, wide=True)
        if rows:
            output.text(f"\n## {markdown_text(name)}\n")
            output.markdown_grid(Grid(_HEADINGS[1:], rows))
    if checked.gaps:
        output.text("\n## Not read\n")
        output.text("\n".join(f"- {markdown_text(sentence)}" for sentence in gap_sentences(checked.gaps)))


def next_steps(checked: Checked, call: Call) -> list[str]:
    """Commands that lead on from here."""
    lines = []
    found = findings(list(checked.all_results))
    if found:
        lines.append(f"{call.program} explain {found[0][0].code} says what a code means.")
    for report in checked.reports if len(checked.reports) == 1 else ():
        ways = dict.fromkeys(slug for result in report.found for slug in result.remedies)
        lines += [f"A way out: {call.program} plan {report.service} --remedy {slug}" for slug in ways]
    return lines


def evidence_text(finding: Finding) -> str:
    """All evidence on one line."""
    return "; ".join(f"{item.object} {item.field}={item.value}" for item in finding.evidence)


def _rows(results: Sequence[Result], *, wide: bool) -> list[tuple[str, ...]]:
    """What was found, worst first, then what is suppressed, then what could not be told; evidence where `wide`."""

    def row(code: str, word: str, message: str, finding: Finding | None = None, ways: Sequence[str] = ()) -> None:
        more = (evidence_text(finding) if finding else "", ", ".join(ways)) if wide else ()
        rows.append((code, word, message, *more))

    rows: list[tuple[str, ...]] = []
    for result, finding in findings(results):
        row(result.code, finding.severity.value, finding.message, finding, result.remedies)
    for result, item in suppressed(results):
        message = f"{item.finding.message} [suppressed, was {item.finding.severity.value}: {item.by.why}]"
        row(result.code, SUPPRESSED, message, item.finding)
    for result in unknown(results):
        row(result.code, "unknown", result.reason)
    return rows
