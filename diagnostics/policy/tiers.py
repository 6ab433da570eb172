"""Antrea's tiers: in which order policies are asked (antrea:pkg/controller/networkpolicy/tier.go)."""

from diagnostics.model.case import Case
from diagnostics.model.snapshot import Source

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


def _priorities(case: Case) -> dict[str, int]:
    read = {tier.metadata.name: tier.spec.priority for tier in case.snapshot.tiers}
    return DEFAULT_PRIORITIES | read
