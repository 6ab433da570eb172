"""The stream of a watch cut into events: one JSON object a line, each decoded by itself.

k8s:staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/watch.go. A line that is not understood costs only itself, and
half a line at the end of a stream says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from diagnostics.kube.decode import decode_object
from diagnostics.kube.harmless import harmless, without_raw
from diagnostics.model.snapshot import Source
from diagnostics.model.text import one_line

LONGEST_LINE = 16 * 1024 * 1024
GONE = 410


class EventKind(StrEnum):
    """What an event tells."""

    THERE = "there"  # added or modified: after a reconnect the two cannot be told apart
    AWAY = "away"
    BOOKMARK = "bookmark"
    ERROR = "error"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One event. `fact` is the object, `version` the resourceVersion to go on from, `key` its `namespace/name`.

    Of an error, `status` is its code (0 when it has none) and `said` the server's message. A strange event could not
    be understood: what it told is missing until the list is read again.
    """

    kind: EventKind
    fact: Any = None
    key: str = ""
    version: str = ""
    status: int = 0
    said: str = ""


class _Meta(msgspec.Struct):
    name: str = ""
    namespace: str = ""
    version: str = msgspec.field(default="", name="resourceVersion")


class _Object(msgspec.Struct):
    metadata: _Meta = msgspec.field(default_factory=_Meta)
    code: int = 0
    message: str = ""


class _Line(msgspec.Struct):
    type: str = ""
    object: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


_THERE = ("ADDED", "MODIFIED")
_TROUBLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
_lines = msgspec.json.Decoder(_Line, strict=False)
_objects = msgspec.json.Decoder(_Object, strict=False)


class LineTooLongError(ValueError):
    """The stream sends something that is no watch."""


class Lines:
    """Whole lines out of pieces of any size; what comes after the last newline is kept for the next piece."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that the piece completes. Raises LineTooLongError."""
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            self._rest += chunk[start:end]
            start = end + 1
            whole = bytes(self._rest)
            self._rest.clear()
            if whole.strip():
                yield whole
        self._rest += chunk[start:]
        if len(self._rest) > LONGEST_LINE:
            raise LineTooLongError("The server sends an endless line instead of events.")


def event_of(source: Source, line: bytes) -> WatchEvent:
    """The event of one line."""
    try:
        read = _line(harmless(line))
        head = _objects.decode(read.object) if bytes(read.object) else _Object()
    except _TROUBLE as error:
        return WatchEvent(EventKind.STRANGE, said=one_line(str(error)))
    meta = head.metadata
    key = f"{meta.namespace}/{meta.name}" if meta.namespace else meta.name
    if read.type == "BOOKMARK":
        return WatchEvent(EventKind.BOOKMARK, version=meta.version)
    if read.type == "ERROR":
        return WatchEvent(EventKind.ERROR, status=head.code, said=one_line(head.message))
    if read.type == "DELETED" and key:
        return WatchEvent(EventKind.AWAY, key=key, version=meta.version)
    if read.type in _THERE:
        decoded = decode_object(source, bytes(read.object))
        if decoded.items:
            fact = decoded.items[0]
            return WatchEvent(EventKind.THERE, fact, fact.metadata.key, meta.version)
        return WatchEvent(EventKind.STRANGE, key=key, version=meta.version, said=decoded.gaps[0].detail)
    return WatchEvent(EventKind.STRANGE, key=key, version=meta.version, said=f"type {one_line(read.type) or 'missing'}")


def _line(body: bytes) -> _Line:
    try:
        return _lines.decode(body)
    except _TROUBLE:
        return _lines.decode(without_raw(body))
