"""The stations of a Path: what a packet's addresses are at each, and where each rewrite happens."""

from asking import A_POD, CLUSTER_IP, LB, NODE1, NODE_PORT, OUTSIDE, one, paths_at, remote
from clusters import CLIENT, LB_IP, cluster, gateway, node_ip, pod_ip
from deployed import case_of, host, outside, pod, service
from diagnostics.datapath.hops import Hop, HopKind, hops
from diagnostics.datapath.path import AccessKind, Path, Vantage
from diagnostics.datapath.trace import external_paths, trace
from diagnostics.model.case import Case


def stations(case: Case, kind: AccessKind, vantage: Vantage = OUTSIDE, ingress: str = "node1") -> tuple[Hop, ...]:
    return hops(one(case, kind, vantage, ingress), case)


def ribbon(found: tuple[Hop, ...]) -> list[tuple[str, str, str]]:
    return [(hop.kind.value, hop.packet_source, hop.packet_destination) for hop in found]


def test_kube_proxy_rewrites_both_addresses_on_the_ingress_node() -> None:
    found = stations(case_of(cluster(2), service([pod(2)])), NODE_PORT)
    front, back = f"{node_ip(1)}:30100", f"{pod_ip(2)}:8080"
    assert ribbon(found) == [
        ("client", CLIENT, front),
        ("entry", CLIENT, front),
        ("ingress", gateway(1), back),
        ("wire", gateway(1), back),
        ("backend", gateway(1), back),
        ("pod", gateway(1), back),
    ]
    assert [rewrite.id for rewrite in found[2].rewrites] == ["D", "S1"]
    assert f"sees {gateway(1)}" in found[-1].lines
    assert found[-1].title == "web-2-0"
    assert "kube-proxy" in found[2].lines


def test_a_local_endpoint_needs_no_wire() -> None:
    found = stations(case_of(cluster(2, proxy_all=True), service([pod(1)])), LB)
    assert [hop.kind for hop in found] == [
        HopKind.CLIENT,
        HopKind.ENTRY,
        HopKind.INGRESS,
        HopKind.BACKEND,
        HopKind.POD,
    ]
    assert f"sees {CLIENT}" in found[-1].lines


def test_under_dsr_the_tunnel_still_carries_the_load_balancer_address_and_the_answer_goes_back_directly() -> None:
    found = stations(case_of(cluster(2, proxy_all=True, dsr_gate=True), service([pod(2)], mode="dsr")), LB)
    front, back = f"{LB_IP}:80", f"{pod_ip(2)}:8080"
    assert ribbon(found) == [
        ("client", CLIENT, front),
        ("entry", CLIENT, front),
        ("ingress", CLIENT, front),
        ("wire", CLIENT, front),
        ("backend", CLIENT, back),
        ("pod", CLIENT, back),
        ("wire", front, CLIENT),
    ]
    assert [rewrite.id for rewrite in found[4].rewrites] == ["D"]
    assert found[-1].title == "direct return"
    assert "node1" in found[-1].why


def test_a_pod_on_its_way_to_another_nodes_node_port_is_rewritten_before_the_entry() -> None:
    found = stations(case_of(cluster(3, proxy_all=True), service([pod(3)])), NODE_PORT, A_POD, "node2")
    assert [[rewrite.id for rewrite in hop.rewrites] for hop in found[:3]] == [[], ["S6"], ["D", "D", "S2"]]
    assert [hop.packet_source for hop in found[:3]] == [A_POD.ip, node_ip(1), gateway(2)]


def test_what_reaches_no_endpoint_ends_at_the_ingress_node_with_its_outcome() -> None:
    found = stations(case_of(cluster(2), service([pod(2)], etp="Local")), LB)
    assert [hop.kind for hop in found] == [HopKind.CLIENT, HopKind.ENTRY, HopKind.INGRESS]
    assert any("times out" in line for line in found[-1].lines)
    assert "externalTrafficPolicy is Local" in found[-1].why


def test_an_access_without_ingress_node_ends_there() -> None:
    case = case_of(cluster(2), service([pod(1)], ip_mode="Proxy"))
    [path] = [path for path in trace(case) if path.access.kind is LB]
    assert [hop.title for hop in hops(path, case)][-1] == "no Node"


def test_an_uncertain_source_is_shown_as_both_possibilities() -> None:
    by_kube_proxy = stations(case_of(cluster(2, encap="hybrid"), service([pod(2)])), LB)
    assert by_kube_proxy[-1].packet_source == f"{gateway(1)} or {node_ip(1)}"
    by_antrea = stations(case_of(cluster(2, encap="hybrid", proxy_all=True), service([pod(2)])), LB)
    assert by_antrea[-1].packet_source == f"{gateway(1)} or {node_ip(1)}"


def test_the_nodes_own_packets_enter_ovs_with_the_gateways_address_without_any_rewrite() -> None:
    found = stations(case_of(cluster(2, proxy_all=True), service([pod(2)])), LB, NODE1)
    assert found[0].title == "process on node1"
    assert [hop.packet_source for hop in found] == [node_ip(1), node_ip(1), *[gateway(1)] * 4]


def test_stations_name_what_they_stand_for() -> None:
    def far(path: Path, case: Case) -> str:
        return hops(path, case)[-2].title

    many = case_of(cluster(4), service([pod(2), pod(3)]))
    assert far(one(many, LB), many) == "several Nodes"
    assert hops(one(many, LB), many)[-1].title == "2 Pods"
    away = case_of(cluster(2), service([outside()]))
    assert far(one(away, LB), away) == "outside the cluster"
    assert hops(one(away, LB), away)[-1].title == "192.0.2.50"
    on_host = case_of(cluster(2), service([pod(1), host(2)]))
    assert hops(remote(paths_at(on_host, CLUSTER_IP)), on_host)[-1].title == "web-2-host"
    [folded] = [path for path in external_paths(many) if path.access.kind is LB and path.ingress == "node1"]
    assert "and 1 more Node like it" in hops(folded, many)[2].lines


def test_every_path_of_a_service_has_stations_that_start_at_its_client() -> None:
    case = case_of(cluster(3, proxy_all=True, dsr_gate=True), service([pod(1), pod(2), host(3), outside()], mode="dsr"))
    for vantage in (OUTSIDE, NODE1, A_POD):
        for path in trace(case, vantage):
            found = hops(path, case)
            assert found[0].packet_source == path.client.ip
            shown = [rewrite for hop in found for rewrite in hop.rewrites]
            assert sorted(shown, key=str) == sorted(path.rewrites, key=str)
