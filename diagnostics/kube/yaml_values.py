"""YAML to plain values, as JSON would have them, safe against hostile files and fast.

Built from the events of PyYAML's C parser: its own loader overflows the C stack on deep nesting, expands aliases
without limit and is five times slower. Scalars are resolved by PyYAML's rules, but dates stay text, as in JSON.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

DEEPEST = 100
MOST_EXPANDED = 500_000
_PREFIX = "tag:yaml.org,2002:"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers
_CONSTRUCTORS = {
    f"{_PREFIX}null": SafeConstructor.construct_yaml_null,
    f"{_PREFIX}bool": SafeConstructor.construct_yaml_bool,
    f"{_PREFIX}int": SafeConstructor.construct_yaml_int,
    f"{_PREFIX}float": SafeConstructor.construct_yaml_float,
}
_AS_TEXT = {f"{_PREFIX}{name}" for name in ("str", "timestamp", "value", "binary", "merge")}
_MERGE = object()
_NO_KEY = object()


class NotYAML(ValueError):  # noqa: N818 - says what the text is
    """The text cannot be read as YAML; the message says why and, where it is known, in which line."""


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not come yet. `size` counts its values, aliases as often as they are used."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    key: Any = _NO_KEY
    merged: list[dict[str, Any]] = field(default_factory=list)
    size: int = 1


def yaml_documents(text: str, lines: dict[int, int] | None = None) -> Iterator[Any]:
    """The value of each document; None for an empty one. Raises NotYAML, possibly after some documents.

    `lines`, when given, takes the line of each map by the map's `id`.
    """
    anchors: dict[str, tuple[Any, int]] = {}
    stack: list[_Open] = []
    expanded = 0
    found: Any = None
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            match event:
                case yaml.ScalarEvent():
                    value, size, anchor = _scalar(event, wants_key=_wants_key(stack)), 1, event.anchor
                case yaml.AliasEvent():
                    if event.anchor not in anchors:
                        raise _error(event, f"the alias *{event.anchor} has no anchor before it")
                    value, size = anchors[event.anchor]
                    anchor = None
                    expanded += size
                    if expanded > MOST_EXPANDED:
                        raise _error(event, "its aliases would expand without limit")
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    if len(stack) >= DEEPEST:
                        raise _error(event, f"it is nested deeper than {DEEPEST} levels")
                    if _wants_key(stack):
                        raise _error(event, "a key is a map or a list, which Kubernetes does not know")
                    stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor))
                    if lines is not None and event.start_mark:
                        lines[id(stack[-1].value)] = event.start_mark.line + 1
                    continue
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    closed = stack.pop()
                    value, size, anchor = _finished(closed), closed.size, closed.anchor
                case yaml.DocumentStartEvent():
                    anchors, found = {}, None
                    continue
                case yaml.DocumentEndEvent():
                    yield found
                    continue
                case _:
                    continue
            if anchor:
                anchors[anchor] = (value, size)
            if stack:
                _put(stack[-1], value, size, event)
            else:
                found = value
    except yaml.YAMLError as error:
        raise NotYAML(_explain(error)) from error


def _wants_key(stack: list[_Open]) -> bool:
    return bool(stack) and isinstance(stack[-1].value, dict) and stack[-1].key is _NO_KEY


def _put(into: _Open, value: Any, size: int, event: yaml.Event) -> None:
    into.size += size
    if isinstance(into.value, list):
        into.value.append(value)
    elif into.key is _NO_KEY:
        if isinstance(value, dict | list):
            raise _error(event, "a key is a map or a list, which Kubernetes does not know")
        into.key = value
    else:
        if into.key is _MERGE:
            parts = value if isinstance(value, list) else [value]
            if not all(isinstance(part, dict) for part in parts):
                raise _error(event, "<< does not name a map")
            into.merged.extend(parts)
        else:
            into.value[into.key] = value
        into.key = _NO_KEY


def _finished(closed: _Open) -> dict[str, Any] | list[Any]:
    if isinstance(closed.value, list) or not closed.merged:
        return closed.value
    own = dict(closed.value)
    for part in reversed(closed.merged):  # the first of several wins, the map's own keys win over all
        closed.value.update(part)
    closed.value.update(own)
    return closed.value


def _scalar(event: yaml.ScalarEvent, *, wants_key: bool) -> Any:
    text: str = event.value
    tag: str | None = event.tag
    if tag is None and event.implicit[0]:
        if wants_key:
            return _MERGE if text == "<<" else text
        tag = _resolved(text)
    if tag is None or tag == "!" or tag in _AS_TEXT or wants_key or ":" in text:  # 12:30 is no number to Kubernetes
        return text
    construct = _CONSTRUCTORS.get(tag)
    if construct is None:
        raise _error(event, f"the tag {tag} is unknown")
    try:
        return construct(SafeConstructor(), yaml.ScalarNode(tag, text))
    except (ValueError, KeyError, IndexError):
        return text


def _resolved(text: str) -> str | None:
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return str(tag)
    return None


def _error(event: yaml.Event, what: str) -> NotYAML:
    return NotYAML(f"line {event.start_mark.line + 1}: {what}" if event.start_mark else what)


def _explain(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)
