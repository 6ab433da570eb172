"""The last step of a plan, run for the operator: real packets are caught at Pods and compared with the prediction."""

from diagnostics.kube.live import LiveCluster
from diagnostics.kube.writer import ClusterWriter
from diagnostics.model.case import Case
from diagnostics.remedies.acting.catching import catch, traces_of
from diagnostics.remedies.acting.observed import Fit, dialled, observed
from diagnostics.remedies.files.plan_file import FiledStep, PlanFile, Progress
from tui.cli.call import Call
from tui.cli.facts import progress
from tui.cli.output import Output
from tui.cli.planned import keep, refused
from tui.cli.stop import Exit
from tui.cli.talk import say


def show_recipe(output: Output, step: FiledStep) -> None:
    """The commands for whoever may do it, when we cannot."""
    say(f"It can be proved by hand, by whoever has the rights: {step.expect}")
    output.text("\n".join((*step.commands, *step.verify, *step.undo)))


def run_live_proof(
    call: Call, output: Output, cluster: LiveCluster, hand: ClusterWriter, file: PlanFile, at: str
) -> int:
    """Says what to dial, waits, compares, and keeps what was seen in the plan's file; 1 when it contradicts."""
    number, step = call.own.step, file.step(call.own.step)
    snapshot = cluster.overview()
    if file.plan.service not in snapshot.service_by_key:
        say(f"There is no Service {file.plan.service} in this cluster.")
        return Exit.FINDINGS
    case = Case.of(cluster.deepen(snapshot, file.plan.service), file.plan.service)
    say(f"Now connect from a client outside the cluster to {dialled(case)}, several times, while this waits.")
    with progress("waiting for packets") as tell:
        found = catch(hand, traces_of(step), lambda left: tell(f"waiting for packets, {left:.0f} s left"))
    for name in found.left:
        say(f"{name} could not be deleted. Delete it by hand: agents can run only about 14 traces at once.")
    if found.refusal:
        show_recipe(output, step)
        raise refused(found.refusal)
    seen = tuple(observed(case, item, call.request.client.ip, at) for item in found.caught)
    for item in seen:
        output.text(f"{item.fit}: {item.why}")
    keep(call, file.with_progress(number, Progress(state="done", at=at, observed=seen)))
    fits = {item.fit for item in seen}
    if Fit.CONTRADICTS.value in fits:
        return Exit.FINDINGS
    return Exit.OK if Fit.FITS.value in fits else Exit.INCOMPLETE
