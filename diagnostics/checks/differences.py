"""Two states of the same thing compared value by value, in words that an operator finds again with kubectl."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from diagnostics.model.meta import Fact
from diagnostics.model.text import one_line

_LONGEST = 80
_ABSENT = object()
_NOTHING = (None, _ABSENT)


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that changed: where it stands, and how it is written before and after; "not set" for nothing."""

    field: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """`spec.externalTrafficPolicy: Cluster, then Local`."""
        return f"{self.field}: {self.before}, then {self.after}"


def fact_differences(before: Fact, after: Fact, *parts: str) -> tuple[Difference, ...]:
    """Between two facts, in these parts of them, such as `spec`; names and counters of the server left out."""
    was, now = (msgspec.to_builtins(fact) for fact in (before, after))
    return tuple(item for part in parts for item in value_differences(_at(was, part), _at(now, part), part))


def value_differences(before: Any, after: Any, field: str) -> Iterator[Difference]:
    """Between two plain values; maps key by key, a list as one value."""
    if before == after:
        return
    if before in _NOTHING and isinstance(after, Mapping) and after:
        before = {}
    if after in _NOTHING and isinstance(before, Mapping) and before:
        after = {}
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}, key=str):
            name = f"[{key}]" if "." in str(key) or "/" in str(key) else f".{key}"
            yield from value_differences(before.get(key, _ABSENT), after.get(key, _ABSENT), f"{field}{name}".strip("."))
        return
    yield Difference(field, _written(before), _written(after))


def _at(value: Any, part: str) -> Any:
    for key in part.split("."):
        value = value.get(key, {})
    return value


def _written(value: Any) -> str:
    if value is _ABSENT or value in (None, "", [], {}):
        return "not set"
    text = one_line(value if isinstance(value, str) else msgspec.json.encode(value).decode())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
