"""The suppressions of a call: from `--suppress` and from the file of `--suppress-file`."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from diagnostics.checks.suppress import Suppressing, SuppressionError, parse_suppression, suppression
from diagnostics.kube.yaml_values import NotYAML, yaml_documents
from diagnostics.model.suppression import Suppression
from diagnostics.model.text import one_line
from tui.cli.call import Call
from tui.cli.stop import usage

LARGEST = 1024 * 1024


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    service: str
    reason: str
    until: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    suppressions: list[Any]


def suppressing(call: Call) -> Suppressing:
    """What the options say. Raises Stop when a part of it is not understood: it would suppress something else."""
    said = [_from_option(text) for text in call.own.suppress]
    said += [entry for path in call.own.suppress_files for entry in _from_file(path)]
    return Suppressing(said, today())


def today() -> date:
    """The day by which expiry is told."""
    return datetime.now(UTC).date()


def _from_option(text: str) -> Suppression:
    try:
        return parse_suppression(text, "--suppress")
    except SuppressionError as error:
        raise usage(f"--suppress: {error}") from error


def _from_file(path: str) -> list[Suppression]:
    shown = one_line(path)
    try:
        with Path(path).expanduser().open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise usage(f"{shown} is larger than {LARGEST // 1024} KiB.")
        value = next(yaml_documents(data.decode()), None)
        entries = msgspec.convert(value, _File).suppressions
    except OSError as error:
        raise usage(f"{shown} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except (NotYAML, UnicodeDecodeError, msgspec.ValidationError) as error:
        form = "It must be YAML with a list named suppressions."
        raise usage(f"{shown} holds no suppressions: {one_line(str(error))}. {form}") from error
    return [_entry(item, f"{shown}, entry {number}") for number, item in enumerate(entries, 1)]


def _entry(item: Any, said_by: str) -> Suppression:
    try:
        entry = msgspec.convert(item, _Entry)
        if not entry.reason.strip() or not entry.until.strip():
            raise SuppressionError("Reason and until must not be empty.")
        return suppression(entry.code, entry.service, entry.reason, entry.until, said_by)
    except msgspec.ValidationError as error:
        needs = "An entry has code, service, reason and until (YYYY-MM-DD)."
        raise usage(f"{said_by}: {one_line(str(error))}. {needs}") from error
    except SuppressionError as error:
        raise usage(f"{said_by}: {error}") from error
