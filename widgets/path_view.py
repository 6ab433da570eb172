"""Shows the drawing of a Service's paths: scrolls, selects hops, unfolds, and gives the drawing as text."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region as Area
from textual.geometry import Size, Spacing
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from diagnostics.datapath.hops import HopKind
from diagnostics.datapath.path import Path
from widgets.drawing.draw import Board
from widgets.drawing.drawing import Drawing, Region, export_text
from widgets.drawing.labels import Labels, Marks
from widgets.drawing.moving import Direction, neighbour
from widgets.drawing.scene import scene_of
from widgets.path_hops import hop_kind


class PathView(ScrollView, can_focus=True):
    """Paths of one access from one vantage, drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "go('up')", "Up", show=False),
        Binding("down,j", "go('down')", "Down", show=False),
        Binding("left,h", "go('left')", "Left", show=False),
        Binding("right,l", "go('right')", "Right", show=False),
        Binding("enter", "choose", "Open this hop", show=False),
        Binding("space", "unfold", "Unfold", show=False),
        Binding("z", "zoom", "Unfold all", show=False),
        Binding("g,home", "edge(0)", "First", show=False),
        Binding("G,end", "edge(-1)", "Last", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "Half a page up", show=False),
        Binding("ctrl+d,pagedown", "page(1)", "Half a page down", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"path-view--{name}"
        for name in ("text", "name", "dim", "heading", "line", "trace", "ok", "bad", "snat", "bar", "selected", "away")
    }

    DEFAULT_CSS = """
    $snat: $warning;
    PathView {
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
        & > .path-view--name { text-style: bold; }
        & > .path-view--dim { color: $text-muted; }
        & > .path-view--heading { color: $text-muted; text-style: bold; }
        & > .path-view--line { color: $foreground 55%; }
        & > .path-view--trace { color: $foreground; text-style: bold; }
        & > .path-view--ok { color: $text-success; }
        & > .path-view--bad { color: $text-error; text-style: bold; }
        & > .path-view--snat { color: $text-warning; }
        & > .path-view--bar { background: $snat; color: auto 100%; text-style: bold; }
        & > .path-view--selected {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
        & > .path-view--away { background: $block-cursor-blurred-background; text-style: bold; }
        &:ansi, &:nocolor {
            & > .path-view--bar { background: ansi_default; color: ansi_yellow; text-style: bold reverse; }
            & > .path-view--selected { background: ansi_default; color: ansi_cyan; text-style: bold reverse; }
            & > .path-view--away { background: ansi_default; text-style: bold underline; }
        }
    }
    """

    class PathSelected(Message):
        """Another region is selected: `path` is the path drawn heavy now, `number` its number from 1."""

        def __init__(self, view: "PathView", path: Path, number: int, region: Region) -> None:
            super().__init__()
            self.view, self.path, self.number, self.region = view, path, number, region

        @property
        def control(self) -> "PathView":
            """The view."""
            return self.view

        @property
        def hop(self) -> HopKind:
            """The station that is selected."""
            return hop_kind(self.region, self.path)

    class HopChosen(PathSelected):
        """The operator wants to read about this station of this path."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._paths: tuple[Path, ...] = ()
        self._board: Board | None = None
        self._number = 1
        self._selected = ""
        self._opened: frozenset[str] = frozenset()
        self._drawing: Drawing | None = None

    @property
    def path(self) -> Path | None:
        """The path drawn heavy."""
        return self._paths[self._number - 1] if self._paths else None

    @property
    def number(self) -> int:
        """The number of the path drawn heavy, from 1."""
        return self._number

    @property
    def selected(self) -> Region | None:
        """The selected region."""
        return self._drawing.region(self._selected) if self._drawing else None

    @property
    def drawing(self) -> Drawing | None:
        """What is shown; None when there is nothing to draw."""
        return self._drawing

    def show(self, paths: Sequence[Path], labels: Labels, marks: Marks | None = None, number: int = 0) -> None:
        """Shows the Paths of one access from one vantage.

        Path `number` is selected; 0 means the one selected before if it is still there, else the first on which
        the source address is changed.
        """
        standing = self.path
        self._paths = tuple(paths)
        self._board = Board(scene_of(self._paths, labels, marks)) if self._paths else None
        if not number and standing in self._paths:
            number = self._paths.index(standing) + 1
        changed = next((index for index, path in enumerate(self._paths, 1) if path.snat), 1)
        self.select(number or changed)

    def select(self, number: int) -> None:
        """Selects a path by its number; numbers out of range select the nearest."""
        self._number = max(1, min(number, len(self._paths)))
        self._selected = f"path:{self._number}"
        self._draw()
        self.call_after_refresh(self._tell)

    def text(self) -> str:
        """The whole drawing as plain text, for copying."""
        return export_text(self._drawing) if self._drawing else ""

    def drawn(self, width: int) -> Drawing | None:
        """The same drawing, unfolded as it is now, in another width and in box characters: for a file."""
        if self._board is None:
            return None
        return self._board.draw(width=width, path=self._number, opened=self._opened)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under a selection by mouse, as shown in the window."""
        if self._drawing is None:
            return None
        top = int(self.scroll_offset.y)
        rows = ("".join(text for text, _ in self._drawing.runs(y, top)) for y in range(self.size.height))
        return selection.extract("\n".join(rows)), "\n"

    def action_go(self, direction: str) -> None:
        """Moves to the nearest region in a direction."""
        if self._drawing:
            self._move(neighbour(self._drawing, self._selected, Direction(direction)))

    def action_edge(self, index: int) -> None:
        """Moves to the first (0) or last (-1) region of the column."""
        here = self.selected
        if self._drawing and here:
            column = [item for item in self._drawing.regions if item.column == here.column]
            self._move(sorted(column, key=lambda item: item.y)[index])

    def action_page(self, way: int) -> None:
        """Scrolls by half a window."""
        self.scroll_relative(y=way * max(1, self.size.height // 2), animate=False)

    def action_choose(self) -> None:
        """Unfolds what is folded, else opens the selected hop."""
        region, path = self.selected, self.path
        if region is None or path is None:
            return
        if region.kind.unfolds:
            self.action_unfold()
        else:
            self.post_message(self.HopChosen(self, path, self._number, region))

    def action_unfold(self) -> None:
        """Unfolds or folds the selected region; nothing when it has nothing folded."""
        region = self.selected
        if region is None or not region.kind.unfolds:
            return
        if region.key == "nodes":  # page after page of Nodes, then none
            others = {key for key in self._opened if not key.startswith("nodes:")}
            self._opened = frozenset(others | ({region.subject} if region.subject else set()))
        else:
            self._opened ^= {region.key}
        self._draw()
        self._tell()

    def action_zoom(self) -> None:
        """From classes to single Nodes and Pods, and back: unfolds what is folded, or folds everything."""
        if self._drawing is None:
            return
        folded = (region.key for region in self._drawing.regions if region.kind.unfolds and region.key != "nodes")
        self._opened = frozenset() if self._opened else frozenset(folded)
        self._draw()
        if self.selected is None:
            self.select(self._number)
        else:
            self._tell()

    def on_click(self, event: events.Click) -> None:
        """A click selects; a click on what is selected, or a double click, opens it."""
        if self._drawing is None:
            return
        region = self._drawing.at(event.x, event.y, int(self.scroll_offset.y))
        if region is None:
            return
        again = region.key == self._selected or event.chain > 1
        self._move(region)
        if again:
            self.action_choose()

    def on_resize(self) -> None:
        """Draws for the new size; where there was none before, only now somebody can be told what is selected."""
        first = self._drawing is None
        self._draw()
        if first:
            self._tell()

    def on_focus(self) -> None:
        """The selection looks different with the focus."""
        self.refresh()

    def on_blur(self) -> None:
        """The selection looks different without the focus."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the window."""
        width, background = self.scrollable_content_region.width, self.rich_style
        drawing = self._drawing
        if drawing is None:
            return Strip.blank(width, background)
        segments = [
            Segment(text, self._style(style) if style else background)
            for text, style in drawing.runs(y, int(self.scroll_offset.y))
        ]
        return Strip(segments).adjust_cell_length(width, background)

    def _style(self, name: str) -> Style:
        if name == "selected" and not self.has_focus:
            name = "away"
        return self.get_component_rich_style(f"path-view--{name}")

    def _move(self, region: Region | None) -> None:
        if region is None:
            return
        self._selected = region.key
        if self._number not in region.paths and region.paths:
            self._number = region.paths[0]
        self._draw()
        self._tell()

    def _tell(self) -> None:
        region, path = self.selected, self.path
        if region and path:
            self._into_view(region)
            self.post_message(self.PathSelected(self, path, self._number, region))

    def _into_view(self, region: Region) -> None:
        drawing = self._drawing
        if drawing is None or region.pinned:
            return
        head = len(drawing.head)
        area = Area(0, region.y, 1, min(region.height, max(1, self.size.height - head)))
        self.scroll_to_region(area, spacing=Spacing(head, 0, 0, 0), animate=False, force=True, x_axis=False)

    def _draw(self) -> None:
        size = self.scrollable_content_region.size
        if self._board is None or size.width <= 0:
            self._drawing = None
        else:
            self._drawing = self._board.draw(
                width=size.width,
                height=size.height,
                path=self._number,
                selected=self._selected,
                opened=self._opened,
                ascii_only=self._ascii_only,
            )
            self.virtual_size = Size(size.width, self._drawing.height)
        self.refresh()
