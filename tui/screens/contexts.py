"""Contexts of the kubeconfig and the demos; the first screen where there is no kubeconfig."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Footer

from tui.actions import CONTEXTS, Command
from tui.choices import Choice
from tui.screens.doctor_screen import DoctorScreen
from widgets.notice import Notice
from widgets.row_list import Cell, Column, RowList
from widgets.title_line import TitleLine


class ContextsScreen(DoctorScreen):
    """Choose a cluster."""

    COMMANDS_HERE: ClassVar = CONTEXTS
    WORDS_HERE: ClassVar = ()
    TITLE_HERE: ClassVar = "Contexts"

    def __init__(self, choices: tuple[Choice, ...], trouble: str) -> None:
        super().__init__()
        self._choices, self._trouble = choices, trouble

    def compose(self) -> ComposeResult:
        """Why there is nothing to connect to, if so, then the list."""
        yield TitleLine("Contexts")
        yield Notice(id="notice")
        yield RowList[Choice](
            (
                Column("CONTEXT", lambda row: Cell(("* " if row.current else "  ") + row.title, "strong"), 26, grow=2),
                Column("WHERE", lambda row: Cell(row.server), 30, grow=3),
                Column("USER", lambda row: Cell(row.user, "dim"), 14, grow=1, from_width=90),
            ),
            id="contexts",
        )
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """The current context is under the cursor."""
        current = next((index for index, choice in enumerate(self._choices) if choice.current), 0)
        contexts = self.query_one(RowList)
        contexts.show(self._choices, current)
        contexts.focus()
        if self._trouble:
            self.query_one(Notice).say(
                "trouble",
                "Not connected.",
                self._trouble,
                "",
                "Choose a context below, or a demo to look around.",
            )
        else:
            self.query_one(Notice).hush()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Goes there."""
        self.doctor.use(event.item.context, event.item.demo)

    def action_open(self) -> None:
        """Goes to the context under the cursor."""
        self.query_one(RowList).action_choose()

    def why_not(self, command: Command) -> str:
        """There is nothing to go back to before a cluster was chosen."""
        return "" if command.name != "back" or self.doctor.has_source else "Choose a cluster first, or a demo."
