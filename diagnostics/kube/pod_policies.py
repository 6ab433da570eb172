"""The namespaces in which some policy or Egress selects Pods: only there a scan of all Services has to know Pods."""

from collections.abc import Iterable, Iterator

from diagnostics.model.meta import LabelSelector
from diagnostics.model.policies import AntreaPolicy, AppliedTo
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.upstream_policies import UpstreamPolicy


def namespaces_with_pod_policies(snapshot: Snapshot, among: Iterable[str]) -> tuple[str, ...]:
    """Those of the namespaces, in their order, in which a policy or Egress that was read may select Pods."""
    own = {policy.metadata.namespace for policy in snapshot.network_policies if policy.isolates_ingress}
    own |= {policy.metadata.namespace for policy in snapshot.antrea_policies}
    upstream = (*snapshot.admin_policies, *snapshot.baseline_admin_policies, *snapshot.upstream_cluster_policies)
    wide = [entry for policy in snapshot.cluster_policies for entry in _applied_to(policy)]
    wide += [entry for policy in upstream for entry in _subject(policy)]
    wide += [
        AppliedTo(namespace_selector=pods.namespace_selector)
        for pods in (egress.spec.applied_to for egress in snapshot.egresses)
        if not pods.is_empty
    ]
    selectors = _distinct(entry.namespace_selector for entry in wide if entry.namespace_selector is not None)
    accounts = {entry.service_account.namespace for entry in wide if entry.service_account}
    everywhere = any(entry.namespace_selector is None and entry.service_account is None for entry in wide)
    return tuple(
        name
        for name in among
        if everywhere or name in own or name in accounts or any(_may_match(item, snapshot, name) for item in selectors)
    )


def _applied_to(policy: AntreaPolicy) -> Iterator[AppliedTo]:
    """Entries of `appliedTo` that stand for Pods."""
    spec = policy.spec
    for entry in (*spec.applied_to, *(entry for rule in spec.ingress for entry in rule.applied_to)):
        if not (entry.service or entry.node_selector or entry.external_entity_selector):
            yield entry


def _subject(policy: UpstreamPolicy) -> Iterator[AppliedTo]:
    """The same for the subject of a policy of policy.networking.k8s.io."""
    subject = policy.spec.subject
    for part in (subject.pods, subject.namespaces):
        if part is not None:
            yield AppliedTo(namespace_selector=part.selector)


def _distinct(selectors: Iterable[LabelSelector]) -> list[LabelSelector]:
    """Each selector once; a selector cannot be hashed, its text can."""
    return list({repr(selector): selector for selector in selectors}.values())


def _may_match(selector: LabelSelector, snapshot: Snapshot, namespace: str) -> bool:
    labels = snapshot.namespace_labels.get(namespace)
    return labels is None or selector.matches(labels)
