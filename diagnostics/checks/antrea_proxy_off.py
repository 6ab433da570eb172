"""AD086: AntreaProxy is off."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import listed, of_config, of_tables
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here, linux_running, nodes_by_answer
from diagnostics.model.antrea import PROXY_TABLE
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD086",
    "AntreaProxy is on",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def antrea_proxy_off(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The agents run without AntreaProxy; kube-proxy handles every Service address, ClusterIPs included.

    ## Why it matters
    proxyAll, DSR and policies on a Service are parts of AntreaProxy: none of these ways out exists without it.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    With AntreaProxy `ovsInfo.flowTable` lists `ServiceLB`, without it only `DNAT`.

    ## What to do
    Set `antreaProxy.enable: true` (before v1.14 the feature gate `AntreaProxy`) and restart the agents Node by Node.
    It is on by default: find out why it was turned off. Until then `externalTrafficPolicy: Local` is the way to keep
    client addresses.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea:pkg/agent/openflow/framework.go getRequiredTables.
    """
    antrea = case.cluster.antrea
    _, off, silent = nodes_by_answer({node: run.proxy for node, run in linux_running(case).items()})
    if off:
        yield Finding(
            Severity.RISKY,
            "DaemonSet antrea-agent",
            f"AntreaProxy does not run on {listed(off)}: kube-proxy handles every Service there; "
            "set antreaProxy.enable to true and restart the agents.",
            of_tables(off, PROXY_TABLE, there=False),
        )
    elif not agent_config(case).proxy_enabled:
        state = "cannot be seen at the agents" if silent else "still runs until the agents restart"
        yield Finding(
            Severity.RISKY,
            f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
            f"AntreaProxy is off in the ConfigMap and {state}: set antreaProxy.enable to true.",
            (of_config(antrea, "antreaProxy.enable", False),),
        )
