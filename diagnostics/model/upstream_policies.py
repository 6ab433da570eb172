"""Policies of policy.networking.k8s.io: AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy.

v1alpha1 names ports, v1alpha2 protocols; both are read into one form (antrea:docs/admin-network-policy.md,
antrea:docs/cluster-network-policy.md, sigs.k8s.io/network-policy-api). Only ingress is read.
"""

from msgspec import field

from diagnostics.model.meta import Fact, LabelRequirement, LabelSelector, Meta


class Namespaces(Fact, frozen=True):
    """Namespaces by their labels: the selector itself, or as early v1alpha1 spelled it within `namespaceSelector`.

    `same_labels` and `not_same_labels` compare with the policy's subject; Antrea does not support them.
    """

    match_labels: dict[str, str] = field(default_factory=dict)
    match_expressions: list[LabelRequirement] = field(default_factory=list)
    namespace_selector: LabelSelector | None = None
    same_labels: list[str] = field(default_factory=list)
    not_same_labels: list[str] = field(default_factory=list)

    @property
    def selector(self) -> LabelSelector:
        """The selector; the empty one means every namespace."""
        if self.namespace_selector is not None:
            return self.namespace_selector
        return LabelSelector(match_labels=self.match_labels, match_expressions=self.match_expressions)

    @property
    def compares(self) -> bool:
        """Whether they are told by labels that they share with the subject."""
        return bool(self.same_labels or self.not_same_labels)


class NamespacedPods(Fact, frozen=True):
    """Pods by their labels and those of their namespace."""

    namespace_selector: LabelSelector | None = None
    namespaces: Namespaces | None = None
    pod_selector: LabelSelector = field(default_factory=LabelSelector)

    @property
    def selector(self) -> LabelSelector:
        """The selector of namespaces; the empty one means every namespace."""
        if self.namespaces is not None:
            return self.namespaces.selector
        return self.namespace_selector or LabelSelector()


class Subject(Fact, frozen=True):
    """The Pods that a policy is applied to, or the Pods of an ingress peer; a peer of neither is a newer field."""

    namespaces: Namespaces | None = None
    pods: NamespacedPods | None = None


class NumberedPort(Fact, frozen=True):
    """`portNumber` of v1alpha1."""

    protocol: str = "TCP"
    port: int = 0


class PortInterval(Fact, frozen=True):
    """`portRange` of v1alpha1, and `range` of v1alpha2, where the protocol stands outside."""

    protocol: str = "TCP"
    start: int = 0
    end: int = 0


class AdminPort(Fact, frozen=True):
    """An entry of `ports` of v1alpha1; a named port has no protocol."""

    port_number: NumberedPort | None = None
    port_range: PortInterval | None = None
    named_port: str = ""


class DestinationPort(Fact, frozen=True):
    """`destinationPort` of v1alpha2."""

    number: int = 0
    range: PortInterval | None = None


class Transport(Fact, frozen=True):
    """`tcp`, `udp` or `sctp` of v1alpha2; without a port it means all."""

    destination_port: DestinationPort | None = None


class Protocol(Fact, frozen=True):
    """An entry of `protocols` of v1alpha2; a named port has no protocol."""

    destination_named_port: str = ""
    tcp: Transport | None = None
    udp: Transport | None = None
    sctp: Transport | None = None


class UpstreamRule(Fact, frozen=True):
    """An ingress rule. `action` is Allow, Deny or Pass in v1alpha1 and Accept, Deny or Pass in v1alpha2."""

    name: str = ""
    action: str = ""
    peers: list[Subject] = field(default_factory=list, name="from")
    ports: list[AdminPort] = field(default_factory=list)
    protocols: list[Protocol] = field(default_factory=list)


class UpstreamSpec(Fact, frozen=True):
    """`spec`; a BaselineAdminNetworkPolicy has no priority, and only v1alpha2 has a tier."""

    tier: str = ""
    priority: float = 0
    subject: Subject = field(default_factory=Subject)
    ingress: list[UpstreamRule] = field(default_factory=list)


class UpstreamPolicy(Fact, frozen=True):
    """One policy of the three kinds; which of them is told by the list that it stands in."""

    metadata: Meta = field(default_factory=Meta)
    spec: UpstreamSpec = field(default_factory=UpstreamSpec)
