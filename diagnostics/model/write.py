"""One change of one object as the API server takes it: what a step of a plan does, said for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verb(StrEnum):
    """How an object is changed."""

    APPLY = "apply"
    MERGE = "merge"
    CREATE = "create"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Write:
    """A change of the object `kind` `namespace/name`.

    `body` is the whole object for apply (server-side) and create, the merge patch for merge (RFC 7386: null removes),
    empty for delete. An empty namespace means a cluster-scoped object.
    """

    verb: Verb
    api_version: str
    kind: str
    name: str
    namespace: str = ""
    body: Mapping[str, Any] | None = None

    @property
    def group(self) -> str:
        """API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def key(self) -> str:
        """`namespace/name`, or the name alone for a cluster-scoped object."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def merge_patch(api_version: str, kind: str, namespace: str, name: str, change: Mapping[str, Any]) -> Write:
    """A merge patch of an object that is there; `change` is the patch without its identity."""
    return Write(Verb.MERGE, api_version, kind, name, namespace, change)


def merged(value: Any, patch: Any) -> Any:
    """The value with a merge patch applied, as RFC 7386 says; neither argument is changed."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(value) if isinstance(value, Mapping) else {}
    for key, change in patch.items():
        if change is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), change)
    return result
