"""AD085: noSNAT in a traffic mode that does not allow it."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_config
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

WITHOUT_MASQUERADE = ("noencap", "networkpolicyonly")


@check(
    "AD085",
    "noSNAT is set only where the traffic mode allows it",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def no_snat_outside_no_encap(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    `noSNAT: true` stands together with `trafficEncapMode: encap` or `hybrid`.

    ## Why it matters
    An agent refuses to start with this configuration: at its next restart the Node gets no new Services, policies or
    Pods. And noSNAT would not help clients of Services: it only spares Pods that call out of the cluster.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    ```
    A crashing agent logs `noSNAT is only applicable to the noEncap mode`.

    ## What to do
    Set `noSNAT: false` before any agent restarts.

    ## Sources
    antrea:cmd/antrea-agent/options.go, antrea:pkg/agent/route/route_linux.go.
    """
    config, antrea = agent_config(case), case.cluster.antrea
    if config.no_snat and config.encap_mode not in WITHOUT_MASQUERADE:
        yield Finding(
            Severity.BROKEN,
            f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
            f"noSNAT is true in traffic mode {config.traffic_encap_mode}: agents will not start again; "
            "set it to false before any restart.",
            (of_config(antrea, "noSNAT", True), of_config(antrea, "trafficEncapMode", config.traffic_encap_mode)),
        )
