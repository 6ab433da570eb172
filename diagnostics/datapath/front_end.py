"""What stands before the Nodes: who provides the load-balancer address, and with which destination packets arrive.

A load balancer either hands packets on with its own address as destination (MetalLB, kube-vip, BGP, passthrough) or
dials a Node's address and nodePort (most appliances and clouds). That decides by which access clients outside come.
The API tells it only by marks that products leave; where it does not, the operator is asked.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from diagnostics.datapath.load_balancers import BETA, DIALS, HANDS_ON, PRODUCTS, Product
from diagnostics.datapath.path import Basis
from diagnostics.model.agent_config import SERVICE_EXTERNAL_IP_GATE
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Evidence
from diagnostics.model.meta import Meta
from diagnostics.model.service import EXTERNAL_IP_POOL
from diagnostics.model.workload import DaemonSet, Pod

QUESTION = (
    "Do packets reach the Nodes with the load-balancer IP as destination (lb-ip: MetalLB, BGP, passthrough), or does "
    "the load balancer dial a Node's address and nodePort (node-port: most clouds and appliances)?"
)
SETTLES = "--frontend lb-ip or --frontend node-port says it."


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """What stands before the Nodes for one Service.

    `provider` is empty where nobody is known. `arrives` is None where it cannot be told: both cases hold then, and
    `why` ends with what would settle it. `told` is true when the operator said it. `linux_only`: its own Pods answer
    for the address, and they run on Linux Nodes only. `hides` says, where it may be so, that what stands before the
    Nodes hides the client itself.
    """

    provider: str
    arrives: Arrives | None
    why: str
    basis: Basis = Basis.INFERRED
    source: str = ""
    evidence: tuple[Evidence, ...] = ()
    told: bool = False
    linux_only: bool = False
    hides: str = ""


_KLIPPER = "k3s ServiceLB"
_KLIPPER_LABELS = "svccontroller.k3s.cattle.io/"
_KLIPPER_SOURCE = "k3s-io/k3s pkg/cloudprovider/servicelb.go; k3s-io/klipper-lb entry"
_HIDDEN_BY_KLIPPER = (
    "Where NAT before the Nodes turns them into InternalIPs, the ServiceLB Pod of the Node takes the packets and "
    "masquerades them (S9): the endpoints then see that Pod's address, never the client's."
)

_IP_TARGETS = (f"{BETA}aws-load-balancer-nlb-target-type", "ip")
_NO_FLOATING_IP = (f"{BETA}azure-disable-load-balancer-floating-ip", "true")


def front_end(case: Case) -> FrontEnd | None:
    """What stands before the Nodes; None for a Service that no load balancer serves."""
    if case.service.spec.type != "LoadBalancer" or not case.service.status.load_balancer.ingress:
        return None
    found = next((answer for answer in (rule(case) for rule in _RULES) if answer), None)
    said = case.snapshot.front_ends.get(case.key) or case.snapshot.front_ends.get("")
    if not said:
        return found or FrontEnd("", None, f"What stands before the Nodes is not known. {QUESTION} {SETTLES}")
    words = HANDS_ON if said is Arrives.LB_IP else DIALS
    provider = found.provider if found else ""
    why = f"You said that {provider or 'the load balancer'} {words}."
    if found and found.arrives and found.arrives is not said:
        why += f" The cluster looks otherwise: {found.why}"
    evidence = found.evidence if found else ()
    linux_only = found is not None and found.linux_only
    hides = found.hides if found and said is Arrives.NODE_PORT else ""
    return FrontEnd(
        provider, said, why, Basis.INFERRED, "the operator", evidence, told=True, linux_only=linux_only, hides=hides
    )


def _by_proxy_mode(case: Case) -> FrontEnd | None:
    """ipMode Proxy means just this: k8s:staging/src/k8s.io/api/core/v1/types.go LoadBalancerIPModeProxy."""
    entries = case.service.status.load_balancer.ingress
    if not all(entry.ip_mode == "Proxy" for entry in entries):
        return None
    seen = (_of(case, "status.loadBalancer.ingress[].ipMode", "Proxy"),)
    why = "ipMode Proxy: the load balancer ends connections and dials a Node's address and nodePort, or Pods."
    source = "k8s:staging/src/k8s.io/api/core/v1/types.go LoadBalancerIPModeProxy"
    return FrontEnd("", Arrives.NODE_PORT, why, Basis.DOCUMENTED, source, seen)


def _by_service_external_ip(case: Case) -> FrontEnd | None:
    """Antrea's own: the agent of one Node answers for the address."""
    pool = case.service.metadata.annotations.get(EXTERNAL_IP_POOL, "")
    antrea = case.cluster.antrea
    if not pool or (antrea.config and not antrea.config.gate(SERVICE_EXTERNAL_IP_GATE, antrea.version)):
        return None
    seen = (_of(case, f"metadata.annotations[{EXTERNAL_IP_POOL}]", pool),)
    why = f"Antrea's ServiceExternalIP gives the address from ExternalIPPool {pool} to a Node and {HANDS_ON}."
    source = "antrea:docs/service-loadbalancer.md"
    return FrontEnd("ServiceExternalIP", Arrives.LB_IP, why, Basis.DOCUMENTED, source, seen, linux_only=True)


def _by_its_marks(case: Case) -> FrontEnd | None:
    """The product that the Service's class or annotations name; its class counts most."""
    of_class = case.service.spec.load_balancer_class
    for product in PRODUCTS:
        if of_class.startswith(product.classes or ("\0",)):
            return _is(case, product, _of(case, "spec.loadBalancerClass", of_class), Basis.DOCUMENTED)
    for product in PRODUCTS:
        for key, value in case.service.metadata.annotations.items():
            if key.startswith(product.annotations):
                return _is(case, product, _of(case, f"metadata.annotations[{key}]", value), Basis.DOCUMENTED)
    return None


def _by_klipper(case: Case) -> FrontEnd | None:
    """k3s ServiceLB offers the Nodes' own addresses, with a Pod on each that holds the port.

    A proxy takes packets to a load-balancer IP before the Pod's hostPort does (klipper-lb#54). The Pod gets what NAT
    before the Nodes turned into their InternalIP, and masquerades it: k3s-io/klipper-lb entry.
    """
    addresses = [entry.ip for entry in case.service.status.load_balancer.ingress if entry.ip]
    if not addresses or not all(address in case.cluster.node_of_ip for address in addresses):
        return None
    seen = [_of(case, "status.loadBalancer.ingress[].ip", ", ".join(addresses))]
    held = next((item.metadata for item in _objects(case) if _is_service_lb(case, item.metadata)), None)
    if not held and not any("+k3s" in item.status.node_info.kubelet_version for item in case.snapshot.nodes):
        return None
    seen += [Evidence(f"kube-system {held.key}", "metadata.name", held.name)] if held else []
    internal = {address for node in case.snapshot.nodes for address in node.internal_ips}
    if set(addresses) <= internal:
        why = "k3s ServiceLB offers the Nodes' InternalIPs: packets arrive with the load-balancer IP; a proxy has it."
        return FrontEnd(_KLIPPER, Arrives.LB_IP, why, Basis.INFERRED, _KLIPPER_SOURCE, tuple(seen), linux_only=True)
    why = (
        "k3s ServiceLB offers the Nodes' ExternalIPs. Where the Nodes have them on their interfaces, a proxy takes the "
        f"packets with the load-balancer IP. {_HIDDEN_BY_KLIPPER} --frontend lb-ip says that no NAT stands before them."
    )
    return FrontEnd(
        _KLIPPER, None, why, Basis.INFERRED, _KLIPPER_SOURCE, tuple(seen), linux_only=True, hides=_HIDDEN_BY_KLIPPER
    )


def _objects(case: Case) -> Iterator[DaemonSet | Pod]:
    yield from case.snapshot.daemon_sets
    yield from case.snapshot.pods


def _is_service_lb(case: Case, meta: Meta) -> bool:
    """By the labels that k3s gives them; by the name `svclb-SERVICE-UID` where they are missing."""
    of = meta.labels.get(f"{_KLIPPER_LABELS}svcname"), meta.labels.get(f"{_KLIPPER_LABELS}svcnamespace")
    if any(of):
        return of == (case.service.metadata.name, case.namespace)
    mark, _, rest = meta.name.partition(f"svclb-{case.service.metadata.name}-")
    return not mark and bool(rest) and "-" not in rest.rstrip("-")


def _by_its_speakers(case: Case) -> FrontEnd | None:
    """MetalLB runs in the cluster and serves every Service without a class of its own."""
    if case.service.spec.load_balancer_class:
        return None
    speaker = case.cluster.once_of_nodes(_metallb)
    return _is(case, PRODUCTS[0], speaker, Basis.INFERRED) if speaker else None


def _by_the_cloud(case: Case) -> FrontEnd | None:
    """The cloud that the Nodes run on provides load balancers to Services without a class of their own."""
    if case.service.spec.load_balancer_class:
        return None
    for node in case.snapshot.nodes[:1]:
        scheme = node.spec.provider_id.partition("://")[0]
        seen = Evidence(f"Node {node.metadata.name}", "spec.providerID", node.spec.provider_id)
        for product in PRODUCTS:
            if scheme and scheme == product.scheme:
                return _is(case, product, seen, Basis.INFERRED)
    return None


def _by_elimination(case: Case) -> FrontEnd | None:
    """A host name programmes no address on Nodes, and without nodePorts there is nothing to dial there."""
    entries = case.service.status.load_balancer.ingress
    if not any(entry.ip for entry in entries):
        seen = (_of(case, "status.loadBalancer.ingress[].hostname", entries[0].hostname),)
        why = "The load balancer has only a host name, so no Node knows its address: it dials nodePorts, or Pods."
        return FrontEnd("", Arrives.NODE_PORT, why, Basis.INFERRED, "antrea:third_party/proxy/serviceport.go", seen)
    if not case.node_ports:
        seen = (_of(case, "spec.ports[].nodePort", "none"),)
        why = "The Service has no nodePorts that the load balancer could dial."
        return FrontEnd("", Arrives.LB_IP, why, Basis.INFERRED, "k8s:pkg/proxy/serviceport.go", seen)
    return None


_RULES: tuple[Callable[[Case], FrontEnd | None], ...] = (
    _by_proxy_mode,
    _by_service_external_ip,
    _by_its_marks,
    _by_klipper,
    _by_elimination,
    _by_its_speakers,
    _by_the_cloud,
)


def _is(case: Case, product: Product, seen: Evidence, basis: Basis) -> FrontEnd:
    annotations = case.service.metadata.annotations
    if product.scheme == "aws" and annotations.get(_IP_TARGETS[0], "").lower() == _IP_TARGETS[1]:
        why = f"{product.name} with target type ip sends to the Pods themselves, past this Service. {SETTLES}"
        return FrontEnd(product.name, None, why, basis, product.source, (seen, _of(case, *_noted(_IP_TARGETS))))
    if product.scheme == "azure" and annotations.get(_NO_FLOATING_IP[0], "").lower() == _NO_FLOATING_IP[1]:
        why = f"{product.name} without floating IP {DIALS}."
        marks = (seen, _of(case, *_noted(_NO_FLOATING_IP)))
        return FrontEnd(product.name, Arrives.NODE_PORT, why, basis, product.source, marks)
    why = f"{product.name} {product.how}."
    return FrontEnd(product.name, product.arrives, why, basis, product.source, (seen,), linux_only=product.in_pods)


def _noted(annotation: tuple[str, str]) -> tuple[str, str]:
    return f"metadata.annotations[{annotation[0]}]", annotation[1]


def _of(case: Case, field: str, value: str) -> Evidence:
    return Evidence(f"Service {case.key}", field, value)


def _metallb(cluster: Cluster) -> Evidence | None:
    return next(_speakers(cluster), None)


def _speakers(cluster: Cluster) -> Iterator[Evidence]:
    for item in cluster.snapshot.daemon_sets:
        labels = item.metadata.labels
        if "metallb" in (labels.get("app.kubernetes.io/name"), labels.get("app")):
            yield Evidence(f"DaemonSet {item.metadata.key}", "metadata.labels", "metallb")
