"""A virtual list with columns: only the rows on screen are ever drawn, so ten thousand cost as much as ten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

Item = TypeVar("Item")


class Cell(NamedTuple):
    """Text of one cell and the token of its style: snat, ok, bad, dim or nothing. Never read as markup."""

    text: str
    token: str = ""


@dataclass(frozen=True)
class Column(Generic[Item]):
    """One column: its heading, how to get a cell, and its width in terminal cells.

    `grow` is its part of the space left over; `from_width` hides it on narrower lists. `sort` names the order that a
    click on its heading asks for.
    """

    heading: str
    cell: Callable[[Item], Cell]
    width: int
    grow: int = 0
    from_width: int = 0
    sort: str = ""


class RowList(ScrollView, Generic[Item], can_focus=True):
    """Rows with a cursor. Posts Highlighted when the cursor moves and Chosen on enter or click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False),
        Binding("home,g", "edge(0)", "First", show=False),
        Binding("end,G", "edge(-1)", "Last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--heading",
        "row-list--row",
        "row-list--cursor",
        "row-list--cursor-away",
        "row-list--snat",
        "row-list--ok",
        "row-list--bad",
        "row-list--dim",
        "row-list--strong",
        "row-list--group",
    }
    DEFAULT_CSS = """
    RowList {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        & > .row-list--heading { color: $text-muted; text-style: bold; }
        & > .row-list--row { color: $foreground; }
        & > .row-list--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
        & > .row-list--cursor-away { background: $block-cursor-blurred-background; text-style: bold; }
        & > .row-list--snat { color: $text-warning; text-style: bold; }
        & > .row-list--ok { color: $text-success; }
        & > .row-list--bad { color: $text-error; text-style: bold; }
        & > .row-list--dim { color: $text-muted; }
        & > .row-list--strong { text-style: bold; }
        & > .row-list--group { color: $text-accent; text-style: bold; }
    }
    """

    cursor: reactive[int] = reactive(0)

    class Highlighted(Message):
        """The cursor came to stand on an item."""

        def __init__(self, row_list: "RowList[Any]", item: Any) -> None:
            super().__init__()
            self.row_list = row_list
            self.item = item

        @property
        def control(self) -> "RowList[Any]":
            """The list."""
            return self.row_list

    class Chosen(Highlighted):
        """The operator wants this item opened."""

    class SortAsked(Message):
        """The heading of a column was clicked; `sort` is the order that it stands for."""

        def __init__(self, sort: str) -> None:
            super().__init__()
            self.sort = sort

    def __init__(
        self,
        columns: Sequence[Column[Item]],
        *,
        heading: bool = True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._heading = 1 if heading else 0
        self._items: tuple[Item, ...] = ()
        self._skip: frozenset[int] = frozenset()

    @property
    def items(self) -> tuple[Item, ...]:
        """What is listed now."""
        return self._items

    @property
    def current(self) -> Item | None:
        """The item under the cursor."""
        return self._items[self.cursor] if self.cursor < len(self._items) else None

    def show(self, items: Sequence[Item], cursor: int = 0, skip: frozenset[int] = frozenset()) -> None:
        """Lists other items. `skip` are indexes of headings on which the cursor never rests."""
        self._items = tuple(items)
        self._skip = skip
        self.virtual_size = Size(self.size.width, len(self._items) + self._heading)
        self.set_reactive(RowList.cursor, self._rest(max(0, min(cursor, len(self._items) - 1)), 1))
        self.refresh()
        self.call_after_refresh(self._tell)

    def renew(self, items: Sequence[Item], cursor: int) -> None:
        """Lists newer items: the row under the cursor stays on its line, and nothing is drawn if nothing changed."""
        before, place = self._items, self.cursor
        self._items = tuple(items)
        self.set_reactive(RowList.cursor, self._rest(max(0, min(cursor, len(self._items) - 1)), 1))
        if self._items == before and self.cursor == place:
            return
        self.virtual_size = Size(self.size.width, len(self._items) + self._heading)
        self.scroll_to(y=self.scroll_offset.y + self.cursor - place, animate=False, force=True, immediate=True)
        self.refresh()
        if self.current is not None:
            self.post_message(self.Highlighted(self, self.current))

    def _tell(self) -> None:
        if self.current is not None:
            self._into_view()
            self.post_message(self.Highlighted(self, self.current))

    def _rest(self, index: int, direction: int) -> int:
        step = 1 if direction >= 0 else -1
        for way in (step, -step):
            place = index
            while 0 <= place < len(self._items):
                if place not in self._skip:
                    return place
                place += way
        return 0

    def watch_cursor(self) -> None:
        """Draws the row under the cursor and tells who listens."""
        self.refresh()
        self._tell()

    def _into_view(self) -> None:
        above = 1 if self.cursor - 1 in self._skip else 0
        self.scroll_to_region(
            Region(0, self.cursor - above, 1, 1 + self._heading + above), animate=False, force=True, x_axis=False
        )

    def on_resize(self) -> None:
        """Keeps the scrollable width equal to what is seen."""
        self.virtual_size = Size(self.size.width, len(self._items) + self._heading)
        self.call_after_refresh(self._into_view)

    def action_move(self, rows: int) -> None:
        """Moves the cursor by rows."""
        if self._items:
            self.cursor = self._rest(max(0, min(len(self._items) - 1, self.cursor + rows)), rows)

    def action_page(self, pages: float) -> None:
        """Moves the cursor by pages of what is seen."""
        self.action_move(int(pages * max(2, self.size.height - self._heading - 1)))

    def action_edge(self, index: int) -> None:
        """Moves the cursor to the first (0) or last (-1) row."""
        self.cursor = self._rest(0 if index == 0 else max(0, len(self._items) - 1), 1 if index == 0 else -1)

    def action_choose(self) -> None:
        """Opens the item under the cursor."""
        if self.current is not None:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; one on the cursor's row, or a double click, opens it; one on a heading sorts."""
        if event.y < self._heading:
            self._ask_sort(event.x)
            return
        index = event.y - self._heading + int(self.scroll_offset.y)
        if event.y >= self._heading and 0 <= index < len(self._items) and index not in self._skip:
            if index == self.cursor or event.chain > 1:
                self.action_choose()
            self.cursor = index

    def _ask_sort(self, x: int) -> None:
        width = self.scrollable_content_region.width
        start = 2  # the cells of the cursor's mark
        for column, space in zip(self._visible(width), self._widths(width)):
            if start <= x < start + space and column.sort:
                self.post_message(self.SortAsked(column.sort))
            start += space + 1

    def render_line(self, y: int) -> Strip:
        """One line of what is seen: the heading, a row, or nothing."""
        width = self.scrollable_content_region.width
        background = self.rich_style
        if y < self._heading:
            style = background + self.get_component_rich_style("row-list--heading", partial=True)
            return self._line([Cell(column.heading) for column in self._visible(width)], width, style, "  ", plain=True)
        index = y - self._heading + int(self.scroll_offset.y)
        if index >= len(self._items):
            return Strip.blank(width, background)
        cells = [column.cell(self._items[index]) for column in self._visible(width)]
        if index == self.cursor:
            name = "row-list--cursor" if self.has_focus else "row-list--cursor-away"
            style = background + self.get_component_rich_style(name, partial=True)
            return self._line(cells, width, style, "▸ " if self._shows_glyphs else "> ", plain=self.has_focus)
        style = background + self.get_component_rich_style("row-list--row", partial=True)
        if index in self._skip:
            return self._line(cells[:1], width, style, "", plain=False, widths=[width - 1])
        return self._line(cells, width, style, "  ", plain=False)

    @property
    def _shows_glyphs(self) -> bool:
        return not getattr(self.app, "ascii_only", False)

    def _visible(self, width: int) -> list[Column[Item]]:
        return [column for column in self._columns if width >= column.from_width]

    def _widths(self, width: int) -> list[int]:
        columns = self._visible(width)
        spare = max(0, width - 2 - sum(column.width + 1 for column in columns))
        parts = sum(column.grow for column in columns)
        return [column.width + (spare * column.grow // parts if parts else 0) for column in columns]

    def _line(
        self,
        cells: list[Cell],
        width: int,
        style: Style,
        lead: str,
        *,
        plain: bool,
        widths: list[int] | None = None,
    ) -> Strip:
        segments = [Segment(lead, style)]
        for cell, space in zip(cells, widths or self._widths(width)):
            text = cell.text if cell_len(cell.text) <= space else set_cell_size(cell.text, max(0, space - 1)) + "…"
            own = style
            if cell.token and not plain:
                own = style + self.get_component_rich_style(f"row-list--{cell.token}", partial=True)
            segments.append(Segment(set_cell_size(text, space), own))
            segments.append(Segment(" ", style))
        return Strip(segments).adjust_cell_length(width, style)
