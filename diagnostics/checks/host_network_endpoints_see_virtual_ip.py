"""AD004: endpoints on the host network see an address of the Node or of Antrea."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import service_name
from diagnostics.checks.paths import (
    PATH_HINTS,
    PATH_SOURCES,
    endpoint_evidence,
    entries,
    hides_client,
    is_exposed,
    need_certainty,
    path_evidence,
    seen_instead,
    shares,
    ways_in,
)
from diagnostics.datapath.path import Handler
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


@check(
    "AD004",
    "No endpoint on the host network loses the client behind AntreaProxy",
    severity=Severity.RISKY,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=is_exposed,
)
def host_network_endpoints_see_virtual_ip(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Endpoints of the Service run on the host network of a Node, and AntreaProxy handles the Service. Such packets
    leave OVS by the port they came in, so AntreaProxy translates their source: on the ingress Node itself to
    169.254.0.253, towards other Nodes to the ingress Node's address.

    ## Why it matters
    Applications log an address that belongs to no client. `externalTrafficPolicy: Local` and DSR do not change it,
    and NetworkPolicies do not apply to Pods on the host network at all.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get pods -o wide
    kubectl --context CONTEXT get nodes -o wide
    ```
    Endpoints whose address is a Node's run on the host network. Compare the source they log with a known client.

    ## What to do
    Run the Pods on the Pod network (`hostNetwork: false`), or let clients dial the Nodes' own addresses and the
    port that the Pods listen on. Or leave the Service to kube-proxy with `antreaProxy.skipServices`, under Local
    policy: it keeps the address for host-network endpoints of the ingress Node.

    ## Sources
    antrea:pkg/agent/openflow/pipeline.go gatewaySNATFlows, snatConntrackFlows,
    antrea:pkg/agent/route/route_linux.go restoreIptablesData.
    """
    hosted = [path for path in ways_in(case) if path.endpoint.host_network]
    hidden = [path for path in hosted if path.handler is Handler.ANTREA_PROXY and hides_client(path)]
    if not hidden:
        need_certainty(hosted)
        return
    is_local = case.service.external_policy == "Local"
    despite = "in spite of policy Local " if is_local else ""
    yield Finding(
        Severity.RISKY if is_local else Severity.NOTE,
        service_name(case),
        f"Endpoints of Service {case.key} on the host network see {seen_instead(case, hidden)} instead of clients "
        f"{despite}by {entries(hidden)} ({shares(hidden)}): run them on the Pod network.",
        (*path_evidence(case, hidden), *endpoint_evidence(case, hidden)),
    )
