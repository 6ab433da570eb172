"""Who handles an address on a Node: kube-proxy, AntreaProxy, nobody, or nobody can tell.

The decision table is asked with five facts of the Node; a fact that is not known stands for all its values, and the
answer is only given when all of them lead to the same. What the Node's agent reports as running goes before the
ConfigMap.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from packaging.version import Version

from diagnostics.datapath.access import is_left_to_load_balancer
from diagnostics.datapath.addresses import is_host, is_windows
from diagnostics.datapath.decision_table import (
    ABSENT,
    DOCS,
    MODES,
    NFTABLES_SINCE,
    NOTRACK_SINCE,
    PROXIER,
    Column,
    Facts,
    row_for,
)
from diagnostics.datapath.path import Access, AccessKind, Basis, Handler, Vantage, VantageKind
from diagnostics.datapath.windows_handler import DOCS as WINDOWS_DOCS
from diagnostics.datapath.windows_handler import on_windows
from diagnostics.model.agent_config import parse_version
from diagnostics.model.case import Case, Cluster
from diagnostics.model.kube_proxy import Presence
from diagnostics.model.service import SERVICE_PROXY_NAME

_EXTERNAL_IP_SINCE = Version("1.12")  # antrea#4866


@dataclass(frozen=True, slots=True)
class Handled:
    """Who handles an access on a Node for a vantage, why we believe it, and the sentence for a person.

    `doubt` is not empty when the handler is known and yet nobody can say what its packets meet on the way.
    """

    handler: Handler
    basis: Basis
    source: str
    why: str
    doubt: str = ""


_HANDLERS = {"k": Handler.KUBE_PROXY, "a": Handler.ANTREA_PROXY, "-": Handler.NONE, "?": Handler.UNDEFINED}


def handled(case: Case, access: Access, node: str, vantage: Vantage) -> Handled:
    """Who handles the access on a Node when the client stands at the vantage.

    A client in the cluster counts as inside only on its own Node; elsewhere it arrives as from outside.
    """
    if is_left_to_load_balancer(case, access):
        return Handled(
            Handler.NONE,
            Basis.DOCUMENTED,
            "antrea#6102; k8s:pkg/proxy/serviceport.go",
            f"{access.address} has ipMode Proxy: no Node serves it, the load balancer ends the connection.",
        )
    if case.cluster.antrea.present is False:
        why = "This cluster has no Antrea agents; antrea-doctor knows only Antrea's datapath."
        return Handled(Handler.UNDEFINED, Basis.DOCUMENTED, DOCS, why)
    from_pod = _is_pod_of(case.cluster, node, vantage)
    if is_windows(case.cluster, node):
        handler, why = on_windows(case, access, node, from_pod=from_pod)
        return Handled(handler, Basis.INFERRED, WINDOWS_DOCS, why)
    column = _column(access, from_pod=from_pod)
    answers = [_decide(facts, column) for facts in _possible_facts(case, access, node)]
    first = answers[0]
    if all(answer.handler is first.handler for answer in answers):
        answer = min(answers, key=lambda item: item.basis.strength)
        if _is_a_nodes_own(case, access, answer) and not from_pod:
            answer = replace(answer, doubt=_doubt_of_a_nodes_own(access, case.cluster.node_of_ip[access.address]))
        return answer if case.cluster.antrea.config else _with_reserve(answer)
    unknown = " ".join(what_would_settle(case.cluster, node))
    return Handled(Handler.UNDEFINED, Basis.INFERRED, PROXIER, f"Who serves this address is not known. {unknown}")


def _is_pod_of(cluster: Cluster, node: str, vantage: Vantage) -> bool:
    is_pod = vantage.kind in (VantageKind.POD, VantageKind.SELF) and not is_host(cluster, vantage)
    return is_pod and vantage.node == node


def _column(access: Access, *, from_pod: bool) -> Column:
    match access.kind:
        case AccessKind.CLUSTER_IP:
            return Column.CLUSTER_IP_FROM_POD if from_pod else Column.CLUSTER_IP_FROM_HOST
        case AccessKind.NODE_PORT:
            return Column.NODE_PORT_FROM_POD if from_pod else Column.NODE_PORT_FROM_OUTSIDE
        case AccessKind.LOAD_BALANCER:
            return Column.LOAD_BALANCER_FROM_POD if from_pod else Column.LOAD_BALANCER_FROM_OUTSIDE
        case AccessKind.EXTERNAL_IP:
            return Column.EXTERNAL_IP_FROM_POD if from_pod else Column.EXTERNAL_IP_FROM_OUTSIDE


def version_on(cluster: Cluster, node: str) -> Version | None:
    """Antrea's release on a Node: what its agent reports, else the oldest of the cluster."""
    return parse_version(cluster.running[node].version) if _reports(cluster, node) else cluster.antrea.version


def serves_node_port(ranges: list[str] | tuple[str, ...], address: str) -> bool:
    """Whether `nodePortAddresses` lets a proxy serve NodePorts on a Node's InternalIP; none given means all."""
    if not ranges or "primary" in ranges:
        return True
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    networks = []
    for text in ranges:
        try:
            networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            continue
    return any(network.version == ip.version and ip in network for network in networks)


def what_would_settle(cluster: Cluster, node: str) -> Iterator[str]:
    """The missing facts, a sentence each."""
    antrea, kube_proxy = cluster.antrea, cluster.kube_proxy
    if kube_proxy.presence is Presence.UNKNOWN:
        yield f"Whether kube-proxy runs is not known: {kube_proxy.why_unknown}"
    elif kube_proxy.presence is Presence.PRESENT and kube_proxy.mode == "unknown":
        yield kube_proxy.why_unknown or "The mode of kube-proxy is not known."
    if antrea.config is None:
        yield f"Antrea's configuration is not known: {antrea.why_no_config}"
    if version_on(cluster, node) is None:
        running = cluster.running.get(node)
        told = running.version if running else ""
        yield (
            f"The agent of {node} reports {told}, which names no release."
            if told
            else (f"No agent reports its version for {node}.")
        )


def _is_a_nodes_own(case: Case, access: Access, answer: Handled) -> bool:
    """Whether proxyAll has led an address into OVS that is a Node's own: antrea#8034 is one form of the trouble."""
    by_address = access.kind in (AccessKind.LOAD_BALANCER, AccessKind.EXTERNAL_IP)
    return by_address and answer.handler is Handler.ANTREA_PROXY and access.address in case.cluster.node_of_ip


def _doubt_of_a_nodes_own(access: Access, owner: str) -> str:
    return (
        f"{access.address} is the address of Node {owner} itself: proxyAll routes it into OVS on the other Nodes and "
        "leaves it untracked, which may break this and other traffic of that Node. Give the Service another address."
    )


def _with_reserve(answer: Handled) -> Handled:
    reserve = "Antrea's ConfigMap could not be read: skipServices, networkPolicyOnly and the like are taken as unset."
    return replace(answer, basis=Basis.INFERRED, why=f"{answer.why} {reserve}")


def _decide(facts: Facts, column: Column) -> Handled:
    row = row_for(facts)
    cell = row.cells[column]
    doubt = ""
    if facts.mode == "ipvs" and cell == "k" and facts.version >= NOTRACK_SINCE:
        doubt = (
            "With kube-proxy in ipvs mode and proxyAll, packets to this address reach IPVS untracked, which nobody "
            "has shown to work."
        )
    basis = Basis.INFERRED if cell.islower() else Basis.DOCUMENTED
    return Handled(_HANDLERS[cell.lower()], basis, row.source, row.why, doubt)


def _possible_facts(case: Case, access: Access, node: str) -> list[Facts]:
    """Every combination of what may be true on the Node."""
    cluster = case.cluster
    config = cluster.antrea.config
    running = cluster.running.get(node)
    proxy = running.proxy if running and running.proxy is not None else config.proxy_enabled if config else None
    proxy_all = running.proxy_all if running and running.proxy_all is not None else None
    if proxy_all is None and config:
        proxy_all = config.antrea_proxy.proxy_all
    if _antrea_leaves_it(case, access, node):
        proxy = False
    version = version_on(cluster, node)
    host_modes = (config.host_network_mode.lower(),) if config else ("iptables", "nftables")
    return [
        Facts(mode, on, all_on, release, _host_mode(host_mode, release))
        for mode, on, all_on, release, host_mode in product(
            _modes(case, access, node),
            (True, False) if proxy is None else (proxy,),
            (True, False) if proxy_all is None else (proxy_all,),
            (Version("2.0"), NOTRACK_SINCE, NFTABLES_SINCE) if version is None else (version,),
            host_modes,
        )
    ]


def _host_mode(wanted: str, release: Version) -> str:
    return "nftables" if wanted == "nftables" and release >= NFTABLES_SINCE else "iptables"


def _modes(case: Case, access: Access, node: str) -> tuple[str, ...]:
    """Modes that kube-proxy may run in, as far as this access goes; absent where it leaves the access alone."""
    kube_proxy = case.cluster.kube_proxy
    ignores_service = SERVICE_PROXY_NAME in case.service.metadata.labels
    closed = access.kind is AccessKind.NODE_PORT and not serves_node_port(
        kube_proxy.node_port_addresses, case.cluster.node_ip(node, access.family)
    )
    if kube_proxy.presence is Presence.ABSENT or ignores_service or closed:
        return (ABSENT,)
    modes = MODES if kube_proxy.mode == "unknown" else (kube_proxy.mode,)
    return (*modes, ABSENT) if kube_proxy.presence is Presence.UNKNOWN else modes


def _antrea_leaves_it(case: Case, access: Access, node: str) -> bool:
    """Whether its release or configuration makes AntreaProxy leave this access alone, whatever else runs."""
    version = version_on(case.cluster, node)
    if access.kind is AccessKind.EXTERNAL_IP and version is not None and version < _EXTERNAL_IP_SINCE:
        return True
    config = case.cluster.antrea.config
    if config is None:
        return False
    proxy = config.antrea_proxy
    spec = case.service.spec
    if {case.key, spec.cluster_ip, *spec.cluster_ips} & set(proxy.skip_services):
        return True
    if case.service.metadata.labels.get(SERVICE_PROXY_NAME, "") != proxy.service_proxy_name:
        return True
    if access.kind is AccessKind.LOAD_BALANCER:
        return not proxy.proxy_load_balancer_ips
    if access.kind is AccessKind.NODE_PORT:
        return not serves_node_port(proxy.node_port_addresses, case.cluster.node_ip(node, access.family))
    return False


def _reports(cluster: Cluster, node: str) -> bool:
    running = cluster.running.get(node)
    return running is not None and parse_version(running.version) is not None
