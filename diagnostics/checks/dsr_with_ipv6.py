"""AD035: DSR for an IPv6 address."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_annotation, of_service, service_name
from diagnostics.checks.facts import antrea_may_be_here
from diagnostics.checks.paths import PATH_HINTS, PATH_SOURCES, entries, need_certainty, shares, ways_in
from diagnostics.datapath.dsr import dsr_asked_for
from diagnostics.datapath.path import Outcome
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity


def _asks_for_ipv6(case: Case) -> bool:
    has_ipv6 = any(":" in address for address in case.external_addresses)
    return antrea_may_be_here(case) and has_ipv6 and dsr_asked_for(case) is not False


@check(
    "AD035",
    "DSR is used for IPv4 addresses only",
    severity=Severity.BROKEN,
    needs=PATH_SOURCES,
    also_reads=PATH_HINTS,
    applies=_asks_for_ipv6,
    remedies=("mend-annotation",),
)
def dsr_with_ipv6(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    DSR is in effect for this Service, and one of its load-balancer or external IPs is IPv6. Antrea does not check the
    family: it marks the connection for DSR, but the flow that would carry it through the tunnel exists for IPv4 only.

    ## Why it matters
    IPv6 connections that are sent to an endpoint on another Node are lost; they do not fall back to NAT (inferred
    from the flow tables). IPv4 works, so it shows only with some clients.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    ```
    Look at `spec.ipFamilies`, `status.loadBalancer.ingress[].ip` and `spec.externalIPs`, then connect by IPv6.

    ## What to do
    Split the Service into one per family and use DSR for IPv4 only, or take DSR back:
    ```
    kubectl --context CONTEXT -n NAMESPACE annotate services SERVICE \\
      service.antrea.io/load-balancer-mode=nat --overwrite
    ```

    ## Sources
    antrea:pkg/agent/openflow/pipeline.go l3FwdFlowsToRemoteViaTun, antrea:docs/feature-gates.md, antrea#6344.
    """
    paths = [path for path in ways_in(case) if path.access.family == 6]
    lost = [path for path in paths if path.outcome is Outcome.LOST]
    if not lost:
        need_certainty(paths)
        return
    addresses = [address for address in case.external_addresses if ":" in address]
    yield Finding(
        Severity.BROKEN,
        service_name(case),
        f"DSR of Service {case.key} loses IPv6 connections to {entries(lost)} for {shares(lost)}: "
        "set the annotation service.antrea.io/load-balancer-mode to nat, or serve IPv6 by another Service.",
        (
            of_annotation(case),
            of_service(case, "spec.ipFamilies", ", ".join(case.service.spec.ip_families)),
            of_service(case, "status.loadBalancer.ingress[].ip, spec.externalIPs", listed(addresses)),
        ),
    )
