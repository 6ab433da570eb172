"""The policies that may concern Services of one namespace, found once for all Services there.

A scan of a whole cluster would else go over every policy for every Service.
"""

from dataclasses import dataclass, field

from diagnostics.model.case import Case, Cluster
from diagnostics.model.policies import AntreaPolicy, AppliedTo, NetworkPolicy
from diagnostics.model.upstream_policies import UpstreamPolicy
from diagnostics.policy.backend_pods import namespace_labels
from diagnostics.policy.labels import matches
from diagnostics.policy.upstream_kinds import UPSTREAM_KINDS, UpstreamKind


@dataclass(frozen=True, slots=True)
class Concerning:
    """Policies of the namespace, and cluster-wide ones that do not leave it out by its labels."""

    kubernetes: tuple[NetworkPolicy, ...]
    antrea: tuple[AntreaPolicy, ...]
    upstream: tuple[tuple[UpstreamKind, UpstreamPolicy], ...]


def concerning(case: Case) -> Concerning:
    """The policies to look at for a Service; whether they select its Pods is another question."""
    return case.cluster.once(_InNamespace(case.namespace, case))


@dataclass(frozen=True, slots=True)
class _InNamespace:
    """The question of one namespace; whichever Case asks it first, it is the same question."""

    namespace: str
    case: Case = field(compare=False)

    def __call__(self, cluster: Cluster) -> Concerning:
        return Concerning(
            cluster.once(_kubernetes_by_namespace).get(self.namespace, ()),
            (
                *(policy for policy in cluster.snapshot.cluster_policies if self._is_meant_by(policy)),
                *cluster.once(_antrea_by_namespace).get(self.namespace, ()),
            ),
            tuple(
                (kind, policy)
                for kind in UPSTREAM_KINDS
                for policy in kind.policies(cluster.snapshot)
                if kind.is_on(cluster.antrea) is not False
            ),
        )

    def _is_meant_by(self, policy: AntreaPolicy) -> bool:
        entries = policy.spec.applied_to or [entry for rule in policy.spec.ingress for entry in rule.applied_to]
        return any(self._may_be_meant_by(entry) for entry in entries)

    def _may_be_meant_by(self, entry: AppliedTo) -> bool:
        if entry.service is not None:
            return entry.service.namespace == self.namespace
        if entry.namespace_selector is not None:
            labels = namespace_labels(self.case, self.namespace)
            return matches(entry.namespace_selector, labels) is not False
        return True


def _kubernetes_by_namespace(cluster: Cluster) -> dict[str, tuple[NetworkPolicy, ...]]:
    """Those that isolate incoming traffic: no other has ingress rules that hold."""
    found: dict[str, list[NetworkPolicy]] = {}
    for policy in cluster.snapshot.network_policies:
        if policy.isolates_ingress:
            found.setdefault(policy.metadata.namespace, []).append(policy)
    return {namespace: tuple(policies) for namespace, policies in found.items()}


def _antrea_by_namespace(cluster: Cluster) -> dict[str, tuple[AntreaPolicy, ...]]:
    found: dict[str, list[AntreaPolicy]] = {}
    for policy in cluster.snapshot.antrea_policies:
        found.setdefault(policy.metadata.namespace, []).append(policy)
    return {namespace: tuple(policies) for namespace, policies in found.items()}
