"""AD072: nodePortAddresses leaves out addresses of Nodes."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import counted, listed, of_config, of_kube_proxy_config
from diagnostics.checks.facts import (
    ANTREA_SOURCES,
    KUBE_PROXY_SOURCES,
    agent_config,
    antrea_may_be_here,
    kube_proxy_runs,
    proxy_all_on,
)
from diagnostics.datapath.handler import serves_node_port
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD072",
    "NodePorts are served on the InternalIP of every Node",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *KUBE_PROXY_SOURCES),
    applies=antrea_may_be_here,
)
def node_ports_closed(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    `nodePortAddresses`, of AntreaProxy or of kube-proxy, leaves out the InternalIP of Nodes. The proxy does not serve
    NodePorts on these addresses.

    ## Why it matters
    Load balancers and clients that dial `NodeIP:nodePort` there are refused, or are served by the other proxy, which
    shows Pods other addresses. AntreaProxy looks at the addresses of a Node only when its agent starts.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config kube-proxy -o yaml
    kubectl --context CONTEXT get nodes -o wide
    ```

    ## What to do
    If NodePorts are meant to be closed there, nothing. Else add the Nodes' range to `antreaProxy.nodePortAddresses`
    (or empty it) and restart the agents Node by Node; for kube-proxy likewise.

    ## Sources
    antrea:cmd/antrea-agent/util.go getAvailableNodePortAddresses, k8s:cmd/kube-proxy/app/server_linux.go.
    """
    kube_proxy, antrea = case.cluster.kube_proxy, case.cluster.antrea
    by_antrea = agent_config(case).antrea_proxy.node_port_addresses
    by_kube_proxy = list(kube_proxy.node_port_addresses)
    closed_to_antrea, closed_to_kube_proxy = _closed(case, by_antrea), _closed(case, by_kube_proxy)
    if not closed_to_antrea and not closed_to_kube_proxy:
        return
    takes_all = bool(proxy_all_on(case))
    beside = kube_proxy_runs(case)
    if takes_all and closed_to_antrea:
        left = {address: node for address, node in closed_to_antrea.items() if address not in closed_to_kube_proxy}
        fate = "kube-proxy serves them there" if beside and left else "they are closed there"
        yield _finding(
            closed_to_antrea, "AntreaProxy", fate, of_config(antrea, "antreaProxy.nodePortAddresses", by_antrea)
        )
    elif beside and closed_to_kube_proxy and not takes_all:
        wanted = of_kube_proxy_config(case, "nodePortAddresses", by_kube_proxy)
        yield _finding(closed_to_kube_proxy, "kube-proxy", "they are closed there", wanted)


def _closed(case: Case, ranges: list[str]) -> dict[str, str]:
    """Node by InternalIP that the ranges leave out; Linux Nodes only."""
    return {
        address: name
        for name, node in case.cluster.nodes.items()
        for address in node.internal_ips
        if ranges and not node.is_windows and not serves_node_port(ranges, address)
    }


def _finding(closed: dict[str, str], who: str, fate: str, wanted: Evidence) -> Finding:
    nodes = list(dict.fromkeys(closed.values()))
    return Finding(
        Severity.RISKY,
        wanted.object,
        f"{who} does not serve NodePorts on {listed(closed)} of {counted(len(nodes), 'Node')} ({listed(nodes)}), as "
        f"nodePortAddresses leaves them out: {fate}.",
        (
            wanted,
            *(Evidence(f"Node {node}", "status.addresses", address) for address, node in list(closed.items())[:4]),
        ),
    )
