"""One agent first: a Node that shows whether a changed configuration is good before the others follow.

A ConfigMap edited with kubectl starts no agent anew, since the file is mounted by subPath: deleting the agent's Pod on
one Node makes that Node alone read it. Helm changes the Pod template too, so that it has to be held back by
updateStrategy OnDelete (antrea:build/charts/antrea/templates/agent/daemonset.yaml).
"""

from diagnostics.model.case import Case
from diagnostics.model.workload import Node
from diagnostics.remedies.configuration.agent_change import (
    HOLD_BACK,
    ROLL_OUT,
    UNDO_FILE,
    AgentChange,
    agents_name,
    tables_proof,
)
from diagnostics.remedies.configuration.owner import Tool, owner_of
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.plan import Prerequisite, Restarted, Risk, Step
from diagnostics.remedies.prerequisites.api_server import CONTROL_PLANE_LABELS
from diagnostics.remedies.prerequisites.prerequisites import met_or

AGENT_LABELS = "app=antrea,component=antrea-agent"
_WAIT = "5m"


def canary_node(case: Case) -> str:
    """The Node to begin with: no control plane, no Pod of this Service if possible; empty with fewer than two Nodes."""
    linux = [node for node in case.cluster.nodes.values() if not node.is_windows]
    if len(linux) < 2:
        return ""
    with_pods = {backend.node for backend in case.all_backends}

    def harm(node: Node) -> tuple[bool, bool, str]:
        name = node.metadata.name
        return any(label in node.metadata.labels for label in CONTROL_PLANE_LABELS), name in with_pods, name

    return min(linux, key=harm).metadata.name


def canary_step(case: Case, kubectl: Kubectl, change: AgentChange, node: str, probe: str) -> Step:
    """Starts the agent of that Node anew and proves it there. `probe` says what to dial on that Node, and what for."""
    antrea = case.cluster.antrea
    namespace = antrea.namespace
    start = (
        kubectl.delete_pods(AGENT_LABELS, namespace, node),
        kubectl.rollout_status(agents_name(antrea), namespace, _WAIT),
    )
    look = kubectl.pods(AGENT_LABELS, namespace, output="wide", node=node)
    tables, _ = tables_proof(case, kubectl, change.tables)
    marks = " and ".join(f"{table}=" for table in change.tables)
    back = kubectl.patch(Resource.CONFIG_MAPS, antrea.config_map_name, namespace, UNDO_FILE)
    return Step(
        title=f"Start the agent of one Node first: {node}",
        why=(
            f"{change.why} If something is wrong with it, one Node feels it and not all. {node} was chosen because it "
            "does least harm; name another one in the commands if you know better."
        ),
        commands=start,
        verify=(look, *tables),
        expect=(
            f"One Pod on {node}, ready, younger than this step; after about a minute {node} shows a number after "
            f"{marks}, and the other Nodes stay as they were. {probe}"
        ),
        undo=(back, *start) if change.settings or change.controller else (),
        risk=Risk.DISTURBS,
        dangers=(
            f"Traffic of the Pods on {node} is interrupted for moments: the agent Pod also holds Open vSwitch.",
            f"If the Pod does not become ready, read its log ({kubectl.logs('POD', namespace, 'antrea-agent')}), undo "
            "this step and stop here: no other Node has read the new file yet.",
            "Until the next step is done, any other agent that starts by chance reads the new file too.",
            *_held_back(case),
        ),
        changes=(Restarted("DaemonSet", namespace, agents_name(antrea), node),),
        operator_acts=True,
        tables=change.tables,
    )


def agents_roll_out(case: Case, kubectl: Kubectl) -> Prerequisite:
    """With updateStrategy OnDelete a restart of the DaemonSet waits for ever."""
    title = "Kubernetes itself restarts the agents Node by Node"
    daemon_set = case.cluster.antrea.daemon_set
    if daemon_set is None:
        return met_or(None, title, "The DaemonSet of the agents could not be read.", "See spec.updateStrategy.type.")
    strategy = daemon_set.spec.update_strategy.type
    restore = kubectl.merge(
        Resource.DAEMON_SETS,
        daemon_set.metadata.name,
        daemon_set.metadata.namespace,
        {"spec": {"updateStrategy": {"type": "RollingUpdate"}}},
    )
    return met_or(
        strategy != "OnDelete",
        title,
        f"spec.updateStrategy.type of DaemonSet {daemon_set.metadata.key} is {strategy}.",
        f"Restore it first, or agents keep what they run. A changed template then rolls out at once: {restore}",
    )


def _held_back(case: Case) -> tuple[str, ...]:
    daemon_set = case.cluster.antrea.daemon_set
    owner = owner_of(daemon_set.metadata) if daemon_set else None
    if owner is None or owner.tool is Tool.KUBECTL:
        return ()
    return (
        f"{owner.called} may restart all agents at once when the configuration is changed there: change "
        f"updateStrategy to OnDelete with the same change (the chart's value: {HOLD_BACK.helm_value}). Rollout status "
        f"then refuses, so wait until the Pod is ready. Set {ROLL_OUT.helm_value} again with the next step: left as "
        "it is, later upgrades reach no Node.",
    )
