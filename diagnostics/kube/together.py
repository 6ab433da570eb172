"""Several questions to one server at the same time, on a few daemon threads, given up in a moment.

Threads of an executor would hold up quitting; these do not. Whoever asks waits here and watches the clock of each
request, so that nothing is waited for longer than it may take.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from diagnostics.kube.connection import Connection
from diagnostics.kube.failures import Failure
from diagnostics.kube.flight import Flight
from diagnostics.kube.wire import THREADS

_LOOK_EVERY = 0.05


class Cancelled(Exception):  # noqa: N818 - an answer, not an error
    """Nobody wants the answer any more."""


class Get(Protocol):
    """Asks for a path with a query; the body, or why there is none."""

    def __call__(self, path: str, query: dict[str, str | int] | None = None) -> bytes | Failure: ...


Task = Callable[[Get], Any]


def together(connection: Connection, tasks: Sequence[Task], cancelled: threading.Event | None = None) -> list[Any]:
    """What each task returns, in their order; up to four run at the same time.

    Raises Cancelled soon after `cancelled` is set, and whatever a task raises.
    """
    return _Batch(connection, tasks).run(cancelled or threading.Event())


class _Batch:
    def __init__(self, connection: Connection, tasks: Sequence[Task]) -> None:
        self._connection = connection
        self._waiting = deque(enumerate(tasks))
        self._results: list[Any] = [None] * len(tasks)
        self._open = len(tasks)
        self._error: BaseException | None = None
        self._flights: set[Flight] = set()
        self._stopped = False
        self._lock = threading.Lock()
        self._changed = threading.Event()

    def run(self, cancelled: threading.Event) -> list[Any]:
        for _ in range(min(THREADS, len(self._results))):
            threading.Thread(target=self._work, name="antrea-doctor request", daemon=True).start()
        try:
            while self._open and self._error is None:
                self._changed.wait(_LOOK_EVERY)
                self._changed.clear()
                if cancelled.is_set():
                    raise Cancelled
                for flight in self._under_way():
                    if flight.seconds_left <= 0:
                        flight.break_off()
        finally:
            self._stop()
        if self._error is not None:
            raise self._error
        return self._results

    def _under_way(self) -> list[Flight]:
        with self._lock:
            return list(self._flights)

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            self._waiting.clear()
        for flight in self._under_way():
            flight.break_off()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    return
                number, task = self._waiting.popleft()
            try:
                result = task(self._get)
            except BaseException as error:  # handed to whoever waits, in its own thread
                with self._lock:
                    self._error = self._error or error
            else:
                with self._lock:
                    self._results[number] = result
                    self._open -= 1
            self._changed.set()

    def _get(self, path: str, query: dict[str, str | int] | None = None) -> bytes | Failure:
        flight = Flight(self._connection.seconds)
        with self._lock:
            if self._stopped:
                raise Cancelled
            self._flights.add(flight)
        try:
            return self._connection.get(path, query, flight)
        finally:
            with self._lock:
                self._flights.discard(flight)
