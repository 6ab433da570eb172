"""Follows what an overview holds and tells, a few times a second at most, the new Snapshot and whom it touches.

Services and EndpointSlices touch their Service; Nodes, agents and DaemonSets touch every one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic, time
from typing import Any

from diagnostics.kube.follower import Changes, Follower
from diagnostics.kube.kinds import KINDS
from diagnostics.kube.replica import Replica
from diagnostics.kube.wire import Wire
from diagnostics.model.snapshot import Snapshot, Source

SECONDS_BETWEEN_NEWS = 0.1
_LOOK_EVERY = 0.05

Versions = Mapping[tuple[Source, str], str]
"""The resourceVersion from which each list can be followed, by source and namespace (empty: the whole cluster)."""


@dataclass(frozen=True, slots=True)
class News:
    """What has become of the cluster. `touched` are the Services to work out again; None means all of them.

    `stale` says why some list is not followed at the moment; it is empty when all are.
    """

    snapshot: Snapshot
    touched: frozenset[str] | None
    stale: str


@dataclass(frozen=True, slots=True)
class _Word:
    """What one Follower told: changes, or (when `stale` is not None) whether it is true."""

    place: tuple[Source, str]
    changes: Changes | None = None
    stale: str | None = None


def follow(wire: Wire, snapshot: Snapshot, versions: Versions, tell: Callable[[News], None], cancelled: Event) -> None:
    """Blocks until `cancelled` is set; `tell` is called in this thread, and new facts wait while it works."""
    words: SimpleQueue[_Word] = SimpleQueue()
    replicas = {place: Replica(_held(snapshot, place), version) for place, version in versions.items()}
    followers = [_follower(wire, place, replica, words) for place, replica in replicas.items()]
    for follower in followers:
        Thread(target=follower.run, name="antrea-doctor watch", daemon=True).start()
    try:
        _tell_on(snapshot, words, set(versions), tell, cancelled)
    finally:
        for follower in followers:
            follower.stop()


def _follower(wire: Wire, place: tuple[Source, str], replica: Replica, words: "SimpleQueue[_Word]") -> Follower:
    return Follower(
        wire,
        *place,
        replica,
        lambda changes: words.put(_Word(place, changes)),
        lambda why: words.put(_Word(place, stale=why)),
    )


def _tell_on(
    snapshot: Snapshot,
    words: "SimpleQueue[_Word]",
    waiting: set[tuple[Source, str]],
    tell: Callable[[News], None],
    cancelled: Event,
) -> None:
    facts = _Facts(snapshot)
    stale = dict.fromkeys(waiting, "The connection is being made.")
    told_at, told_stale = 0.0, ""
    while not cancelled.is_set():
        for word in _heard(words):
            if word.stale is not None:
                stale[word.place] = word.stale
            if word.changes:
                facts.take(word.place[0], word.changes)
        now_stale = next((why for why in stale.values() if why), "")
        if monotonic() - told_at >= SECONDS_BETWEEN_NEWS and (facts.has_changed or now_stale != told_stale):
            touched = facts.touched
            tell(News(facts.snapshot(), touched, now_stale))
            told_at, told_stale = monotonic(), now_stale


def _heard(words: "SimpleQueue[_Word]") -> list[_Word]:
    """All that was told since; waits a moment for the first."""
    heard = []
    try:
        heard.append(words.get(timeout=_LOOK_EVERY))
        while True:
            heard.append(words.get_nowait())
    except Empty:
        return heard


class _Facts:
    """The Snapshot's lists by key while they change, and whom the changes since the last telling touch."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._lists: dict[str, dict[str, Any]] = {}
        self._changed: set[str] = set()
        self._touched: set[str] | None = set()

    @property
    def has_changed(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._changed)

    @property
    def touched(self) -> frozenset[str] | None:
        """The Services touched since the last telling."""
        return None if self._touched is None else frozenset(self._touched)

    def take(self, source: Source, changes: Changes) -> None:
        """Takes changes of one list."""
        field = KINDS[source].field
        if field not in self._lists:
            self._lists[field] = {item.metadata.key: item for item in getattr(self._snapshot, field)}
        held = self._lists[field]
        for key, (_, after) in changes.items():
            if after is None:
                held.pop(key, None)
            else:
                held[key] = after
        self._changed.add(field)
        touches = [_touched(source, item) for change in changes.values() for item in change if item is not None]
        if self._touched is not None:
            self._touched = None if None in touches else self._touched | {key for key in touches if key}

    def snapshot(self) -> Snapshot:
        """The Snapshot with everything taken so far; what was touched is forgotten."""
        fields: dict[str, Any] = {name: tuple(self._lists[name].values()) for name in self._changed}
        self._snapshot = replace(self._snapshot, **fields, taken_at=time())
        self._changed, self._touched = set(), set()
        return self._snapshot


def _touched(source: Source, item: Any) -> str | None:
    match source:
        case Source.SERVICES:
            return str(item.metadata.key)
        case Source.SLICES:
            return str(item.service_key)
    return None


def _held(snapshot: Snapshot, place: tuple[Source, str]) -> list[Any]:
    source, namespace = place
    held: tuple[Any, ...] = getattr(snapshot, KINDS[source].field)
    return [item for item in held if not namespace or item.metadata.namespace == namespace]
