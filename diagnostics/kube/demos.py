"""The demo clusters of `diagnostics/kube/demo`: recorded clusters in files that build on each other.

The first document of each file is of kind `Recording`. With `extends: NAME` the file starts from that scenario, and
its documents are merged into the objects of the same kind and name as a JSON merge patch does (RFC 7386: maps are
merged, null deletes, everything else replaces); an object that the scenario does not have is added. `without` names
objects to leave out, as `Kind namespace/name`. `edits` replace one text in a string of an object's `data`, so that a
changed line of a configuration file need not repeat the file. Mistakes in these files raise RecordingError.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from diagnostics.kube.documents import KubeObject, RecordingError, objects_in
from diagnostics.kube.yaml_values import yaml_documents
from diagnostics.model.text import one_line, plain

FOLDER = Path(__file__).parent / "demo"
_ONLY_FOR_BUILDING = ("extends", "without", "edits")


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo cluster: what `--demo NAME` is called and what it shows."""

    name: str
    title: str
    description: str


@cache
def demos() -> tuple[Demo, ...]:
    """All demo clusters in the order in which they are told; reads only the head of each file."""
    heads = [(path.stem, _head(path)) for path in FOLDER.glob("*.yaml")]
    heads.sort(key=lambda item: (item[1].get("order", 99), item[0]))
    return tuple(
        Demo(name, plain(str(head.get("title", name))), one_line(str(head.get("description", ""))))
        for name, head in heads
    )


def demo_documents(name: str) -> list[KubeObject]:
    """The Recording of a demo cluster, then its objects. Raises RecordingError for an unknown name."""
    names = [demo.name for demo in demos()]
    if name not in names:
        raise RecordingError(f"There is no demo named {one_line(name)}; choose one of {', '.join(names)}.")
    return list(_built(name).values())


def demo_objects(name: str) -> list[KubeObject]:
    """The objects of a demo cluster, as an API server takes them."""
    return demo_documents(name)[1:]


def _built(name: str) -> dict[tuple[str, str, str, str], KubeObject]:
    path = FOLDER / f"{name}.yaml"
    head, *changes = objects_in(path.read_bytes(), path.name)
    built = _built(head["extends"]) if "extends" in head else {}
    for title in head.get("without", ()):
        kind, _, where = title.partition(" ")
        namespace, _, object_name = where.rpartition("/")
        gone = [key for key in built if key[1:] == (kind, namespace, object_name)]
        if not gone:
            raise RecordingError(f"{path.name}: there is no {title} to leave out.")
        for key in gone:
            del built[key]
    for change in changes:
        key = _key(change)
        built[key] = _merged(built.get(key, {}), change)
    for edit in head.get("edits", ()):
        _edit(built, edit, path.name)
    recording = {key: value for key, value in head.items() if key not in _ONLY_FOR_BUILDING}
    first = _key(head)
    inherited = built.pop(first, {})
    return {first: {**inherited, **recording}, **built}


def _key(item: KubeObject) -> tuple[str, str, str, str]:
    meta = item.get("metadata") or {}
    group = item["apiVersion"].rpartition("/")[0]
    return group, item["kind"], meta.get("namespace", ""), meta.get("name", "")


def _merged(old: Any, change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    base = old if isinstance(old, dict) else {}
    kept = {key: value for key, value in base.items() if key not in change}
    changed = {key: _merged(base.get(key), value) for key, value in change.items() if value is not None}
    return {**kept, **changed}


def _edit(built: dict[tuple[str, str, str, str], KubeObject], edit: dict[str, str], file: str) -> None:
    kind, _, where = edit["in"].partition(" ")
    namespace, _, name = where.rpartition("/")
    for key, item in built.items():
        if key[1:] == (kind, namespace, name):
            data = item["data"]
            hits = [entry for entry, text in data.items() if text.count(edit["old"]) == 1]
            if len(hits) == 1:
                changed = {**data, hits[0]: data[hits[0]].replace(edit["old"], edit["new"])}
                built[key] = {**item, "data": changed}
                return
    raise RecordingError(f"{file}: {edit['old']!r} does not stand exactly once in {edit['in']}.")


def _head(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8").split("\n---", 1)[0]
    return dict(next(iter(yaml_documents(text))))
