"""What every screen has: the title line, its commands as keys and help, and words on what goes wrong."""

from typing import ClassVar, cast

from textual.events import Key
from textual.screen import Screen

from diagnostics.checks.glossary import term_by
from diagnostics.model.case import Cluster
from tui.actions import EVERYWHERE, Command, bindings, with_keys
from tui.desk import Desk, HasDesk
from tui.dialogs import HelpScreen
from widgets.reading import Reading
from widgets.title_line import TitleLine


class DoctorScreen(Screen[None]):
    """Base of the screens.

    `COMMANDS_HERE` is the screen's part of the command table, `WORDS_HERE` the terms that its help explains.
    `LIVE_HERE` tells whether it shows what is followed.
    """

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = ()
    WORDS_HERE: ClassVar[tuple[str, ...]] = ()
    TITLE_HERE: ClassVar[str] = ""
    LIVE_HERE: ClassVar[bool] = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 - Textual's own name
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]  # noqa: RUF012

    def __init_subclass__(cls, **options: object) -> None:
        """Turns the commands of the screen into bindings."""
        if cls.COMMANDS_HERE:  # bases of screens have none: theirs would come before those of the screen
            cls.BINDINGS = bindings(cls.COMMANDS_HERE + EVERYWHERE)
        super().__init_subclass__()

    @property
    def commands_everywhere(self) -> tuple[Command, ...]:
        """All commands of this screen, those that every screen has included, with the keys that hold."""
        return with_keys(self.COMMANDS_HERE + EVERYWHERE, self.doctor.keys)

    def why_not(self, command: Command) -> str:
        """Why a command is not possible now, in one sentence; empty when it is. Screens say it for their own.

        After a change that matters call `refresh_bindings`.
        """
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Greys what is not possible now."""
        command = next((item for item in self.COMMANDS_HERE if item.performs(action, parameters)), None)
        return None if command and self.why_not(command) else super().check_action(action, parameters)

    def on_key(self, event: Key) -> None:
        """A key whose command is greyed says why, instead of doing nothing."""
        command = next((item for item in self.commands_everywhere if event.key in item.keys.split(",")), None)
        reason = self.why_not(command) if command else ""
        bound = self.active_bindings.get(event.key) if reason else None
        if command and bound and bound.binding.id == command.id:  # else the key means something to a field or list
            event.stop()
            self.tell(reason)

    @property
    def doctor(self) -> Desk:
        """What moves between clusters and screens."""
        return cast("HasDesk", self.app).desk

    @property
    def title_line(self) -> TitleLine:
        """The line at the top."""
        return self.query_one(TitleLine)

    def tell(self, sentence: str, *, trouble: bool = False) -> None:
        """A toast; its text is never markup."""
        self.app.notify(sentence, severity="error" if trouble else "information", markup=False)

    def refresh_from(self, cluster: Cluster) -> None:
        """Shows a newer reading of the cluster; screens that show none leave this as it is."""

    def renew(self, cluster: Cluster, touched: frozenset[str], *, everything: bool) -> None:
        """Takes what was followed: these Services changed, or what every one depends on. Nobody asked: be quiet."""

    def show_liveness(self) -> None:
        """Whether the screen follows the cluster."""
        why = self.doctor.why_not_live if self.LIVE_HERE else None
        self.title_line.live("" if why or why is None else "* live" if self.doctor.ascii_only else "● live")

    def on_mount(self) -> None:
        """From the start; what changes is told to every open screen."""
        self.show_liveness()

    def action_help(self) -> None:
        """Keys and words of this screen."""
        terms = [term for term in map(term_by, self.WORDS_HERE) if term]
        words = tuple((term.name, term.text) for term in terms)
        self.app.push_screen(HelpScreen(self.TITLE_HERE, self.commands_everywhere, words))

    @property
    def word_here(self) -> str:
        """The word or code that the operator looks at, to be explained first; empty for none."""
        return ""

    def action_explain(self) -> None:
        """The pages behind words and codes."""
        from tui.screens.explain import ExplainScreen

        self.app.push_screen(ExplainScreen(self.word_here))

    def action_back(self) -> None:
        """To the screen before."""
        self.app.pop_screen()

    def action_contexts(self) -> None:
        """Choose another cluster."""
        self.doctor.show_contexts()

    @property
    def plain_text(self) -> str:
        """What the screen is about, as text without borders; of what stands on it, unless a screen knows better."""
        return "\n\n".join(reading.text for reading in self.query(Reading) if reading.region)

    def copy_text(self, text: str, what: str) -> None:
        """Copies text and says which way it went."""
        self.doctor.copy_text(text, what)
