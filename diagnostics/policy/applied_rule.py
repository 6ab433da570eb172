"""One ingress rule that bears on a Service, of whichever kind of policy, and its place in the order of asking."""

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.policy.ports import Ports
from diagnostics.policy.selecting import Coverage
from diagnostics.policy.sources import Block, Sources
from diagnostics.policy.tiers import BASELINE_PRIORITY

KUBERNETES = "NetworkPolicy"


class Action(StrEnum):
    """What a rule does with what it matches; rules of Kubernetes can only allow."""

    ALLOW = "Allow"
    DROP = "Drop"
    REJECT = "Reject"
    PASS = "Pass"
    UNKNOWN = "unknown"

    @classmethod
    def parse(cls, text: str) -> "Action":
        """The action by its name in the API; unknown for a word that this version does not know."""
        return next((action for action in cls if action.value == text), cls.UNKNOWN)


class AppliedAt(StrEnum):
    """What a rule is applied to: Pods, on their Node; or the Service, on the Node that the client dials."""

    POD = "Pod"
    SERVICE = "Service"


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """One ingress rule that bears on a Service.

    `policy` is `namespace/name`, or the name of a cluster-wide policy; `kind` is "NetworkPolicy" (Kubernetes),
    "Antrea ClusterNetworkPolicy", "Antrea NetworkPolicy" or the name of one of `UPSTREAM_KINDS`. `index` and `path` (as
    `spec.ingress[0]`) lead to the rule in its YAML. `tier` is empty for Kubernetes; `tier_priority` is None there and
    where it cannot be told. Kinds of policy.networking.k8s.io have tiers of their own, in which Antrea asks them.
    `pods` are names of backend Pods it applies to, `perhaps` those of which that cannot be told, with `missing`
    saying why; both are empty at a Service. `needs_payload` is true for layer-7 rules.
    """

    policy: str
    kind: str
    index: int
    name: str
    action: Action
    sources: Sources
    ports: Ports
    at: AppliedAt
    path: str
    tier: str = ""
    tier_priority: int | None = None
    priority: float = 0
    pods: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    needs_payload: bool = False
    selects: Coverage = Coverage.NONE

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The ranges that the rule names, those of its groups included."""
        return self.sources.blocks

    @property
    def any_source(self) -> bool:
        """No `from` at all: every source matches."""
        return self.sources.any_source

    @property
    def selects_pods(self) -> bool:
        """Whether Pods are among its sources; these match no client outside the cluster."""
        return bool(self.sources.pod_peers)

    @property
    def unknown_peers(self) -> tuple[str, ...]:
        """Sources that cannot be evaluated, in words."""
        return self.sources.unknown

    @property
    def is_baseline(self) -> bool:
        """Asked only after Kubernetes NetworkPolicies, and only for Pods that none of them isolates."""
        return self.tier_priority is not None and self.tier_priority >= BASELINE_PRIORITY

    @property
    def title(self) -> str:
        """The rule's full name on screens, such as `Antrea ClusterNetworkPolicy web rule 0 drop-others`."""
        return f"{self.kind} {self.policy} rule {self.index}" + (f" {self.name}" if self.name else "")


def evaluation_order(rule: AppliedRule) -> tuple[float, float, int]:
    """Sort key of Antrea's rules: tier, policy priority, place in the policy; lower is asked first.

    Rules of equal key have no order among them (antrea:docs/antrea-network-policy.md, Notes and constraints).
    """
    place = float("inf") if rule.tier_priority is None else rule.tier_priority
    return place, rule.priority, rule.index
