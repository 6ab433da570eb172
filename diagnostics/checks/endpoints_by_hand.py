"""AD076: endpoints that Kubernetes does not choose, or that no Node has."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import SHOWN, counted, listed, of_service, service_name
from diagnostics.model.case import Backend, Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source

API_SERVER = "default/kubernetes"  # the API server itself keeps its endpoints


@check(
    "AD076",
    "Every endpoint of the Service is a Pod that its selector chose",
    severity=Severity.NOTE,
    needs=(Source.SERVICES, Source.SLICES, Source.NODES, Source.AGENT_INFOS),
    applies=lambda case: case.service.is_proxied and case.key != API_SERVER,
)
def endpoints_by_hand(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service has no selector, so that a person or a controller writes its EndpointSlices, or an endpoint has an
    address outside all podCIDRs and Nodes.

    ## Why it matters
    Nobody takes such an endpoint out when it fails, unless whoever wrote it does. An endpoint outside the cluster
    always sees the ingress Node's address, policies of the cluster do not guard it, and with DSR connections to it
    are lost (inferred).

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT -n NAMESPACE get endpointslices.discovery.k8s.io -l kubernetes.io/service-name=SERVICE \\
      -o yaml
    ```

    ## What to do
    If it is meant, nothing; keep DSR off for it. Service `default/kubernetes` is not asked: the API server itself
    keeps its endpoints.

    ## Sources
    antrea:pkg/agent/openflow/pipeline.go l3FwdFlowToExternalEndpoint, antrea:pkg/agent/proxy/proxier.go.
    """
    outside = [backend for backend in case.all_backends if backend.outside]
    if case.service.spec.selector and not outside:
        return
    said = []
    if not case.service.spec.selector:
        said.append("has no selector, so its endpoints are what somebody wrote")
    if outside:
        addresses = list(dict.fromkeys(backend.address for backend in outside))
        verb = "lies" if len(addresses) == 1 else "lie"
        said.append(
            f"has {counted(len(addresses), 'endpoint')} ({listed(addresses)}) that {verb} outside the cluster and "
            "never see the client's address"
            if len(addresses) > 1
            else f"has an endpoint ({addresses[0]}) that {verb} outside the cluster and never sees the client's address"
        )
    yield Finding(
        Severity.NOTE,
        service_name(case),
        f"Service {case.key} {' and '.join(said)}.",
        (
            *(() if case.service.spec.selector else (of_service(case, "spec.selector", "not set"),)),
            *_addresses(case, outside or list(case.all_backends)),
        ),
    )


def _addresses(case: Case, backends: list[Backend]) -> Iterator[Evidence]:
    wanted = {backend.address for backend in backends}
    shown = 0
    for group in case.snapshot.slices_by_service.get(case.key, ()):
        for at, endpoint in enumerate(group.endpoints):
            if shown < SHOWN and endpoint.addresses and endpoint.addresses[0] in wanted:
                shown += 1
                yield Evidence(
                    f"EndpointSlice {group.metadata.key}", f"endpoints[{at}].addresses[0]", endpoint.addresses[0]
                )
