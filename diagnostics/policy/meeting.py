"""Which rules a source meets: all addresses between the same ends of ranges meet the same ones, so few are asked."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from diagnostics.model.case import Case
from diagnostics.policy.applied_rule import AppliedRule
from diagnostics.policy.ranges import AddressSet, Interval, cells, number_of
from diagnostics.policy.rules import rules_on
from diagnostics.policy.sources import SourceAddress

Met = tuple[AppliedRule, ...]


class Meetings:
    """Rules by the addresses that they name. A rule that names more than addresses is met by every source."""

    def __init__(self, rules: Sequence[AppliedRule]) -> None:
        self._rules: Met = tuple(rules)
        self._open = frozenset(at for at, rule in enumerate(self._rules) if _is_open(rule))
        self._cells: dict[int, tuple[Interval, ...]] = {}
        self._starts: dict[int, list[int]] = {}
        self._known: dict[tuple[int, int], Met] = {}
        self._shared: dict[frozenset[int], Met] = {}

    def of(self, source: SourceAddress) -> Met:
        """Rules that may mean the source, in their order.

        Addresses that rules cannot tell apart get one and the same tuple.
        """
        number = number_of(source.address)
        if number is None:
            return self._rules
        family, address = number
        at = bisect_right(self._boundaries(family), address) - 1
        if (family, at) not in self._known:
            named = (place for place, rule in enumerate(self._rules) if _holds(rule.sources.addresses, family, address))
            self._known[family, at] = self._met(frozenset(named))
        return self._known[family, at]

    def by_cell(self, family: int) -> Iterator[tuple[Interval, Met]]:
        """All addresses of a family, cell by cell, each with the rules that it may meet."""
        begin: dict[int, list[int]] = {}
        end: dict[int, list[int]] = {}
        for place, rule in enumerate(self._rules):
            for first, last in rule.sources.addresses.family(family):
                begin.setdefault(first, []).append(place)
                end.setdefault(last + 1, []).append(place)
        active: set[int] = set()
        self._boundaries(family)
        for cell in self._cells[family]:
            active.difference_update(end.get(cell[0], ()))
            active.update(begin.get(cell[0], ()))
            yield cell, self._met(frozenset(active))

    def _boundaries(self, family: int) -> list[int]:
        if family not in self._starts:
            self._cells[family] = cells((rule.sources.addresses for rule in self._rules), family)
            self._starts[family] = [first for first, _ in self._cells[family]]
        return self._starts[family]

    def _met(self, named: frozenset[int]) -> Met:
        """One tuple for each set of rules that name the address: an open rule may mean it for that or not."""
        if named not in self._shared:
            self._shared[named] = tuple(self._rules[place] for place in sorted(self._open | named))
        return self._shared[named]


def meetings(case: Case) -> Meetings:
    """The meetings of all rules on a Service; ask with `case.once(meetings)`."""
    return Meetings(case.once(rules_on))


def _is_open(rule: AppliedRule) -> bool:
    return bool(rule.any_source or rule.selects_pods or rule.unknown_peers)


def _holds(addresses: AddressSet, family: int, number: int) -> bool:
    intervals = addresses.family(family)
    at = bisect_right(intervals, number, key=lambda interval: interval[0]) - 1
    return at >= 0 and number <= intervals[at][1]
