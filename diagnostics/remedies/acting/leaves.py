"""Objects compared value by value: which a change touches, whether they hold, and the patch that takes it back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from diagnostics.model.writing import Object

Way = tuple[str, ...]
"""Keys from the top of an object down to a value."""

ABSENT = object()
"""The value of what is not there."""

_OF_THE_SERVER = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")
_OF_MANY = (("metadata", "annotations"), ("metadata", "labels"), ("data",), ("spec", "selector"))
_NOTES = ("kubectl.kubernetes.io/last-applied-configuration", "deprecated.daemonset.template.generation")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that a change wants; None means that nothing may stand there. Lists are one value."""

    way: Way
    value: Any


def wanted_leaves(body: Mapping[str, Any]) -> tuple[Leaf, ...]:
    """The values of a whole object or of a merge patch, without what says which object it is."""
    return tuple(_walk(body, ()))


def value_at(item: Object | None, way: Way) -> Any:
    """What stands there; ABSENT for nothing."""
    value: Any = item
    for key in way:
        if not isinstance(value, Mapping) or key not in value:
            return ABSENT
        value = value[key]
    return value


def holds(item: Object | None, leaf: Leaf) -> bool:
    """Whether the object has the value; what the server filled in within lists does not count."""
    value = value_at(item, leaf.way)
    if leaf.value is None or leaf.value == {}:
        return value is ABSENT or value == leaf.value
    return value is not ABSENT and _contains(value, leaf.value)


def own(item: Object) -> dict[str, Any]:
    """The object without status and without what the server counts by itself."""
    meta = {key: value for key, value in (item.get("metadata") or {}).items() if key not in _OF_THE_SERVER}
    notes = {key: value for key, value in (meta.get("annotations") or {}).items() if key not in _NOTES}
    meta = {key: value for key, value in meta.items() if key != "annotations"} | (
        {"annotations": notes} if notes else {}
    )
    rest = {key: value for key, value in item.items() if key not in ("status", "metadata")}
    return {"apiVersion": rest.pop("apiVersion", ""), "kind": rest.pop("kind", ""), "metadata": meta, **rest}


def difference(before: Mapping[str, Any], after: Mapping[str, Any], way: Way = ()) -> dict[str, Any]:
    """The merge patch (RFC 7386) that turns one object into the other.

    Maps that many write into (annotations, labels, data) never go as a whole: only the keys that differ are named.
    """
    patch: dict[str, Any] = {}
    for key in dict.fromkeys((*before, *after)):
        here = (*way, key)
        old, new = before.get(key, ABSENT), after.get(key, ABSENT)
        if here in _OF_MANY:
            old, new = ({} if value is ABSENT else value for value in (old, new))
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            patch[key] = difference(old, new, here)
        else:
            patch[key] = None if new is ABSENT else new
    return patch


def shown(way: Way) -> str:
    """The way as kubectl explain writes it."""
    return ".".join(f"[{key}]" if "." in key or "/" in key else key for key in way).replace(".[", "[")


def _walk(value: Mapping[str, Any], way: Way) -> Iterator[Leaf]:
    for key, inner in value.items():
        here = (*way, key)
        if here in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")):
            continue
        if way == ("metadata",) and key in _OF_THE_SERVER:
            continue
        if isinstance(inner, Mapping) and inner:
            yield from _walk(inner, here)
        else:
            yield Leaf(here, inner)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and _contains(value[key], inner) for key, inner in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(value, list) and len(value) == len(wanted) and all(map(_contains, value, wanted))
    return bool(value == wanted)
