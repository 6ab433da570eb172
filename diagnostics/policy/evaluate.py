"""What the policies enforced at one place decide about one packet, in the order in which Antrea asks them.

Tiers by priority, in them policies by priority, in them rules in their order; the first match ends it, but Pass
jumps to Kubernetes' policies; these isolate; what they do not isolate goes through the baseline tier and is then
let in (antrea:docs/antrea-network-policy.md, antrea:pkg/controller/networkpolicy/tier.go).

Where a match cannot be told, every outcome that it leaves open is kept, so that an answer is only given when all
of them agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import groupby

from diagnostics.policy.labels import all_of, any_of
from diagnostics.policy.ports import ContainerPorts
from diagnostics.policy.rules import Action, AppliedAt, AppliedRule, Isolation, evaluation_order
from diagnostics.policy.sources import SourceAddress


class Decision(StrEnum):
    """What policies do with a connection; `none` means that no policy applies.

    `part` is said of a range of clients alone: they do not all fare alike.
    """

    ALLOW = "allow"
    DENY = "deny"
    UNKNOWN = "unknown"
    NONE = "none"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way the evaluation may end. `by` names what decides; `doubts` what would have to be known, in words.

    `decider` is the rule or the isolating policies behind `by`; None where nothing decides or nobody can tell.
    """

    decision: Decision
    by: str
    why: str
    doubts: tuple[str, ...] = ()
    at: AppliedAt = AppliedAt.POD
    decider: AppliedRule | tuple[Isolation, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Packet:
    """A connection's first packet. Rules on Pods are compared with `source`, rules on the Service with `original`.

    `port` is the port that the Pod listens on: both kinds of rules see it after DNAT. `on_service` says whether
    rules on the Service are asked here, None when that cannot be told.
    """

    source: SourceAddress
    original: SourceAddress
    port: int
    protocol: str
    named_ports: ContainerPorts | None = None
    on_service: bool | None = False
    why_on_service: str = ""


@dataclass(frozen=True)
class Policies:
    """What applies to one Pod: rules with whether that is certain, isolating policies likewise.

    `unread` is what might hold more Kubernetes policies, in words; `unread_antrea` more of Antrea's. `narrowed` is
    true when some apply that are left out, because the packet does not meet them.
    """

    antrea: tuple[tuple[AppliedRule, bool], ...] = ()
    kubernetes: tuple[AppliedRule, ...] = ()
    isolations: tuple[tuple[Isolation, bool], ...] = ()
    unread: tuple[str, ...] = ()
    unread_antrea: tuple[str, ...] = ()
    narrowed: bool = False

    def __bool__(self) -> bool:
        return bool(self.narrowed or self.antrea or self.isolations or self.unread or self.unread_antrea)

    def among(self, rules: Iterable[AppliedRule]) -> "Policies":
        """The same with only these rules; those that a source cannot meet change nothing and need not be asked."""
        certain, own = self._certain, self._own
        chosen = tuple(rules)
        return replace(
            self,
            antrea=tuple((rule, certain[id(rule)]) for rule in chosen if id(rule) in certain),
            kubernetes=tuple(rule for rule in chosen if id(rule) in own),
            narrowed=bool(self),
        )

    def without(self, decider: AppliedRule | tuple[Isolation, ...]) -> "Policies":
        """The same as if this rule, or these isolating policies with their rules, did not exist."""
        if isinstance(decider, tuple):
            gone = {isolation.policy for isolation in decider}
            return replace(
                self,
                kubernetes=tuple(rule for rule in self.kubernetes if rule.policy not in gone),
                isolations=tuple(pair for pair in self.isolations if pair[0].policy not in gone),
            )
        return replace(
            self,
            antrea=tuple(pair for pair in self.antrea if pair[0] is not decider),
            kubernetes=tuple(rule for rule in self.kubernetes if rule is not decider),
        )

    @cached_property
    def _certain(self) -> dict[int, bool]:
        return {id(rule): certain for rule, certain in self.antrea}

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(map(id, self.kubernetes))


def evaluate(policies: Policies, packet: Packet) -> tuple[Outcome, ...]:
    """Every way it may end, the likeliest to be asked first."""
    regular = [(rule, _match(rule, certain, packet)) for rule, certain in policies.antrea if not rule.is_baseline]
    found = [Outcome(Decision.UNKNOWN, "", "", (text,)) for text in policies.unread_antrea]
    matching, ended = _walk(regular, packet)
    for rule, match in matching:
        if rule.action is Action.PASS:
            doubts = _doubts(rule, match, packet)
            found += [replace(item, doubts=(*item.doubts, *doubts)) for item in _after_pass(policies, packet)]
        else:
            found.append(_outcome(rule, match, packet))
    if not ended:
        found += _after_pass(policies, packet)
    return tuple(dict.fromkeys(found))


def _after_pass(policies: Policies, packet: Packet) -> list[Outcome]:
    """Kubernetes' policies, and the baseline tier for what they do not isolate."""
    found = [Outcome(Decision.UNKNOWN, "", "", (text,)) for text in policies.unread]
    isolated = False
    denied_by: list[Isolation] = []
    doubts: list[str] = []
    own: dict[str, list[AppliedRule]] = {}
    for rule in policies.kubernetes:
        own.setdefault(rule.policy, []).append(rule)
    for isolation, certain in policies.isolations:
        admits = [(rule, _means(rule, packet)) for rule in own.get(isolation.policy, ())]
        answer = any_of([match for _, match in admits])
        if answer is not False:
            rule, match = next(pair for pair in admits if pair[1] is answer)
            outcome = _outcome(rule, True if certain and match else None, packet)
            if certain and match:
                return [outcome]
            found.append(outcome)
        if answer is not True:
            denied_by.append(isolation)
            doubts += [] if certain else isolation.missing
        isolated |= certain
    if denied_by:
        found.append(_denied(denied_by, packet, isolated, tuple(doubts)))
    return found if isolated else [*found, *_baseline(policies, packet)]


def _baseline(policies: Policies, packet: Packet) -> list[Outcome]:
    rules = [(rule, _match(rule, certain, packet)) for rule, certain in policies.antrea if rule.is_baseline]
    matching, ended = _walk(rules, packet)
    found = [_outcome(rule, match, packet) for rule, match in matching]
    if not ended:
        found.append(Outcome(Decision.ALLOW, "", "no rule matches, and nothing isolates the Pod"))
    return found


def _walk(
    rules: Sequence[tuple[AppliedRule, bool | None]], packet: Packet
) -> tuple[list[tuple[AppliedRule, bool | None]], bool]:
    """The rules that may decide, and whether one of them certainly does.

    A tier of unknown place may be asked before any other: what it would decide is kept beside the rest.
    """
    ordered = sorted(rules, key=lambda pair: (evaluation_order(pair[0]), pair[0].tier))
    placed = [pair for pair in ordered if pair[0].tier_priority is not None]
    unplaced = [pair for pair in ordered if pair[0].tier_priority is None]
    found: list[tuple[AppliedRule, bool | None]] = []
    ended = False
    for _, tier in groupby(sorted(unplaced, key=lambda pair: pair[0].tier), key=lambda pair: pair[0].tier):
        matching, ends = _first(tier)
        found += matching
        ended |= ends
    matching, ends = _first(placed)
    return [*found, *matching], ended or ends


def _first(rules: Iterable[tuple[AppliedRule, bool | None]]) -> tuple[list[tuple[AppliedRule, bool | None]], bool]:
    """The rules up to the first that certainly matches; rules of one place have no order among them."""
    found: list[tuple[AppliedRule, bool | None]] = []
    for _, place in groupby(rules, key=lambda pair: evaluation_order(pair[0])):
        matching = [pair for pair in place if pair[1] is not False]
        found += matching
        if any(match for _, match in matching):
            return found, True
    return found, False


def _match(rule: AppliedRule, certain: bool, packet: Packet) -> bool | None:
    applied: bool | None = packet.on_service if rule.at is AppliedAt.SERVICE else (True if certain else None)
    return all_of([applied, _means(rule, packet)]) if applied is not False else False


def _means(rule: AppliedRule, packet: Packet) -> bool | None:
    source = packet.original if rule.at is AppliedAt.SERVICE else packet.source
    return all_of([rule.sources.include(source), rule.ports.matches(packet.port, packet.protocol, packet.named_ports)])


def _outcome(rule: AppliedRule, match: bool | None, packet: Packet) -> Outcome:
    decision = {
        Action.ALLOW: Decision.ALLOW,
        Action.DROP: Decision.DENY,
        Action.REJECT: Decision.DENY,
    }.get(rule.action, Decision.UNKNOWN)
    doubts = _doubts(rule, match, packet)
    if rule.needs_payload:
        decision = Decision.UNKNOWN
        doubts = (*doubts, "what the connection carries: the rule names layer-7 protocols")
    elif decision is Decision.UNKNOWN:
        doubts = (*doubts, f"what action {rule.action} means in tier {rule.tier}")
    source = packet.original if rule.at is AppliedAt.SERVICE else packet.source
    what = f"{rule.action}: its sources include {source.address or 'every address'}"
    return Outcome(decision, rule.title, what, doubts, rule.at, rule)


def _denied(by: list[Isolation], packet: Packet, isolated: bool, doubts: tuple[str, ...]) -> Outcome:
    first = next((item for item in by if item.rules), by[0])
    others = f" and {len(by) - 1} more" if len(by) > 1 else ""
    source = packet.source.address or "the source"
    admits = f"no rule admits {source} to port {packet.port}/{packet.protocol}" if first.rules else "it admits nobody"
    sentence = f"NetworkPolicy {first.policy}{others}: isolated, {admits}"
    why = "a Pod that a NetworkPolicy isolates lets in only what some NetworkPolicy admits"
    return Outcome(Decision.DENY, sentence, why, () if isolated else doubts, decider=tuple(by))


def _doubts(rule: AppliedRule, match: bool | None, packet: Packet) -> tuple[str, ...]:
    """What would have to be known to tell whether the rule matches, and whether it is asked first."""
    unplaced = (f"priority of Tier {rule.tier}",) if rule.tier and rule.tier_priority is None else ()
    if match:
        return unplaced
    on_service = rule.at is AppliedAt.SERVICE
    source = packet.original if on_service else packet.source
    found = [*unplaced, *rule.missing]
    if on_service and packet.on_service is None:
        found.append(packet.why_on_service)
    if rule.sources.include(source) is None:
        found += rule.unknown_peers
        if not source.address:
            found.append(source.why)
        elif source.may_be_pod and rule.selects_pods:
            found.append(f"which Pod has the address {source.address}")
        elif source.pod is not None and rule.selects_pods:
            found.append("labels of the client's Pod and its namespace")
    if rule.ports.matches(packet.port, packet.protocol, packet.named_ports) is None:
        found.append(f"which container port is meant by {rule.ports}")
    return tuple(dict.fromkeys(text for text in found if text))
