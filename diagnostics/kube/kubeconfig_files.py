"""The kubeconfig files, merged by kubectl's rules: the first file that names a thing wins, missing files are skipped.

Only what the list of contexts needs is read here, without the kubernetes package; credentials are left to its loader.
k8s:staging/src/k8s.io/client-go/tools/clientcmd/loader.go Load
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnostics.kube.trouble import ContextError
from diagnostics.kube.yaml_values import NotYAML, yaml_documents
from diagnostics.model.text import one_line

LARGEST = 16 * 1024 * 1024
_SECTIONS = ("clusters", "contexts", "users")
_SINGULAR = {"clusters": "cluster", "contexts": "context", "users": "user"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A named cluster, context or user as it stands in a file."""

    name: str
    values: dict[str, Any]
    file: str


@dataclass(frozen=True)
class Merged:
    """What the files say together. `files` are those that were understood, `notes` say what is wrong with others."""

    entries: dict[str, dict[str, Entry]] = field(default_factory=lambda: {section: {} for section in _SECTIONS})
    current: str = ""
    files: tuple[str, ...] = ()
    notes: tuple[ContextError, ...] = ()


def default_paths() -> list[str]:
    """The paths of KUBECONFIG, else `~/.kube/config`."""
    listed = [path for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    return listed or [str(Path("~/.kube/config").expanduser())]


def merge(paths: Iterable[str], *, must_exist: bool) -> Merged:
    """The merged files. A file that is wrong is noted; with `must_exist`, so is one that is missing."""
    merged = Merged()
    current, files, notes = "", [], []
    for path in dict.fromkeys(paths):
        try:
            values = _read(Path(path).expanduser())
        except FileNotFoundError:
            if must_exist:
                what = f"The kubeconfig {one_line(path)} does not exist."
                notes.append(ContextError(what, "", "Check --kubeconfig, or leave it out to use KUBECONFIG."))
            continue
        except ContextError as error:
            notes.append(error)
            continue
        for section in _SECTIONS:
            for entry in _entries(values, section, path):
                merged.entries[section].setdefault(entry.name, entry)
        current = current or _text(values.get("current-context"))
        files.append(str(Path(path).expanduser()))
    return Merged(merged.entries, current, tuple(files), tuple(notes))


def _read(path: Path) -> dict[str, Any]:
    shown = one_line(str(path))
    repair = "Repair it, or name another with --kubeconfig."
    try:
        if not path.is_file() and path.exists():
            raise ContextError(f"The kubeconfig {shown} is not a file.", "", "Name a file with --kubeconfig.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        why = f"{(error.strerror or str(error)).capitalize()}."
        raise ContextError(
            f"The kubeconfig {shown} cannot be read.", why, "Check its owner and permissions."
        ) from error
    if len(data) > LARGEST:
        raise ContextError(f"The kubeconfig {shown} is larger than {LARGEST // 1024**2} MiB.", "", repair)
    try:
        values = next(yaml_documents(data.decode("utf-8-sig")), None)
    except UnicodeDecodeError as error:
        raise ContextError(f"The kubeconfig {shown} is not UTF-8 text.", "", repair) from error
    except NotYAML as error:
        raise ContextError(f"The kubeconfig {shown} is not YAML.", f"{_sentence(str(error))}", repair) from error
    if values is None:
        raise ContextError(f"The kubeconfig {shown} is empty.", "", repair)
    if not isinstance(values, dict):
        kind = "a list" if isinstance(values, list) else "a single value"
        raise ContextError(f"The kubeconfig {shown} is {kind}, not a map.", "", repair)
    for section in _SECTIONS:
        if not isinstance(values.get(section) or [], list):
            raise ContextError(f"In the kubeconfig {shown}, {section} is not a list.", "", repair)
    return values


def _entries(values: dict[str, Any], section: str, path: str) -> Iterable[Entry]:
    for item in values.get(section) or []:
        if isinstance(item, dict) and item.get("name") is not None:
            inner = item.get(_SINGULAR[section])
            yield Entry(_text(item["name"]), inner if isinstance(inner, dict) else {}, path)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _sentence(text: str) -> str:
    line = one_line(text)
    return f"{line[:1].upper()}{line[1:]}."
