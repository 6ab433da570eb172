"""`check -o html`: one page that stands by itself, to be kept or sent around.

It loads nothing and runs nothing, which its Content-Security-Policy also enforces, and follows the reader's choice of
light or dark. Built as a tree of elements, so that no text can become markup.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement

from diagnostics.model.finding import Finding, Report, Result
from tui.cli.call import Call
from tui.cli.checked import CLEAN, SUPPRESSED, Checked, findings, summary, suppressed, unknown
from tui.cli.facts import Facts
from tui.cli.gaps import gap_sentences
from tui.cli.long_output import place
from tui.cli.output import Output

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_GLYPHS = {"broken": "✗", "risky": "▲", "note": "●", "unknown": "?", SUPPRESSED: "○", CLEAN: "✓"}
_STYLE = """
:root { color-scheme: light dark; --broken: light-dark(#b00020, #ff8a80); --risky: light-dark(#8a5a00, #ffca6b);
  --note: light-dark(#005a9c, #7cc4ff); --unknown: light-dark(#6a1b9a, #d8a6ff); --clean: light-dark(#1b6e2c, #86d993);
  --suppressed: light-dark(#5c5c5c, #b0b0b0); --line: light-dark(#d0d0d0, #505050); }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
td.word { white-space: nowrap; font-weight: 600; }
code, kbd { font-family: ui-monospace, monospace; font-size: .9em; }
.broken { color: var(--broken); } .risky { color: var(--risky); } .note { color: var(--note); }
.unknown { color: var(--unknown); } .clean { color: var(--clean); } .suppressed { color: var(--suppressed); }
"""


def write_html(output: Output, checked: Checked, call: Call, facts: Facts) -> None:
    """The page."""
    where = " ".join(part for part in (facts.snapshot.context, facts.snapshot.origin) if part)
    output.text("<!doctype html>")
    output.long.markup(page(checked, where, call.program), _sections(checked), "html")


def page(checked: Checked, where: str, program: str) -> Element:
    """The root element, with a place for the sections; `where` names the cluster or files.

    `program` is how commands are called.
    """
    root = Element("html", lang="en")
    head = SubElement(root, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    _add(head, "title", "Findings of antrea-doctor")
    SubElement(head, "style").text = _STYLE
    body = SubElement(root, "body")
    _add(body, "h1", "Findings of antrea-doctor")
    if where:
        _add(body, "p", f"Examined: {where}")
    _list(body, summary(checked))
    _counts(body, "Services", checked.services)
    _counts(body, "Codes", checked.codes)
    body.append(place())
    _clean(body, checked.reports)
    if checked.gaps:
        _add(body, "h2", "Not read")
        _list(body, gap_sentences(checked.gaps))
    _add(body, "p", f"{program} explain CODE says what a code means.")
    return root


def _sections(checked: Checked) -> Iterator[Element]:
    for name, results in checked.sections:
        section = Element("section")
        _section(section, name, results)
        if len(section):
            yield section


def _section(body: Element, name: str, results: Sequence[Result]) -> None:
    rows = [(result, finding.severity.value, finding, "") for result, finding in findings(results)]
    rows += [(result, SUPPRESSED, item.finding, item.by.why) for result, item in suppressed(results)]
    unclear = unknown(results)
    if not rows and not unclear:
        return
    _add(body, "h2", name)
    table = _table(body, ("code", "verdict", "what"))
    for result, word, finding, why in rows:
        _finding(_row(table, result.code, word), result, finding, why)
    for result in unclear:
        _row(table, result.code, "unknown").text = result.reason


def _finding(cell: Element, result: Result, finding: Finding, why: str) -> None:
    cell.text = finding.message
    if why:
        _add(cell, "p", f"Suppressed, was {finding.severity.value}: {why}")
    if finding.evidence:
        details = SubElement(cell, "details")
        _add(details, "summary", "Evidence")
        table = _table(details, ("object", "field", "value"))
        for item in finding.evidence:
            row = SubElement(table, "tr")
            for text in (item.object, item.field, item.value):
                _add(row, "td", text)
    if result.remedies:
        _add(cell, "p", f"Ways out: {', '.join(result.remedies)}")


def _clean(body: Element, reports: Iterable[Report]) -> None:
    names = [
        report.service
        for report in reports
        if not any(result.findings or result.suppressed or result.reason for result in report.results)
    ]
    if names:
        details = SubElement(body, "details")
        _add(details, "summary", "Services without findings")
        _list(details, names)


def _counts(body: Element, heading: str, counts: Mapping[str, int]) -> None:
    if counts:
        table = _table(body, (heading, "number"))
        for word, count in counts.items():
            row = SubElement(table, "tr")
            _word(SubElement(row, "td"), word)
            _add(row, "td", str(count))


def _row(table: Element, code: str, word: str) -> Element:
    """A row with a code and a verdict; the cell for what there is to say."""
    row = SubElement(table, "tr")
    _add(SubElement(row, "td"), "code", code)
    _word(SubElement(row, "td"), word)
    return SubElement(row, "td")


def _word(cell: Element, word: str) -> None:
    if word in _GLYPHS:
        cell.set("class", f"word {word}")
        cell.text = f"{_GLYPHS[word]} {word}"
    else:
        _add(cell, "code", word)


def _table(into: Element, headings: Sequence[str]) -> Element:
    table = SubElement(into, "table")
    row = SubElement(SubElement(table, "thead"), "tr")
    for heading in headings:
        SubElement(row, "th", scope="col").text = heading
    return SubElement(table, "tbody")


def _list(into: Element, lines: Iterable[str]) -> None:
    items = SubElement(into, "ul")
    for line in lines:
        _add(items, "li", line)


def _add(into: Element, tag: str, text: str) -> None:
    SubElement(into, tag).text = text
