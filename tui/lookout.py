"""Keeps what is on display true: hears what becomes of the cluster, works out what that touches, and has it shown.

One thread hears, another works; the event loop only shows, ten times a second at most, and nothing new is handed to it
before it has shown the last. Ending it ends both, and nothing of the old cluster is shown after that.
"""

from collections.abc import Callable
from threading import Condition, Event
from time import monotonic

from tui.looking import Looker
from tui.source import Followable
from tui.verdicts import Display, Verdicts

SECONDS_BETWEEN_DISPLAYS = 0.1
SECONDS_BETWEEN_MANY = 1.0
"""While thousands of verdicts are worked out, as their list is made anew each time."""
MANY = 100
SLICE_SECONDS = 0.05
_FOLLOWING, _WORKING = "following", "verdicts"
_LOOK_EVERY = 0.2

Word = Callable[[Verdicts], None]


class Lookout:
    """Follows one cluster at a time. `show` and `failed` run in the event loop."""

    def __init__(self, looker: Looker, show: Callable[[Display], None], failed: Callable[[Exception], None]) -> None:
        self._looker, self._show, self._failed = looker, show, failed
        self._inbox: _Inbox | None = None

    @property
    def is_working(self) -> bool:
        """Whether something that was heard is not shown yet."""
        return self._inbox is not None and self._inbox.is_open

    def begin(self, verdicts: Verdicts, source: Followable | None) -> None:
        """Shows what becomes of these verdicts from now on; without a source only what the operator says of them."""
        self.end()
        inbox = self._inbox = _Inbox(is_open=bool(verdicts.waiting))
        snapshot = verdicts.display_now.cluster.snapshot
        self._looker.ask(
            _WORKING, lambda cancelled: self._work(verdicts, inbox, cancelled), _done, self._failed, lasting=True
        )
        if source:
            self._looker.ask(
                _FOLLOWING,
                lambda cancelled: source.follow(
                    snapshot, lambda news: inbox.put(lambda verdicts: verdicts.take(news)), cancelled
                ),
                _done,
                self._failed,
                lasting=True,
            )

    def end(self) -> None:
        """Nothing is heard or shown any more."""
        self._looker.cancel(_FOLLOWING)
        self._looker.cancel(_WORKING)
        self._inbox = None

    def tell(self, word: Word) -> None:
        """Tells the verdicts something of the operator's; what nobody shows needs no telling."""
        if self._inbox:
            self._inbox.put(word)

    def _work(self, verdicts: Verdicts, inbox: "_Inbox", cancelled: Event) -> None:
        shown_at = 0.0
        while not cancelled.is_set():
            for word in inbox.take(0.0 if verdicts.waiting else _LOOK_EVERY / 10 if verdicts.has_news else _LOOK_EVERY):
                word(verdicts)
            verdicts.work(SLICE_SECONDS)
            pause = SECONDS_BETWEEN_MANY if verdicts.waiting > MANY else SECONDS_BETWEEN_DISPLAYS
            if verdicts.has_news and monotonic() - shown_at >= pause:
                self._looker.tell_and_wait(cancelled, self._show, verdicts.display())
                shown_at = monotonic()
            if not verdicts.waiting and not verdicts.has_news:
                inbox.close_if_empty()


class _Inbox:
    """Words for the thread that works; open from the first word until everything said is shown."""

    def __init__(self, *, is_open: bool = False) -> None:
        self._words: list[Word] = []
        self._there = Condition()
        self.is_open = is_open

    def put(self, word: Word) -> None:
        with self._there:
            self._words.append(word)
            self.is_open = True
            self._there.notify()

    def take(self, seconds: float) -> list[Word]:
        """All words, oldest first; waits so long for the first."""
        with self._there:
            if not self._words and seconds:
                self._there.wait(seconds)
            words, self._words = self._words, []
            return words

    def close_if_empty(self) -> None:
        with self._there:
            self.is_open = bool(self._words)


def _done(nothing: None) -> None:
    """Work that lasts has no answer."""
