"""What a recording says of itself: which cluster, when, and what was read of it or could not be."""

from collections.abc import Iterable

import msgspec

from diagnostics.kube.documents import RecordingError
from diagnostics.kube.harmless import without_nulls
from diagnostics.kube.raw_objects import RawObject
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.model.text import one_line

RECORDING_VERSION = "antrea-doctor/v1"
RECORDING_KIND = "Recording"


class ReadPlace(msgspec.Struct, frozen=True):
    """A Source that was read; without a namespace in the whole cluster."""

    source: str
    namespace: str = ""


class NotRead(msgspec.Struct, frozen=True, omit_defaults=True):
    """A Gap as it is written down."""

    source: str
    reason: str
    detail: str = ""
    namespace: str = ""
    partial: bool = False


class Recording(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The optional document of kind `Recording` (apiVersion antrea-doctor/v1): what the files are.

    `complete` says that they hold the whole cluster. `taken_at` is RFC 3339. A saved Snapshot names in `reads` what
    was read and in `gaps` what could not be; `reads` is None in a recording that was put together otherwise. `server`
    is where it was read, `scope` says in words for which Services policies and Pods were read too.
    """

    title: str = ""
    description: str = ""
    context: str = ""
    server: str = ""
    scope: str = ""
    kubernetes_version: str = ""
    taken_at: str = ""
    complete: bool = False
    reads: list[ReadPlace] | None = None
    gaps: list[NotRead] = msgspec.field(default_factory=list)


def is_recording(item: RawObject) -> bool:
    """Whether the object is such a document."""
    return item.version == RECORDING_VERSION and item.kind == RECORDING_KIND


def recording_of(item: RawObject) -> Recording:
    """The document, decoded. Raises RecordingError."""
    try:
        return msgspec.json.decode(without_nulls(item.body), type=Recording)
    except msgspec.ValidationError as error:
        raise RecordingError(f"The document of kind Recording is not understood: {one_line(str(error))}.") from error


def noted(snapshot: Snapshot) -> tuple[list[ReadPlace], list[NotRead]]:
    """What the Snapshot knows of its reading, to be written down."""
    reads = [ReadPlace(source.value, namespace) for source, namespace in sorted(snapshot.reads)]
    gaps = [
        NotRead(gap.source.value, gap.reason.value, gap.detail, gap.namespace, gap.partial) for gap in snapshot.gaps
    ]
    return reads, gaps


def reads_of(recording: Recording) -> Iterable[tuple[Source, str]]:
    """What was read; a Source that only another release knows is left out."""
    for place in recording.reads or ():
        if place.source in _SOURCES:
            yield Source(place.source), one_line(place.namespace)


def gaps_of(recording: Recording) -> Iterable[Gap]:
    """What could not be read; a reason that only another release knows counts as not read."""
    for gap in recording.gaps:
        if gap.source in _SOURCES:
            reason = Reason(gap.reason) if gap.reason in _REASONS else Reason.NOT_READ
            yield Gap(Source(gap.source), reason, one_line(gap.detail), one_line(gap.namespace), gap.partial)


_SOURCES = {source.value for source in Source}
_REASONS = {reason.value for reason in Reason}
