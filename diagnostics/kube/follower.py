"""Follows one list for as long as it is wanted: list, watch, and again after whatever went wrong.

A watch ends all the time: the server closes it after minutes, forgets the version (410) or restarts; proxies cut it or
go silent. It then goes on from the last version, or from a new list where that is lost, after pauses that grow from
one second to thirty. Bookmarks come about once a minute, so a longer silence means that nobody is there.
"""

import random
from collections.abc import Callable
from threading import Event, Lock
from time import monotonic, time
from typing import Any

from diagnostics.kube.connection import Connection, failure_of
from diagnostics.kube.failures import Failure
from diagnostics.kube.flight import Flight
from diagnostics.kube.kinds import KINDS, resource_name
from diagnostics.kube.news import Changes
from diagnostics.kube.reading import Part, read_list
from diagnostics.kube.replica import Replica, is_gone, same
from diagnostics.kube.together import Cancelled, together
from diagnostics.kube.trouble import ConnectionTrouble
from diagnostics.kube.watch_events import GONE, Lines, LineTooLongError, event_of
from diagnostics.kube.wire import Answer, Broken, Question, Wire
from diagnostics.model.snapshot import Reason, Source

SILENCE_SECONDS = 90.0
WATCH_SECONDS = 300
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LIVED_WELL_SECONDS = 10.0
LONG_PAUSE = 5.0
"""Between watches that end at once; with a longer one nobody can call the list live."""
_FORBIDDEN = 403


class _VersionLostError(Exception):
    """The stream told something that only a new list can mend."""

    def __init__(self, why: str) -> None:
        self.why = why


class Follower:
    """Keeps one list true, of the whole cluster or of a namespace.

    `changed` hears what changed, `stale` why the list is not followed at the moment (an empty text when it is again).
    Both are called in the thread of `run`. `heard_at` is when the server was last heard (seconds since the epoch).
    """

    def __init__(
        self,
        wire: Wire,
        source: Source,
        namespace: str,
        replica: Replica,
        changed: Callable[[Changes], None],
        stale: Callable[[str], None],
    ) -> None:
        self._wire, self._source, self._namespace, self._replica = wire, source, namespace, replica
        self._changed, self._stale = changed, stale
        self.heard_at = time()
        self._stopped = Event()
        self._again = Event()
        self._flight: Flight | None = None
        self._lock = Lock()

    def stop(self) -> None:
        """Ends `run` soon, from any thread."""
        with self._lock:
            self._stopped.set()
            self._again.set()
            if self._flight:
                self._flight.break_off()

    def try_again(self) -> None:
        """Asks anew at once, from any thread: what is under way cannot be trusted any more."""
        with self._lock:
            self._again.set()
            if self._flight:
                self._flight.break_off()

    def run(self) -> None:
        """Blocks until it is stopped, or until the right to follow turns out to be missing."""
        pause = FIRST_PAUSE
        while not self._stopped.is_set():
            started = monotonic()
            try:
                failure = self.once()
            except Cancelled:
                return
            except ConnectionTrouble as trouble:
                failure = Failure(Reason.UNREACHABLE, str(trouble))
            if self._stopped.is_set():
                return
            if failure and failure.status == _FORBIDDEN:
                self._stale(f'The right "watch {self._source.value}" is missing; `antrea-doctor rbac` prints it.')
                return
            pause = FIRST_PAUSE if monotonic() - started > LIVED_WELL_SECONDS else pause
            if failure:
                self._stale(failure.sentence)
            elif pause >= LONG_PAUSE:
                self._stale("The API server ends each watch after a moment, so changes are seen late.")
            self._again.wait(pause * random.uniform(0.5, 1.0))
            pause = FIRST_PAUSE if self._again.is_set() else min(pause * 2, LONGEST_PAUSE)
            self._again.clear()

    def once(self) -> Failure | None:
        """One list, where no version is known, and one watch; why they ended, None when that was in order."""
        failure = None if self._replica.version else self._relist()
        return failure or self._watch()

    def _relist(self) -> Failure | None:
        part: Part
        (part,) = together(
            Connection(self._wire), [lambda get: read_list(get, self._source, self._namespace)], self._stopped
        )
        if not part.version:
            gap = part.gaps[0]
            return part.failure or Failure(gap.reason, gap.detail)
        changes = self._replica.relist(part.items, part.version)
        if changes:
            self._changed(changes)
        return None

    def _watch(self) -> Failure | None:
        query: dict[str, str | int] = {
            "watch": "1",
            "resourceVersion": self._replica.version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": WATCH_SECONDS,
        }
        path = KINDS[self._source].path(resource_name(self._source), self._namespace)
        cut = Lines()
        try:
            end = self._wire.stream(
                Question("GET", path, query), self._take_off(), SILENCE_SECONDS, lambda piece: self._take(cut, piece)
            )
        except _VersionLostError as lost:
            return Failure(Reason.NOT_UNDERSTOOD, lost.why) if lost.why else None
        except LineTooLongError as error:
            return Failure(Reason.NOT_UNDERSTOOD, str(error))
        finally:
            with self._lock:
                self._flight = None
        if isinstance(end, Answer) and end.status == GONE:
            self._replica.version = ""
            return None
        if isinstance(end, Answer):
            return failure_of(end, self._wire.server)
        return end.failure if isinstance(end, Broken) else None

    def _take_off(self) -> Flight:
        flight = Flight(WATCH_SECONDS + SILENCE_SECONDS)
        with self._lock:
            if self._stopped.is_set():
                raise Cancelled
            self._flight = flight
        return flight

    def _take(self, cut: Lines, piece: bytes) -> None:
        """One piece of the stream; the first one is empty and says that the server agreed to it."""
        self.heard_at = time()
        if not piece:
            self._stale("")
        changes: dict[str, tuple[Any, Any]] = {}
        lost = ""
        for line in cut.feed(piece):
            event = event_of(self._source, line)
            change = self._replica.take(event)
            if change:
                before, after = change
                changes[event.key] = (changes[event.key][0] if event.key in changes else before, after)
            if not self._replica.version:
                lost = "" if is_gone(event) else f"The server sent what is no event: {event.said or 'nothing'}."
                break
        told = {key: (before, after) for key, (before, after) in changes.items() if not same(before, after)}
        if told:  # what came and went within one piece is no change
            self._changed(told)
        if not self._replica.version:
            raise _VersionLostError(lost)
