"""What an API server answers to a change, in words and values that the engine and the hand share."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Object = Mapping[str, Any]
"""A Kubernetes object as it stands in JSON, harmless to a terminal."""


class Why(StrEnum):
    """Why something was not done."""

    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    REFUSED = "refused"  # by admission, or by the schema
    ABSENT = "absent"
    UNREACHABLE = "unreachable"
    UNSURE = "unsure"  # it was sent, and no answer came


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request brought nothing: `sentence` is what happened and why, `next_step` what to do."""

    why: Why
    sentence: str
    next_step: str = ""

    @property
    def whole(self) -> str:
        """All that there is to say."""
        return f"{self.sentence} {self.next_step}".strip()


@dataclass(frozen=True, slots=True)
class Taken:
    """A change that the server took, or would take in a dry run.

    `object` is what it made of it, None after a deletion. `warnings` are admission's. `created` is true when there
    was no such object before.
    """

    object: Object | None
    warnings: tuple[str, ...] = ()
    created: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Which object, at which moment; empty values are not compared."""

    uid: str = ""
    resource_version: str = ""


def identity_of(item: Object) -> Identity:
    """uid and resourceVersion as the server tells them."""
    meta = item.get("metadata") or {}
    return Identity(str(meta.get("uid") or ""), str(meta.get("resourceVersion") or ""))
