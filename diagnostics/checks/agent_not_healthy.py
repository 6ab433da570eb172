"""AD080: an agent is not ready, not connected, or silent."""

from collections.abc import Iterator
from datetime import datetime

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import SHOWN, counted, listed
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.agent_info import AntreaAgentInfo
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source

STALE_AFTER = 300.0  # seconds; agents report every 60 s


@check(
    "AD080",
    "Every Antrea agent is ready and reports",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def agent_not_healthy(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Agent Pods are not ready, an agent says that it is unhealthy or has lost its connection to the controller, to
    OVSDB or to OpenFlow, its last report is older than five minutes, or a Node has no report at all.

    ## Why it matters
    The Node keeps the flows it had. New Services, endpoints and policies do not reach it, so what this tool computes
    from the API may not be what that Node does.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get pods -l app=antrea,component=antrea-agent -o wide
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    Look at `agentConditions[]`: status and `lastHeartbeatTime`.

    ## What to do
    Read the agent's log: `kubectl --context CONTEXT -n kube-system logs POD -c antrea-agent --tail 100`. A report
    without Node belongs to a Node that is gone and does no harm.

    ## Sources
    antrea:pkg/apis/crd/v1beta1/types.go AntreaAgentInfo, antrea:pkg/monitor/agent.go.
    """
    daemon_set = case.cluster.antrea.daemon_set
    if daemon_set and daemon_set.status.number_ready < daemon_set.status.desired_number_scheduled:
        status, name = daemon_set.status, f"DaemonSet {daemon_set.metadata.key}"
        yield Finding(
            Severity.BROKEN,
            name,
            f"{status.number_ready} of {counted(status.desired_number_scheduled, 'Antrea agent')} ready: "
            "read the log of those that are not.",
            (
                Evidence(name, "status.numberReady", str(status.number_ready)),
                Evidence(name, "status.desiredNumberScheduled", str(status.desired_number_scheduled)),
            ),
        )
    missing = []
    for node in case.cluster.nodes:
        info = case.snapshot.agent_info_by_node.get(node)
        if info is None:
            missing.append(node)
        else:
            yield from _conditions(info, case.snapshot.taken_at)
    if missing:
        yield Finding(
            Severity.RISKY,
            "AntreaAgentInfo",
            f"{counted(len(missing), 'Node')} without a report of an Antrea agent ({listed(missing)}): "
            "what runs there cannot be told.",
            tuple(Evidence(f"AntreaAgentInfo {node}", "metadata.name", "no such object") for node in missing[:SHOWN]),
        )


def _conditions(info: AntreaAgentInfo, taken_at: float) -> Iterator[Finding]:
    name = f"AntreaAgentInfo {info.metadata.name}"
    for condition in info.agent_conditions:
        if condition.status != "True":
            yield Finding(
                Severity.BROKEN,
                name,
                f"The agent of Node {info.node} reports {condition.type} {condition.status or 'without status'}: "
                "read its log.",
                (Evidence(name, f"agentConditions[{condition.type}].status", condition.status or "empty"),),
            )
    beats = [(condition, _seconds(condition.last_heartbeat_time)) for condition in info.agent_conditions]
    known = [(condition, at) for condition, at in beats if at is not None]
    if taken_at and known:
        condition, last = max(known, key=lambda pair: pair[1])
        if taken_at - last > STALE_AFTER:
            yield Finding(
                Severity.RISKY,
                name,
                f"The agent of Node {info.node} has not reported for {int((taken_at - last) // 60)} minutes: "
                "see whether it runs.",
                (
                    Evidence(
                        name, f"agentConditions[{condition.type}].lastHeartbeatTime", condition.last_heartbeat_time
                    ),
                ),
            )


def _seconds(time: str) -> float | None:
    """RFC 3339 to seconds since the epoch; None when it is not one."""
    try:
        return datetime.fromisoformat(time).timestamp() if time else None
    except ValueError:
        return None
