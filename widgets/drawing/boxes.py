"""The contents of boxes and lanes as lines, at a level of detail: what is folded, what is left out."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from rich.cells import cell_len

from diagnostics.datapath.path import AccessKind, Outcome, Path, SeenKind
from widgets import tokens
from widgets.drawing.drawing import RegionKind
from widgets.drawing.scene import Backend, Ingress, Lane, Scene, Sight, own_address
from widgets.drawing.words import HANDLERS, Line, Words, endpoint

MAX_NODES = 24
NODES_A_PAGE = 100
MAX_TWINS = 50
MAX_SIGHTS = 4
ANY_ROOM = 10_000


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A row in a box; rows with a key are regions of their own. `number` is the path whose source is told here.

    `said` gives its words in so many cells: they are made only for rows that are looked at.
    """

    said: Callable[[int], Line]
    key: str = ""
    kind: RegionKind = RegionKind.POD
    subject: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Box:
    """A framed box: title, rows, and the paths that pass it. `aside` stands behind the title where there is room."""

    key: str
    kind: RegionKind
    subject: str
    title: str
    rows: tuple[BoxRow, ...]
    paths: tuple[int, ...]
    aside: str = ""

    @property
    def height(self) -> int:
        """With its frame."""
        return len(self.rows) + 2

    def rows_for(self, numbers: Collection[int]) -> list[int]:
        """Offsets from the top at which arrows of these paths belong: where their source is told, then Pods."""
        own = [offset for offset, row in enumerate(self.rows, 1) if row.number in numbers]
        return own + [offset for offset, row in enumerate(self.rows, 1) if row.key and row.kind is RegionKind.POD]

    def titled(self, room: int) -> str:
        """The title, with what stands behind it when there is room."""
        whole = f"{self.title} {self.aside}"
        return whole if self.aside and cell_len(whole) + 2 <= room else self.title

    @property
    def natural_width(self) -> int:
        """The width at which nothing is shortened."""
        return max([cell_len(self.title) + 6, *(cell_len(row.said(ANY_ROOM).text) + 4 for row in self.rows)])


def fixed(text: str, style: str = "text") -> Callable[[int], Line]:
    """The same words in whatever room."""
    line = Line(text, style)
    return lambda room: line


def reached(lane: Lane) -> tuple[str, ...]:
    """The backends that connections of a lane arrive at."""
    return lane.targets if lane.path.outcome is Outcome.DELIVERED else ()


def ingress_box(ingress: Ingress, scene: Scene, words: Words) -> Box:
    """The box of an ingress Node: its address and who handles the traffic there."""
    access = ingress.lanes[0].path.access
    address = scene.labels.node_ips.get(ingress.node, "")
    if address and access.kind is AccessKind.NODE_PORT:
        address = endpoint(address, access.port)
    handler = HANDLERS[ingress.handler]
    style = "bad" if handler.startswith(("no ", "unclear")) else "text"
    lines = [fixed(address)] if address else []
    title = ingress.node or "every Node"
    rows = tuple(BoxRow(line) for line in (*lines, fixed(handler, style)))
    return Box(f"ingress:{ingress.node}", RegionKind.INGRESS, ingress.node, title, rows, _numbers(ingress))


def twins_box(ingress: Ingress, scene: Scene, words: Words, opened: Collection[str]) -> Box:
    """The box of the Nodes folded behind an ingress Node; opened, it lists them."""
    key, count = f"twins:{ingress.node}", len(ingress.twins)
    sign = words.sign(tokens.FOLD if key in opened else tokens.UNFOLD)
    title = f"+{count} Node{'s' if count > 1 else ''} {sign}"
    if key in opened:
        lines = [fixed(name) for name in ingress.twins[:MAX_TWINS]]
        if count > MAX_TWINS:
            lines.append(fixed(f"+{count - MAX_TWINS} more", "dim"))
    else:
        lines = [fixed(f"like {ingress.node}", "dim"), *[fixed("")] * (len(_alike(ingress, scene, words)) - 1)]
    return Box(key, RegionKind.TWINS, ingress.node, title, tuple(BoxRow(line) for line in lines), _numbers(ingress))


def twins_lines(ingress: Ingress, scene: Scene, words: Words, opened: Collection[str]) -> list[tuple[str, list[Line]]]:
    """Beside the box of folded Nodes, row by row: path numbers, and what happens there with their own addresses."""
    if f"twins:{ingress.node}" not in opened:
        alike = _alike(ingress, scene, words)
        return [(" ".join(f"#{number}" for number in numbers), [line]) for line, numbers in alike.items()]
    rows = []
    for node in ingress.twins[:MAX_TWINS]:
        lines = list(dict.fromkeys(_likewise(lane.path, (node,), scene, words) for lane in ingress.lanes))
        rows.append(("", lines))
    return rows


def _likewise(path: Path, nodes: tuple[str, ...], scene: Scene, words: Words) -> Line:
    if path.outcome is not Outcome.DELIVERED:
        return words.end(path, brief=True)
    if not path.snat:
        return next(words.happenings(path))
    last = path.snat[-1].after
    own = own_address(last, path.ingress, nodes[0], scene.labels) if len(nodes) == 1 else ""
    whose = {SeenKind.GATEWAY: "own gateway", SeenKind.VIRTUAL: last}.get(path.seen.kind, "own address")
    return Line(f"{words.sign(tokens.SNAT)} SNAT to {own or whose}", "bar")


def _alike(ingress: Ingress, scene: Scene, words: Words) -> dict[Line, list[int]]:
    found: dict[Line, list[int]] = {}
    for lane in ingress.lanes:
        found.setdefault(_likewise(lane.path, ingress.twins, scene, words), []).append(lane.number)
    return found


def backend_needs(scene: Scene, words: Words) -> tuple[int, int]:
    """Widths of backend boxes at which texts are brief but whole, and at which they are said in full."""
    brief, full = 20, 22
    for backend in scene.backends[:MAX_NODES]:
        full = max(full, cell_len(f"{backend.node} gw {scene.labels.gateways.get(backend.node, '')}") + 6)
        for group in backend.groups:
            for sight in group.sights[:MAX_SIGHTS]:
                lengths = [cell_len(text) + 6 for text in words.sight_texts(sight)]
                brief, full = max(brief, lengths[-1]), max(full, lengths[0])
            for address in group.addresses[:MAX_NODES]:
                full = max(full, cell_len(_pod(address, group.host_network, scene, words, 200).text) + 4)
    return brief, full


def backend_boxes(scene: Scene, words: Words, max_pods: int, opened: Collection[str]) -> list[Box]:
    """The boxes of the backend Nodes; too many are folded into one.

    `nodes` in `opened` shows all, `nodes:2` the second page of them: a window needs no more, and stays quick. The
    subject of the folded box is the page that comes next, empty after the last.
    """
    passing = _passing(scene)
    count, page = len(scene.backends), _page(opened)
    everything = "nodes" in opened or count <= MAX_NODES + 1
    start = MAX_NODES + (page - 1) * NODES_A_PAGE
    here = scene.backends[start : start + NODES_A_PAGE] if page else ()
    shown = scene.backends if everything else (*scene.backends[:MAX_NODES], *here)
    boxes = [_backend_box(item, scene, words, max_pods, opened, passing.get(item.node, ())) for item in shown]
    names = {item.node for item in shown}
    rest = [item for item in scene.backends if item.node not in names]
    if rest:
        numbers = tuple(sorted({number for item in rest for number in passing.get(item.node, ())}))
        row = BoxRow(fixed(f"{sum(item.endpoints for item in rest)} endpoints", "dim"))
        is_last = page and start + NODES_A_PAGE >= count
        title = f"{len(rest)} more Nodes {words.sign(tokens.FOLD if is_last else tokens.UNFOLD)}"
        boxes.append(Box("nodes", RegionKind.MORE, "" if is_last else f"nodes:{page + 1}", title, (row,), numbers))
    elif count > MAX_NODES + 1:
        row = BoxRow(fixed(f"all {count} Nodes are shown", "dim"))
        boxes.append(Box("nodes", RegionKind.MORE, "", f"fold {words.sign(tokens.FOLD)}", (row,), ()))
    return boxes


def _page(opened: Collection[str]) -> int:
    """Which page of Nodes is unfolded behind the first ones, from 1; 0 is none."""
    return next((int(key.removeprefix("nodes:")) for key in opened if key.startswith("nodes:")), 0)


def _backend_box(
    backend: Backend, scene: Scene, words: Words, max_pods: int, opened: Collection[str], passing: tuple[int, ...]
) -> Box:
    gateway = scene.labels.gateways.get(backend.node, "")
    more = f"more:{backend.node}"
    left = backend.endpoints if more in opened or backend.endpoints <= max_pods + 1 else max_pods
    hidden = backend.endpoints - left
    rows: list[BoxRow] = []
    for group in backend.groups:
        for address in group.addresses[:left]:
            said = partial(_pod, address, group.host_network, scene, words)
            rows.append(BoxRow(said, f"pod:{address}", subject=address))
        left = max(0, left - len(group.addresses))
        if group is backend.groups[-1] and (hidden or more in opened):
            word = f"+{hidden} more {words.sign(tokens.UNFOLD)}" if hidden else f"fold {words.sign(tokens.FOLD)}"
            rows.append(BoxRow(fixed(word, "dim"), more, RegionKind.MORE, backend.node))
        rows += [BoxRow(partial(_sight, sight, words), number=sight.number) for sight in group.sights[:MAX_SIGHTS]]
        if len(group.sights) > MAX_SIGHTS:
            rows.append(BoxRow(fixed(f"  +{len(group.sights) - MAX_SIGHTS} more paths", "dim")))
        elif not group.sights:
            rows.append(BoxRow(fixed("  not reached", "dim")))
    name = backend.node or "Node not known"
    aside = f"gw {gateway}" if gateway else ""
    return Box(f"node:{backend.node}", RegionKind.BACKEND, backend.node, name, tuple(rows), passing, aside)


def _sight(sight: Sight, words: Words, room: int) -> Line:
    line = words.sight(sight, room - 2)
    return Line(f"  {line.text}", line.style)


def _pod(address: str, on_host: bool, scene: Scene, words: Words, room: int) -> Line:
    dot, name = words.sign(tokens.DOT), scene.labels.pods.get(address, "") or address
    place = f" {address}" if name != address else ""
    host = " (host network)" if on_host else ""
    texts = (f"{dot} {name}{place}{host}", f"{dot} {name}{host or place}")
    fitting = next((text for text in texts if cell_len(text) <= room), "")
    if fitting:
        return Line(fitting)
    rest = place if cell_len(place) + 14 <= room else ""
    return Line(f"{dot} {words.shorten(name, room - 2 - cell_len(rest))}{rest}")


def _passing(scene: Scene) -> dict[str, tuple[int, ...]]:
    found: dict[str, dict[int, None]] = {}
    for ingress in scene.ingresses:
        for lane in ingress.lanes:
            for target in lane.targets:
                found.setdefault(target, {})[lane.number] = None
    return {node: tuple(numbers) for node, numbers in found.items()}


def _numbers(ingress: Ingress) -> tuple[int, ...]:
    return tuple(lane.number for lane in ingress.lanes)
