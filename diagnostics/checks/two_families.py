"""AD078: a Service with IPv6 addresses."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_service, service_name
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source


@check(
    "AD078",
    "The Service has one family of addresses, IPv4",
    severity=Severity.NOTE,
    needs=(Source.SERVICES,),
    applies=lambda case: case.service.is_proxied,
)
def two_families(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service has IPv6 addresses, alone or beside IPv4. Each family has its own EndpointSlices, addresses of Nodes
    and gateways, and rules on the Nodes.

    ## Why it matters
    What holds for one family need not hold for the other: DSR works for IPv4 only, policies must name ranges of both,
    and an endpoint may be ready in one family and missing in the other. A client picks the family by itself, so it
    looks as if the same client fares differently.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT -n NAMESPACE get endpointslices.discovery.k8s.io -l kubernetes.io/service-name=SERVICE
    ```
    Then dial with `curl -4` and with `curl -6`.

    ## What to do
    Read the paths of both families. Test both after each change.

    ## Sources
    antrea:docs/feature-gates.md, antrea:pkg/agent/openflow/pipeline.go, k8s:pkg/proxy/topology.go.
    """
    families = case.service.spec.ip_families
    if "IPv6" not in families:
        return
    both = len(families) > 1
    what = f"is dual-stack ({' before '.join(families)})" if both else "has IPv6 addresses only"
    advice = "read and test both families, they may differ" if both else "DSR does not work for them"
    yield Finding(
        Severity.NOTE,
        service_name(case),
        f"Service {case.key} {what}: {advice}.",
        (
            of_service(case, "spec.ipFamilies", ", ".join(families)),
            of_service(case, "spec.clusterIPs", ", ".join(case.service.spec.cluster_ips) or "empty"),
        ),
    )
