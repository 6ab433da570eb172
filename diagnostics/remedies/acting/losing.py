"""What a merge patch would take away unseen: fields of a list's items that the facts it was made from do not have.

A merge patch replaces a list as a whole (RFC 7386). One that was made out of facts holds only fields that are known
here; a newer release may have put others beside them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from diagnostics.model.write import Verb, Write
from diagnostics.model.writing import Object
from diagnostics.remedies.acting.leaves import ABSENT, shown, value_at, wanted_leaves
from diagnostics.remedies.plan.on_snapshot import fact_of

_EMPTY: tuple[Any, ...] = (None, False, "", [], {})


def would_lose(write: Write, live: Object) -> tuple[str, ...]:
    """The fields of the live object, as kubectl explain writes them, that the patch would remove without knowing."""
    if write.verb is not Verb.MERGE:
        return ()
    fact = fact_of(write.group, write.kind, live)
    if fact is None:
        return ()
    known = msgspec.to_builtins(fact)
    return tuple(
        field
        for leaf in wanted_leaves(write.body or {})
        if isinstance(leaf.value, list)
        for field in _unknown(value_at(live, leaf.way), value_at(known, leaf.way), shown(leaf.way))
    )


def _unknown(raw: Any, known: Any, where: str) -> Iterator[str]:
    if raw in _EMPTY or raw is ABSENT:
        return
    if isinstance(raw, Mapping) and isinstance(known, Mapping):
        for key, inner in raw.items():
            yield from _unknown(inner, known.get(key, ABSENT), f"{where}.{key}")
    elif isinstance(raw, list) and isinstance(known, list):
        for number, (inner, told) in enumerate(zip(raw, known, strict=True)):
            yield from _unknown(inner, told, f"{where}[{number}]")
    elif known is ABSENT or known is None:
        yield where
