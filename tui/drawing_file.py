"""The drawing of a Service as a file: picture, page, text or Mermaid."""

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path as File
from xml.etree.ElementTree import Element, SubElement, tostring

from diagnostics.datapath.path import Path, VantageKind
from diagnostics.datapath.summary import reason
from diagnostics.model.case import Case
from diagnostics.model.text import one_line
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from tui.cli.path_diagram import links, mermaid
from tui.cli.path_row import COLUMNS, Judged, row_of, wide_of
from tui.viewpoint import Look
from widgets.drawing.drawing import Drawing, export_text
from widgets.drawing.vector import STYLE, export_svg, svg_element

COLUMNS_DRAWN = 132  # cells: wide enough for all words in full
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_PAGE_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin-top: 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid GrayText; }
td { overflow-wrap: anywhere; }
"""


class Form(StrEnum):
    """A form of file; the value is the ending of its name."""

    SVG = "svg"
    HTML = "html"
    TEXT = "txt"
    MERMAID = "mmd"


FORMS = {
    Form.SVG: "A picture for browsers and documents, in light and dark.",
    Form.HTML: "A page with the picture and a table of the paths.",
    Form.TEXT: "Plain text in box characters, as on this screen.",
    Form.MERMAID: "A flowchart for Markdown pages that draw Mermaid.",
}


def file_name(case: Case, form: Form) -> str:
    """The name that is proposed for a file."""
    return f"{case.key.replace('/', '-')}-path.{form.value}"


def written(form: Form, case: Case, look: Look, drawing: Drawing) -> str:
    """The contents of the file: `drawing` is what is seen at `look`."""
    title = f"{case.key}: {look.title}"
    match form:
        case Form.SVG:
            return export_svg(drawing, title)
        case Form.HTML:
            return _page(case, look, drawing, title)
        case Form.TEXT:
            return f"{title}\n{reason(case)}\n\n{export_text(drawing)}\n"
        case Form.MERMAID:
            rows = ((*row_of(case, item), *wide_of(item)) for item in _judged(case, look))
            return mermaid(title, links(f"client {look.paths[0].client.ip}", rows)) + "\n"


def trouble_with_file(name: str) -> str:
    """Why a file of this name cannot be written; empty when it can."""
    if not name.strip().isprintable():
        return "A file name has no control characters."
    try:
        file = File(name.strip()).expanduser()
        shown = one_line(str(file))
        if file.is_dir():
            return f"{shown} is a folder. Give it a file name."
        if file.exists() or file.is_symlink():
            return f"{shown} exists already and is not overwritten. Choose another name."
        if not file.parent.is_dir():
            return f"There is no folder {one_line(str(file.parent))}."
        if not os.access(file.parent, os.W_OK):
            return f"Folder {one_line(str(file.parent))} may not be written to."
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a home that is not known
        return f"This name cannot be used: {one_line(str(error))}."
    return ""


def write_new(name: str, text: str) -> File:
    """Writes a file that is not there yet, and gives its full name. Raises OSError when it cannot."""
    file = File(name.strip()).expanduser().absolute()
    with file.open("x", encoding="utf-8") as stream:
        stream.write(text)
    return file


def _judged(case: Case, look: Look) -> Iterator[Judged]:
    for path in look.paths:
        yield path, look.verdicts.get(path) or _untold(case, path)


def _untold(case: Case, path: Path) -> PolicyVerdict:
    """Of a client outside whose address nobody gave only "no policy applies" can be told."""
    verdict = judge(case, path, path.client.ip)
    is_known = path.client.kind is not VantageKind.EXTERNAL or verdict.verdict is Decision.NONE
    return verdict if is_known else PolicyVerdict(Decision.UNKNOWN)


def _page(case: Case, look: Look, drawing: Drawing, title: str) -> str:
    root = Element("html", lang="en")
    head, body = SubElement(root, "head"), SubElement(root, "body")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "title").text = title
    SubElement(head, "style").text = _PAGE_STYLE + STYLE
    SubElement(body, "h1").text = case.key
    SubElement(body, "p").text = reason(case)
    SubElement(body, "p").text = look.title
    body.append(svg_element(drawing, title))
    table = SubElement(body, "table")
    _row(table, "th", COLUMNS)
    for item in _judged(case, look):
        _row(table, "td", row_of(case, item))
    return "<!doctype html>\n" + tostring(root, encoding="unicode", method="html") + "\n"


def _row(table: Element, kind: str, cells: tuple[str, ...]) -> None:
    row = SubElement(table, "tr")
    for cell in cells:
        SubElement(row, kind).text = cell
