"""What the app does with the steps of a plan: tries, applies, takes back, proves them. Everything here blocks.

The same engine as the headless commands; only what is shown of it differs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from diagnostics.model.case import Case
from diagnostics.remedies.acting.applying import apply_step, why_not_now
from diagnostics.remedies.acting.catching import catch, is_live_proof, traces_of
from diagnostics.remedies.acting.hand import Eye, Hand
from diagnostics.remedies.acting.observed import dialled, observed
from diagnostics.remedies.acting.proving import step_stands
from diagnostics.remedies.acting.standing import PASSED, Standing, StepStand
from diagnostics.remedies.acting.trying import Tried, try_step
from diagnostics.remedies.acting.undoing import try_undo, undo_step
from diagnostics.remedies.files.filing import rfc3339
from diagnostics.remedies.files.plan_file import FiledStep, PlanFile, Progress
from tui.plan_files import save_plan
from widgets.step_outcome import Outcome

POLL_SECONDS = 3.0
POLLS_AT_MOST = 200
FOR_THE_OPERATOR = "It changes nothing in the cluster: it is for you to do, by its commands."


@dataclass(frozen=True)
class Walked:
    """The plan as its file holds it after something was done with a step, what came of it, and where the steps stand.

    `opposed` says what the operator should know before going on: steps that are done by the operator's word alone.
    """

    file: PlanFile
    outcome: Outcome | None = None
    stands: tuple[StepStand, ...] = ()
    opposed: tuple[str, ...] = ()


def now() -> str:
    """The time, as plan files note it."""
    return rfc3339(time.time())


def try_out(hand: Hand, file: PlanFile, number: int) -> Walked:
    """The step as a dry run; nothing is changed."""
    step, title = file.step(number), f"Dry run of step {number}, at {now()}"
    if not step.writes:
        return Walked(file, Outcome(title, said=(FOR_THE_OPERATOR,)))
    requests = try_step(hand, file, number, now())
    said = "The server would take it. Nothing was changed." if requests else "All that it writes was applied already."
    return Walked(file, _tried(title, said, step, requests))


def before_applying(hand: Hand, file: PlanFile, number: int) -> Walked:
    """The dry run that is shown before the question, or why the step may not be done now."""
    step, title = file.step(number), f"Step {number} was not applied"
    stop = why_not_now(hand, file, number)
    if stop:
        return Walked(file, Outcome(title, refusal=stop.whole, recipe=_recipe(step)))
    outcome = _tried(title, "", step, try_step(hand, file, number, now()))
    earlier = step_stands(hand, file)[: number - 1]
    opposed = tuple(
        f"Step {item.number} is done by your word, and by what was read it is {item.standing.value}: {item.why}"
        for item in earlier
        if item.standing not in PASSED
    )
    return Walked(file, outcome, opposed=opposed)


def do_step(hand: Hand, file: PlanFile, number: int, path: str) -> Walked:
    """Applies the step; what was there is saved at `path` before each change."""
    acted = apply_step(hand, file, number, lambda newer: save_plan(newer, path), now())
    if acted.refusal:
        begun = "was begun, and not ended" if acted.file.step(number).saved else "was not applied"
        outcome = Outcome(f"Step {number} {begun}", refusal=acted.refusal.whole, warnings=acted.warnings)
    else:
        said = f"What was there is kept in {path}. U takes it back; v follows it until it has taken effect."
        outcome = Outcome(f"Step {number} is applied, at {now()}", (said,), acted.requests, acted.warnings)
    return Walked(acted.file, outcome, step_stands(hand, acted.file))


def before_undoing(hand: Hand, file: PlanFile, number: int) -> Walked:
    """The way back as a dry run, or why there is none."""
    requests = try_undo(hand, file, number, now())
    said = "" if requests else "Nothing has to be sent: everything is as it was before the step, or follows from it."
    return Walked(file, _tried(f"Step {number} was not taken back", said, file.step(number), requests))


def undo(hand: Hand, file: PlanFile, number: int, path: str) -> Walked:
    """Puts back what the step changed, and nothing else."""
    acted = undo_step(hand, file, number, lambda newer: save_plan(newer, path), now())
    if acted.refusal:
        outcome = Outcome(f"Step {number} is not taken back", refusal=acted.refusal.whole, warnings=acted.warnings)
    else:
        title = f"Step {number} is taken back, at {now()}"
        outcome = Outcome(title, requests=acted.requests, warnings=acted.warnings)
    return Walked(acted.file, outcome, step_stands(hand, acted.file))


def follow(
    eye: Eye, file: PlanFile, tell: Callable[[tuple[StepStand, ...], int], None], cancelled: Event, polls: int
) -> Walked:
    """Reads where the steps stand, and up to `polls` times again while a step that is done waits for its effect.

    `tell` hears each reading and its number.
    """
    stands = step_stands(eye, file)
    for poll in range(1, polls + 1):
        if not waiting_steps(file, stands):
            break
        tell(stands, poll)
        if cancelled.wait(POLL_SECONDS):
            break
        stands = step_stands(eye, file)
    return Walked(file, stands=stands)


def waiting_steps(file: PlanFile, stands: tuple[StepStand, ...]) -> tuple[StepStand, ...]:
    """Steps that were done, by the app or by the operator's word, and have not taken effect yet."""
    return tuple(stand for stand in stands if stand.standing is Standing.OPEN and is_done(file.step(stand.number)))


def is_done(step: FiledStep) -> bool:
    """Whether the step was done: by the operator's word, or by an `apply` that came to its end."""
    return step.told_done or (step.progress is not None and step.progress.state == "done")


@dataclass(frozen=True)
class Proof:
    """What a proof by live traffic needs from outside: the Service as it is now, and how it is told and stopped."""

    case: Callable[[], Case]
    client_ip: str
    tell: Callable[[str], None]
    stopped: Callable[[], bool]


def prove(hand: Hand, file: PlanFile, number: int, path: str, proof: Proof) -> Walked:
    """Catches real packets at Pods while the operator dials, compares them with the prediction, and cleans up."""
    step, case, at = file.step(number), proof.case(), now()
    dial = f"Connect now from a client outside the cluster to {dialled(case)}, several times."
    found = catch(
        hand,
        traces_of(step),
        lambda left: proof.tell(f"{dial} {left:.0f} s left; esc ends it."),
        stopped=proof.stopped,
    )
    left = tuple(f"{name} could not be deleted: delete it by hand." for name in found.left)
    if found.refusal:
        refused = Outcome(f"Step {number} was not proved", left, refusal=found.refusal.whole, recipe=_recipe(step))
        return Walked(file, refused)
    seen = tuple(observed(case, item, proof.client_ip, at) for item in found.caught)
    file = file.with_progress(number, Progress(state="done", at=at, observed=seen))
    save_plan(file, path)
    said = tuple(f"{item.fit[0].upper()}{item.fit[1:]}: {item.why}" for item in seen)
    cleaned = () if left else ("The traces were deleted again.",)
    outcome = Outcome(f"Live traffic for step {number}, at {at}", (*said, *left, *cleaned))
    return Walked(file, outcome, step_stands(hand, file))


def _tried(title: str, said: str, step: FiledStep, requests: tuple[Tried, ...]) -> Outcome:
    refused = next((item.refusal for item in requests if item.refusal), None)
    if refused:
        return Outcome(title, (), requests, refusal=refused.whole, recipe=_recipe(step))
    return Outcome(title, (said,) if said else (), requests)


def _recipe(step: FiledStep) -> tuple[str, ...]:
    """The commands of a live proof, for whoever has the rights; other steps show theirs on the page."""
    return (*step.commands, *step.verify, *step.undo) if is_live_proof(step) else ()
