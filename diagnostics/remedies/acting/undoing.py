"""Takes a step back from what was saved: the values that it changed, and no others; later processes can do it too.

Refused where somebody changed those values since. Agents read their files only when they start, so a restart is taken
back together with the configuration: when that is put back, they start anew.
"""

from collections.abc import Iterator
from typing import Any

from diagnostics.model.write import Verb, Write
from diagnostics.model.writing import Object, Refusal, Why, identity_of
from diagnostics.remedies.acting.applying import Acted, Save, settled
from diagnostics.remedies.acting.hand import Hand, look_at
from diagnostics.remedies.acting.leaves import Leaf, difference, holds, own, shown, value_at, wanted_leaves
from diagnostics.remedies.acting.managers import last_manager, who_changed
from diagnostics.remedies.acting.trying import Tried, requests_of, stopped, tried
from diagnostics.remedies.files.plan_file import FiledWrite, PlanFile, Progress, Saved
from diagnostics.remedies.plan.commands import FIELD_MANAGER
from diagnostics.remedies.plan.plan import Restarted

_BY_HAND = "Decide which of the two is right, and put it back by hand with the undo commands of the step."


def undo_step(hand: Hand, file: PlanFile, number: int, save: Save, at: str) -> Acted:
    """Puts back what was there before the step. `at` is the time (RFC 3339)."""
    requests = try_undo(hand, file, number, at)
    refused = next((item.refusal for item in requests if item.refusal), None)
    if refused:
        return Acted(file, requests, refusal=refused)
    warnings: list[str] = []
    for item in requests:
        answer = hand.carry_out(item.write, item.seen)
        if isinstance(answer, Refusal):
            return Acted(file, requests, tuple(warnings), answer)
        warnings += answer.warnings
    progress = file.step(number).progress
    saved = progress.saved if progress else ()
    file = file.with_progress(number, Progress(state="undone", at=at, saved=saved))
    save(file)
    return Acted(file, requests, tuple(warnings))


def try_undo(hand: Hand, file: PlanFile, number: int, at: str) -> tuple[Tried, ...]:
    """Every request of the way back, tried; changes nothing. Ends at the first that would be refused."""
    file = settled(hand, file, number)
    stop = _not_now(file, number)
    if stop:
        return (stop,)
    step = file.step(number)
    found: list[Tried] = []
    for saved in reversed(step.saved):
        filed = step.writes[saved.write]
        if filed.verb == "restart":
            continue
        item = _tried_back(hand, filed, saved, ours=_made_by_the_plan(file, number, filed))
        if item:
            found.append(item)
            if item.refusal:
                return tuple(found)
    for change in _restarts(file, number):
        requests = requests_of(hand, change, at)
        if isinstance(requests, Refusal):
            return (*found, stopped(requests))
        found += [_looked(hand, write) for write in requests]
    return tuple(found)


def _not_now(file: PlanFile, number: int) -> Tried | None:
    step = file.step(number)
    if not step.saved:
        taken = step.progress is not None and step.progress.state == "undone"
        what = "is taken back already" if taken else "was not applied from this file, so nothing is saved"
        return _refused(f"Step {number} {what}.", "Its undo commands stand in the plan.")
    later = [
        index for index, item in enumerate(file.plan.steps[number:], start=number + 1) if item.saved and item.writes
    ]
    if later:
        return _refused(f"Step {later[-1]} was applied after it.", f"Take back step {later[-1]} first.")
    return None


def _made_by_the_plan(file: PlanFile, number: int, filed: FiledWrite) -> bool:
    """Whether the object was not there before the first step that concerned it."""
    for step in file.plan.steps[:number]:
        for saved in step.progress.saved if step.progress else ():
            if step.writes[saved.write].object == filed.object:
                return saved.before is None
    return False


def _tried_back(hand: Hand, filed: FiledWrite, saved: Saved, *, ours: bool) -> Tried | None:
    """The request that puts one object back; None when it is as it was already.

    What the plan made itself (`ours`) and then deleted is not made again.
    """
    write = filed.change
    if not isinstance(write, Write):
        return None
    live = look_at(hand, write)
    if isinstance(live, Refusal):
        return stopped(live, saved.write)
    if live is None and ours:
        return None
    inverse = _inverse(write, saved, live)
    if isinstance(inverse, Refusal):
        return stopped(inverse, saved.write)
    return _looked(hand, inverse, saved.write) if inverse else None


def _inverse(write: Write, saved: Saved, live: Object | None) -> Write | Refusal | None:
    what = f"{write.kind} {write.key}"
    if write.verb is Verb.DELETE:
        if live is None:
            return Write(
                Verb.CREATE, write.api_version, write.kind, write.name, write.namespace, own(saved.before or {})
            )
        if saved.before and identity_of(live).uid == identity_of(saved.before).uid:
            return None
        return _changed(f"{what} was made anew by {who_changed(live)}.")
    if saved.before is None:
        return _unmade(write, saved, live, what)
    if live is None:
        return _changed(f"{what} is gone.")
    if identity_of(live).uid != identity_of(saved.before).uid:
        return _changed(f"{what} was deleted and made anew, by {who_changed(live)}.")
    patch = _back(saved, live, what)
    if isinstance(patch, Refusal):
        return patch
    if not patch:
        return None
    return Write(Verb.MERGE, write.api_version, write.kind, write.name, write.namespace, patch)


def _unmade(write: Write, saved: Saved, live: Object | None, what: str) -> Write | Refusal | None:
    if live is None:
        return None
    after = saved.after or {}
    known = identity_of(after).uid
    if saved.state == "done" and known and identity_of(live).uid != known:
        return _changed(f"{what} was deleted and made anew, by {who_changed(live)}.")
    for leaf in wanted_leaves(write.body or {}):
        if not holds(live, leaf):
            return _changed(f"{shown(leaf.way)} of {what} was changed since by {who_changed(live, leaf.way)}.")
    return Write(Verb.DELETE, write.api_version, write.kind, write.name, write.namespace)


def _back(saved: Saved, live: Object, what: str) -> dict[str, Any] | Refusal:
    """The merge patch that restores the values which the step changed and which are not as they were."""
    before: Object = saved.before or {}
    after: Object = saved.after or {}
    if saved.state != "done" and last_manager(live) == FIELD_MANAGER:
        after = live  # no answer came, and nobody wrote since: what stands there is what was made
    patch: dict[str, Any] = {}
    for leaf in wanted_leaves(difference(own(after), own(before))):
        now = value_at(live, leaf.way)
        if holds(before, Leaf(leaf.way, leaf.value)) and now == value_at(before, leaf.way):
            continue
        if now != value_at(after, leaf.way):
            return _changed(f"{shown(leaf.way)} of {what} was changed since by {who_changed(live, leaf.way)}.")
        inner = patch
        for key in leaf.way[:-1]:
            inner = inner.setdefault(key, {})
        inner[leaf.way[-1]] = leaf.value
    return patch


def _restarts(file: PlanFile, number: int) -> Iterator[Restarted]:
    """What has to start anew to read the configuration that is put back."""
    step = file.step(number)
    if not any(step.writes[saved.write].kind == "ConfigMap" for saved in step.saved):
        return
    started: dict[tuple[str, str, str], list[Restarted]] = {}
    for item in file.plan.steps[number - 1 :]:
        for saved in item.progress.saved if item.progress else ():
            change = item.writes[saved.write].change
            if isinstance(change, Restarted):
                started.setdefault((change.kind, change.namespace, change.name), []).append(change)
    for changes in started.values():
        whole = [change for change in changes if not change.node]
        yield from whole[:1] or dict.fromkeys(changes)


def _looked(hand: Hand, write: Write, number: int = 0) -> Tried:
    live = look_at(hand, write)
    return stopped(live, number) if isinstance(live, Refusal) else tried(hand, number, write, live)


def _refused(sentence: str, next_step: str) -> Tried:
    return stopped(Refusal(Why.REFUSED, sentence, next_step))


def _changed(sentence: str) -> Refusal:
    return Refusal(Why.CONFLICT, sentence, _BY_HAND)
