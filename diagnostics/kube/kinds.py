"""Where each Source stands in the API, and as what it is decoded.

API groups and versions: antrea:docs/api.md (crd.antrea.io has v1beta1 since 1.13, before that v1alpha1, for groups
v1alpha3, for Egress v1alpha2), k8s:api/openapi-spec. Those of policy.networking.k8s.io:
antrea:docs/admin-network-policy.md and antrea:docs/cluster-network-policy.md.
"""

from dataclasses import dataclass

from diagnostics.model.agent_info import AntreaAgentInfo
from diagnostics.model.egress import Egress
from diagnostics.model.meta import Fact
from diagnostics.model.policies import AntreaPolicy, Group, NetworkPolicy, Tier
from diagnostics.model.service import EndpointSlice, Service
from diagnostics.model.snapshot import Source
from diagnostics.model.upstream_policies import UpstreamPolicy
from diagnostics.model.workload import ConfigMap, DaemonSet, Namespace, Node, Pod

CRD_GROUP = "crd.antrea.io"
UPSTREAM_GROUP = "policy.networking.k8s.io"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object: how the API calls it, and where its facts go.

    `field` is the Snapshot's field, `old_version` what releases before Antrea 1.13 serve instead of `version`.
    """

    field: str
    fact: type[Fact]
    kind: str
    group: str
    version: str
    namespaced: bool
    old_version: str = ""

    def path(self, resource: str, namespace: str = "", *, old: bool = False) -> str:
        """The path of the list, of the whole cluster or of one namespace."""
        version = self.old_version if old and self.old_version else self.version
        root = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
        return f"{root}/namespaces/{namespace}/{resource}" if namespace and self.namespaced else f"{root}/{resource}"


KINDS: dict[Source, Kind] = {
    Source.SERVICES: Kind("services", Service, "Service", "", "v1", True),
    Source.SLICES: Kind("slices", EndpointSlice, "EndpointSlice", "discovery.k8s.io", "v1", True),
    Source.NODES: Kind("nodes", Node, "Node", "", "v1", False),
    Source.PODS: Kind("pods", Pod, "Pod", "", "v1", True),
    Source.NAMESPACES: Kind("namespaces", Namespace, "Namespace", "", "v1", False),
    Source.DAEMON_SETS: Kind("daemon_sets", DaemonSet, "DaemonSet", "apps", "v1", True),
    Source.CONFIG_MAPS: Kind("config_maps", ConfigMap, "ConfigMap", "", "v1", True),
    Source.AGENT_INFOS: Kind("agent_infos", AntreaAgentInfo, "AntreaAgentInfo", CRD_GROUP, "v1beta1", False),
    Source.NETWORK_POLICIES: Kind("network_policies", NetworkPolicy, "NetworkPolicy", "networking.k8s.io", "v1", True),
    Source.CLUSTER_POLICIES: Kind(
        "cluster_policies", AntreaPolicy, "ClusterNetworkPolicy", CRD_GROUP, "v1beta1", False, "v1alpha1"
    ),
    Source.ANTREA_POLICIES: Kind(
        "antrea_policies", AntreaPolicy, "NetworkPolicy", CRD_GROUP, "v1beta1", True, "v1alpha1"
    ),
    Source.TIERS: Kind("tiers", Tier, "Tier", CRD_GROUP, "v1beta1", False, "v1alpha1"),
    Source.CLUSTER_GROUPS: Kind("cluster_groups", Group, "ClusterGroup", CRD_GROUP, "v1beta1", False, "v1alpha3"),
    Source.GROUPS: Kind("groups", Group, "Group", CRD_GROUP, "v1beta1", True, "v1alpha3"),
    Source.EGRESSES: Kind("egresses", Egress, "Egress", CRD_GROUP, "v1beta1", False, "v1alpha2"),
    Source.ADMIN_POLICIES: Kind(
        "admin_policies", UpstreamPolicy, "AdminNetworkPolicy", UPSTREAM_GROUP, "v1alpha1", False
    ),
    Source.BASELINE_ADMIN_POLICIES: Kind(
        "baseline_admin_policies", UpstreamPolicy, "BaselineAdminNetworkPolicy", UPSTREAM_GROUP, "v1alpha1", False
    ),
    Source.UPSTREAM_CLUSTER_POLICIES: Kind(
        "upstream_cluster_policies", UpstreamPolicy, "ClusterNetworkPolicy", UPSTREAM_GROUP, "v1alpha2", False
    ),
}

SOURCE_OF: dict[tuple[str, str], Source] = {(kind.group, kind.kind): source for source, kind in KINDS.items()}


def resource_name(source: Source) -> str:
    """The plural resource name without its group, as it stands in paths and in rules of RBAC."""
    return source.value.split(".")[0]
