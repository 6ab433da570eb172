"""Keys one after another: each is handled to its end before the next one finds its widget.

Textual hands a key to the widget that has the focus when it arrives, and carries the key's command out later. Of `/web`
typed in one burst the letters would go to the list and not to the field that `/` opens. So a key that comes while
another is under way waits for it.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from textual import events
from textual.app import App
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

Typed = events.Key | events.Paste
LONGEST_WAIT = 0.5
"""Seconds after which a key counts as done, should its widget have gone with the mark behind it."""
WAITS_AT_MOST = 10
"""How often that is waited for a widget that is still there: on a busy machine a screen may take long to come up."""

SECONDS_BETWEEN_LOOKS, FOCUS_LOOKS = 0.01, 100
"""How often it is looked whether a new screen has its focus, at most, before the next key goes on anyway."""


class KeyDone(Message, bubble=True):
    """Follows a key from widget to widget and comes to the app right behind it.

    The command of a key may send a message itself, as enter in a field does: a second mark follows that one.
    """

    def __init__(self, *, is_second: bool = False) -> None:
        super().__init__()
        self.is_second = is_second


class KeyOrder:
    """The keys of one app that wait for their turn. `handle` is how the app takes a key."""

    def __init__(self, app: App[int], handle: Callable[[Typed], Awaitable[None]]) -> None:
        self._app, self._handle = app, handle
        self._waiting: deque[Typed] = deque()
        self._under_way = False
        self._alarm: Timer | None = None

    async def take(self, event: Typed) -> None:
        """Handles a key now, or as soon as those before it are done."""
        if self._under_way:
            self._waiting.append(event)
        else:
            await self._start(event)

    async def done(self, mark: KeyDone) -> None:
        """The key under way is done. A screen that it opened gets its focus before the next key."""
        if not mark.is_second and (self._app.focused or self._app.screen).post_message(KeyDone(is_second=True)):
            return
        self._stop_alarm()
        await self._next_when_focused(FOCUS_LOOKS)

    async def _next_when_focused(self, looks: int) -> None:
        """A screen that comes up gets its focus a little after its place on top."""
        screen = self._app.screen
        comes_up = screen.focused is None and (not screen.is_mounted or bool(screen.focus_chain))
        if self._waiting and comes_up and looks:
            self._app.set_timer(SECONDS_BETWEEN_LOOKS, partial(self._next_when_focused, looks - 1))
        else:
            await self._next()

    async def _next(self) -> None:
        self._under_way = False
        if self._waiting:
            await self._start(self._waiting.popleft())

    async def _start(self, event: Typed) -> None:
        self._under_way = True
        target = self._app.focused or self._app.screen
        await self._handle(event)
        if target.post_message(KeyDone()):
            self._wait_for(target, WAITS_AT_MOST)
        else:
            await self._next()

    def _wait_for(self, target: Widget, times: int) -> None:
        async def late() -> None:
            if target.is_attached and times > 1:
                self._wait_for(target, times - 1)
            else:
                await self._next()

        self._stop_alarm()
        self._alarm = self._app.set_timer(LONGEST_WAIT, late)

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.stop()
            self._alarm = None
