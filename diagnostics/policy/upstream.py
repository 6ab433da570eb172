"""Policies of policy.networking.k8s.io as Antrea enforces them: in tiers of its own, and only behind feature gates.

Their ingress rules name Pods and namespaces alone, so clients outside meet them only where Antrea fails closed
(antrea:pkg/controller/networkpolicy/adminnetworkpolicy.go and clusternetworkpolicy.go).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from diagnostics.model.antrea import CONTROLLER_CONFIG_KEY
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Source
from diagnostics.model.upstream_policies import Subject, UpstreamPolicy, UpstreamRule
from diagnostics.policy.applied_rule import Action, AppliedAt, AppliedRule
from diagnostics.policy.backend_pods import backend_pods
from diagnostics.policy.concerning import concerning
from diagnostics.policy.ports import ports_of_upstream
from diagnostics.policy.selecting import NOTHING, Selection, in_order, selected_by_labels
from diagnostics.policy.sources import PodPeer, Sources
from diagnostics.policy.upstream_kinds import UPSTREAM_KINDS, UpstreamKind

_ADMIN_PRIORITY, _ADMIN_NETWORK_POLICY_PRIORITY, _LAST_PRIORITY = 220, 251, 254


_ACTIONS = {"Allow": Action.ALLOW, "Accept": Action.ALLOW, "Deny": Action.DROP, "Pass": Action.PASS}


def upstream_rules(case: Case) -> Iterator[AppliedRule]:
    """Ingress rules of enforced kinds applied to backend Pods; where the gate is not known they may be applied."""
    for kind, policy in concerning(case).upstream:
        selection = selected_by_subject(case, policy)
        if selection and kind.is_on(case.cluster.antrea) is None:
            missing = (*selection.missing, f"whether feature gate {kind.gate} is on in {CONTROLLER_CONFIG_KEY}")
            selection = Selection(possible=selection.certain | selection.possible, missing=missing)
        if selection:
            yield from _rules(case, kind, policy, selection)


def unread_upstream(case: Case) -> Iterator[Gap]:
    """Kinds that may be enforced and could not be read; none where the server has no such kind."""
    for kind in UPSTREAM_KINDS:
        gap = case.snapshot.gap(kind.source)
        if gap and gap.reason is not Reason.ABSENT and kind.is_on(case.cluster.antrea) is not False:
            yield gap


def selected_by_subject(case: Case, policy: UpstreamPolicy) -> Selection:
    """The backend Pods that a policy is applied to."""
    subject = policy.spec.subject
    if subject.pods is not None:
        return selected_by_labels(case, subject.pods.pod_selector, subject.pods.selector)
    if subject.namespaces is not None:
        return selected_by_labels(case, None, subject.namespaces.selector)
    return NOTHING


def _rules(case: Case, kind: UpstreamKind, policy: UpstreamPolicy, selection: Selection) -> Iterator[AppliedRule]:
    tier, tier_priority = _place(kind, policy)
    baseline = kind.source is Source.BASELINE_ADMIN_POLICIES
    for index, rule in enumerate(policy.spec.ingress):
        if not rule.peers:
            continue
        path = f"spec.ingress[{index}]"
        yield AppliedRule(
            policy=policy.metadata.key,
            kind=kind.name,
            index=index,
            name=rule.name,
            action=_action(kind, rule),
            sources=_sources(kind, rule, f"{path}.from"),
            ports=ports_of_upstream(rule),
            at=AppliedAt.POD,
            path=path,
            tier=tier,
            tier_priority=tier_priority,
            priority=1 if baseline else policy.spec.priority,
            pods=in_order(selection.certain),
            perhaps=in_order(selection.possible),
            missing=selection.missing,
            selects=selection.coverage(len(case.once(backend_pods))),
        )


def _place(kind: UpstreamKind, policy: UpstreamPolicy) -> tuple[str, int]:
    """Words for the tier, and its priority; an unknown tier of a ClusterNetworkPolicy counts as Admin."""
    match kind.source:
        case Source.ADMIN_POLICIES:
            return kind.name, _ADMIN_NETWORK_POLICY_PRIORITY
        case Source.BASELINE_ADMIN_POLICIES:
            return kind.name, _LAST_PRIORITY
    if policy.spec.tier == "Baseline":
        return "Baseline", _LAST_PRIORITY
    return "Admin", _ADMIN_PRIORITY


def _action(kind: UpstreamKind, rule: UpstreamRule) -> Action:
    unknown = Action.DROP if kind.source is Source.UPSTREAM_CLUSTER_POLICIES else Action.UNKNOWN
    return _ACTIONS.get(rule.action, unknown)


def _sources(kind: UpstreamKind, rule: UpstreamRule, path: str) -> Sources:
    """A peer of no known kind matches nobody, but everybody where a ClusterNetworkPolicy denies."""
    strange = any(peer.pods is None and peer.namespaces is None for peer in rule.peers)
    if strange and kind.source is Source.UPSTREAM_CLUSTER_POLICIES and _action(kind, rule) is Action.DROP:
        return Sources(any_source=True)
    return _of_peers(rule.peers, path)


def _of_peers(peers: Sequence[Subject], path: str) -> Sources:
    found = Sources()
    for at, peer in enumerate(peers):
        where = f"{path}[{at}]"
        namespaces = peer.pods.namespaces if peer.pods is not None else peer.namespaces
        if namespaces is not None and namespaces.compares:
            words = f"which namespaces share labels with the subject, at {where}"
            found = replace(found, unknown=(*found.unknown, words))
        elif peer.pods is not None:
            pods = PodPeer("", peer.pods.pod_selector, peer.pods.selector, where)
            found = replace(found, pod_peers=(*found.pod_peers, pods))
        elif peer.namespaces is not None:
            found = replace(found, pod_peers=(*found.pod_peers, PodPeer("", None, peer.namespaces.selector, where)))
    return found
