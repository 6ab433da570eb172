"""Follows what an overview holds and tells, a few times a second at most, the new Snapshot and whom it touches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic, time

from diagnostics.kube.follower import Follower
from diagnostics.kube.kinds import KINDS
from diagnostics.kube.news import Changes, Changing, News
from diagnostics.kube.replica import Replica
from diagnostics.kube.wire import Wire
from diagnostics.model.snapshot import Snapshot, Source

SECONDS_BETWEEN_NEWS = 0.1
ASLEEP_SECONDS = 10.0
"""By how much the clock may be ahead of what this process lived through before the machine must have slept."""
CONNECTING = "The connection is being made."
NOTHING = "No list was read from which changes could be followed."
_LOOK_EVERY = 0.05

Place = tuple[Source, str]
Versions = Mapping[Place, str]
"""The resourceVersion from which each list can be followed, by source and namespace (empty: the whole cluster)."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What one Follower told: changes, or (when `stale` is not None) whether it is true."""

    place: Place
    changes: Changes | None = None
    stale: str | None = None


def follow(wire: Wire, snapshot: Snapshot, versions: Versions, tell: Callable[[News], None], cancelled: Event) -> None:
    """Blocks until `cancelled` is set; `tell` is called in this thread, and new facts wait while it works."""
    if not versions:
        tell(News(snapshot, stale=NOTHING))
        return
    words: SimpleQueue[_Word] = SimpleQueue()
    followers = {
        place: Follower(
            wire,
            *place,
            Replica(_held(snapshot, place), version),
            lambda changes, place=place: words.put(_Word(place, changes)),  # type: ignore[misc]
            lambda why, place=place: words.put(_Word(place, stale=why)),  # type: ignore[misc]
        )
        for place, version in versions.items()
    }
    for follower in followers.values():
        Thread(target=follower.run, name="antrea-doctor watch", daemon=True).start()
    try:
        _tell_on(Changing(snapshot), words, followers, tell, cancelled)
    finally:
        for follower in followers.values():
            follower.stop()


def _tell_on(
    facts: Changing,
    words: "SimpleQueue[_Word]",
    followers: Mapping[Place, Follower],
    tell: Callable[[News], None],
    cancelled: Event,
) -> None:
    stale: dict[Place, str] = dict.fromkeys(followers, CONNECTING)
    told_at, told_stale, asleep = 0.0, CONNECTING, _slept()
    while not cancelled.is_set():
        for word in _heard(words):
            if word.stale is not None:
                stale[word.place] = word.stale
            if word.changes:
                facts.take(word.place[0], word.changes)
        if (now := _slept()) - asleep > ASLEEP_SECONDS:  # the server has long given up on us
            for follower in followers.values():
                follower.try_again()
        asleep = now
        now_stale = next((why for why in stale.values() if why), "")
        if monotonic() - told_at >= SECONDS_BETWEEN_NEWS and (facts.has_changed or now_stale != told_stale):
            true_at = min((followers[place].heard_at for place, why in stale.items() if why), default=time())
            tell(facts.news(now_stale, true_at))
            told_at, told_stale = monotonic(), now_stale


def _slept() -> float:
    """Grows only while the machine sleeps, or when its clock is set."""
    return time() - monotonic()


def _heard(words: "SimpleQueue[_Word]") -> list[_Word]:
    """All that was told since; waits a moment for the first."""
    heard = []
    try:
        heard.append(words.get(timeout=_LOOK_EVERY))
        while True:
            heard.append(words.get_nowait())
    except Empty:
        return heard


def _held(snapshot: Snapshot, place: Place) -> list[object]:
    source, namespace = place
    held: tuple[object, ...] = getattr(snapshot, KINDS[source].field)
    return [item for item in held if not namespace or item.metadata.namespace == namespace]  # type: ignore[attr-defined]
