"""The filter language of all lists: words that must occur, fields, and letters that must occur in their order."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

Fields = Mapping[str, tuple[str, ...]]


def lowered(fields: Fields) -> Fields:
    """Fields as they are compared: in lower case, a space in a spelling written as a dash."""
    return {name: tuple(spelling.lower().replace(" ", "-") for spelling in found) for name, found in fields.items()}


@dataclass(frozen=True, slots=True)
class Searchable:
    """What a filter looks at in one row, in lower case: its fields, its whole text, and its name."""

    fields: Fields
    text: str
    name: str = ""

    @classmethod
    def of(cls, fields: Fields, text: str, name: str = "") -> "Searchable":
        """From spellings as they are shown."""
        return cls(lowered(fields), text.lower(), name.lower())


def admits(filter_text: str, fields: Fields, text: str) -> bool:
    """Whether every word of a filter matches one row, case-insensitively."""
    row = Searchable.of(fields, text)
    return all(matches(row) for matches in tests_of(filter_text))


@lru_cache(maxsize=32)
def tests_of(filter_text: str) -> tuple[Callable[[Searchable], bool], ...]:
    """One test for each word of a filter.

    `risk:never` asks that a spelling of the field `risk` starts with `never`, `ns=shop` that one is `shop` and no
    more; a word without a known field before its colon has to occur in the text; `~shwb` asks for these letters in
    this order in the name.
    """
    return tuple(_test(word) for word in filter_text.lower().split())


def _test(word: str) -> Callable[[Searchable], bool]:
    if word.startswith("~"):
        pattern = re.compile(".*?".join(map(re.escape, word[1:])))
        return lambda row: pattern.search(row.name or row.text) is not None
    name, sign, value = _split(word)
    if not sign:
        return lambda row: word in row.text

    def matches(row: Searchable) -> bool:
        spellings = row.fields.get(name)
        if spellings is None:
            return word in row.text
        if sign == "=":
            return value in spellings
        return any(spelling.startswith(value) for spelling in spellings)

    return matches


def _split(word: str) -> tuple[str, str, str]:
    """The field, `:` or `=`, and the value; no sign where the word has none."""
    found = re.match(r"([a-z]+)([:=])(.*)", word)
    return (found[1], found[2], found[3]) if found else ("", "", "")
