"""The policies that apply to each Pod behind a Service, gathered once per Case and shared by Pods that fare alike."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from diagnostics.model.case import Case
from diagnostics.model.snapshot import Source
from diagnostics.policy.backend_pods import BackendPod, backend_pods
from diagnostics.policy.evaluate import Policies
from diagnostics.policy.rules import (
    KUBERNETES,
    AppliedAt,
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
    unread = tuple(gap.sentence for gap in case.once(unread_policies) if gap.source is Source.NETWORK_POLICIES)
    unread_antrea = tuple(
        gap.sentence for gap in case.once(unread_policies) if gap.source is not Source.NETWORK_POLICIES
    )
    rules, isolating = case.once(rules_on), case.once(isolations)
    on_service = tuple((rule, True) for rule in rules if rule.at is AppliedAt.SERVICE)
    chosen: list[Collection[str]] = [names for rule in rules for names in (rule.pods, rule.perhaps)]
    chosen += [names for isolation in isolating for names in (isolation.pods, isolation.perhaps)]
    by_pod = {}
    for names, taken in _lots([pod.name for pod in case.once(backend_pods)], chosen):
        applied = [(rule, id(rule.pods) in taken) for rule in rules if taken & {id(rule.pods), id(rule.perhaps)}]
        isolated = [(item, id(item.pods) in taken) for item in isolating if taken & {id(item.pods), id(item.perhaps)}]
        shared = Policies(
            tuple(pair for pair in applied if pair[0].kind != KUBERNETES),
            tuple(rule for rule, _ in applied if rule.kind == KUBERNETES),
            tuple(isolated),
            unread,
            unread_antrea,
        )
        by_pod.update(dict.fromkeys(names, shared))
    return ServicePolicies(by_pod, Policies(on_service, unread_antrea=unread_antrea))


def _lots(pods: list[str], chosen: Iterable[Collection[str]]) -> Iterator[tuple[list[str], frozenset[int]]]:
    """The Pods in as few lots as possible, each with the ids of the choices that take it, as a whole."""
    distinct = {id(names): names for names in chosen if names}
    taken: dict[str, list[int]] = {pod: [] for pod in pods}
    for number, names in distinct.items():
        for name in names:
            taken[name].append(number)
    lots: dict[tuple[int, ...], list[str]] = {}
    for pod, numbers in taken.items():
        lots.setdefault(tuple(numbers), []).append(pod)
    for numbers_of_lot, names_of_lot in lots.items():
        yield names_of_lot, frozenset(numbers_of_lot)


def without_antrea(policies: Policies) -> Policies:
    """The policies as enforced by an agent whose Antrea policies are off: Kubernetes' alone."""
    return replace(policies, antrea=(), unread_antrea=())


def in_one_table(on_pod: Policies, on_service: Policies) -> Policies:
    """Policies on a Pod and on the Service where one Node asks both: their rules are ordered together."""
    unread = dict.fromkeys((*on_pod.unread_antrea, *on_service.unread_antrea))
    antrea = (*on_pod.antrea, *on_service.antrea)
    return replace(on_pod, antrea=antrea, unread_antrea=tuple(unread), narrowed=on_pod.narrowed or on_service.narrowed)


def pods_by_address(case: Case) -> Mapping[str, BackendPod]:
    """The Pods behind the Service by each of their addresses."""
    return {address: pod for pod in case.once(backend_pods) for address in pod.addresses}
