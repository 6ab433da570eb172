"""AD082: what the ConfigMap says and what the agents run are different."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import listed, of_config, of_tables
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here, linux_running, silent_agents
from diagnostics.model.agent_config import DSR_GATE
from diagnostics.model.antrea import DSR_TABLE, PROXY_ALL_TABLE, dsr_gate_wanted, proxy_all_wanted
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD082",
    "The agents run what their ConfigMap says",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
    remedies=("enable-proxy-all",),
)
def config_not_running(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    proxyAll or the DSR gate in the ConfigMap differs from what agents report as running. An agent reads its
    configuration only when it starts; changing the ConfigMap by hand restarts nothing.

    ## Why it matters
    The change is not in effect yet, or not everywhere, and comes to effect by surprise at the next restart of a Node.
    This tool computes addresses from what runs, not from what is configured.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    In `ovsInfo.flowTable` the table `NodePortMark` means that proxyAll runs, `DSRServiceMark` that the DSR gate does.

    ## What to do
    If the ConfigMap is right, restart the agents Node by Node and test between; each restart interrupts the Node
    shortly: `kubectl --context CONTEXT -n kube-system rollout restart daemonsets.apps/antrea-agent`. If it is wrong,
    put it back before anything restarts.

    ## Sources
    antrea:pkg/agent/openflow/framework.go getRequiredTables, antrea:build/charts/antrea/templates/agent/daemonset.yaml.
    """
    agent_config(case)
    antrea, nodes = case.cluster.antrea, linux_running(case)
    features = (
        ("proxyAll", "antreaProxy.proxyAll", proxy_all_wanted(antrea), PROXY_ALL_TABLE,
         {node: run.proxy_all for node, run in nodes.items()}),
        ("DSR", f"featureGates.{DSR_GATE}", dsr_gate_wanted(antrea), DSR_TABLE,
         {node: run.dsr for node, run in nodes.items()}),
    )  # fmt: skip
    differs = False
    for feature, key, wanted, table, answers in features:
        behind = [node for node, runs in answers.items() if runs is not None and runs != wanted]
        if behind:
            differs = True
            wish, state = ("on", "not run it") if wanted else ("off", "still run it")
            yield Finding(
                Severity.RISKY,
                f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
                f"{feature} is {wish} in the ConfigMap, but {len(behind)} of {len(answers)} agents do {state} "
                f"({listed(behind)}): restart them, or undo the change.",
                (of_config(antrea, key, bool(wanted)), *of_tables(behind, table, there=not wanted)),
            )
    silent = [node for node, run in nodes.items() if run.proxy_all is None]
    if not differs and (silent or not nodes):
        raise silent_agents(silent)
