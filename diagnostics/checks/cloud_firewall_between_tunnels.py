"""AD046: the firewall of a cloud between the tunnels of the Nodes; the API does not tell its rules."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.evidence import counted, of_config
from diagnostics.checks.facts import (
    ADDRESS_CHECKS,
    ANTREA_SOURCES,
    agent_config,
    antrea_may_be_here,
    clouds,
    of_provider,
)
from diagnostics.model.agent_config import AgentConfig
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

TUNNELLED = ("encap", "hybrid")
# Protocol and IANA port of each tunnelType: antrea:docs/network-requirements.md
TRANSPORTS = {"geneve": ("UDP", 6081), "vxlan": ("UDP", 4789), "stt": ("TCP", 7471), "gre": ("IP protocol", 47)}


@check(
    "AD046",
    "No firewall of a cloud stands between the tunnels of the Nodes",
    severity=Severity.NOTE,
    scope=Scope.CLUSTER,
    needs=(Source.NODES, Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def cloud_firewall_between_tunnels(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A question that the API cannot answer. The Nodes are machines of a cloud and send Pod traffic to each other
    through tunnels. The cloud's firewall (security groups, VPC rules) must let the tunnels through, and its network
    must carry packets of the size that the Nodes send.

    ## Why it matters
    Clients that reach an endpoint on the Node they dialled are served, the others time out; with too small an MTU
    small answers arrive and large ones hang. Both look like a fault of the Service.

    ## How to verify
    ```
    kubectl --context CONTEXT get nodes -o wide
    ```
    From a Node to another, with its address: `ping -M do -s 1422 NODE_IP` must be answered if the Nodes' MTU is 1450
    or more (the number is the MTU less 28). On the receiving Node `tcpdump -ni any udp port 6081` must show packets
    while a Pod of the first Node pings one of the second; use the port that the finding names.

    ## What to do
    Allow the tunnel's port between all Nodes, both ways. If the MTU is smaller than Antrea found out for itself, set
    `defaultMTU` in `antrea-agent.conf`.

    ## Sources
    antrea:docs/network-requirements.md, antrea:build/charts/antrea/values.yaml tunnelType, tunnelPort, defaultMTU.
    """
    config, antrea = agent_config(case), case.cluster.antrea
    if config.encap_mode not in TUNNELLED:
        return
    for cloud, nodes in clouds(case).items():
        if cloud in ADDRESS_CHECKS and len(nodes) > 1:
            yield Finding(
                Severity.NOTE,
                "Nodes",
                f"Does the firewall of {cloud} let {_transport(config)} through between {counted(len(nodes), 'Node')}? "
                "Pod traffic between Nodes needs it: see it arrive with tcpdump on a Node.",
                (
                    *of_provider(case, nodes),
                    of_config(antrea, "trafficEncapMode", config.traffic_encap_mode),
                    of_config(antrea, "tunnelType", config.tunnel_type),
                ),
            )


def _transport(config: AgentConfig) -> str:
    """Protocol and port on the wire."""
    match config.traffic_encryption_mode.lower():
        case "wireguard":
            return "UDP 51820 (WireGuard)"
        case "ipsec":
            return "UDP 500, UDP 4500 and IP protocol 50 (IPsec)"
    protocol, port = TRANSPORTS.get(config.tunnel_type.lower(), TRANSPORTS["geneve"])
    return f"{protocol} {(protocol != 'IP protocol' and config.tunnel_port) or port} ({config.tunnel_type})"
