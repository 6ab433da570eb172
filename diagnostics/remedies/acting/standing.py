"""Where a step of a plan stands, in words that screens and other programs share."""

from dataclasses import dataclass
from enum import StrEnum

_LONGEST_LIST = 3


class Standing(StrEnum):
    """Where a step, or a part of it, stands. Unchecked: reading cannot tell, the operator judges."""

    DONE = "done"
    OPEN = "open"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a part of a step stands, and why: a sentence. `field` and `who` are filled for what drifted."""

    standing: Standing
    why: str
    object: str = ""
    field: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class StepStand:
    """Where a step stands; `number` starts at 1."""

    number: int
    title: str
    parts: tuple[Stand, ...]

    @property
    def standing(self) -> Standing:
        """The worst of its parts."""
        found = {part.standing for part in self.parts} or {Standing.UNCHECKED}
        return next(standing for standing in _WORST_FIRST if standing in found)

    @property
    def why(self) -> str:
        """The sentences of the parts that decide."""
        said = [part.why for part in self.parts if part.standing is self.standing]
        more = f" And {len(said) - _LONGEST_LIST} more." if len(said) > _LONGEST_LIST else ""
        return " ".join(dict.fromkeys(said[:_LONGEST_LIST])) + more


_WORST_FIRST = (Standing.DRIFTED, Standing.OPEN, Standing.UNKNOWN, Standing.UNCHECKED, Standing.DONE)
PASSED = (Standing.DONE, Standing.UNCHECKED)
"""After these the next step may be done."""
