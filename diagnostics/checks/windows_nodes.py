"""AD079: Nodes that run Windows."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import SHOWN, counted, listed
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD079",
    "All Nodes run Linux",
    severity=Severity.NOTE,
    scope=Scope.CLUSTER,
    needs=(Source.NODES,),
)
def windows_nodes(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Some Nodes run Windows. Their agents have a ConfigMap and a DaemonSet of their own, always need proxyAll, and know
    neither DSR nor IPv6 nor ServiceExternalIP.

    ## Why it matters
    Paths through Windows Nodes are inferred from Antrea's source: nobody has measured them here. Where the Windows
    host decides, such as whether NetNat keeps the client of a NodePort, the answer is unknown, and a verdict says so.

    ## How to verify
    ```
    kubectl --context CONTEXT get nodes -l kubernetes.io/os=windows
    kubectl --context CONTEXT -n kube-system get configmaps antrea-windows-config -o yaml
    ```

    ## What to do
    Let clients from outside dial Linux Nodes where their address matters, and find out what Pods on Windows Nodes see
    with a connection from a known client.

    ## Sources
    antrea:docs/windows.md, antrea:cmd/antrea-agent/options_windows.go, antrea:pkg/agent/route/route_windows.go.
    """
    nodes = [node for node in case.snapshot.nodes if node.is_windows]
    if nodes:
        names = [node.metadata.name for node in nodes]
        yield Finding(
            Severity.NOTE,
            "Nodes",
            f"{len(nodes)} of {counted(len(case.snapshot.nodes), 'Node')} run Windows ({listed(names)}): paths through "
            "them are inferred, and unknown where the Windows host decides.",
            tuple(
                Evidence(f"Node {node.metadata.name}", "status.nodeInfo.operatingSystem", "windows")
                if not node.metadata.labels.get("kubernetes.io/os")
                else Evidence(f"Node {node.metadata.name}", "metadata.labels[kubernetes.io/os]", "windows")
                for node in nodes[:SHOWN]
            ),
        )
