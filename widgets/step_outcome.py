"""What came of trying, applying or taking back a step, as blocks of its page."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.remedies.acting.standing import Standing, StepStand
from diagnostics.remedies.acting.trying import Tried
from widgets.reading import Block, command, danger, heading, quiet


@dataclass(frozen=True)
class Outcome:
    """What happened: a title, sentences, each request with its difference, admission's warnings, or why it stopped.

    `recipe` are lines to paste where it has to be done by hand.
    """

    title: str
    said: tuple[str, ...] = ()
    requests: tuple[Tried, ...] = ()
    warnings: tuple[str, ...] = ()
    refusal: str = ""
    recipe: tuple[str, ...] = ()


def outcome_blocks(outcome: Outcome) -> Iterator[Block]:
    """The outcome, what matters most first."""
    yield heading(outcome.title)
    if outcome.refusal:
        yield danger(outcome.refusal)
    yield from map(Block, outcome.said)
    warned = (*outcome.warnings, *(text for item in outcome.requests for text in item.warnings))
    yield from (danger(f"Admission warns: {text}") for text in dict.fromkeys(warned))
    yield from difference_blocks(outcome.requests)
    yield from map(command, outcome.recipe)


def difference_blocks(requests: tuple[Tried, ...]) -> Iterator[Block]:
    """The difference that each request makes to its object."""
    for item in requests:
        if item.refusal:
            continue
        if item.diff:
            yield command(item.diff.rstrip())
        else:
            yield quiet(f"{item.write.kind} {item.write.key}: nothing changes.")


def stand_blocks(stand: StepStand) -> Iterator[Block]:
    """Where the step stands by what was read, and why."""
    read = stand.standing is not Standing.UNCHECKED
    yield Block(f"By what was read it is {stand.standing.value}. {stand.why}".rstrip() if read else stand.why)
    others = tuple(dict.fromkeys(part.why for part in stand.parts if part.standing is not stand.standing))
    if others:
        yield quiet(" ".join(others))
