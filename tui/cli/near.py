"""Finds what somebody may have meant."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

_AT_MOST = 3


def did_you_mean(
    word: str, known: Iterable[str], *, aliases: Mapping[str, str] | None = None, otherwise: str = ""
) -> str:
    """` Did you mean a, b or c?` for the nearest known words, else the other sentence, with a space before it.

    `aliases` are further words with the name to show for each.
    """
    shown = {name.lower(): name for name in known} | {name.lower(): title for name, title in (aliases or {}).items()}
    near = list(dict.fromkeys(shown[name] for name in get_close_matches(word.lower(), shown, 2 * _AT_MOST)))[:_AT_MOST]
    if not near:
        return f" {otherwise}" if otherwise else ""
    return f" Did you mean {near[0] if len(near) == 1 else ', '.join(near[:-1]) + ' or ' + near[-1]}?"
