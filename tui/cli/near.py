"""Finds what somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """` Did you mean a, b or c?` for the nearest known words, else the other sentence, with a space before it."""
    by_lower = {name.lower(): name for name in known}
    near = [by_lower[name] for name in get_close_matches(word.lower(), by_lower, 3, 0.6)]
    if not near:
        return f" {otherwise}" if otherwise else ""
    return f" Did you mean {near[0] if len(near) == 1 else ', '.join(near[:-1]) + ' or ' + near[-1]}?"
