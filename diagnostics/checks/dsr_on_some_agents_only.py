"""AD043: some agents run with DSR and others do not."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import counted, listed, of_tables
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here, linux_running, nodes_by_answer, silent_agents
from diagnostics.model.antrea import DSR_TABLE
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD043",
    "All agents agree on DSR",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def dsr_on_some_agents_only(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Some agents run with the feature gate `LoadBalancerModeDSR` and others without. Under DSR the ingress Node hands
    a connection over untranslated and the backend Node must know what to do with it.

    ## Why it matters
    A connection that enters by a Node with DSR and is sent to a Node without it is lost or handled differently from
    the next one. It looks like a flaky network.

    ## How to verify
    ```
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    Compare the Nodes that list `DSRServiceMark` in `ovsInfo.flowTable` with those that do not.

    ## What to do
    Finish the rollout: `kubectl --context CONTEXT -n kube-system rollout status daemonsets.apps/antrea-agent`. If it
    is stuck, read the log of the agent that does not start. Do not annotate Services with `dsr` until all Nodes agree.

    ## Sources
    antrea:pkg/agent/openflow/framework.go getRequiredTables,
    antrea:pkg/agent/openflow/pipeline.go dsrServiceMarkFlow, serviceLBFlows.
    """
    running, lacking, silent = nodes_by_answer({node: run.dsr for node, run in linux_running(case).items()})
    if running and lacking:
        yield Finding(
            Severity.BROKEN,
            "DaemonSet antrea-agent",
            f"DSR runs on {counted(len(running), 'Node')} ({listed(running)}) and not on {listed(lacking)}: "
            "finish the rollout of the agents, connections between them may be lost.",
            (*of_tables(running, DSR_TABLE, there=True), *of_tables(lacking, DSR_TABLE, there=False)),
        )
    elif silent:
        raise silent_agents(silent)
