"""Does a step: only to the very objects that were seen, and only after what was there has been saved.

The order is what makes it safe: everything is tried first; before each request the plan file says what was there; after
it, what is there now. Whoever is stopped in the middle finds in the file what was begun.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from diagnostics.model.write import Verb
from diagnostics.model.writing import Identity, Object, Refusal, Taken, Why, identity_of
from diagnostics.remedies.acting.catching import is_live_proof
from diagnostics.remedies.acting.hand import Eye, Hand
from diagnostics.remedies.acting.leaves import holds, own, value_at, wanted_leaves
from diagnostics.remedies.acting.proving import in_the_way
from diagnostics.remedies.acting.trying import Tried, try_step
from diagnostics.remedies.files.plan_file import FiledStep, FiledWrite, PlanFile, Progress, Saved

Save = Callable[[PlanFile], None]
"""Keeps the plan file, whole or not at all, before it returns. What it raises ends the step before the next request."""

_MERGED = "It was there already when this created it: somebody was faster, and it was merged with theirs."


@dataclass(frozen=True)
class Acted:
    """How far a step got. `file` is the newest; `refusal` says why it went no further, None when all was done."""

    file: PlanFile
    requests: tuple[Tried, ...] = ()
    warnings: tuple[str, ...] = ()
    refusal: Refusal | None = None


def apply_step(hand: Hand, file: PlanFile, number: int, save: Save, at: str) -> Acted:
    """Does the step. `at` is the time (RFC 3339)."""
    file = settled(hand, file, number)
    stop = why_not_now(hand, file, number)
    if stop:
        return Acted(file, refusal=stop)
    tried = try_step(hand, file, number, at)
    refused = next((item.refusal for item in tried if item.refusal), None)
    if refused:
        return Acted(file, tried, refusal=refused)
    before = file
    made: dict[tuple[str, str], Identity] = {}
    warnings: list[str] = []
    for item in tried:
        if item.before is None and item.write.verb is Verb.DELETE:
            continue
        file = _with(file, number, at, Saved(item.number, "begun", _kept(item.before), _kept(item.after)))
        save(file)
        key = (item.write.kind, item.write.key)
        answer = hand.carry_out(item.write, made.get(key, item.seen))
        if isinstance(answer, Refusal):
            unsure = answer.why is Why.UNSURE
            file = _unsure(file, number, at) if unsure else _without_last(file, before, number)
            save(file)
            return Acted(file, tried, tuple(warnings), answer)
        if answer.object is not None:
            made[key] = identity_of(answer.object)
        warnings += _warnings(item, answer)
        file = _replaced(file, number, at, Saved(item.number, "done", _kept(item.before), _kept(answer.object)))
        save(file)
    step = file.step(number)
    file = file.with_progress(number, Progress(state="done", at=at, saved=step.saved))
    save(file)
    return Acted(file, tried, tuple(warnings))


def settled(eye: Eye, file: PlanFile, number: int) -> PlanFile:
    """The file with requests that were begun and never answered told: done, or not even begun."""
    step = file.step(number)
    if all(saved.state == "done" for saved in step.saved):
        return file
    kept: list[Saved] = []
    for saved in step.saved:
        filed = step.writes[saved.write]
        if saved.state == "done":
            kept.append(saved)
            continue
        live = eye.look(filed.api_version, filed.kind, filed.namespace, filed.name)
        if isinstance(live, Refusal):
            return file
        if _was_done(filed, saved, live):
            kept.append(msgspec.structs.replace(saved, state="done", after=_kept(live)))
    whole = len({saved.write for saved in kept}) == len(step.writes)
    at = step.progress.at if step.progress else ""
    return file.with_progress(number, Progress(state="done" if whole else "begun", at=at, saved=tuple(kept)))


def why_not_now(eye: Eye, file: PlanFile, number: int) -> Refusal | None:
    """Why the step may not be done: nothing to do, done already, or an earlier one is not; None when it may.

    Only reads, so that it can be asked before the operator is.
    """
    step = file.step(number)
    if not file.plan.applicable:
        return Refusal(Why.REFUSED, "This plan may not be followed; it says why.", "Plan again.")
    if not step.writes:
        return Refusal(Why.REFUSED, f"Step {number} changes nothing in the cluster: it is for you to do.", step.expect)
    if step.progress and step.progress.state == "done" and not is_live_proof(step):
        return Refusal(
            Why.REFUSED, f"Step {number} was applied at {step.progress.at}.", "Undo it before applying it again."
        )
    reason = in_the_way(eye, file, number)
    return Refusal(Why.REFUSED, reason, "Finish that step first.") if reason else None


def _was_done(filed: FiledWrite, saved: Saved, live: Object | None) -> bool:
    if filed.verb == "delete":
        return live is None
    if live is None:
        return False
    if filed.verb == "restart":
        old, new = (value_at(item, ("metadata", "generation")) for item in (saved.before, live))
        return isinstance(old, int) and isinstance(new, int) and new > old
    return all(holds(live, leaf) for leaf in wanted_leaves(filed.body or {}))


def _warnings(item: Tried, answer: Taken) -> list[str]:
    merged = item.write.verb is Verb.APPLY and item.before is None and not answer.created
    return [*answer.warnings, *([f"{item.write.kind} {item.write.key}: {_MERGED}"] if merged else [])]


def _kept(item: Object | None) -> dict[str, Any] | None:
    """What is saved of an object: all but its status, with its identity."""
    if item is None:
        return None
    kept = own(item)
    told = item.get("metadata") or {}
    kept["metadata"] |= {key: told[key] for key in ("uid", "resourceVersion", "generation") if key in told}
    return kept


def _saved(file: PlanFile, number: int) -> tuple[Saved, ...]:
    return file.step(number).saved


def _with(file: PlanFile, number: int, at: str, saved: Saved) -> PlanFile:
    return file.with_progress(number, Progress(state="begun", at=at, saved=(*_saved(file, number), saved)))


def _replaced(file: PlanFile, number: int, at: str, saved: Saved) -> PlanFile:
    return file.with_progress(number, Progress(state="begun", at=at, saved=(*_saved(file, number)[:-1], saved)))


def _unsure(file: PlanFile, number: int, at: str) -> PlanFile:
    return _replaced(file, number, at, msgspec.structs.replace(_saved(file, number)[-1], state="unsure"))


def _without_last(file: PlanFile, before: PlanFile, number: int) -> PlanFile:
    """The request was refused, so that nothing of it is there to be taken back."""
    saved = _saved(file, number)[:-1]
    step: FiledStep = file.step(number)
    at = step.progress.at if step.progress else ""
    if saved:
        return file.with_progress(number, Progress(state="begun", at=at, saved=saved))
    return before
