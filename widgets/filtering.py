"""The filter language of all lists: words that must occur, and `field:value` for the start of a field."""

from collections.abc import Mapping


def admits(filter_text: str, fields: Mapping[str, tuple[str, ...]], text: str) -> bool:
    """Whether every word of a filter matches, case-insensitively.

    `risk:never` asks that a spelling of the field `risk` starts with `never` (a space in it is typed as a dash);
    a word without a known field before its colon has to occur in `text`.
    """
    whole = text.lower()
    for word in filter_text.lower().split():
        name, colon, value = word.partition(":")
        if colon and name in fields:
            if not any(spelling.lower().replace(" ", "-").startswith(value) for spelling in fields[name]):
                return False
        elif word not in whole:
            return False
    return True
