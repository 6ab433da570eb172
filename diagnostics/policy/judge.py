"""Who is let in: the policies on a Path, judged by the addresses that they are really compared with.

Not evaluated yet, because the Snapshot does not hold them: policies applied to Nodes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from diagnostics.datapath import path as datapath
from diagnostics.datapath.path import Path, Place, Vantage
from diagnostics.model.antrea import Running
from diagnostics.model.case import Case
from diagnostics.policy.alike import Alike, Entries, Entry
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
from diagnostics.policy.meeting import meetings
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
    return judge_outsider(case, path, client_ip, explain=True)


def judge_outsider(case: Case, path: Path, client_ip: str, *, explain: bool = False) -> PolicyVerdict:
    """As `judge`, where it is certain that a client outside is no Pod of this cluster.

    Only with `explain` it says what would decide without what decides.
    """
    if path.outcome in _BEFORE_POLICY:
        return PolicyVerdict(Decision.NONE, why=sentence(_BEFORE_POLICY[path.outcome]))
    client = client_of(case, path, client_ip)
    if client is None:
        family = f"IPv{path.access.family}"
        why = f"{client_ip} is no {family} address, and this path is {family}."
        return PolicyVerdict(Decision.UNKNOWN, why=why, undecided=path.share.endpoints)
    return over_nodes(
        [
            over_endpoints(
                entry.nodes,
                [(_judge_one(case, entry, client, group), group.endpoints) for group in entry.groups],
                explain=explain,
            )
            for entry in case.once(Entries(path))
        ]
    )


def _judge_one(case: Case, entry: Entry, client: Vantage, group: Alike) -> Judged:
    path, pod = entry.path, group.pod
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
    met = case.once(meetings)
    on_pod = _on_pod(case, pod).among(met.of(packet.source))
    on_service = case.once(service_policies).on_service if covers is not False else Policies()
    on_service = on_service.among(met.of(packet.original))
    place = _Place(case, entry, group, packet)
    outcomes = place.outcomes(on_pod, on_service)
    if not outcomes:
        return Judged(Decision.NONE, why=_none(path, pod))
    answer = place.settled(outcomes)
    decider = answer.decider
    if decider is None:
        return answer

    def without() -> str:
        return _told(place.settled(place.outcomes(on_pod.without(decider), on_service.without(decider))))

    return replace(answer, without=without)


def _told(answer: Judged) -> str:
    """A verdict in words, such as `deny by NetworkPolicy shop/web rule 0`."""
    return f"{answer.verdict.value} by {answer.by}" if answer.by else answer.verdict.value


def _on_pod(case: Case, pod: BackendPod | None) -> Policies:
    """The policies that the Pod's Node enforces on it."""
    if pod is None:
        return Policies()
    applied = case.once(service_policies).by_pod[pod.name]
    running = case.cluster.running.get(pod.node, Running())
    return without_antrea(applied) if running.policy is False else applied


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one packet meets policies: by an ingress Node on its way to endpoints that fare alike."""

    case: Case
    entry: Entry
    group: Alike
    packet: Packet

    def outcomes(self, on_pod: Policies, on_service: Policies) -> list[Outcome]:
        """Every way it may end; nothing where no policy applies."""
        path, found = self.entry.path, []
        if self.group.pod is not None and (path.endpoint.place is Place.LOCAL or path.direct_return):
            on_pod = in_one_table(on_pod, on_service)
        elif on_service:
            first = [replace(item, at=AppliedAt.SERVICE) for item in evaluate(on_service, self.packet)]
            let_on = [item for item in first if item.decision is Decision.ALLOW]
            found = [item for item in first if item not in let_on] + ([] if on_pod else let_on)
            if not let_on:
                return found
        if on_pod:
            found += self._at_the_pod(on_pod)
        return found

    def _at_the_pod(self, policies: Policies) -> Iterator[Outcome]:
        skipped, why = bypass(self.case, self.entry.path)
        if skipped is not False:
            yield Outcome(Decision.ALLOW, "", why, () if skipped else (f"whether {why}",))
        if not skipped:
            yield from evaluate(policies, self.packet)

    def settled(self, outcomes: list[Outcome]) -> Judged:
        """One answer where all ways end the same, else what would have to be known."""
        decisions = {outcome.decision for outcome in outcomes}
        if len(decisions) == 1 and Decision.UNKNOWN not in decisions:
            outcome = min(outcomes, key=lambda item: (bool(item.doubts), not item.by))
            if outcome.at is AppliedAt.SERVICE:
                compared = (self.packet.original.address,)
                return Judged(outcome.decision, outcome.by, self.entry.nodes, compared, outcome.why, outcome.decider)
            return Judged(outcome.decision, outcome.by, self.group.nodes, self._sources, outcome.why, outcome.decider)
        doubts = tuple(dict.fromkeys(text for outcome in outcomes for text in outcome.doubts))
        named = tuple(dict.fromkeys(outcome.by for outcome in outcomes if outcome.by))
        if doubts:
            why = f"It would have to be known: {'; '.join(doubts)}."
        else:
            why = f"Rules of the same tier, priority and place contradict each other: {' and '.join(named)}."
        return Judged(Decision.UNKNOWN, " or ".join(named), self.group.nodes, self._sources, why)

    @property
    def _sources(self) -> tuple[str, ...]:
        """The addresses that rules on the Pods are compared with, through all of the Nodes."""
        seen = self.entry.seen
        return seen if self.packet.source.address == seen[0] else (self.packet.source.address,)


def _none(path: Path, pod: BackendPod | None) -> str:
    if pod is None and path.endpoint.host_network:
        return "policies for Pods do not cover Pods on the host network"
    return "no policy applies to the Pod" if pod else "the endpoint is no Pod of this cluster"
