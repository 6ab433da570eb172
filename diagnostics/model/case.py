"""One Service within one Snapshot: the object that checks question."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from socket import AF_INET, AF_INET6, inet_pton
from typing import TypeVar, cast

from diagnostics.model.antrea import Antrea, Running, find_antrea, running_on
from diagnostics.model.kube_proxy import KubeProxy, find_kube_proxy
from diagnostics.model.service import Endpoint, Service, ServicePort
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.transport import tells_transport, transport_address
from diagnostics.model.workload import Node

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Backend:
    """A usable endpoint of one Service port.

    `address` is the endpoint's IP, `port` the port it listens on. `node` is empty when the slice names none.
    `host_network` is true when the address belongs to a Node; `outside` when no Node and no podCIDR owns it.
    `draining`: not ready, but still serving while it terminates. `for_zones` and `for_nodes` are its topology hints.
    """

    address: str
    port: int
    node: str
    pod: str = ""
    host_network: bool = False
    outside: bool = False
    draining: bool = False
    for_zones: tuple[str, ...] = ()
    for_nodes: tuple[str, ...] = ()


class Cluster:
    """Facts of the whole cluster derived once from a Snapshot and shared by all its Cases."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

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


@dataclass(frozen=True)
class Case:
    """One Service within one Snapshot. Build it with `Case.of`; share the Cluster between Cases."""

    cluster: Cluster
    service: Service

    @classmethod
    def of(cls, snapshot: Snapshot, key: str, cluster: Cluster | None = None) -> "Case":
        """The Case of `namespace/name`. Raises KeyError when the Snapshot has no such Service."""
        return cls(cluster or Cluster(snapshot), snapshot.service_by_key[key])

    @property
    def snapshot(self) -> Snapshot:
        """The Snapshot that all answers come from."""
        return self.cluster.snapshot

    @property
    def key(self) -> str:
        """`namespace/name` of the Service."""
        return self.service.metadata.key

    @property
    def namespace(self) -> str:
        """Namespace of the Service."""
        return self.service.metadata.namespace

    @cached_property
    def external_addresses(self) -> tuple[str, ...]:
        """Load-balancer IPs that proxies programme, then externalIPs."""
        return (*self.load_balancer_ips, *self.service.spec.external_ips)

    @cached_property
    def load_balancer_ips(self) -> tuple[str, ...]:
        """`status.loadBalancer.ingress[].ip` of a LoadBalancer Service; hostnames programme nothing."""
        if self.service.spec.type != "LoadBalancer":
            return ()
        return tuple(entry.ip for entry in self.service.status.load_balancer.ingress if entry.ip)

    @cached_property
    def node_ports(self) -> tuple[int, ...]:
        """NodePorts that are allocated."""
        if self.service.spec.type not in ("NodePort", "LoadBalancer"):
            return ()
        return tuple(port.node_port for port in self.service.spec.ports if port.node_port)

    @property
    def is_exposed(self) -> bool:
        """Whether clients outside the cluster are meant to reach it."""
        return self.service.is_proxied and bool(self.node_ports or self.external_addresses)

    def backends(self, port: ServicePort, family: int = 4) -> tuple[Backend, ...]:
        """Usable endpoints of a port in a family: the ready ones, else those serving while they terminate."""
        servers = self.servers(port, family)
        return tuple(backend for backend in servers if not backend.draining) or servers

    def servers(self, port: ServicePort, family: int = 4) -> tuple[Backend, ...]:
        """Endpoints of a port in a family that some Node may use: the ready ones, then those that are `draining`.

        `ready` alone decides, as with publishNotReadyAddresses a terminating endpoint is ready too:
        antrea:third_party/proxy/endpointslicecache.go, k8s:pkg/proxy/endpointslicecache.go. Duplicates across slices
        count once.
        """
        ready: dict[str, Backend] = {}
        draining: dict[str, Backend] = {}
        wanted = "IPv4" if family == 4 else "IPv6"
        for endpoint_slice in self.snapshot.slices_by_service.get(self.key, ()):
            if endpoint_slice.address_type != wanted:
                continue
            for slice_port in endpoint_slice.ports:
                if slice_port.name != port.name or slice_port.protocol != port.protocol:
                    continue
                for endpoint in endpoint_slice.endpoints:
                    state = endpoint.conditions
                    if endpoint.addresses and state.ready:
                        ready.setdefault(endpoint.addresses[0], self._backend(endpoint, slice_port.port))
                    elif endpoint.addresses and state.serving and state.terminating:
                        draining.setdefault(endpoint.addresses[0], self._backend(endpoint, slice_port.port))
        return (*ready.values(), *(backend for address, backend in draining.items() if address not in ready))

    @cached_property
    def all_backends(self) -> tuple[Backend, ...]:
        """Usable endpoints of all ports and families."""
        found = {
            (backend.address, backend.port): backend
            for port in self.service.spec.ports
            for family in (4, 6)
            for backend in self.backends(port, family)
        }
        return tuple(found.values())

    def _backend(self, endpoint: Endpoint, port: int) -> Backend:
        address = endpoint.addresses[0]
        owner = self.cluster.node_of_ip.get(address, "")
        reference, hints = endpoint.target_ref, endpoint.hints
        return Backend(
            address=address,
            port=port,
            node=endpoint.node_name or owner,
            pod=reference.name if reference and reference.kind == "Pod" else "",
            host_network=bool(owner),
            outside=not owner and self.cluster.is_outside(address),
            draining=not endpoint.conditions.ready,
            for_zones=tuple(item.name for item in hints.for_zones) if hints else (),
            for_nodes=tuple(item.name for item in hints.for_nodes) if hints else (),
        )

    @cached_property
    def _answers(self) -> dict[object, object]:
        return {}

    def once(self, question: "Callable[[Case], Answer]") -> Answer:
        """The answer of a pure function of this Case, computed at the first asking."""
        if question not in self._answers:
            self._answers[question] = question(self)
        return cast(Answer, self._answers[question])


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
