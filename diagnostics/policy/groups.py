"""Antrea's ClusterGroups and Groups, resolved to the selectors and ranges they stand for."""

from dataclasses import dataclass

from diagnostics.model.case import Case
from diagnostics.model.meta import LabelSelector
from diagnostics.model.policies import Group, GroupSpec, NamespacedName
from diagnostics.model.snapshot import Source


@dataclass(frozen=True, slots=True)
class Resolved:
    """Specs without children. `missing` names, in words, what could not be read."""

    specs: tuple[GroupSpec, ...] = ()
    missing: tuple[str, ...] = ()


def resolve_group(case: Case, name: str, namespace: str) -> Resolved:
    """What a policy in `namespace` (empty: cluster-wide) means by a group's name.

    A group that does not exist holds nothing, and so does a child that has children itself: Antrea allows one
    level (antrea:docs/antrea-network-policy.md ClusterGroup).
    """
    groups = case.once(_groups)
    group = groups.get((namespace, name))
    if group is None:
        return _absent(case, name, namespace)
    if not group.spec.child_groups:
        return Resolved((group.spec,))
    specs: list[GroupSpec] = []
    missing: list[str] = []
    for child_name in group.spec.child_groups:
        child = groups.get((namespace, child_name))
        if child is None:
            missing += _absent(case, child_name, namespace).missing
        elif not child.spec.child_groups:
            specs.append(child.spec)
    return Resolved(tuple(specs), tuple(missing))


def service_selector(case: Case, reference: NamespacedName) -> LabelSelector | str | None:
    """How a `serviceReference` selects Pods of its namespace; None when it selects none.

    A Service without selector is not supported there. Text names what could not be read.
    """
    service = case.snapshot.service_by_key.get(f"{reference.namespace}/{reference.name}")
    if service is None:
        gap = case.snapshot.gap(Source.SERVICES, reference.namespace)
        return f"Service {reference.namespace}/{reference.name} ({gap.sentence})" if gap else None
    return LabelSelector(match_labels=service.spec.selector) if service.spec.selector else None


def _groups(case: Case) -> dict[tuple[str, str], Group]:
    every = (*case.snapshot.cluster_groups, *case.snapshot.groups)
    return {(group.metadata.namespace, group.metadata.name): group for group in every}


def _absent(case: Case, name: str, namespace: str) -> Resolved:
    source = Source.GROUPS if namespace else Source.CLUSTER_GROUPS
    gap = case.snapshot.gap(source, namespace)
    if gap is None:
        return Resolved()
    kind = f"Group {namespace}/{name}" if namespace else f"ClusterGroup {name}"
    return Resolved(missing=(f"{kind} ({gap.sentence})",))
