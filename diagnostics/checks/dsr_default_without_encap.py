"""AD032: DSR is the default mode outside encap mode."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_config
from diagnostics.checks.facts import ANTREA_SOURCES, DSR, agent_config, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD032",
    "Agents can start with DSR as far as the traffic mode goes",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def dsr_default_without_encap(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    `antreaProxy.defaultLoadBalancerMode` is `dsr` and `trafficEncapMode` is not `encap`.

    ## Why it matters
    An agent refuses to start with this configuration. Nodes keep working until their agent restarts, then it stays
    in `CrashLoopBackOff` and the Node gets no new Services, policies or Pods.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT -n kube-system get pods -l app=antrea,component=antrea-agent
    ```
    A crashing agent logs `LoadBalancerMode DSR requires encap mode`.

    ## What to do
    Set `antreaProxy.defaultLoadBalancerMode: nat` before any agent restarts. DSR works in encap mode only; changing
    the traffic mode of a running cluster interrupts all Pods.

    ## Sources
    antrea:cmd/antrea-agent/options.go validateAntreaProxyConfig, antrea:docs/antrea-proxy.md.
    """
    config, antrea = agent_config(case), case.cluster.antrea
    if config.default_mode == DSR and config.encap_mode != "encap":
        yield Finding(
            Severity.BROKEN,
            f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
            f"DSR is the default load-balancer mode but the traffic mode is {config.traffic_encap_mode}: agents will "
            "not start again; set antreaProxy.defaultLoadBalancerMode to nat before any restart.",
            (
                of_config(antrea, "antreaProxy.defaultLoadBalancerMode", DSR),
                of_config(antrea, "trafficEncapMode", config.traffic_encap_mode),
            ),
        )
