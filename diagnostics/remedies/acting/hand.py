"""What applying and proving need of a cluster; `diagnostics.kube` has it, and the engine does not import that."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from diagnostics.model.write import Write
from diagnostics.model.writing import Identity, Object, Refusal, Taken


class Eye(Protocol):
    """Reads objects as they stand."""

    def look(self, api_version: str, kind: str, namespace: str, name: str) -> Object | Refusal | None:
        """The object; None when there is none."""

    def listed(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Sequence[Object] | Refusal:
        """All objects of the kind (there, with these labels)."""


class Hand(Eye, Protocol):
    """Reads, tries and carries out."""

    def dry_run(self, write: Write, seen: Identity) -> Taken | Refusal:
        """What the server and admission would say."""

    def carry_out(self, write: Write, seen: Identity) -> Taken | Refusal:
        """Does it, provided that the object is still the one that was seen."""


def look_at(eye: Eye, write: Write) -> Object | Refusal | None:
    """The object that a Write is about."""
    return eye.look(write.api_version, write.kind, write.namespace, write.name)


class RememberingEye:
    """Asks for each thing once: the steps of a plan are about few objects. For one verification, not longer."""

    def __init__(self, eye: Eye) -> None:
        self._eye = eye
        self._objects: dict[tuple[str, ...], Object | Refusal | None] = {}
        self._lists: dict[tuple[object, ...], Sequence[Object] | Refusal] = {}

    def look(self, api_version: str, kind: str, namespace: str, name: str) -> Object | Refusal | None:
        """As the eye behind it."""
        key = (api_version, kind, namespace, name)
        if key not in self._objects:
            self._objects[key] = self._eye.look(*key)
        return self._objects[key]

    def listed(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Sequence[Object] | Refusal:
        """As the eye behind it."""
        key = (api_version, kind, namespace, tuple((labels or {}).items()))
        if key not in self._lists:
            self._lists[key] = self._eye.listed(api_version, kind, namespace, labels)
        return self._lists[key]
