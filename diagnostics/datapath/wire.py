"""How a packet gets from its ingress Node to an endpoint, and by which address it leaves.

antrea:pkg/agent/config/node_config.go NeedsTunnelToPeer, antrea:pkg/agent/wireguard/client_linux.go.
"""

import ipaddress

from diagnostics.datapath.addresses import (
    gateway_source,
    is_windows,
    node_source,
    transport_source,
    transport_subnet,
    untold_source,
)
from diagnostics.datapath.path import EndpointGroup, Place, SeenSource, Wire
from diagnostics.model.case import Cluster

MODES = ("encap", "noencap", "hybrid", "networkpolicyonly")
UNKNOWN_WIRE = (Wire.TUNNEL, Wire.ROUTED)
MAC_ADDRESS = "node.antrea.io/mac-address"


def wires_between(cluster: Cluster, ingress: str, peer: str, family: int) -> tuple[Wire, ...]:
    """The ways that packets for a Pod on `peer` may take; more than one when the cluster does not tell."""
    config = cluster.antrea.config
    if config is None:
        return UNKNOWN_WIRE
    match config.encap_mode:
        case "encap":
            return (Wire.WIREGUARD,) if config.encrypts_with_wireguard else (Wire.TUNNEL,)
        case "noencap" | "networkpolicyonly":
            return (Wire.ROUTED,)
        case "hybrid":
            return _hybrid(cluster, ingress, peer, family)
    return UNKNOWN_WIRE


def why_either(cluster: Cluster, ingress: str) -> str:
    """What would settle which way the packets take."""
    if cluster.antrea.config is None:
        return f"The traffic mode is not known: {cluster.antrea.why_no_config}"
    if cluster.antrea.config.encap_mode not in MODES:
        told = cluster.antrea.config.traffic_encap_mode
        return f"trafficEncapMode {told} is none that Antrea knows: encap, noEncap, hybrid and networkPolicyOnly are."
    return (
        f"In hybrid mode the answer depends on whether the backend Node is in the subnet of {ingress}, "
        "which agents report since Antrea v2.6 (AntreaAgentInfo networkInfo.transportInterfaceIPs)."
    )


def exit_is_known(cluster: Cluster, ingress: str, peer: str, family: int) -> bool:
    """Whether it is known by which interface `ingress` routes packets to Pods on `peer`.

    Agents route by the transport interface to peers in its subnet and leave the rest to the Node's other routes, which
    the API does not tell: antrea:pkg/agent/config/node_config.go NeedsDirectRoutingToPeer. That matters where the
    interface is not the one of the InternalIP, and on Windows, where OVS sends by the uplink itself to such peers if
    they publish their MAC address: antrea:pkg/agent/openflow/pipeline_windows.go l3FwdFlowToRemoteViaRouting.
    """
    on_windows = is_windows(cluster, ingress)
    if not on_windows and cluster.transport_ip(ingress, family) == cluster.node_ip(ingress, family):
        return True
    config = cluster.antrea.config
    if config is None or config.encap_mode not in ("noencap", "hybrid"):
        return False
    return _is_near(cluster, ingress, peer, family) is True and (not on_windows or publishes_mac(cluster, peer))


def publishes_mac(cluster: Cluster, node: str) -> bool:
    """Whether a Node's agent has written its MAC address down (antrea:pkg/agent/types/annotations.go)."""
    return node in cluster.nodes and bool(cluster.nodes[node].metadata.annotations.get(MAC_ADDRESS))


def leaves_with(cluster: Cluster, ingress: str, endpoint: EndpointGroup, wire: Wire, family: int) -> SeenSource:
    """The address of the interface of `ingress` by which a packet to the endpoint leaves.

    That is what a masquerade there writes (measured for kube-proxy). antrea-wg0 owns the gateway's address. Packets
    to what is no Pod leave by the interface of the InternalIP.
    """
    if endpoint.host_network or endpoint.outside:
        return node_source(cluster, ingress, family)
    if endpoint.place is Place.REMOTE and wire is Wire.ROUTED:
        source = transport_source if endpoint.exit_known else untold_source
        return source(cluster, ingress, family)
    return gateway_source(cluster, ingress, family)


def _hybrid(cluster: Cluster, ingress: str, peer: str, family: int) -> tuple[Wire, ...]:
    is_near = _is_near(cluster, ingress, peer, family)
    if is_near is None:
        return UNKNOWN_WIRE
    return (Wire.ROUTED,) if is_near else (Wire.TUNNEL,)


def _is_near(cluster: Cluster, ingress: str, peer: str, family: int) -> bool | None:
    """Whether the transport address of `peer` is in the subnet of `ingress`; None when one of them is not told."""
    subnet = transport_subnet(cluster, ingress, family)
    address = cluster.transport_ip(peer, family)
    if subnet is None or not address:
        return None
    return ipaddress.ip_address(address) in subnet.network
