"""The table of source addresses: who the endpoint sees, row by row, for kube-proxy and AntreaProxy.

Each row names who handles the access, the traffic mode, the access, where the client stands and the endpoint runs
relative to node1, and what is expected: the seen address or the outcome, and the SNAT points.
"""

from typing import NamedTuple

import pytest

from asking import KINDS, VANTAGES, one, snat_ids
from clusters import CLIENT, VIRTUAL_IP, cluster, gateway, node_ip, pod_ip
from deployed import At, case_of, host, outside, pod, service
from diagnostics.datapath.path import Handler, Outcome, SeenKind, Vantage, VantageKind
from diagnostics.datapath.trace import trace
from diagnostics.model.snapshot import Snapshot

GW, NIN, C, VIP, POD = gateway(1), node_ip(1), CLIENT, VIRTUAL_IP, pod_ip(1, 9)

CLUSTERS: dict[str, dict[str, object]] = {
    "KP": {"antrea_proxy": False},
    "KP nftables": {"antrea_proxy": False, "kube_proxy": "nftables"},
    "KP ipvs": {"antrea_proxy": False, "kube_proxy": "ipvs"},
    "KP masqueradeAll": {"antrea_proxy": False, "masquerade_all": True},
    "KP no clusterCIDR": {"antrea_proxy": False, "cluster_cidr": ""},
    "KP noSNAT": {"antrea_proxy": False, "no_snat": True},
    "AP": {"proxy_all": True},
    "AP alone": {"proxy_all": True, "kube_proxy": None},
    "AP noSNAT": {"proxy_all": True, "no_snat": True},
    "AP Pods only": {},
    "DSR": {"proxy_all": True, "dsr_gate": True},
}
MODES: dict[str, dict[str, object]] = {
    "encap": {},
    "IPsec": {"encryption": "ipsec"},
    "WireGuard": {"encryption": "wireGuard"},
    "noEncap": {"encap": "noEncap"},
    "policyOnly": {"encap": "networkPolicyOnly"},
}
ENDPOINTS: dict[str, list[At]] = {
    "local Pod": [pod(1)],
    "remote Pod": [pod(2)],
    "local host": [host(1)],
    "remote host": [host(2)],
    "outside": [outside()],
    "none": [],
}
DELIVERED = Outcome.DELIVERED
EXTERNAL = ("NP", "LB", "EIP")


class Row(NamedTuple):
    """One line of the table; `accesses` are several for which the same holds."""

    name: str
    datapath: str
    mode: str
    accesses: tuple[str, ...]
    client: str
    policy: str
    endpoint: str
    expected: str | Outcome
    snat: str = ""


TABLE = (
    # client outside, externalTrafficPolicy Cluster, encap
    Row("E1", "KP", "encap", EXTERNAL, "outside", "Cluster", "local Pod", GW, "S1"),
    Row("E1-nft", "KP nftables", "encap", EXTERNAL, "outside", "Cluster", "local Pod", GW, "S1"),
    Row("E1-ipvs", "KP ipvs", "encap", EXTERNAL, "outside", "Cluster", "local Pod", GW, "S1"),
    Row("E1-pods-only", "AP Pods only", "encap", EXTERNAL, "outside", "Cluster", "local Pod", GW, "S1"),
    Row("E2", "KP", "encap", EXTERNAL, "outside", "Cluster", "remote Pod", GW, "S1"),
    Row("E3", "KP", "encap", EXTERNAL, "outside", "Cluster", "local host", C),
    Row("E4", "KP", "encap", EXTERNAL, "outside", "Cluster", "remote host", NIN, "S1"),
    Row("E4-outside", "KP", "encap", EXTERNAL, "outside", "Cluster", "outside", NIN, "S1"),
    Row("E5", "AP", "encap", EXTERNAL, "outside", "Cluster", "local Pod", C),
    Row("E6", "AP", "encap", EXTERNAL, "outside", "Cluster", "remote Pod", GW, "S2"),
    Row("E7", "AP", "encap", EXTERNAL, "outside", "Cluster", "local host", VIP, "S3"),
    Row("E8", "AP", "encap", EXTERNAL, "outside", "Cluster", "remote host", NIN, "S3+S4"),
    Row("E8-outside", "AP", "encap", EXTERNAL, "outside", "Cluster", "outside", NIN, "S3+S4"),
    Row("E9", "DSR", "encap", ("LB", "EIP"), "outside", "Cluster", "local Pod", C),
    Row("E10", "DSR", "encap", ("LB", "EIP"), "outside", "Cluster", "remote Pod", C),
    Row("E11-local", "DSR", "encap", ("LB", "EIP"), "outside", "Cluster", "local host", VIP, "S3"),
    Row("E11-remote", "DSR", "encap", ("LB", "EIP"), "outside", "Cluster", "remote host", NIN, "S3+S4"),
    Row("E12-local", "DSR", "encap", ("NP",), "outside", "Cluster", "local Pod", C),
    Row("E12-remote", "DSR", "encap", ("NP",), "outside", "Cluster", "remote Pod", GW, "S2"),
    Row("E12-local-host", "DSR", "encap", ("NP",), "outside", "Cluster", "local host", VIP, "S3"),
    Row("E12-remote-host", "DSR", "encap", ("NP",), "outside", "Cluster", "remote host", NIN, "S3+S4"),
    # other traffic modes
    Row("M1", "KP", "noEncap", EXTERNAL, "outside", "Cluster", "local Pod", GW, "S1"),
    Row("M2", "KP", "noEncap", EXTERNAL, "outside", "Cluster", "remote Pod", NIN, "S1"),
    Row("M3", "AP", "noEncap", EXTERNAL, "outside", "Cluster", "local Pod", C),
    Row("M4", "AP", "noEncap", EXTERNAL, "outside", "Cluster", "remote Pod", NIN, "S3+S4"),
    Row("M6", "KP", "WireGuard", EXTERNAL, "outside", "Cluster", "remote Pod", GW, "S1"),
    Row("M7", "AP", "WireGuard", EXTERNAL, "outside", "Cluster", "remote Pod", GW, "S3+S4"),
    Row("M8-local", "KP", "policyOnly", EXTERNAL, "outside", "Cluster", "local Pod", NIN, "S1"),
    Row("M8-remote", "KP", "policyOnly", EXTERNAL, "outside", "Cluster", "remote Pod", NIN, "S1"),
    Row("M9-local", "AP", "policyOnly", EXTERNAL, "outside", "Cluster", "local Pod", C),
    Row("M9-remote", "AP", "policyOnly", EXTERNAL, "outside", "Cluster", "remote Pod", NIN, "S3+S4"),
    Row("M10-noEncap", "DSR", "noEncap", ("LB", "EIP"), "outside", "Cluster", "remote Pod", Outcome.LOST),
    Row("M10-WireGuard", "DSR", "WireGuard", ("LB", "EIP"), "outside", "Cluster", "remote Pod", Outcome.LOST),
    Row("M10-policyOnly", "DSR", "policyOnly", ("LB", "EIP"), "outside", "Cluster", "remote Pod", Outcome.LOST),
    Row("M10-outside", "DSR", "encap", ("LB", "EIP"), "outside", "Cluster", "outside", Outcome.LOST),
    Row("M10-local", "DSR", "noEncap", ("LB", "EIP"), "outside", "Cluster", "local Pod", C),
    Row("M10-host", "DSR", "noEncap", ("LB", "EIP"), "outside", "Cluster", "remote host", NIN, "S3+S4"),
    Row("M10-NP", "DSR", "noEncap", ("NP",), "outside", "Cluster", "remote Pod", NIN, "S3+S4"),
    Row("M11-KP", "KP", "IPsec", EXTERNAL, "outside", "Cluster", "remote Pod", GW, "S1"),
    Row("M11-AP", "AP", "IPsec", EXTERNAL, "outside", "Cluster", "remote Pod", GW, "S2"),
    Row("M11-DSR", "DSR", "IPsec", ("LB", "EIP"), "outside", "Cluster", "remote Pod", C),
    # externalTrafficPolicy Local
    Row("L1", "KP", "encap", EXTERNAL, "outside", "Local", "local Pod", C),
    Row("L2", "KP", "encap", EXTERNAL, "outside", "Local", "remote Pod", Outcome.DROPPED),
    Row("L2-nft", "KP nftables", "encap", EXTERNAL, "outside", "Local", "remote Pod", Outcome.DROPPED),
    Row("L2-ipvs", "KP ipvs", "encap", EXTERNAL, "outside", "Local", "remote Pod", Outcome.REJECTED),
    Row("L2-host", "KP", "encap", EXTERNAL, "outside", "Local", "remote host", Outcome.DROPPED),
    Row("L3", "KP", "encap", EXTERNAL, "outside", "Local", "none", Outcome.REJECTED),
    Row("L3-Cluster", "KP", "encap", EXTERNAL, "outside", "Cluster", "none", Outcome.REJECTED),
    Row("L4", "AP", "encap", EXTERNAL, "outside", "Local", "local Pod", C),
    Row("L5", "AP", "encap", EXTERNAL, "outside", "Local", "remote Pod", Outcome.REJECTED),
    Row("L5-none", "AP", "encap", EXTERNAL, "outside", "Cluster", "none", Outcome.REJECTED),
    Row("L6", "AP", "encap", EXTERNAL, "outside", "Local", "local host", VIP, "S3"),
    Row("L7", "KP", "encap", EXTERNAL, "outside", "Local", "local host", C),
    Row("L8", "DSR", "encap", EXTERNAL, "outside", "Local", "local Pod", C),
    Row("L8-remote", "DSR", "encap", EXTERNAL, "outside", "Local", "remote Pod", Outcome.REJECTED),
    # the client is a Pod of node1
    Row("P1-local", "AP", "encap", ("ClusterIP",), "pod", "Cluster", "local Pod", POD),
    Row("P1-remote", "AP", "encap", ("ClusterIP",), "pod", "Cluster", "remote Pod", POD),
    Row("P1-noEncap", "AP", "noEncap", ("ClusterIP",), "pod", "Cluster", "remote Pod", POD),
    Row("P2", "KP", "encap", ("ClusterIP",), "pod", "Cluster", "remote Pod", POD),
    Row("P2-masqueradeAll", "KP masqueradeAll", "encap", ("ClusterIP",), "pod", "Cluster", "remote Pod", GW, "S1"),
    Row("P2-masqueradeAll-local", "KP masqueradeAll", "encap", ("ClusterIP",), "pod", "Cluster", "local Pod", GW, "S1"),
    Row("P2-all-routed", "KP masqueradeAll", "noEncap", ("ClusterIP",), "pod", "Cluster", "remote Pod", NIN, "S1"),
    Row("P2-masqueradeAll-host", "KP masqueradeAll", "encap", ("ClusterIP",), "pod", "Cluster", "local host", POD),
    Row("P3-Cluster", "AP Pods only", "encap", ("LB",), "pod", "Cluster", "remote Pod", POD),
    Row("P3-Local", "AP Pods only", "encap", ("LB",), "pod", "Local", "remote Pod", POD),
    Row("P3-proxyAll", "AP", "encap", ("LB", "EIP"), "pod", "Local", "remote Pod", POD),
    Row("P5-local", "KP", "encap", EXTERNAL, "pod", "Cluster", "local Pod", GW, "S1"),
    Row("P5-remote", "KP", "encap", EXTERNAL, "pod", "Cluster", "remote Pod", GW, "S1"),
    Row("P5-routed", "KP", "noEncap", EXTERNAL, "pod", "Cluster", "remote Pod", NIN, "S1"),
    Row("P5-pods-only", "AP Pods only", "encap", ("NP", "EIP"), "pod", "Cluster", "remote Pod", GW, "S1"),
    Row("P6", "KP", "encap", EXTERNAL, "pod", "Local", "remote Pod", POD),
    Row("P6-no-detector", "KP no clusterCIDR", "encap", EXTERNAL, "pod", "Local", "remote Pod", Outcome.DROPPED),
    Row("P6-no-detector-local", "KP no clusterCIDR", "encap", EXTERNAL, "pod", "Local", "local Pod", POD),
    Row("P7", "AP", "encap", ("NP",), "pod", "Cluster", "remote Pod", POD),
    Row("P7-Local", "AP", "encap", ("NP",), "pod", "Local", "remote Pod", POD),
    Row("P7-noEncap", "AP", "noEncap", ("NP", "LB", "EIP"), "pod", "Cluster", "remote Pod", POD),
    Row("P9", "AP", "encap", ("NP", "LB", "EIP", "ClusterIP"), "self", "Cluster", "local Pod", GW, "S8"),
    Row("P10", "KP", "encap", ("NP", "LB", "EIP", "ClusterIP"), "self", "Cluster", "local Pod", GW, "S1"),
    Row("P10-Local", "KP", "encap", EXTERNAL, "self", "Local", "local Pod", GW, "S1"),
    Row("P11-AP-local", "AP", "encap", ("NP", "LB", "EIP", "ClusterIP"), "pod", "Cluster", "local host", POD),
    Row("P11-AP-remote", "AP", "encap", ("NP", "LB", "EIP", "ClusterIP"), "pod", "Cluster", "remote host", NIN, "S6"),
    Row("P11-KP-local", "KP", "encap", ("ClusterIP",), "pod", "Cluster", "local host", POD),
    Row("P11-KP-remote", "KP", "encap", ("ClusterIP",), "pod", "Cluster", "remote host", NIN, "S6"),
    Row("P11-KP-Local", "KP", "encap", EXTERNAL, "pod", "Local", "remote host", NIN, "S6"),
    Row("P11-KP-noSNAT", "KP noSNAT", "noEncap", ("ClusterIP",), "pod", "Cluster", "remote host", POD),
    Row("P11-AP-noSNAT", "AP noSNAT", "noEncap", ("ClusterIP",), "pod", "Cluster", "remote host", POD),
    Row("P11-outside", "AP", "encap", ("ClusterIP",), "pod", "Cluster", "outside", NIN, "S6"),
    Row("P-none", "AP", "encap", ("ClusterIP",), "pod", "Cluster", "none", Outcome.REJECTED),
    # the client is node1 itself
    Row("N1-local", "KP", "encap", ("ClusterIP",), "node", "Cluster", "local Pod", GW, "S5"),
    Row("N1-remote", "KP", "encap", ("ClusterIP",), "node", "Cluster", "remote Pod", GW, "S5"),
    Row("N1-routed", "KP", "noEncap", ("ClusterIP",), "node", "Cluster", "remote Pod", NIN),
    Row("N1-proxyAll", "AP", "encap", ("ClusterIP",), "node", "Cluster", "remote Pod", GW, "S5"),
    Row("N2-NP", "AP", "encap", ("NP",), "node", "Cluster", "local Pod", GW, "S5"),
    Row("N2-LB", "AP", "encap", ("LB", "EIP"), "node", "Cluster", "local Pod", GW),
    Row("N2-ClusterIP", "AP alone", "encap", ("ClusterIP",), "node", "Cluster", "local Pod", GW),
    Row("N3-NP", "AP", "encap", ("NP",), "node", "Cluster", "remote Pod", GW, "S5"),
    Row("N3-LB", "AP", "encap", ("LB", "EIP"), "node", "Local", "remote Pod", GW),
    Row("N3-DSR", "DSR", "encap", ("LB", "EIP"), "node", "Cluster", "remote Pod", GW),
    Row("N4-LB", "AP", "noEncap", ("LB", "EIP"), "node", "Cluster", "remote Pod", NIN, "S3+S4"),
    Row("N4-NP", "AP", "noEncap", ("NP",), "node", "Cluster", "remote Pod", NIN, "S5+S3+S4"),
    Row("N-local-host", "AP", "encap", ("LB", "EIP"), "node", "Cluster", "local host", VIP, "S3"),
    Row("N-remote-host", "AP", "encap", ("LB", "EIP"), "node", "Cluster", "remote host", NIN, "S3+S4"),
    Row("N5-Cluster", "KP", "encap", EXTERNAL, "node", "Cluster", "remote Pod", GW, "S1"),
    Row("N5-Local", "KP", "encap", EXTERNAL, "node", "Local", "remote Pod", GW, "S1"),
    Row("N5-routed", "KP", "noEncap", EXTERNAL, "node", "Cluster", "remote Pod", NIN),
    # ClusterIP of a Service CIDR that is routed to the Nodes
    Row("R-KP", "KP", "encap", ("ClusterIP",), "outside", "Cluster", "remote Pod", GW, "S1"),
    Row("R-KP-host", "KP", "encap", ("ClusterIP",), "outside", "Cluster", "local host", C),
    Row("R-no-detector-local", "KP no clusterCIDR", "encap", ("ClusterIP",), "outside", "Cluster", "local Pod", C),
    Row("R-astray", "KP no clusterCIDR", "encap", ("ClusterIP",), "outside", "Cluster", "remote Pod", Outcome.LOST),
    Row("R-AP-local", "AP alone", "encap", ("ClusterIP",), "outside", "Cluster", "local Pod", C),
    Row("R-AP-remote", "AP alone", "encap", ("ClusterIP",), "outside", "Cluster", "remote Pod", Outcome.LOST),
    Row("R-AP-routed", "AP alone", "noEncap", ("ClusterIP",), "outside", "Cluster", "remote Pod", NIN, "S3+S4"),
)  # fmt: skip


def the_cluster(row: Row) -> Snapshot:
    return cluster(2, **{**CLUSTERS[row.datapath], **MODES[row.mode]})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "access"),
    [pytest.param(row, access, id=f"{row.name}-{access}") for row in TABLE for access in row.accesses],
)
def test_the_endpoint_sees_what_the_table_says(row: Row, access: str) -> None:
    mode = "dsr" if row.datapath == "DSR" else ""
    case = case_of(the_cluster(row), service(ENDPOINTS[row.endpoint], etp=row.policy, mode=mode))
    path = one(case, KINDS[access], VANTAGES[row.client])
    if isinstance(row.expected, Outcome):
        assert path.outcome is row.expected
        assert not path.keeps_client
        return
    assert (path.outcome, path.seen.ip) == (DELIVERED, row.expected)
    assert snat_ids(path) == row.snat
    if path.snat:
        assert path.snat[-1].after == row.expected
    assert (path.seen.kind is SeenKind.CLIENT) == (row.expected == path.client.ip and row.client in ("outside", "node"))


def test_every_named_row_is_asked_once() -> None:
    names = [row.name for row in TABLE]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", [row for row in TABLE if row.expected is Outcome.LOST], ids=lambda row: row.name)
def test_what_is_lost_says_why_and_whether_it_was_seen(row: Row) -> None:
    mode = "dsr" if row.datapath == "DSR" else ""
    case = case_of(the_cluster(row), service(ENDPOINTS[row.endpoint], etp=row.policy, mode=mode))
    path = one(case, KINDS[row.accesses[0]], VANTAGES[row.client])
    by_kube_proxy = path.handler is Handler.KUBE_PROXY
    assert path.basis.value == ("measured" if by_kube_proxy else "inferred")
    assert path.why
    assert path.source


# Rows that need more than two Nodes of one kind, another Node's NodePort, or a client on the host network


@pytest.mark.parametrize(("datapath", "ids"), [("KP", "S1"), ("AP", "S2")])
def test_m5_in_hybrid_mode_a_pod_in_another_subnet_sees_the_gateway(datapath: str, ids: str) -> None:
    apart = {f"node{n}": {"transport_ips": (f"{node_ip(n)}/32",)} for n in (1, 2)}
    made = cluster(2, encap="hybrid", differing=apart, **CLUSTERS[datapath])  # type: ignore[arg-type]
    path = one(case_of(made, service([pod(2)])), KINDS["LB"])
    assert (path.seen.ip, snat_ids(path)) == (GW, ids)


@pytest.mark.parametrize("left", [{"proxyLoadBalancerIPs": False}, {}], ids=["proxyLoadBalancerIPs", "ipMode"])
def test_p4_a_pod_leaves_to_the_load_balancer_where_nobody_serves_its_address(left: dict[str, object]) -> None:
    made = cluster(2, kube_proxy=None, proxy_all=True, proxy=left)
    found = trace(case_of(made, service([pod(2)], ip_mode="" if left else "Proxy")), VANTAGES["pod"])
    [path] = [path for path in found if path.access.kind is KINDS["LB"]]
    assert (path.handler, path.outcome) == (Handler.NONE, Outcome.UNKNOWN)
    assert "load balancer" in path.why


@pytest.mark.parametrize(
    ("endpoint", "expected", "ids"),
    [("local Pod", gateway(2), "S6+S2"), ("remote Pod", NIN, "S6"), ("remote host", VIP, "S6+S3")],
)
def test_p8_by_another_nodes_node_port_a_pod_is_its_node_as_a_client_outside(
    endpoint: str, expected: str, ids: str
) -> None:
    made = case_of(cluster(2, proxy_all=True), service(ENDPOINTS[endpoint]))
    path = one(made, KINDS["NP"], VANTAGES["pod"], "node2")
    assert (path.seen.ip, snat_ids(path)) == (expected, ids)


@pytest.mark.parametrize("datapath", ["KP", "AP"])
def test_p12_a_pod_on_the_host_network_is_its_node(datapath: str) -> None:
    on_host = Vantage(VantageKind.POD, node_ip(1), "node1", "default/on-host")
    made = case_of(cluster(2, **CLUSTERS[datapath]), service([pod(1)], etp="Local"))  # type: ignore[arg-type]
    for access in ("NP", "LB", "EIP", "ClusterIP"):
        as_pod, as_node = one(made, KINDS[access], on_host), one(made, KINDS[access], VANTAGES["node"])
        assert (as_pod.seen.ip, snat_ids(as_pod)) == (as_node.seen.ip, snat_ids(as_node))
