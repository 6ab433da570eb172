"""AD041: the DSR gate in the configuration of Windows agents."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import counted, listed
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here
from diagnostics.model.agent_config import DSR_GATE, ConfigError, parse_agent_config
from diagnostics.model.antrea import AGENT_CONFIG_KEY, WINDOWS_CONFIG_MAP
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD041",
    "No Windows agent is asked to run DSR",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def dsr_gate_on_windows(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The cluster has Windows Nodes, and the feature gate `LoadBalancerModeDSR` is on in their own ConfigMap,
    `antrea-windows-config`. Windows agents do not know DSR.

    ## Why it matters
    A Windows agent exits with `unsupported features on Windows: {LoadBalancerModeDSR}` at its next start, and the
    Node then gets no new Services, policies or Pods.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-windows-config -o yaml
    kubectl --context CONTEXT get nodes -l kubernetes.io/os=windows
    ```

    ## What to do
    Remove the gate from `antrea-windows-config` before any Windows agent restarts. The gate in `antrea-config`, for
    Linux Nodes, is another one and may stay.

    ## Sources
    antrea:cmd/antrea-agent/options_windows.go checkUnsupportedFeatures, antrea:build/charts/antrea-windows.
    """
    nodes = [name for name, node in case.cluster.nodes.items() if node.is_windows]
    if not nodes:
        return
    namespace = case.cluster.antrea.namespace
    maps = [item for item in case.snapshot.config_maps if item.metadata.name.startswith(WINDOWS_CONFIG_MAP)]
    text = next((item.data[AGENT_CONFIG_KEY] for item in maps if AGENT_CONFIG_KEY in item.data), None)
    name = f"ConfigMap {namespace}/{WINDOWS_CONFIG_MAP}"
    if text is None:
        raise CannotTell(
            f"{name} of {counted(len(nodes), 'Windows Node')} ({listed(nodes)}) is not there or may not be read."
        )
    try:
        gates = parse_agent_config(text).feature_gates
    except ConfigError as error:
        raise CannotTell(f"{name}, {AGENT_CONFIG_KEY}: {error}") from error
    if gates.get(DSR_GATE, False):
        yield Finding(
            Severity.BROKEN,
            name,
            f"{name} turns {DSR_GATE} on, which agents of {counted(len(nodes), 'Windows Node')} ({listed(nodes)}) "
            "refuse: they will not start again; remove it there before any restart.",
            (
                Evidence(name, f"data[{AGENT_CONFIG_KEY}] featureGates.{DSR_GATE}", "true"),
                *(Evidence(f"Node {node}", "metadata.labels[kubernetes.io/os]", "windows") for node in nodes[:4]),
            ),
        )
