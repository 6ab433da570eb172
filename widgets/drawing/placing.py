"""Where everything stands: rows of boxes and lanes, and the buses between them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

from widgets.drawing.boxes import Box, ingress_box, reached, twins_box, twins_lines
from widgets.drawing.fitting import Columns, LanePlan, lane_plans
from widgets.drawing.scene import Ingress, Scene
from widgets.drawing.words import Line, Words

Bundles = dict[tuple[str, ...], list[tuple[str, int, int]]]
"""Lanes (key, row and number; number 0 for twins) by the boxes that they all reach."""


@dataclass(frozen=True)
class Bus:
    """A vertical line that lanes with the same targets share; `ports` are (target, row) where it leaves."""

    column: int
    lanes: tuple[str, ...]
    rows: tuple[int, ...]
    ports: tuple[tuple[str, int], ...]

    @cached_property
    def port_rows(self) -> frozenset[int]:
        """The rows where it leaves."""
        return frozenset(row for _, row in self.ports)

    @cached_property
    def top(self) -> int:
        """First row."""
        return min((*self.rows, *self.port_rows))

    @cached_property
    def bottom(self) -> int:
        """Last row."""
        return max((*self.rows, *self.port_rows))


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


def place(
    scene: Scene, words: Words, columns: Columns, boxes: Sequence[Box], gap: int, opened: frozenset[str]
) -> Places:
    """Places everything; `gap` is the number of empty rows between backend `boxes`, -1 = they share a border."""
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
            fitting = [row for offset in boxes[key].rows_for(numbers) if (key, row := tops[key] + offset) not in taken]
            if not fitting:
                inside = range(tops[key] + 1, tops[key] + boxes[key].height - 1)
                fitting = [next((row for row in inside if (key, row) not in taken), inside[0])]
            row = next((row for row in fitting if row in level), fitting[0])
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
