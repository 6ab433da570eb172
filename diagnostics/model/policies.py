"""Policies of Kubernetes and of Antrea, their tiers and groups, as the API spells them."""

from msgspec import field

from diagnostics.model.meta import Fact, LabelSelector, Meta, OwnedMeta


class IPBlock(Fact, frozen=True):
    """An address range with holes; Antrea knows `except` since v2.2."""

    cidr: str = ""
    excluded: list[str] = field(default_factory=list, name="except")


class PolicyPort(Fact, frozen=True):
    """A port of a rule; `port` is a number or a name, absent means all; `end_port` makes it a range.

    `source_port` and `source_end_port` are Antrea's alone: the rule then also asks for the client's own port.
    """

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None
    source_port: int | None = None
    source_end_port: int | None = None


class Peer(Fact, frozen=True):
    """A peer of a Kubernetes NetworkPolicy rule."""

    ip_block: IPBlock | None = None
    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None


class IngressRule(Fact, frozen=True):
    """An ingress rule of a Kubernetes NetworkPolicy; an empty `peers` admits every source."""

    peers: list[Peer] = field(default_factory=list, name="from")
    ports: list[PolicyPort] = field(default_factory=list)


class NetworkPolicySpec(Fact, frozen=True):
    """`spec` of a Kubernetes NetworkPolicy."""

    pod_selector: LabelSelector = field(default_factory=LabelSelector)
    policy_types: list[str] = field(default_factory=list)
    ingress: list[IngressRule] = field(default_factory=list)


class NetworkPolicy(Fact, frozen=True):
    """A networking.k8s.io NetworkPolicy."""

    metadata: OwnedMeta = field(default_factory=OwnedMeta)
    spec: NetworkPolicySpec = field(default_factory=NetworkPolicySpec)

    @property
    def isolates_ingress(self) -> bool:
        """Absent policyTypes mean Ingress (and Egress, if egress rules exist)."""
        return not self.spec.policy_types or "Ingress" in self.spec.policy_types


class NamespacedName(Fact, frozen=True):
    """A reference to a Service or ServiceAccount."""

    name: str = ""
    namespace: str = ""


class PeerNamespaces(Fact, frozen=True):
    """`namespaces` of an Antrea peer."""

    match: str = ""
    same_labels: list[str] = field(default_factory=list)


class AppliedTo(Fact, frozen=True):
    """Where an Antrea policy or rule is enforced."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    external_entity_selector: LabelSelector | None = None
    node_selector: LabelSelector | None = None
    group: str = ""
    service_account: NamespacedName | None = None
    service: NamespacedName | None = None


class AntreaPeer(Fact, frozen=True):
    """A peer of an Antrea rule."""

    ip_block: IPBlock | None = None
    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    external_entity_selector: LabelSelector | None = None
    node_selector: LabelSelector | None = None
    namespaces: PeerNamespaces | None = None
    group: str = ""
    fqdn: str = ""
    service_account: NamespacedName | None = None
    scope: str = ""


class L7Protocol(Fact, frozen=True):
    """Its presence is all that matters: such a rule needs the payload."""


class AntreaRule(Fact, frozen=True):
    """An ingress rule of an Antrea policy; an empty `peers` matches every source."""

    name: str = ""
    action: str = ""
    peers: list[AntreaPeer] = field(default_factory=list, name="from")
    ports: list[PolicyPort] = field(default_factory=list)
    protocols: list[dict[str, object]] = field(default_factory=list)
    l7_protocols: list[L7Protocol] = field(default_factory=list, name="l7Protocols")
    applied_to: list[AppliedTo] = field(default_factory=list)
    enable_logging: bool = False
    log_label: str = ""


class AntreaPolicySpec(Fact, frozen=True):
    """`spec` of an Antrea policy; an empty tier is `application`."""

    tier: str = ""
    priority: float = 0
    applied_to: list[AppliedTo] = field(default_factory=list)
    ingress: list[AntreaRule] = field(default_factory=list)


class AntreaPolicyStatus(Fact, frozen=True):
    """How far the policy is installed: Realized says "on the Nodes", not "effective"."""

    phase: str = ""
    current_nodes_realized: int = 0
    desired_nodes_realized: int = 0


class AntreaPolicy(Fact, frozen=True):
    """A crd.antrea.io ClusterNetworkPolicy (no namespace) or NetworkPolicy (namespaced)."""

    metadata: OwnedMeta = field(default_factory=OwnedMeta)
    spec: AntreaPolicySpec = field(default_factory=AntreaPolicySpec)
    status: AntreaPolicyStatus = field(default_factory=AntreaPolicyStatus)

    @property
    def kind(self) -> str:
        """The kind with its group, for screens and commands: two kinds share each name."""
        return "Antrea NetworkPolicy" if self.metadata.namespace else "Antrea ClusterNetworkPolicy"


class TierSpec(Fact, frozen=True):
    """`spec` of a Tier; lower priority is evaluated first."""

    priority: int = 0


class Tier(Fact, frozen=True):
    """An Antrea Tier."""

    metadata: Meta = field(default_factory=Meta)
    spec: TierSpec = field(default_factory=TierSpec)


class GroupSpec(Fact, frozen=True):
    """`spec` of an Antrea ClusterGroup or Group."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    node_selector: LabelSelector | None = None
    external_entity_selector: LabelSelector | None = None
    ip_blocks: list[IPBlock] = field(default_factory=list)
    service_reference: NamespacedName | None = None
    child_groups: list[str] = field(default_factory=list)


class Group(Fact, frozen=True):
    """A crd.antrea.io ClusterGroup (no namespace) or Group (namespaced)."""

    metadata: Meta = field(default_factory=Meta)
    spec: GroupSpec = field(default_factory=GroupSpec)
