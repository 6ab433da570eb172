"""AD023: kube-proxy and AntreaProxy both want the port of the proxy's own health."""

from collections.abc import Iterator

from packaging.version import Version

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_config, of_kube_proxy, of_kube_proxy_config
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import (
    ANTREA_SOURCES,
    KUBE_PROXY_SOURCES,
    agent_config,
    antrea_may_be_here,
    kube_proxy_runs,
    no_release,
    proxy_all_on,
    releases,
)
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

LISTENS_SINCE = Version("2.5")
DEFAULT_PORT = "10256"


@check(
    "AD023",
    "kube-proxy and AntreaProxy answer for their own health on different ports",
    severity=Severity.RISKY,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS),
    also_reads=(*ANTREA_SOURCES, *KUBE_PROXY_SOURCES),
    applies=antrea_may_be_here,
    remedies=("remove-kube-proxy",),
)
def healthz_port_contested(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    Since v2.5 AntreaProxy with proxyAll answers health checks of the proxy itself on port 10256 of every Node, the
    same port that kube-proxy uses, and both run.

    ## Why it matters
    Only one of them gets the port. Load balancers that ask it for the health of a Node, and a liveness probe of
    kube-proxy if it has one, then hear the other proxy, or nothing when that one stops.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config kube-proxy -o yaml
    kubectl --context CONTEXT -n kube-system logs -l k8s-app=kube-proxy --tail 50
    ```
    Compare `antreaProxy.serviceHealthCheckServerBindAddress` with kube-proxy's `healthzBindAddress`; both default to
    `0.0.0.0:10256`. On a Node: `ss -ltnp 'sport = :10256'` names the program that has the port.

    ## What to do
    While kube-proxy stays, set `antreaProxy.disableServiceHealthCheckServer: true`, or give
    `serviceHealthCheckServerBindAddress` another port, and restart the agents Node by Node.

    ## Sources
    antrea:pkg/agent/proxy/proxier.go NewProxyServer, antrea:build/charts/antrea/values.yaml, antrea#6939.
    """
    antrea, proxy = case.cluster.antrea, agent_config(case).antrea_proxy
    known = releases(case)
    if proxy.disable_service_health_check_server or (known and known[-1] < LISTENS_SINCE):
        return
    why = proxy_all_on(case)
    if not why or not kube_proxy_runs(case):
        return
    if not known:
        raise CannotTell(f"{no_release(case)}: AntreaProxy has this port since Antrea v2.5.")
    kube_proxy = case.cluster.kube_proxy
    if not kube_proxy.config_read:
        raise CannotTell(kube_proxy.why_unknown)
    port, other = _port(proxy.service_health_check_server_bind_address), _port(kube_proxy.healthz_bind_address)
    if port == other:
        yield Finding(
            Severity.RISKY,
            f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
            f"AntreaProxy and kube-proxy both want port {port} of every Node for their own health checks: set "
            "antreaProxy.disableServiceHealthCheckServer to true while kube-proxy stays.",
            (
                of_config(antrea, "antreaProxy.disableServiceHealthCheckServer", False),
                of_config(
                    antrea,
                    "antreaProxy.serviceHealthCheckServerBindAddress",
                    proxy.service_health_check_server_bind_address,
                ),
                of_kube_proxy_config(case, "healthzBindAddress", kube_proxy.healthz_bind_address),
                of_kube_proxy(case),
                *why,
            ),
        )


def _port(address: str) -> str:
    return address.rpartition(":")[2] if address else DEFAULT_PORT
