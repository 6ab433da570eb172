"""AD020: Local policy, and Nodes without an endpoint."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import counted, listed, service_name
from diagnostics.checks.paths import (
    PATH_HINTS,
    PATH_SOURCES,
    entries,
    need_certainty,
    nodes_of,
    path_evidence,
    ways_in,
)
from diagnostics.datapath.path import Outcome, Place
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

FAILS = (Outcome.DROPPED, Outcome.REJECTED)
CLIENT_NOTICES = {Outcome.DROPPED: "time out", Outcome.REJECTED: "are refused"}


def _is_local(case: Case) -> bool:
    """Local policy with endpoints, or with endpoints that could not be read."""
    if not case.is_exposed or case.service.external_policy != "Local":
        return False
    return bool(case.all_backends) or case.snapshot.gap(Source.SLICES, case.namespace) is not None


@check(
    "AD020",
    "Under Local policy every Node that clients may dial has an endpoint",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=_is_local,
    remedies=("to-load-balancer",),
)
def local_policy_without_local_endpoint(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    `externalTrafficPolicy: Local` uses only endpoints of the Node that the client dialled, and some Nodes have none.

    ## Why it matters
    On those Nodes connections time out (kube-proxy) or are refused (AntreaProxy). A load balancer that obeys
    `healthCheckNodePort`, and announcers such as MetalLB, steer clear of them; a client that dials a NodePort itself,
    or a fixed list of Nodes, does not.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT -n NAMESPACE get endpointslices.discovery.k8s.io -l kubernetes.io/service-name=SERVICE
    kubectl --context CONTEXT get nodes
    ```

    ## What to do
    Run an endpoint on every Node that clients dial: a DaemonSet, or a Deployment with topology spread constraints
    over `kubernetes.io/hostname`. Or make sure that clients only dial Nodes that have one. Or go back to
    `externalTrafficPolicy: Cluster` and keep client addresses in another way.

    ## Sources
    k8s:pkg/proxy/iptables/proxier.go, antrea:docs/design/ovs-pipeline.md,
    antrea:pkg/agent/openflow/service.go serviceNoEndpointFlow.
    """
    paths = ways_in(case)
    occupied = {backend.node for backend in case.all_backends}
    failing = [
        path
        for path in paths
        if path.outcome in FAILS and path.endpoint.place is Place.NONE and path.ingress not in occupied
    ]
    if not failing:
        need_certainty(paths)
        return
    nodes, every = nodes_of(failing), nodes_of(paths)
    by_node_port = case.service.spec.type == "NodePort"
    verbs = " or ".join(sorted({CLIENT_NOTICES[path.outcome] for path in failing}))
    advice = (
        "run an endpoint there or keep clients off these Nodes"
        if by_node_port
        else "make sure that the load balancer steers clear of these Nodes"
    )
    yield Finding(
        Severity.BROKEN if by_node_port else Severity.RISKY,
        service_name(case),
        f"{len(nodes)} of {counted(len(every), 'Node')} have no endpoint of Service {case.key} ({listed(nodes)}): "
        f"connections to {entries(failing)} {verbs} there; {advice}.",
        tuple(path_evidence(case, failing)),
    )
