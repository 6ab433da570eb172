"""A list kept true by the events that follow it. Pure: it knows nothing of connections or time."""

from collections.abc import Iterable
from typing import Any

import msgspec

from diagnostics.kube.watch_events import GONE, EventKind, WatchEvent


class Replica:
    """The objects of one list by `namespace/name`, and the resourceVersion up to which they are true.

    An empty version means that the list must be read again before it can be followed. An object that tells the same
    facts as before is kept as it was held, so that nobody who was told of it holds another copy.
    """

    def __init__(self, items: Iterable[Any] = (), version: str = "") -> None:
        self.items: dict[str, Any] = {item.metadata.key: item for item in items}
        self.version = version

    def relist(self, items: Iterable[Any], version: str) -> dict[str, tuple[Any, Any]]:
        """Takes a new reading of the list; what differs, by key, as before and after (None where it is not there)."""
        old, now = self.items, {item.metadata.key: item for item in items}
        alike = {key: item for key, item in old.items() if same(item, now.get(key))}
        self.items, self.version = now | alike, version
        return {key: (old.get(key), now.get(key)) for key in {*old, *now} if key not in alike}

    def take(self, event: WatchEvent) -> tuple[Any, Any] | None:
        """Takes one event; the object before and after it, or None when it changes nothing that is known of it.

        An error, and an event that cannot be understood, leave no version: what they told is only in a new list.
        """
        match event.kind:
            case EventKind.ERROR | EventKind.STRANGE:
                self.version = ""
                return None
            case EventKind.BOOKMARK:
                self.version = event.version or self.version
                return None
        self.version = event.version or self.version
        before = self.items.get(event.key)
        if event.kind is EventKind.AWAY:
            self.items.pop(event.key, None)
            return (before, None) if before is not None else None
        if same(before, event.fact):
            return None
        self.items[event.key] = event.fact
        return before, event.fact


def is_gone(event: WatchEvent) -> bool:
    """Whether the server no longer knows the version that was followed: a usual end of a watch."""
    return event.kind is EventKind.ERROR and event.status == GONE


def same(before: Any, after: Any) -> bool:
    """Whether two readings of an object tell the same facts; its version alone is none. A new uid is a new object."""
    if before is None or after is None:
        return before is after
    counted = {"resource_version": before.metadata.resource_version, "generation": before.metadata.generation}
    meta = msgspec.structs.replace(after.metadata, **counted)
    return bool(msgspec.structs.replace(after, metadata=meta) == before)
