"""AD070: a field of the Service that Kubernetes gives up."""

from collections.abc import Iterator

from packaging.version import Version

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_service, service_name
from diagnostics.checks.facts import kubernetes_release
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

DEPRECATED_SINCE = Version("1.36")


@check(
    "AD070",
    "The Service uses no field that Kubernetes gives up",
    severity=Severity.NOTE,
    needs=(Source.SERVICES, Source.NODES),
    applies=lambda case: case.service.is_proxied,
)
def external_ips_deprecated(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service has `externalIPs`, a field that is deprecated since Kubernetes v1.36 (KEP-5707).

    ## Why it matters
    A later release stops serving these addresses. DSR works for load-balancer IPs and external IPs only, so plans
    that build on external IPs have an end date.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT version
    ```

    ## What to do
    Make it a Service of type LoadBalancer whose address MetalLB, kube-vip or Antrea's ServiceExternalIP announces.

    ## Sources
    k8s:staging/src/k8s.io/api/core/v1/types.go ServiceSpec.
    """
    addresses = case.service.spec.external_ips
    if not addresses:
        return
    release, evidence = kubernetes_release(case)
    if release >= DEPRECATED_SINCE:
        yield Finding(
            Severity.NOTE,
            service_name(case),
            f"externalIPs {listed(addresses)} of Service {case.key} are deprecated since Kubernetes "
            f"v{DEPRECATED_SINCE}: plan a load-balancer IP instead.",
            (of_service(case, "spec.externalIPs", ", ".join(addresses)), evidence),
        )
