"""The Services of a cluster ready to be filtered and sorted at every key: what can be prepared is prepared once.

Made off the event loop, as ten thousand Services take some 50 ms; a filter then takes a few.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from diagnostics.datapath.path import Keeping
from diagnostics.datapath.summary import ServiceSummary
from widgets.filtering import Searchable, tests_of

_ORDER = {
    keeping: rank
    for rank, keeping in enumerate(
        (
            Keeping.UNREACHABLE,
            Keeping.NEVER,
            Keeping.SOMETIMES,
            Keeping.CANNOT_TELL,
            Keeping.KEEPS,
            Keeping.NOT_EXPOSED,
            None,
        )
    )
}
_SHORT_TYPES = {"LoadBalancer": "lb", "NodePort": "np"}

FEW = 50
"""Changes that are put in place one by one."""

Entry = tuple[ServiceSummary, Searchable]

_RANKS: dict[str, Callable[[ServiceSummary], Any]] = {
    "verdict": lambda row: _ORDER[row.keeping],
    "name": lambda row: row.key,
    "type": lambda row: row.type,
    "endpoints": lambda row: row.endpoints,
}
"""What each order looks at before it looks at the name; no two Services have the same."""
SORTS = tuple(_RANKS)


class ServiceIndex:
    """Rows by order, each with what a filter looks at.

    Fields of the filter are `risk` (or `verdict`), `type` (lb and np for short), `ns` (or `namespace`) and `policy`.
    `before` is an older index of the same cluster: what it knows of unchanged rows is taken over.
    """

    def __init__(self, rows: Sequence[ServiceSummary] = (), before: "ServiceIndex | None" = None) -> None:
        known = before._entries if before else {}
        entries = (known.get(row.key) for row in rows)
        self._entries: dict[str, Entry] = {
            row.key: entry if entry and entry[0] == row else (row, _searchable(row))
            for row, entry in zip(rows, entries)
        }
        by_name = sorted(self._entries.values(), key=lambda entry: entry[0].key)  # sorting is stable
        self._sorted = {name: sorted(by_name, key=lambda entry: rank(entry[0])) for name, rank in _RANKS.items()}
        self.keepings, self.namespaces = _keepings(rows), _namespaces(rows)
        self._asked: tuple[str, str] = ("", "")
        self._found: list[Entry] = []

    def with_rows(self, rows: Mapping[str, ServiceSummary | None]) -> "ServiceIndex":
        """The index with these rows instead of those of the same keys; None takes a row out.

        A few among thousands are put in place, which takes a hundredth of the time of sorting all.
        """
        fresh = {key: row for key, row in rows.items() if row != self._row(key)}
        if not fresh:
            return self
        newer = ServiceIndex()
        newer._entries = {key: entry for key, entry in self._entries.items() if key not in fresh or fresh[key]}
        newer._entries |= {key: (row, _searchable(row)) for key, row in fresh.items() if row}
        if len(fresh) > FEW:
            return ServiceIndex([row for row, _ in newer._entries.values()], newer)
        newer._sorted = {name: list(entries) for name, entries in self._sorted.items()}
        for name, entries in newer._sorted.items():
            key_of = partial(_place, _RANKS[name])
            for key in fresh:
                if old := self._entries.get(key):
                    del entries[bisect_left(entries, key_of(old), key=key_of)]
                if new := newer._entries.get(key):
                    insort(entries, new, key=key_of)
        gone, come = [row for key in fresh if (row := self._row(key))], [row for row in fresh.values() if row]
        newer.keepings = self.keepings + _keepings(come) - _keepings(gone)  # names that nobody has any more drop out
        newer.namespaces = self.namespaces + _namespaces(come) - _namespaces(gone)
        return newer

    def _row(self, key: str) -> ServiceSummary | None:
        entry = self._entries.get(key)
        return entry[0] if entry else None

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def rows(self) -> tuple[ServiceSummary, ...]:
        """All Services by name."""
        return tuple(row for row, _ in self._sorted["name"])

    @property
    def keys(self) -> tuple[str, ...]:
        """`namespace/name` of all Services, in order."""
        return tuple(row.key for row, _ in self._sorted["name"])

    def arranged(self, sort: str, filter_text: str) -> list[ServiceSummary]:
        """The rows that match all words of a filter, sorted. A longer filter looks only at what the last one left."""
        tests = tests_of(filter_text)
        before_sort, before_text = self._asked
        narrows = sort == before_sort and before_text and _narrows(before_text, filter_text)
        entries = self._found if narrows else self._sorted[sort]
        for matches in tests:
            entries = [entry for entry in entries if matches(entry[1])]
        self._asked, self._found = (sort, filter_text), entries
        return [row for row, _ in entries]


def _place(rank: Callable[[ServiceSummary], Any], entry: Entry) -> tuple[Any, str]:
    return rank(entry[0]), entry[0].key


def _keepings(rows: Iterable[ServiceSummary]) -> Counter[Keeping]:
    return Counter(row.keeping for row in rows if row.keeping)


def _namespaces(rows: Iterable[ServiceSummary]) -> Counter[str]:
    return Counter(row.key.partition("/")[0] for row in rows)


def _narrows(before: str, now: str) -> bool:
    """Whether `now` can only match what `before` matched: letters were added to plain words."""
    return now.startswith(before) and not any(sign in now for sign in "=:~")


def _searchable(row: ServiceSummary) -> Searchable:
    verdict = (row.keeping.value,) if row.keeping else ()
    namespace = (row.key.partition("/")[0],)
    fields = {
        "risk": verdict,
        "verdict": verdict,
        "type": (row.type, _SHORT_TYPES.get(row.type, "")),
        "ns": namespace,
        "namespace": namespace,
        "policy": (row.policy,),
    }
    text = f"{row.key} {row.type} {row.policy} {row.keeping or ''} {' '.join(row.addresses)}"
    return Searchable.of(fields, text, row.key)
