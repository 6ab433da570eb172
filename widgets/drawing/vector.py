"""The drawing as SVG: lines as strokes, texts as text, colours for light and dark. A pure value in, elements out.

Built as a tree of elements, so that no name from a cluster can become markup; it runs and loads nothing.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, tostring

from rich.cells import cell_len

from widgets.drawing.drawing import Drawing
from widgets.drawing.joints import DOWN, HEAVY_SHIFT, JOINTS, LEFT, RIGHT, UP

WIDTH, HEIGHT = 9, 20  # of a cell, in units of the picture
MARGIN = 16
_SIZE = 15  # of letters
_MASKS = {character: mask for mask, character in reversed(list(enumerate(JOINTS)))}
_DASHES = {"╌": (False, False), "╍": (False, True), "┆": (True, False), "┇": (True, True)}
_NO_XML = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})

STYLE = """
.drawing { --paper: #ffffff; --ink: #1f2328; --quiet: #57606a; --line: #8c959f; --trace: #1f2328;
  --ok: #116329; --bad: #a40e26; --snat: #7d4e00; --bar: #9a6700; --bar-ink: #ffffff; }
@media (prefers-color-scheme: dark) { .drawing { --paper: #0d1117; --ink: #e6edf3; --quiet: #9da7b3; --line: #6e7681;
  --trace: #f0f6fc; --ok: #56d364; --bad: #ff7b72; --snat: #e3b341; --bar: #e3b341; --bar-ink: #0d1117; } }
.drawing .paper { fill: var(--paper); }
.drawing text { font: 15px "Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--ink);
  white-space: pre; font-variant-ligatures: none; }
.drawing .name, .drawing .heading { font-weight: 700; }
.drawing .dim, .drawing .heading { fill: var(--quiet); }
.drawing .ok { fill: var(--ok); } .drawing .bad { fill: var(--bad); font-weight: 700; }
.drawing .snat { fill: var(--snat); font-weight: 700; }
.drawing rect.bar { fill: var(--bar); } .drawing text.bar { fill: var(--bar-ink); font-weight: 700; }
.drawing path { fill: none; stroke: var(--line); stroke-width: 1.2; stroke-linecap: square; }
.drawing path.heavy { stroke: var(--trace); stroke-width: 2.6; }
.drawing path.dashed { stroke-dasharray: 5 4; stroke-linecap: butt; }
.drawing .head { stroke: none; fill: var(--line); } .drawing .head.heavy { fill: var(--trace); }
"""
"""Rules for the classes of `svg_element`, for a page that holds it as well."""


def export_svg(drawing: Drawing, title: str) -> str:
    """The whole drawing as a picture of its own; `title` is what it is called."""
    root = svg_element(drawing, title)
    style = Element("style")
    style.text = STYLE
    root.insert(1, style)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def svg_element(drawing: Drawing, title: str) -> Element:
    """The picture as an element, without its style."""
    width, height = drawing.width * WIDTH + 2 * MARGIN, drawing.height * HEIGHT + 2 * MARGIN
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "drawing",
            "viewBox": f"0 0 {width} {height}",
            "width": str(width),
            "height": str(height),
            "role": "img",
        },
    )
    SubElement(root, "title").text = title.translate(_NO_XML)
    SubElement(root, "rect", {"class": "paper", "width": "100%", "height": "100%"})
    rows = [list(_cells(drawing, y)) for y in range(drawing.height)]
    strokes: dict[str, list[str]] = {"": [], "heavy": [], "dashed": [], "heavy dashed": []}
    heads = []
    for y, row in enumerate(rows):
        for x, character, style in row:
            for kind, stroke in _strokes(x, y, character):
                strokes[kind].append(stroke)
            if character in "►▼":
                heads.append((x, y, character, style == "trace"))
    for kind in ("", "dashed", "heavy", "heavy dashed"):
        if strokes[kind]:
            SubElement(
                root, "path", {"class": kind, "d": "".join(strokes[kind])} if kind else {"d": "".join(strokes[kind])}
            )
    for x, y, character, heavy in heads:
        SubElement(root, "path", {"class": "head heavy" if heavy else "head", "d": _head(x, y, character)})
    for y, row in enumerate(rows):
        for x, text, style in _texts(row):
            _write(root, x, y, text, style)
    return root


def _cells(drawing: Drawing, y: int) -> Iterator[tuple[int, str, str]]:
    for x, (character, style) in enumerate(drawing.row(y)):
        if character:
            yield x, character, style


def _strokes(x: int, y: int, character: str) -> Iterator[tuple[str, str]]:
    """What is drawn for a line character: the kind of stroke, and its path from the middle of the cell outwards."""
    left, top = MARGIN + x * WIDTH, MARGIN + y * HEIGHT
    middle, centre = left + WIDTH / 2, top + HEIGHT / 2
    if character in _DASHES:
        upright, heavy = _DASHES[character]
        line = f"M{middle} {top}v{HEIGHT}" if upright else f"M{left} {centre}h{WIDTH}"
        yield "heavy dashed" if heavy else "dashed", line
        return
    mask = _MASKS.get(character, 0) if character != " " else 0
    ends = {UP: f"V{top}", DOWN: f"V{top + HEIGHT}", LEFT: f"H{left}", RIGHT: f"H{left + WIDTH}"}
    for direction, end in ends.items():
        if mask & (direction | direction << HEAVY_SHIFT):
            yield "heavy" if mask & direction << HEAVY_SHIFT else "", f"M{middle} {centre}{end}"


def _head(x: int, y: int, character: str) -> str:
    left, top = MARGIN + x * WIDTH, MARGIN + y * HEIGHT
    if character == "►":
        return f"M{left} {top + HEIGHT / 2 - 5}l{WIDTH} 5l{-WIDTH} 5z"
    return f"M{left + WIDTH / 2 - 5} {top + 8}h10l-5 10z"


def _texts(row: list[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    """Pieces of text of one style, without what is drawn as strokes; wide gaps part them."""
    text, start, current = "", 0, ""
    for x, character, style in [*row, (-1, "", "")]:
        is_stroke = character in _DASHES or character in ("►", "▼") or (character != " " and character in _MASKS)
        if text and (is_stroke or style != current or x != start + cell_len(text)):
            if text.strip() or current in ("bar", "selected"):
                yield start, text, current
            text = ""
        if not is_stroke and character:
            text, start, current = (text + character, start, current) if text else (character, x, style)


def _write(root: Element, x: int, y: int, text: str, style: str) -> None:
    left, top = MARGIN + x * WIDTH, MARGIN + y * HEIGHT
    if style == "bar":
        place = {"x": str(left), "y": str(top + 1), "width": str(cell_len(text) * WIDTH), "height": str(HEIGHT - 2)}
        SubElement(root, "rect", {"class": "bar", "rx": "2", **place})
    shown = text.strip()
    if not shown:
        return
    left += cell_len(text[: len(text) - len(text.lstrip())]) * WIDTH
    long = {"textLength": str(cell_len(shown) * WIDTH), "lengthAdjust": "spacingAndGlyphs"}
    classes = {"class": style} if style not in ("", "text", "line", "trace") else {}
    element = SubElement(root, "text", {**classes, "x": str(left), "y": str(top + _SIZE), **long})
    element.text = shown.translate(_NO_XML)
