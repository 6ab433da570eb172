"""The policies that apply to each Pod behind a Service, gathered once per Case and shared by Pods that fare alike."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from diagnostics.model.case import Case
from diagnostics.model.snapshot import Source
from diagnostics.policy.backend_pods import BackendPod, backend_pods
from diagnostics.policy.evaluate import Policies
from diagnostics.policy.rules import (
    KUBERNETES,
    AppliedAt,
    AppliedRule,
    Isolation,
    isolations,
    rules_on,
    unread_policies,
)


@dataclass(frozen=True, slots=True)
class ServicePolicies:
    """Policies on each Pod by its name, and those on the Service itself."""

    by_pod: Mapping[str, Policies]
    on_service: Policies


def service_policies(case: Case) -> ServicePolicies:
    """What applies to each backend Pod and to the Service; Pods with the same policies share one value."""
    unread = [gap.sentence for gap in case.once(unread_policies) if gap.source is Source.NETWORK_POLICIES]
    unread_antrea = [gap.sentence for gap in case.once(unread_policies) if gap.source is not Source.NETWORK_POLICIES]
    rules = case.once(rules_on)
    on_service = [(rule, True) for rule in rules if rule.at is AppliedAt.SERVICE]
    pods = case.once(backend_pods)
    antrea: dict[str, list[tuple[AppliedRule, bool]]] = {pod.name: [] for pod in pods}
    kubernetes: dict[str, list[AppliedRule]] = {pod.name: [] for pod in pods}
    isolating: dict[str, list[tuple[Isolation, bool]]] = {pod.name: [] for pod in pods}
    for rule in rules:
        for names, certain in ((rule.pods, True), (rule.perhaps, False)):
            for name in names:
                if rule.kind == KUBERNETES:
                    kubernetes[name].append(rule)
                else:
                    antrea[name].append((rule, certain))
    for isolation in case.once(isolations):
        for chosen, certain in ((isolation.pods, True), (isolation.perhaps, False)):
            for name in chosen:
                isolating[name].append((isolation, certain))
    shared: dict[object, Policies] = {}
    by_pod = {}
    for pod in pods:
        parts = antrea[pod.name], kubernetes[pod.name], isolating[pod.name]
        alike = (
            tuple((id(rule), certain) for rule, certain in parts[0]),
            tuple(id(rule) for rule in parts[1]),
            tuple((id(isolation), certain) for isolation, certain in parts[2]),
        )
        if alike not in shared:
            shared[alike] = Policies(
                tuple(parts[0]), tuple(parts[1]), tuple(parts[2]), tuple(unread), tuple(unread_antrea)
            )
        by_pod[pod.name] = shared[alike]
    return ServicePolicies(by_pod, Policies(tuple(on_service), unread_antrea=tuple(unread_antrea)))


def without_antrea(policies: Policies) -> Policies:
    """The policies as enforced by an agent whose Antrea policies are off: Kubernetes' alone."""
    return replace(policies, antrea=(), unread_antrea=())


def in_one_table(on_pod: Policies, on_service: Policies) -> Policies:
    """Policies on a Pod and on the Service where one Node asks both: their rules are ordered together."""
    unread = dict.fromkeys((*on_pod.unread_antrea, *on_service.unread_antrea))
    return replace(on_pod, antrea=(*on_pod.antrea, *on_service.antrea), unread_antrea=tuple(unread))


def pods_by_address(case: Case) -> Mapping[str, BackendPod]:
    """The Pods behind the Service by each of their addresses."""
    return {address: pod for pod in case.once(backend_pods) for address in pod.addresses}
