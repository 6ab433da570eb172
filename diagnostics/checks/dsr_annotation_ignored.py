"""AD030: a Service asks for DSR and the agents do not know the feature."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_annotation, of_config, of_tables, service_name
from diagnostics.checks.facts import (
    ANTREA_SOURCES,
    annotated_dsr,
    antrea_may_be_here,
    linux_running,
    nodes_by_answer,
    silent_agents,
)
from diagnostics.model.agent_config import DSR_GATE
from diagnostics.model.antrea import DSR_TABLE, dsr_gate_wanted
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD030",
    "A Service that asks for DSR is heard by the agents",
    severity=Severity.BROKEN,
    needs=(Source.SERVICES, Source.NODES, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: annotated_dsr(case) and antrea_may_be_here(case),
    remedies=("use-dsr", "mend-annotation"),
)
def dsr_annotation_ignored(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service carries `service.antrea.io/load-balancer-mode: dsr`, but the feature gate `LoadBalancerModeDSR` is
    off, or no agent runs with it yet. Antrea then ignores the annotation and balances in NAT mode.

    ## Why it matters
    Everybody who reads the Service believes that Pods see their clients. They do not: connections to Pods on other
    Nodes still arrive with an address of the ingress Node, and the agent tells so only in its log.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    The gate stands in `featureGates` of `antrea-agent.conf`; an agent that runs with it lists `DSRServiceMark` in
    `ovsInfo.flowTable`.

    ## What to do
    Turn the gate on, restart the agents, wait until every Node lists `DSRServiceMark`; the annotation then takes
    effect by itself. The remedy `use-dsr` checks what DSR needs and walks through it. Or remove the annotation:
    `kubectl --context CONTEXT -n NAMESPACE annotate services SERVICE service.antrea.io/load-balancer-mode-`.

    ## Sources
    antrea:docs/feature-gates.md LoadBalancerModeDSR, antrea:pkg/agent/proxy/proxier.go,
    antrea:pkg/agent/openflow/framework.go getRequiredTables, antrea#5202.
    """
    antrea = case.cluster.antrea
    wanted = dsr_gate_wanted(antrea)
    running, lacking, silent = nodes_by_answer({node: run.dsr for node, run in linux_running(case).items()})
    if wanted is False:
        later = f", and {listed(running)} will stop it at the next restart" if running else ""
        yield Finding(
            Severity.BROKEN,
            service_name(case),
            f"Service {case.key} asks for DSR, but the feature gate {DSR_GATE} is off{later}: "
            "turn the gate on or remove the annotation.",
            (of_annotation(case), of_config(antrea, f"featureGates.{DSR_GATE}", False)),
        )
    elif lacking and not running:
        yield Finding(
            Severity.BROKEN,
            service_name(case),
            f"Service {case.key} asks for DSR, but no agent runs with the feature gate {DSR_GATE} "
            f"({listed(lacking)}): restart the agents once the gate is on.",
            (of_annotation(case), *of_tables(lacking, DSR_TABLE, there=False)),
        )
    elif silent and not running:
        raise silent_agents(silent)
