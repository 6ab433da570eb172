"""`antrea-doctor undo`: one step of a plan file taken back from what was saved, in whichever process."""

import time

from diagnostics.kube.trouble import Trouble
from diagnostics.remedies.acting.undoing import try_undo, undo_step
from diagnostics.remedies.files.filing import rfc3339
from tui.cli.call import Call
from tui.cli.output import Output
from tui.cli.planned import cluster_of, confirm, keep, plan_to_change, refused, show_tried
from tui.cli.stop import Exit, Stop
from tui.cli.talk import say


def run(call: Call) -> int:
    """Shows the difference, asks, and puts back what was there."""
    file, step = plan_to_change(call)
    number, at = call.own.step, rfc3339(time.time())
    cluster = cluster_of(call, file)
    hand = cluster.writer(may_write=call.own.allow_write and not call.own.dry_run)
    output = Output(call)
    output.heading(f"Taking back step {number} of {len(file.plan.steps)}: {step.title}")
    try:
        requests = try_undo(hand, file, number, at)
        show_tried(output, requests)
        for item in requests:
            if item.refusal:
                raise refused(item.refusal)
        if not requests:
            output.text(_nothing_to_send(step.writes[step.saved[0].write].verb == "restart"))
        if call.own.dry_run:
            say("Tried only: the server would take it, nothing was changed.")
            return Exit.OK
        confirm(call, cluster, file, "Take this step back?")
        acted = undo_step(hand, file, number, lambda newer: keep(call, newer), at)
    except Trouble as trouble:
        raise Stop(Exit.NOT_CONNECTED, str(trouble)) from trouble
    for warning in acted.warnings:
        say(f"Admission warns: {warning}")
    if acted.refusal:
        raise refused(acted.refusal)
    output.text(f"Step {number} is taken back.")
    return Exit.OK


def _nothing_to_send(restart: bool) -> str:
    if restart:
        return "A restart is taken back with the configuration: the Pods start anew when that step is taken back."
    return "Nothing has to be put back: all is as it was before already."
