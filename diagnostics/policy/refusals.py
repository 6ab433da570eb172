"""What Antrea's admission webhook would say to a policy (antrea:pkg/controller/networkpolicy/validate.go)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from diagnostics.model.policies import AntreaPolicy, AntreaRule, AppliedTo
from diagnostics.policy.tiers import BASELINE_TIER

_SELECTORS = ("pod_selector", "namespace_selector", "external_entity_selector", "node_selector", "service_account")


def refusals(policy: AntreaPolicy) -> Iterator[tuple[str, str]]:
    """Field path and Antrea's words for each rule of the webhook that the policy breaks; egress is not looked at."""
    spec = policy.spec
    in_rules = [bool(rule.applied_to) for rule in spec.ingress]
    if spec.applied_to and any(in_rules):
        yield "spec.appliedTo", "appliedTo should not be set in both spec and rules"
    elif not spec.applied_to and in_rules and not all(in_rules):
        words = "appliedTo field should either be set in all rules or in none of them"
        nowhere = "appliedTo needs to be set in either spec or rules"
        yield "spec.ingress[].appliedTo", words if any(in_rules) else nowhere
    yield from _of_applied_to(spec.applied_to, "spec.appliedTo")
    for at, rule in enumerate(spec.ingress):
        path = f"spec.ingress[{at}]"
        yield from _of_applied_to(rule.applied_to, f"{path}.appliedTo")
        yield from _of_peers(rule, path, spec.applied_to or rule.applied_to)
        if spec.tier.lower() == BASELINE_TIER and rule.action == "Pass":
            yield f"{path}.action", "`Pass` action should not be set for Baseline Tier policy rules"
    if any(number > 1 for name, number in Counter(rule.name for rule in spec.ingress).items() if name):
        yield "spec.ingress[].name", "rules names must be unique within the policy"


def _of_applied_to(entries: Sequence[AppliedTo], path: str) -> Iterator[tuple[str, str]]:
    for at, entry in enumerate(entries):
        others = [name for name in _SELECTORS if getattr(entry, name) is not None]
        if entry.group and (others or entry.service):
            yield f"{path}[{at}]", "group cannot be set with other peers in appliedTo"
        elif entry.service is not None and others:
            yield f"{path}[{at}]", "service cannot be set with other peers in appliedTo"
        elif entry.service_account is not None and len(others) > 1:
            yield f"{path}[{at}]", "serviceAccount cannot be set with other peers in appliedTo"
        elif entry.node_selector is not None and len(others) > 1:
            yield f"{path}[{at}]", "nodeSelector cannot be set with other peers in appliedTo"
    on_service = [entry.service is not None for entry in entries]
    if any(on_service) and not all(on_service):
        yield path, "a rule/policy cannot be applied to Services and other peers at the same time"


def _of_peers(rule: AntreaRule, path: str, applied_to: Sequence[AppliedTo]) -> Iterator[tuple[str, str]]:
    on_service = any(entry.service is not None for entry in applied_to)
    for at, peer in enumerate(rule.peers):
        others = any(getattr(peer, name) is not None for name in (*_SELECTORS, "ip_block", "namespaces"))
        if peer.group and others:
            yield f"{path}.from[{at}]", "group cannot be set with other peers in rules"
        if on_service and peer.ip_block is None:
            words = "a rule/policy that is applied to Services can only use ipBlock to select workloads"
            yield f"{path}.from[{at}]", words
