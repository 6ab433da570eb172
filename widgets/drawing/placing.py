"""Where everything stands: widths of the columns, rows of boxes and lanes, and the buses between them. No drawing."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len

from widgets.drawing.boxes import Box, backend_boxes, ingress_box, reached, twins_box, twins_lines
from widgets.drawing.scene import Ingress, Lane, Scene
from widgets.drawing.words import Line, Words

MAX_BUSES = 5
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
    """Horizontal places: x and width of the columns; `bus` is the first of `buses` columns, two cells apart."""

    ingress: int
    ingress_width: int
    lane_width: int
    buses: int
    backend_width: int

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


@dataclass(frozen=True, slots=True)
class Bus:
    """A vertical line that lanes with the same targets share; `ports` are (target, row) where it leaves."""

    column: int
    lanes: tuple[str, ...]
    rows: tuple[int, ...]
    ports: tuple[tuple[str, int], ...]

    @property
    def top(self) -> int:
        """First row."""
        return min((*self.rows, *(row for _, row in self.ports)))

    @property
    def bottom(self) -> int:
        """Last row."""
        return max((*self.rows, *(row for _, row in self.ports)))


@dataclass(frozen=True, slots=True)
class IngressPlace:
    """Rows of an ingress box, its lanes, and the box of its twins."""

    ingress: Ingress
    box: Box
    top: int
    height: int
    lanes: tuple[tuple[LanePlan, int], ...]
    twins: Box | None
    twins_top: int
    twins_lines: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Everything placed, in body rows. `straight` holds keys of lanes that run straight into their only target."""

    columns: Columns
    ingresses: tuple[IngressPlace, ...]
    backends: tuple[tuple[Box, int], ...]
    buses: tuple[Bus, ...]
    straight: frozenset[str]
    height: int


def lane_plans(ingress: Ingress, words: Words, width: int) -> list[LanePlan]:
    """The lanes of an ingress Node as texts for a lane column `width` wide."""
    plans = []
    for lane in ingress.lanes:
        label = words.label(lane.number, lane.path)
        own = lane.path.ingress == ingress.node
        key = f"path:{lane.number}" if own else f"path:{lane.number}@{ingress.node}"
        below = _fitting(lane, words, width - INDENT - 2)
        end = None
        if not reached(lane):
            end = words.end(lane.path)
            if cell_len(label) + cell_len(end.text) + 6 > width:
                below, end = [*words.wrapped(end, width - INDENT), *below], None
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


def fit_columns(scene: Scene, words: Words, start: int, width: int, opened: frozenset[str]) -> Columns:
    """Divides the cells from `start` to `width`: the lanes first, then the backends, the ingress Nodes last."""
    boxes = [ingress_box(item, scene, words) for item in scene.ingresses]
    boxes += [twins_box(item, words, opened) for item in scene.ingresses if item.twins]
    ingress = min(max([12, *(box.natural_width for box in boxes)]), 20 if width < 100 else 28)
    sets = {reached(lane) for item in scene.ingresses for lane in item.lanes}
    buses = max(1, min(len(sets) - (len(sets) > 1), MAX_BUSES if width >= 100 else 2))
    room = width - start - ingress - 2 * buses - 1
    brief, full = _lane_needs(scene, words, opened)
    natural = max([22, *(box.natural_width for box in backend_boxes(scene, words, 8, frozenset(), 200))])
    backend = min(natural, 56)
    lane = max(min(brief, room - 20), 16)
    if lane + backend > room:
        backend = max(room - lane, 12)
    lane = max(lane, min(full, room - min(backend, 30)))
    backend = min(backend, room - lane)
    if lane >= full:
        lane += min((room - backend - lane) // 2, 8)
    return Columns(start, ingress, lane, buses, backend)


def _lane_needs(scene: Scene, words: Words, opened: frozenset[str]) -> tuple[int, int]:
    brief, full = 18, 18
    for ingress in scene.ingresses:
        for lane in ingress.lanes:
            label = cell_len(words.label(lane.number, lane.path)) + 6
            end = 0 if reached(lane) else cell_len(words.end(lane.path).text)
            short = [INDENT + 3 + cell_len(line.text) for line in words.happenings(lane.path, brief=True)]
            long = [INDENT + 3 + cell_len(line.text) for line in words.happenings(lane.path)]
            brief, full = max([brief, label, *short]), max([full, label + end, *long])
        for label_text, lines in twins_lines(ingress, scene, words, opened) if ingress.twins else ():
            need = sum(cell_len(line.text) + 3 for line in lines) + cell_len(label_text) + 3
            brief, full = max(brief, need), max(full, need)
    return brief, full


def place(scene: Scene, words: Words, columns: Columns, gap: int, max_pods: int, opened: frozenset[str]) -> Places:
    """Places everything; `gap` is the number of empty rows between backend boxes, -1 = they share a border."""
    boxes = backend_boxes(scene, words, max_pods, opened, columns.backend_width - 4)
    box_of = {box.subject: box for box in boxes if box.key != "nodes"}
    rest = next((box for box in boxes if box.key == "nodes"), None)
    key_of = {item.node: box_of.get(item.node, rest) for item in scene.backends}
    targets = {
        lane.number: tuple(dict.fromkeys(box.key for name in reached(lane) if (box := key_of.get(name))))
        for ingress in scene.ingresses
        for lane in ingress.lanes
    }
    claimed = {keys[0] for keys in targets.values() if len(keys) == 1}
    by_key = {box.key: box for box in boxes}
    tops: dict[str, int] = {}
    free = 0
    y = 0
    ingresses = []
    for ingress in scene.ingresses:
        box = ingress_box(ingress, scene, words)
        line = y + 1
        lanes: list[tuple[LanePlan, int]] = []
        for plan in lane_plans(ingress, words, columns.lane_width):
            keys = targets[plan.lane.number]
            waiting = [key for key in keys if key not in tops and (len(keys) == 1 or key not in claimed)]
            if waiting:
                key = waiting[0]
                tops[key] = max(free, line - 1)
                free = tops[key] + by_key[key].height + gap
                if tops[key] - (line - 1) <= (6 if gap >= 0 else 3):
                    line = tops[key] + 1
            lanes.append((plan, line))
            line += plan.height
        height = max(box.height, (lanes[-1][1] if lanes else y) - y + 2)
        after = max(y + height, line)
        twins = twins_box(ingress, words, opened) if ingress.twins else None
        ingresses.append(
            IngressPlace(
                ingress,
                box,
                y,
                height,
                tuple(lanes),
                twins,
                after,
                tuple((label, tuple(lines)) for label, lines in twins_lines(ingress, scene, words, opened))
                if twins
                else (),
            )
        )
        y = after + (twins.height if twins else 0) + (1 if gap > 0 else 0)
    for box in boxes:
        if box.key not in tops:
            tops[box.key] = free
            free += box.height + gap
    placed = tuple((box, tops[box.key]) for box in boxes)
    straight, buses = _buses(ingresses, targets, by_key, tops, columns.buses)
    height = max([y, *(top + box.height for box, top in placed)])
    return Places(columns, tuple(ingresses), placed, buses, straight, height)


def _buses(
    ingresses: Iterable[IngressPlace],
    targets: dict[int, tuple[str, ...]],
    boxes: dict[str, Box],
    tops: dict[str, int],
    room: int,
) -> tuple[frozenset[str], tuple[Bus, ...]]:
    straight: set[str] = set()
    taken: dict[str, int] = {}
    bundles: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for item in ingresses:
        for plan, row in item.lanes:
            keys = targets[plan.lane.number]
            if len(keys) == 1 and tops[keys[0]] < row < tops[keys[0]] + boxes[keys[0]].height - 1:
                straight.add(plan.key)
                taken[keys[0]] = max(taken.get(keys[0], 0), row - tops[keys[0]])
            elif keys:
                bundles.setdefault(keys, []).append((plan.key, row))
        extra = tuple(f"node:{node}" for node in item.ingress.extra_targets if f"node:{node}" in boxes)
        if extra and item.twins:
            bundles.setdefault(extra, []).append((item.twins.key, item.twins_top + 1))
    if len(bundles) > room:
        merged = tuple(dict.fromkeys(key for keys in bundles for key in keys))
        bundles = {merged: [lane for lanes in bundles.values() for lane in lanes]}
    buses: list[Bus] = []
    for keys, lanes in bundles.items():
        ports = []
        for key in keys:
            inside = boxes[key].height - 2
            offset = min(taken.get(key, 0) + 1, inside)
            at_lane = [row - tops[key] for _, row in lanes if taken.get(key, 0) < row - tops[key] <= inside]
            offset = at_lane[0] if at_lane else offset
            taken[key] = offset
            ports.append((key, tops[key] + offset))
        bus = Bus(0, tuple(name for name, _ in lanes), tuple(row for _, row in lanes), tuple(ports))
        column = next(
            (
                number
                for number in range(room)
                if all(other.column != number or bus.bottom < other.top or other.bottom < bus.top for other in buses)
            ),
            room - 1,
        )
        buses.append(Bus(column, bus.lanes, bus.rows, bus.ports))
    return frozenset(straight), tuple(buses)
