"""AD031: DSR is the default mode while its feature gate is off."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_config
from diagnostics.checks.facts import ANTREA_SOURCES, DSR, agent_config, antrea_may_be_here
from diagnostics.model.agent_config import DSR_GATE
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD031",
    "Agents can start with DSR as far as its feature gate goes",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def dsr_default_without_gate(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    `antreaProxy.defaultLoadBalancerMode` is `dsr` while the feature gate `LoadBalancerModeDSR` is off.

    ## Why it matters
    An agent refuses to start with this configuration. Nodes keep working until their agent restarts, then it stays
    in `CrashLoopBackOff` and the Node gets no new Services, policies or Pods. The default of the gate is off in all
    releases so far.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT -n kube-system get pods -l app=antrea,component=antrea-agent
    ```
    A crashing agent logs `LoadBalancerMode DSR requires feature gate LoadBalancerModeDSR to be enabled`.

    ## What to do
    Set `antreaProxy.defaultLoadBalancerMode: nat`, or set `featureGates.LoadBalancerModeDSR: true`, before any agent
    restarts. On the way back from DSR change the default no later than the gate.

    ## Sources
    antrea:cmd/antrea-agent/options.go validateAntreaProxyConfig, antrea:docs/feature-gates.md LoadBalancerModeDSR.
    """
    config, antrea = agent_config(case), case.cluster.antrea
    if config.default_mode == DSR and not config.gate(DSR_GATE, antrea.version):
        yield Finding(
            Severity.BROKEN,
            f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
            "DSR is the default load-balancer mode but its feature gate is off: agents will not start again; "
            "set antreaProxy.defaultLoadBalancerMode to nat or turn the gate on before any restart.",
            (
                of_config(antrea, "antreaProxy.defaultLoadBalancerMode", DSR),
                of_config(antrea, f"featureGates.{DSR_GATE}", False),
            ),
        )
