"""The widget that shows the drawing: keys, mouse, messages, text, and what survives without colour."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.selection import Selection

from diagnostics.datapath.hops import HopKind
from diagnostics.datapath.path import Path
from drawn import DrawnCluster
from widgets.drawing.labels import Labels
from widgets.path_view import PathView


def _played(scene: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs a scene with an app in an event loop of its own."""

    @functools.wraps(scene)
    def play(*arguments: Any, **named: Any) -> None:
        asyncio.run(scene(*arguments, **named))

    return play


class _Screen(App[None]):
    def __init__(self, paths: tuple[Path, ...], labels: Labels) -> None:
        super().__init__()
        self.paths, self.labels = paths, labels
        self.told: list[PathView.PathSelected] = []
        self.chosen: list[PathView.HopChosen] = []

    def compose(self) -> ComposeResult:
        yield PathView()

    def on_mount(self) -> None:
        self.query_one(PathView).show(self.paths, self.labels)
        self.query_one(PathView).focus()

    def on_path_view_path_selected(self, event: PathView.PathSelected) -> None:
        self.told.append(event)

    def on_path_view_hop_chosen(self, event: PathView.HopChosen) -> None:
        self.chosen.append(event)


def _sometimes() -> _Screen:
    cluster = DrawnCluster(1, 2, 0)
    return _Screen(cluster.antrea_proxy(), cluster.labels())


def _large() -> _Screen:
    cluster = DrawnCluster(*[5] * 12)
    return _Screen(cluster.antrea_proxy(), cluster.labels())


@_played
async def test_the_first_path_that_changes_the_source_is_selected_and_told() -> None:
    app = _sometimes()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.told[-1].number == 2
        assert app.told[-1].path is app.paths[1]
        assert app.told[-1].hop is HopKind.INGRESS


@_played
async def test_arrows_and_vim_keys_move_between_hops_and_enter_chooses_one() -> None:
    app = _sometimes()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("right", "enter")
        assert app.chosen[-1].region.key in {"node:node-b", "pod:10.20.1.10"}
        assert app.chosen[-1].number == 2
        await pilot.press("h", "h", "enter")
        assert app.chosen[-1].region.key == "ingress:node-a"
        await pilot.press("j", "enter")
        assert app.chosen[-1].region.key == "ingress:node-b"
        assert app.chosen[-1].number == 3
        await pilot.press("left", "g", "enter")
        assert app.chosen[-1].hop is HopKind.CLIENT


@_played
async def test_a_click_selects_and_a_click_on_the_selected_hop_chooses_it() -> None:
    app = _sometimes()
    async with app.run_test(size=(120, 40)) as pilot:
        view = app.query_one(PathView)
        assert view.drawing is not None
        lane = view.drawing.region("path:4")
        assert lane is not None
        await pilot.click(PathView, offset=(lane.x + 3, lane.y))
        assert view.number == 4
        assert not app.chosen
        await pilot.click(PathView, offset=(lane.x + 3, lane.y))
        assert [event.region.key for event in app.chosen] == ["path:4"]


@pytest.mark.parametrize("size", [(80, 16), (120, 20), (50, 12)])
@_played
async def test_the_selected_hop_is_always_in_the_window(size: tuple[int, int]) -> None:
    app = _large()
    async with app.run_test(size=size) as pilot:
        view = app.query_one(PathView)
        await pilot.press("right", "right")
        for _ in range(12):
            for _ in range(3):
                view.action_go("down")
            await pilot.pause()
            region = view.selected
            assert region is not None
            top = int(view.scroll_offset.y)
            assert region.pinned or top + 1 <= region.y < top + view.size.height
        assert view.scroll_offset.y > 0


@_played
async def test_enter_unfolds_what_is_folded_and_folds_it_again() -> None:
    app = _large()
    async with app.run_test(size=(120, 40)) as pilot:
        view = app.query_one(PathView)
        await pilot.press("left", "G")
        assert view.selected is not None
        assert view.selected.key == "twins:node-a"
        assert "10.20.7.1 " not in _lane_side(view)
        await pilot.press("enter")
        assert "SNAT to 10.20.7.1" in view.text()
        await pilot.press("space")
        assert "SNAT to 10.20.7.1" not in view.text()
        assert not app.chosen


@_played
async def test_one_key_unfolds_all_classes_to_nodes_and_pods_and_folds_them_again() -> None:
    cluster = DrawnCluster(12, 1, 1, 0, 0)
    app = _Screen(cluster.antrea_proxy(), cluster.labels())
    async with app.run_test(size=(120, 40)) as pilot:
        view = app.query_one(PathView)
        height = len(view.text().splitlines())
        assert "web-11" not in view.text()
        await pilot.press("z")
        for name in ("web-11", "node-c", "node-e"):
            assert name in view.text()
        region = view.drawing and view.drawing.region("pod:10.20.0.21")
        assert region
        view._move(region)
        await pilot.press("z")
        assert "web-11" not in view.text()
        assert len(view.text().splitlines()) == height
        assert view.selected is not None


@_played
async def test_the_drawing_follows_the_size_and_survives_tiny_terminals() -> None:
    app = _sometimes()
    async with app.run_test(size=(160, 40)) as pilot:
        view = app.query_one(PathView)
        for size in ((40, 5), (300, 100), (20, 3), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert view.drawing is not None
            assert view.drawing.width == view.scrollable_content_region.width
            assert "SNAT" in view.text()


@_played
async def test_what_the_mouse_selects_is_the_text_on_the_screen() -> None:
    app = _sometimes()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        view = app.query_one(PathView)
        taken = view.get_selection(Selection(Offset(0, 0), Offset(30, 2)))
        assert taken is not None
        assert "203.0.113.10" in taken[0]


@_played
async def test_names_that_look_like_markup_are_shown_as_they_are() -> None:
    cluster = DrawnCluster(1, 1, names=("[/red]", "[@click=app.quit]x[/]"))
    app = _Screen(cluster.antrea_proxy(), cluster.labels())
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        shown = "\n".join(app.query_one(PathView).render_line(y).text for y in range(30))
        assert "[/red]" in shown
        assert "[@click=app.quit]x[/]" in shown


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord", "dracula"])
@_played
async def test_the_rewrite_stands_out_in_every_theme(theme: str) -> None:
    app = _sometimes()
    async with app.run_test(size=(120, 40)) as pilot:
        app.theme = theme
        await pilot.pause()
        view = app.query_one(PathView)
        styles = {
            segment.text: segment.style
            for y in range(30)
            for segment in view.render_line(y)
            if "SNAT" in segment.text and segment.style
        }
        assert styles
        for style in styles.values():
            assert style.bold
            assert style.reverse or style.bgcolor != view.rich_style.bgcolor


@_played
async def test_without_colour_the_rewrite_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = _sometimes()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        view = app.query_one(PathView)
        bars = [segment for y in range(30) for segment in view.render_line(y) if "SNAT" in segment.text]
        assert bars
        assert all(bar.style and bar.style.reverse and bar.style.bold for bar in bars)


@_played
async def test_showing_other_paths_keeps_the_selected_path_when_it_is_still_there() -> None:
    app = _sometimes()
    async with app.run_test(size=(120, 40)) as pilot:
        view = app.query_one(PathView)
        view.select(4)
        view.show(app.paths[3:], app.labels)
        await pilot.pause()
        assert view.path is app.paths[3]
        assert app.told[-1].number == 1
        view.show((), app.labels)
        await pilot.press("down", "enter")
        assert view.path is None
        assert view.text() == ""


def _lane_side(view: PathView) -> str:
    return "\n".join(line[:70] for line in view.text().splitlines())
