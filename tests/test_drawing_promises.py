"""What every drawing promises, whatever the cluster and the size."""

import time
import unicodedata
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from diagnostics.datapath.path import Handler, Path, Place
from drawn import NODE_PORT, DrawnCluster
from widgets.drawing.draw import Board, draw
from widgets.drawing.drawing import Drawing, RegionKind, export_text
from widgets.drawing.joints import DOWN, JOINTS, LEFT, PLAIN, RIGHT, UP, strokes
from widgets.drawing.labels import Labels
from widgets.drawing.moving import Direction, neighbour
from widgets.drawing.scene import scene_of

counts = st.lists(st.integers(0, 12), min_size=2, max_size=12).filter(any)
widths = st.integers(40, 300)
heights = st.integers(0, 60)


@st.composite
def scenes(draw_from: st.DrawFn) -> tuple[tuple[Path, ...], Labels]:
    """Paths of clusters of every shape, folded or not, with names of every kind."""
    pods = draw_from(counts)
    named = draw_from(st.booleans())
    name = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=60)
    names = tuple(draw_from(st.lists(name, min_size=len(pods), max_size=len(pods), unique=True))) if named else ()
    cluster = DrawnCluster(*pods, names=names, family=draw_from(st.sampled_from([4, 6])))
    folded, kind = draw_from(st.booleans()), draw_from(st.integers(0, 3))
    if kind == 0:
        paths = cluster.kube_proxy(folded, access=NODE_PORT if cluster.family == 4 else None)
    elif kind == 3 and not all(pods):
        paths = cluster.local_only()
    else:
        paths = cluster.antrea_proxy(folded, direct=kind == 2)
    return paths, cluster.labels() if draw_from(st.booleans()) else Labels()


@settings(deadline=None, max_examples=60)
@given(scenes(), widths, heights, st.booleans())
def test_every_line_fits_the_width_at_every_scroll_position(
    scene: tuple[tuple[Path, ...], Labels], width: int, height: int, ascii_only: bool
) -> None:
    paths, labels = scene
    drawing = draw(paths, labels, width=width, height=height, ascii_only=ascii_only)
    for top in {0, drawing.height // 2, drawing.height}:
        for y in range(min(drawing.height, 40)):
            assert cell_len("".join(text for text, _ in drawing.runs(y, top))) <= width


@settings(deadline=None, max_examples=60)
@given(scenes(), widths, heights, st.booleans())
def test_every_source_rewrite_is_said_in_words_with_the_address_after(
    scene: tuple[tuple[Path, ...], Labels], width: int, height: int, ascii_only: bool
) -> None:
    paths, labels = scene
    drawing = draw(paths, labels, width=width, height=height, ascii_only=ascii_only)
    for number, path in enumerate(paths, 1):
        lane = _text_of(drawing, f"path:{number}")
        for rewrite in path.snat:
            assert "SNAT" in lane
            assert rewrite.after in lane.replace("\n", "")
        assert path.snat or "SNAT" not in lane


@settings(deadline=None, max_examples=60)
@given(scenes(), widths, heights)
def test_every_path_has_a_region_and_arrows_reach_all_regions(
    scene: tuple[tuple[Path, ...], Labels], width: int, height: int
) -> None:
    paths, labels = scene
    drawing = draw(paths, labels, width=width, height=height)
    for number in range(1, len(paths) + 1):
        assert drawing.region(f"path:{number}") is not None
    keys = [region.key for region in drawing.regions]
    assert len(keys) == len(set(keys))
    reached, frontier = {keys[0]}, [keys[0]]
    while frontier:
        key = frontier.pop()
        for direction in Direction:
            there = neighbour(drawing, key, direction)
            if there and there.key not in reached:
                reached.add(there.key)
                frontier.append(there.key)
    assert reached == set(keys)


@settings(deadline=None, max_examples=40)
@given(scenes(), widths, heights, st.data())
def test_selecting_marks_the_region_and_moves_nothing(
    scene: tuple[tuple[Path, ...], Labels], width: int, height: int, data: st.DataObject
) -> None:
    paths, labels = scene
    plain = draw(paths, labels, width=width, height=height)
    region = data.draw(st.sampled_from(plain.regions))
    chosen = draw(paths, labels, width=width, height=height, selected=region.key)
    assert chosen.regions == plain.regions
    assert any(style == "selected" for y in range(chosen.height) for _, style in chosen.row(y))
    assert not any(style == "selected" for y in range(plain.height) for _, style in plain.row(y))


def test_eight_hundred_endpoints_and_five_thousand_nodes_are_folded_and_can_be_unfolded() -> None:
    cluster = DrawnCluster(*[2] * 400, *[0] * 4600)
    folded = draw(cluster.antrea_proxy(), cluster.labels(), width=118, height=22)
    assert folded.height < 200
    assert "+4599 Nodes" in export_text(folded)
    assert "376 more Nodes" in export_text(folded)
    unfolded = draw(cluster.antrea_proxy(), cluster.labels(), width=118, height=22, opened={"nodes"})
    text = export_text(unfolded)
    assert all(name in text for name in cluster.nodes[:400])


def test_page_after_page_of_nodes_all_eight_hundred_come_into_view() -> None:
    cluster = DrawnCluster(*[1] * 800)
    seen, opened, pages = set[str](), frozenset[str](), 0
    while True:
        drawing = draw(cluster.antrea_proxy(), cluster.labels(), width=118, height=22, opened=opened)
        seen |= {region.subject for region in drawing.regions if region.kind is RegionKind.BACKEND}
        following = drawing.region("nodes")
        assert following is not None
        if not following.subject:
            break
        opened, pages = frozenset({following.subject}), pages + 1
    assert seen == set(cluster.nodes)
    assert pages == 8


def test_unfolding_hundreds_of_nodes_and_moving_among_them_never_holds_up_the_event_loop() -> None:
    cluster = DrawnCluster(*[2] * 400, *[0] * 100)
    for paths in (cluster.kube_proxy(), cluster.antrea_proxy(), cluster.antrea_proxy(direct=True)):
        scene = scene_of(paths, cluster.labels())
        steps = [_unfold_and_move(Board(scene)) for _ in range(9)]
        assert max(map(min, zip(*steps))) < 0.016  # the quickest of each: other processes share the machine


def test_answers_under_dsr_are_drawn_as_a_dashed_line_back_to_the_client() -> None:
    cluster = DrawnCluster(1, 2, 0)
    paths, labels = cluster.antrea_proxy(direct=True), cluster.labels()
    for width in (68, 78, 118, 158):
        for ascii_only in (False, True):
            drawing = draw(paths, labels, width=width, height=20, path=2, ascii_only=ascii_only)
            text = export_text(drawing)
            assert "DSR: answers go straight to the client" in text
            rows = text.splitlines()
            upright = [row[drawing.width - 1] for row in rows if len(row) == drawing.width]
            assert upright[0] == ("+" if ascii_only else "┐")
            assert upright[-1] == ("+" if ascii_only else "┙")
            assert set(upright[1:-1]) <= set(":+" if ascii_only else "┆┇┤┥")
            boxes = [region for region in drawing.regions if region.kind is RegionKind.BACKEND]
            for box in boxes:  # a way out of each backend Node, on the side away from the ingress Nodes
                row = "".join(text for text, _ in drawing.runs(box.y + 1))
                assert row[box.x + box.width - 1] in ("+" if ascii_only else "├┝")
            arrow = next(row.index("v" if ascii_only else "▼") for row in rows if ("v" if ascii_only else "▼") in row)
            client = drawing.region("client")
            assert client is not None
            assert client.x <= arrow < client.x + client.width
            assert text.isascii() or not ascii_only
    for width in (78, 118):
        assert "DSR" not in export_text(draw(cluster.antrea_proxy(), labels, width=width))


def test_a_lane_under_dsr_says_that_two_nodes_choose() -> None:
    cluster = DrawnCluster(1, 2, 0)
    paths = cluster.antrea_proxy(direct=True)
    lane = _text_of(draw(paths, cluster.labels(), width=158), "path:2")
    assert "1st choice: this Node picks a Node" in lane
    assert "2nd choice: that Node picks its Pod" in lane
    narrow = _text_of(draw(paths, cluster.labels(), width=78), "path:2")
    assert "1st: Node picked here" in narrow
    assert "2nd: Pod picked there" in narrow
    assert "choice" not in _text_of(draw(paths, cluster.labels(), width=158), "path:1")


def test_the_line_of_direct_answers_stays_in_sight_when_the_drawing_scrolls() -> None:
    cluster = DrawnCluster(*[5] * 12)
    for width in (78, 118):
        drawing = draw(cluster.antrea_proxy(direct=True), cluster.labels(), width=width, height=20)
        for top in (0, 13, 30):
            rows = ["".join(text for text, _ in drawing.runs(y, top)) for y in range(10)]
            assert any("answers go straight to the client" in row for row in rows)
            assert all(row[-1] in "┐┆┇┤┥" for row in rows[2:])
        region = drawing.region("return")
        assert region is not None
        assert drawing.at(region.x + 5, region.y, 30) == region


def test_unfolded_nodes_can_be_folded_again() -> None:
    cluster = DrawnCluster(*[1] * 40)
    for opened in (set[str](), {"nodes"}):
        drawing = draw(cluster.kube_proxy(), cluster.labels(), width=118, height=22, opened=opened)
        fold = drawing.region("nodes")
        assert fold is not None
        assert fold.kind.unfolds


def test_a_pod_hidden_behind_more_appears_when_unfolded() -> None:
    cluster = DrawnCluster(40, 1)
    folded = export_text(draw(cluster.kube_proxy(), cluster.labels(), width=118, height=22))
    opened = draw(cluster.kube_proxy(), cluster.labels(), width=118, height=22, opened={"more:node-a"})
    assert "web-39" not in folded
    assert "+32 more [+]" in folded
    assert "web-39" in export_text(opened)
    assert opened.region("pod:10.20.0.49") is not None


def test_headings_and_entry_stay_where_they_are_when_the_drawing_scrolls() -> None:
    cluster = DrawnCluster(*[5] * 12)
    for width in (78, 118):
        drawing = draw(cluster.antrea_proxy(), cluster.labels(), width=width, height=20)
        for top in range(0, drawing.height, 7):
            window = "\n".join("".join(text for text, _ in drawing.runs(y, top)) for y in range(20))
            assert "INGRESS NODE" in window
            assert "198.51.100.20:80" in window
            assert "ETP Cluster" in window


def test_a_click_finds_what_is_under_it_in_a_scrolled_window() -> None:
    cluster = DrawnCluster(*[5] * 12)
    drawing = draw(cluster.antrea_proxy(), cluster.labels(), width=118, height=20)
    pod = drawing.region("pod:10.20.11.10")
    entry = drawing.region("entry")
    assert pod is not None
    assert entry is not None
    top = pod.y - 10
    assert drawing.at(pod.x + 1, 10, top) == pod
    assert drawing.at(entry.x + 1, entry.y, top) == entry
    assert drawing.at(drawing.width - 1, 0, top) is None


def test_only_the_selected_path_is_drawn_heavy_to_its_own_targets() -> None:
    cluster = DrawnCluster(1, 1, 1)
    paths = cluster.antrea_proxy(folded=False)
    drawing = draw(paths, cluster.labels(), width=118, path=4)
    boxes = {region.subject: region for region in drawing.regions if region.kind is RegionKind.BACKEND}
    heavy = {
        node for node, box in boxes.items() for y in range(box.y, box.y + box.height) if _heavy_arrow(drawing, box.x, y)
    }
    assert paths[3].ingress == "node-b"
    assert paths[3].endpoint.place is Place.REMOTE
    assert heavy == {"node-a", "node-c"}


def test_a_lane_says_who_handles_the_traffic_and_unclear_handlers_are_not_hidden() -> None:
    cluster = DrawnCluster(1, 1)
    for handler, words in {
        Handler.KUBE_PROXY: "kube-proxy",
        Handler.ANTREA_PROXY: "AntreaProxy",
        Handler.NONE: "no handler",
        Handler.UNDEFINED: "unclear who wins",
    }.items():
        drawing = draw((cluster.path("node-a", Place.LOCAL, handler=handler),), cluster.labels(), width=118)
        assert words in export_text(drawing)


def test_joints_are_the_characters_that_unicode_names_so() -> None:
    assert JOINTS[strokes(UP | DOWN, False)] == unicodedata.lookup("BOX DRAWINGS LIGHT VERTICAL")
    assert JOINTS[strokes(LEFT | RIGHT, True)] == unicodedata.lookup("BOX DRAWINGS HEAVY HORIZONTAL")
    assert JOINTS[strokes(UP | DOWN, False) | strokes(RIGHT, True)] == unicodedata.lookup(
        "BOX DRAWINGS VERTICAL LIGHT AND RIGHT HEAVY"
    )
    assert JOINTS[strokes(RIGHT | DOWN, True) | strokes(LEFT | UP, False)] == unicodedata.lookup(
        "BOX DRAWINGS RIGHT DOWN HEAVY AND LEFT UP LIGHT"
    )
    assert len(set(JOINTS)) == 81
    assert "".join(JOINTS).translate(PLAIN).isascii()


def _text_of(drawing: Drawing, key: str) -> str:
    region = drawing.region(key)
    assert region is not None
    rows = []
    for y in range(region.y, region.y + region.height):
        cells = drawing.row(y)[region.x : region.x + region.width]
        rows.append("".join(character for character, _ in cells).strip())
    return "\n".join(rows)


def _heavy_arrow(drawing: Drawing, x: int, y: int) -> bool:
    (before, _), (head, _) = drawing.row(y)[x - 2 : x]
    return head == "►" and before in "━┣┗┏╋┳┻┡┢╄╆"


def _unfold_and_move(board: Board) -> tuple[float, ...]:
    """Seconds of unfolding, of moving the selection, and of painting a window."""
    board.draw(width=118, height=22)
    marks = [time.perf_counter()]
    board.draw(width=118, height=22, opened={"nodes:2"})
    marks.append(time.perf_counter())
    drawing = board.draw(width=118, height=22, opened={"nodes:2"}, selected="node:node-0200")
    marks.append(time.perf_counter())
    region = drawing.region("node:node-0200")
    assert region is not None
    assert any(style == "selected" for y in range(40) for _, style in drawing.runs(y, region.y - 20))
    marks.append(time.perf_counter())
    return tuple(after - before for before, after in pairwise(marks))
