"""Questions about the policies on a Service and its Pods, shared by the checks that look at policies."""

from collections.abc import Iterable, Iterator

from diagnostics.checks.examine import CannotTell
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence
from diagnostics.model.snapshot import Gap, Reason, Source
from diagnostics.policy.rules import AppliedAt, AppliedRule, rules_on, unread_policies

POLICY_SOURCES = (
    Source.NETWORK_POLICIES,
    Source.CLUSTER_POLICIES,
    Source.ANTREA_POLICIES,
    Source.ADMIN_POLICIES,
    Source.BASELINE_ADMIN_POLICIES,
    Source.UPSTREAM_CLUSTER_POLICIES,
)

POLICY_HINTS = (
    *POLICY_SOURCES,
    Source.SLICES,
    Source.NODES,
    Source.AGENT_INFOS,
    Source.PODS,
    Source.NAMESPACES,
    Source.TIERS,
    Source.CLUSTER_GROUPS,
    Source.GROUPS,
)
"""What rules are computed from as well; a rule that hangs on a missing one says what is missing."""


def service_rules(case: Case) -> tuple[AppliedRule, ...]:
    """The rules applied to the Service itself."""
    return tuple(rule for rule in case.once(rules_on) if rule.at is AppliedAt.SERVICE)


def pod_rules(case: Case) -> tuple[AppliedRule, ...]:
    """The rules applied, certainly or perhaps, to Pods behind the Service."""
    return tuple(rule for rule in case.once(rules_on) if rule.at is AppliedAt.POD)


def may_be_guarded(case: Case) -> bool:
    """Whether a rule is applied to the Service, or may be among the policies that could not be read."""
    return bool(service_rules(case)) or any(gap.source is Source.CLUSTER_POLICIES for gap in _unread(case))


def guarding_rules(case: Case) -> tuple[AppliedRule, ...]:
    """The rules applied to the Service. Raises CannotTell when none is known and some could not be read."""
    rules = service_rules(case)
    if not rules:
        need_all_policies(case)
    return rules


def need_all_policies(case: Case) -> None:
    """Raises CannotTell while policies could not be read: there may be rules that nobody saw."""
    for gap in _unread(case):
        raise CannotTell(gap.sentence)


def _unread(case: Case) -> Iterator[Gap]:
    """Kinds of policies that were not read, and single policies that were not understood."""
    yield from case.once(unread_policies)
    for gap in case.snapshot.gaps:
        if gap.partial and gap.reason is Reason.NOT_UNDERSTOOD and gap.source in POLICY_SOURCES:
            yield gap


def policies_of(rules: Iterable[AppliedRule]) -> list[str]:
    """Names of the policies, each once."""
    return list(dict.fromkeys(rule.policy for rule in rules))


def of_rule(rule: AppliedRule, field: str, value: str) -> Evidence:
    """A field of a rule; `field` follows the rule's own path."""
    return Evidence(f"{rule.kind} {rule.policy}", f"{rule.path}.{field}", value)


def of_policy(policy: str, field: str, value: str) -> Evidence:
    """A field of an Antrea ClusterNetworkPolicy."""
    return Evidence(f"Antrea ClusterNetworkPolicy {policy}", field, value)


def applied_to_service(case: Case, policy: str) -> str:
    """Field path by which a cluster-wide policy names the Service."""
    for found in case.snapshot.cluster_policies:
        if found.metadata.key == policy:
            for at, entry in enumerate(found.spec.applied_to):
                if entry.service:
                    return f"spec.appliedTo[{at}].service"
    return "spec.ingress[].appliedTo[].service"
