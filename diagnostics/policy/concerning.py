"""The policies that may concern a Service: sorted out by namespace once for all Services there, then by labels.

A scan of a whole cluster would else go over every policy for every Service.
"""

from dataclasses import dataclass, field

from diagnostics.model.case import Case, Cluster
from diagnostics.model.policies import AntreaPolicy, AppliedTo, NetworkPolicy
from diagnostics.model.upstream_policies import UpstreamPolicy
from diagnostics.policy.backend_pods import backend_pods, namespace_labels
from diagnostics.policy.label_index import Label, LabelIndex, keys_of_antrea_policy, keys_of_network_policy
from diagnostics.policy.labels import matches
from diagnostics.policy.upstream_kinds import UPSTREAM_KINDS, UpstreamKind


@dataclass(frozen=True, slots=True)
class Concerning:
    """Policies of the namespace, and cluster-wide ones, that do not leave out the namespace or all Pods by labels."""

    kubernetes: tuple[NetworkPolicy, ...]
    antrea: tuple[AntreaPolicy, ...]
    upstream: tuple[tuple[UpstreamKind, UpstreamPolicy], ...]


def concerning(case: Case) -> Concerning:
    """The policies to look at for a Service; whether they select its Pods is another question."""
    return case.once(_concerning)


def _concerning(case: Case) -> Concerning:
    here, labels = case.cluster.once(_InNamespace(case.namespace, case)), _labels(case)
    return Concerning(here.kubernetes.of(labels, case.key), here.antrea.of(labels, case.key), here.upstream)


def _labels(case: Case) -> tuple[Label, ...] | None:
    """Every label of a Pod behind the Service; None when those of some Pod are not known."""
    pods = case.once(backend_pods)
    if not all(pod.labels.complete for pod in pods):
        return None
    return tuple(dict.fromkeys(item for pod in pods for item in pod.labels.known.items()))


@dataclass(frozen=True, slots=True)
class _Here:
    """What there is for a namespace, before a Service of it is looked at."""

    kubernetes: LabelIndex[NetworkPolicy]
    antrea: LabelIndex[AntreaPolicy]
    upstream: tuple[tuple[UpstreamKind, UpstreamPolicy], ...]


@dataclass(frozen=True, slots=True)
class _InNamespace:
    """The question of one namespace; whichever Case asks it first, it is the same question."""

    namespace: str
    case: Case = field(compare=False)

    def __call__(self, cluster: Cluster) -> _Here:
        return _Here(
            LabelIndex(cluster.once(_kubernetes_by_namespace).get(self.namespace, ()), keys_of_network_policy),
            LabelIndex(
                (
                    *(policy for policy in cluster.snapshot.cluster_policies if self._is_meant_by(policy)),
                    *cluster.once(_antrea_by_namespace).get(self.namespace, ()),
                ),
                keys_of_antrea_policy,
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
