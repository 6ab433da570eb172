"""The client ranges that the operator wants to stay allowed: read, put right where that is safe, else asked again."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from diagnostics.model.text import one_line
from diagnostics.policy.ranges import AddressSet

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator's words mean.

    `addresses` is all of it, `notes` say what was read differently than written, `problems` what cannot be read,
    `refused` what would make the filter useless.
    """

    addresses: AddressSet
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def troubles(self) -> tuple[str, ...]:
        """Everything that keeps these words from being used."""
        return (*self.problems, *self.refused)


def read_ranges(texts: Iterable[str]) -> Allowed:
    """Addresses and CIDRs of both families, as text. Single addresses become /32 or /128, host bits are dropped."""
    networks: list[str] = []
    notes, problems = [], []
    for text in texts:
        written = text.strip()
        try:
            network = ipaddress.ip_network(written, strict=False)
        except ValueError:
            problems.append(_what_is_wrong(written))
            continue
        if "%" in written:
            problems.append(f"{one_line(text)} names an interface: leave out what follows the % sign.")
            continue
        if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped is not None:
            problems.append(f"{network} is an IPv4 range in IPv6 clothing: write it as IPv4.")
            continue
        networks.append(str(network))
        if "/" in written and str(network) != written.lower():
            notes.append(f"{one_line(text)} was read as {network}.")
    addresses = AddressSet.of(networks)
    refused = tuple(
        f"{everybody} would allow every {name} client, and the policy would filter nothing. Name the clients."
        for family, everybody, name in ((4, "0.0.0.0/0", "IPv4"), (6, "::/0", "IPv6"))
        if addresses.covers_family(family)
    )
    return Allowed(addresses, tuple(notes), tuple(problems), refused)


def _what_is_wrong(text: str) -> str:
    shown = one_line(text)[:60] or "An empty text"
    address, slash, length = text.partition("/")
    try:
        family = ipaddress.ip_address(address).version
    except ValueError:
        if shown and all(part.isdigit() for part in address.split(".")) and address.count(".") == 3:
            return f"{shown} is not an IPv4 address: each of the four numbers is 0 to 255, without leading zeros."
        return f"{shown} is not an address or range such as 203.0.113.0/24, 203.0.113.7 or 2001:db8::/48."
    longest = 32 if family == 4 else 128
    return f"{shown} has the prefix length {one_line(length) or 'nothing'}{slash and ''}: it must be 0 to {longest}."
