"""Who gets in after a change and did not before, and the other way round: whole ranges, access by access."""

from dataclasses import dataclass

from diagnostics.datapath.access import endpoint_text
from diagnostics.datapath.path import Access
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.policy.admitted import admitted
from diagnostics.policy.alike import Entries
from diagnostics.policy.own_ranges import own_ranges
from diagnostics.policy.ranges import AddressSet

_NAMED = 3
_NOBODY = AddressSet()


@dataclass(frozen=True, slots=True)
class AdmissionChange:
    """Clients outside who fare differently by one access through ingress Nodes that change alike.

    `opens` reach some endpoint that they did not reach before through these Nodes; `shuts` reached one and do not any
    more. `perhaps` may get in newly: what is known does not tell.
    """

    access: Access
    nodes: tuple[str, ...]
    opens: AddressSet
    shuts: AddressSet
    perhaps: AddressSet

    @property
    def sentence(self) -> str:
        """For a person, such as `NodePort 30001 through node-b: newly admits 10.0.0.0/8.`"""
        access = self.access
        at = endpoint_text(access.address, access.port) if access.address else str(access.port)
        nodes = ", ".join(self.nodes) if len(self.nodes) <= _NAMED else f"{len(self.nodes)} Nodes"
        told = (
            ("newly admits", self.opens),
            ("may newly admit", self.perhaps),
            ("no longer admits", self.shuts),
        )
        family = access.family
        parts = [f"{words} {_said(clients, family)}" for words, clients in told if clients]
        return f"{access.kind.value} {at} through {nodes}: {'; '.join(parts)}."


def admission_changes(today: Case, then: Case) -> tuple[AdmissionChange, ...]:
    """The differences between two states of one Service; empty where exactly the same clients outside get in."""
    before, after = _by_way(today), _by_way(then)
    inside = today.cluster.once(own_ranges) | then.cluster.once(own_ranges)
    alike: dict[tuple[Access, AddressSet, AddressSet, AddressSet], list[str]] = {}
    for way in dict.fromkeys((*before, *after)):
        was, will = before.get(way, _Way()), after.get(way, _Way())
        opens = will.some - was.some - was.perhaps - inside
        perhaps = will.perhaps - was.some - was.perhaps - inside
        shuts = was.some - will.some - will.perhaps - inside
        if opens or shuts or perhaps:
            access, node = way
            alike.setdefault((access, opens, shuts, perhaps), []).append(node)
    return tuple(
        AdmissionChange(access, tuple(nodes), opens, shuts, perhaps)
        for (access, opens, shuts, perhaps), nodes in alike.items()
    )


@dataclass(slots=True)
class _Way:
    """By one access through one Node: clients who reach some endpoint, and of whom that cannot be told."""

    some: AddressSet = _NOBODY
    perhaps: AddressSet = _NOBODY


def _by_way(case: Case) -> dict[tuple[Access, str], _Way]:
    found: dict[tuple[Access, str], _Way] = {}
    for path in case.once(external_paths):
        for entry in case.once(Entries(path)):
            clients = admitted(case, entry.path)
            if clients is None:
                continue
            some, perhaps = clients.let_in | clients.sometimes, clients.undecided
            for node in entry.nodes:
                way = found.setdefault((path.access, node), _Way())
                way.some |= some
                way.perhaps |= perhaps
    return found


def _said(clients: AddressSet, family: int) -> str:
    """The ranges, or what is left out where that is shorter."""
    everybody = AddressSet.everything()
    left_out = AddressSet.of_intervals(family, (everybody - clients).family(family))
    if len(left_out.cidrs) < len(clients.cidrs):
        return f"everybody but {left_out}" if left_out else "everybody"
    return str(clients)
