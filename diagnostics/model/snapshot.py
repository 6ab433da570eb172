"""What a cluster said at one moment: typed facts, and gaps where it could not be asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from diagnostics.model.agent_info import AntreaAgentInfo
from diagnostics.model.arriving import Arrives
from diagnostics.model.egress import Egress
from diagnostics.model.policies import AntreaPolicy, Group, NetworkPolicy, Tier
from diagnostics.model.service import EndpointSlice, Service
from diagnostics.model.upstream_policies import UpstreamPolicy
from diagnostics.model.workload import ConfigMap, DaemonSet, Namespace, Node, Pod


class Source(StrEnum):
    """A list or object that is read from the cluster; the value is its `resource.group` as kubectl spells it."""

    SERVICES = "services"
    SLICES = "endpointslices.discovery.k8s.io"
    NODES = "nodes"
    PODS = "pods"
    NAMESPACES = "namespaces"
    DAEMON_SETS = "daemonsets.apps"
    CONFIG_MAPS = "configmaps"
    AGENT_INFOS = "antreaagentinfos.crd.antrea.io"
    NETWORK_POLICIES = "networkpolicies.networking.k8s.io"
    CLUSTER_POLICIES = "clusternetworkpolicies.crd.antrea.io"
    ANTREA_POLICIES = "networkpolicies.crd.antrea.io"
    TIERS = "tiers.crd.antrea.io"
    CLUSTER_GROUPS = "clustergroups.crd.antrea.io"
    GROUPS = "groups.crd.antrea.io"
    EGRESSES = "egresses.crd.antrea.io"
    ADMIN_POLICIES = "adminnetworkpolicies.policy.networking.k8s.io"
    BASELINE_ADMIN_POLICIES = "baselineadminnetworkpolicies.policy.networking.k8s.io"
    UPSTREAM_CLUSTER_POLICIES = "clusternetworkpolicies.policy.networking.k8s.io"


class Reason(StrEnum):
    """Why a source is a gap; the value is the phrase shown."""

    FORBIDDEN = "forbidden"
    ABSENT = "absent"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed out"
    NOT_UNDERSTOOD = "not understood"
    NOT_READ = "not read"


@dataclass(frozen=True, slots=True)
class Gap:
    """A source that could not be read, wholly or in part.

    `partial` means that the rest of the source was read and single objects were left out.
    """

    source: Source
    reason: Reason
    detail: str
    namespace: str = ""
    partial: bool = False

    @property
    def sentence(self) -> str:
        """What happened, for a person."""
        where = f" in namespace {self.namespace}" if self.namespace else ""
        return f"{self.source.value}{where}: {self.reason.value}. {self.detail}".rstrip()


@dataclass(frozen=True)
class Snapshot:
    """Facts of one cluster at one moment. Immutable: deeper reading or a what-if gives another Snapshot.

    `reads` holds what was asked with success: (source, namespace), an empty namespace meaning the whole cluster.
    `front_ends` is what the operator said of load balancers, by `namespace/name` of the Service; an empty key speaks
    of all others.
    `taken_at` is seconds since the epoch. `origin` says where the facts come from: a server, or files.
    """

    context: str = ""
    origin: str = ""
    taken_at: float = 0.0
    kubernetes_version: str = ""
    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    nodes: tuple[Node, ...] = ()
    pods: tuple[Pod, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    daemon_sets: tuple[DaemonSet, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    agent_infos: tuple[AntreaAgentInfo, ...] = ()
    network_policies: tuple[NetworkPolicy, ...] = ()
    cluster_policies: tuple[AntreaPolicy, ...] = ()
    antrea_policies: tuple[AntreaPolicy, ...] = ()
    tiers: tuple[Tier, ...] = ()
    cluster_groups: tuple[Group, ...] = ()
    groups: tuple[Group, ...] = ()
    egresses: tuple[Egress, ...] = ()
    admin_policies: tuple[UpstreamPolicy, ...] = ()
    baseline_admin_policies: tuple[UpstreamPolicy, ...] = ()
    upstream_cluster_policies: tuple[UpstreamPolicy, ...] = ()
    reads: frozenset[tuple[Source, str]] = frozenset()
    gaps: tuple[Gap, ...] = ()
    front_ends: Mapping[str, Arrives] = field(default_factory=dict)

    def gap(self, source: Source, namespace: str = "") -> Gap | None:
        """Why the source cannot be relied on there; None when it was read.

        With a namespace, a reading of that namespace or of the whole cluster will do.
        """
        if (source, "") in self.reads or (namespace and (source, namespace) in self.reads):
            return None
        for gap in self.gaps:
            if gap.source is source and not gap.partial and gap.namespace in ("", namespace):
                return gap
        return Gap(source, Reason.NOT_READ, "It was not asked for.", namespace)

    def with_reads(self, sources: Iterable[tuple[Source, str]]) -> "Snapshot":
        """The same facts with more sources marked as read (for facts made up by a what-if or by files)."""
        return replace(self, reads=self.reads | frozenset(sources))

    def with_front_ends(self, answers: Mapping[str, Arrives]) -> "Snapshot":
        """The same facts with what the operator says of load balancers."""
        return self if answers == self.front_ends else self.changed(front_ends=dict(answers))

    def changed(self, lookups: Mapping[str, Any] | None = None, **fields: Any) -> "Snapshot":
        """A Snapshot with other facts in these fields. Lookups of the others, and those given, are not made again.

        `lookups` are properties such as `service_by_key` that whoever changes the facts has at hand.
        """
        newer = replace(self, **fields)
        kept = {name: vars(self)[name] for name, of in _LOOKUPS.items() if of not in fields and name in vars(self)}
        vars(newer).update(kept | dict(lookups or {}))
        return newer

    @cached_property
    def service_by_key(self) -> dict[str, Service]:
        """Services by `namespace/name`."""
        return {service.metadata.key: service for service in self.services}

    @cached_property
    def slices_by_service(self) -> dict[str, tuple[EndpointSlice, ...]]:
        """EndpointSlices by the `namespace/name` of their Service."""
        found: dict[str, list[EndpointSlice]] = {}
        for endpoint_slice in self.slices:
            found.setdefault(endpoint_slice.service_key, []).append(endpoint_slice)
        return {key: tuple(group) for key, group in found.items()}

    @cached_property
    def node_by_name(self) -> dict[str, Node]:
        """Nodes by name."""
        return {node.metadata.name: node for node in self.nodes}

    @cached_property
    def agent_info_by_node(self) -> dict[str, AntreaAgentInfo]:
        """AntreaAgentInfo by Node name."""
        return {info.node: info for info in self.agent_infos}

    @cached_property
    def namespace_labels(self) -> dict[str, dict[str, str]]:
        """Labels of each namespace; the name label that the API server sets is always there."""
        return {
            item.metadata.name: {"kubernetes.io/metadata.name": item.metadata.name, **item.metadata.labels}
            for item in self.namespaces
        }

    @cached_property
    def pod_by_key(self) -> dict[str, Pod]:
        """Pods by `namespace/name`."""
        return {pod.metadata.key: pod for pod in self.pods}


_LOOKUPS = {
    "service_by_key": "services",
    "slices_by_service": "slices",
    "node_by_name": "nodes",
    "agent_info_by_node": "agent_infos",
    "namespace_labels": "namespaces",
    "pod_by_key": "pods",
}
"""Each lookup and the field that it stands on."""
