"""How a packet gets from its ingress Node to an endpoint, and by which address it leaves.

antrea:pkg/agent/config/node_config.go NeedsTunnelToPeer, antrea:pkg/agent/wireguard/client_linux.go.
"""

import ipaddress

from diagnostics.datapath.addresses import gateway_source, node_source, transport_subnet
from diagnostics.datapath.path import EndpointGroup, Place, SeenSource, Wire
from diagnostics.model.case import Cluster

UNKNOWN_WIRE = (Wire.TUNNEL, Wire.ROUTED)


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
    return (
        f"In hybrid mode the answer depends on whether the backend Node is in the subnet of {ingress}, "
        "which agents report since Antrea v2.6 (AntreaAgentInfo networkInfo.transportInterfaceIPs)."
    )


def leaves_with(cluster: Cluster, ingress: str, endpoint: EndpointGroup, wire: Wire, family: int) -> SeenSource:
    """The address of the interface of `ingress` by which a packet to the endpoint leaves.

    That is what a masquerade there writes (measured for kube-proxy). antrea-wg0 owns the gateway's address.
    """
    if endpoint.host_network or endpoint.outside:
        return node_source(cluster, ingress, family)
    if endpoint.place is Place.REMOTE and wire is Wire.ROUTED:
        return node_source(cluster, ingress, family)
    return gateway_source(cluster, ingress, family)


def _hybrid(cluster: Cluster, ingress: str, peer: str, family: int) -> tuple[Wire, ...]:
    subnet = transport_subnet(cluster, ingress, family)
    if subnet is None:
        return UNKNOWN_WIRE
    own = transport_subnet(cluster, peer, family)
    address = str(own.ip) if own else cluster.node_ip(peer, family)
    if not address:
        return UNKNOWN_WIRE
    return (Wire.ROUTED,) if ipaddress.ip_address(address) in subnet.network else (Wire.TUNNEL,)
