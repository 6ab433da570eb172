"""Which address belongs to what: gateways, Nodes and Antrea's virtual addresses."""

import ipaddress

from diagnostics.datapath.path import SeenKind, SeenSource, Vantage, VantageKind
from diagnostics.model.case import Cluster

# antrea:pkg/agent/config/node_config.go
VIRTUAL_SERVICE_IP = {4: "169.254.0.253", 6: "fc01::aabb:ccdd:eeff"}
VIRTUAL_NODE_PORT_IP = {4: "169.254.0.252", 6: "fc01::aabb:ccdd:eefe"}
# Before v1.6 a Pod that reaches itself sees this one: antrea:pkg/agent/openflow/pipeline.go hairpinIP
OLD_HAIRPIN_IP = {4: "169.254.169.252", 6: "fc00::aabb:ccdd:eeff"}

Subnet = ipaddress.IPv4Interface | ipaddress.IPv6Interface


def is_policy_only(cluster: Cluster) -> bool:
    """Whether Antrea only enforces policies: antrea-gw0 then has the Node's own address."""
    config = cluster.antrea.config
    return config is not None and config.encap_mode == "networkpolicyonly"


def is_windows(cluster: Cluster, node: str) -> bool:
    """Whether a Node is known to run Windows."""
    return node in windows_nodes(cluster)


def windows_nodes(cluster: Cluster) -> frozenset[str]:
    """Names of the Nodes that run Windows."""
    return cluster.once_of_nodes(_windows_nodes)


def _windows_nodes(cluster: Cluster) -> frozenset[str]:
    return frozenset(name for name, node in cluster.nodes.items() if node.is_windows)


def is_host(cluster: Cluster, client: Vantage) -> bool:
    """Whether the client is a Node's own process: also a Pod on the host network, which has the Node's address."""
    return client.kind is VantageKind.NODE or client.ip in cluster.node_of_ip


def gateway_source(cluster: Cluster, node: str, family: int) -> SeenSource:
    """The address of antrea-gw0 of a Node; in networkPolicyOnly that is the Node's own (antrea:pkg/agent/agent.go)."""
    kind = SeenKind.NODE if is_policy_only(cluster) else SeenKind.GATEWAY
    return SeenSource(kind, cluster.gateway_ip(node, family), node)


def node_source(cluster: Cluster, node: str, family: int) -> SeenSource:
    """A Node's InternalIP.

    A masquerade takes the primary address of the interface by which the packet leaves (measured); when InternalIP is
    a secondary one, the API does not tell the primary.
    """
    return SeenSource(SeenKind.NODE, cluster.node_ip(node, family), node)


def transport_source(cluster: Cluster, node: str, family: int) -> SeenSource:
    """The address with which packets routed to other Nodes' Pods leave; the InternalIP unless configured otherwise.

    The address is empty when another interface is configured and nothing tells its address.
    """
    return SeenSource(SeenKind.NODE, cluster.transport_ip(node, family), node)


def untold_source(cluster: Cluster, node: str, family: int) -> SeenSource:
    """An address of a Node that cannot be told."""
    return SeenSource(SeenKind.NODE, "", node)


def virtual_source(cluster: Cluster, node: str, family: int) -> SeenSource:
    """Antrea's virtual Service address, which means "some client through this Node's OVS"; the same everywhere."""
    return SeenSource(SeenKind.VIRTUAL, VIRTUAL_SERVICE_IP[family], node)


def transport_subnet(cluster: Cluster, node: str, family: int) -> Subnet | None:
    """Address and prefix of a Node's transport interface, which agents report since v2.6; None where unknown.

    antrea:pkg/apis/crd/v1beta1/types.go NetworkInfo.
    """
    info = cluster.snapshot.agent_info_by_node.get(node)
    for text in info.network_info.transport_interface_ips if info else ():
        try:
            found = ipaddress.ip_interface(text)
        except ValueError:
            continue
        if found.version == family and "/" in text:
            return found
    return None


def own_addresses(cluster: Cluster) -> dict[str, str]:
    """Address to what owns it, for every Node, every antrea-gw0 and Antrea's virtual Service address."""
    return cluster.once_of_nodes(_own_addresses)


def _own_addresses(cluster: Cluster) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in cluster.nodes:
        for family in (4, 6):
            gateway = cluster.gateway_ip(name, family)
            if gateway:
                found.setdefault(gateway, f"antrea-gw0 of {name}")
    for name, node in cluster.nodes.items():
        for entry in node.status.addresses:
            if entry.type in ("InternalIP", "ExternalIP"):
                found[entry.address] = f"Node {name}"
        for family in (4, 6):
            transport = cluster.transport_ip(name, family)
            if transport:
                found[transport] = f"Node {name}"
    for address in (*VIRTUAL_SERVICE_IP.values(), *OLD_HAIRPIN_IP.values()):
        found[address] = "Antrea's virtual Service address"
    return found
