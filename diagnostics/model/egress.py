"""Antrea's Egress: which source address Pods show outside when they open a connection themselves."""

from msgspec import field

from diagnostics.model.meta import Fact, LabelSelector, Meta


class EgressPods(Fact, frozen=True):
    """`spec.appliedTo` of an Egress: labels of Pods, of their namespaces, or both; nothing at all selects nobody.

    antrea:docs/egress.md AppliedTo, antrea:pkg/controller/egress/controller.go.
    """

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it selects nobody."""
        return self.pod_selector is None and self.namespace_selector is None


class EgressSpec(Fact, frozen=True):
    """`spec` of an Egress."""

    applied_to: EgressPods = field(default_factory=EgressPods)
    egress_ip: str = field(default="", name="egressIP")
    egress_ips: list[str] = field(default_factory=list, name="egressIPs")
    external_ip_pool: str = field(default="", name="externalIPPool")
    external_ip_pools: list[str] = field(default_factory=list, name="externalIPPools")


class EgressStatus(Fact, frozen=True):
    """`status` of an Egress; both are empty while the address is assigned to no Node."""

    egress_node: str = ""
    egress_ip: str = field(default="", name="egressIP")


class Egress(Fact, frozen=True):
    """A crd.antrea.io Egress."""

    metadata: Meta = field(default_factory=Meta)
    spec: EgressSpec = field(default_factory=EgressSpec)
    status: EgressStatus = field(default_factory=EgressStatus)
