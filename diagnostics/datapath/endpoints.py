"""The usable endpoints of an access, and the classes into which they fall seen from one Node."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from diagnostics.datapath.addresses import windows_nodes
from diagnostics.datapath.crossing import Arrival, Origin
from diagnostics.datapath.path import Access, EndpointGroup, Place, Wire
from diagnostics.datapath.topology import servers
from diagnostics.datapath.wire import exit_is_known, wires_between
from diagnostics.model.case import Backend, Case


@dataclass(frozen=True, slots=True)
class EndpointClass:
    """Endpoints that one Node treats alike: `wires` are the ways that packets to them may take.

    `deaf_to_dsr`: their Nodes report that they run no DSR. `unplaced` counts endpoints whose Node the slice does
    not name; they are taken as remote.
    """

    group: EndpointGroup
    target_port: int
    wires: tuple[Wire, ...]
    deaf_to_dsr: bool
    unplaced: int


class _Towards(NamedTuple):
    """What the Node of a remote Pod makes of the way to it."""

    deaf_to_dsr: bool
    on_windows: bool
    exit_unknown: bool
    wires: tuple[Wire, ...]


class _Kind(NamedTuple):
    """What makes endpoints alike; false sorts first."""

    is_other: bool
    is_remote: bool
    host_network: bool
    outside: bool
    way: _Towards


_HERE = _Towards(False, False, False, (Wire.SAME_NODE,))
_NO_POD = _Towards(False, False, False, (Wire.ROUTED,))


def usable(case: Case, access: Access) -> tuple[Backend, ...]:
    """The endpoints that an access may be sent to, whichever Node handles it: the ready ones, else the draining."""
    known = servers(case, access)
    return known.ready or known.draining


def classes(arrival: Arrival, backends: Iterable[Backend]) -> tuple[EndpointClass, ...]:
    """The candidates in classes: the client itself, local before remote, Pods before host network before outside."""
    found: dict[_Kind, list[Backend]] = {}
    remote: dict[str, _Towards] = {}
    for backend in backends:
        is_local = bool(backend.node) and backend.node == arrival.node
        is_self = arrival.origin is Origin.POD and backend.address == arrival.source
        if is_local:
            way = _HERE
        elif backend.host_network or backend.outside:
            way = _NO_POD
        else:
            way = remote.get(backend.node) or remote.setdefault(backend.node, _towards(arrival, backend.node))
        kind = _Kind(not is_self, not is_local, backend.host_network, backend.outside, way)
        found.setdefault(kind, []).append(backend)
    return tuple(_class(kind, found[kind]) for kind in sorted(found))


def _towards(arrival: Arrival, peer: str) -> _Towards:
    cluster, family = arrival.cluster, arrival.access.family
    running = cluster.running.get(peer)
    wires = wires_between(cluster, arrival.node, peer, family)
    on_windows = peer in windows_nodes(cluster)
    deaf = on_windows or (running is not None and running.dsr is False)
    exit_unknown = Wire.ROUTED in wires and not exit_is_known(cluster, arrival.node, peer, family)
    return _Towards(deaf, on_windows, exit_unknown, wires)


def _class(kind: _Kind, members: list[Backend]) -> EndpointClass:
    first = members[0]
    group = EndpointGroup(
        place=Place.REMOTE if kind.is_remote else Place.LOCAL,
        addresses=tuple(member.address for member in members),
        node=first.node if all(member.node == first.node for member in members) else "",
        host_network=kind.host_network,
        outside=kind.outside,
        on_windows=kind.way.on_windows,
        exit_known=not kind.way.exit_unknown,
    )
    unplaced = sum(not member.node and not member.outside for member in members)
    return EndpointClass(group, first.port, kind.way.wires, kind.way.deaf_to_dsr, unplaced)
