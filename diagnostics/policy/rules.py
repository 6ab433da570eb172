"""Every ingress rule applied to the Pods behind a Service, or to the Service itself, in one form."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.model.case import Case
from diagnostics.model.policies import AntreaPolicy, AntreaRule, AppliedTo
from diagnostics.model.snapshot import Gap, Reason, Source
from diagnostics.policy.applied_rule import KUBERNETES, Action, AppliedAt, AppliedRule, evaluation_order
from diagnostics.policy.backend_pods import backend_pods
from diagnostics.policy.concerning import concerning
from diagnostics.policy.ports import ports_of
from diagnostics.policy.selecting import (
    Coverage,
    Selection,
    in_order,
    selected_by_applied_to,
    selected_by_network_policy,
)
from diagnostics.policy.sources import sources_of_antrea, sources_of_network_policy
from diagnostics.policy.tiers import DEFAULT_TIER, tier_priority
from diagnostics.policy.upstream import unread_upstream, upstream_rules

__all__ = [
    "KUBERNETES",
    "Action",
    "AppliedAt",
    "AppliedRule",
    "Isolation",
    "evaluation_order",
    "isolated_pods",
    "isolations",
    "rules_on",
    "unread_policies",
]


@dataclass(frozen=True, slots=True)
class Isolation:
    """A Kubernetes NetworkPolicy with policy type Ingress: its Pods drop what no such policy admits."""

    policy: str
    pods: frozenset[str]
    perhaps: frozenset[str]
    missing: tuple[str, ...] = ()
    rules: int = 0


def rules_on(case: Case) -> tuple[AppliedRule, ...]:
    """Every ingress rule applied to a backend Pod or to the Service; ask with `case.once(rules_on)`.

    Rules that Antrea orders come first, in the order in which Antrea asks them, with tiers of unknown place last before
    Kubernetes' rules, which have no order. Policies that could not be read are named by `unread_policies`.
    """
    antrea = [rule for policy in concerning(case).antrea for rule in _antrea_rules(case, policy)]
    antrea += upstream_rules(case)
    antrea.sort(key=evaluation_order)
    return (*antrea, *_kubernetes_rules(case))


def unread_policies(case: Case) -> tuple[Gap, ...]:
    """The kinds of policies that may exist and could not be read: while there is one, nothing is certain.

    Antrea's kinds are no gap where Antrea is absent, nor where the API server serves none of them and every agent
    is of a release that would need them (v1beta1 since v1.13, antrea:docs/api.md).
    """
    gaps = [case.snapshot.gap(Source.NETWORK_POLICIES, case.namespace)]
    if case.cluster.antrea.present is not False:
        antrea = (case.snapshot.gap(Source.CLUSTER_POLICIES), case.snapshot.gap(Source.ANTREA_POLICIES, case.namespace))
        current = case.cluster.antrea.at_least("1.13")
        gaps += [gap for gap in antrea if gap and not (gap.reason is Reason.ABSENT and current)]
        gaps += unread_upstream(case)
    return tuple(gap for gap in gaps if gap)


def isolations(case: Case) -> tuple[Isolation, ...]:
    """The Kubernetes NetworkPolicies that isolate backend Pods from incoming traffic."""
    found = []
    for policy in concerning(case).kubernetes:
        selection = selected_by_network_policy(case, policy)
        if selection:
            rules = len(policy.spec.ingress)
            key = policy.metadata.key
            found.append(Isolation(key, selection.certain, selection.possible, selection.missing, rules))
    return tuple(found)


def isolated_pods(case: Case) -> frozenset[str]:
    """Names of the backend Pods that some Kubernetes NetworkPolicy certainly isolates from incoming traffic."""
    return frozenset(pod for isolation in case.once(isolations) for pod in isolation.pods)


def _kubernetes_rules(case: Case) -> Iterator[AppliedRule]:
    for policy in concerning(case).kubernetes:
        selection = selected_by_network_policy(case, policy)
        if not selection:
            continue
        for index, rule in enumerate(policy.spec.ingress):
            path = f"spec.ingress[{index}]"
            yield AppliedRule(
                policy=policy.metadata.key,
                kind=KUBERNETES,
                index=index,
                name="",
                action=Action.ALLOW,
                sources=sources_of_network_policy(rule.peers, policy.metadata.namespace, f"{path}.from"),
                ports=ports_of(rule.ports),
                at=AppliedAt.POD,
                path=path,
                pods=in_order(selection.certain),
                perhaps=in_order(selection.possible),
                missing=selection.missing,
                selects=selection.coverage(len(case.once(backend_pods))),
            )


def _antrea_rules(case: Case, policy: AntreaPolicy) -> Iterator[AppliedRule]:
    namespace, spec = policy.metadata.namespace, policy.spec
    in_spec = selected_by_applied_to(case, spec.applied_to, namespace)
    for index, rule in enumerate(spec.ingress):
        applied_to = spec.applied_to or rule.applied_to
        on_service = not namespace and _names_service(case, applied_to)
        selection = in_spec if spec.applied_to else selected_by_applied_to(case, rule.applied_to, namespace)
        if on_service:
            yield _antrea_rule(case, policy, rule, index, Selection())
        elif selection:
            yield _antrea_rule(case, policy, rule, index, selection)


def _names_service(case: Case, applied_to: list[AppliedTo]) -> bool:
    wanted = (case.namespace, case.service.metadata.name)
    return any(entry.service and (entry.service.namespace, entry.service.name) == wanted for entry in applied_to)


def _antrea_rule(case: Case, policy: AntreaPolicy, rule: AntreaRule, index: int, pods: Selection) -> AppliedRule:
    path = f"spec.ingress[{index}]"
    tier = policy.spec.tier or DEFAULT_TIER
    return AppliedRule(
        policy=policy.metadata.key,
        kind=policy.kind,
        index=index,
        name=rule.name,
        action=Action.parse(rule.action),
        sources=sources_of_antrea(case, rule.peers, policy.metadata.namespace, f"{path}.from"),
        ports=ports_of(rule.ports, other_protocols=bool(rule.protocols)),
        at=AppliedAt.POD if pods else AppliedAt.SERVICE,
        path=path,
        tier=tier,
        tier_priority=tier_priority(case, tier),
        priority=policy.spec.priority,
        pods=in_order(pods.certain),
        perhaps=in_order(pods.possible),
        missing=pods.missing,
        needs_payload=bool(rule.l7_protocols),
        selects=pods.coverage(len(case.once(backend_pods))) if pods else Coverage.NONE,
    )
