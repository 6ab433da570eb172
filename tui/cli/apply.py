"""`antrea-doctor apply`: one step of a plan file, tried or done."""

import time

from diagnostics.kube.trouble import Trouble
from diagnostics.remedies.acting.applying import apply_step, why_not_now
from diagnostics.remedies.acting.catching import is_live_proof
from diagnostics.remedies.acting.proving import step_stands
from diagnostics.remedies.acting.trying import try_step
from diagnostics.remedies.files.filing import rfc3339
from diagnostics.remedies.files.plan_file import PlanFile
from tui.cli.call import Call
from tui.cli.live_proof import run_live_proof, show_recipe
from tui.cli.output import Output
from tui.cli.planned import cluster_of, confirm, keep, plan_to_change, refused, show_tried
from tui.cli.stop import Exit, Stop
from tui.cli.talk import say


def run(call: Call) -> int:
    """Shows the difference, asks, does it, and says where the step stands."""
    file, step = plan_to_change(call)
    number, at = call.own.step, rfc3339(time.time())
    cluster = cluster_of(call, file)
    hand = cluster.writer(may_write=call.own.allow_write and not call.own.dry_run)
    output = Output(call)
    output.heading(f"Step {number} of {len(file.plan.steps)}: {step.title}")
    try:
        requests = try_step(hand, file, number, at)
        show_tried(output, requests)
        for item in requests:
            if item.refusal:
                if is_live_proof(step):
                    show_recipe(output, step)
                raise refused(item.refusal)
        if call.own.dry_run:
            tried = "Tried only: the server would take it, nothing was changed."
            say(tried if step.writes else "It changes nothing in the cluster: it is for you to do, by its commands.")
            return Exit.OK
        stop = why_not_now(hand, file, number)
        if stop:
            raise refused(stop)
        for danger in step.dangers:
            say(f"Danger: {danger}")
        confirm(call, cluster, file, "Apply this step?")
        if is_live_proof(step):
            return run_live_proof(call, output, cluster, hand, file, at)
        acted = apply_step(hand, file, number, lambda newer: keep(call, newer), at)
        for warning in acted.warnings:
            say(f"Admission warns: {warning}")
        if acted.refusal:
            raise refused(acted.refusal)
        _say_done(output, call, acted.file)
        stand = step_stands(hand, acted.file)[number - 1]
    except Trouble as trouble:
        raise Stop(Exit.NOT_CONNECTED, str(trouble)) from trouble
    output.text(f"It is {stand.standing.value}: {stand.why}")
    return Exit.OK


def _say_done(output: Output, call: Call, file: PlanFile) -> None:
    name, number = call.own.target, call.own.step
    output.text(f"Step {number} is applied. What was there is kept in {name}.")
    say(f"To take it back: {call.program} undo {name} --step {number} --allow-write")
    if number < len(file.plan.steps):
        say(f"Before the next step: {call.program} verify {name}")
