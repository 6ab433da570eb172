"""AD084: the API does not tell which Node announces a load-balancer IP of ServiceExternalIP."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import listed, of_service, service_name
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, antrea_may_be_here, no_release
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.service import EXTERNAL_IP_POOL
from diagnostics.model.snapshot import Source

SILENT_SINCE = "1.7"


@check(
    "AD084",
    "The Node that announces the load-balancer IP is known",
    severity=Severity.NOTE,
    needs=(Source.SERVICES,),
    also_reads=ANTREA_SOURCES,
    applies=lambda case: (
        EXTERNAL_IP_POOL in case.service.metadata.annotations
        and bool(case.load_balancer_ips)
        and antrea_may_be_here(case)
    ),
)
def announcing_node_unknown(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Antrea's ServiceExternalIP gave the Service its address. One Node of the pool announces it, and since v1.7 the
    Service does not say which.

    ## Why it matters
    All connections to the address come in by that one Node. This tool shows every Node as a possible way in; only the
    lines of the announcing Node are real until it fails and another takes over.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT get externalippools.crd.antrea.io -o yaml
    ```
    `spec.nodeSelector` of the pool narrows the choice. In an agent's Pod `antctl get serviceexternalip` names the
    Node:
    `kubectl --context CONTEXT -n kube-system exec POD -c antrea-agent -- antctl get serviceexternalip`

    ## What to do
    Read the paths by that Node.

    ## Sources
    antrea:docs/service-loadbalancer.md, antrea:pkg/agent/controller/serviceexternalip.
    """
    told = case.cluster.antrea.at_least(SILENT_SINCE)
    if told is None:
        raise CannotTell(f"{no_release(case)}: up to v1.6.0 the Service names the Node that announces it.")
    if told:
        pool = case.service.metadata.annotations[EXTERNAL_IP_POOL]
        yield Finding(
            Severity.NOTE,
            service_name(case),
            f"One Node announces {listed(case.load_balancer_ips)} of Service {case.key}, and the API does not say "
            "which: antctl get serviceexternalip in an agent's Pod does.",
            (
                of_service(case, f"metadata.annotations[{EXTERNAL_IP_POOL}]", pool or "empty"),
                of_service(case, "status.loadBalancer.ingress[].ip", ", ".join(case.load_balancer_ips)),
            ),
        )
