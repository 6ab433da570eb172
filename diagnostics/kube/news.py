"""What becomes of a Snapshot while its lists are followed, and which verdicts that touches. Pure.

A Service or EndpointSlice touches its Service. Nodes, agents and DaemonSets touch every Service, but not when they
only report that they live: an agent does so every minute, with other numbers of flows each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from diagnostics.kube.kinds import KINDS
from diagnostics.model.agent_info import AntreaAgentInfo
from diagnostics.model.service import EndpointSlice
from diagnostics.model.snapshot import Snapshot, Source
from diagnostics.model.workload import DaemonSet

Changes = Mapping[str, tuple[Any, Any]]
"""What changed, by `namespace/name`: the object before and after, None where it is not there."""


@dataclass(frozen=True, slots=True)
class News:
    """What has become of the cluster.

    `touched` are the Services that changed themselves or in their endpoints; `everything` means that all others may
    have another verdict too. `stale` says why some list is not followed at the moment; it is empty when all are.
    """

    snapshot: Snapshot
    touched: frozenset[str] = frozenset()
    everything: bool = False
    stale: str = ""


class Changing:
    """The lists of a Snapshot by key while they change, and whom the changes since the last news touch.

    Lists that never change are not copied, and an object is never held twice.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._lists: dict[str, dict[str, Any]] = {}
        self._slices = dict(snapshot.slices_by_service)
        self._changed: set[str] = set()
        self._touched: set[str] = set()
        self._everything = False

    @property
    def has_changed(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._changed)

    def take(self, source: Source, changes: Changes) -> None:
        """Takes changes of one list."""
        name = KINDS[source].field
        if name not in self._lists:
            self._lists[name] = {item.metadata.key: item for item in getattr(self._snapshot, name)}
        held = self._lists[name]
        for key, (before, after) in changes.items():
            if after is None:
                held.pop(key, None)
            else:
                held[key] = after
            match source:
                case Source.SERVICES:
                    self._touched.add(key)
                case Source.SLICES:
                    self._regroup(before, after)
                case _:
                    self._everything = self._everything or _is_more_than_a_heartbeat(before, after)
        self._changed.add(name)

    def news(self, stale: str, true_at: float) -> News:
        """Everything since the last news; `true_at` is until when it is known to be true (seconds since the epoch)."""
        fields: dict[str, Any] = {name: tuple(self._lists[name].values()) for name in self._changed}
        lookups: dict[str, Any] = {}
        if "services" in fields:
            lookups["service_by_key"] = dict(self._lists["services"])
        if "slices" in fields:
            lookups["slices_by_service"] = dict(self._slices)
        self._snapshot = self._snapshot.changed(lookups, **fields, taken_at=true_at)
        told = News(self._snapshot, frozenset(self._touched), self._everything, stale)
        self._changed, self._touched, self._everything = set(), set(), False
        return told

    def _regroup(self, before: EndpointSlice | None, after: EndpointSlice | None) -> None:
        """A changed slice keeps its place among those of its Service; one that changed its Service moves."""
        old, new = before.service_key if before else None, after.service_key if after else None
        self._touched |= {key for key in (old, new) if key}
        if before and old is not None:
            kept = [after if old == new and _is(item, before) else item for item in self._slices.get(old, ())]
            left = tuple(item for item in kept if item is not None and (old == new or not _is(item, before)))
            self._slices[old] = left
            if not left:
                del self._slices[old]
        if after and new is not None and old != new:
            self._slices[new] = (*self._slices.get(new, ()), after)


def _is(one: EndpointSlice, other: EndpointSlice) -> bool:
    return one.metadata.key == other.metadata.key


def _is_more_than_a_heartbeat(before: Any, after: Any) -> bool:
    """Whether anything changed but what an object says of its own health."""
    if before is None or after is None or before.metadata.uid != after.metadata.uid:
        return True
    return bool(_without_health(before) != _without_health(after))


def _without_health(item: Any) -> Any:
    meta = msgspec.structs.replace(item.metadata, resource_version="", generation=0)
    match item:
        case AntreaAgentInfo():
            tables = dict.fromkeys(item.ovs_info.flow_table, 0)
            ovs = msgspec.structs.replace(item.ovs_info, flow_table=tables)
            return msgspec.structs.replace(item, metadata=meta, ovs_info=ovs, agent_conditions=[])
        case DaemonSet():
            return msgspec.structs.replace(item, metadata=meta, status=type(item.status)())
    return msgspec.structs.replace(item, metadata=meta)
