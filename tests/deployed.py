"""Services for the made-up clusters of `clusters`, with their slices and Pods.

case = case_of(cluster(nodes=2), service(endpoints=[pod(1), pod(2, pods=3)]))
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from clusters import EXTERNAL_IP, LB_IP, NODE_PORT, TARGET_PORT, node_ip, pod_ip
from diagnostics.model.case import Case
from diagnostics.model.meta import Meta
from diagnostics.model.service import (
    LOAD_BALANCER_MODE,
    SLICE_SERVICE_NAME,
    Conditions,
    Endpoint,
    EndpointSlice,
    ForName,
    Hints,
    Ingress,
    LoadBalancerStatus,
    Service,
    ServicePort,
    ServiceSpec,
    ServiceStatus,
    SlicePort,
    TargetRef,
)
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import Pod, PodIP, PodSpec, PodStatus


@dataclass(frozen=True)
class At:
    """Where an endpoint is to run: `pods` Pods on a Node, a host-network server, or an address outside.

    `node` 0 means that its slice names no Node.
    """

    node: int
    pods: int = 1
    host_network: bool = False
    address: str = ""
    ready: bool = True
    terminating: bool = False
    named: bool = True
    for_zones: tuple[str, ...] = ()
    for_nodes: tuple[str, ...] = ()


def pod(
    number: int,
    pods: int = 1,
    *,
    ready: bool = True,
    terminating: bool = False,
    named: bool = True,
    for_zones: tuple[str, ...] = (),
    for_nodes: tuple[str, ...] = (),
) -> At:
    """Pods of the Service on Node `number`; `named=False` leaves `nodeName` out of the slice. The rest are hints."""
    return At(
        number,
        pods,
        ready=ready,
        terminating=terminating,
        named=named,
        for_zones=for_zones,
        for_nodes=for_nodes,
    )


def host(number: int) -> At:
    """A host-network endpoint on Node `number`."""
    return At(number, host_network=True)


def outside(address: str = "192.0.2.50") -> At:
    """An endpoint outside the cluster."""
    return At(0, address=address)


@dataclass(frozen=True)
class Deployed:
    """A Service with its EndpointSlices and backend Pods, to be put into a Snapshot."""

    service: Service
    slices: tuple[EndpointSlice, ...]
    pods: tuple[Pod, ...]


def service(
    endpoints: Sequence[At] = (),
    *,
    name: str = "web",
    namespace: str = "default",
    kind: str = "LoadBalancer",
    etp: str = "Cluster",
    itp: str = "Cluster",
    node_port: int = NODE_PORT,
    lb_ips: Sequence[str] = (LB_IP,),
    ip_mode: str = "",
    external_ips: Sequence[str] = (EXTERNAL_IP,),
    source_ranges: Sequence[str] = (),
    mode: str = "",
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    families: Sequence[int] = (4,),
    cluster_ip: str = "10.96.0.10",
    ports: Sequence[ServicePort] = (),
    affinity: str = "None",
    hostname: str = "",
    load_balancer_class: str = "",
) -> Deployed:
    """A Service on port 80 to targetPort 8080 whose Pods carry the label app=NAME.

    `kind` is `spec.type`, `mode` the value of Antrea's annotation; `external_ips` is not empty by default.
    """
    notes = dict(annotations or {})
    if mode:
        notes[LOAD_BALANCER_MODE] = mode
    exposes = kind in ("NodePort", "LoadBalancer")
    wanted = list(ports) or [
        ServicePort(name="http", port=80, target_port=TARGET_PORT, node_port=node_port if exposes else 0)
    ]
    ingress = [Ingress(ip=ip, ip_mode=ip_mode) for ip in lb_ips] if kind == "LoadBalancer" else []
    ingress += [Ingress(hostname=hostname)] if hostname else []
    cluster_ips = [cluster_ip if family == 4 else "fd00:96::10" for family in families]
    spec = ServiceSpec(
        type=kind,
        cluster_ip=cluster_ips[0],
        cluster_ips=cluster_ips,
        external_ips=list(external_ips),
        external_traffic_policy=etp if exposes or external_ips else "",
        internal_traffic_policy=itp,
        ip_families=[f"IPv{family}" for family in families],
        ports=wanted,
        selector={"app": name},
        load_balancer_source_ranges=list(source_ranges),
        session_affinity=affinity,
        load_balancer_class=load_balancer_class,
    )
    made = Service(
        metadata=Meta(name=name, namespace=namespace, annotations=notes, labels=dict(labels or {})),
        spec=spec,
        status=ServiceStatus(load_balancer=LoadBalancerStatus(ingress=ingress)),
    )
    slices = []
    pods: dict[str, Pod] = {}
    for family in families:
        placed = _placed(endpoints, name, namespace, family)
        slices.append(_slice(made, [entry for entry, _ in placed], family))
        for _, backend in placed:
            if backend is not None and backend.metadata.key in pods:
                known = pods[backend.metadata.key]
                both = [*known.status.pod_ips, *backend.status.pod_ips]
                pods[backend.metadata.key] = msgspec.structs.replace(
                    known, status=msgspec.structs.replace(known.status, pod_ips=both)
                )
            elif backend is not None:
                pods[backend.metadata.key] = backend
    return Deployed(made, tuple(slices), tuple(pods.values()))


def with_services(snapshot: Snapshot, *deployed: Deployed) -> Snapshot:
    """The Snapshot with these Services, their slices and Pods added."""
    return replace(
        snapshot,
        services=(*snapshot.services, *(item.service for item in deployed)),
        slices=(*snapshot.slices, *(entry for item in deployed for entry in item.slices)),
        pods=(*snapshot.pods, *(entry for item in deployed for entry in item.pods)),
    )


def case_of(snapshot: Snapshot, deployed: Deployed) -> Case:
    """The Case of a Service put into the Snapshot."""
    return Case.of(with_services(snapshot, deployed), deployed.service.metadata.key)


def _placed(endpoints: Sequence[At], name: str, namespace: str, family: int) -> list[tuple[Endpoint, Pod | None]]:
    found: list[tuple[Endpoint, Pod | None]] = []
    next_index: dict[int, int] = {}
    for place in endpoints:
        conditions = Conditions(ready=place.ready, serving=True, terminating=place.terminating)
        if place.address:
            found.append((Endpoint(addresses=[place.address], conditions=conditions), None))
            continue
        for _ in range(place.pods):
            index = next_index.get(place.node, 0)
            next_index[place.node] = index + (not place.host_network)
            address = node_ip(place.node, family) if place.host_network else pod_ip(place.node, index, family)
            pod_name = f"{name}-{place.node}-{'host' if place.host_network else index}"
            endpoint = Endpoint(
                addresses=[address],
                conditions=conditions,
                node_name=f"node{place.node}" if place.named else "",
                target_ref=TargetRef(kind="Pod", name=pod_name, namespace=namespace),
                hints=_hints(place),
            )
            backend = Pod(
                metadata=Meta(name=pod_name, namespace=namespace, labels={"app": name}),
                spec=PodSpec(node_name=f"node{place.node}", host_network=place.host_network),
                status=PodStatus(phase="Running", pod_ip=address, pod_ips=[PodIP(ip=address)]),
            )
            found.append((endpoint, backend))
    return found


def _hints(place: At) -> Hints | None:
    if not place.for_zones and not place.for_nodes:
        return None
    return Hints(
        for_zones=[ForName(name=name) for name in place.for_zones],
        for_nodes=[ForName(name=name) for name in place.for_nodes],
    )


def _slice(made: Service, endpoints: list[Endpoint], family: int) -> EndpointSlice:
    return EndpointSlice(
        metadata=Meta(
            name=f"{made.metadata.name}-v{family}",
            namespace=made.metadata.namespace,
            labels={SLICE_SERVICE_NAME: made.metadata.name},
        ),
        address_type=f"IPv{family}",
        endpoints=endpoints,
        ports=[
            SlicePort(
                name=port.name,
                protocol=port.protocol,
                port=port.target_port if isinstance(port.target_port, int) else TARGET_PORT,
            )
            for port in made.spec.ports
        ],
    )
