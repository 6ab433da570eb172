"""The other half: the Pods must admit the addresses that clients appear as behind a policy on the Service.

Connections that need another Node arrive there as a gateway or Node address, so Pods that a NetworkPolicy isolates
must admit those. NetworkPolicies of Kubernetes add up; one that selected further Pods would isolate them, so each
new one selects exactly what an isolating one selects already.
"""

from dataclasses import dataclass

from diagnostics.datapath.path import Outcome, SeenKind
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case
from diagnostics.model.policies import NetworkPolicy
from diagnostics.model.snapshot import Source
from diagnostics.policy.backend_pods import backend_pods
from diagnostics.policy.ranges import AddressSet
from diagnostics.policy.rules import KUBERNETES, isolated_pods, rules_on
from diagnostics.policy.selecting import selected_by_network_policy
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Manifest
from diagnostics.remedies.prerequisites.cluster_ranges import families_of


@dataclass(frozen=True, slots=True)
class PodPolicies:
    """What Pods need: manifests with the names of their objects, or the sentence why they need none.

    `admitted` are the non-client addresses among what is admitted. `trouble` says why it cannot be told.
    """

    manifests: tuple[Manifest, ...] = ()
    names: tuple[str, ...] = ()
    admitted: tuple[str, ...] = ()
    not_needed: str = ""
    trouble: str = ""


def pod_policies(case: Case, clients: AddressSet) -> PodPolicies:
    """The policies for a Case as it will be when the Service is filtered; `clients` are the allowed ones."""
    gap = case.snapshot.gap(Source.NETWORK_POLICIES, case.namespace)
    if gap:
        return PodPolicies(trouble=gap.sentence)
    isolating = [item for item in case.snapshot.network_policies if item.isolates_ingress]
    selections = {item.metadata.name: selected_by_network_policy(case, item) for item in isolating}
    doubtful = [name for name, selection in selections.items() if selection.possible]
    if doubtful:
        return PodPolicies(trouble=f"Whether NetworkPolicy {doubtful[0]} selects the Pods cannot be told.")
    if not case.once(backend_pods):
        return PodPolicies(not_needed="No endpoint is a Pod that a NetworkPolicy acts on, so no other half is needed.")
    if not case.once(isolated_pods):
        return PodPolicies(
            not_needed="No NetworkPolicy isolates the Pods: they are open to everybody already, and a widened policy "
            "is not needed. It would even close them to all others."
        )
    seen = _seen_by_pods(case)
    wanted = AddressSet.of(seen) | _of_families(clients, families_of(case.service))
    if _admitted_already(case, wanted):
        return PodPolicies(not_needed="The Pods' NetworkPolicies admit all of these addresses already.")
    selectors = _selectors([item for item in isolating if selections[item.metadata.name].certain], case)
    files, names = [], []
    for index, selector in enumerate(selectors, start=1):
        suffix = "" if len(selectors) == 1 else f"-{index}"
        names.append(f"doctor-{case.service.metadata.name}{suffix}")
        files.append(manifest(f"pod-policy{suffix}.yaml", _content(case, names[-1], selector, wanted)))
    return PodPolicies(tuple(files), tuple(names), seen)


def _seen_by_pods(case: Case) -> tuple[str, ...]:
    """Gateway and Node addresses that external clients appear as at Pods; host-network endpoints have no policy."""
    found = {
        path.seen.ip
        for path in trace(case, fold=False)
        if path.access.kind.is_external
        and path.outcome is Outcome.DELIVERED
        and not path.endpoint.host_network
        and path.seen.kind in (SeenKind.GATEWAY, SeenKind.NODE)
    }
    return AddressSet.of(found - {""}).cidrs


def _of_families(addresses: AddressSet, families: tuple[int, ...]) -> AddressSet:
    return AddressSet(addresses.v4 if 4 in families else (), addresses.v6 if 6 in families else ())


def _admitted_already(case: Case, wanted: AddressSet) -> bool:
    pods = {pod.name: pod for pod in case.once(backend_pods) if pod.name in case.once(isolated_pods)}
    rules = [rule for rule in case.once(rules_on) if rule.kind == KUBERNETES]
    for name, pod in pods.items():
        for protocol, port in _ports(case):
            admitted = AddressSet.nothing()
            for rule in rules:
                if name in rule.pods and rule.ports.matches(port, protocol, pod.named_ports):
                    admitted |= AddressSet.everything() if rule.any_source else rule.sources.addresses
            if not wanted <= admitted:
                return False
    return bool(pods)


def _ports(case: Case) -> tuple[tuple[str, int], ...]:
    """Protocol and number of the ports that the Pods listen on."""
    found = {
        (port.protocol, backend.port): None
        for port in case.service.spec.ports
        for family in (4, 6)
        for backend in case.backends(port, family)
        if not backend.host_network
    }
    return tuple(found)


def _selectors(isolating: list[NetworkPolicy], case: Case) -> list[dict[str, object]]:
    """The Service's selector together with that of each isolating policy, each combination once."""
    found: list[dict[str, object]] = []
    for policy in isolating:
        theirs = policy.spec.pod_selector
        expressions = [
            {"key": item.key, "operator": item.operator, **({"values": list(item.values)} if item.values else {})}
            for item in theirs.match_expressions
        ]
        labels = {**case.service.spec.selector, **theirs.match_labels}
        selector: dict[str, object] = {"matchLabels": labels} if labels else {}
        if expressions:
            selector["matchExpressions"] = expressions
        if selector not in found:
            found.append(selector)
    return found


def _content(case: Case, name: str, selector: dict[str, object], wanted: AddressSet) -> dict[str, object]:
    ports = [{"protocol": protocol, "port": port} for protocol, port in _ports(case) if port]
    rule: dict[str, object] = {"from": [{"ipBlock": {"cidr": cidr}} for cidr in wanted.cidrs]}
    if ports:
        rule["ports"] = ports
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": case.namespace},
        "spec": {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [rule]},
    }
