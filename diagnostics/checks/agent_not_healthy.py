"""AD080: an agent is not ready, not connected, or silent."""

from collections.abc import Iterator

from diagnostics.checks.agent_health import agent_troubles, nodes_without_report
from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import SHOWN, counted, listed
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


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
    for trouble in agent_troubles(case.cluster):
        yield Finding(
            trouble.severity,
            trouble.evidence.object,
            f"The agent of Node {trouble.node} {trouble.said}: {trouble.to_do}.",
            (trouble.evidence,),
        )
    missing = nodes_without_report(case.cluster)
    if missing:
        yield Finding(
            Severity.RISKY,
            "AntreaAgentInfo",
            f"{counted(len(missing), 'Node')} without a report of an Antrea agent ({listed(missing)}): "
            "what runs there cannot be told.",
            tuple(Evidence(f"AntreaAgentInfo {node}", "metadata.name", "no such object") for node in missing[:SHOWN]),
        )
