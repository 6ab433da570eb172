"""AD064: kubeAPIServerOverride names an address that a Service of this cluster provides."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import of_config, spelled
from diagnostics.checks.examine import CannotTell
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.service import Service
from diagnostics.model.snapshot import Source


@check(
    "AD064",
    "kubeAPIServerOverride is no address that a Service of this cluster provides",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.SERVICES, Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def api_server_override_is_a_service(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    `kubeAPIServerOverride` is a ClusterIP, load-balancer IP, external IP or DNS name of a Service of this cluster.

    ## Why it matters
    The agent needs the API server to program Services, and would need that Service to reach the API server. After a
    restart of the Node, or once kube-proxy is gone, it can do neither and does not become ready.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT get services -A -o wide
    ```
    A DNS name is only compared with the names of Services; see for yourself what it resolves to on a Node.

    ## What to do
    Set it to an address that the Nodes reach without any Service: the control plane's own load balancer or virtual
    IP, or an API server. Then restart the agents Node by Node.

    ## Sources
    antrea:docs/antrea-proxy.md, antrea:cmd/antrea-agent/options.go.
    """
    override, antrea = agent_config(case).kube_api_server_override, case.cluster.antrea
    host = host_of(override)
    if not host:
        return
    for service in case.snapshot.services:
        field, value = next(((field, value) for field, value in names_of(service) if value == host), ("", ""))
        if field:
            name = f"Service {service.metadata.key}"
            yield Finding(
                Severity.BROKEN,
                f"ConfigMap {antrea.namespace}/{antrea.config_map_name}",
                f"kubeAPIServerOverride is {host}, which {name} provides: agents that start cannot reach the API "
                "server; set it to an address outside the cluster's Services.",
                (of_config(antrea, "kubeAPIServerOverride", override), Evidence(name, field, spelled(value))),
            )
            return
    if gap := case.snapshot.gap(Source.SERVICES):
        raise CannotTell(f"Whether {host} belongs to a Service cannot be told. {gap.sentence}")


def host_of(server: str) -> str:
    """Host of `host:port` or of a URL, lower case and without the last dot; empty when there is none."""
    try:
        found = urlsplit(server if "://" in server else f"//{server}").hostname or ""
    except ValueError:
        return ""
    return found.removesuffix(".")


def names_of(service: Service) -> Iterator[tuple[str, str]]:
    """Everything by which a Service can be dialled, with the field that says so."""
    spec, meta = service.spec, service.metadata
    for address in dict.fromkeys((spec.cluster_ip, *spec.cluster_ips)):
        yield "spec.clusterIPs", address
    for address in spec.external_ips:
        yield "spec.externalIPs", address
    for entry in service.status.load_balancer.ingress if spec.type == "LoadBalancer" else ():
        yield "status.loadBalancer.ingress[].ip", entry.ip
        yield "status.loadBalancer.ingress[].hostname", entry.hostname.lower().removesuffix(".")
    for ending in ("", ".svc", ".svc.cluster.local"):
        yield "metadata.name", f"{meta.name}.{meta.namespace}{ending}"
