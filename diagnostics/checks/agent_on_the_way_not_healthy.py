"""AD025: what is said of a Service may lag behind on a Node whose agent is not well."""

from collections.abc import Iterator

from diagnostics.checks.agent_health import agent_troubles, nodes_without_report
from diagnostics.checks.check import check
from diagnostics.checks.evidence import SHOWN, listed, service_name
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.checks.paths import PATH_HINTS, nodes_of
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD025",
    "Every Node on the way has a healthy Antrea agent",
    severity=Severity.NOTE,
    needs=(Source.SERVICES, Source.SLICES, Source.NODES, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *PATH_HINTS),
    applies=lambda case: case.service.is_proxied and antrea_may_be_here(case),
)
def agent_on_the_way_not_healthy(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A Node that clients of the Service dial, or on which its Pods run, has an agent that says it is unhealthy or
    disconnected, has not reported for five minutes, or reports nothing while other agents do.

    ## Why it matters
    Paths and verdicts are computed as if every agent had done what the API asks for. Such a Node keeps the flows it
    had: endpoints, policies and modes that changed since may not be there yet, so it may answer otherwise than is
    said here.

    ## How to verify
    ```
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io NODE -o yaml
    kubectl --context CONTEXT -n kube-system get pods -l app=antrea,component=antrea-agent -o wide
    ```
    Look at `agentConditions[]`: status and `lastHeartbeatTime`. Connect through that Node and see what the Pod sees.

    ## What to do
    Mend the agent first (AD080), then look at the Service again. Until then trust the paths through other Nodes only.

    ## Sources
    antrea:pkg/monitor/agent.go, antrea:pkg/agent/proxy/proxier.go, k8s:pkg/proxy/topology.go.
    """
    sick = case.cluster.once(_sick)
    if not sick:
        return
    backends = (backend.node for backend in case.all_backends)
    on_the_way = dict.fromkeys((*nodes_of(case.once(external_paths)), *backends))
    there = [node for node in on_the_way if node in sick]
    if there:
        told = [f"{node} ({said})" for node, (said, _) in sick.items() if node in there]
        yield Finding(
            Severity.NOTE,
            service_name(case),
            f"What is said of Service {case.key} may not hold on {listed(told)}: the flows there may be older than "
            "what the API asks for; mend the agent and look again.",
            tuple(item for node in there[:SHOWN] for item in sick[node][1]),
        )


def _sick(cluster: Cluster) -> dict[str, tuple[str, tuple[Evidence, ...]]]:
    """Nodes whose agents are not well, with what is the matter, in the order of the Nodes."""
    found: dict[str, tuple[str, tuple[Evidence, ...]]] = {}
    for trouble in agent_troubles(cluster):
        said, evidence = found.get(trouble.node, ("its agent", ()))
        said += f" and {trouble.said}" if evidence else f" {trouble.said}"
        found[trouble.node] = (said, (*evidence, trouble.evidence))
    silent = nodes_without_report(cluster)
    if len(silent) < len(cluster.nodes):
        for node in silent:
            nothing = Evidence(f"AntreaAgentInfo {node}", "metadata.name", "no such object")
            found[node] = ("no report of its agent", (nothing,))
    return found
