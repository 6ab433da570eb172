"""How wide everything is: divides the cells of a row between columns, and fits the texts of lanes into theirs."""

from dataclasses import dataclass

from rich.cells import cell_len

from widgets import tokens
from widgets.drawing.boxes import backend_needs, ingress_box, reached, twins_box, twins_lines
from widgets.drawing.scene import Ingress, Lane, Scene
from widgets.drawing.words import Line, Words

INGRESS_LIMITS = ((20, 100), (28, 140), (46, 10_000))  # widest ingress box, below this width of the drawing
INDENT = 4  # of what happens, under its lane


@dataclass(frozen=True, slots=True)
class LanePlan:
    """A lane with its texts; `end` is set when it does not arrive and fits behind the label."""

    lane: Lane
    key: str
    label: str
    end: Line | None
    below: tuple[Line, ...]

    @property
    def height(self) -> int:
        """Rows."""
        return 1 + len(self.below)


@dataclass(frozen=True, slots=True)
class Columns:
    """Horizontal places: x and width of the columns; `bus` is the first of `buses` columns, two cells apart.

    `spelled`: there is room for all labels of lanes in full.
    """

    ingress: int
    ingress_width: int
    lane_width: int
    buses: int
    backend_width: int
    spelled: bool

    @property
    def lane(self) -> int:
        """First cell behind the ingress boxes."""
        return self.ingress + self.ingress_width

    @property
    def bus(self) -> int:
        """The leftmost bus."""
        return self.lane + self.lane_width

    @property
    def backend(self) -> int:
        """Left border of the backend boxes."""
        return self.bus + 2 * self.buses + 1


def lane_plans(ingress: Ingress, words: Words, columns: Columns) -> list[LanePlan]:
    """The lanes of an ingress Node as texts for the lane column."""
    plans, width = [], columns.lane_width
    for lane in ingress.lanes:
        label = words.label(lane.number, lane.path, columns.spelled)
        own = lane.path.ingress == ingress.node
        key = f"path:{lane.number}" if own else f"path:{lane.number}@{ingress.node}"
        below = _fitting(lane, words, width - INDENT - 2)
        end = None
        if not reached(lane):
            end = words.end(lane.path)
            if cell_len(label) + cell_len(end.text) + 6 > width:
                short, _, rest = end.text.partition(": ")
                if cell_len(label) + cell_len(short) + 6 <= width:
                    below = [Line(rest, end.style), *below] if rest else below
                    end = Line(short, end.style)
                else:
                    label = f"{label} {words.sign(tokens.NO_FURTHER)}"
                    below, end = [*words.wrapped(end, width - INDENT - 1), *below], None
        plans.append(LanePlan(lane, key, label, end, tuple(below)))
    return plans


def _fitting(lane: Lane, words: Words, room: int) -> list[Line]:
    lines = []
    for full, brief in zip(words.happenings(lane.path), words.happenings(lane.path, brief=True)):
        if cell_len(full.text) <= room:
            lines.append(full)
        else:
            lines += words.wrapped(brief, room)
    return lines


def fit_columns(scene: Scene, words: Words, start: int, width: int, buses: int, opened: frozenset[str]) -> Columns:
    """Divides the cells from `start` to `width`: all texts brief first, then in full as far as there is room."""
    boxes = [ingress_box(item, scene, words) for item in scene.ingresses]
    boxes += [twins_box(item, scene, words, opened) for item in scene.ingresses if item.twins]
    widest = next(limit for limit, upto in INGRESS_LIMITS if width < upto)
    ingress = min(max([12, *(box.natural_width for box in boxes)]), widest)
    room = width - start - ingress - 2 * buses - 1
    lane_brief, lane_full = _lane_needs(scene, words, opened)
    backend_brief, backend_full = backend_needs(scene, words)
    lane = max(min(lane_brief, room - min(backend_brief, 30)), 16)
    backend = max(min(backend_full, room - lane, 56), 10)
    lane = max(lane, min(lane_full, room - min(backend, max(backend_brief, 28))))
    backend = min(backend, room - lane)
    lane += min((room - backend - lane) // 2, 8)
    labels = [words.label(lane.number, lane.path, spelled=True) for item in scene.ingresses for lane in item.lanes]
    return Columns(start, ingress, lane, buses, backend, spelled=max(map(cell_len, labels)) + 6 <= lane)


def _lane_needs(scene: Scene, words: Words, opened: frozenset[str]) -> tuple[int, int]:
    brief, full = 18, 18
    for ingress in scene.ingresses:
        for lane in ingress.lanes:
            label = cell_len(words.label(lane.number, lane.path)) + 6
            spelled = cell_len(words.label(lane.number, lane.path, spelled=True)) + 6
            end = 0 if reached(lane) else cell_len(words.end(lane.path).text)
            short = [INDENT + 3 + cell_len(line.text) for line in words.happenings(lane.path, brief=True)]
            long = [INDENT + 3 + cell_len(line.text) for line in words.happenings(lane.path)]
            brief, full = max([brief, label, *short]), max([full, spelled + end, *long])
        for label_text, lines in twins_lines(ingress, scene, words, opened) if ingress.twins else ():
            need = sum(cell_len(line.text) + 3 for line in lines) + cell_len(label_text) + 3
            brief, full = max(brief, need), max(full, need)
    return brief, full
