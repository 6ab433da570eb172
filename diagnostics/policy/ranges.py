"""Sets of IP addresses as sorted, disjoint intervals: exact answers for whole ranges instead of samples."""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

Interval = tuple[int, int]
_LAST = {4: 2**32 - 1, 6: 2**128 - 1}


class RangeError(ValueError):
    """The text is neither an address nor a CIDR; the message says which text."""


@dataclass(frozen=True, slots=True)
class AddressSet:
    """A set of IPv4 and IPv6 addresses.

    `v4` and `v6` are inclusive intervals of address numbers, sorted, disjoint and not touching, so that equal sets
    are equal values. Build it with `nothing`, `everything`, `of` or the operators, never from loose intervals.
    """

    v4: tuple[Interval, ...] = ()
    v6: tuple[Interval, ...] = ()

    @classmethod
    def nothing(cls) -> "AddressSet":
        """The empty set."""
        return cls()

    @classmethod
    def everything(cls) -> "AddressSet":
        """Every address of both families."""
        return cls(((0, _LAST[4]),), ((0, _LAST[6]),))

    @classmethod
    def of(cls, ranges: Iterable[str], excluded: Iterable[str] = ()) -> "AddressSet":
        """The addresses of these addresses or CIDRs without the excluded ones. Raises RangeError.

        Host bits may be set, as Antrea and Kubernetes accept them.
        """
        wanted = cls._union_of(ranges)
        holes = cls._union_of(excluded)
        return wanted - holes

    @classmethod
    def of_intervals(cls, version: int, intervals: Iterable[Interval]) -> "AddressSet":
        """The set of inclusive intervals of address numbers of one family, in any order."""
        joined = _joined(list(intervals))
        return cls(v4=joined) if version == 4 else cls(v6=joined)

    @classmethod
    def _union_of(cls, ranges: Iterable[str]) -> "AddressSet":
        found: dict[int, list[Interval]] = {4: [], 6: []}
        for text in ranges:
            version, interval = parse_range(text)
            found[version].append(interval)
        return cls(_joined(found[4]), _joined(found[6]))

    def __or__(self, other: "AddressSet") -> "AddressSet":
        return AddressSet(_joined([*self.v4, *other.v4]), _joined([*self.v6, *other.v6]))

    def __and__(self, other: "AddressSet") -> "AddressSet":
        return AddressSet(_common(self.v4, other.v4), _common(self.v6, other.v6))

    def __sub__(self, other: "AddressSet") -> "AddressSet":
        return AddressSet(_without(self.v4, other.v4), _without(self.v6, other.v6))

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __contains__(self, address: object) -> bool:
        """Whether an address, given as text, is in the set; text that is no address is in no set."""
        known = number_of(str(address))
        if known is None:
            return False
        version, number = known
        intervals = self.family(version)
        at = bisect_right(intervals, (number, _LAST[6])) - 1
        return at >= 0 and intervals[at][0] <= number <= intervals[at][1]

    def __le__(self, other: "AddressSet") -> bool:
        """Whether every address of this set is in the other."""
        return not (self - other)

    def family(self, version: int) -> tuple[Interval, ...]:
        """The intervals of family 4 or 6."""
        return self.v4 if version == 4 else self.v6

    def covers_family(self, version: int) -> bool:
        """Whether every address of family 4 or 6 is in the set, as with `0.0.0.0/0` or `::/0`."""
        return self.family(version) == ((0, _LAST[version]),)

    @property
    def cidrs(self) -> tuple[str, ...]:
        """The fewest CIDRs that make up the set, IPv4 first."""
        return tuple(text for version in _LAST for part in self.family(version) for text in _cidrs_of(version, part))

    def __str__(self) -> str:
        return ", ".join(self.cidrs) or "no address"


def cells(sets: Iterable[AddressSet], version: int) -> tuple[Interval, ...]:
    """One family cut wherever one of the sets begins or ends: addresses of a cell are in the same sets."""
    starts = {0}
    for addresses in sets:
        for first, last in addresses.family(version):
            starts |= {first, last + 1}
    ordered = sorted(start for start in starts if start <= _LAST[version])
    ends = [*(start - 1 for start in ordered[1:]), _LAST[version]]
    return tuple(zip(ordered, ends, strict=True))


@lru_cache(maxsize=65536)
def number_of(address: str) -> tuple[int, int] | None:
    """Family and number of an address; None for text that is no address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    return ip.version, int(ip)


@lru_cache(maxsize=65536)
def _cidrs_of(version: int, interval: Interval) -> tuple[str, ...]:
    """The CIDRs that make up an interval; what lies between the ranges of a cluster is asked for again and again."""
    if version == 4:
        ends = map(ipaddress.IPv4Address, interval)
        return tuple(map(str, ipaddress.summarize_address_range(*ends)))
    ends6 = map(ipaddress.IPv6Address, interval)
    return tuple(map(str, ipaddress.summarize_address_range(*ends6)))


def address_text(version: int, number: int) -> str:
    """An address number of family 4 or 6 as text."""
    return str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))


@lru_cache(maxsize=65536)
def parse_range(text: str) -> tuple[int, Interval]:
    """Family and first and last address number of an address or CIDR. Raises RangeError."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise RangeError(f"{text!r} is neither an address nor a CIDR.") from error
    return network.version, (int(network.network_address), int(network.broadcast_address))


def _joined(intervals: list[Interval]) -> tuple[Interval, ...]:
    joined: list[Interval] = []
    for first, last in sorted(intervals):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def _common(one: tuple[Interval, ...], other: tuple[Interval, ...]) -> tuple[Interval, ...]:
    if not one or not other:
        return ()
    found: list[Interval] = []
    i, j = _first_from(one, other[0][0]), _first_from(other, one[0][0])
    while i < len(one) and j < len(other):
        first, last = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if first <= last:
            found.append((first, last))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def _first_from(intervals: tuple[Interval, ...], number: int) -> int:
    """The place of the interval that holds the number, or of the one before the next."""
    return max(0, bisect_right(intervals, (number, _LAST[6])) - 1)


def _without(one: tuple[Interval, ...], holes: tuple[Interval, ...]) -> tuple[Interval, ...]:
    found: list[Interval] = []
    j = 0
    for first, last in one:
        while j < len(holes) and holes[j][1] < first:
            j += 1
        at, k = first, j
        while k < len(holes) and holes[k][0] <= last:
            if at < holes[k][0]:
                found.append((at, holes[k][0] - 1))
            at = max(at, holes[k][1] + 1)
            k += 1
        if at <= last:
            found.append((at, last))
    return tuple(found)
