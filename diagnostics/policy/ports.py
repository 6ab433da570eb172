"""The ports of a rule, compared with the port that the Pod listens on.

Ports of rules applied to Pods match the target port after DNAT, never the NodePort or the Service's port
(antrea:docs/antrea-network-policy.md, pipeline order).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagnostics.model.policies import PolicyPort
from diagnostics.model.upstream_policies import AdminPort, Protocol, UpstreamRule

ContainerPorts = Mapping[tuple[str, str], int]
"""Port number by (name, protocol) of the ports that a Pod's containers name."""


@dataclass(frozen=True, slots=True)
class PortRange:
    """One entry of `ports`: a protocol with all its ports, a range of numbers, or a container port's name.

    An empty protocol means any: so are named ports in policies of policy.networking.k8s.io.
    """

    protocol: str
    first: int = 0
    last: int = 65535
    name: str = ""
    source_ports: bool = False

    def matches(self, port: int, protocol: str, named: ContainerPorts | None) -> bool | None:
        """Whether it matches; None when the Pod's named ports are not known or the client's port decides.

        A name that the Pod does not have matches no port (antrea:pkg/agent/controller/networkpolicy/
        pod_reconciler.go filterUnresolvablePort).
        """
        if self.protocol not in ("", protocol):
            return False
        if self.name:
            if named is None:
                return None
            fits = named.get((self.name, protocol)) == port
        else:
            fits = self.first <= port <= self.last
        return None if fits and self.source_ports else fits

    def __str__(self) -> str:
        if self.name:
            return f"{self.name}/{self.protocol}".rstrip("/")
        if (self.first, self.last) == (0, 65535):
            return f"every {self.protocol} port"
        numbers = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{numbers}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class Ports:
    """All ports of a rule. `every` is true when the rule names neither ports nor protocols."""

    ranges: tuple[PortRange, ...] = ()
    every: bool = False

    def matches(self, port: int, protocol: str, named: ContainerPorts | None) -> bool | None:
        """Whether a connection to this port of a Pod is meant; None when it cannot be told."""
        if self.every:
            return True
        answers = [entry.matches(port, protocol, named) for entry in self.ranges]
        if True in answers:
            return True
        return None if None in answers else False

    def __str__(self) -> str:
        return "every port" if self.every else ", ".join(map(str, self.ranges)) or "no TCP, UDP or SCTP port"


def ports_of(ports: Sequence[PolicyPort], other_protocols: bool = False) -> Ports:
    """The ports of a rule; `other_protocols` says that it names ICMP or IGMP, and then no ports means none."""
    return Ports(tuple(_range(port) for port in ports), every=not ports and not other_protocols)


def ports_of_upstream(rule: UpstreamRule) -> Ports:
    """The ports of a rule of policy.networking.k8s.io (antrea:pkg/controller/networkpolicy/clusternetworkpolicy.go)."""
    ranges = (*map(_admin_port, rule.ports), *map(_protocol, rule.protocols))
    return Ports(ranges, every=not ranges)


def _admin_port(port: AdminPort) -> PortRange:
    if port.port_number is not None:
        return PortRange(port.port_number.protocol, port.port_number.port, port.port_number.port)
    if port.port_range is not None:
        return PortRange(port.port_range.protocol, port.port_range.start, port.port_range.end)
    return PortRange("", name=port.named_port)


def _protocol(entry: Protocol) -> PortRange:
    if entry.destination_named_port:
        return PortRange("", name=entry.destination_named_port)
    for protocol, transport in (("TCP", entry.tcp), ("UDP", entry.udp), ("SCTP", entry.sctp)):
        if transport is not None:
            port = transport.destination_port
            if port is None:
                return PortRange(protocol)
            if port.range is not None:
                return PortRange(protocol, port.range.start, port.range.end)
            return PortRange(protocol, port.number, port.number)
    return PortRange("")


def _range(port: PolicyPort) -> PortRange:
    by_source = port.source_port is not None
    match port.port:
        case str() as name if name:
            return PortRange(port.protocol, name=name, source_ports=by_source)
        case int() as number if number:
            return PortRange(port.protocol, number, port.end_port or number, source_ports=by_source)
    return PortRange(port.protocol, source_ports=by_source)
