"""The address by which a Node exchanges Pod traffic with other Nodes.

It is that of the interface with the InternalIP, unless `transportInterface` or `transportInterfaceCIDRs` name another:
antrea:pkg/agent/agent.go initK8sNodeLocalConfig.
"""

import ipaddress
from collections.abc import Iterable

from diagnostics.model.agent_config import AgentConfig
from diagnostics.model.agent_info import AntreaAgentInfo
from diagnostics.model.workload import Node

TRANSPORT_ADDRESSES = "node.antrea.io/transport-addresses"
"""Annotation that agents write where the transport interface is configured: antrea:pkg/agent/types/annotations.go"""


def tells_transport(nodes: Iterable[Node], infos: Iterable[AntreaAgentInfo], config: AgentConfig | None) -> bool:
    """Whether anything in the cluster speaks of transport addresses; else they are the InternalIPs."""
    return (
        bool(config and (config.transport_interface or config.transport_interface_cidrs))
        or any(info.network_info.transport_interface_ips for info in infos)
        or any(TRANSPORT_ADDRESSES in node.metadata.annotations for node in nodes)
    )


def transport_address(node: Node, info: AntreaAgentInfo | None, config: AgentConfig | None, family: int) -> str:
    """The transport address in a family (4 or 6); empty when another interface is configured and none is told.

    What the agent reports (networkInfo since v2.6) goes first, then its annotation, then the only address of the Node
    within the configured ranges. Without configuration it is the InternalIP.
    """
    reported = info.network_info.transport_interface_ips if info else []
    noted = node.metadata.annotations.get(TRANSPORT_ADDRESSES, "").split(",")
    for text in (*(text.partition("/")[0] for text in reported), *(text.strip() for text in noted)):
        if _is_of(text, family):
            return text
    if config is None or not (config.transport_interface or config.transport_interface_cidrs):
        return next((text for text in node.internal_ips if _is_of(text, family)), "")
    ranges = () if config.transport_interface else tuple(config.transport_interface_cidrs)
    inside = {entry.address for entry in node.status.addresses if _within(entry.address, ranges)}
    found = [text for text in inside if _is_of(text, family)]
    return found[0] if len(found) == 1 else ""


def _is_of(text: str, family: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == family
    except ValueError:
        return False


def _within(text: str, ranges: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(text)
        return any(address in ipaddress.ip_network(item.strip(), strict=False) for item in ranges)
    except ValueError:
        return False
