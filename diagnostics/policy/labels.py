"""Label selectors against labels that may be known only in part: true, false, or None for "cannot tell"."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from diagnostics.model.meta import LabelRequirement, LabelSelector


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of a Pod or namespace. `complete` is false when the object was not read and may have more."""

    known: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True


def matches(selector: LabelSelector, labels: Labels) -> bool | None:
    """Whether the selector selects an object with these labels; None when a label that is not known decides."""
    answers = [_holds(key, {value}, labels) for key, value in selector.match_labels.items()]
    answers += [_requirement_holds(requirement, labels) for requirement in selector.match_expressions]
    return all_of(answers)


def all_of(answers: list[bool | None]) -> bool | None:
    """Kleene's "and": false if one is false, else None if one is None."""
    if False in answers:
        return False
    return None if None in answers else True


def any_of(answers: list[bool | None]) -> bool | None:
    """Kleene's "or": true if one is true, else None if one is None."""
    if True in answers:
        return True
    return None if None in answers else False


def _holds(key: str, values: set[str], labels: Labels) -> bool | None:
    if key in labels.known:
        return labels.known[key] in values
    return False if labels.complete else None


def _requirement_holds(requirement: LabelRequirement, labels: Labels) -> bool | None:
    if requirement.key in labels.known or labels.complete:
        return requirement.matches(dict(labels.known))
    return None
