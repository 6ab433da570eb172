"""AD002: AntreaProxy replaces the client's address on the way to another Node."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_annotation, of_tables, service_name
from diagnostics.checks.paths import (
    PATH_HINTS,
    PATH_SOURCES,
    endpoint_evidence,
    entries,
    hidden_on_the_way,
    is_exposed,
    need_certainty,
    nodes_of,
    path_evidence,
    seen_instead,
    shares,
    ways_in,
)
from diagnostics.datapath.path import Handler
from diagnostics.model.antrea import PROXY_ALL_TABLE
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


@check(
    "AD002",
    "AntreaProxy hides no client on the way to another Node",
    severity=Severity.RISKY,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=is_exposed,
    remedies=("use-dsr", "guard-nodeport", "local-policy"),
)
def client_ip_hidden_for_remote_endpoints(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    AntreaProxy handles the addresses of this Service in NAT mode with `externalTrafficPolicy: Cluster`. It keeps the
    client's address for an endpoint on the Node that the client dialled, and replaces it for an endpoint on another
    Node (SNAT point S2 through the tunnel, S3 and S4 without one).

    ## Why it matters
    One client shows up with two addresses, by chance. A rule for its range lets some of its connections in and not
    others: it looks like a flaky network.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT -n NAMESPACE get endpointslices.discovery.k8s.io -l kubernetes.io/service-name=SERVICE
    kubectl --context CONTEXT get antreaagentinfos.crd.antrea.io -o yaml
    ```
    Dial one Node several times and compare what endpoints on that Node and on others log as the client.

    ## What to do
    For a load-balancer IP or external IP on IPv4 in encap mode use DSR (`use-dsr`). For a NodePort filter on the
    Service, where the client is still known (`guard-nodeport`). Or set `externalTrafficPolicy: Local`, after making
    sure that clients only reach Nodes with an endpoint.

    ## Sources
    antrea:pkg/agent/openflow/pipeline.go gatewaySNATFlows, snatConntrackFlows, antrea:docs/antrea-proxy.md,
    antrea#3604.
    """
    paths = ways_in(case)
    hidden = [path for path in paths if hidden_on_the_way(path)]
    if not hidden:
        need_certainty(path for path in paths if path.handler is not Handler.KUBE_PROXY)
        return
    running = [
        node for node in nodes_of(hidden) if node in case.cluster.running and case.cluster.running[node].proxy_all
    ]
    yield Finding(
        Severity.RISKY,
        service_name(case),
        f"AntreaProxy hides the clients of Service {case.key} by {entries(hidden)} on the way to other Nodes: "
        f"{shares(hidden)} see {seen_instead(case, hidden)} instead.",
        (
            of_annotation(case),
            *path_evidence(case, hidden),
            *of_tables(running, PROXY_ALL_TABLE, there=True),
            *endpoint_evidence(case, hidden),
        ),
    )
