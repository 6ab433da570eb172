"""The packet ribbon: source and destination of the packet at each station of one path."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from diagnostics.datapath.hops import Hop, HopKind
from diagnostics.datapath.path import RewriteKind
from widgets import tokens
from widgets.drawing.words import Line, Words

NAMED = 100  # cells from which on the ribbon has room for the number of its path


@dataclass(frozen=True, slots=True)
class Piece:
    """The packet as it looks from one change of its addresses to the next.

    `stations` are the hops that see it so, `kinds` what they are; `changed` is true when a SNAT made it so.
    """

    stations: tuple[str, ...]
    kinds: frozenset[HopKind]
    packet: str
    changed: bool


def pieces(hops: Sequence[Hop], words: Words, brief: bool = False) -> list[Piece]:
    """The packet after each change: as the client sends it, after DNAT, after each SNAT, on the way back.

    `brief` shows it only as it leaves each station, not between the rewrites of one station.
    """
    arrow, found = words.sign(tokens.ARROW), list[Piece]()
    last = ""
    for hop in hops:
        for title, source, destination, changed in list(_states(hop))[-1 if brief else 0 :]:
            packet = f"{source} {arrow} {destination}"
            if packet == last:
                before = found[-1]
                stations = before.stations if title in before.stations else (*before.stations, title)
                found[-1] = replace(before, stations=stations, kinds=before.kinds | {hop.kind})
                continue
            sign = f"{words.sign(tokens.SNAT)} " if changed else ""
            found.append(Piece((title,), frozenset({hop.kind}), f"{sign}{packet}", changed))
            last = packet
    return found


def _states(hop: Hop) -> Iterator[tuple[str, str, str, bool]]:
    """How a packet looks inside a station, from its first rewrite to the way it leaves."""
    changes = [rewrite for rewrite in hop.rewrites if rewrite.kind is RewriteKind.SNAT]
    if changes and len(changes) < len(hop.rewrites):
        yield f"{hop.title} DNAT", changes[0].before, hop.packet_destination, False
    for change in changes[:-1]:
        yield f"{hop.title} SNAT", change.after, hop.packet_destination, True
    word = " SNAT" if changes else " DNAT" if hop.rewrites else ""
    title = hop.title.removesuffix(f" {hop.packet_destination}")  # the packet below says it
    yield f"{title}{word}", hop.packet_source, hop.packet_destination, bool(changes)


def _needs(every: Sequence[Piece]) -> list[int]:
    return [cell_len(piece.packet) + (2 if piece.changed else 0) for piece in every]


def ribbon_lines(
    hops: Sequence[Hop], width: int, number: int = 1, selected: HopKind | None = None, ascii_only: bool = False
) -> list[list[Line]]:
    """The ribbon as rows of texts, at most `width` cells: stations above, the packet below, wrapped between packets.

    `number` is that of the path, told where there is room. The packet at the selected station is marked. What is too
    long alone is shortened in the middle.
    """
    words = Words(ascii_only)
    bar = " | " if ascii_only else " │ "
    join = " > " if ascii_only else " › "
    lead = f"path {number}  " if width >= NAMED else ""
    width -= len(lead)
    every = pieces(hops, words)
    if sum(_needs(every)) + cell_len(bar) * (len(every) - 1) > width:
        every = pieces(hops, words, brief=True)
    titles = [join.join(piece.stations) for piece in every]
    needs = _needs(every)
    full = [max(need, cell_len(title)) for need, title in zip(needs, titles)]
    sizes = full if sum(full) + cell_len(bar) * (len(full) - 1) <= width else needs
    rows: list[list[Line]] = []
    used = width + 1
    for piece, title, size in zip(every, titles, (min(size, width) for size in sizes)):
        if used + cell_len(bar) + size > width:
            rows += [[Line(lead if not rows else " " * len(lead), "dim")], [Line(" " * len(lead))]]
            used = 0
        else:
            rows[-2].append(Line(bar, "line"))
            rows[-1].append(Line(bar, "line"))
            used += cell_len(bar)
        here = selected in piece.kinds
        rows[-2].append(Line(set_cell_size(words.shorten(title, size), size), "selected" if here else "dim"))
        rows[-1] += _packet(piece, size, words)
        used += size
    return rows


def _packet(piece: Piece, size: int, words: Words) -> list[Line]:
    if not piece.changed:
        return [Line(set_cell_size(words.shorten(piece.packet, size), size))]
    text = f" {words.shorten(piece.packet, size - 2)} "
    return [Line(text, "bar"), Line(" " * (size - cell_len(text)))]


class Ribbon(Widget):
    """Shows the packet ribbon of one path; as high as it needs."""

    COMPONENT_CLASSES = {f"ribbon--{name}" for name in ("text", "dim", "line", "bar", "selected")}  # noqa: RUF012

    DEFAULT_CSS = """
    $snat: $warning;
    Ribbon {
        height: auto;
        background: $background;
        color: $foreground;
        & > .ribbon--dim { color: $text-muted; }
        & > .ribbon--selected { color: $text-accent; text-style: bold underline; }
        & > .ribbon--line { color: $foreground 55%; }
        & > .ribbon--bar { background: $snat; color: auto 100%; text-style: bold; }
        &:ansi > .ribbon--bar, &:nocolor > .ribbon--bar {
            background: ansi_default; color: ansi_yellow; text-style: bold reverse;
        }
    }
    """

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._hops: tuple[Hop, ...] = ()
        self._number = 1
        self._selected: HopKind | None = None

    def show(self, hops: Sequence[Hop], number: int = 1, selected: HopKind | None = None) -> None:
        """Shows the stations of path `number`; the packet at the selected one is marked."""
        self._hops, self._number, self._selected = tuple(hops), number, selected
        self.refresh(layout=True)

    def text(self, width: int = 10_000) -> str:
        """The ribbon as plain text, for copying."""
        return "\n".join("".join(part.text for part in row).rstrip() for row in self._rows(width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Two rows for each wrapped part."""
        return len(self._rows(width))

    def render_line(self, y: int) -> Strip:
        """One line of the ribbon."""
        width, background = self.size.width, self.rich_style
        rows = self._rows(width)
        if y >= len(rows):
            return Strip.blank(width, background)
        segments = [Segment(part.text, self._style(part.style)) for part in rows[y]]
        return Strip(segments).adjust_cell_length(width, background)

    def _rows(self, width: int) -> list[list[Line]]:
        return ribbon_lines(self._hops, width, self._number, self._selected, self._ascii_only) if self._hops else []

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"ribbon--{name}")
