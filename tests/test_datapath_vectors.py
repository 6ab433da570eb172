"""Test vectors of the datapath: whole cluster settings in, the source at the Pod out."""

from typing import NamedTuple

import pytest

from asking import A_POD, CLUSTER_IP, EIP, ITSELF, LB, NODE1, NODE_PORT, OUTSIDE, one, paths_at, snat_ids
from clusters import CLIENT, VIRTUAL_IP, cluster, gateway, node_ip, pod_ip
from deployed import At, case_of, host, pod, service
from diagnostics.datapath.path import AccessKind, Handler, Outcome, Vantage

GW, NIN, C, VIP = gateway(1), node_ip(1), CLIENT, VIRTUAL_IP
LOCAL, REMOTE = pod(1), pod(2)


class Vector(NamedTuple):
    """`expected` is the source at the Pod, or the outcome of what reaches none."""

    name: str
    settings: dict[str, object]
    mode: str
    access: AccessKind
    client: Vantage
    policy: str
    endpoint: At
    expected: str | Outcome
    handler: Handler


KP, AP = Handler.KUBE_PROXY, Handler.ANTREA_PROXY
ON: dict[str, object] = {"proxy_all": True}
DSR: dict[str, object] = {**ON, "dsr_gate": True}
VECTORS = (
    Vector("V1", {}, "", NODE_PORT, OUTSIDE, "Cluster", LOCAL, GW, KP),
    Vector("V2", {}, "", NODE_PORT, OUTSIDE, "Cluster", REMOTE, GW, KP),
    Vector("V3", {"encap": "noEncap"}, "", NODE_PORT, OUTSIDE, "Cluster", REMOTE, NIN, KP),
    Vector("V4", ON, "nat", NODE_PORT, OUTSIDE, "Cluster", LOCAL, C, AP),
    Vector("V5", ON, "nat", NODE_PORT, OUTSIDE, "Cluster", REMOTE, GW, AP),
    Vector("V6", {**ON, "version": "v2.0.0"}, "nat", NODE_PORT, OUTSIDE, "Cluster", LOCAL, GW, KP),
    Vector("V7", {**ON, "encap": "noEncap"}, "nat", LB, OUTSIDE, "Cluster", REMOTE, NIN, AP),
    Vector("V8", DSR, "dsr", LB, OUTSIDE, "Cluster", REMOTE, C, AP),
    Vector("V9", DSR, "dsr", NODE_PORT, OUTSIDE, "Cluster", REMOTE, GW, AP),
    Vector("V10", {**DSR, "encap": "noEncap"}, "dsr", LB, OUTSIDE, "Cluster", REMOTE, Outcome.LOST, AP),
    Vector("V11", DSR, "dsr", LB, OUTSIDE, "Cluster", host(2), NIN, AP),
    Vector("V12", ON, "nat", LB, OUTSIDE, "Cluster", host(1), VIP, AP),
    Vector("V14", {}, "", LB, OUTSIDE, "Local", REMOTE, Outcome.DROPPED, KP),
    Vector("V15", {**ON, "kube_proxy": None}, "nat", LB, OUTSIDE, "Local", REMOTE, Outcome.REJECTED, AP),
    Vector("V17", {}, "", NODE_PORT, A_POD, "Cluster", REMOTE, GW, KP),
    Vector("V18", ON, "nat", NODE_PORT, A_POD, "Cluster", REMOTE, A_POD.ip, AP),
    Vector("V19", ON, "nat", CLUSTER_IP, ITSELF, "Cluster", LOCAL, GW, AP),
    Vector(
        "V20", {**ON, "kube_proxy": "nftables"}, "nat", NODE_PORT, OUTSIDE, "Cluster", REMOTE, Outcome.UNKNOWN,
        Handler.UNDEFINED,
    ),
    Vector(
        "V21", {**ON, "kube_proxy": "nftables", "host_network_mode": "nftables"}, "nat", NODE_PORT, OUTSIDE, "Cluster",
        REMOTE, GW, AP,
    ),
    Vector("V24", {**ON, "encryption": "wireGuard"}, "nat", LB, OUTSIDE, "Cluster", REMOTE, GW, AP),
    Vector("V25", ON, "nat", LB, NODE1, "Cluster", LOCAL, GW, AP),
)  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_vector_gives_the_expected_source(vector: Vector) -> None:
    case = case_of(
        cluster(2, **vector.settings),  # type: ignore[arg-type]
        service([vector.endpoint], mode=vector.mode, etp=vector.policy),
    )
    path = one(case, vector.access, vector.client)
    assert path.handler is vector.handler
    if isinstance(vector.expected, Outcome):
        assert path.outcome is vector.expected
    else:
        assert (path.outcome, path.seen.ip) == (Outcome.DELIVERED, vector.expected)


def test_under_dsr_the_answer_leaves_from_the_backend_node_and_the_choice_is_made_there() -> None:
    case = case_of(cluster(2, proxy_all=True, dsr_gate=True), service([pod(2)], mode="dsr"))
    path = one(case, LB)
    assert path.direct_return
    assert [(rewrite.id, rewrite.where) for rewrite in path.rewrites] == [("D", "node2 OVS EndpointDNAT")]
    assert not one(case, NODE_PORT).direct_return


def test_dsr_by_default_can_be_switched_off_for_one_service_and_a_misspelt_mode_means_the_default() -> None:
    snapshot = cluster(2, proxy_all=True, dsr_gate=True, default_mode="dsr")
    assert one(case_of(snapshot, service([pod(2)])), LB).seen.ip == CLIENT
    assert one(case_of(snapshot, service([pod(2)], mode="dsrr")), LB).seen.ip == CLIENT
    assert one(case_of(snapshot, service([pod(2)], mode="NAT")), LB).seen.ip == GW
    assert one(case_of(cluster(2, proxy_all=True, dsr_gate=True), service([pod(2)], mode="DSR")), LB).seen.ip == CLIENT


def test_without_the_gate_the_dsr_annotation_changes_nothing() -> None:
    path = one(case_of(cluster(2, proxy_all=True), service([pod(2)], mode="dsr")), LB)
    assert (path.seen.ip, snat_ids(path), path.direct_return) == (GW, "S2", False)


def test_without_proxy_all_dsr_changes_nothing() -> None:
    path = one(case_of(cluster(2, dsr_gate=True), service([pod(2)], mode="dsr")), LB)
    assert (path.handler, snat_ids(path)) == (KP, "S1")


def test_dsr_on_ipv6_is_lost_for_remote_pods_and_kept_for_local_ones() -> None:
    snapshot = cluster(2, proxy_all=True, dsr_gate=True, families=(6,))
    settings = {"mode": "dsr", "families": (6,), "lb_ips": ("2001:db8:100::10",), "external_ips": ()}
    lost = one(case_of(snapshot, service([pod(2)], **settings)), LB, family=6)  # type: ignore[arg-type]
    assert (lost.outcome, lost.basis.value) == (Outcome.LOST, "inferred")
    local = one(case_of(snapshot, service([pod(1)], **settings)), LB, family=6)  # type: ignore[arg-type]
    assert local.keeps_client


def test_a_backend_node_that_reports_no_dsr_makes_its_share_uncertain_and_only_that() -> None:
    snapshot = cluster(3, proxy_all=True, dsr_gate=True, differing={"node3": {"dsr": False}})
    case = case_of(snapshot, service([pod(2), pod(3)], mode="dsr"))
    outcomes = {path.endpoint.addresses: path.outcome for path in paths_at(case, LB)}
    assert outcomes == {(pod_ip(2),): Outcome.DELIVERED, (pod_ip(3),): Outcome.UNKNOWN}


def test_an_ingress_node_that_reports_no_dsr_does_nat() -> None:
    snapshot = cluster(2, proxy_all=True, dsr_gate=True, differing={"node1": {"dsr": False}})
    case = case_of(snapshot, service([pod(2)], mode="dsr"))
    assert one(case, LB).seen.ip == GW


def test_before_1_7_antrea_proxy_rewrote_the_source_even_for_local_pods() -> None:
    old = cluster(2, proxy_all=True, kube_proxy=None, version="v1.6.3")
    assert one(case_of(old, service([pod(1)])), LB).seen.ip == GW
    assert one(case_of(old, service([pod(1)], etp="Local")), LB).seen.ip == CLIENT
    new = cluster(2, proxy_all=True, kube_proxy=None, version="v1.7.0")
    assert one(case_of(new, service([pod(1)])), LB).seen.ip == CLIENT


@pytest.mark.parametrize(
    ("version", "honours"),
    [("v1.12.0", False), ("v1.12.2", False), ("v1.12.3", True), ("v1.13.2", False), ("v1.13.3", True),
     ("v1.14.1", False), ("v1.14.2", True), ("v1.15.0", True), ("v2.7.0", True)],
)  # fmt: skip
def test_local_policy_on_external_ips_counts_since_its_fix(version: str, honours: bool) -> None:
    snapshot = cluster(2, proxy_all=True, kube_proxy=None, version=version)
    case = case_of(snapshot, service([pod(2)], etp="Local"))
    assert one(case, EIP).outcome is (Outcome.REJECTED if honours else Outcome.DELIVERED)
    assert one(case, LB).outcome is Outcome.REJECTED


def test_before_1_12_local_policy_held_for_the_clusters_own_clients_too() -> None:
    for version, outcome in (("v1.11.0", Outcome.REJECTED), ("v1.12.0", Outcome.DELIVERED)):
        case = case_of(cluster(2, proxy_all=True, kube_proxy=None, version=version), service([pod(2)], etp="Local"))
        assert one(case, LB, A_POD).outcome is outcome
        assert one(case, LB, NODE1).outcome is outcome
