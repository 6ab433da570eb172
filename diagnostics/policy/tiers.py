"""Antrea's tiers: in which order policies are asked (antrea:pkg/controller/networkpolicy/tier.go)."""

from dataclasses import dataclass, field

from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Source
from diagnostics.policy.upstream_kinds import UPSTREAM_KINDS

DEFAULT_TIER = "application"
BASELINE_TIER = "baseline"
BASELINE_PRIORITY = 253
"""Tiers from this priority on are asked after Kubernetes NetworkPolicies."""
DEFAULT_PRIORITIES = {
    "emergency": 50,
    "securityops": 100,
    "networkops": 150,
    "platform": 200,
    DEFAULT_TIER: 250,
    BASELINE_TIER: BASELINE_PRIORITY,
}


def tier_priority(case: Case, tier: str) -> int | None:
    """Priority of a tier, lower is asked first; None for a custom tier when tiers could not be read.

    Antrea takes the priority of `application` for a tier that does not exist (crd_utils.go getTierPriority).
    """
    known = case.once(_priorities)
    if tier in known:
        return known[tier]
    return None if case.snapshot.gap(Source.TIERS) else DEFAULT_PRIORITIES[DEFAULT_TIER]


def has_baseline(case: Case) -> bool:
    """Whether any policy of the cluster may have a baseline rule; of policy.networking.k8s.io any may."""
    return case.cluster.once(_HasBaseline(case))


@dataclass(frozen=True, slots=True)
class _HasBaseline:
    """The same question for every Case of a Cluster."""

    case: Case = field(compare=False)

    def __call__(self, cluster: Cluster) -> bool:
        snapshot = cluster.snapshot
        if any(kind.policies(snapshot) for kind in UPSTREAM_KINDS):
            return True
        tiers = {item.spec.tier or DEFAULT_TIER for item in (*snapshot.cluster_policies, *snapshot.antrea_policies)}
        return any((tier_priority(self.case, tier) or 0) >= BASELINE_PRIORITY for tier in tiers)


def _priorities(case: Case) -> dict[str, int]:
    read = {tier.metadata.name: tier.spec.priority for tier in case.snapshot.tiers}
    return DEFAULT_PRIORITIES | read
