"""Puts what was read into a Snapshot."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from diagnostics.kube.kinds import KINDS
from diagnostics.kube.reading import Part
from diagnostics.model.snapshot import Snapshot, Source

_READ_BIT_BY_BIT = (Source.PODS, Source.CONFIG_MAPS)


def with_parts(snapshot: Snapshot, parts: Iterable[Part]) -> Snapshot:
    """The Snapshot with more facts. What was read as a whole replaces what was known of that place, gaps included."""
    held = {item.name: getattr(snapshot, item.name) for item in fields(snapshot)}
    merged: dict[str, dict[str, Any]] = {}
    reads, gaps = set(snapshot.reads), list(snapshot.gaps)
    for part in parts:
        name = KINDS[part.source].field
        places = {place for _, place in part.reads} if part.source not in _READ_BIT_BY_BIT else set()
        known = merged.get(name) or {item.metadata.key: item for item in held[name]}
        if places:
            known = {
                key: item for key, item in known.items() if "" not in places and item.metadata.namespace not in places
            }
        known.update((item.metadata.key, item) for item in part.items)
        merged[name] = known
        told = {(gap.source, gap.namespace) for gap in part.gaps} | part.reads
        gaps = [gap for gap in gaps if (gap.source, gap.namespace) not in told] + list(part.gaps)
        reads |= part.reads
    held |= {name: tuple(known.values()) for name, known in merged.items()}
    changed: dict[str, Any] = {**held, "reads": frozenset(reads), "gaps": tuple(gaps)}
    return Snapshot(**changed)
