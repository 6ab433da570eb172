"""A term with its explanation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A term, what it means here, and other names by which people ask for it."""

    name: str
    text: str
    aliases: tuple[str, ...] = ()
