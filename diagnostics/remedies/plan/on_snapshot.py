"""What a write makes of a Snapshot: facts change as the objects in the cluster would."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import msgspec

from diagnostics.model.case import Case
from diagnostics.model.meta import Fact
from diagnostics.model.policies import AntreaPolicy, NetworkPolicy
from diagnostics.model.service import Service
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import ConfigMap, DaemonSet, Namespace, Pod
from diagnostics.model.write import Verb, Write, merged

_KINDS: dict[tuple[str, str], tuple[str, type[Fact]]] = {
    ("", "Service"): ("services", Service),
    ("", "ConfigMap"): ("config_maps", ConfigMap),
    ("", "Namespace"): ("namespaces", Namespace),
    ("", "Pod"): ("pods", Pod),
    ("apps", "DaemonSet"): ("daemon_sets", DaemonSet),
    ("networking.k8s.io", "NetworkPolicy"): ("network_policies", NetworkPolicy),
    ("crd.antrea.io", "ClusterNetworkPolicy"): ("cluster_policies", AntreaPolicy),
    ("crd.antrea.io", "NetworkPolicy"): ("antrea_policies", AntreaPolicy),
}
_NAMESPACED = (
    "services",
    "slices",
    "pods",
    "config_maps",
    "daemon_sets",
    "network_policies",
    "antrea_policies",
    "groups",
)
_key: Callable[[Any], str] = lambda fact: fact.metadata.key  # noqa: E731


def written(snapshot: Snapshot, write: Write) -> Snapshot:
    """The Snapshot after the write; objects of kinds that it does not hold change nothing.

    Server-side apply replaces an object of the same name, a merge patch of an absent object does nothing.
    """
    if (write.group, write.kind) not in _KINDS:
        return snapshot
    field, fact = _KINDS[write.group, write.kind]
    items: tuple[Any, ...] = getattr(snapshot, field)
    match write.verb:
        case Verb.APPLY | Verb.CREATE:
            new = msgspec.convert(write.body or {}, fact, strict=False)
            items = (*(item for item in items if _key(item) != write.key), new)
        case Verb.MERGE:
            items = tuple(_merged(item, write, fact) if _key(item) == write.key else item for item in items)
        case Verb.DELETE:
            snapshot = _collected(snapshot, [item for item in items if _key(item) == write.key])
            items = tuple(item for item in getattr(snapshot, field) if _key(item) != write.key)
    changed: dict[str, Any] = {field: items}
    return snapshot.changed(**changed)


def case_in(snapshot: Snapshot, today: Case) -> Case:
    """The Service of the Case in a changed Snapshot; where only Services changed, what is known of the rest stays."""
    rest = (field.name for field in fields(Snapshot) if field.name not in ("services", "slices"))
    same = all(getattr(snapshot, name) is getattr(today.snapshot, name) for name in rest)
    return Case.of(snapshot, today.key, today.cluster.with_services_of(snapshot) if same else None)


def standing(snapshot: Snapshot, write: Write) -> Any:
    """The fact of the object that the write changes, as it stands before it; None when there is none."""
    field, _ = _KINDS.get((write.group, write.kind), ("", Fact))
    items: tuple[Any, ...] = getattr(snapshot, field) if field else ()
    return next((item for item in items if _key(item) == write.key), None)


def _merged(item: Any, write: Write, fact: type[Fact]) -> Any:
    return msgspec.convert(merged(msgspec.to_builtins(item), write.body or {}), fact, strict=False)


def _collected(snapshot: Snapshot, gone: list[Any]) -> Snapshot:
    """The Snapshot without what Kubernetes removes together with these objects."""
    for item in gone:
        meta = item.metadata
        match item:
            case Namespace():
                within: dict[str, Any] = {
                    field: tuple(fact for fact in getattr(snapshot, field) if fact.metadata.namespace != meta.name)
                    for field in _NAMESPACED
                }
                snapshot = snapshot.changed(**within)
            case DaemonSet():
                marks = item.spec.template.metadata.labels.items()
                pods = tuple(
                    pod
                    for pod in snapshot.pods
                    if not marks or pod.metadata.namespace != meta.namespace or not marks <= pod.metadata.labels.items()
                )
                snapshot = snapshot.changed(pods=pods)
            case Service():
                slices = tuple(part for part in snapshot.slices if part.service_key != meta.key)
                snapshot = snapshot.changed(slices=slices)
    return snapshot


def is_held(group: str, kind: str) -> bool:
    """Whether the engine has facts of this kind."""
    return (group, kind) in _KINDS


def held_fact(snapshot: Snapshot, group: str, kind: str, key: str) -> Fact | None:
    """The facts of one object in the Snapshot; None when it holds none."""
    field, _ = _KINDS[group, kind]
    return next((item for item in getattr(snapshot, field) if _key(item) == key), None)


def fact_of(group: str, kind: str, item: Mapping[str, Any]) -> Fact | None:
    """The facts of an object as it stands in JSON; None where its kind is not known or its values are not right."""
    if not is_held(group, kind):
        return None
    try:
        return msgspec.convert(item, _KINDS[group, kind][1], strict=False)
    except msgspec.ValidationError:
        return None
