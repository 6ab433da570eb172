"""The views of a screen as tabs in one row: the one on display is marked, a click asks for another."""

from collections.abc import Mapping

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class ViewTabs(Static):
    """Titles by the name of their view."""

    class Asked(Message):
        """The operator wants another view."""

        def __init__(self, view: str) -> None:
            super().__init__()
            self.view = view

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._titles: Mapping[str, str] = {}

    def show(self, titles: Mapping[str, str], current: str) -> None:
        """Shows the titles in their order, one of them as current."""
        self._titles = titles
        parts = [(f" {title} ", "bold reverse" if view == current else "") for view, title in titles.items()]
        self.update(Content.assemble(*parts))

    def on_click(self, event: events.Click) -> None:
        """Asks for the view whose title is under the mouse."""
        place = event.get_content_offset(self)
        if place is None:
            return
        end = 0
        for view, title in self._titles.items():
            end += cell_len(title) + 2
            if place.x < end:
                self.post_message(self.Asked(view))
                return
