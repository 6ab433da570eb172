"""The text of a screen on the terminal itself, without borders, to be selected by hand.

The app steps aside for it: the terminal has its own mouse, scrolling and selection back, over SSH and in tmux too, and
the text stays above the prompt afterwards.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

COMES_BACK = "enter comes back"
_ENDS = (signal.SIGTERM, signal.SIGHUP)


def show_text(text: str, end: Callable[[], None]) -> None:
    """Prints the text and waits for enter or ctrl-c. The terminal must be as it was before the app.

    `end` is called when the terminal is gone, so that nobody will ever press enter.
    """
    with _signals_as_usual():
        print(f"\n{text}\n\nantrea-doctor: {COMES_BACK} ", end="", flush=True)
        try:
            if not sys.stdin.readline():
                end()
        except KeyboardInterrupt:
            pass
        except OSError:
            end()


@contextmanager
def _signals_as_usual() -> Iterator[None]:
    """The event loop stands still meanwhile and would not hear of signals; nothing is left for it to restore."""
    before = {number: signal.getsignal(number) for number in (*_ENDS, signal.SIGINT)}
    for number in _ENDS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
