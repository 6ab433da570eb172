"""Where everything stands: widths of the columns, rows of boxes and lanes, and the buses between them. No drawing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count

from rich.cells import cell_len

from widgets import tokens
from widgets.drawing.boxes import Box, backend_boxes, backend_needs, ingress_box, reached, twins_box, twins_lines
from widgets.drawing.scene import Ingress, Lane, Scene
from widgets.drawing.words import Line, Words

INGRESS_LIMITS = ((20, 100), (28, 140), (46, 10_000))  # widest ingress box, below this width of the drawing
INDENT = 4  # of what happens, under its lane

Bundles = dict[tuple[str, ...], list[tuple[str, int, int]]]
"""Lanes (key, row and number; number 0 for twins) by the boxes that they all reach."""


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
    wanted_buses: int


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
        for plan in lane_plans(ingress, words, columns):
            keys = targets[plan.lane.number]
            waiting = [key for key in keys if key not in tops and (len(keys) == 1 or key not in claimed)]
            if waiting:
                key = waiting[0]
                tops[key] = max(free, line - 1)
                free = tops[key] + by_key[key].height + gap
                if tops[key] - (line - 1) <= (6 if gap >= 0 else 3):
                    line = tops[key] + 1
            elif len(keys) == 1:
                rows = [tops[keys[0]] + offset for offset in by_key[keys[0]].rows_for((plan.lane.number,))]
                line = min((row for row in rows if line <= row <= line + 2), default=line)
            lanes.append((plan, line))
            line += plan.height
        height = max(box.height, (lanes[-1][1] if lanes else y) - y + 2)
        after = max(y + height, line)
        twins = twins_box(ingress, scene, words, opened) if ingress.twins else None
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
    straight, bundles = _bundles(ingresses, targets, by_key, tops)
    buses = _columned(_bused(bundles, by_key, tops, straight))
    wanted = max([1, *(bus.column + 1 for bus in buses)])
    if wanted > columns.buses:
        buses = _columned(_bused(_merged(bundles, columns.buses), by_key, tops, straight))
    height = max([y, *(top + box.height for box, top in placed)])
    return Places(columns, tuple(ingresses), placed, buses, frozenset(straight), height, wanted)


def _bundles(
    ingresses: Iterable[IngressPlace], targets: dict[int, tuple[str, ...]], boxes: dict[str, Box], tops: dict[str, int]
) -> tuple[dict[str, tuple[str, int]], Bundles]:
    """Lanes that run straight into their target, by key with target and row; the others by their targets."""
    straight: dict[str, tuple[str, int]] = {}
    bundles: Bundles = {}
    for item in ingresses:
        for plan, row in item.lanes:
            keys = targets[plan.lane.number]
            if len(keys) == 1 and row - tops[keys[0]] in boxes[keys[0]].rows_for((plan.lane.number,)):
                straight[plan.key] = (keys[0], row)
            elif keys:
                bundles.setdefault(keys, []).append((plan.key, row, plan.lane.number))
        extra = tuple(f"node:{node}" for node in item.ingress.extra_targets if f"node:{node}" in boxes)
        if extra and item.twins:
            bundles.setdefault(extra, []).append((item.twins.key, item.twins_top + 1, 0))
    return straight, bundles


def _merged(bundles: Bundles, room: int) -> Bundles:
    """At most `room` bundles: those with the fewest targets stay exact, the others share one bus."""
    ordered = sorted(bundles, key=len)
    exact, shared = ordered[: room - 1], ordered[room - 1 :]
    union = tuple(dict.fromkeys(key for keys in shared for key in keys))
    merged = {keys: list(bundles[keys]) for keys in exact}
    merged.setdefault(union, []).extend(lane for keys in shared for lane in bundles[keys])
    return merged


def _bused(
    bundles: Bundles, boxes: dict[str, Box], tops: dict[str, int], straight: dict[str, tuple[str, int]]
) -> Iterator[Bus]:
    """A bus for each bundle; each enters a box at a row of its own as long as there are rows."""
    taken = set(straight.values())
    for keys, lanes in bundles.items():
        level = {row for _, row, _ in lanes}
        numbers = {number for _, _, number in lanes}
        ports = []
        for key in keys:
            inside = range(tops[key] + 1, tops[key] + boxes[key].height - 1)
            free = [row for row in inside if (key, row) not in taken]
            fitting = [row for row in (tops[key] + offset for offset in boxes[key].rows_for(numbers)) if row in free]
            row = next((row for row in fitting if row in level), next(iter((*fitting, *free)), inside[0]))
            taken.add((key, row))
            ports.append((key, row))
        yield Bus(0, tuple(name for name, *_ in lanes), tuple(row for _, row, _ in lanes), tuple(ports))


def _columned(buses: Iterable[Bus]) -> tuple[Bus, ...]:
    """Each bus in the leftmost column where it touches no other."""
    placed: list[Bus] = []
    for bus in buses:
        near = {other.column for other in placed if other.top <= bus.bottom and bus.top <= other.bottom}
        column = next(number for number in count() if number not in near)
        placed.append(replace(bus, column=column))
    return tuple(placed)
