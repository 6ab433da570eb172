"""What the commands on plan files share: the file, the cluster it was made for, the question before a change."""

import sys
from dataclasses import replace

from diagnostics.kube.live import LiveCluster
from diagnostics.kube.trouble import Trouble
from diagnostics.model.text import one_line
from diagnostics.model.writing import Refusal, Why
from diagnostics.remedies.acting.trying import Tried
from diagnostics.remedies.files.plan_file import FiledStep, PlanFile, PlanFileError
from tui.cli.call import Call
from tui.cli.output import Output
from tui.cli.stop import Exit, Stop, usage
from tui.cli.talk import say
from tui.live_source import wish_of
from tui.plan_files import STANDARD_INPUT, read_plan, save_plan

_EXITS = {
    Why.FORBIDDEN: Exit.NOT_CONNECTED,
    Why.UNREACHABLE: Exit.NOT_CONNECTED,
    Why.UNSURE: Exit.INCOMPLETE,
}


def plan_of(call: Call) -> PlanFile:
    """The plan that the call names. Raises Stop."""
    try:
        return read_plan(call.own.target)
    except PlanFileError as error:
        raise usage(str(error)) from error


def plan_to_change(call: Call) -> tuple[PlanFile, FiledStep]:
    """The plan and the step that the call names, where they can be acted on. Raises Stop."""
    if call.request.demo is not None or call.request.files:
        raise usage(f"A recorded cluster cannot be changed: `{call.command}` needs a cluster of the kubeconfig.")
    if call.own.target == STANDARD_INPUT:
        raise usage(f"`{call.command}` keeps what was there in the plan's file, so it needs a file and not `-`.")
    if not call.own.allow_write and not call.own.dry_run:
        raise usage("Nothing was sent. With --dry-run the server says what it would do; with --allow-write it is done.")
    file = plan_of(call)
    try:
        return file, file.step(call.own.step)
    except PlanFileError as error:
        raise usage(str(error)) from error


def cluster_of(call: Call, file: PlanFile) -> LiveCluster:
    """The cluster that the plan was made for; nothing is asked of it yet. Raises Stop when it is another one."""
    options = call.request.connection
    wanted = replace(options, context=options.context or file.plan.context or "")
    try:
        cluster = LiveCluster.open(wish_of(wanted))
    except Trouble as trouble:
        raise Stop(Exit.NOT_CONNECTED, str(trouble)) from trouble
    server = one_line(cluster.objects().server)
    if file.plan.server and file.plan.server != server:
        raise usage(
            f"This plan was made for {file.plan.server}, and context {cluster.context.name} leads to {server}. "
            "Name the right context with --context, or plan again here."
        )
    return cluster


def show_tried(output: Output, requests: tuple[Tried, ...]) -> None:
    """The difference that each request makes, and what admission says to it."""
    for item in requests:
        if item.refusal:
            continue
        if item.diff:
            output.text(item.diff)
        else:
            output.text(f"{item.write.kind} {item.write.key}: nothing changes.")
        for warning in item.warnings:
            output.text(f"Admission warns: {warning}")


def confirm(call: Call, cluster: LiveCluster, file: PlanFile, question: str) -> None:
    """Has the operator type the Service's name, after saying which cluster it is. Raises Stop unless it is right."""
    service = file.plan.service
    where = f"This changes the cluster of context {cluster.context.name} at {cluster.objects().server}."
    say(where)
    if call.own.yes:
        if call.own.yes != service:
            raise usage(f"--yes names {call.own.yes!r}, and the plan is for {service}. Nothing was changed.")
        return
    if call.no_input or sys.stdin is None or not sys.stdin.isatty():
        raise usage(f"There is no terminal to ask at: add --yes {service} to go on. Nothing was changed.")
    say(f"{question} Type the Service's name ({service}) to go on, anything else to stop:")
    if sys.stdin.readline().strip() != service:
        raise usage("That is not the Service's name. Nothing was changed.")


def keep(call: Call, file: PlanFile) -> None:
    """Saves the plan's file. Raises Stop, so that nothing more is done."""
    try:
        save_plan(file, call.own.target)
    except OSError as error:
        said = f"{call.own.target} could not be written ({error.strerror}), so the step was not gone on with."
        raise Stop(Exit.OUR_FAULT, f"{said} See what was done with `antrea-doctor verify`.") from error


def refused(refusal: Refusal) -> Stop:
    """The end of a command that the cluster, or the plan, does not let go on."""
    return Stop(_EXITS.get(refusal.why, Exit.FINDINGS), refusal.whole)
