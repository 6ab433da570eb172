"""Facts of the whole cluster derived once from a Snapshot, and kept while what they stand on stays."""

import ipaddress
from collections.abc import Callable
from functools import cached_property
from socket import AF_INET, AF_INET6, inet_pton
from typing import TypeVar, cast

from diagnostics.model.antrea import Antrea, Running, find_antrea, running_on
from diagnostics.model.kube_proxy import KubeProxy, find_kube_proxy
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.transport import tells_transport, transport_address
from diagnostics.model.workload import Node

Answer = TypeVar("Answer")


class Cluster:
    """Facts of the whole cluster derived once from a Snapshot and shared by all its Cases."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def with_services_of(self, snapshot: Snapshot) -> "Cluster":
        """The Cluster of a Snapshot that differs in Services and EndpointSlices only: what stands on the rest stays."""
        newer = Cluster(snapshot)
        kept = {name: value for name, value in vars(self).items() if name not in ("snapshot", "_answers")}
        vars(newer).update(kept)
        return newer

    @cached_property
    def antrea(self) -> Antrea:
        """Antrea, as wanted and as running."""
        return find_antrea(self.snapshot)

    @cached_property
    def kube_proxy(self) -> KubeProxy:
        """kube-proxy, as far as the API tells."""
        return find_kube_proxy(self.snapshot)

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Nodes by name."""
        return self.snapshot.node_by_name

    @cached_property
    def node_of_ip(self) -> dict[str, str]:
        """Node name by each of its addresses."""
        return {entry.address: node.metadata.name for node in self.snapshot.nodes for entry in node.status.addresses}

    @cached_property
    def running(self) -> dict[str, Running]:
        """What each Node's agent reports as running."""
        return {name: running_on(self.snapshot, name) for name in self.nodes}

    def node_ip(self, name: str, family: int = 4) -> str:
        """The InternalIP of a Node in a family (4 or 6); empty when it has none."""
        node = self.nodes.get(name)
        return _first_of_family(node.internal_ips, family) if node else ""

    def transport_ip(self, name: str, family: int = 4) -> str:
        """The address by which a Node exchanges Pod traffic with other Nodes; empty when that is not told."""
        if not self.tells_transport:
            return self.node_ip(name, family)
        known = self._transport_ips.get((name, family))
        if known is None:
            node, info = self.nodes.get(name), self.snapshot.agent_info_by_node.get(name)
            known = transport_address(node, info, self.antrea.config, family) if node else ""
            self._transport_ips[name, family] = known
        return known

    @cached_property
    def tells_transport(self) -> bool:
        """Whether a transport address may be another one than the InternalIP."""
        return tells_transport(self.snapshot.nodes, self.snapshot.agent_infos, self.antrea.config)

    @cached_property
    def _transport_ips(self) -> dict[tuple[str, int], str]:
        return {}

    def gateway_ip(self, name: str, family: int = 4) -> str:
        """Address of `antrea-gw0`: first host of the Node's podCIDR, or the transport one in networkPolicyOnly.

        antrea:pkg/agent/agent.go allocateGatewayAddresses. Empty when the API does not tell the podCIDR.
        """
        known = self._gateway_ips.get((name, family))
        if known is None:
            known = self._gateway_ips[name, family] = self._gateway_ip(name, family)
        return known

    @cached_property
    def _gateway_ips(self) -> dict[tuple[str, int], str]:
        return {}

    def _gateway_ip(self, name: str, family: int) -> str:
        config = self.antrea.config
        if config and config.encap_mode == "networkpolicyonly":
            return self.transport_ip(name, family)
        node = self.nodes.get(name)
        info = self.snapshot.agent_info_by_node.get(name)
        cidrs = (node.pod_cidrs if node else ()) or tuple(info.node_subnets if info else ())
        for cidr in cidrs:
            try:
                network = ipaddress.ip_network(cidr, strict=False)
            except ValueError:
                continue
            if network.version == family:
                return str(network.network_address + 1)
        return ""

    @cached_property
    def _pod_networks(self) -> dict[tuple[int, int], set[int]]:
        """First addresses of the podCIDRs by family and shift, so that asking for an address needs no walk."""
        cidrs = {cidr for node in self.snapshot.nodes for cidr in node.pod_cidrs}
        cidrs |= {cidr for info in self.snapshot.agent_infos for cidr in info.node_subnets}
        found: dict[tuple[int, int], set[int]] = {}
        for cidr in cidrs:
            address, _, length = cidr.partition("/")
            try:
                version, number = _number(address)
                shift = _BITS[version] - int(length)
                found.setdefault((version, shift), set()).add(number >> shift)
            except (OSError, ValueError):
                continue
        return found

    def is_outside(self, address: str) -> bool:
        """Whether no Node and no podCIDR owns the address; false when no podCIDR is known."""
        if not self._pod_networks or address in self.node_of_ip:
            return False
        try:
            family, number = _number(address)
        except OSError:
            return True
        return not any(
            version == family and number >> shift in networks
            for (version, shift), networks in self._pod_networks.items()
        )

    @cached_property
    def _answers(self) -> dict[object, object]:
        return {}

    def once(self, question: "Callable[[Cluster], Answer]") -> Answer:
        """The answer of a pure function of this Cluster, computed at the first asking."""
        if question not in self._answers:
            self._answers[question] = question(self)
        return cast(Answer, self._answers[question])

    @cached_property
    def _answers_of_nodes(self) -> dict[object, object]:
        return {}

    def once_of_nodes(self, question: "Callable[[Cluster], Answer]") -> Answer:
        """The same for a question that looks at no Service and no EndpointSlice: its answer outlives their changes."""
        if question not in self._answers_of_nodes:
            self._answers_of_nodes[question] = question(self)
        return cast(Answer, self._answers_of_nodes[question])


_BITS = {4: 32, 6: 128}


def _number(address: str) -> tuple[int, int]:
    """Family and value of an address; ten times faster than `ipaddress`. Raises OSError when it is none."""
    if ":" in address:
        return 6, int.from_bytes(inet_pton(AF_INET6, address), "big")
    return 4, int.from_bytes(inet_pton(AF_INET, address), "big")


def _first_of_family(addresses: tuple[str, ...], family: int) -> str:
    for address in addresses:
        if (":" in address) == (family == 6):
            return address
    return ""
