"""Snapshots from recorded objects: the files of `-f`, the demo clusters, or objects at hand.

They pass the same decoder as the answers of a live API server. What counts as read: a recording of a whole cluster
(its first document says so, see `Recording`) holds everything there was, and a saved Snapshot says what was read and
what could not be. Of other files nobody knows what was left
out: Nodes, DaemonSets and ConfigMaps of which they hold none were not read, so that the engine says "unknown".
Everything else of which they hold none is taken as "there is none" where they hold a Service, because most clusters
have none of the optional kinds; a partial Gap says so for each.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO

from diagnostics.kube.decode import decode_parts
from diagnostics.kube.demos import Demo, demo_documents, demo_objects, demos
from diagnostics.kube.documents import KubeObject, Place, RecordingError
from diagnostics.kube.kinds import KINDS, SOURCE_OF
from diagnostics.kube.raw_objects import RawObject, raw_object, read_raw, read_raw_placed
from diagnostics.kube.recording import RECORDING_VERSION, Recording, gaps_of, is_recording, reads_of, recording_of
from diagnostics.model.meta import Meta
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.model.text import one_line, plain

__all__ = [
    "RECORDING_VERSION",
    "Demo",
    "Place",
    "Places",
    "Recording",
    "RecordingError",
    "demo_names",
    "demo_objects_of",
    "demos",
    "file_objects_of",
    "from_objects",
    "read_demo",
    "read_described",
    "read_files",
    "read_located",
]

_SYSTEM = "kube-system"  # findings speak of no other Pods, and a cluster has many
_NEVER_GUESSED = (Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS)


Places = Mapping[tuple[Source, str], Place]
"""Where objects stand in files, by their Source and `namespace/name`, or a name alone for what has no namespace."""


def read_files(paths: Sequence[str], stdin: BinaryIO | None = None) -> Snapshot:
    """The Snapshot of files, folders and `-`, in the given order. Raises RecordingError.

    `stdin` is used instead of the process's own (for tests).
    """
    return _snapshot(read_raw(paths, stdin or _own_stdin()), _origin(paths))


def read_described(paths: Sequence[str]) -> tuple[Snapshot, Recording]:
    """The same Snapshot, and what the files say of themselves. Raises RecordingError."""
    return _described(read_raw(paths, _own_stdin()), _origin(paths))


def read_located(paths: Sequence[str], stdin: BinaryIO | None = None) -> tuple[Snapshot, Places]:
    """The same Snapshot, and where each object of it stands. Raises RecordingError."""
    places = {}

    def noted() -> Iterator[RawObject]:
        for item, place in read_raw_placed(paths, stdin or _own_stdin()):
            source = _source(item)
            if source and (source is not Source.PODS or item.namespace == _SYSTEM):
                places[source, Meta(name=plain(item.name), namespace=plain(item.namespace)).key] = place
            yield item

    return _snapshot(noted(), _origin(paths)), places


def _own_stdin() -> BinaryIO | None:
    return sys.stdin.buffer if sys.stdin else None


def _origin(paths: Sequence[str]) -> str:
    return "recorded in " + ", ".join("standard input" if path == "-" else one_line(path) for path in paths)


def demo_names() -> tuple[str, ...]:
    """Names of the demo clusters, in the order in which they are told."""
    return tuple(demo.name for demo in demos())


def read_demo(name: str) -> Snapshot:
    """The Snapshot of a demo cluster. Raises RecordingError for an unknown name."""
    return from_objects(demo_documents(name), origin=f"demo {name}")


def demo_objects_of(name: str) -> Iterable[RawObject]:
    """The objects of a demo cluster as they stand. Raises RecordingError for an unknown name."""
    return map(raw_object, demo_objects(name))


def file_objects_of(paths: Sequence[str]) -> Iterable[RawObject]:
    """The objects of files, folders and `-` as they stand. Raises RecordingError, at the latest while they are read."""
    return read_raw(paths, _own_stdin())


def from_objects(objects: Iterable[KubeObject], origin: str = "objects") -> Snapshot:
    """The Snapshot of objects. A later object replaces an earlier one of the same kind, namespace and name.

    Kinds that the engine does not know are left alone. Raises RecordingError when no object is one that it knows.
    """
    return _snapshot(map(raw_object, objects), origin)


def _snapshot(objects: Iterable[RawObject], origin: str) -> Snapshot:
    return _described(objects, origin)[0]


def _described(objects: Iterable[RawObject], origin: str) -> tuple[Snapshot, Recording]:
    recording, by_source = _sorted(objects)
    has_services = bool(by_source[Source.SERVICES])
    if not any(by_source.values()) and recording.reads is None:
        known = ", ".join(sorted({kind.kind for kind in KINDS.values()}))
        raise RecordingError(f"{origin}: none of the objects is of a kind that is read here ({known}).")
    fields: dict[str, tuple[Any, ...]] = {}
    gaps: list[Gap] = []
    reads: set[tuple[Source, str]] = set()
    for source, kind in KINDS.items():
        held = by_source[source]
        is_held = bool(held)  # it is emptied while it is decoded
        if held:
            decoded = decode_parts(source, (held.pop(name).body for name in list(held)))
            fields[kind.field] = decoded.items
            gaps += decoded.gaps
        if recording.reads is not None:
            continue
        if is_held or recording.complete:
            reads.add((source, ""))
        elif source in _NEVER_GUESSED or not has_services:
            gaps.append(Gap(source, Reason.NOT_READ, "The files hold no such object."))
        else:
            reads.add((source, ""))
            detail = "The files hold no such object; it is taken that the cluster has none."
            gaps.append(Gap(source, Reason.NOT_READ, detail, partial=True))
    if recording.reads is not None:
        reads.update(reads_of(recording))
        gaps += gaps_of(recording)
    snapshot = Snapshot(
        context=one_line(recording.context),
        origin=one_line(origin),
        taken_at=_seconds(recording.taken_at),
        kubernetes_version=one_line(recording.kubernetes_version),
        reads=frozenset(reads),
        gaps=tuple(gaps),
    )
    return replace(snapshot, **fields), recording  # type: ignore[arg-type]


def _sorted(objects: Iterable[RawObject]) -> tuple[Recording, dict[Source, dict[object, RawObject]]]:
    recording = Recording()
    found: dict[Source, dict[object, RawObject]] = {source: {} for source in KINDS}
    for number, item in enumerate(objects):
        if is_recording(item):
            recording = recording_of(item)
            continue
        source = _source(item)
        if source:
            found[source][(item.namespace, item.name) if item.name else number] = item
    return recording, found


def _source(item: RawObject) -> Source | None:
    return SOURCE_OF.get((item.version.rpartition("/")[0], item.kind))


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp() if text else 0.0
    except ValueError:
        return 0.0
