"""Small windows over a screen: one question with validation, and the help of a screen."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.actions import Command
from widgets.reading import Block, Reading, heading

_MOVES = "arrows hjkl"


class AskScreen(ModalScreen[str | None]):
    """Asks for one line of text. `trouble` says what is wrong with an answer, or nothing when it is fine."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, question: str, hint: str, value: str, trouble: Callable[[str], str]) -> None:
        super().__init__()
        self._question, self._hint, self._value, self._trouble = question, hint, value, trouble

    def compose(self) -> ComposeResult:
        """The question, its field, and the reason why an answer is not taken."""
        with Vertical(classes="dialog"):
            yield Static(Content.assemble((self._question, "bold")))
            yield Static(Content(self._hint), classes="quiet")
            yield Input(self._value, id="answer")
            yield Static(id="trouble")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says early what is wrong."""
        self.query_one("#trouble", Static).update(Content(self._trouble(event.value) if event.value else ""))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Takes a good answer; an empty one is good and means none."""
        trouble = self._trouble(event.value) if event.value else ""
        self.query_one("#trouble", Static).update(Content(trouble))
        if not trouble:
            self.dismiss(event.value.strip())


class HelpScreen(ModalScreen[None]):
    """The keys of a screen and the words on it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss(None)", "Close")]

    def __init__(self, title: str, commands: tuple[Command, ...], words: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._title, self._commands, self._words = title, commands, words

    def compose(self) -> ComposeResult:
        """Keys first, then words."""
        with Vertical(classes="dialog -tall"):
            yield Reading(id="help")

    def on_mount(self) -> None:
        """Fills the page."""
        width = max(len(_MOVES), *(len(command.shown_keys) for command in self._commands)) + 2
        keys = "\n".join(f"{command.shown_keys:<{width}}{command.help}" for command in self._commands)
        moves = f"{_MOVES:<{width}}Move; g G first and last, ctrl-d ctrl-u half a page."
        blocks = [heading(f"{self._title}: keys"), Block(f"{moves}\n{keys}")]
        for term, meaning in self._words:
            blocks += [heading(term), Block(meaning)]
        reading = self.query_one(Reading)
        reading.read(*blocks)
        reading.focus()
