"""Where the steps of a plan stand, by reading alone: done, open, drifted, or not to be told.

What a step writes must be in the cluster, and what that sets in motion must have come to its end: Pods started anew,
tables in every agent, a policy realised on every Node. A value that a later step writes again counts as that one's.
"""

from collections.abc import Iterator, Mapping

from diagnostics.model.write import Verb, Write
from diagnostics.model.writing import Object, Refusal
from diagnostics.remedies.acting.hand import Eye, RememberingEye
from diagnostics.remedies.acting.leaves import ABSENT, Leaf, holds, shown, value_at, wanted_leaves
from diagnostics.remedies.acting.managers import who_changed
from diagnostics.remedies.acting.observing import Before, realised, restarted, tables_run
from diagnostics.remedies.acting.standing import PASSED, Stand, Standing, StepStand
from diagnostics.remedies.acting.trying import changed_since
from diagnostics.remedies.files.plan_file import FiledStep, FiledWrite, PlanFile
from diagnostics.remedies.plan.plan import Restarted


def step_stands(eye: Eye, file: PlanFile) -> tuple[StepStand, ...]:
    """Where each step stands."""
    eye = RememberingEye(eye)
    found: dict[int, StepStand] = {}
    for number in range(len(file.plan.steps), 0, -1):
        found[number] = StepStand(number, file.step(number).title, tuple(_parts(eye, file, number, found)))
    return tuple(found[number] for number in sorted(found))


def in_the_way(eye: Eye, file: PlanFile, number: int) -> str:
    """Why the step must wait for an earlier one; empty when it need not, as where the operator passed that over."""
    for stand in step_stands(eye, file)[: number - 1]:
        if stand.standing not in PASSED and not file.step(stand.number).told_done:
            return f"Step {stand.number} ({stand.title}) comes first and is {stand.standing.value}: {stand.why}"
    return ""


def _parts(eye: Eye, file: PlanFile, number: int, later: Mapping[int, StepStand]) -> Iterator[Stand]:
    step = file.step(number)
    only_node = next((item.node for item in step.writes if item.verb == "restart"), "")
    tables = tables_run(eye, step.tables, only_node) if step.tables else None
    for index, filed in enumerate(step.writes):
        change = filed.change
        if isinstance(change, Restarted):
            ours = _saved_generation(step, index)
            if not ours and step.tables_lacked and tables and tables.standing is Standing.DONE:
                why = f"{filed.object}: the agents run what they lacked when the plan was made, so they started anew."
                yield Stand(Standing.DONE, why, filed.object)
            else:
                yield restarted(eye, filed, change, Before(file.plan.made_at, ours, _saved_pods(step, index)))
        elif change.kind == "Traceflow" and change.verb is Verb.CREATE:
            yield _traffic(step)
            return
        else:
            stand = _written(eye, file, number, index, later)
            yield stand
            if stand.standing is Standing.DONE and change.verb is not Verb.DELETE:
                yield from realised(eye, change)
    if tables:
        yield tables
    if not step.writes and not step.tables:
        yield Stand(Standing.UNCHECKED, "It changes nothing in the cluster. It is for you to do and to judge.")


def _traffic(step: FiledStep) -> Stand:
    observed = step.progress.observed if step.progress else ()
    against = [item for item in observed if item.fit == "contradicts"]
    if against:
        return Stand(Standing.DRIFTED, against[0].why, field="capturedPacket.srcIP")
    fits = [item for item in observed if item.fit == "fits"]
    if fits:
        return Stand(Standing.DONE, f"{fits[0].why} (seen at {fits[0].at})")
    return Stand(Standing.UNCHECKED, "Only live traffic proves it: apply this step, or follow its commands.")


def _written(eye: Eye, file: PlanFile, number: int, index: int, later: Mapping[int, StepStand]) -> Stand:
    step = file.step(number)
    filed = step.writes[index]
    live = eye.look(filed.api_version, filed.kind, filed.namespace, filed.name)
    if isinstance(live, Refusal):
        return Stand(Standing.UNKNOWN, f"{filed.object} could not be read. {live.sentence}", filed.object)
    applied = any(saved.write == index and saved.state == "done" for saved in step.saved)
    if filed.verb == "delete":
        return _gone(file, number, filed, live, applied)
    if live is None:
        if end := _taken_away_by(file, number, filed, later):
            return Stand(Standing.DONE, f"{filed.object} was taken away again, by step {end}.", filed.object)
        missing = applied or (filed.seen is not None and filed.seen.there)
        standing = Standing.DRIFTED if missing else Standing.OPEN
        return Stand(standing, f"{filed.object} is {'gone' if missing else 'not there yet'}.", filed.object)
    wrong = [leaf for leaf in wanted_leaves(filed.body or {}) if not holds(live, leaf)]
    wrong = [leaf for leaf in wrong if not _superseded(file, number, filed, leaf, live, later)]
    if not wrong:
        return Stand(Standing.DONE, f"{filed.object} is as the step wants it.", filed.object)
    where = shown(wrong[0].way)
    if applied:
        who = who_changed(live, wrong[0].way)
        why = f"{where} of {filed.object} is no longer as it was written: changed by {who}."
        return Stand(Standing.DRIFTED, why, filed.object, where, who)
    stop = None if _touched_earlier(file, number, filed, eye) else changed_since(file, filed, live)
    if stop:
        return Stand(Standing.DRIFTED, stop.whole, filed.object, where, who_changed(live))
    return Stand(Standing.OPEN, f"{where} of {filed.object} is not as the step wants it yet.", filed.object, where)


def _gone(file: PlanFile, number: int, filed: FiledWrite, live: Object | None, applied: bool) -> Stand:
    step = file.step(number)
    if live is None:
        makers = [item for item in range(1, number) if _makes(file.step(item), filed)]
        began = any(file.step(item).saved or file.step(item).told_done for item in makers)
        if makers and not (began or applied or step.told_done):
            return Stand(Standing.OPEN, f"{filed.object} comes into being with step {makers[0]} only.", filed.object)
        return Stand(Standing.DONE, f"{filed.object} is gone.", filed.object)
    if value_at(live, ("metadata", "deletionTimestamp")) is not ABSENT:
        return Stand(Standing.OPEN, f"{filed.object} is being deleted, and not gone yet.", filed.object)
    if applied:
        who = who_changed(live)
        return Stand(Standing.DRIFTED, f"{filed.object} is there again, made by {who}.", filed.object, "", who)
    return Stand(Standing.OPEN, f"{filed.object} is still there.", filed.object)


def _superseded(
    file: PlanFile, number: int, filed: FiledWrite, leaf: Leaf, live: Object, later: Mapping[int, StepStand]
) -> bool:
    """Whether a later step wrote the value anew, after everything in between was done."""
    for other in range(number + 1, len(file.plan.steps) + 1):
        if later[other].standing not in PASSED:
            return False
        for write in file.step(other).writes:
            if write.object != filed.object:
                continue
            if write.verb == filed.verb == "apply":  # what only the earlier one named went with the later one
                return True
            if any(item.way == leaf.way and holds(live, item) for item in wanted_leaves(write.body or {})):
                return True
    return False


def _makes(step: FiledStep, filed: FiledWrite) -> bool:
    return any(item.verb in ("apply", "create") and item.object == filed.object for item in step.writes)


def _taken_away_by(file: PlanFile, number: int, filed: FiledWrite, later: Mapping[int, StepStand]) -> int:
    """The later step that deleted the object or its namespace, after everything in between was done; 0 for none."""
    for other in range(number + 1, len(file.plan.steps) + 1):
        if later[other].standing not in PASSED:
            return 0
        for write in file.step(other).writes:
            whole = write.kind == "Namespace" and write.name == filed.namespace
            if write.verb == "delete" and (whole or write.object == filed.object):
                return other
    return 0


def _touched_earlier(file: PlanFile, number: int, filed: FiledWrite, eye: Eye) -> bool:
    """Whether an earlier step changed the same object, by whatever hand: it is not as the plan saw it, rightly."""
    for step in file.plan.steps[: number - 1]:
        for write in step.writes:
            change = write.change
            same = (write.kind, write.namespace, write.name) == (filed.kind, filed.namespace, filed.name)
            if not same or not isinstance(change, Write):
                continue
            live = eye.look(write.api_version, write.kind, write.namespace, write.name)
            if isinstance(live, Mapping) and all(holds(live, leaf) for leaf in wanted_leaves(write.body or {})):
                return True
    return False


def _saved_generation(step: FiledStep, index: int) -> int:
    """The generation that our own restart gave the object; 0 when it was not ours."""
    for saved in step.saved:
        if saved.write == index and saved.state == "done" and saved.after:
            found = (saved.after.get("metadata") or {}).get("generation")
            return found if isinstance(found, int) else 0
    return 0


def _saved_pods(step: FiledStep, index: int) -> frozenset[str]:
    """The uids of the Pods that our own restart deleted."""
    found = (saved.before or {} for saved in step.saved if saved.write == index and saved.state == "done")
    return frozenset(str(value_at(item, ("metadata", "uid"))) for item in found if item.get("kind") == "Pod")
