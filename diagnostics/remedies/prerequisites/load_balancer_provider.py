"""Who would give a Service an address if its type became LoadBalancer, by what the cluster shows.

A Service that has an address proves that somebody gives them; marks of products only suggest it. Pools are not read:
their kinds differ by product (antrea:docs/service-loadbalancer.md, https://metallb.io, https://kube-vip.io).
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from diagnostics.datapath.front_end import FrontEnd, front_end
from diagnostics.model.agent_config import SERVICE_EXTERNAL_IP_GATE
from diagnostics.model.case import Case
from diagnostics.model.service import EXTERNAL_IP_POOL, Service
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.write import merge_patch
from diagnostics.remedies.plan.commands import line
from diagnostics.remedies.plan.on_snapshot import case_in, written
from diagnostics.remedies.plan.plan import Assumed, Prerequisite
from diagnostics.remedies.prerequisites.cluster_ranges import families_of
from diagnostics.remedies.prerequisites.prerequisites import met_or

TITLE = "Something in this cluster gives addresses to Services of type LoadBalancer"
K3S = "k3s ServiceLB"
_DOCUMENTATION = {4: "192.0.2.0/24", 6: "2001:db8:ffff::/64"}
_ASSUMED_NAME = "address-to-come.example"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who gives addresses: its name (empty where nobody is known) and what the Service must carry to get one."""

    name: str
    prerequisite: Prerequisite
    load_balancer_class: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    gives_names: bool = False


def provider_for(case: Case, context: str) -> Provider:
    """The provider that another Service proves, else the one that marks in the cluster suggest."""
    proved = sorted(
        (_Proof(item, front_end(Case(case.cluster, item))) for item in case.snapshot.services if _has_address(item)),
        key=lambda proof: proof.rank,
    )
    proofs = [proof for proof in proved if proof.service.metadata.key != case.key]
    return _as(proofs[0]) if proofs else _suggested(case, context)


def assumed_address(case: Case, provider: Provider) -> tuple[Assumed, str]:
    """What the provider will write, and how it is said: an address that stands for the one that is not known yet."""
    entries: list[dict[str, str]] = [{"ip": ip} for ip in _stand_ins(case)]
    said = ", ".join(entry["ip"] for entry in entries) + " (of a documentation range)"
    if provider.gives_names:
        entries, said = [{"hostname": _ASSUMED_NAME}], f"the name {_ASSUMED_NAME}"
    elif provider.name == K3S:
        entries = [{"ip": ip} for node in case.cluster.nodes.values() for ip in node.internal_ips]
        said = "the Nodes' own addresses"
    status = {"status": {"loadBalancer": {"ingress": entries}}}
    return Assumed(merge_patch("v1", "Service", case.namespace, case.service.metadata.name, status)), said


@dataclass(frozen=True, slots=True)
class _Proof:
    """A Service that was given an address, and what stands before it."""

    service: Service
    before: FrontEnd | None

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """Without a class of its own first, then where the provider is known."""
        return bool(self.service.spec.load_balancer_class), not (self.before and self.before.provider), self._key

    @property
    def _key(self) -> str:
        return self.service.metadata.key


def _has_address(service: Service) -> bool:
    return service.spec.type == "LoadBalancer" and bool(service.status.load_balancer.ingress)


def _as(proof: _Proof) -> Provider:
    spec, meta = proof.service.spec, proof.service.metadata
    given = [entry.ip or entry.hostname for entry in proof.service.status.load_balancer.ingress]
    name = proof.before.provider if proof.before else ""
    pool = meta.annotations.get(EXTERNAL_IP_POOL, "")
    of_class = f" and loadBalancerClass {spec.load_balancer_class}" if spec.load_balancer_class else ""
    from_pool = f" of pool {pool}" if pool else ""
    said = (
        f"Service {meta.key} got {', '.join(given)}{from_pool} from {name or 'a product that is not known'}{of_class}."
    )
    return Provider(
        name,
        met_or(True, TITLE, said, "", blocks=False),
        spec.load_balancer_class,
        {EXTERNAL_IP_POOL: pool} if pool else {},
        gives_names=not any(entry.ip for entry in proof.service.status.load_balancer.ingress),
    )


def _suggested(case: Case, context: str) -> Provider:
    """By what runs: the front end that this very Service would have with an address of its own."""
    before = front_end(case_in(_as_load_balancer(case), case))
    where = ("--context", context) if context else ()
    if before and before.provider:
        pools = line("kubectl", *where, "get", "ipaddresspools.metallb.io", "-A")
        settles = (
            f"See that it has a free address: {pools}" if before.provider == "MetalLB" else "See that it gives one."
        )
        return Provider(before.provider, met_or(None, TITLE, before.why, settles, blocks=False))
    if any("+k3s" in node.status.node_info.kubelet_version for node in case.snapshot.nodes):
        said = "Nodes run k3s: its ServiceLB, unless it is turned off, offers the Nodes' own addresses."
        return Provider(K3S, met_or(None, TITLE, said, "Look whether Pods svclb-* appear.", blocks=False))
    antrea = case.cluster.antrea
    if antrea.config and antrea.at_least("1.5") and antrea.config.gate(SERVICE_EXTERNAL_IP_GATE, antrea.version):
        pools = line("kubectl", *where, "get", "externalippools.crd.antrea.io")
        said = (
            "No Service here has such an address yet. Antrea's ServiceExternalIP is on, but needs the name of a pool."
        )
        settles = f"Add the annotation {EXTERNAL_IP_POOL} with the name of a pool to the patch. Pools: {pools}"
        return Provider("", met_or(None, TITLE, said, settles, blocks=False))
    said = "No Service that could be read has such an address, and no product left a mark."
    settles = "Which product shall give it (MetalLB, kube-vip, Antrea's ServiceExternalIP, the cloud)? Set it up first."
    return Provider("", met_or(None, TITLE, said, settles, blocks=False))


def _as_load_balancer(case: Case) -> Snapshot:
    change = {
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": {"ingress": [{"ip": ip} for ip in _stand_ins(case)]}},
    }
    return written(case.snapshot, merge_patch("v1", "Service", case.namespace, case.service.metadata.name, change))


def _stand_ins(case: Case) -> tuple[str, ...]:
    """One address of a documentation range for each family, used by nobody in the cluster."""
    taken = {entry.ip for item in case.snapshot.services for entry in item.status.load_balancer.ingress}
    taken |= {ip for item in case.snapshot.services for ip in item.spec.external_ips} | set(case.cluster.node_of_ip)
    found = []
    for family in families_of(case.service):
        hosts = ipaddress.ip_network(_DOCUMENTATION[family])
        found.append(next(str(hosts[at]) for at in range(10, 250) if str(hosts[at]) not in taken))
    return tuple(found)
