"""The pages behind codes and words, offline: a list with a filter, and the page of the one under the cursor."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.glossary import TERMS
from tui.cli.explain import page_of
from widgets.filtering import admits
from widgets.finding_detail import page_blocks
from widgets.reading import Reading
from widgets.row_list import Cell, Column, RowList

Entry = tuple[str, str]
"""A word or code as `explain` takes it, and what is said of it in the list."""

_TERM_WORDS = 90


def entries() -> tuple[Entry, ...]:
    """All that can be explained: words first, then codes."""
    terms = tuple((term.name, ", ".join(term.aliases) or term.text[:_TERM_WORDS]) for term in TERMS)
    return (*terms, *((check.code, check.title) for check in CHECKS))


class ExplainScreen(ModalScreen[None]):
    """Reads what `antrea-doctor explain` prints. `word` is opened first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Close"),
        Binding("slash", "filter", "Filter"),
        Binding("down", "list", "List", show=False),
    ]

    def __init__(self, word: str = "") -> None:
        super().__init__()
        self._word = word

    def compose(self) -> ComposeResult:
        """Filter, list, page."""
        with Vertical(classes="dialog -tall"):
            yield Input(placeholder="Explain what? / filters: SNAT, DSR, AD010 …", id="explain-filter", compact=True)
            listed = RowList[Entry](
                (
                    Column("", lambda entry: Cell(entry[0], "strong"), 24),
                    Column("", lambda entry: Cell(entry[1], "dim"), 20, grow=1),
                ),
                heading=False,
                id="explained-words",
            )
            listed.styles.height = "40%"
            yield listed
            yield Reading(id="explained-page")

    def on_mount(self) -> None:
        """Everything is listed; the word asked for is under the cursor."""
        every = entries()
        place = next((index for index, (name, _) in enumerate(every) if name == self._word), 0)
        self._list.show(every, place)
        (self._list if self._word else self.query_one(Input)).focus()

    @property
    def _list(self) -> "RowList[Entry]":
        return self.query_one("#explained-words", RowList)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters while typing; what starts so comes first."""
        wanted = event.value.strip().lower()
        found = [entry for entry in entries() if admits(event.value, {}, " ".join(entry))]
        self._list.show(sorted(found, key=lambda entry: not entry[0].lower().startswith(wanted)))
        if not found:
            self.query_one(Reading).read()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From the filter to the page of the first."""
        self.query_one(Reading).focus()

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """The page follows the cursor."""
        self.query_one(Reading).read(*page_blocks(page_of(event.item[0])))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter moves into the page, to scroll it."""
        self.query_one(Reading).focus()

    def action_list(self) -> None:
        """From the filter down to the list."""
        self._list.focus()

    def action_filter(self) -> None:
        """Back to the filter."""
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """From the page to the list, else closes."""
        if self.focused is self.query_one(Reading):
            self._list.focus()
        else:
            self.dismiss(None)
