"""A small window over a screen: one of a few things is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from widgets.row_list import Cell, Column, RowList


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: what it is called, what is to say of it, and what the caller knows it by."""

    title: str
    words: str
    value: str


class ChooseScreen(ModalScreen[str | None]):
    """Asks for one of some options; gives its value, or None when the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", "Cancel")]

    def __init__(self, question: str, options: Sequence[Option]) -> None:
        super().__init__()
        self._question, self._options = question, tuple(options)

    def compose(self) -> ComposeResult:
        """The question over the options."""
        width = min(40, max((len(option.title) for option in self._options), default=0))
        with Vertical(classes="dialog"):
            yield Static(Content.assemble((self._question, "bold")))
            options = RowList[Option](
                (
                    Column("", lambda option: Cell(option.title, "strong"), width),
                    Column("", lambda option: Cell(option.words), 20, grow=1),
                ),
                heading=False,
                id="options",
            )
            options.styles.height = len(self._options)
            yield options

    def on_mount(self) -> None:
        """The first option is under the cursor."""
        options = self.query_one(RowList)
        options.show(self._options)
        options.focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Takes it."""
        self.dismiss(event.item.value)
