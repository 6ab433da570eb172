"""A grid of character cells on which boxes, lines and texts are drawn; where lines meet, joints come out right."""

from collections.abc import Collection, Iterable, Mapping

from rich.cells import cell_len, chop_cells

from widgets.drawing.joints import DOWN, JOINTS, LEFT, RIGHT, UP, strokes

Cell = tuple[str, str]
"""A character (empty behind a wide one) and the name of its style."""

Row = tuple[Cell, ...]

Place = tuple[int, int]
"""Coordinates (x, y) of a cell, from the upper left, from 0."""

BLANK: Cell = (" ", "")


class Canvas:
    """Cells `width` wide and as high as what is drawn.

    Lines are kept as masks until `rows`, so that their order does not matter; text covers lines.
    """

    def __init__(self, width: int, height: int = 0) -> None:
        self.width = width
        self._cells: list[list[Cell]] = []
        self._masks: dict[Place, tuple[int, str]] = {}
        self._reach(height)

    @property
    def height(self) -> int:
        """Rows drawn on so far."""
        return len(self._cells)

    def text(self, x: int, y: int, text: str, style: str = "text", limit: int | None = None) -> int:
        """Writes a text, cut at `limit` cells and at the right edge; returns the x after it."""
        room = min(self.width - x, self.width if limit is None else limit)
        if room <= 0 or y < 0:
            return x
        self._reach(y + 1)
        row = self._cells[y]
        if text.isascii() or cell_len(text) == len(text):
            part = text[:room]
            row[x : x + len(part)] = [(character, style) for character in part]
            return x + len(part)
        for character in next(iter(chop_cells(text, room)), ""):
            size = cell_len(character)
            if size:
                row[x] = (character, style)
                if size == 2:
                    row[x + 1] = ("", style)
            x += size
        return x

    def across(self, y: int, x0: int, x1: int, style: str, heavy: bool = False, under: Collection[int] = ()) -> None:
        """A horizontal line between two columns; at columns in `under` it passes below what stands there."""
        cells = (x for x in range(max(x0, 0), min(x1, self.width - 1) + 1) if x not in under)
        ends = {x0: RIGHT, x1: LEFT} if x1 > x0 else {x0: 0}
        self._stroke(((x, y) for x in cells), LEFT | RIGHT, {(x, y): mask for x, mask in ends.items()}, style, heavy)

    def down(self, x: int, y0: int, y1: int, style: str, heavy: bool = False) -> None:
        """A vertical line between two rows."""
        if 0 <= x < self.width:
            ends = {(x, y0): DOWN, (x, y1): UP} if y1 > y0 else {(x, y0): 0}
            self._stroke(((x, y) for y in range(max(y0, 0), y1 + 1)), UP | DOWN, ends, style, heavy)

    def box(self, x: int, y: int, width: int, height: int, style: str, heavy: bool = False) -> None:
        """A frame, `width` and `height` with its border."""
        right, bottom = x + width - 1, y + height - 1
        self.across(y, x, right, style, heavy)
        self.across(bottom, x, right, style, heavy)
        self.down(x, y, bottom, style, heavy)
        self.down(right, y, bottom, style, heavy)

    def rows(self) -> tuple[Row, ...]:
        """The finished cells."""
        for (x, y), (mask, style) in self._masks.items():
            if self._cells[y][x] is BLANK:
                self._cells[y][x] = (JOINTS[mask], style)
        self._masks.clear()
        return tuple(map(tuple, self._cells))

    def _stroke(
        self, cells: Iterable[Place], directions: int, ends: Mapping[Place, int], style: str, heavy: bool
    ) -> None:
        """Adds a line through cells, from left to right or from top to bottom; `ends` point inwards only."""
        masks = self._masks
        place = None
        for place in cells:
            mask = strokes(ends.get(place, directions), heavy)
            old = masks.get(place)
            masks[place] = (mask, style) if old is None else (mask | old[0], style if heavy else old[1])
        if place:
            self._reach(place[1] + 1)

    def _reach(self, height: int) -> None:
        while len(self._cells) < height:
            self._cells.append([BLANK] * self.width)
