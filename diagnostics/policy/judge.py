"""Who is let in: the policies on a Path, judged by the addresses that they are really compared with.

Not evaluated yet, because the Snapshot does not hold them: AdminNetworkPolicy, BaselineAdminNetworkPolicy and
ClusterNetworkPolicy of policy.networking.k8s.io, and policies applied to Nodes.
"""

from collections.abc import Iterator
from dataclasses import replace

from diagnostics.datapath import path as datapath
from diagnostics.datapath.path import Path, Place, Vantage
from diagnostics.model.antrea import Running
from diagnostics.model.case import Case
from diagnostics.policy.alike import Alike, through_each_node
from diagnostics.policy.applying import in_one_table, service_policies, without_antrea
from diagnostics.policy.backend_pods import BackendPod
from diagnostics.policy.enforcement import (
    at_pod,
    at_service,
    bypass,
    client_of,
    in_pod_range,
    is_outside,
    service_rules_apply,
)
from diagnostics.policy.evaluate import Decision, Outcome, Packet, Policies, evaluate
from diagnostics.policy.rules import AppliedAt, rules_on
from diagnostics.policy.verdict import Judged, PolicyVerdict, over_endpoints, over_nodes, sentence

__all__ = ["Decision", "PolicyVerdict", "judge", "judge_outsider"]

_BEFORE_POLICY = {
    datapath.Outcome.DROPPED: "the connection is dropped before any policy",
    datapath.Outcome.REJECTED: "the connection is refused before any policy",
    datapath.Outcome.LOST: "the connection is lost before any policy",
    datapath.Outcome.UNHANDLED: "nobody handles the address",
}


def judge(case: Case, path: Path, client_ip: str) -> PolicyVerdict:
    """What the policies do with connections of this client on this Path.

    `client_ip` is the address of a client outside; Paths from a Pod or Node are judged by that client's own. An
    address of the cluster's Pods is left unknown where rules select Pods: only a Path from that Pod can tell.
    """
    if is_outside(path) and in_pod_range(case, client_ip) and any(rule.selects_pods for rule in case.once(rules_on)):
        why = f"{client_ip} is an address for Pods of this cluster, and rules here select Pods: ask from that Pod."
        return PolicyVerdict(Decision.UNKNOWN, why=why, undecided=path.share.endpoints)
    return judge_outsider(case, path, client_ip)


def judge_outsider(case: Case, path: Path, client_ip: str) -> PolicyVerdict:
    """As `judge`, where it is certain that a client outside is no Pod of this cluster."""
    if path.outcome in _BEFORE_POLICY:
        return PolicyVerdict(Decision.NONE, why=sentence(_BEFORE_POLICY[path.outcome]))
    client = client_of(case, path, client_ip)
    if client is None:
        family = f"IPv{path.access.family}"
        why = f"{client_ip} is no {family} address, and this path is {family}."
        return PolicyVerdict(Decision.UNKNOWN, why=why, undecided=path.share.endpoints)
    verdicts = []
    for single, groups in through_each_node(case, path):
        answers = [(_judge_one(case, single, client, group), group.endpoints) for group in groups]
        verdicts.append((single.ingress, over_endpoints(answers)))
    return over_nodes(verdicts)


def _judge_one(case: Case, path: Path, client: Vantage, group: Alike) -> Judged:
    pod = group.pod
    covers, why_unsure = service_rules_apply(case, path)
    packet = Packet(
        source=at_pod(case, path, client),
        original=at_service(case, path, client),
        port=path.target_port,
        protocol=path.access.protocol,
        named_ports=pod.named_ports if pod else None,
        on_service=covers,
        why_on_service=why_unsure,
    )
    on_pod = _on_pod(case, pod)
    on_service = case.once(service_policies).on_service if covers is not False else Policies()
    outcomes: list[Outcome] = []
    if pod is not None and (path.endpoint.place is Place.LOCAL or path.direct_return):
        on_pod = in_one_table(on_pod, on_service)
    elif on_service:
        first = [replace(item, at=AppliedAt.SERVICE) for item in evaluate(on_service, packet)]
        let_on = [item for item in first if item.decision is Decision.ALLOW]
        outcomes = [item for item in first if item not in let_on] + ([] if on_pod else let_on)
        if not let_on:
            return _settled(path, group, packet, outcomes)
    if on_pod:
        outcomes += _at_the_pod(case, path, on_pod, packet)
    return _settled(path, group, packet, outcomes) if outcomes else Judged(Decision.NONE, why=_none(path, pod))


def _on_pod(case: Case, pod: BackendPod | None) -> Policies:
    """The policies that the Pod's Node enforces on it."""
    if pod is None:
        return Policies()
    applied = case.once(service_policies).by_pod[pod.name]
    running = case.cluster.running.get(pod.node, Running())
    return without_antrea(applied) if running.policy is False else applied


def _at_the_pod(case: Case, path: Path, policies: Policies, packet: Packet) -> Iterator[Outcome]:
    skipped, why = bypass(case, path)
    if skipped is not False:
        yield Outcome(Decision.ALLOW, "", why, () if skipped else (f"whether {why}",))
    if not skipped:
        yield from evaluate(policies, packet)


def _settled(path: Path, group: Alike, packet: Packet, outcomes: list[Outcome]) -> Judged:
    decisions = {outcome.decision for outcome in outcomes}
    if len(decisions) == 1 and Decision.UNKNOWN not in decisions:
        outcome = min(outcomes, key=lambda item: (bool(item.doubts), not item.by))
        if outcome.at is AppliedAt.SERVICE:
            return Judged(outcome.decision, outcome.by, (path.ingress,), packet.original.address, outcome.why)
        return Judged(outcome.decision, outcome.by, group.nodes, packet.source.address, outcome.why)
    doubts = tuple(dict.fromkeys(text for outcome in outcomes for text in outcome.doubts))
    named = tuple(dict.fromkeys(outcome.by for outcome in outcomes if outcome.by))
    if doubts:
        why = f"It would have to be known: {'; '.join(doubts)}."
    else:
        why = f"Rules of the same tier, priority and place contradict each other: {' and '.join(named)}."
    return Judged(Decision.UNKNOWN, " or ".join(named), group.nodes, packet.source.address, why)


def _none(path: Path, pod: BackendPod | None) -> str:
    if pod is None and path.endpoint.host_network:
        return "policies for Pods do not cover Pods on the host network"
    return "no policy applies to the Pod" if pod else "the endpoint is no Pod of this cluster"
