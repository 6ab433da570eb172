"""`antrea-doctor verify`: where each step of a plan file stands, by reading alone."""

import sys

from diagnostics.kube.objects import RecordedObjects
from diagnostics.kube.recorded import RecordingError, demo_objects_of, file_objects_of
from diagnostics.kube.trouble import Trouble
from diagnostics.remedies.acting.hand import Eye
from diagnostics.remedies.acting.proving import step_stands
from diagnostics.remedies.acting.standing import Standing, StepStand
from diagnostics.remedies.files.plan_file import PlanFile
from tui.cli.call import Call
from tui.cli.connect import check_demo
from tui.cli.documents import SCHEMA_VERSION, Document
from tui.cli.output import Grid, Output
from tui.cli.planned import cluster_of, plan_of
from tui.cli.stop import Exit, Stop, usage
from tui.cli.talk import say
from tui.plan_files import STANDARD_INPUT


def run(call: Call) -> int:
    """Prints the steps; 0 when all that can be told is done, 1 for open or drifted ones, 4 where it cannot be told."""
    if call.own.target == STANDARD_INPUT and STANDARD_INPUT in call.request.files:
        raise usage("Standard input can be the plan or the objects, not both.")
    if call.own.target == STANDARD_INPUT and sys.stdin is not None and sys.stdin.isatty():
        say("Reading the plan from the terminal; end with ctrl-d.")
    file = plan_of(call)
    try:
        stands = step_stands(_eye(call, file), file)
    except Trouble as trouble:
        raise Stop(Exit.NOT_CONNECTED, str(trouble)) from trouble
    output = Output(call)
    if call.output == "table":
        output.heading(
            f"Plan {file.plan.remedy} for Service {file.plan.service}, made {file.plan.made_at or 'unknown'}"
        )
        rows = [(str(item.number), item.standing.value, item.title, item.why) for item in stands]
        output.grid(Grid(("step", "standing", "title", "why"), rows))
    else:
        output.data(verify_document(file, stands), call.output)
    return _exit(stands)


def verify_document(file: PlanFile, stands: tuple[StepStand, ...]) -> Document:
    """The JSON contract of `verify`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "remedy": file.plan.remedy,
        "service": file.plan.service,
        "context": file.plan.context,
        "server": file.plan.server,
        "madeAt": file.plan.made_at,
        "steps": [_step(file, stand) for stand in stands],
    }


def _step(file: PlanFile, stand: StepStand) -> Document:
    progress = file.step(stand.number).progress
    return {
        "number": stand.number,
        "title": stand.title,
        "standing": stand.standing.value,
        "why": stand.why,
        "parts": [
            {
                "standing": part.standing.value,
                "why": part.why,
                "object": part.object or None,
                "field": part.field or None,
                "changedBy": part.who or None,
            }
            for part in stand.parts
        ],
        "progress": {"state": progress.state, "at": progress.at} if progress else None,
    }


def _eye(call: Call, file: PlanFile) -> Eye:
    request = call.request
    try:
        if request.demo is not None:
            check_demo(request.demo)
            return RecordedObjects(demo_objects_of(request.demo), complete=True)
        if request.files:
            return RecordedObjects(file_objects_of(request.files), complete=False)
    except RecordingError as error:
        raise usage(str(error)) from error
    return cluster_of(call, file).objects()


def _exit(stands: tuple[StepStand, ...]) -> int:
    found = {stand.standing for stand in stands}
    if found & {Standing.OPEN, Standing.DRIFTED}:
        return Exit.FINDINGS
    return Exit.INCOMPLETE if Standing.UNKNOWN in found else Exit.OK
