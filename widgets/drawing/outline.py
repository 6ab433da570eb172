"""Draws the same scene as an indented list, for terminals too narrow for columns."""

from widgets import tokens
from widgets.drawing.boxes import MAX_TWINS, backend_boxes, ingress_box, reached, twins_box, twins_lines
from widgets.drawing.canvas import Canvas
from widgets.drawing.drawing import Drawing, Region, RegionKind
from widgets.drawing.scene import Ingress, Lane, Scene
from widgets.drawing.words import Line, Words

PODS = 3


def draw_outline(scene: Scene, words: Words, width: int, path: int, selected: str, opened: frozenset[str]) -> Drawing:
    """The drawing as an outline: client, entry, then each ingress Node with its lanes, then the backends."""
    return _Outline(scene, words, width, path, selected, opened).drawing()


class _Outline:
    def __init__(
        self, scene: Scene, words: Words, width: int, path: int, selected: str, opened: frozenset[str]
    ) -> None:
        self.scene, self.words, self.width = scene, words, width
        self.path, self.selected, self.opened = path, selected, opened
        self.head = Canvas(width, 2)
        self.body = Canvas(width)
        self.y = 0
        self.regions: list[Region] = []

    def drawing(self) -> Drawing:
        """Draws from top to bottom."""
        first, labels = self.scene.paths[0], self.scene.labels
        everyone = tuple(range(1, len(self.scene.paths) + 1))
        client = " ".join((self.words.client(first.client), *self.words.client_lines(first.client)))
        entry = f"{self.words.sign(tokens.ARROW)} {first.access.kind} {self.words.entry(first.access)} {labels.policy}"
        for y, (key, kind, text) in enumerate(
            (("client", RegionKind.CLIENT, client), ("entry", RegionKind.ENTRY, entry.rstrip()))
        ):
            self.regions.append(Region(key, kind, everyone, "", 0, y, self.width, 1, 0, pinned=True))
            style = "selected" if key == self.selected else "name"
            self.head.text(0, y, self.words.shorten(text, self.width), style)
        for ingress in self.scene.ingresses:
            self._ingress(ingress)
        self._backends()
        return Drawing(
            self.width,
            self.head.rows(),
            self.body.rows(),
            tuple(self.regions),
            self.path,
            self.words.ascii_only,
        )

    def _ingress(self, ingress: Ingress) -> None:
        box = ingress_box(ingress, self.scene, self.words)
        about = " ".join(row.said(self.width).text for row in box.rows)
        self._row(0, f"{box.title} {about}", "name", (box.key, box.kind, box.paths, box.subject))
        for lane in ingress.lanes:
            self._lane(lane, ingress)
        if not ingress.twins:
            return
        box = twins_box(ingress, self.scene, self.words, self.opened)
        self._row(0, f"{box.title} like {ingress.node}", "name", (box.key, box.kind, box.paths, box.subject))
        names = ingress.twins[:MAX_TWINS] if box.key in self.opened else ()
        lines = twins_lines(ingress, self.scene, self.words, self.opened)
        for number, (label, texts) in enumerate(lines):
            self._row(2, f"{label}{names[number] if number < len(names) else ''}", "dim")
            for text in texts:
                self._line(4, text)

    def _lane(self, lane: Lane, ingress: Ingress) -> None:
        own = lane.path.ingress == ingress.node
        key = f"path:{lane.number}" if own else f"path:{lane.number}@{ingress.node}"
        top = self.y
        style = "trace" if lane.number == self.path else "text"
        label = self.words.label(lane.number, lane.path, spelled=True)
        self._row(2, label, style, (key, RegionKind.WAY, (lane.number,), lane.path.ingress))
        if not reached(lane):
            self._line(4, self.words.end(lane.path))
        for full, brief in zip(self.words.happenings(lane.path), self.words.happenings(lane.path, brief=True)):
            self._line(4, full if len(full.text) <= self.width - 6 else brief)
        if reached(lane):
            self._line(4, Line(f"{self.words.sign(tokens.ARROW)} {', '.join(reached(lane)[:PODS])}", "dim"))
            if len(reached(lane)) > PODS:
                self._line(4, Line(f"  +{len(reached(lane)) - PODS} more Nodes", "dim"))
        region = self.regions[-1]
        self.regions[-1] = Region(
            region.key, region.kind, region.paths, region.subject, 0, region.y, self.width, self.y - top, 0
        )

    def _backends(self) -> None:
        for box in backend_boxes(self.scene, self.words, PODS, self.opened):
            self._row(0, box.titled(self.width - 2), "name", (box.key, box.kind, box.paths, box.subject))
            for row in box.rows:
                where = (row.key, row.kind, box.paths, row.subject) if row.key else None
                line = row.said(self.width - 2)
                self._row(2, line.text, line.style, where)
        if not self.scene.backends:
            self._row(0, "no endpoint to reach", "dim")

    def _line(self, x: int, line: Line) -> None:
        room = self.width - x - (2 if line.style == "bar" else 0)
        for part in self.words.wrapped(line, room):
            self.body.text(x, self.y, f" {part.text} " if line.style == "bar" else part.text, line.style)
            self.y += 1

    def _row(
        self, x: int, text: str, style: str, region: tuple[str, RegionKind, tuple[int, ...], str] | None = None
    ) -> None:
        if region:
            key, kind, paths, subject = region
            y = self.y + self.head.height
            self.regions.append(Region(key, kind, paths, subject, 0, y, self.width, 1, 0))
            style = "selected" if key == self.selected else style
        self.body.text(x, self.y, self.words.shorten(text, self.width - x), style)
        self.y += 1
