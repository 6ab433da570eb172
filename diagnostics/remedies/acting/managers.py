"""Who changed an object, by its managedFields: a name that the program which wrote gave itself, and when.

k8s:staging/src/k8s.io/apimachinery/pkg/apis/meta/v1 ManagedFieldsEntry. A program that deletes a field leaves no mark
at that field, so the newest writer of the whole object is named then.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from diagnostics.model.text import one_line
from diagnostics.model.writing import Object
from diagnostics.remedies.acting.leaves import Way
from diagnostics.remedies.plan.commands import FIELD_MANAGER

_LONGEST_NAME = 80


def who_changed(item: Object, way: Way = ()) -> str:
    """`helm at 2026-01-02T03:04:05Z`: the last manager of the value, else of the object; never ourselves first."""
    entries = _entries(item)
    of_value = [entry for entry in entries if way and _has(entry.get("fieldsV1"), way)]
    return _newest(_others(of_value)) or _newest(_others(entries)) or _newest(of_value) or "somebody unknown"


def last_manager(item: Object) -> str:
    """The name of whoever wrote last; empty when the object does not tell."""
    newest = max(_entries(item), key=lambda entry: str(entry.get("time") or ""), default={})
    return str(newest.get("manager") or "")


def made_by_us(item: Object) -> bool:
    """Whether we wrote its spec."""
    return any(
        entry.get("manager") == FIELD_MANAGER and _has(entry.get("fieldsV1"), ("spec",)) for entry in _entries(item)
    )


def _entries(item: Object) -> list[Mapping[str, Any]]:
    return [
        entry
        for entry in (item.get("metadata") or {}).get("managedFields") or ()
        if isinstance(entry, Mapping) and entry.get("subresource", "") != "status"
    ]


def _others(entries: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [entry for entry in entries if entry.get("manager") != FIELD_MANAGER]


def _newest(entries: Iterable[Mapping[str, Any]]) -> str:
    found = max(entries, key=lambda entry: str(entry.get("time") or ""), default=None)
    if found is None:
        return ""
    name = one_line(str(found.get("manager") or ""))[:_LONGEST_NAME] or "a program without a name"
    at = one_line(str(found.get("time") or ""))
    return f"{name} at {at}" if at else name


def _has(fields: Any, way: Way) -> bool:
    for key in way:
        if not isinstance(fields, Mapping):
            return False
        if f"f:{key}" not in fields:
            return False
        fields = fields[f"f:{key}"]
    return True
