"""Nodes, Pods, Namespaces, DaemonSets and ConfigMaps."""

from msgspec import field

from diagnostics.model.meta import Fact, Meta, OwnedMeta


class NodeAddress(Fact, frozen=True):
    """One entry of `status.addresses`."""

    type: str = ""
    address: str = ""


class NodeInfo(Fact, frozen=True):
    """`status.nodeInfo`."""

    kubelet_version: str = ""
    operating_system: str = ""


class NodeSpec(Fact, frozen=True):
    """`spec` of a Node."""

    pod_cidr: str = field(default="", name="podCIDR")
    pod_cidrs: list[str] = field(default_factory=list, name="podCIDRs")
    provider_id: str = field(default="", name="providerID")


class NodeStatus(Fact, frozen=True):
    """`status` of a Node."""

    addresses: list[NodeAddress] = field(default_factory=list)
    node_info: NodeInfo = field(default_factory=NodeInfo)


class Node(Fact, frozen=True):
    """A Node."""

    metadata: Meta = field(default_factory=Meta)
    spec: NodeSpec = field(default_factory=NodeSpec)
    status: NodeStatus = field(default_factory=NodeStatus)

    @property
    def internal_ips(self) -> tuple[str, ...]:
        """InternalIP addresses, both families, in the API's order."""
        return tuple(entry.address for entry in self.status.addresses if entry.type == "InternalIP")

    @property
    def pod_cidrs(self) -> tuple[str, ...]:
        """podCIDRs of both families; empty under AntreaIPAM and some chained CNIs."""
        return tuple(self.spec.pod_cidrs) or ((self.spec.pod_cidr,) if self.spec.pod_cidr else ())

    @property
    def is_windows(self) -> bool:
        """By the well-known label, else by what the kubelet reported."""
        system = self.metadata.labels.get("kubernetes.io/os") or self.status.node_info.operating_system
        return system == "windows"


class ContainerPort(Fact, frozen=True):
    """A named port of a container."""

    name: str = ""
    container_port: int = 0
    protocol: str = "TCP"


class Container(Fact, frozen=True):
    """The parts of a container that identify what runs in it."""

    name: str = ""
    image: str = ""
    args: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    ports: list[ContainerPort] = field(default_factory=list)


class ConfigMapRef(Fact, frozen=True):
    """The ConfigMap of a volume."""

    name: str = ""


class Volume(Fact, frozen=True):
    """A volume of a Pod template."""

    name: str = ""
    config_map: ConfigMapRef | None = None


class PodSpec(Fact, frozen=True):
    """`spec` of a Pod or Pod template."""

    node_name: str = ""
    host_network: bool = False
    containers: list[Container] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)


class PodIP(Fact, frozen=True):
    """One entry of `status.podIPs`."""

    ip: str = ""


class PodStatus(Fact, frozen=True):
    """`status` of a Pod."""

    phase: str = ""
    pod_ip: str = field(default="", name="podIP")
    pod_ips: list[PodIP] = field(default_factory=list, name="podIPs")
    start_time: str = ""


class Pod(Fact, frozen=True):
    """A Pod."""

    metadata: Meta = field(default_factory=Meta)
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)

    @property
    def ips(self) -> tuple[str, ...]:
        """Addresses of both families."""
        return tuple(entry.ip for entry in self.status.pod_ips) or ((self.status.pod_ip,) if self.status.pod_ip else ())


class Namespace(Fact, frozen=True):
    """A Namespace; policies select it by its labels."""

    metadata: Meta = field(default_factory=Meta)


class PodTemplate(Fact, frozen=True):
    """The Pod template of a DaemonSet."""

    metadata: Meta = field(default_factory=Meta)
    spec: PodSpec = field(default_factory=PodSpec)


class UpdateStrategy(Fact, frozen=True):
    """When a changed template reaches the Pods of a DaemonSet: RollingUpdate (the default) or OnDelete."""

    type: str = "RollingUpdate"


class DaemonSetSpec(Fact, frozen=True):
    """`spec` of a DaemonSet."""

    update_strategy: UpdateStrategy = field(default_factory=UpdateStrategy)
    template: PodTemplate = field(default_factory=PodTemplate)


class DaemonSetStatus(Fact, frozen=True):
    """`status` of a DaemonSet: numbers of Nodes."""

    desired_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_ready: int = 0


class DaemonSet(Fact, frozen=True):
    """A DaemonSet."""

    metadata: OwnedMeta = field(default_factory=OwnedMeta)
    spec: DaemonSetSpec = field(default_factory=DaemonSetSpec)
    status: DaemonSetStatus = field(default_factory=DaemonSetStatus)


class ConfigMap(Fact, frozen=True):
    """A ConfigMap; a value may be a whole configuration file."""

    metadata: OwnedMeta = field(default_factory=OwnedMeta)
    data: dict[str, str] = field(default_factory=dict)
