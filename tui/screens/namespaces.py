"""The namespaces of a cluster, to look at one only."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Footer

from diagnostics.model.snapshot import Snapshot
from tui.actions import NAMESPACES
from tui.dialogs import AskScreen
from tui.screens.doctor_screen import DoctorScreen
from tui.unread import only_namespace
from widgets.notice import Notice
from widgets.row_list import Cell, Column, RowList
from widgets.title_line import TitleLine

ALL = "all namespaces"
ANOTHER = "another one …"


class NamespacesScreen(DoctorScreen):
    """Choose a namespace. Where only one at a time may be read, another one can be named."""

    COMMANDS_HERE: ClassVar = NAMESPACES
    TITLE_HERE: ClassVar = "Namespaces"

    def __init__(self, snapshot: Snapshot, counts: Mapping[str, int]) -> None:
        super().__init__()
        self._only = only_namespace(snapshot)
        known = {item.metadata.name for item in snapshot.namespaces} | set(counts)
        own = [(name, str(counts.get(name, 0))) for name in sorted(known)]
        every = (ANOTHER, "") if self._only else (ALL, str(sum(counts.values())))
        self._rows = [every, *own]

    def compose(self) -> ComposeResult:
        """Why not all can be seen at once, if so, then the list."""
        yield TitleLine("Namespaces")
        yield Notice(id="notice")
        yield RowList[tuple[str, str]](
            (
                Column("NAMESPACE", lambda row: Cell(row[0], "strong"), 24, grow=1),
                Column("SERVICES", lambda row: Cell(row[1]), 8),
            ),
            id="namespaces",
        )
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """The first namespace is under the cursor."""
        notice = self.query_one(Notice)
        if self._only:
            notice.say("gap", f"Only namespace {self._only} could be read.", "Your rights are in namespaces: name one.")
        else:
            notice.hush()
        rows = self.query_one(RowList)
        rows.show(self._rows)
        rows.focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Goes there."""
        name, _ = event.item
        if name == ANOTHER:
            hint = "Its Services are read now; what was read before is dropped."
            self.app.push_screen(AskScreen("Which namespace?", hint, "", _trouble), self._go)
        else:
            self.doctor.look_into("" if name == ALL else name)

    def _go(self, answer: str | None) -> None:
        if answer:
            self.doctor.look_into(answer)

    def action_open(self) -> None:
        """Goes to the namespace under the cursor."""
        self.query_one(RowList).action_choose()


def _trouble(answer: str) -> str:
    name = answer.strip()
    fine = len(name) <= 63 and name.replace("-", "").isalnum() and name == name.lower() and name.isascii()
    return "" if fine and name[0] != "-" != name[-1] else "A namespace has small letters, digits and dashes."
