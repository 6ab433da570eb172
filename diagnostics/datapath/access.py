"""The addresses and ports by which a Service is reached."""

from collections.abc import Iterator

from diagnostics.datapath.path import Access, AccessKind
from diagnostics.model.case import Case
from diagnostics.model.service import Service, ServicePort


def accesses(case: Case) -> tuple[Access, ...]:
    """Every way to dial the Service, port by port: NodePort, LoadBalancerIP, ExternalIP, ClusterIP, each family.

    Empty for headless and ExternalName Services, which no proxy handles.
    """
    return case.once(_accesses)


def is_left_to_load_balancer(case: Case, access: Access) -> bool:
    """Whether the address has ipMode Proxy: no proxy on any Node serves it, the load balancer ends the connection.

    antrea#6102 (AntreaProxy since v2.0), k8s:pkg/proxy/serviceport.go.
    """
    return access.kind is AccessKind.LOAD_BALANCER and any(
        entry.ip == access.address and entry.ip_mode == "Proxy" for entry in case.service.status.load_balancer.ingress
    )


def family_of(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


def endpoint_text(address: str, port: int) -> str:
    """`192.0.2.1:80` or `[2001:db8::1]:80`."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _accesses(case: Case) -> tuple[Access, ...]:
    service = case.service
    if not service.is_proxied:
        return ()
    return tuple(access for port in service.spec.ports for access in _of_port(case, port))


def _of_port(case: Case, port: ServicePort) -> Iterator[Access]:
    if port.node_port in case.node_ports:
        for family in _families(case.service):
            yield Access(AccessKind.NODE_PORT, "", port.node_port, port.protocol, port.name, family)
    addresses = [
        *((AccessKind.LOAD_BALANCER, address) for address in case.load_balancer_ips),
        *((AccessKind.EXTERNAL_IP, address) for address in case.service.spec.external_ips),
        *((AccessKind.CLUSTER_IP, address) for address in _cluster_ips(case.service)),
    ]
    for kind, address in addresses:
        yield Access(kind, address, port.port, port.protocol, port.name, family_of(address))


def _cluster_ips(service: Service) -> tuple[str, ...]:
    return tuple(service.spec.cluster_ips) or (service.spec.cluster_ip,)


def _families(service: Service) -> tuple[int, ...]:
    """Families in the order of the clusterIPs; `ipFamilies` where there are none of one."""
    return tuple(dict.fromkeys(family_of(address) for address in _cluster_ips(service)))
