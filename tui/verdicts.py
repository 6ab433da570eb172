"""The rows of all Services: worked out a slice at a time, and kept true as the cluster changes. Off the event loop."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic

from diagnostics.datapath.summary import ServiceSummary, outline, summarise
from diagnostics.kube.news import News
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Snapshot
from widgets.service_index import ServiceIndex

QUICKLY_DONE = 300
"""So many Services are worked out before the list is shown; of more, the list comes first and the verdicts follow."""
SECONDS_BETWEEN_GROUNDS = 5.0
"""Nodes, agents and DaemonSets are looked at anew so often at most, as every Service depends on them."""
_GROUNDS = ("nodes", "agent_infos", "daemon_sets")


@dataclass(frozen=True, slots=True)
class Display:
    """What the screens are to show.

    `touched` and `everything` say what is new, as in News; `is_asked` that it answers the operator. `stale` says why
    the cluster is not followed, empty when it is; None means that nobody follows it.
    """

    cluster: Cluster
    index: ServiceIndex
    touched: frozenset[str] = frozenset()
    everything: bool = False
    is_asked: bool = False
    stale: str | None = None


class Verdicts:
    """Rows of one cluster. One thread at a time works with it."""

    def __init__(self, cluster: Cluster, front_ends: Mapping[str, Arrives]) -> None:
        self._cluster, self._front_ends = cluster, front_ends
        services = cluster.snapshot.services
        is_quick = len(services) <= QUICKLY_DONE
        row = summarise if is_quick else outline
        self._index = ServiceIndex([row(Case(cluster, service)) for service in services])
        self._urgent: OrderedDict[str, None] = OrderedDict()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        if not is_quick:
            self._waiting.update(dict.fromkeys(self._index.keys))
        self._newest = cluster.snapshot
        self._grounds_changed, self._grounds_at = False, 0.0
        self._next = Display(cluster, self._index)
        self.has_news = False

    @property
    def display_now(self) -> Display:
        """The rows as they are now."""
        return Display(self._cluster, self._index, stale=self._next.stale)

    @property
    def waiting(self) -> int:
        """How many Services wait for their verdict."""
        return len(self._urgent) + len(self._waiting)

    def display(self) -> Display:
        """What is to be shown now; what is new is counted from here again."""
        now = self._next
        self._next, self.has_news = self.display_now, False
        return now

    def take(self, news: News) -> None:
        """Takes what has become of the cluster: what is touched is worked out first."""
        self._newest = news.snapshot.with_front_ends(self._front_ends)
        self._grounds_changed |= news.everything
        self._stand_on(self._newest)
        self._touch(news.touched, stale=news.stale)

    def tell_front_ends(self, front_ends: Mapping[str, Arrives], key: str) -> None:
        """Takes the operator's word on one Service."""
        self._front_ends = front_ends
        self._newest = self._newest.with_front_ends(front_ends)
        self._stand_on(self._newest)
        self._touch((key,), is_asked=True)

    def work(self, seconds: float) -> None:
        """Works out what waits, what was touched first, for so long."""
        ends_at = monotonic() + seconds
        if self._grounds_changed and monotonic() >= self._grounds_at:
            self._turn()
        known, rows = self._cluster.snapshot.service_by_key, dict[str, ServiceSummary | None]()
        while self.waiting and monotonic() < ends_at:
            key, _ = (self._urgent or self._waiting).popitem(last=False)
            rows[key] = summarise(Case(self._cluster, known[key])) if key in known else None
        if rows:
            self._index = self._index.with_rows(rows)
            self._say()

    def _turn(self) -> None:
        """All Services stand on newer ground; those that still wait keep their turn."""
        self._grounds_changed, self._grounds_at = False, monotonic() + SECONDS_BETWEEN_GROUNDS
        self._cluster = Cluster(self._newest)
        for key in self._newest.service_by_key:
            self._waiting.setdefault(key)
        self._say(everything=True)

    def _stand_on(self, snapshot: Snapshot) -> None:
        """A newer Snapshot, on the old ground as long as it is too early for the new one."""
        if self._grounds_changed:
            snapshot = snapshot.changed(**{name: getattr(self._cluster.snapshot, name) for name in _GROUNDS})
        self._cluster = self._cluster.with_services_of(snapshot)

    def _touch(self, keys: Iterable[str], *, is_asked: bool = False, stale: str | None = None) -> None:
        touched = frozenset(keys)
        self._urgent.update(dict.fromkeys(touched))
        self._say(touched, is_asked=is_asked, stale=stale)

    def _say(
        self,
        touched: frozenset[str] = frozenset(),
        *,
        everything: bool = False,
        is_asked: bool = False,
        stale: str | None = None,
    ) -> None:
        before = self._next
        self._next = Display(
            self._cluster,
            self._index,
            before.touched | touched,
            before.everything or everything,
            before.is_asked or is_asked,
            before.stale if stale is None else stale,
        )
        self.has_news = True
