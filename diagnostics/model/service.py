"""Service, its EndpointSlices and backend Pods, as the API spells them."""

from msgspec import field

from diagnostics.model.meta import Fact, Meta

LOAD_BALANCER_MODE = "service.antrea.io/load-balancer-mode"
EXTERNAL_IP_POOL = "service.antrea.io/external-ip-pool"
SERVICE_PROXY_NAME = "service.kubernetes.io/service-proxy-name"
SLICE_SERVICE_NAME = "kubernetes.io/service-name"


class ServicePort(Fact, frozen=True):
    """One port of a Service; `target_port` is a number or the name of a container port."""

    name: str = ""
    protocol: str = "TCP"
    port: int = 0
    target_port: int | str = 0
    node_port: int = 0


class Ingress(Fact, frozen=True):
    """One entry of `status.loadBalancer.ingress`."""

    ip: str = ""
    hostname: str = ""
    ip_mode: str = ""


class LoadBalancerStatus(Fact, frozen=True):
    """`status.loadBalancer`."""

    ingress: list[Ingress] = field(default_factory=list)


class ServiceStatus(Fact, frozen=True):
    """`status` of a Service."""

    load_balancer: LoadBalancerStatus = field(default_factory=LoadBalancerStatus)


class ClientIPConfig(Fact, frozen=True):
    """`sessionAffinityConfig.clientIP`."""

    timeout_seconds: int = 10800


class SessionAffinityConfig(Fact, frozen=True):
    """`spec.sessionAffinityConfig`."""

    client_ip: ClientIPConfig | None = field(default=None, name="clientIP")


class ServiceSpec(Fact, frozen=True):
    """`spec` of a Service."""

    type: str = "ClusterIP"
    cluster_ip: str = field(default="", name="clusterIP")
    cluster_ips: list[str] = field(default_factory=list, name="clusterIPs")
    external_ips: list[str] = field(default_factory=list, name="externalIPs")
    external_name: str = ""
    external_traffic_policy: str = ""
    internal_traffic_policy: str = "Cluster"
    ip_families: list[str] = field(default_factory=list)
    ports: list[ServicePort] = field(default_factory=list)
    selector: dict[str, str] = field(default_factory=dict)
    session_affinity: str = "None"
    session_affinity_config: SessionAffinityConfig | None = None
    load_balancer_class: str = ""
    load_balancer_source_ranges: list[str] = field(default_factory=list)
    load_balancer_ip: str = field(default="", name="loadBalancerIP")
    allocate_load_balancer_node_ports: bool = True
    health_check_node_port: int = 0
    traffic_distribution: str = ""


class Service(Fact, frozen=True):
    """A Service."""

    metadata: Meta = field(default_factory=Meta)
    spec: ServiceSpec = field(default_factory=ServiceSpec)
    status: ServiceStatus = field(default_factory=ServiceStatus)

    @property
    def external_policy(self) -> str:
        """externalTrafficPolicy with the API's default, `Cluster`."""
        return self.spec.external_traffic_policy or "Cluster"

    @property
    def is_headless(self) -> bool:
        """No virtual address: clients talk to the Pods themselves."""
        return self.spec.type != "ExternalName" and self.spec.cluster_ip == "None"

    @property
    def is_proxied(self) -> bool:
        """Whether any proxy handles it (ExternalName and headless Services are never proxied)."""
        return self.spec.type != "ExternalName" and self.spec.cluster_ip not in ("", "None")

    @property
    def source_ranges(self) -> tuple[str, ...]:
        """loadBalancerSourceRanges without the blanks around them that the API accepts."""
        return tuple(text.strip() for text in self.spec.load_balancer_source_ranges)

    @property
    def load_balancer_mode(self) -> str:
        """Antrea's annotation as written; empty when absent."""
        return self.metadata.annotations.get(LOAD_BALANCER_MODE, "")


class TargetRef(Fact, frozen=True):
    """The object behind an endpoint."""

    kind: str = ""
    name: str = ""
    namespace: str = ""


class Conditions(Fact, frozen=True):
    """Readiness of an endpoint; an absent `ready` or `serving` counts as true."""

    ready: bool = True
    serving: bool = True
    terminating: bool = False


class ForName(Fact, frozen=True):
    """One zone or Node of a topology hint."""

    name: str = ""


class Hints(Fact, frozen=True):
    """Topology hints of an endpoint."""

    for_zones: list[ForName] = field(default_factory=list)
    for_nodes: list[ForName] = field(default_factory=list)


class Endpoint(Fact, frozen=True):
    """One endpoint of a slice; `addresses[0]` is the one that proxies use."""

    addresses: list[str] = field(default_factory=list)
    conditions: Conditions = field(default_factory=Conditions)
    node_name: str = ""
    zone: str = ""
    target_ref: TargetRef | None = None
    hints: Hints | None = None


class SlicePort(Fact, frozen=True):
    """One port of a slice; `port` 0 means all ports."""

    name: str = ""
    protocol: str = "TCP"
    port: int = 0


class EndpointSlice(Fact, frozen=True):
    """An EndpointSlice; `address_type` is IPv4, IPv6 or FQDN."""

    metadata: Meta = field(default_factory=Meta)
    address_type: str = "IPv4"
    endpoints: list[Endpoint] = field(default_factory=list)
    ports: list[SlicePort] = field(default_factory=list)

    @property
    def service_key(self) -> str:
        """`namespace/name` of its Service; empty name when the label is absent."""
        return f"{self.metadata.namespace}/{self.metadata.labels.get(SLICE_SERVICE_NAME, '')}"
