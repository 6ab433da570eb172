"""A grid of character cells on which boxes, lines and texts are drawn; where lines meet, joints come out right."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, overload

from rich.cells import cell_len, chop_cells

from widgets.drawing.joints import DOWN, JOINTS, LEFT, RIGHT, UP, strokes

Cell = tuple[str, str]
"""A character (empty behind a wide one) and the name of its style."""

Row = tuple[Cell, ...]

BLANK: Cell = (" ", "")
_BAND = 32  # rows that share one list of vertical lines, and of what is painted later


class _Text(NamedTuple):
    x: int
    text: str
    style: str


class _Stroke(NamedTuple):
    """A line from `first` to `last`, at row or column `at`; `order` tells which was drawn earlier."""

    order: int
    at: int
    first: int
    last: int
    style: str
    heavy: bool
    under: Collection[int] = ()


class Canvas:
    """Cells `width` wide and as high as what is drawn.

    Drawing only notes what there is: cells are made for the rows that somebody looks at, so that a drawing of
    thousands of rows costs little more than its window. The order of lines does not matter; text covers lines.
    """

    def __init__(self, width: int, height: int = 0) -> None:
        self.width, self.height = width, height
        self._texts: dict[int, list[_Text]] = {}
        self._across: dict[int, list[_Stroke]] = {}
        self._down: dict[int, list[_Stroke]] = {}
        self._dashes: list[tuple[int, int, int, Cell]] = []
        self._order = 0
        self._later: dict[int, list[Callable[[], None]]] = {}

    def text(self, x: int, y: int, text: str, style: str = "text", limit: int | None = None) -> int:
        """Writes a text, cut at `limit` cells and at the right edge; returns the x after it."""
        room = min(self.width - x, self.width if limit is None else limit)
        if room <= 0 or y < 0:
            return x
        self.height = max(self.height, y + 1)
        is_plain = text.isascii() or cell_len(text) == len(text)
        part = text[:room] if is_plain else next(iter(chop_cells(text, room)), "")
        self._texts.setdefault(y, []).append(_Text(x, part, style))
        return x + (len(part) if is_plain else cell_len(part))

    def across(self, y: int, x0: int, x1: int, style: str, heavy: bool = False, under: Collection[int] = ()) -> None:
        """A horizontal line between two columns; at columns in `under` it passes below what stands there."""
        if max(x0, 0) > min(x1, self.width - 1):
            return
        self._order += 1
        self.height = max(self.height, y + 1)
        self._across.setdefault(y, []).append(_Stroke(self._order, y, x0, x1, style, heavy, under))

    def down(self, x: int, y0: int, y1: int, style: str, heavy: bool = False) -> None:
        """A vertical line between two rows."""
        if not 0 <= x < self.width or y1 < 0:
            return
        self._order += 1
        self.height = max(self.height, y1 + 1)
        line = _Stroke(self._order, x, y0, y1, style, heavy)
        for band in range(max(y0, 0) // _BAND, y1 // _BAND + 1):
            self._down.setdefault(band, []).append(line)

    def dashes(self, x: int, y0: int, y1: int, character: str, style: str) -> None:
        """A vertical line of one character, over what lines there are; nothing when it ends above its start."""
        if y1 >= y0:
            self.height = max(self.height, y1 + 1)
            self._dashes.append((x, y0, y1, (character, style)))

    def box(self, x: int, y: int, width: int, height: int, style: str, heavy: bool = False) -> None:
        """A frame, `width` and `height` with its border."""
        right, bottom = x + width - 1, y + height - 1
        self.across(y, x, right, style, heavy)
        self.across(bottom, x, right, style, heavy)
        self.down(x, y, bottom, style, heavy)
        self.down(right, y, bottom, style, heavy)

    def later(self, top: int, height: int, paint: Callable[[], None]) -> None:
        """Has something painted when its rows, or those near them, are first looked at; it draws on no other rows."""
        self.height = max(self.height, top + height)
        waiting = [paint]

        def once() -> None:
            if waiting:
                waiting.pop()()

        for band in range(top // _BAND, (top + height - 1) // _BAND + 1):
            self._later.setdefault(band, []).append(once)

    def rows(self) -> "Rows":
        """The finished cells."""
        return Rows(self)

    def row(self, y: int) -> Row:
        """The cells of one row."""
        for paint in self._later.pop(y // _BAND, ()):
            paint()
        cells = [BLANK] * self.width
        for x, (mask, style) in self._joints(y).items():
            cells[x] = (JOINTS[mask], style)
        for x, first, last, cell in self._dashes:
            if first <= y <= last:
                cells[x] = cell
        for x, text, style in self._texts.get(y, ()):
            if text.isascii():
                cells[x : x + len(text)] = [(character, style) for character in text]
                continue
            for character in text:
                size = cell_len(character)
                if size:
                    cells[x] = (character, style)
                    if size == 2:
                        cells[x + 1] = ("", style)
                x += size
        return tuple(cells)

    def _joints(self, y: int) -> dict[int, tuple[int, str]]:
        """What lines leave in each cell of a row: directions, and the style of the first line or the last heavy one."""
        found: dict[int, tuple[int, str]] = {}
        across = [(line, self._level(line)) for line in self._across.get(y, ())]
        upright = [(line, _upright(line, y)) for line in self._down.get(y // _BAND, ()) if line.first <= y <= line.last]
        for line, cells in sorted((*across, *upright), key=lambda item: item[0].order):
            for x, directions in cells:
                mask = strokes(directions, line.heavy)
                old = found.get(x)
                found[x] = (mask, line.style) if old is None else (mask | old[0], line.style if line.heavy else old[1])
        return found

    def _level(self, line: _Stroke) -> Iterator[tuple[int, int]]:
        """The cells of a horizontal line; its ends point inwards only."""
        for x in range(max(line.first, 0), min(line.last, self.width - 1) + 1):
            if x not in line.under:
                yield x, (RIGHT if x < line.last else 0) | (LEFT if x > line.first else 0)


def _upright(line: _Stroke, y: int) -> Iterator[tuple[int, int]]:
    """The cell of a vertical line in a row."""
    yield line.at, (UP if y > line.first else 0) | (DOWN if y < line.last else 0)


class Rows(Sequence[Row]):
    """The rows of a canvas, each made when it is first looked at."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._made: dict[int, Row] = {}

    def __len__(self) -> int:
        return self._canvas.height

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(index, slice):
            return tuple(self[number] for number in range(*index.indices(len(self))))
        place = range(len(self))[index]
        if place not in self._made:
            self._made[place] = self._canvas.row(place)
        return self._made[place]
