"""Files with Kubernetes objects, as `kubectl get -o yaml` or `-o json` prints them, to plain objects."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from diagnostics.kube.harmless import harmless
from diagnostics.kube.yaml_values import NotYAML, yaml_documents
from diagnostics.model.text import one_line

KubeObject = dict[str, Any]
SUFFIXES = (".yaml", ".yml", ".json")
LARGEST = 256 * 1024 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands: the file as it was named (or STDIN), and the line of the object's first key, from 1."""

    file: str
    line: int


class RecordingError(Exception):
    """The files cannot be used; the message is one sentence that names the file."""


STDIN = "standard input"


def read_data(paths: Iterable[str], stdin: BinaryIO | None) -> Iterator[tuple[str, bytes]]:
    """Name and content of files, of those in folders (*.yaml, *.yml and *.json, by name, not recursive), and of `-`.

    Raises RecordingError.
    """
    for path in paths:
        if path == "-":
            yield STDIN, _from_stdin(stdin)
            continue
        for file in _files(Path(path).expanduser()):
            yield str(file), _from_file(file)


def placed_in(data: bytes, name: str) -> list[tuple[KubeObject, int]]:
    """As `objects_in`, with the line of each object; JSON, too, goes through the parser that counts lines."""
    return _objects_in(data, name, {})


def objects_in(data: bytes, name: str) -> list[KubeObject]:
    """The objects of one file, Lists taken apart. Raises RecordingError; `name` is what it calls the file."""
    return [item for item, _ in _objects_in(data, name, None)]


def _objects_in(data: bytes, name: str, lines: dict[int, int] | None) -> list[tuple[KubeObject, int]]:
    """The objects with their lines; 1 where nobody asked for `lines`, which is filled."""
    shown = one_line(name)
    text = _text(data, shown)
    try:
        values = _values(text) if lines is None else yaml_documents(text, lines)
        found = [
            item
            for number, value in enumerate(values, 1)
            for item in _objects(value, f"document {number}", {} if lines is None else lines)
        ]
    except NotYAML as error:
        raise RecordingError(f"{shown} is neither YAML nor JSON: {one_line(str(error))}.") from error
    except ValueError as error:
        raise RecordingError(f"{shown}: {error}") from error
    if not found:
        raise RecordingError(f"{shown} holds no Kubernetes objects.")
    return found


def _values(text: str) -> Iterator[Any]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield msgspec.json.decode(harmless(text.encode()))
            return
        except (msgspec.DecodeError, RecursionError):
            pass  # perhaps YAML that starts so; its parser also knows the line of the mistake
    yield from yaml_documents(text)


def _objects(value: Any, where: str, lines: dict[int, int], line: int = 1) -> Iterator[tuple[KubeObject, int]]:
    line = lines.get(id(value), line)
    match value:
        case None:
            return
        case list():
            for number, item in enumerate(value, 1):
                yield from _objects(item, f"{where}, item {number}", lines, line)
        case {"kind": str(kind), "items": list() | None as items} if kind.endswith("List"):
            given = {"apiVersion": value.get("apiVersion"), "kind": kind.removesuffix("List")}
            for number, item in enumerate(items or (), 1):
                with_kind = {**given, **item} if kind != "List" and isinstance(item, dict) else item
                yield from _objects(with_kind, f"{where}, item {number}", lines, lines.get(id(item), line))
        case {"apiVersion": str(), "kind": str()}:
            yield value, line
        case _:
            raise ValueError(f"{where} is not a Kubernetes object: it has no apiVersion and kind.")


def _text(data: bytes, shown: str) -> str:
    if data.startswith(_UTF16):
        encoding = "utf-16"  # what PowerShell writes
    else:
        encoding = "utf-8-sig"
        if b"\x00" in data[:4096]:
            raise RecordingError(f"{shown} is a binary file, neither YAML nor JSON.")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RecordingError(f"{shown} is not UTF-8 text (line {line}).") from error
    if not text.strip():
        raise RecordingError(f"{shown} is empty.")
    return text


def _files(path: Path) -> list[Path]:
    shown = one_line(str(path))
    try:
        if not path.is_dir():
            return [path]
        found = sorted(
            file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
        )
    except OSError as error:
        raise RecordingError(f"{shown} cannot be read: {_said(error)}.") from error
    if not found:
        raise RecordingError(f"{shown} holds no files named *.yaml, *.yml or *.json.")
    return found


def _from_file(path: Path) -> bytes:
    shown = one_line(str(path))
    try:
        with path.open("rb") as file:
            return _limited(file, shown)
    except OSError as error:
        raise RecordingError(f"{shown} cannot be read: {_said(error)}.") from error


def _from_stdin(stdin: BinaryIO | None) -> bytes:
    if stdin is None:
        raise RecordingError("Standard input is closed; give a file name instead of -.")
    try:
        return _limited(stdin, "standard input")
    except (OSError, ValueError) as error:
        raise RecordingError(f"Standard input cannot be read: {one_line(str(error))}.") from error


def _limited(file: BinaryIO, shown: str) -> bytes:
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise RecordingError(f"{shown} is larger than {LARGEST // 1024**2} MiB; leave out what is not needed.")
    return data


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
