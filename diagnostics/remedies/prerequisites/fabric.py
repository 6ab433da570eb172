"""Questions about the network between clients and Nodes that no API answers, asked by the kind of platform.

With DSR a backend Node answers the client itself, with the load balancer's IP as source: whatever drops packets with
a foreign source, or expects both directions, breaks it. antrea:test/e2e/proxy_test.go adds a route for the same reason.
"""

from dataclasses import dataclass

from diagnostics.checks.evidence import listed
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.path import Basis
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case
from diagnostics.remedies.plan.commands import line
from diagnostics.remedies.plan.plan import Prerequisite, State

_NO_API = "No API of the cluster tells this."


@dataclass(frozen=True, slots=True)
class Platform:
    """Where Nodes run: how its source check is called, and the command (as words) that shows it for one Node."""

    name: str
    check: str
    words: tuple[str, ...]


_PLATFORMS = {
    "aws": Platform(
        "AWS",
        "source/destination check",
        (
            "aws",
            "ec2",
            "describe-instances",
            "--instance-ids",
            "{last}",
            "--query",
            "Reservations[].Instances[].SourceDestCheck",
        ),
    ),
    "gce": Platform(
        "Google Cloud",
        "canIpForward",
        ("gcloud", "compute", "instances", "describe", "{last}", "--zone", "{before}", "--format=value(canIpForward)"),
    ),
    "azure": Platform(
        "Azure",
        "IP forwarding of the network interface",
        ("az", "network", "nic", "list", "--query", "[].{name:name,forwarding:enableIPForwarding}", "-o", "table"),
    ),
    "openstack": Platform(
        "OpenStack",
        "port security",
        ("openstack", "port", "list", "--server", "{last}", "--long", "-c", "ID", "-c", "Security Groups"),
    ),
}


def fabric_questions(case: Case) -> tuple[Prerequisite, ...]:
    """What must be asked before DSR; each stays unknown until a person has looked."""
    nodes = sorted({backend.node for backend in case.all_backends if backend.node})
    addresses = listed(address for address in case.external_addresses if ":" not in address)
    return (
        _arrives_with_its_address(case, addresses),
        _sources_are_not_checked(case, nodes, addresses),
        _asked(
            "Routers accept the answer from every Node",
            f"Strict reverse-path checks drop packets from {addresses} that come from a Node they do not expect.",
            "Ask for the router ports towards the Nodes: uRPF must be loose or off. On the Nodes: "
            "sysctl net.ipv4.conf.all.rp_filter (strict is fine on antrea-gw0).",
        ),
        _asked(
            "No stateful firewall, NAT or proxy sits between clients and Nodes",
            "It would see only one direction of each connection and cut it.",
            "Ask who runs the network. If there is one, all Nodes must be behind the same device, or use another way.",
        ),
        _asked(
            "Each backend Node has its own route to the clients",
            f"Nodes with Pods of the Service: {listed(nodes) or 'unknown'}.",
            f"On each of them: {line('ip', 'route', 'get', 'CLIENT_IP')}",
        ),
    )


def _asked(title: str, evidence: str, settles: str) -> Prerequisite:
    return Prerequisite(title, State.UNKNOWN, evidence, settles)


def _arrives_with_its_address(case: Case, addresses: str) -> Prerequisite:
    title = "Packets reach the Nodes with the load balancer's IP as destination"
    before = case.once(front_end)
    if before and before.arrives and (before.told or before.basis is Basis.DOCUMENTED):
        if before.arrives is Arrives.LB_IP:
            return Prerequisite(title, State.MET, before.why)
        return Prerequisite(title, State.UNMET, before.why, "DSR does nothing for NodePorts: use guard-nodeport.")
    return _asked(
        title,
        _NO_API,
        f"MetalLB, kube-vip and BGP deliver {addresses} itself; AWS ELB and NLB, Octavia and most appliances "
        "dial the NodePort, and DSR then does nothing. On a Node: "
        f"{line('tcpdump', '-ni', 'any', 'host', next(iter(case.external_addresses), 'LB_IP'))}",
    )


def _sources_are_not_checked(case: Case, backends: list[str], addresses: str) -> Prerequisite:
    title = f"Nodes may send with {addresses} as source"
    ids = {node.metadata.name: node.spec.provider_id for node in case.snapshot.nodes if node.spec.provider_id}
    provider = next(iter(ids.values()), "").partition("://")[0]
    platform = _PLATFORMS.get(provider)
    if platform is None:
        where = f"Nodes run on {provider}." if provider else "The Nodes name no cloud."
        way = "Ask who runs the hypervisors and switches: MAC/IP binding and spoof guards must let that source pass."
        return _asked(title, where, way)
    node = next((name for name in backends if name in ids), next(iter(ids)))
    parts = ["", "", *ids[node].split("/")]
    words = (word.replace("{last}", parts[-1]).replace("{before}", parts[-2]) for word in platform.words)
    return _asked(
        title,
        f"Nodes run on {platform.name} (spec.providerID).",
        f"The {platform.check} of every Node must let it pass. For {node}: {line(*words)}",
    )
