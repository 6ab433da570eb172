"""Blocking work off the event loop: threads of our own whose answers are delivered in the loop.

Textual's own thread workers hold up quitting until they end, so the threads are ours. A newer request of the same
kind makes the older one's answer void; `cancelled` tells the work itself that nobody waits for it any more.
"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any, TypeVar

from textual.app import App

Answer = TypeVar("Answer")
_LOOK_EVERY = 0.05


class Looker:
    """Runs work in daemon threads for one app and drops answers that nobody wants any more."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._latest: dict[str, Event] = {}
        self._lasting: set[str] = set()

    def ask(
        self,
        kind: str,
        work: Callable[[Event], Answer],
        then: Callable[[Answer], None],
        failed: Callable[[Exception], None],
        *,
        must_end: bool = False,
        lasting: bool = False,
    ) -> None:
        """Starts work of a kind and voids older work of that kind. `then` and `failed` run in the event loop.

        Nobody waits for work that is `lasting`: it goes on until it is voided.
        Work that `must_end` holds up the end of the process: it changes a cluster, or cleans up behind itself.
        """
        self.cancel(kind)
        cancelled = Event()
        self._latest[kind] = cancelled
        self._lasting = self._lasting | {kind} if lasting else self._lasting - {kind}
        told = (cancelled, work, then, failed)
        Thread(target=self._run, args=told, name=f"looking-{kind}", daemon=not must_end).start()

    def tell(self, cancelled: Event, receiver: Callable[[Answer], None], value: Answer) -> None:
        """Called by work on its way: hands a value to the event loop, unless the work was voided meanwhile."""
        self._hand_over(cancelled, receiver, value, is_last=False)

    def tell_and_wait(self, cancelled: Event, receiver: Callable[[Answer], None], value: Answer) -> None:
        """The same, and comes back when the value was received, so that values never pile up before a busy loop."""
        received = Event()

        def receive(value: Answer) -> None:
            received.set()  # before it is received: a fault there ends the app, and nobody should wait for it
            receiver(value)

        self.tell(cancelled, receive, value)
        while not received.wait(_LOOK_EVERY) and not cancelled.is_set() and self._app.is_running:
            pass

    def cancel(self, kind: str) -> None:
        """Voids the running work of a kind, if there is any."""
        if kind in self._latest:
            self._latest.pop(kind).set()

    def cancel_all(self) -> None:
        """Voids everything that runs, as on a change of cluster or at the end."""
        for kind in tuple(self._latest):
            self.cancel(kind)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still waited for."""
        return bool(self._latest.keys() - self._lasting)

    def _run(
        self,
        cancelled: Event,
        work: Callable[[Event], Any],
        then: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        try:
            answer = work(cancelled)
        except Exception as error:
            self._hand_over(cancelled, failed, error, is_last=True)
        else:
            self._hand_over(cancelled, then, answer, is_last=True)

    def _hand_over(self, cancelled: Event, receiver: Callable[[Any], None], value: Any, *, is_last: bool) -> None:
        def deliver() -> None:
            if not cancelled.is_set():
                if is_last:
                    self._latest = {kind: event for kind, event in self._latest.items() if event is not cancelled}
                receiver(value)

        if not cancelled.is_set() and self._app.is_running:
            self._app.call_later(deliver)
