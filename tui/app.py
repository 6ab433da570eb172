"""The app itself: the first frame, signals, faults, and loading the rest once something is on the screen.

Whatever knows the engine is imported after the first paint (`tui/navigator.py`), so that it comes as soon as that of
an empty app.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.content import Content
from textual.events import Event, Key, Paste
from textual.filter import LineFilter
from textual.widgets import Static

from tui.actions import spelled
from tui.ascii_filter import AsciiFilter, in_ascii
from tui.key_choices import keys_chosen
from tui.key_order import KeyDone, KeyOrder
from tui.looking import Looker
from tui.request import AppRequest, ColorMode
from tui.settings import Settings, read_settings
from tui.themes import DEFAULT, THEMES

if TYPE_CHECKING:
    from tui.desk import Desk


class DoctorApp(App[int]):
    """antrea-doctor in a terminal."""

    CSS_PATH = "app.tcss"
    TITLE = "antrea-doctor"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, priority=True, system=True)
    ]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {
        lambda: _provider("CommandsOfScreen"),
        lambda: _provider("Places"),
    }

    def __init__(self, request: AppRequest, settings: Settings | None = None) -> None:
        # without the named colours Textual would show NO_COLOR as shades of grey
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self._request = request
        self._settings = settings or Settings()
        self._ascii = AsciiFilter()
        self._desk: Desk | None = None
        self.looker = Looker(self)
        self.fault: Exception | None = None
        self._troubles = [*self._settings.troubles, *self._dress()]
        keys, troubles = keys_chosen(self._settings.keys)
        self._keys = keys
        self._key_order = KeyOrder(self, super().on_event)
        self._troubles += troubles
        self.set_keymap(keys)

    def _dress(self) -> list[str]:
        """Puts the chosen theme on, else ours; says why if it is not the chosen."""
        for theme in THEMES:
            self.register_theme(theme)
        wanted = os.environ.get("TEXTUAL_THEME") or self._settings.theme
        if wanted in self.available_themes:
            self.theme = wanted
            return []
        self.theme = DEFAULT
        ours = ", ".join(theme.name for theme in THEMES)
        return [f"There is no theme {wanted!r}; ours are {ours}."] if wanted else []

    @property
    def desk(self) -> "Desk":
        """What moves between clusters and screens; every screen but the first frame exists only with it."""
        if self._desk is None:
            raise LookupError("The app is still loading.")
        return self._desk

    def compose(self) -> ComposeResult:
        """The first frame: nothing of it needs the engine."""
        yield Static(Content(" antrea-doctor"), id="first-title")
        yield Static(Content(f"Reading {_whereabouts(self._request)} …"), id="first-words")

    async def on_event(self, event: Event) -> None:
        """Keys are handled one after another, however fast they are typed."""
        if isinstance(event, (Key, Paste)) and not event.is_forwarded:
            await self._key_order.take(event)
        else:
            await super().on_event(event)

    async def on_key_done(self, event: KeyDone) -> None:
        """The next key may come."""
        await self._key_order.done(event)

    def on_mount(self) -> None:
        """Loads the rest after the first frame is painted."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 128 + number)
        self.call_after_refresh(self._load)

    def _load(self) -> None:
        def work(cancelled: threading.Event) -> "Callable[..., Desk]":
            navigator: Callable[..., Desk] = import_module("tui.navigator").Navigator
            return navigator

        self.looker.ask("loading", work, self._loaded, self._handle_exception)

    def _loaded(self, navigator: "Callable[..., Desk]") -> None:
        self._desk = navigator(self, self.looker, self._request, self._write, self._settings, self._keys)
        self.call_later(self._desk.start)
        if self._troubles:
            self.notify(
                "\n".join(self._troubles), title="The config file", severity="warning", markup=False, timeout=20
            )

    def on_unmount(self) -> None:
        """Nothing is followed or read once nobody looks."""
        self.looker.cancel_all()

    @property
    def is_busy(self) -> bool:
        """Whether something is still loading, being read or being worked out."""
        return self._desk is None or not self._desk.has_started or self._desk.is_working or self.looker.is_busy

    def get_key_display(self, binding: Binding) -> str:
        """Keys as our help spells them."""
        return binding.key_display or spelled(binding.key)

    def action_refresh(self) -> None:
        """Reads the cluster again."""
        if self._desk:
            self._desk.refresh()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Where the terminal has no UTF-8, ASCII leaves us and nothing else."""
        filters = super().get_line_filters()
        return [*filters, self._ascii] if self._request.ascii_only else filters

    def action_plain_text(self) -> None:
        """Hands the text of the screen to the terminal itself."""
        text = getattr(self.screen, "plain_text", "")
        text = in_ascii(text) if self._request.ascii_only else text
        if not text.strip():
            self.notify("There is no text here to show yet.", markup=False)
            return
        from tui.text_view import show_text

        try:
            with self.suspend():
                show_text(text, self.exit)
        except SuspendNotSupported:
            self.notify("This terminal cannot be given back: copy the text instead.", markup=False)

    async def action_quit(self) -> None:
        """Leaves at once; nobody waits for running work."""
        self.looker.cancel_all()
        self.exit(0)

    def _handle_exception(self, error: Exception) -> None:
        """A fault of ours: Textual would print a traceback with local values, so the caller of the app gets it."""
        self.fault = self.fault or error
        self.looker.cancel_all()
        self.exit()

    def _write(self, data: bytes) -> None:
        """Hands bytes to the terminal between two frames. Textual offers no public way for a wrapped OSC 52."""
        if self._driver is not None:
            self._driver.write(data.decode("ascii"))


def run_app(request: AppRequest) -> int:
    """Runs the app and gives the exit code. A fault of the app is raised once the terminal is restored."""
    if request.color is ColorMode.NEVER:
        os.environ["NO_COLOR"] = "1"
    elif not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)  # empty means unset, by its convention; Textual looks at its presence only
    app = DoctorApp(request, read_settings())
    if app.theme == DEFAULT and (app.no_color or app.console.color_system in (None, "standard")):
        app.theme = "ansi-dark"  # our amber would turn red among 16 colours, and NO_COLOR grey it out
    code = app.run()
    app.looker.cancel_all()  # however it ended: work that holds up the end of the process shall hear of it
    if app.fault:
        raise app.fault
    return code if code is not None else 0


def _provider(name: str) -> type[Provider]:
    """What the palette searches; it knows the screens, so it is imported when it is first asked for."""
    provider: type[Provider] = getattr(import_module("tui.palette"), name)
    return provider


def _whereabouts(request: AppRequest) -> str:
    if request.demo is not None:
        return f"demo {request.demo}"
    return " ".join(request.files) or request.connection.context or "the current context"
