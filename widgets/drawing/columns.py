"""Draws the columns: entry, ingress Nodes, lanes with what happens on them, backend Nodes with their Pods."""

from dataclasses import dataclass
from itertools import product

from rich.cells import cell_len

from widgets import tokens
from widgets.drawing.boxes import MAX_NODES, Box, backend_boxes
from widgets.drawing.canvas import Canvas
from widgets.drawing.drawing import Drawing, EntryBus, Region, RegionKind
from widgets.drawing.fitting import INDENT, LanePlan, fit_columns
from widgets.drawing.placing import IngressPlace, Places, place
from widgets.drawing.scene import Scene
from widgets.drawing.wiring import Wiring, direct_paths, return_label
from widgets.drawing.words import Line, Words

WIDE = 100  # from here on the entry has a column of its own
LEVELS = ((1, 8), (0, 5), (-1, 3))  # gap between backend boxes, Pods shown in each: airy to dense
HEADINGS = ("INGRESS NODE", "WAY OF THE PACKET", "BACKEND NODE / POD")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A scene with a place for everything, whatever is selected.

    `aside` is the width of the entry's own column, `returns` whether the line of direct answers is drawn.
    """

    scene: Scene
    words: Words
    width: int
    places: Places
    aside: int
    returns: bool

    def drawing(self, path: int, selected: str) -> Drawing:
        """The drawing with path number `path` heavy and the region of key `selected` marked."""
        return _Columns(self, path, selected).drawing()


def arrange(scene: Scene, words: Words, width: int, height: int, opened: frozenset[str]) -> Arrangement:
    """Where everything stands: airy when it fits `height` rows (0 = any number), else dense."""
    aside = _aside_width(scene, words) if width >= WIDE else 0
    returns = bool(direct_paths(scene))
    start, most = (aside + 3, 5) if aside else (2, 3)
    head = (1 if aside else 2) + returns
    inner = width - 2 * returns
    shown = min(len(scene.backends), MAX_NODES)
    fitting = [level for level in LEVELS if not height or head + shown * (4 + level[0]) <= height]
    for gap, max_pods in fitting or LEVELS[-1:]:
        boxes = backend_boxes(scene, words, max_pods, opened)
        places = place(scene, words, fit_columns(scene, words, start, inner, 1, opened), boxes, gap, opened)
        if places.wanted_buses > 1:
            columns = fit_columns(scene, words, start, inner, min(places.wanted_buses, most), opened)
            places = place(scene, words, columns, boxes, gap, opened)
        if not height or head + places.height <= height:
            break
    return Arrangement(scene, words, width, places, aside, returns)


def _aside_width(scene: Scene, words: Words) -> int:
    first = scene.paths[0]
    texts = [*words.client_lines(first.client), words.entry(first.access), scene.labels.policy]
    texts += [f"{words.client(first.client)}  ", f"{first.access.kind}  "]
    return min(max([16, *(cell_len(text) for text in texts)]) + 4, 32) + 2


class _Columns:
    def __init__(self, arrangement: Arrangement, path: int, selected: str) -> None:
        self.scene, self.words, self.places = arrangement.scene, arrangement.words, arrangement.places
        self.width, self.aside = arrangement.width, arrangement.aside
        self.path, self.selected = path, selected
        self.above = 1 if arrangement.returns else 0  # rows of the dashed line of direct answers
        self.head = Canvas(self.width, (1 if self.aside else 2) + self.above)
        self.body = Canvas(self.width, self.places.height)
        self.wiring = Wiring(self.scene, self.places, self.body, path)
        self.regions: list[Region] = []

    def drawing(self) -> Drawing:
        """Draws lines, then boxes, then texts over them."""
        bus = self._entry()
        self.wiring.lanes()
        for item in self.places.ingresses:
            self._ingress(item)
        for box, top in self.places.backends:
            self._box(box, self.places.columns.backend, top, self.places.columns.backend_width, box.height)
        if not self.places.backends:
            self.body.text(self.places.columns.backend, 1, "no endpoint to reach", "dim")
        self._headings()
        if self.above:
            self._returns()
        return Drawing(
            self.width,
            self.head.rows(),
            self.body.rows(),
            tuple(self.regions),
            self.path,
            self.words.ascii_only,
            self.aside,
            bus,
        )

    def _headings(self) -> None:
        columns, y = self.places.columns, 0 if self.aside else self.head.height - 1
        if self.aside:
            self.head.text(0, y, "CLIENT / ENTRY", "heading")
        places = (columns.ingress, columns.lane + 2, columns.backend)
        rooms = (columns.ingress_width, columns.lane_width, self.width - columns.backend)
        for x, heading, room in zip(places, HEADINGS, rooms):
            self.head.text(x, y, self.words.shorten(heading, room), "heading")

    def _returns(self) -> None:
        """The line of direct answers: over everything to the client, pinned, so that it is seen wherever one looks."""
        direct, last = self.wiring.direct, self.width - 1
        heavy = self.path in direct
        style, dash = ("trace", "╍") if heavy else ("line", "╌")
        y, x = (self.head.height - 1, 1) if self.aside else (0, 4)
        label = return_label(self.words, last - x - 3)
        self.head.text(x, y, ("┌" if self.aside else "▼") + dash * (last - x - 1) + "┐", style)
        if self.aside:
            self.body.text(x, 0, "▼", style)
        else:
            self.head.dashes(last, 1, self.head.height - 1, "┇" if heavy else "┆", style)
        start = x + max(1, (last - x - cell_len(label)) // 2)
        chosen = self._region("return", RegionKind.RETURN, direct, "", (x, y, last - x + 1, 1), pinned=True)
        self.head.text(start, y, label, "selected" if chosen else "ok")
        self.wiring.returns(last)

    def _region(
        self,
        key: str,
        kind: RegionKind,
        paths: tuple[int, ...],
        subject: str,
        box: tuple[int, int, int, int],
        pinned: bool = False,
    ) -> bool:
        x, y, width, height = box
        self.regions.append(Region(key, kind, paths, subject, x, y, width, height, kind.column, pinned))
        return key == self.selected

    def _entry(self) -> EntryBus | None:
        ports = [item.top + 1 for item in self.places.ingresses]
        ports += [item.twins_top + 1 for item in self.places.ingresses if item.twins]
        heavy = next((item.top + 1 for item in self.places.ingresses if self.path in item.box.paths), None)
        if self.aside:
            entry = self._entry_boxes()
            for row in ports:
                self.wiring.arrow(self.aside, self.places.columns.ingress - 1, row, row == heavy)
            return EntryBus(self.aside, entry, tuple(ports), heavy)
        self._entry_band()
        if ports:
            self.body.down(0, 0, max(ports), "line")
            self.body.down(0, -1, 0, "line")
        if heavy is not None:
            self.body.down(0, -1, heavy, "trace", heavy=True)
        for row in ports:
            self.wiring.arrow(0, self.places.columns.ingress - 1, row, row == heavy)
        return None

    def _entry_boxes(self) -> int:
        """Client over entry address, in the first column of the body; returns the row of the entry address."""
        first, policy = self.scene.paths[0], self.scene.labels.policy
        client = self.words.client_lines(first.client)
        entry = tuple(text for text in (self.words.entry(first.access), policy) if text)
        self._pinned_box("client", RegionKind.CLIENT, self.words.client(first.client), client, 0)
        top = len(client) + 2
        self._pinned_box("entry", RegionKind.ENTRY, str(first.access.kind), entry, top)
        self.body.down(1, top - 1, top, "trace", heavy=True)
        self.body.text(1, top, "▼", "trace")
        self.body.across(top + 1, self.aside - 3, self.aside, "trace", heavy=True)
        return top + 1

    def _pinned_box(self, key: str, kind: RegionKind, title: str, lines: tuple[str, ...], top: int) -> None:
        width, height = self.aside - 2, len(lines) + 2
        everyone = tuple(range(1, len(self.scene.paths) + 1))
        chosen = self._region(key, kind, everyone, "", (0, top + self.head.height, width, height), pinned=True)
        self.body.box(0, top, width, height, "trace" if chosen else "line", chosen)
        self._title(2, top, width - 4, title, chosen)
        for number, line in enumerate(lines):
            self.body.text(2, top + 1 + number, self.words.shorten(line, width - 4), "dim" if number else "text")

    def _entry_band(self) -> None:
        """Client and entry address in one row above the headings."""
        everyone = tuple(range(1, len(self.scene.paths) + 1))
        arrow = self.words.sign(tokens.ARROW)
        y = self.above
        self.head.across(y, 0, 3, "trace", heavy=True)
        self.head.down(0, y, y + 1, "trace", heavy=True)
        self.head.text(0, y + 1, "┃", "trace")
        self.head.text(2, y, " ", "")
        x = 3
        client, entry = self._band_texts(self.width - x - 4 - 2 * y)
        texts = (("client", RegionKind.CLIENT, client), ("entry", RegionKind.ENTRY, entry))
        for key, kind, text in texts:
            chosen = self._region(key, kind, everyone, "", (x, y, cell_len(text), 1), pinned=True)
            x = self.head.text(x, y, text, "selected" if chosen else "name")
            if kind is RegionKind.CLIENT:
                x = self.head.text(x, y, f" {arrow} ", "trace")

    def _band_texts(self, room: int) -> tuple[str, str]:
        """Client and entry in one row: in full, else without names and kinds, else shortened."""
        first, policy = self.scene.paths[0], self.scene.labels.policy
        title, lines = self.words.client(first.client), self.words.client_lines(first.client)
        entry = self.words.entry(first.access)
        clients = (" ".join((title, *lines)), f"{title} {lines[0]}", lines[0])
        entries = (f"{first.access.kind} {entry} {policy}".rstrip(), f"{entry} {policy}".rstrip(), entry)
        for said, asked in product(entries, clients):
            if cell_len(asked) + cell_len(said) <= room:
                return asked, said
        return self.words.shorten(lines[0], room // 2), self.words.shorten(entry, room - room // 2)

    def _title(self, x: int, y: int, room: int, title: str, chosen: bool, style: str = "name") -> None:
        text = self.words.shorten(title, room - 2)
        self.body.text(x, y, f" {text} ", "selected" if chosen else style)

    def _box(self, box: Box, x: int, top: int, width: int, height: int) -> None:
        offset = self.head.height
        chosen = self._region(box.key, box.kind, box.paths, box.subject, (x, top + offset, width, height))
        for number, row in enumerate(box.rows, top + 1):
            if row.key:
                self._region(row.key, row.kind, box.paths, row.subject, (x + 1, number + offset, width - 2, 1))

        def paint() -> None:
            self.wiring.into(box)
            on_path = self.path in box.paths
            self.body.box(x, top, width, height, "trace" if on_path or chosen else "line", chosen)
            self._title(x + 2, top, width - 4, box.titled(width - 4), chosen)
            for number, row in enumerate(box.rows, top + 1):
                line = row.said(width - 4)
                text, style = self.words.shorten(line.text, width - 4), line.style
                if row.key and row.key == self.selected:
                    text, style = text.ljust(width - 4), "selected"
                self.body.text(x + 2, number, text, style)
            if self.above and box.kind.column == RegionKind.BACKEND.column:
                self.wiring.out_of(box, top, self.width - 1)

        self.body.later(top, height, paint)

    def _ingress(self, item: IngressPlace) -> None:
        columns = self.places.columns
        self._box(item.box, columns.ingress, item.top, columns.ingress_width, item.height)
        for plan, row in item.lanes:
            self._lane_texts(plan, row)
        if item.twins is None:
            return
        self._box(item.twins, columns.ingress, item.twins_top, columns.ingress_width, item.twins.height)
        for row, (label, lines) in enumerate(item.twins_lines, item.twins_top + 1):
            x = self.body.text(columns.lane + 1, row, f" {label} " if label else " ", "dim", columns.lane_width - 3)
            for line in sorted(lines, key=lambda line: line.style != "bar"):
                room = columns.bus - 1 - x
                if cell_len(line.text) + 2 > room and line.style != "bar":
                    line = Line(line.text.partition(" ")[0], line.style)  # the sign alone
                x = self.body.text(self._happening(x, row, line, room), row, " ", "")

    def _lane_texts(self, plan: LanePlan, row: int) -> None:
        columns, number = self.places.columns, plan.lane.number
        place = (columns.lane, row + self.head.height, columns.lane_width, plan.height)
        chosen = self._region(plan.key, RegionKind.WAY, (number,), plan.lane.path.ingress, place)
        style = "selected" if chosen else "name"
        x = self.body.text(columns.lane + 1, row, f" {plan.label} ", style, columns.lane_width - 2)
        if plan.end:
            self.body.text(x + 1, row, f" {plan.end.text}", plan.end.style, columns.lane + columns.lane_width - x - 1)
        for offset, line in enumerate(plan.below, 1):
            self._happening(columns.lane + INDENT, row + offset, line, columns.lane_width - INDENT)

    def _happening(self, x: int, row: int, line: Line, room: int) -> int:
        text = f" {line.text} " if line.style == "bar" else f" {line.text}"
        return self.body.text(x, row, text, line.style, room)
