"""The question before a change: which cluster, what bites, the difference; the operator types the Service's name."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from widgets.reading import Block, Reading


class ConfirmScreen(ModalScreen[bool]):
    """True once the Service's name was typed; False when the operator goes back. The arrows scroll what is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Cancel"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def __init__(self, title: str, where: str, blocks: Sequence[Block], service: str) -> None:
        super().__init__()
        self._title, self._where, self._blocks, self._service = title, where, tuple(blocks), service

    def compose(self) -> ComposeResult:
        """The banner, what would change, the field."""
        with Vertical(classes="dialog -tall"):
            yield Static(Content.assemble((self._title, "bold")))
            yield Static(Content.assemble((f"! {self._where}", "bold $text-warning")), id="where")
            yield Reading(id="change")
            yield Static(
                Content(f"Type {self._service} and enter to go on; esc stops; the arrows scroll."), classes="quiet"
            )
            yield Input(id="answer")
            yield Static(id="trouble")

    def on_mount(self) -> None:
        """The field has the keys."""
        self.query_one(Reading).read(*self._blocks)
        self.query_one(Input).focus()

    def action_scroll(self, lines: int) -> None:
        """Moves through what would change."""
        self.query_one(Reading).scroll_relative(y=lines, animate=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Takes the reason away as soon as the answer is another."""
        self.query_one("#trouble", Static).update("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Takes the right name only."""
        if event.value.strip() == self._service:
            self.dismiss(True)
        else:
            said = f"That is not the Service's name, {self._service}. Nothing was changed."
            self.query_one("#trouble", Static).update(Content(said))
