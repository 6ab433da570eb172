"""Draws the lines of the columns: lanes, the buses they share, the selected path over them, and direct answers."""

from rich.cells import cell_len

from diagnostics.datapath.path import Outcome
from widgets import tokens
from widgets.drawing.boxes import Box, reached
from widgets.drawing.canvas import Canvas
from widgets.drawing.placing import Bus, Places
from widgets.drawing.scene import Scene
from widgets.drawing.words import Words


def direct_paths(scene: Scene) -> tuple[int, ...]:
    """Numbers of the paths whose answers go from the backend Node straight to the client."""
    return tuple(
        number for number, path in enumerate(scene.paths, 1) if path.direct_return and path.outcome is Outcome.DELIVERED
    )


class Wiring:
    """The lines on one canvas, with path number `path` heavy."""

    def __init__(self, scene: Scene, places: Places, body: Canvas, path: int) -> None:
        self.places, self.columns, self.body, self.path = places, places.columns, body, path
        self.direct = direct_paths(scene)
        self._last_return = -1
        self._ports: dict[str, list[tuple[int, int, Bus]]] = {}
        self._heavy_ports: dict[str, list[tuple[int, int, str]]] = {}

    def lanes(self) -> None:
        """The lanes up to their buses, and the buses; what enters a box is drawn by `into`."""
        columns = self.columns
        ends = {key: bus for bus in self.places.buses for key in bus.lanes}
        for item in self.places.ingresses:
            for plan, row in item.lanes:
                heavy = plan.lane.number == self.path
                if plan.key in self.places.straight:
                    self._line(row, columns.lane - 1, columns.backend - 1, heavy, plan.key)
                    self._head(columns.backend - 1, row, heavy)
                elif plan.key in ends:
                    self._line(row, columns.lane - 1, self._x(ends[plan.key]), heavy, plan.key)
                else:
                    stop = columns.lane + cell_len(plan.label) + (5 if plan.end else 2)
                    self.body.across(row, columns.lane - 1, stop, "trace" if heavy else "line", heavy)
            if item.twins and item.twins.key in ends:
                bus = ends[item.twins.key]
                self._line(item.twins_top + 1, columns.lane - 1, self._x(bus), False, item.twins.key)
        for bus in self.places.buses:
            x = self._x(bus)
            self.body.down(x, bus.top, bus.bottom, "line")
            for key, row in bus.ports:
                self._ports.setdefault(key, []).append((x, row, bus))
        for bus in self.places.buses:
            self._trace(bus)

    def into(self, box: Box) -> None:
        """The lines from the buses into a box."""
        for x, row, bus in self._ports.get(box.key, ()):
            self._line(row, x, self.columns.backend - 1, False, bus.lanes[0])
            self._head(self.columns.backend - 1, row, False)
        for x, row, key in self._heavy_ports.get(box.key, ()):
            self._line(row, x, self.columns.backend - 1, True, key)
            self._head(self.columns.backend - 1, row, True)

    def arrow(self, x0: int, x1: int, row: int, heavy: bool) -> None:
        """A line that ends in an arrow head."""
        self.body.across(row, x0, x1, "trace" if heavy else "line", heavy)
        self._head(x1, row, heavy)

    def returns(self, x: int) -> None:
        """The dashed line of direct answers: out of the right side of the backend boxes, and up along column `x`."""
        rows = [(top + 1, self._answers_here(box)) for box, top in self.places.backends if self._answers(box)]
        self._last_return = max((row for row, _ in rows), default=-1)
        self.body.dashes(x, 0, self._last_return, "┆", "line")
        self.body.dashes(x, 0, max((row for row, heavy in rows if heavy), default=-1), "┇", "trace")

    def out_of(self, box: Box, top: int, x: int) -> None:
        """Where direct answers leave a box, towards the dashed line in column `x`."""
        if self._answers(box):
            heavy = self._answers_here(box)
            start, dash, on, end = "┝╍┥┙" if heavy else "├╌┤┘"
            right = self.columns.backend + self.columns.backend_width - 1
            text = start + dash * (x - right - 1) + (end if top + 1 == self._last_return else on)
            self.body.text(right, top + 1, text, "trace" if heavy else "line")

    def _answers(self, box: Box) -> bool:
        return any(number in self.direct for number in box.paths)

    def _answers_here(self, box: Box) -> bool:
        return self.path in self.direct and self.path in box.paths

    def _trace(self, bus: Bus) -> None:
        """The selected path, heavy, over the bus that it shares."""
        for item in self.places.ingresses:
            for plan, row in item.lanes:
                if plan.lane.number != self.path or plan.key not in bus.lanes:
                    continue
                targets = {f"node:{name}" for name in reached(plan.lane)} | {"nodes"}
                ports = [(key, port) for key, port in bus.ports if key in targets]
                rows = [row, *(port for _, port in ports)]
                if ports:
                    self.body.down(self._x(bus), min(rows), max(rows), "trace", heavy=True)
                for key, port in ports:
                    self._heavy_ports.setdefault(key, []).append((self._x(bus), port, plan.key))

    def _line(self, row: int, x0: int, x1: int, heavy: bool, key: str) -> None:
        """A horizontal line that passes below the buses that it has nothing to do with."""
        under = {
            x
            for bus in self.places.buses
            if key not in bus.lanes
            and x0 < (x := self._x(bus)) < x1
            and bus.top <= row <= bus.bottom
            and row not in bus.port_rows
        }
        self.body.across(row, x0, x1, "trace" if heavy else "line", heavy, under)

    def _head(self, x: int, row: int, heavy: bool) -> None:
        self.body.text(x, row, "►", "trace" if heavy else "line")

    def _x(self, bus: Bus) -> int:
        return self.columns.bus + 2 * bus.column


def return_label(words: Words, room: int) -> str:
    """What the dashed line is, in at most `room` cells."""
    sign = words.sign(tokens.DIRECT_RETURN)
    texts = (f" {sign} DSR: answers go straight to the client ", f" {sign} DSR answers ")
    return next((text for text in texts if cell_len(text) <= room), "")
