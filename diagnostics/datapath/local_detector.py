"""Whether kube-proxy on a Node takes a client for one of the Node's own Pods (`detectLocalMode`).

It spares such clients under policy Local and does not masquerade what they send to ClusterIPs. Without a detector for
a family nobody is its own, and nobody is masqueraded for being foreign either.
k8s:cmd/kube-proxy/app/server_linux.go getLocalDetectors, k8s:pkg/proxy/util/localdetector.go.
"""

import ipaddress

from diagnostics.model.case import Cluster


def has_detector(cluster: Cluster, node: str, family: int) -> bool:
    """Whether kube-proxy on the Node can tell its own Pods of a family (4 or 6) at all."""
    kube_proxy = cluster.kube_proxy
    if kube_proxy.detect_local_mode in ("ClusterCIDR", "NodeCIDR"):
        return bool(_local_range(cluster, node, family))
    return bool(kube_proxy.local_interface)


def is_taken_for_local(cluster: Cluster, node: str, address: str, *, through_gateway: bool) -> bool:
    """Whether kube-proxy on the Node takes a source for a Pod of its own.

    `through_gateway`: the packet came by antrea-gw0, as those of the Node's Pods do.
    """
    kube_proxy = cluster.kube_proxy
    config = cluster.antrea.config
    gateway = config.host_gateway if config else "antrea-gw0"
    match kube_proxy.detect_local_mode:
        case "BridgeInterface":
            return through_gateway and gateway == kube_proxy.local_interface
        case "InterfaceNamePrefix":
            return (
                through_gateway and bool(kube_proxy.local_interface) and gateway.startswith(kube_proxy.local_interface)
            )
    return within(address, (_local_range(cluster, node, 6 if ":" in address else 4),))


def within(address: str, ranges: tuple[str, ...] | list[str]) -> bool:
    """Whether an address lies in one of the ranges; what is no address or range never does."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    for text in ranges:
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError:
            continue
        if network.version == ip.version and ip in network:
            return True
    return False


def _local_range(cluster: Cluster, node: str, family: int) -> str:
    """The one range of the family that kube-proxy looks at: the first; empty when there is none."""
    known = cluster.nodes.get(node)
    by_node = cluster.kube_proxy.detect_local_mode == "NodeCIDR"
    ranges = (known.pod_cidrs if known else ()) if by_node else cluster.kube_proxy.cluster_cidrs
    return next((text for text in ranges if (":" in text) == (family == 6)), "")
