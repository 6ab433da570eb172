"""`antrea-doctor explain --address`: what owns an address, and where Pods see it instead of a client's own."""

import ipaddress
from collections.abc import Iterator

from diagnostics.checks.evidence import listed
from diagnostics.datapath.access import endpoint_text
from diagnostics.datapath.addresses import VIRTUAL_NODE_PORT_IP, VIRTUAL_SERVICE_IP
from diagnostics.datapath.path import Outcome, Path
from diagnostics.datapath.trace import external_paths, own_addresses, seen_addresses, seen_at
from diagnostics.model.case import Case, Cluster
from tui.cli.call import Call
from tui.cli.connect import connect
from tui.cli.gaps import say_gaps
from tui.cli.output import Grid, Output
from tui.cli.stop import Exit

_COLUMNS = ("Service", "dialled", "ingress Node", "endpoints that see it", "handler", "SNAT")

_GATEWAY = (
    "The gateway is the Node's way to its own Pods. Pods see it as source where the Node translates what came from "
    "outside (explain SNAT), and for connections of the Node itself: kubelet's probes, its processes and its Pods on "
    "the host network."
)
_NODE = (
    "Pods see a Node's address where the Node masquerades what leaves by its own interface: towards Pods of other "
    "Nodes in noEncap and networkPolicyOnly, towards endpoints on the host network, and for its Pods that dial the "
    "NodePort of another Node."
)
_VIRTUAL = (
    "The same address on all Nodes. It stands for a connection that leaves Open vSwitch by the port it came in, as "
    "towards an endpoint on the host network of the ingress Node: who the client was cannot be told from it."
)
_NODE_PORT = "What NodePorts are translated to on their way into Open vSwitch. No Pod ever sees it as source."


def explain_address(call: Call, address: str) -> int:
    """Prints whose the address is and, of the Services of the call (all without -n), where it is seen."""
    facts = connect(call)
    cluster = Cluster(facts.snapshot)
    output = Output(call)
    owner, page = owner_of(cluster, address)
    output.markdown(f"# {address}\n\n{owner}\n\n{page}".rstrip())
    output.text("")
    scope = call.request.connection.namespace
    keys = [
        service.metadata.key for service in facts.snapshot.services if not scope or service.metadata.namespace == scope
    ]
    rows = [row for key in sorted(keys) for row in _seen_in(Case.of(facts.snapshot, key, cluster), address)]
    if rows:
        output.markdown("## Where Pods see it instead of a client outside\n")
        grid = Grid(_COLUMNS, rows)
        if output.is_terminal and output.fits(grid):
            output.grid(grid)
        elif output.is_terminal:
            output.blocks(["\n".join(f"{name}: {text}" for name, text in zip(_COLUMNS, row)) for row in rows])
        else:
            output.markdown_grid(grid)
    else:
        where = f"namespace {scope}" if scope else "this cluster"
        output.sentence(f"No Service of {where} shows it to its Pods for clients outside.")
    say_gaps(facts.snapshot.gaps)
    return Exit.OK


def owner_of(cluster: Cluster, address: str) -> tuple[str, str]:
    """Who owns the address, in a sentence, and what that means; the latter is empty where there is nothing to say."""
    owned = next((name for own, name in own_addresses(cluster).items() if _same(own, address)), "")
    if address in VIRTUAL_SERVICE_IP.values():
        return "Antrea's virtual Service address.", _VIRTUAL
    if address in VIRTUAL_NODE_PORT_IP.values():
        return "Antrea's virtual NodePort address.", _NODE_PORT
    if owned.startswith("antrea-gw0"):
        return f"The address of {owned}.", _GATEWAY
    if owned:
        return f"An address of {owned}.", _NODE
    other = next(_others(cluster, address), "")
    return (other, "") if other else ("The API does not tell whose address it is.", _of_nobody(cluster, address))


def _of_nobody(cluster: Cluster, address: str) -> str:
    """What the address could be, and what the cluster has instead."""
    family = ipaddress.ip_address(address).version
    gateways = [gateway for node in cluster.nodes if (gateway := cluster.gateway_ip(node, family))]
    ranges = [cidr for node in cluster.nodes.values() for cidr in node.pod_cidrs if (":" in cidr) is (family == 6)]
    nodes = [ip for node in cluster.nodes if (ip := cluster.node_ip(node, family))]
    told = (("podCIDRs", ranges), ("antrea-gw0", gateways), ("Nodes", nodes))
    own = "; ".join(f"{what} {listed(dict.fromkeys(items))}" for what, items in told if items)
    return (
        "It is in no podCIDR, on no Node and at no Service that was read. A Pod that sees it as source sees a client's "
        "own address, or that of something before the Nodes: a load balancer, a NAT gateway, a VPN.\n\n"
        f"This cluster has {own or f'no IPv{family} addresses that the API tells'}. If you expected one of its own, "
        "look at the context: the address may be of another cluster, or of a Node that is gone."
    )


def _others(cluster: Cluster, address: str) -> Iterator[str]:
    """Owners that are no interface of a Node."""
    snapshot = cluster.snapshot
    for service in snapshot.services:
        spec = service.spec
        fields = (
            ("ClusterIP", (spec.cluster_ip, *spec.cluster_ips)),
            ("external IP", spec.external_ips),
            ("load-balancer IP", [entry.ip for entry in service.status.load_balancer.ingress]),
        )
        for kind, addresses in fields:
            if any(_same(item, address) for item in addresses):
                yield f"The {kind} of Service {service.metadata.key}: clients dial it, no Pod sees it as source."
    for pod in snapshot.pods:
        if any(_same(item, address) for item in pod.ips) and not pod.spec.host_network:
            yield f"The address of Pod {pod.metadata.key} on Node {pod.spec.node_name or 'not told'}."
    for name, node in cluster.nodes.items():
        if any(_within(address, cidr) for cidr in node.pod_cidrs):
            yield f"An address for Pods of Node {name}: it is in its podCIDR {', '.join(node.pod_cidrs)}."


def _seen_in(case: Case, address: str) -> Iterator[tuple[str, ...]]:
    """A row for each class of connections that shows the address."""
    if not case.is_exposed or not any(_same(item, address) for item in case.once(seen_addresses)):
        return
    found = False
    for path in case.once(external_paths):
        nodes = [node for node in (path.ingress, *path.twins) if _shows(path, node, case.cluster, address)]
        if nodes:
            found = True
            yield _row(case, path, nodes)
    if not found:
        yield (case.key, "perhaps: what it depends on is not known, see path", "", "", "", "")


def _shows(path: Path, node: str, cluster: Cluster, address: str) -> bool:
    return path.outcome is Outcome.DELIVERED and _same(seen_at(path, node, cluster).ip, address)


def _row(case: Case, path: Path, nodes: list[str]) -> tuple[str, ...]:
    access = path.access
    at = endpoint_text(access.address, access.port) if access.address else str(access.port)
    more = f" and {len(nodes) - 3} more" if len(nodes) > 3 else ""
    return (
        case.key,
        f"{access.kind.value} {at}/{access.protocol}",
        ", ".join(nodes[:3]) + more,
        f"{path.share.endpoints} of {path.share.of} {path.endpoint.place.value}",
        path.handler.value,
        ", ".join(dict.fromkeys(item.id for item in path.snat)) or "-",
    )


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same address, however they spell it."""
    try:
        return one == other or (":" in one and ipaddress.ip_address(one) == ipaddress.ip_address(other))
    except ValueError:
        return False


def _within(address: str, cidr: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
