"""AD075: the Service has no endpoint that may take traffic."""

from collections.abc import Iterator

from diagnostics.checks.check import check
from diagnostics.checks.evidence import SHOWN, counted, listed, of_service, service_name
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.service import EndpointSlice, ServicePort
from diagnostics.model.snapshot import Source

FAMILIES = {"IPv4": 4, "IPv6": 6}


@check(
    "AD075",
    "Every port of the Service has an endpoint that is ready",
    severity=Severity.BROKEN,
    needs=(Source.SERVICES, Source.SLICES),
    also_reads=(Source.NODES, Source.AGENT_INFOS),
    applies=lambda case: case.service.spec.type != "ExternalName" and bool(case.service.spec.ports),
)
def no_ready_endpoints(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    No EndpointSlice of the Service has an endpoint for that port which is ready, or at least serving while it
    terminates. Either the selector matches no Pod, or the Pods are not ready, or a named target port is not there.

    ## Why it matters
    Connections are refused, whoever handles the address. No policy and no load-balancer mode changes that.

    ## How to verify
    ```
    kubectl --context CONTEXT -n NAMESPACE get endpointslices.discovery.k8s.io \\
      -l kubernetes.io/service-name=SERVICE -o yaml
    kubectl --context CONTEXT -n NAMESPACE get services SERVICE -o yaml
    kubectl --context CONTEXT -n NAMESPACE get pods -l SELECTOR -o wide
    ```

    ## What to do
    With no endpoints at all compare `spec.selector` with the labels of the Pods. With endpoints that are not ready
    read the readiness probe's events: `kubectl --context CONTEXT -n NAMESPACE describe pods POD`. With a named
    `targetPort` compare it with the names of the container ports.

    ## Sources
    antrea:third_party/proxy, k8s:pkg/proxy/topology.go, antrea:pkg/agent/openflow/service.go serviceNoEndpointFlow.
    """
    slices = case.snapshot.slices_by_service.get(case.key, ())
    without: dict[tuple[str, str], list[ServicePort]] = {}
    for port in case.service.spec.ports:
        lacking = [family for family in _families(case) if not case.backends(port, FAMILIES[family])]
        if lacking:
            families = "" if len(lacking) == len(_families(case)) else f" for {lacking[0]}"
            without.setdefault((families, _why(case, slices, port, lacking)), []).append(port)
    for (families, why), ports in without.items():
        alike = listed(_spelled(port) for port in ports)
        yield Finding(
            Severity.BROKEN,
            service_name(case),
            f"{f'Port {alike}' if len(ports) == 1 else f'Ports {alike}'} of Service {case.key} "
            f"{'has' if len(ports) == 1 else 'have'} no ready endpoint{families}: {why}.",
            _evidence(case, slices),
        )


def _families(case: Case) -> list[str]:
    return [family for family in case.service.spec.ip_families if family in FAMILIES] or ["IPv4"]


def _spelled(port: ServicePort) -> str:
    name = f" ({port.name})" if port.name else ""
    return f"{port.port}/{port.protocol}{name}"


def _why(case: Case, slices: tuple[EndpointSlice, ...], port: ServicePort, lacking: list[str]) -> str:
    of_family = [group for group in slices if group.address_type in lacking]
    endpoints = [endpoint for group in of_family for endpoint in group.endpoints]
    waiting = sum(not endpoint.conditions.ready for endpoint in endpoints)
    if waiting:
        return f"{waiting} of {counted(len(endpoints), 'endpoint')} {'is' if waiting == 1 else 'are'} not ready"
    if endpoints:
        named = isinstance(port.target_port, str) and port.target_port
        so = f", so the Pods may have no port named {port.target_port}" if named else ""
        return f"its EndpointSlices do not name this port{so}"
    others = dict.fromkeys(group.address_type for group in slices if group.endpoints and group not in of_family)
    if others:
        return f"its EndpointSlices hold {listed(others)} addresses only"
    if case.service.spec.selector:
        return "its selector matches no Pod that has an address"
    return "it has no selector and nobody wrote endpoints for it"


def _evidence(case: Case, slices: tuple[EndpointSlice, ...]) -> tuple[Evidence, ...]:
    selector = ",".join(f"{key}={value}" for key, value in case.service.spec.selector.items()) or "empty"
    found = [of_service(case, "spec.selector", selector)]
    for group in slices[:3]:
        ready = sum(endpoint.conditions.ready for endpoint in group.endpoints)
        name = f"EndpointSlice {group.metadata.key}"
        ports = ", ".join(f"{port.name or 'no name'} {port.port}/{port.protocol}" for port in group.ports[:SHOWN])
        found += (
            Evidence(name, "endpoints[].conditions.ready", f"true for {ready} of {len(group.endpoints)}"),
            Evidence(name, "ports", f"{group.address_type}: {ports or 'none'}"),
        )
    return tuple(found)
