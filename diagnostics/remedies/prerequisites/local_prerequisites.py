"""What externalTrafficPolicy Local asks of a Service, each computed for the Service as it would be."""

from collections import Counter

from diagnostics.checks.evidence import counted, listed
from diagnostics.checks.examine import run
from diagnostics.checks.health_check_port_contested import health_check_port_contested
from diagnostics.checks.local_external_ips_on_old_antrea import local_external_ips_on_old_antrea
from diagnostics.checks.paths import nodes_of
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.path import Handler, Outcome, Path, Place
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.model.finding import Result
from diagnostics.model.kube_proxy import Presence
from diagnostics.policy.difference import admission_changes
from diagnostics.remedies.plan.plan import Prerequisite
from diagnostics.remedies.prerequisites.prerequisites import met_or

_FAILS = {Outcome.DROPPED: "time out", Outcome.REJECTED: "are refused"}
STEERS = (
    "MetalLB",
    "ServiceExternalIP",
    "AWS load balancer",
    "Azure Load Balancer",
    "Google Cloud passthrough load balancer",
)
ONE_NODE = ("MetalLB", "ServiceExternalIP", "kube-vip", "PureLB")


def is_reached_from_outside(case: Case) -> Prerequisite:
    """The field exists for NodePort, LoadBalancer and external IPs only."""
    spec = case.service.spec
    ports = f"NodePort {listed(map(str, case.node_ports))}" if case.node_ports else ""
    ways = ", ".join(part for part in (*case.external_addresses, ports) if part)
    said = f"Type {spec.type}{f', reached by {ways}' if ways else ''}. Policy {case.service.external_policy}."
    settles = "externalTrafficPolicy exists only for Services with a NodePort, a load balancer or an external IP."
    return met_or(case.is_exposed, "The Service is reached from outside", said, settles)


def has_endpoints(case: Case) -> Prerequisite:
    """Without any, nothing can be said of Nodes."""
    ready = len(case.all_backends)
    settles = "Get its Pods ready first: which Nodes would still serve clients depends on where they run."
    return met_or(ready > 0, "The Service has usable endpoints", f"{counted(ready, 'endpoint')}.", settles)


def addresses_are_handled(then: Case) -> Prerequisite:
    """Who takes the connections decides what becomes of those that meet no Pod."""
    title = "It is known who handles the Service's addresses"
    antrea = then.cluster.antrea
    if antrea.present is not False and antrea.config is None:
        return met_or(None, title, antrea.why_no_config, "Read the ConfigMap of the agents.")
    paths = then.once(external_paths)
    open_questions = [path.why for path in paths if path.handler is Handler.UNDEFINED]
    if open_questions:
        return met_or(None, title, open_questions[0], "Settle which proxy wins first, or prove it on every Node.")
    handlers = sorted({path.handler.value for path in paths if path.handler is not Handler.NONE})
    nobody = [path for path in paths if path.handler is Handler.NONE]
    if nobody and not handlers:
        return met_or(False, title, nobody[0].why, "Mend that first: no connection arrives today.")
    return met_or(True if handlers else None, title, f"{listed(handlers)}.", "No way in could be computed.")


def clients_are_seen(then: Case) -> Prerequisite:
    """Host-network endpoints behind AntreaProxy, and addresses that old releases leave out, go on to hide clients."""
    title = "Pods will see their clients (computed)"
    paths = then.once(external_paths)
    delivered = [path for path in paths if path.outcome is Outcome.DELIVERED]
    hidden = [path for path in delivered if not path.keeps_client]
    if paths and all(path.outcome in _FAILS for path in paths):
        nowhere = "No Node has an endpoint of its own: no connection would arrive at all."
        return met_or(False, title, nowhere, "Local needs endpoints that run on Nodes of this cluster.")
    if not delivered:
        return met_or(None, title, "No way in could be computed that delivers.", "Prove it with a real client.")
    if not hidden:
        return met_or(True, title, "On every way that delivers.", "")
    sees = listed(dict.fromkeys(path.seen.ip or path.seen.kind.value for path in hidden))
    all_host = all(path.endpoint.host_network for path in hidden)
    why = (
        "AntreaProxy sends connections to endpoints on the host network through antrea-gw0, under Local too: "
        "run the Pods in the Pod network."
        if all_host
        else hidden[0].why
    )
    only = len(hidden) == len(delivered)
    said = f"{'All' if only else 'Some'} endpoints go on to see {sees}."
    return met_or(False, title, said, why, blocks=only)


def nodes_have_endpoints(then: Case) -> Prerequisite:
    """Nodes on which connections would fail, and whether something keeps clients away from them."""
    title = "Clients meet only Nodes that run a Pod of the Service"
    failing, every = without_endpoint(then), nodes_of(then.once(external_paths))
    nodes = nodes_of(failing)
    if not failing:
        known = True if every else None
        return met_or(known, title, f"Each of {counted(len(every), 'Node')} runs one.", "No way in could be computed.")
    said = (
        f"{len(nodes)} of {counted(len(every), 'Node')} have none: {listed(nodes)}. Connections {_fate(failing)} there."
    )
    spread = "run one on every Node (a DaemonSet, or topologySpreadConstraints over kubernetes.io/hostname)"
    if then.service.spec.type == "NodePort":
        way = f"Either {spread}, or let a load balancer steer clear of these Nodes (remedy to-load-balancer)."
        return met_or(False, title, said, way)
    before = front_end(then)
    if then.service.spec.type == "LoadBalancer" and before and before.provider in STEERS:
        steers = f"{before.provider} leads clients of the load-balancer IP to Nodes that have one."
        others = " or ".join(
            (*(["the NodePort itself"] if then.node_ports else []), *(["external IPs"] if _external_ips(then) else []))
        )
        settles = f"Keep clients that dial {others} away from Nodes without one."
        return met_or(not others or None, title, f"{said} {steers}", settles, blocks=False)
    asked = before.provider if before and before.provider else "what stands before the Nodes"
    way = f"Ask whether {asked} checks the health check port or knows the endpoints. If not, {spread}."
    return met_or(None, title, said, way, blocks=False)


def load_is_even(then: Case) -> Prerequisite:
    """Front ends share connections by Node, so a Pod that is alone on its Node gets more than one of many."""
    title = "Pods will be loaded evenly"
    counts = Counter(backend.node or "no Node" for backend in then.all_backends)
    if not counts:
        return met_or(None, title, "There is no endpoint to count.", "Get its Pods ready first.", blocks=False)
    (most, many), (least, few) = counts.most_common()[0], counts.most_common()[-1]
    if many == few:
        where = counted(len(counts), "Node")
        return met_or(True, title, f"{counted(many, 'endpoint')} on each of {where}.", "", blocks=False)
    said = (
        f"If Nodes with a Pod are dialled evenly, an endpoint on {least} gets {many / few:.3g} times as many "
        f"connections as one on {most} ({few} there, {many} here)."
    )
    return met_or(False, title, said, "Spread the Pods evenly over the Nodes, or accept it.", blocks=False)


def without_endpoint(then: Case) -> list[Path]:
    """The ways of clients outside that end because their Node has no endpoint."""
    return [path for path in then.once(external_paths) if path.outcome in _FAILS and path.endpoint.place is Place.NONE]


def dangers_of_local(case: Case, then: Case) -> tuple[str, ...]:
    """What bites at the moment of the change, for this Service in this cluster."""
    found = ["Connections that are open already stay where they are; new ones follow the new policy."]
    failing = without_endpoint(then)
    if failing:
        nodes = listed(nodes_of(failing))
        found.append(f"New connections {_fate(failing)} on Nodes without a Pod of the Service: {nodes}.")
        if then.node_ports:
            found.append("Pods that dial the NodePort of another Node count as outsiders there, and fail likewise.")
    found.append(
        "When the last Pod of a Node goes (rollout, drain, crash), connections to that Node fail until clients are led "
        "elsewhere: keep two Pods on a Node, or a preStop pause longer than the health check."
    )
    before = front_end(then)
    if before and before.provider in ONE_NODE:
        found.append(
            f"Where {before.provider} announces the address from one Node at a time (ARP), only the Pods of that Node "
            "get connections."
        )
    found += [f"{answer.findings[0].message}" for answer in _clashes(case, then)]
    if _pods_count_as_outsiders(then):
        found.append(
            "kube-proxy has no clusterCIDR and cannot tell Pods from outsiders: Pods that use this Service's outside "
            "addresses are dropped on Nodes without a Pod of it too."
        )
    found += [
        f"Policies on the Pods see clients from now on and keep some out who get in today: {change.sentence}"
        for change in admission_changes(case, then)
        if change.shuts and not set(change.nodes) <= set(nodes_of(failing))
    ]
    return tuple(found)


def _clashes(case: Case, then: Case) -> list[Result]:
    asked = (health_check_port_contested, local_external_ips_on_old_antrea)
    return [after for check in asked if (after := run(check, then)).findings and not run(check, case).findings]


def _pods_count_as_outsiders(then: Case) -> bool:
    """Measured: without clusterCIDR, kube-proxy's usual way to tell Pods of the cluster has nothing to go by."""
    known = then.cluster.kube_proxy
    blind = known.config_read and not known.cluster_cidrs and known.detect_local_mode == "ClusterCIDR"
    handles = any(path.handler is Handler.KUBE_PROXY for path in then.once(external_paths))
    return known.presence is Presence.PRESENT and blind and handles


def _external_ips(case: Case) -> bool:
    return bool(case.service.spec.external_ips)


def _fate(failing: list[Path]) -> str:
    return " or ".join(sorted({_FAILS[path.outcome] for path in failing}))
