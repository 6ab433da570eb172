"""Recorded objects as pieces of JSON, with no more known of them than what they are and how they are called.

A large list never becomes plain values: its pieces are decoded into facts one by one, in a third of the memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec

from diagnostics.kube.documents import KubeObject, Place, RecordingError, objects_in, placed_in, read_data
from diagnostics.kube.harmless import harmless
from diagnostics.model.text import one_line


@dataclass(frozen=True, slots=True)
class RawObject:
    """One object as harmless JSON. `name` and `namespace` are empty where it has none."""

    version: str
    kind: str
    namespace: str
    name: str
    body: bytes


class _Meta(msgspec.Struct):
    name: str | None = None
    namespace: str | None = None


class _Head(msgspec.Struct, rename="camel"):
    api_version: str | None = None
    kind: str | None = None
    metadata: _Meta | None = None


class _List(msgspec.Struct, rename="camel"):
    kind: str
    items: list[msgspec.Raw]
    api_version: str | None = None


def read_raw(paths: Iterable[str], stdin: BinaryIO | None) -> Iterator[RawObject]:
    """Every object of files, folders and `-`, as `objects_in` tells them. Raises RecordingError."""
    for file, data in read_data(paths, stdin):
        found = _of_json_list(data)
        if found is None:
            yield from map(raw_object, objects_in(data, file))
            continue
        del data  # the pieces are copies, and take as much memory again
        yield from found


def read_raw_placed(paths: Iterable[str], stdin: BinaryIO | None) -> Iterator[tuple[RawObject, Place]]:
    """The same, and where each object stands. Raises RecordingError."""
    for file, data in read_data(paths, stdin):
        found = _of_json_list(data)
        if found is None:
            for item, line in placed_in(data, file):
                yield raw_object(item), Place(file, line)
            continue
        lines = _lines(harmless(data), found)
        del data
        yield from ((piece, Place(file, line)) for piece, line in zip(found, lines, strict=True))


def _lines(text: bytes, pieces: Iterable[RawObject]) -> list[int]:
    """The line on which each of these pieces of the text begins."""
    found = []
    at, line = 0, 1
    for piece in pieces:
        start = text.index(piece.body, at)
        line += text.count(b"\n", at, start)
        found.append(line)
        line += piece.body.count(b"\n")
        at = start + len(piece.body)
    return found


def raw_object(item: KubeObject) -> RawObject:
    """An object out of plain values. Raises RecordingError for a value that JSON does not know."""
    meta = item.get("metadata")
    name, namespace = (meta.get("name"), meta.get("namespace")) if isinstance(meta, dict) else ("", "")
    try:
        body = harmless(msgspec.json.encode(item))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise RecordingError(f"An object holds a value that JSON does not know: {one_line(str(error))}.") from error
    return RawObject(_text(item.get("apiVersion")), _text(item.get("kind")), _text(namespace), _text(name), body)


def _text(value: Any) -> str:
    return str(value or "")


def _of_json_list(data: bytes) -> list[RawObject] | None:
    """The pieces of a JSON List; None for anything else, and for what has to be told to the operator."""
    if data[:64].lstrip()[:1] != b"{":
        return None
    try:
        if not data.isascii():
            data.decode()
        whole = msgspec.json.decode(harmless(data), type=_List)
        found = [_piece(part, whole) for part in whole.items] if whole.kind.endswith("List") else []
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    known = [item for item in found if item is not None]
    return known if known and len(known) == len(found) else None


def _piece(part: msgspec.Raw, whole: _List) -> RawObject | None:
    """One item; what it does not say of itself the List may say of all its items. None when nobody does.

    A copy, so that each piece can be let go as soon as it is decoded.
    """
    head = _head_decoder.decode(part)
    typed = whole.kind.removesuffix("List")
    version = head.api_version or (whole.api_version if typed else "")
    kind = head.kind or typed
    if not version or not kind or kind.endswith("List"):
        return None
    meta = head.metadata or _Meta()
    return RawObject(version, kind, meta.namespace or "", meta.name or "", bytes(part))


_head_decoder = msgspec.json.Decoder(_Head)
