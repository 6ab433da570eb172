"""The ways out of one Service: what is said above them, their list, and the page of the one under the cursor."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from diagnostics.remedies.comparison.way import Way
from widgets.notice import Notice
from widgets.row_list import RowList
from widgets.way_list import WayList, WayPage


class WaysPane(Container):
    """List and page. The list posts Chosen for a way that has steps; enter on another one goes into its page."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        """What is still worked out above, then list and page."""
        yield Notice(id="notice")
        yield WayList(ascii_only=self._ascii_only, id="way-list")
        yield WayPage(id="way-page")

    @property
    def notice(self) -> Notice:
        """The lines above the list."""
        return self.query_one("#notice", Notice)

    @property
    def text(self) -> str:
        """The page as plain text, for copying."""
        return self.query_one(WayPage).text

    def show(self, ways: Sequence[Way]) -> None:
        """Shows the ways out, in their order."""
        self.query_one(WayList).list_ways(ways)

    def focus_list(self) -> None:
        """Gives the keys to the list."""
        self.query_one(WayList).focus()

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """The page follows the cursor."""
        event.stop()
        self.query_one(WayPage).open(event.item)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """A way without steps is read, not walked."""
        if not event.item.plan:
            event.stop()
            self.query_one(WayPage).focus()
