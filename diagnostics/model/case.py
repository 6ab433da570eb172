"""One Service within one Snapshot: the object that checks question."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from diagnostics.model.cluster import Cluster as Cluster
from diagnostics.model.service import Endpoint, Service, ServicePort
from diagnostics.model.snapshot import Snapshot

Answer = TypeVar("Answer")
Served = tuple[Endpoint, int]
"""An endpoint of a slice, and the port it listens on."""


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
        ready, draining = self._usable(port, family)
        return tuple(self._backend(*found) for found in (*ready.values(), *draining.values()))

    def _usable(self, port: ServicePort, family: int) -> tuple[dict[str, Served], dict[str, Served]]:
        """The ready endpoints by address, and those that only drain."""
        ready: dict[str, Served] = {}
        draining: dict[str, Served] = {}
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
                        ready.setdefault(endpoint.addresses[0], (endpoint, slice_port.port))
                    elif endpoint.addresses and state.serving and state.terminating:
                        draining.setdefault(endpoint.addresses[0], (endpoint, slice_port.port))
        return ready, {address: found for address, found in draining.items() if address not in ready}

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

    @property
    def backend_count(self) -> int:
        """How many `all_backends` there are, told in a tenth of the time."""
        found: set[tuple[str, int]] = set()
        for port in self.service.spec.ports:
            for family in (4, 6):
                ready, draining = self._usable(port, family)
                found.update((address, number) for address, (_, number) in (ready or draining).items())
        return len(found)

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
