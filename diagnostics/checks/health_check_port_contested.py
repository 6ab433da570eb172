"""AD022: kube-proxy and AntreaProxy both want the health check port of the Service."""

from collections.abc import Iterator

from packaging.version import Version

from diagnostics.checks.check import check
from diagnostics.checks.evidence import of_config, of_kube_proxy, of_service, service_name
from diagnostics.checks.facts import (
    ANTREA_SOURCES,
    KUBE_PROXY_SOURCES,
    agent_config,
    antrea_may_be_here,
    kube_proxy_runs,
    left_alone_by,
    proxy_all_on,
    releases,
)
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.service import SERVICE_PROXY_NAME
from diagnostics.model.snapshot import Source

CAN_BE_OFF_SINCE = Version("2.3")


def _has_health_check_port(case: Case) -> bool:
    spec = case.service.spec
    return spec.type == "LoadBalancer" and case.service.external_policy == "Local" and antrea_may_be_here(case)


@check(
    "AD022",
    "One proxy alone answers the health check port of the Service",
    severity=Severity.RISKY,
    needs=(Source.SERVICES, Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *KUBE_PROXY_SOURCES),
    applies=_has_health_check_port,
)
def health_check_port_contested(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    The Service is of type LoadBalancer with policy Local and so has a `healthCheckNodePort`. kube-proxy and, under
    proxyAll, AntreaProxy both listen on that port, and the second one that tries fails.

    ## Why it matters
    Which one answers the load balancer's health checks depends on who started first. Both count local endpoints, so
    the answer is the same most of the time; kube-proxy repeats `Failed to start healthcheck ... address already in
    use` in its log.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT -n kube-system logs -l k8s-app=kube-proxy --tail 50
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    ```

    ## What to do
    While kube-proxy stays, set `antreaProxy.disableServiceHealthCheckServer: true` (since v2.3) and restart the
    agents Node by Node. Set it back to false when kube-proxy is removed. Older releases do not know the key, and
    those before v2.0 do not start with it: upgrade them first, or remove kube-proxy.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea:pkg/agent/proxy/proxier.go, antrea#6939.
    """
    config = agent_config(case)
    if config.antrea_proxy.disable_service_health_check_server or left_alone_by(case, config):
        return
    why = proxy_all_on(case)
    if not why or SERVICE_PROXY_NAME in case.service.metadata.labels or not kube_proxy_runs(case):
        return
    port, known = case.service.spec.health_check_node_port, releases(case)
    way = (
        "upgrade Antrea to v2.3 or newer to turn AntreaProxy's answer off, or remove kube-proxy"
        if known and known[0] < CAN_BE_OFF_SINCE
        else "set antreaProxy.disableServiceHealthCheckServer (since v2.3) to true while kube-proxy stays"
    )
    yield Finding(
        Severity.RISKY,
        service_name(case),
        f"kube-proxy and AntreaProxy both listen on healthCheckNodePort {port or '(not allocated yet)'} of Service "
        f"{case.key}: {way}.",
        (
            of_service(case, "spec.healthCheckNodePort", port),
            of_config(case.cluster.antrea, "antreaProxy.disableServiceHealthCheckServer", False),
            of_kube_proxy(case),
            *why,
        ),
    )
