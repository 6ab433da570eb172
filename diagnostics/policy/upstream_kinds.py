"""The kinds of policy.networking.k8s.io, and the gates of Antrea's controller behind which they work.

antrea:docs/admin-network-policy.md, antrea:docs/cluster-network-policy.md
"""

from dataclasses import dataclass

from diagnostics.model.antrea import Antrea
from diagnostics.model.snapshot import Snapshot, Source
from diagnostics.model.upstream_policies import UpstreamPolicy


@dataclass(frozen=True, slots=True)
class UpstreamKind:
    """One kind: how screens call it, and the gate of Antrea's controller behind which it works."""

    name: str
    source: Source
    gate: str
    since: str

    def policies(self, snapshot: Snapshot) -> tuple[UpstreamPolicy, ...]:
        """All policies of the kind."""
        match self.source:
            case Source.ADMIN_POLICIES:
                return snapshot.admin_policies
            case Source.BASELINE_ADMIN_POLICIES:
                return snapshot.baseline_admin_policies
        return snapshot.upstream_cluster_policies

    def is_on(self, antrea: Antrea) -> bool | None:
        """Whether Antrea enforces the kind; None when its configuration cannot be told."""
        return antrea.controller_gate(self.gate, self.since)


UPSTREAM_KINDS = (
    UpstreamKind("AdminNetworkPolicy", Source.ADMIN_POLICIES, "AdminNetworkPolicy", "1.13"),
    UpstreamKind("BaselineAdminNetworkPolicy", Source.BASELINE_ADMIN_POLICIES, "AdminNetworkPolicy", "1.13"),
    UpstreamKind(
        "policy.networking.k8s.io ClusterNetworkPolicy",
        Source.UPSTREAM_CLUSTER_POLICIES,
        "ClusterNetworkPolicy",
        "2.7",
    ),
)
