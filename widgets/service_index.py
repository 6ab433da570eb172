"""The Services of a cluster ready to be filtered and sorted at every key: what can be prepared is prepared once.

Made off the event loop, as ten thousand Services take some 50 ms; a filter then takes a few.
"""

from collections import Counter
from collections.abc import Sequence

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
SORTS = ("verdict", "name", "type", "endpoints")

Entry = tuple[ServiceSummary, Searchable]


class ServiceIndex:
    """Rows by order, each with what a filter looks at.

    Fields of the filter are `risk` (or `verdict`), `type` (lb and np for short), `ns` (or `namespace`) and `policy`.
    `before` is an older index of the same cluster: what it knows of unchanged rows is taken over.
    """

    def __init__(self, rows: Sequence[ServiceSummary] = (), before: "ServiceIndex | None" = None) -> None:
        known = before._entries if before else {}
        self._entries: dict[str, Entry] = {}
        for row in rows:
            entry = known.get(row.key)
            self._entries[row.key] = entry if entry and entry[0] == row else (row, _searchable(row))
        entries = sorted(self._entries.values(), key=lambda entry: entry[0].key)
        self._sorted: dict[str, list[Entry]] = {"name": entries}  # sorting is stable, so that names order the rest
        self._sorted["verdict"] = sorted(entries, key=lambda entry: _ORDER[entry[0].keeping])
        self._sorted["type"] = sorted(entries, key=lambda entry: entry[0].type)
        self._sorted["endpoints"] = sorted(entries, key=lambda entry: entry[0].endpoints)
        self.keepings = Counter(row.keeping for row in rows if row.keeping)
        self.namespaces = Counter(row.key.partition("/")[0] for row in rows)
        self._asked: tuple[str, str] = ("", "")
        self._found: list[Entry] = []

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
