"""Conditions for DSR, each computed from the Snapshot with its evidence (antrea:docs/feature-gates.md)."""

from diagnostics.checks.evidence import counted, listed
from diagnostics.model.agent_config import DSR_GATE
from diagnostics.model.antrea import DSR_TABLE, dsr_gate_wanted
from diagnostics.model.case import Case
from diagnostics.remedies.plan.plan import Prerequisite
from diagnostics.remedies.prerequisites.enable_proxy import table_is_running
from diagnostics.remedies.prerequisites.prerequisites import met_or


def has_an_address(case: Case) -> Prerequisite:
    """A load-balancer IP that AntreaProxy serves, or an external IP."""
    title = "The Service has a load-balancer IP or an external IP"
    settles = (
        "DSR never applies to NodePorts: give the Service an address (remedy to-load-balancer), or filter there with "
        "guard-nodeport."
    )
    only_load_balancer = case.load_balancer_ips and case.external_addresses == case.load_balancer_ips
    if only_load_balancer and not _config_proxies_load_balancers(case):
        said = "antreaProxy.proxyLoadBalancerIPs is false, so AntreaProxy ignores load-balancer IPs."
        return met_or(False, title, said, "Set it to true first.")
    handled = [entry.ip for entry in case.service.status.load_balancer.ingress if entry.ip_mode != "Proxy"]
    usable = [ip for ip in case.external_addresses if ip in handled or ip in case.service.spec.external_ips]
    if usable:
        return met_or(True, title, listed(usable) + ".", "")
    names = [entry.hostname for entry in case.service.status.load_balancer.ingress if entry.hostname]
    said = f"Its load balancer has only the name {listed(names)}." if names else "It has no such address."
    return met_or(False, title, said, settles)


def _config_proxies_load_balancers(case: Case) -> bool:
    config = case.cluster.antrea.config
    return config is None or config.antrea_proxy.proxy_load_balancer_ips


def addresses_are_ipv4(case: Case) -> Prerequisite:
    """The flow that forwards DSR packets to another Node is for IPv4 only (antrea:pkg/agent/openflow/pipeline.go)."""
    title = "All its external addresses are IPv4"
    wrong = [address for address in case.external_addresses if ":" in address]
    settles = "With DSR, connections to an IPv6 address that need another Node are lost: give IPv6 its own Service."
    said = f"{listed(wrong)} is IPv6." if wrong else "No IPv6 address."
    return met_or(not wrong, title, said, settles)


def policy_is_cluster(case: Case) -> Prerequisite:
    """Under Local no connection needs another Node."""
    policy = case.service.external_policy
    return met_or(
        policy == "Cluster",
        "externalTrafficPolicy is Cluster",
        f"It is {policy}.",
        "With Local, Pods get traffic of their own Node only, with the client's address already: DSR adds nothing.",
    )


def endpoints_can_answer(case: Case) -> Prerequisite:
    """Only Pods in a podCIDR of a Node answer by DSR; Node addresses are exempt, others are lost."""
    title = "Its endpoints are Pods of this cluster's Nodes"
    backends = case.all_backends
    if not backends:
        return met_or(None, title, "No usable endpoint.", "Get its Pods ready first: nothing could be proved.")
    foreign = [backend.address for backend in backends if backend.outside]
    if foreign:
        said = f"{listed(foreign)} is neither a Node's nor in a podCIDR."
        return met_or(False, title, said, "With DSR, connections to such endpoints are lost.")
    host = [backend.address for backend in backends if backend.host_network]
    if len(host) == len(backends):
        return met_or(False, title, "All endpoints are on the host network.", "Antrea never does DSR for these.")
    said = f"{counted(len(backends), 'endpoint')}"
    kept = f"; {listed(host)} on the host network will still not see the client" if host else ""
    return met_or(True, title, f"{said}{kept}.", "")


def encap_mode(case: Case) -> Prerequisite:
    """The annotation is not validated against the traffic mode (antrea:pkg/agent/proxy/proxier.go)."""
    config = case.cluster.antrea.config
    title, settles = "Antrea runs in encap mode", "In any other mode, connections that need another Node are lost."
    if config is None:
        return met_or(None, title, case.cluster.antrea.why_no_config, settles)
    return met_or(config.encap_mode == "encap", title, f"trafficEncapMode is {config.traffic_encap_mode}.", settles)


def no_wireguard(case: Case) -> Prerequisite:
    """WireGuard keeps the encap mode but has no tunnel port to the peer."""
    config = case.cluster.antrea.config
    title = "WireGuard is not used"
    settles = "WireGuard needs no tunnel to the other Node, and DSR needs one: connections are lost. Use IPsec or none."
    if config is None:
        return met_or(None, title, case.cluster.antrea.why_no_config, settles)
    said = f"trafficEncryptionMode is {config.traffic_encryption_mode}."
    return met_or(not config.encrypts_with_wireguard, title, said, settles)


def gate_is_running(case: Case) -> Prerequisite:
    """The gate by the OVS tables of the Linux agents; unmet is mended by a step."""
    return table_is_running(
        case,
        title=f"Feature gate {DSR_GATE} is running on every Node",
        table=DSR_TABLE,
        wanted=dsr_gate_wanted(case.cluster.antrea),
        answers={name: running.dsr for name, running in case.cluster.running.items()},
        key=f"featureGates.{DSR_GATE}",
    )


def nodes_are_linux(case: Case) -> Prerequisite:
    """Agents on Windows refuse the gate (antrea:cmd/antrea-agent/options_windows.go)."""
    title = "Linux Nodes only"
    windows = [name for name, node in case.cluster.nodes.items() if node.is_windows]
    if case.snapshot.nodes and not windows:
        return met_or(True, title, f"{counted(len(case.snapshot.nodes), 'Node')}.", "")
    with_pods = sorted({backend.node for backend in case.all_backends} & set(windows))
    if with_pods:
        return met_or(False, title, f"Pods of the Service run on Windows Nodes {listed(with_pods)}.", "Move them.")
    settles = (
        "Keep the address and the Pods off Windows Nodes. Their agents read ConfigMap antrea-windows-config and refuse "
        "to start with this gate: do not set it there."
    )
    return met_or(None, title, f"Windows Nodes: {listed(windows) or 'Nodes were not read'}.", settles, blocks=False)
