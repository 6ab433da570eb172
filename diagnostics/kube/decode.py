"""Bytes of an API answer to frozen facts.

A list is cut into its objects, and each is decoded by itself into structs of the needed fields: that is as fast as
all at once, lets other threads run in between, and a bad object costs only itself. Bad ones are left out and named in
a partial Gap. Nothing that a server or a file says raises here.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from threading import Lock
from typing import Any

import msgspec
from msgspec import Struct

from diagnostics.kube.harmless import harmless, without_nulls, without_raw
from diagnostics.kube.kinds import KINDS
from diagnostics.model.meta import Meta
from diagnostics.model.snapshot import Gap, Reason, Source
from diagnostics.model.text import one_line

NAMED_AT_MOST = 3
_TROUBLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
_LONGEST_REASON = 160


@dataclass(frozen=True)
class Decoded:
    """The facts of one answer, what could not be understood, and the token of the next page (empty at the end).

    `version` is the resourceVersion of a list, from which it can be watched.
    """

    items: tuple[Any, ...] = ()
    gaps: tuple[Gap, ...] = ()
    continue_token: str = ""
    version: str = ""


class _ListMeta(Struct):
    continue_: str = msgspec.field(default="", name="continue")
    version: str = msgspec.field(default="", name="resourceVersion")


class _Envelope(Struct):
    kind: str = ""
    message: str = ""
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)
    items: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


class _Anybody(Struct):
    metadata: Meta = msgspec.field(default_factory=Meta)


def decode_list(source: Source, raw: bytes, namespace: str = "") -> Decoded:
    """Facts of a list of `source`; `namespace` is the one that was asked for, empty for the whole cluster."""
    body = without_nulls(harmless(raw))
    with _collector.paused():
        try:
            envelope = _envelope(body)
        except _TROUBLE as error:
            return Decoded(gaps=(_gap(source, namespace, _what_it_is(body, error)),))
        if envelope.items is msgspec.UNSET and not envelope.kind.endswith("List"):
            return Decoded(gaps=(_gap(source, namespace, _what_it_is(body, None)),))
        decoded = _parts(source, envelope.items or (), namespace)
    return replace(decoded, continue_token=envelope.metadata.continue_, version=envelope.metadata.version)


def decode_parts(source: Source, parts: Iterable[bytes]) -> Decoded:
    """Facts of objects that are at hand one by one, each as harmless JSON."""
    with _collector.paused():
        return _parts(source, map(without_nulls, parts), "")


def _parts(source: Source, parts: Iterable[bytes | msgspec.Raw], namespace: str) -> Decoded:
    items, bad = [], []
    decode = _object_decoder(source).decode
    for part in parts:
        try:
            fact, why = decode(part), "it has no name"
        except _TROUBLE:
            fact, why = _mended(source, bytes(part))
        if fact is not None and fact.metadata.name:
            items.append(fact)
        else:
            bad.append((_name_of(bytes(part)), why))
    return Decoded(tuple(items), (_partial(source, namespace, bad),) if bad else ())


def decode_object(source: Source, raw: bytes, namespace: str = "") -> Decoded:
    """The one object that a GET by name answers, as a list of one."""
    body = without_nulls(harmless(raw))
    try:
        fact = _object_decoder(source).decode(body)
    except _TROUBLE as error:
        return Decoded(gaps=(_gap(source, namespace, _what_it_is(body, error)),))
    if not fact.metadata.name:
        return Decoded(gaps=(_gap(source, namespace, _what_it_is(body, None)),))
    return Decoded((fact,))


def _envelope(body: bytes) -> _Envelope:
    try:
        return _envelope_decoder().decode(body)
    except _TROUBLE:
        return _envelope_decoder().decode(without_raw(body))  # raw control characters are no JSON, but harmless so


def _mended(source: Source, part: bytes) -> tuple[Any, str]:
    """An object that could not be decoded as it is, without nulls in odd places; else None and why not."""
    try:
        return msgspec.convert(_pruned(msgspec.json.decode(part)), KINDS[source].fact, strict=False), "it has no name"
    except _TROUBLE as error:
        return None, _short(str(error))


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    return [_pruned(item) for item in value if item is not None] if isinstance(value, list) else value


def _name_of(raw: bytes) -> str:
    try:
        return one_line(msgspec.json.decode(raw, type=_Anybody, strict=False).metadata.key) or "an object without name"
    except _TROUBLE:
        return "an object without a readable name"


def _partial(source: Source, namespace: str, bad: list[tuple[str, str]]) -> Gap:
    named = "; ".join(f"{name} ({why})" for name, why in bad[:NAMED_AT_MOST])
    more = f"; and {len(bad) - NAMED_AT_MOST} more" if len(bad) > NAMED_AT_MOST else ""
    count = "1 object was" if len(bad) == 1 else f"{len(bad)} objects were"
    detail = f"{count} left out: {named}{more}."
    return Gap(source, Reason.NOT_UNDERSTOOD, detail, namespace, partial=True)


def _what_it_is(body: bytes, error: Exception | None) -> str:
    """One sentence on a body that is not the list or object that was asked for."""
    start = body.lstrip()[:1]
    if not start:
        return "The answer was empty."
    if start == b"<":
        return "The answer was a web page, not Kubernetes data: a proxy or a login page stands before the API server."
    try:
        said = _envelope(body)
        if said.kind == "Status":
            return f"The server said: {one_line(said.message) or 'a Status without a message'}"
        return f"The answer was of kind {one_line(said.kind) or 'unknown'}, which was not asked for."
    except _TROUBLE as trouble:
        error = error or trouble
    if "truncated" in str(error):
        return "The answer ended in the middle: the connection was cut, or a proxy on the way limits the size."
    return f"The answer was not the expected JSON ({_short(str(error))})."


def _short(reason: str) -> str:
    line = one_line(reason)
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…"


def _gap(source: Source, namespace: str, detail: str) -> Gap:
    return Gap(source, Reason.NOT_UNDERSTOOD, detail, namespace)


@cache
def _object_decoder(source: Source) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(KINDS[source].fact, strict=False)


@cache
def _envelope_decoder() -> msgspec.json.Decoder[_Envelope]:
    return msgspec.json.Decoder(_Envelope, strict=False)


class _Collector:
    """Keeps Python's garbage collector off while any thread decodes: it makes decoding three times slower."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._decoding = 0
        self._was_on = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        with self._lock:
            if self._decoding == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._decoding += 1
        try:
            yield
        finally:
            with self._lock:
                self._decoding -= 1
                if self._decoding == 0 and self._was_on:
                    gc.enable()


_collector = _Collector()
