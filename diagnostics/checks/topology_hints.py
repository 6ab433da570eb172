"""AD077: topology hints on the endpoints."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import SHOWN, counted, listed, service_name
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.service import Endpoint
from diagnostics.model.snapshot import Source


@check(
    "AD077",
    "Every Node may choose from all endpoints",
    severity=Severity.NOTE,
    needs=(Source.SERVICES, Source.SLICES),
    applies=lambda case: case.service.is_proxied,
)
def topology_hints(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Endpoints carry topology hints, which `spec.trafficDistribution` or an annotation of the Service asks for. Under
    policy Cluster a proxy that obeys them sends connections only to the endpoints that are meant for its own Node or
    zone.

    ## Why it matters
    Which endpoints a client can meet, and whether they see its address, depends on the Node by which it comes in. The
    drawing and `path` show it Node by Node. Hints are ignored, Node by Node, while any ready endpoint has none.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get endpointslices.discovery.k8s.io -l kubernetes.io/service-name=SERVICE \\
      -o yaml
    kubectl --context CONTEXT get nodes -L topology.kubernetes.io/zone
    ```
    Look at `endpoints[].hints`.

    ## What to do
    Nothing, if it is meant. To have all Nodes alike remove `spec.trafficDistribution` and the annotation
    `service.kubernetes.io/topology-mode`.

    ## Sources
    k8s:pkg/proxy/topology.go, antrea:pkg/agent/proxy/topology.go, antrea:docs/feature-gates.md.
    """
    slices = case.snapshot.slices_by_service.get(case.key, ())
    every = [(group, at, item) for group in slices for at, item in enumerate(group.endpoints) if item.conditions.ready]
    hinted = [(group, at, item) for group, at, item in every if _hints(item)]
    if not hinted:
        return
    meant = dict.fromkeys(name for _, _, item in hinted for name in _hints(item))
    some = len(hinted) < len(every)
    effect = (
        "but as not all do, proxies ignore these hints"
        if some
        else "so a Node may choose only from those meant for it, where its proxy obeys"
    )
    yield Finding(
        Severity.NOTE,
        service_name(case),
        f"{len(hinted)} of {counted(len(every), 'endpoint')} of Service {case.key} carry topology hints "
        f"({listed(meant)}), {effect}.",
        tuple(
            Evidence(f"EndpointSlice {group.metadata.key}", f"endpoints[{at}].hints", listed(_hints(item)))
            for group, at, item in hinted[:SHOWN]
        ),
    )


def _hints(endpoint: Endpoint) -> list[str]:
    if endpoint.hints is None:
        return []
    zones = [f"zone {item.name}" for item in endpoint.hints.for_zones]
    return [*zones, *(f"Node {item.name}" for item in endpoint.hints.for_nodes)]
