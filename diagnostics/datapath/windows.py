"""What AntreaProxy does to a connection on a Windows Node, as far as Antrea's source tells; nothing of it was run.

OVS works there as on Linux, but the host around it does not: NetNat leads NodePorts into OVS, and no rule rewrites
what OVS sends back to the host. Where that matters the answer is unknown, with what would settle it.
antrea:pkg/agent/route/route_windows.go, antrea:pkg/agent/openflow/pipeline_windows.go.
"""

from dataclasses import replace

from diagnostics.datapath import antrea_proxy
from diagnostics.datapath.access import endpoint_text
from diagnostics.datapath.addresses import VIRTUAL_NODE_PORT_IP, gateway_source
from diagnostics.datapath.crossing import Arrival, Crossing, Origin, Way, nothing_arrives, source_rewrite
from diagnostics.datapath.path import AccessKind, Basis, Outcome, Place, Rewrite, RewriteKind, Wire
from diagnostics.model.case import Cluster

_ROUTE = "antrea:pkg/agent/route/route_windows.go"
_PIPELINE = "antrea:pkg/agent/openflow/pipeline.go gatewaySNATFlows"
_OPTIONS = "antrea:cmd/antrea-agent/options_windows.go"


def way(crossing: Crossing, wire: Wire) -> Way:
    """What becomes of a class of connections that AntreaProxy on a Windows Node sends to a group of endpoints."""
    arrival, endpoint = crossing.arrival, crossing.endpoint
    node = arrival.node
    is_pod = not endpoint.host_network and not endpoint.outside
    if is_pod and endpoint.place is Place.REMOTE and wire is not Wire.TUNNEL and not endpoint.exit_known:
        return _untold(
            f"Whether OVS on {node} (Windows) sends to these Pods by the uplink or through the host is not known: "
            "that their Nodes are in its subnet and carry the annotation node.antrea.io/mac-address would tell."
        )
    if arrival.origin is Origin.POD:
        return _inferred(antrea_proxy.way(crossing, wire))
    if arrival.origin is Origin.NODE:
        return _untold(
            f"With which address a process of {node} itself (Windows) enters OVS no source tells. A connection from "
            "there and what the Pod sees of it would."
        )
    if arrival.access.kind is not AccessKind.NODE_PORT:
        return _untold(
            f"Whether {node} (Windows) forwards packets to {arrival.access.address}, which is not its own address, "
            "into OVS is not known. A connection by that Node would tell."
        )
    if not is_pod:
        return _untold(
            f"OVS on {node} (Windows) writes its virtual address and hands the packet back to the host, for which "
            "Antrea's source has no rule that would rewrite it further. A connection by that Node would tell."
        )
    if endpoint.place is Place.LOCAL:
        return _untold(
            f"Whether NetNat on {node} (Windows) keeps the client's address when it leads a NodePort into OVS is not "
            "known. A connection from outside by that Node and what the Pod sees of it would tell."
        )
    return _through_ovs(crossing)


def doubt_of_backends(cluster: Cluster, family: int) -> str:
    """Why nobody can tell how packets reach Pods on Windows Nodes; empty when they do.

    Windows agents refuse to start with these settings: antrea:cmd/antrea-agent/options_windows.go.
    """
    config = cluster.antrea.config
    if family == 6:
        return "Antrea supports no IPv6 on Windows Nodes, so that nobody can tell how packets reach the Pods there."
    if config and config.traffic_encryption_mode.lower() != "none":
        return (
            f"Windows agents do not know trafficEncryptionMode {config.traffic_encryption_mode}, so that nobody can "
            "tell how packets reach the Pods on Windows Nodes."
        )
    if config and config.encap_mode == "networkpolicyonly":
        return "Windows agents do not know networkPolicyOnly, so that nobody can tell how packets reach the Pods there."
    return ""


def lost_sight(doubt: str) -> Way:
    """The answer for backends of which nobody can tell how they are reached."""
    return nothing_arrives(Outcome.UNKNOWN, Basis.INFERRED, _OPTIONS, doubt)


def _through_ovs(crossing: Crossing) -> Way:
    """S10 for a NodePort and a remote Pod: whatever NetNat made of the source, OVS writes the gateway's address."""
    arrival = crossing.arrival
    after = gateway_source(arrival.cluster, arrival.node, arrival.access.family)
    virtual = endpoint_text(VIRTUAL_NODE_PORT_IP[arrival.access.family], arrival.access.port)
    why = (
        f"The chosen Pod runs on another Node than {arrival.node} (Windows): OVS writes the address of antrea-gw0 of "
        f"{arrival.node}, whatever NetNat made of the client's before."
    )
    rewrites = (
        _net_nat(arrival, virtual),
        crossing.destination(
            f"{arrival.node} OVS EndpointDNAT", "AntreaProxy chooses an endpoint.", Basis.INFERRED, _PIPELINE, virtual
        ),
        *source_rewrite("S10", f"{arrival.node} OVS SNAT", arrival.source, after, Basis.INFERRED, _PIPELINE, why),
    )
    return Way(Outcome.DELIVERED, after, rewrites, Basis.INFERRED, _PIPELINE, why)


def _net_nat(arrival: Arrival, virtual: str) -> Rewrite:
    return Rewrite(
        "D",
        RewriteKind.DNAT,
        f"{arrival.node} NetNat antrea-nat-nodeport",
        arrival.dialled,
        virtual,
        Basis.INFERRED,
        _ROUTE,
        "Antrea leads NodePort traffic into OVS under a virtual address.",
    )


def _inferred(way: Way) -> Way:
    """The same answer, as one that was only reasoned about."""
    rewrites = tuple(replace(rewrite, basis=Basis.INFERRED) for rewrite in way.rewrites)
    return replace(way, basis=Basis.INFERRED, rewrites=rewrites)


def _untold(why: str) -> Way:
    return nothing_arrives(Outcome.UNKNOWN, Basis.INFERRED, _ROUTE, why)
