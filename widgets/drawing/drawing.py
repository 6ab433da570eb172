"""The finished drawing: a pure value of cells and of regions that can be selected; windows and text of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from widgets.drawing.canvas import BLANK, Cell, Row
from widgets.drawing.joints import DOWN, JOINTS, LEFT, PLAIN, RIGHT, UP, strokes


class RegionKind(StrEnum):
    """What a region of the drawing stands for."""

    CLIENT = "client"
    ENTRY = "entry"
    INGRESS = "ingress"
    TWINS = "twins"
    WAY = "way"
    RETURN = "return"
    BACKEND = "backend"
    POD = "pod"
    MORE = "more"

    @property
    def column(self) -> int:
        """The column of the drawing that it stands in, from the left."""
        return {"client": 0, "entry": 0, "ingress": 1, "twins": 1, "way": 2, "return": 2}.get(self.value, 3)

    @property
    def unfolds(self) -> bool:
        """Whether choosing it folds or unfolds something."""
        return self in (RegionKind.TWINS, RegionKind.MORE)


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle that stands for a hop; `key` names it across redraws.

    `paths` are the numbers of the paths that pass it, `subject` the Node name or endpoint address. `y` counts from
    the first row of the whole drawing; pinned regions keep their place when the rest scrolls. `column` is where it
    stands for moving left and right.
    """

    key: str
    kind: RegionKind
    paths: tuple[int, ...]
    subject: str
    x: int
    y: int
    width: int
    height: int
    column: int
    pinned: bool = False

    def contains(self, x: int, y: int) -> bool:
        """Whether a cell lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class EntryBus:
    """The vertical line from the entry box to the ingress Nodes, drawn anew for each window.

    `x` is its column, `entry` the pinned row where the entry box joins, `ports` the body rows where Nodes join,
    `heavy` the one of them on the selected path.
    """

    x: int
    entry: int
    ports: tuple[int, ...]
    heavy: int | None

    def cell(self, row: int, top: int) -> Cell:
        """The cell at a row of a window that starts at body row `top`."""
        y, entry = top + row, top + self.entry
        directions = self._directions(y, min(entry, *self.ports), max(entry, *self.ports), entry)
        mask = strokes(directions, heavy=False)
        if self.heavy is not None and min(entry, self.heavy) <= y <= max(entry, self.heavy):
            low, high = min(entry, self.heavy), max(entry, self.heavy)
            right = RIGHT if y == self.heavy else 0
            mask |= strokes(self._directions(y, low, high, entry) & (UP | DOWN | LEFT) | right, heavy=True)
        return (JOINTS[mask], "trace" if mask >> 4 else "line") if mask else BLANK

    def _directions(self, y: int, low: int, high: int, entry: int) -> int:
        inside = low <= y <= high
        up_down = (UP if inside and y > low else 0) | (DOWN if inside and y < high else 0)
        return up_down | (RIGHT if y in self.ports else 0) | (LEFT if y == entry else 0)


@dataclass(frozen=True, slots=True)
class Drawing:
    """`head` rows stay on top (headings); `body` rows scroll. The first `aside` columns of the body stay, too.

    `ascii_only`: line characters are shown as ASCII. `path` is the number of the path drawn heavy.
    """

    width: int
    head: Sequence[Row]
    body: Sequence[Row]
    regions: tuple[Region, ...]
    path: int
    ascii_only: bool = False
    aside: int = 0
    bus: EntryBus | None = None

    @property
    def height(self) -> int:
        """Rows of the whole drawing."""
        return len(self.head) + len(self.body)

    def region(self, key: str) -> Region | None:
        """The region of a key."""
        return next((region for region in self.regions if region.key == key), None)

    def at(self, x: int, y: int, top: int = 0) -> Region | None:
        """The innermost region at a cell of a window that starts at body row `top`; y counts from the head."""
        hits = [region for region in self.regions if region.contains(x, y if region.pinned else y + top)]
        if y < len(self.head):
            hits = [region for region in hits if region.pinned]
        return min(hits, key=lambda region: region.width * region.height, default=None)

    def row(self, y: int, top: int = 0) -> Row:
        """Row `y` of a window: first the head, then the body from row `top`; pinned parts in their place."""
        if y < len(self.head):
            return self.head[y]
        place = y - len(self.head)
        below = self.body[place + top] if place + top < len(self.body) else (BLANK,) * self.width
        if self.bus is None:
            return below
        beside = self.body[place][: self.aside] if place < len(self.body) else (BLANK,) * self.aside
        return (*beside, self.bus.cell(place, top), *below[self.aside + 1 :])

    def runs(self, y: int, top: int = 0) -> Iterator[tuple[str, str]]:
        """Row `y` of a window as pieces of text of one style each."""
        text: list[str] = []
        current = ""
        for character, style in self.row(y, top):
            if style != current:
                if text:
                    yield self._shown("".join(text)), current
                text, current = [], style
            text.append(character)
        if text:
            yield self._shown("".join(text)), current

    def _shown(self, text: str) -> str:
        return text.translate(PLAIN) if self.ascii_only else text


def export_text(drawing: Drawing) -> str:
    """The whole drawing as plain text, for copying: no trailing blanks, no final newline."""
    rows = ("".join(text for text, _ in drawing.runs(y)).rstrip() for y in range(drawing.height))
    return "\n".join(rows).rstrip("\n")
