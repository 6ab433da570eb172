"""What a Path tells the operator: the reason in words, where a rewrite happens, and how sure we are."""

from typing import NamedTuple

import pytest

from asking import A_POD, CLUSTER_IP, EIP, LB, NODE1, NODE_PORT, OUTSIDE, one, snat_ids
from clusters import EXTERNAL_IP, LB_IP, cluster, node_ip, pod_ip
from deployed import At, case_of, host, outside, pod, service
from diagnostics.datapath.path import AccessKind, Outcome, Vantage


class Told(NamedTuple):
    """A case and what its Path must say: words of its reason, the basis, and the place of the last rewrite."""

    name: str
    settings: dict[str, object]
    access: AccessKind
    client: Vantage
    policy: str
    endpoint: At | None
    words: tuple[str, ...]
    basis: str
    where: str


KP: dict[str, object] = {"antrea_proxy": False}
AP: dict[str, object] = {"proxy_all": True}
POSTROUTING = "node1 kube-proxy iptables nat KUBE-POSTROUTING"
ANTREA = "node1 iptables nat ANTREA-POSTROUTING"
OVS = "node1 OVS SNAT"
CHOSEN = "node1 OVS EndpointDNAT"
SERVICES = "node1 kube-proxy iptables nat KUBE-SERVICES"

TOLD = (
    Told("outside", KP, LB, OUTSIDE, "Cluster", pod(2),
         ("what comes from outside", "back through node1", "The Pod sees the address of antrea-gw0,"),
         "measured", POSTROUTING),
    Told("nftables", {**KP, "kube_proxy": "nftables"}, LB, OUTSIDE, "Cluster", pod(2), ("The Pod sees",),
         "measured", "node1 kube-proxy nftables kube-proxy masquerading"),
    Told("ipvs", {**KP, "kube_proxy": "ipvs"}, LB, OUTSIDE, "Cluster", pod(2), ("The Pod sees",),
         "inferred", POSTROUTING),
    Told("own Pod", KP, LB, A_POD, "Cluster", pod(2), ("every connection to an external address",),
         "measured", POSTROUTING),
    Told("by the uplink", {**KP, "encap": "noEncap"}, LB, OUTSIDE, "Cluster", pod(2),
         ("The Pod sees the address of node1,",),
         "measured", POSTROUTING),
    Told("policy only", {**KP, "encap": "networkPolicyOnly"}, LB, OUTSIDE, "Cluster", pod(2), ("of node1,",),
         "documented", POSTROUTING),
    Told("WireGuard", {**KP, "encryption": "wireGuard"}, LB, OUTSIDE, "Cluster", pod(2),
         ("antrea-gw0, which antrea-wg0 shares",), "measured", POSTROUTING),
    Told("WireGuard local", {**KP, "encryption": "wireGuard"}, LB, OUTSIDE, "Cluster", pod(1),
         ("the address of antrea-gw0, by which",), "measured", POSTROUTING),
    Told("WireGuard host", {**KP, "encryption": "wireGuard"}, LB, OUTSIDE, "Cluster", host(2),
         ("The endpoint sees the address of node1,",), "measured", POSTROUTING),
    Told("beyond", KP, LB, OUTSIDE, "Cluster", outside(), ("The endpoint sees the address of node1,",),
         "measured", POSTROUTING),
    Told("Local", KP, LB, OUTSIDE, "Local", pod(1), ("only this Node's endpoints", "keeps the client's address"),
         "measured", SERVICES),
    Told("Local own Pod", KP, LB, A_POD, "Local", pod(2), ("the cluster's own Pods to any endpoint",),
         "measured", SERVICES),
    Told("ClusterIP", KP, CLUSTER_IP, A_POD, "Cluster", pod(2), ("source of ClusterIP traffic as it is",),
         "measured", SERVICES),
    Told("Node by ClusterIP", KP, CLUSTER_IP, NODE1, "Cluster", pod(2),
         ("What node1 itself sends",), "measured", ANTREA),
    Told("Node routed", {**KP, "encap": "noEncap"}, CLUSTER_IP, NODE1, "Cluster", pod(2),
         ("which is the address that it came with",), "measured", SERVICES),
    Told("Node by NodePort", KP, NODE_PORT, NODE1, "Local", pod(2), ("kube-proxy masquerades what node1 itself sends",),
         "measured", POSTROUTING),
    Told("ETP drops", KP, LB, OUTSIDE, "Local", pod(2),
         ("externalTrafficPolicy is Local", "times out"), "measured", ""),
    Told("nothing", KP, LB, OUTSIDE, "Local", None, ("no ready endpoint",), "measured", ""),
    Told("AP local", AP, LB, OUTSIDE, "Cluster", pod(1), ("rewrites no source",), "documented", CHOSEN),
    Told("AP remote", AP, LB, OUTSIDE, "Cluster", pod(2), ("another Node than node1", "through the tunnel"),
         "documented", OVS),
    Told("AP routed", {**AP, "encap": "noEncap"}, LB, OUTSIDE, "Cluster", pod(2), ("virtual Service address",),
         "documented", ANTREA),
    Told("AP host", AP, LB, OUTSIDE, "Cluster", host(2), ("node1 then masquerades",), "inferred", ANTREA),
    Told("AP beyond", AP, LB, OUTSIDE, "Cluster", outside(), ("node1 then masquerades",), "inferred", ANTREA),
    Told("AP own host", AP, LB, OUTSIDE, "Cluster", host(1),
         ("host network of node1 sees that address",), "inferred", OVS),
    Told("AP Node to host", AP, LB, NODE1, "Cluster", host(2), ("node1 then masquerades",), "documented", ANTREA),
    Told("AP Pod", AP, LB, A_POD, "Cluster", pod(2), ("in OVS on their own Node",), "documented", CHOSEN),
    Told("AP Pod to host", AP, LB, A_POD, "Cluster", host(1), ("in OVS on their own Node",), "inferred",
         CHOSEN),
    Told("AP resets", AP, LB, OUTSIDE, "Local", pod(2),
         ("externalTrafficPolicy is Local", "a reset"), "documented", ""),
    Told("AP nothing", AP, LB, OUTSIDE, "Local", None, ("There is no ready endpoint", "a reset"), "documented", ""),
)  # fmt: skip


@pytest.mark.parametrize("told", TOLD, ids=lambda told: told.name)
def test_a_path_says_why_where_and_how_sure(told: Told) -> None:
    endpoints = [told.endpoint] if told.endpoint else []
    case = case_of(cluster(2, **told.settings), service(endpoints, etp=told.policy))  # type: ignore[arg-type]
    path = one(case, told.access, told.client)
    for words in told.words:
        assert words in path.why
    # Who handles it is read from the sources, so what is measured of the datapath stays measured.
    assert path.basis.value == told.basis
    assert (path.rewrites[-1].where if path.rewrites else "") == told.where


@pytest.mark.parametrize("proxy", [KP, AP], ids=["kube-proxy", "AntreaProxy"])
def test_the_policy_that_leaves_no_endpoint_is_named(proxy: dict[str, object]) -> None:
    case = case_of(cluster(2, **proxy), service([pod(2)], etp="Local", itp="Local"))  # type: ignore[arg-type]
    assert "internalTrafficPolicy is Local" in one(case, CLUSTER_IP, A_POD).why
    assert "externalTrafficPolicy is Local" in one(case, LB).why


def test_a_node_port_is_rewritten_twice_under_proxy_all_but_once_for_a_pod_of_the_node() -> None:
    case = case_of(cluster(2, proxy_all=True), service([pod(1)]))
    front, virtual, back = f"{node_ip(1)}:30100", "169.254.0.252:30100", f"{pod_ip(1)}:8080"
    assert [(step.before, step.after) for step in one(case, NODE_PORT).rewrites] == [(front, virtual), (virtual, back)]
    assert [(step.before, step.after) for step in one(case, NODE_PORT, A_POD).rewrites] == [(front, back)]
    for kind, address in ((LB, LB_IP), (EIP, EXTERNAL_IP)):
        assert [(step.before, step.after) for step in one(case, kind).rewrites] == [(f"{address}:80", back)]


def test_a_choice_among_several_endpoints_says_that_one_is_an_example() -> None:
    several = one(case_of(cluster(2), service([pod(2, 3)])), LB)
    assert "One of 3 endpoints" in several.rewrites[0].why
    assert "One of" not in one(case_of(cluster(2), service([pod(2)])), LB).rewrites[0].why


def test_unmasqueraded_pods_of_other_nodes_are_the_clusters_own_to_kube_proxy_if_it_knows_the_cluster_cidr() -> None:
    def by_node2(cidr: str) -> tuple[Outcome, str, str]:
        snapshot = cluster(2, antrea_proxy=False, encap="noEncap", no_snat=True, cluster_cidr=cidr)
        path = one(case_of(snapshot, service([pod(1)], etp="Local")), NODE_PORT, A_POD, "node2")
        return path.outcome, path.seen.ip, snat_ids(path)

    assert by_node2("10.10.0.0/16") == (Outcome.DELIVERED, A_POD.ip, "")
    assert by_node2("10.99.0.0/16") == (Outcome.DROPPED, "", "")
    masqueraded = cluster(2, antrea_proxy=False, encap="noEncap")
    assert (
        one(case_of(masqueraded, service([pod(1)], etp="Local")), NODE_PORT, A_POD, "node2").outcome is Outcome.DROPPED
    )


def test_backend_nodes_that_run_no_dsr_are_named() -> None:
    one_deaf = cluster(3, proxy_all=True, dsr_gate=True, differing={"node2": {"dsr": False}})
    assert "node2 report" in one(case_of(one_deaf, service([pod(2)], mode="dsr")), LB).why
    deaf = {"node2": {"dsr": False}, "node3": {"dsr": False}}
    two = cluster(3, proxy_all=True, dsr_gate=True, differing=deaf)
    assert "the backend Nodes report" in one(case_of(two, service([pod(2), pod(3)], mode="dsr")), LB).why
