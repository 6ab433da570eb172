"""YAML text of manifests, always through a dumper; texts of several lines stay readable as blocks."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from diagnostics.model.text import plain
from diagnostics.model.write import Verb, Write
from diagnostics.remedies.plan.plan import Change, Manifest, Step

_NEVER_FOLD = 1_000_000
_BOOLEAN_TO_GO = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"})
_MAY_BE_A_NUMBER = re.compile(r"[-+.0-9]")


class _Dumper(yaml.SafeDumper):
    """Quotes each string that YAML 1.1 or kubectl's parser would read as something else (`on`, `1e3`, `y`)."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _string(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    is_range = "/" in value or value.count(".") == 3
    doubtful = value.lower() in _BOOLEAN_TO_GO or (bool(_MAY_BE_A_NUMBER.match(value)) and not is_range)
    style = "|" if "\n" in value else '"' if doubtful else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _string)


def manifest(file_name: str, content: Mapping[str, object], verb: Verb = Verb.APPLY) -> Manifest:
    """A manifest file of one object, its keys in the given order, without a final newline.

    A text of several lines must not be the last value: its own final newline would go with the file's.
    """
    text = yaml.dump(
        dict(content), Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=_NEVER_FOLD, allow_unicode=True
    )
    return Manifest(file_name, plain(text.rstrip("\n")), verb)


def content_of(item: Manifest) -> dict[str, Any]:
    """The object of a manifest, read back from its very text: what is examined is what is applied."""
    content = yaml.load(item.yaml, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(content, dict):
        raise ValueError(f"{item.file_name} holds no object")
    return content


def write_of(item: Manifest) -> Write:
    """What writing the file does to the cluster."""
    content = content_of(item)
    meta = content.get("metadata") or {}
    return Write(
        item.verb,
        str(content.get("apiVersion", "")),
        str(content.get("kind", "")),
        str(meta.get("name", "")),
        str(meta.get("namespace", "")),
        content,
    )


def effects(step: Step) -> Iterator[Change]:
    """Everything that a step does to the cluster, in order: its files, then its other changes."""
    yield from map(write_of, step.manifests)
    yield from step.changes
