"""Finds what somebody may have meant."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """` Did you mean a, b or c?` for the nearest known words, else the other sentence, with a space before it.

    A mapping of known words gives for each the name to show.
    """
    shown = known if isinstance(known, Mapping) else {name: name for name in known}
    by_lower = {name.lower(): title for name, title in shown.items()}
    near = list(dict.fromkeys(by_lower[name] for name in get_close_matches(word.lower(), by_lower, 5, 0.6)))[:3]
    if not near:
        return f" {otherwise}" if otherwise else ""
    return f" Did you mean {near[0] if len(near) == 1 else ', '.join(near[:-1]) + ' or ' + near[-1]}?"
