"""Which Nodes take the packet, how alike Nodes are folded, and what stays open when a fact is missing."""

from dataclasses import replace

import pytest

from asking import A_POD, CLUSTER_IP, EIP, ITSELF, LB, NODE1, NODE_PORT, OUTSIDE, one, paths_at, remote, snat_ids
from clusters import CLIENT, CLIENT_V6, VIRTUAL_IP, cluster, gateway, node_ip, pod_ip, without
from deployed import case_of, host, outside, pod, service, with_services
from diagnostics.datapath.path import Keeping, Outcome, Place, SeenKind, Vantage, VantageKind, Wire
from diagnostics.datapath.trace import external_paths, own_addresses, seen_addresses, seen_at, service_keeping, trace
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Source


def test_nodes_that_treat_a_connection_alike_share_one_path() -> None:
    case = case_of(cluster(50, proxy_all=True), service([pod(3), pod(4), pod(5, 2)]))
    paths = [path for path in external_paths(case) if path.access.kind is LB]
    groups = {(path.ingress, len(path.twins)) for path in paths}
    assert groups == {("node1", 46), ("node3", 1), ("node5", 0)}
    shares = {(path.ingress, path.endpoint.place): (path.share.endpoints, path.share.of) for path in paths}
    assert shares == {
        ("node1", Place.REMOTE): (4, 4),
        ("node3", Place.LOCAL): (1, 4),
        ("node3", Place.REMOTE): (3, 4),
        ("node5", Place.LOCAL): (2, 4),
        ("node5", Place.REMOTE): (2, 4),
    }


def test_a_twin_sees_its_own_addresses() -> None:
    case = case_of(cluster(3), service([pod(1)]))
    [path] = [path for path in external_paths(case) if path.access.kind is LB and path.ingress == "node2"]
    assert path.twins == ("node3",)
    assert seen_at(path, "node3", case.cluster).ip == gateway(3)
    assert seen_addresses(case) == {gateway(1), gateway(2), gateway(3)}


def test_nodes_that_run_something_else_are_not_folded_together() -> None:
    snapshot = cluster(4, proxy_all=True, differing={"node4": {"proxy_all": False}})
    case = case_of(snapshot, service([pod(1)]))
    assert {path.ingress: path.twins for path in external_paths(case) if path.access.kind is LB} == {
        "node1": (),
        "node2": ("node3",),
        "node4": (),
    }


def test_the_badge_of_a_service_says_whether_outside_clients_keep_their_address() -> None:
    def badge(proxy_all: bool, **settings: object) -> Keeping:
        snapshot = cluster(2, proxy_all=proxy_all)
        return service_keeping(case_of(snapshot, service([pod(1), pod(2)], **settings)))  # type: ignore[arg-type]

    assert badge(False) is Keeping.NEVER
    assert badge(True) is Keeping.SOMETIMES
    assert badge(False, etp="Local") is Keeping.KEEPS
    assert badge(False, kind="ClusterIP", external_ips=()) is Keeping.NOT_EXPOSED


def test_the_external_vantage_has_the_routed_cluster_ip_only_in_the_whole_trace() -> None:
    case = case_of(cluster(1), service([pod(1)]))
    assert {path.access.kind for path in external_paths(case)} == {NODE_PORT, LB, EIP}
    assert {path.access.kind for path in trace(case)} == {NODE_PORT, LB, EIP, CLUSTER_IP}


# Clients of the cluster


def test_a_pod_meets_its_own_node_first_and_other_nodes_only_by_their_node_ports() -> None:
    case = case_of(cluster(3, proxy_all=True), service([pod(1)]))
    for kind in (LB, EIP, CLUSTER_IP):
        assert {path.ingress for path in trace(case, A_POD, fold=False) if path.access.kind is kind} == {"node1"}
    node_ports = {path.ingress for path in trace(case, A_POD, fold=False) if path.access.kind is NODE_PORT}
    assert node_ports == {"node1", "node2", "node3"}


@pytest.mark.parametrize("own", ["node1", "node2", "node3"])
def test_a_client_dials_the_node_ports_of_all_nodes_wherever_it_stands(own: str) -> None:
    """By zone hints the Nodes are looked at one by one, so its own must not hide those before or after it."""
    client = Vantage(VantageKind.POD, pod_ip(int(own[-1]), 9), own, "default/client")
    for endpoint in (pod(2), pod(2, for_zones=("a",))):
        case = case_of(cluster(3), service([endpoint]))
        ingress = [path.ingress for path in trace(case, client, fold=False) if path.access.kind is NODE_PORT]
        assert sorted(ingress) == ["node1", "node2", "node3"]
        assert ingress[0] == own


def test_by_another_nodes_node_port_a_pod_comes_with_its_nodes_address_as_from_outside() -> None:
    case = case_of(cluster(2, proxy_all=True), service([pod(2)]))
    path = one(case, NODE_PORT, A_POD, "node2")
    assert (snat_ids(path), path.seen.ip, path.basis.value) == ("S6", node_ip(1), "inferred")
    assert not path.keeps_client
    far = one(case_of(cluster(3, proxy_all=True), service([pod(3)])), NODE_PORT, A_POD, "node2")
    assert (snat_ids(far), far.seen.ip) == ("S6+S2", gateway(2))


def test_by_another_nodes_node_port_local_policy_holds_for_pods_too() -> None:
    for settings, outcome in (({"proxy_all": True}, Outcome.REJECTED), ({}, Outcome.DROPPED)):
        case = case_of(cluster(2, **settings), service([pod(1)], etp="Local"))  # type: ignore[arg-type]
        assert one(case, NODE_PORT, A_POD, "node2").outcome is outcome
        assert one(case, NODE_PORT, NODE1, "node2").outcome is outcome


def test_without_snat_a_pod_keeps_its_address_to_another_nodes_node_port() -> None:
    snapshot = cluster(2, proxy_all=True, encap="noEncap", no_snat=True)
    path = one(case_of(snapshot, service([pod(2)])), NODE_PORT, A_POD, "node2")
    assert (path.seen.kind, path.seen.ip) == (SeenKind.POD, A_POD.ip)


def test_a_pod_among_the_endpoints_reaches_itself_for_a_share_and_others_for_the_rest() -> None:
    case = case_of(cluster(2), service([pod(1, 2), pod(2)]))
    first, second, third = paths_at(case, CLUSTER_IP, ITSELF)
    assert (first.endpoint.addresses, snat_ids(first), first.seen.ip) == ((pod_ip(1),), "S8", gateway(1))
    assert (second.endpoint.addresses, second.seen.ip) == ((pod_ip(1, 1),), pod_ip(1))
    assert (third.endpoint.addresses, third.seen.ip) == ((pod_ip(2),), pod_ip(1))
    assert [path.share.endpoints for path in (first, second, third)] == [1, 1, 1]


def test_self_without_an_address_is_the_first_pod_of_the_service() -> None:
    case = case_of(cluster(2), service([host(1), pod(2)]))
    path = next(path for path in trace(case, Vantage(VantageKind.SELF)) if path.access.kind is CLUSTER_IP)
    assert (path.client.ip, path.client.node, path.client.name) == (pod_ip(2), "node2", "default/web-2-0")


def test_a_pod_is_found_by_name_with_its_address_of_each_family() -> None:
    client = service([pod(1)], name="client", families=(4, 6))
    web = service([pod(2)], families=(4, 6))
    snapshot = with_services(cluster(2, families=(4, 6)), client, web)
    case = Case.of(snapshot, "default/web")
    paths = trace(case, Vantage(VantageKind.POD, name="default/client-1-0"))
    assert {(path.access.family, path.client.ip) for path in paths} == {(4, pod_ip(1)), (6, pod_ip(1, family=6))}
    assert {path.client.node for path in paths} == {"node1"}


def test_a_pod_whose_node_is_not_known_is_not_traced_as_if_it_stood_outside() -> None:
    case = case_of(cluster(2), service([pod(1)]))
    paths = trace(case, Vantage(VantageKind.POD, "10.10.1.77", name="default/ghost"))
    assert {path.outcome for path in paths} == {Outcome.UNKNOWN}
    assert all("default/ghost" in path.why for path in paths)


# Families


def test_each_family_is_judged_by_itself() -> None:
    snapshot = cluster(2, proxy_all=True, dsr_gate=True, families=(4, 6))
    web = service([pod(2)], mode="dsr", families=(4, 6), lb_ips=("198.51.100.10", "2001:db8:100::10"))
    case = case_of(snapshot, web)
    v4, v6 = one(case, LB, family=4), one(case, LB, family=6)
    assert (v4.outcome, v4.seen.ip) == (Outcome.DELIVERED, CLIENT)
    assert (v6.outcome, v6.client.ip) == (Outcome.LOST, CLIENT_V6)
    assert one(case, NODE_PORT, family=6).seen.ip == gateway(1, 6)


def test_a_client_without_an_address_of_a_family_cannot_dial_it() -> None:
    case = case_of(cluster(1, families=(4, 6)), service([pod(1)], families=(4, 6)))
    assert {path.access.family for path in trace(case, Vantage(VantageKind.EXTERNAL, "198.51.100.77"))} == {4}
    assert {path.access.family for path in trace(case)} == {4, 6}


def test_an_address_of_a_family_that_no_node_has_is_said_not_to_be_traceable() -> None:
    case = case_of(cluster(1), service([pod(1)], families=(4, 6)))
    [path] = [path for path in external_paths(case) if path.access.family == 6]
    assert (path.ingress, path.outcome) == ("", Outcome.UNKNOWN)
    assert "IPv6" in path.why


# What the cluster does not tell


def test_hybrid_mode_shows_both_possible_sources_when_no_agent_tells_its_subnet() -> None:
    case = case_of(cluster(2, encap="hybrid"), service([pod(2)]))
    path = one(case, LB)
    assert (path.outcome, path.seen.kind, path.wire) == (Outcome.DELIVERED, SeenKind.UNKNOWN, Wire.EITHER)
    assert gateway(1) in path.why
    assert node_ip(1) in path.why
    assert "subnet" in path.why
    assert {rewrite.after for rewrite in path.snat} == {gateway(1), node_ip(1)}
    assert seen_addresses(case) == {gateway(1), node_ip(1), gateway(2)}


def test_hybrid_mode_is_settled_where_both_ways_agree_or_agents_report_their_subnet() -> None:
    assert one(case_of(cluster(2, encap="hybrid"), service([pod(1)])), LB).seen.ip == gateway(1)
    assert one(case_of(cluster(2, encap="hybrid"), service([host(2)])), LB).seen.ip == node_ip(1)
    near = {"node1": {"transport_ips": (f"{node_ip(1)}/24",)}, "node2": {"transport_ips": (f"{node_ip(2)}/24",)}}
    far = {"node1": {"transport_ips": (f"{node_ip(1)}/32",)}, "node2": {"transport_ips": (f"{node_ip(2)}/32",)}}
    routed = one(case_of(cluster(2, encap="hybrid", differing=near), service([pod(2)])), LB)
    tunnelled = one(case_of(cluster(2, encap="hybrid", differing=far), service([pod(2)])), LB)
    assert (routed.wire, routed.seen.ip) == (Wire.ROUTED, node_ip(1))
    assert (tunnelled.wire, tunnelled.seen.ip) == (Wire.TUNNEL, gateway(1))


def test_dsr_in_hybrid_mode_is_delivered_or_lost_and_says_so() -> None:
    snapshot = cluster(2, encap="hybrid", proxy_all=True, dsr_gate=True)
    path = one(case_of(snapshot, service([pod(2)], mode="dsr")), LB)
    assert path.outcome is Outcome.UNKNOWN
    assert "lost" in path.why


def test_without_the_traffic_mode_only_remote_pods_are_uncertain() -> None:
    gap = Gap(Source.CONFIG_MAPS, Reason.FORBIDDEN, "User cannot read them.")
    snapshot = without(cluster(2, proxy_all=True, kube_proxy=None), gap)
    path = remote(paths_at(case_of(snapshot, service([pod(1), pod(2)])), NODE_PORT))
    assert (path.seen.kind, path.outcome) == (SeenKind.UNKNOWN, Outcome.DELIVERED)
    assert "configmaps" in path.why
    local = one(case_of(snapshot, service([pod(1)])), NODE_PORT)
    assert local.keeps_client


def test_whether_dsr_is_the_default_may_be_unknown() -> None:
    gap = Gap(Source.CONFIG_MAPS, Reason.FORBIDDEN, "User cannot read them.")
    snapshot = without(cluster(2, proxy_all=True, dsr_gate=True, kube_proxy=None), gap)
    path = one(case_of(snapshot, service([pod(2)])), LB)
    assert (path.outcome, path.seen.kind) == (Outcome.UNKNOWN, SeenKind.UNKNOWN)
    told = one(case_of(snapshot, service([pod(2)], mode="nat")), LB)
    assert (told.outcome, told.seen.kind) == (Outcome.DELIVERED, SeenKind.UNKNOWN)


def test_an_endpoint_without_node_name_is_taken_as_remote_and_the_path_says_so() -> None:
    path = one(case_of(cluster(1), service([pod(1, named=False)])), LB)
    assert path.endpoint.place is Place.REMOTE
    assert "not named" in path.why


def test_without_nodes_an_access_is_unknown_and_names_the_missing_right() -> None:
    gap = Gap(Source.NODES, Reason.FORBIDDEN, "User cannot list nodes.")
    case = case_of(without(cluster(2), gap), service([pod(1)]))
    paths = external_paths(case)
    assert {path.outcome for path in paths} == {Outcome.UNKNOWN}
    assert all("nodes" in path.why for path in paths)


def test_unread_settings_of_kube_proxy_leave_cluster_ip_sources_open() -> None:
    snapshot = cluster(2, antrea_proxy=False)
    unread = replace(
        snapshot, config_maps=tuple(item for item in snapshot.config_maps if item.metadata.name != "kube-proxy")
    )
    case = case_of(unread, service([pod(2)]))
    path = one(case, CLUSTER_IP, A_POD)
    assert (path.outcome, path.seen.kind) == (Outcome.DELIVERED, SeenKind.UNKNOWN)
    assert "masqueradeAll" in path.why
    assert one(case, LB).seen.ip == gateway(1)


def test_ipvs_does_not_promise_local_policy_for_the_clusters_own_clients() -> None:
    case = case_of(cluster(2, kube_proxy="ipvs", antrea_proxy=False), service([pod(2)], etp="Local"))
    assert one(case, LB, A_POD).outcome is Outcome.UNKNOWN
    assert one(case, LB, OUTSIDE).outcome is Outcome.REJECTED


# Policies, ranges and readiness


def test_internal_traffic_policy_local_governs_only_the_cluster_ip() -> None:
    by_kube_proxy = case_of(cluster(2, antrea_proxy=False), service([pod(2)], itp="Local"))
    assert one(by_kube_proxy, CLUSTER_IP, A_POD).outcome is Outcome.DROPPED
    assert one(by_kube_proxy, NODE_PORT, A_POD).outcome is Outcome.DELIVERED
    by_antrea = case_of(cluster(2), service([pod(2)], itp="Local"))
    assert one(by_antrea, CLUSTER_IP, A_POD).outcome is Outcome.REJECTED
    here = case_of(cluster(2), service([pod(1), pod(2)], itp="Local"))
    assert one(here, CLUSTER_IP, A_POD).endpoint.addresses == (pod_ip(1),)


def test_source_ranges_shut_clients_out_of_the_load_balancer_ip_alone_and_only_by_kube_proxy() -> None:
    stranger = Vantage(VantageKind.EXTERNAL, "198.18.0.1")
    ranges = ("192.0.2.0/24",)
    case = case_of(cluster(2, antrea_proxy=False), service([pod(2)], source_ranges=ranges))
    assert one(case, LB, stranger).outcome is Outcome.DROPPED
    assert one(case, LB, A_POD).outcome is Outcome.DROPPED
    assert one(case, LB, Vantage(VantageKind.EXTERNAL, "192.0.2.8")).outcome is Outcome.DELIVERED
    assert one(case, EIP, stranger).outcome is Outcome.DELIVERED
    assert one(case, NODE_PORT, stranger).outcome is Outcome.DELIVERED
    assert one(case, LB).outcome is Outcome.DELIVERED
    by_antrea = case_of(cluster(2, proxy_all=True), service([pod(2)], source_ranges=ranges))
    assert one(by_antrea, LB, stranger).outcome is Outcome.DELIVERED


def test_only_ready_endpoints_count_and_draining_ones_when_none_is_ready() -> None:
    some = one(case_of(cluster(2), service([pod(1), pod(2, ready=False)])), LB)
    assert (some.endpoint.addresses, some.share.of) == ((pod_ip(1),), 1)
    draining = one(case_of(cluster(2), service([pod(2, ready=False, terminating=True)])), LB)
    assert draining.endpoint.addresses == (pod_ip(2),)
    assert one(case_of(cluster(2), service([pod(2, ready=False)])), LB).outcome is Outcome.REJECTED


def test_under_local_policy_the_share_counts_the_nodes_own_endpoints_of_all() -> None:
    case = case_of(cluster(3), service([pod(1, 2), pod(2)], etp="Local"))
    shares = {path.ingress: path.share for path in trace(case, fold=False) if path.access.kind is LB}
    assert {name: (share.endpoints, share.of) for name, share in shares.items()} == {
        "node1": (2, 3),
        "node2": (1, 3),
        "node3": (0, 3),
    }


def test_every_kind_of_own_address_says_whose_it_is() -> None:
    owners = own_addresses(case_of(cluster(2, families=(4, 6)), service([])).cluster)
    assert owners[gateway(1)] == "antrea-gw0 of node1"
    assert owners[gateway(2, 6)] == "antrea-gw0 of node2"
    assert owners[node_ip(2)] == "Node node2"
    assert owners[VIRTUAL_IP] == "Antrea's virtual Service address"
    assert pod_ip(1) not in owners


def test_in_policy_only_mode_the_gateway_has_the_nodes_own_address() -> None:
    case = case_of(cluster(2, encap="networkPolicyOnly"), service([pod(1)]))
    assert one(case, LB).seen.kind is SeenKind.NODE
    assert seen_addresses(case) == {node_ip(1), node_ip(2)}


@pytest.mark.parametrize("etp", ["Cluster", "Local"])
def test_an_endpoint_outside_the_cluster_is_never_local(etp: str) -> None:
    path = one(case_of(cluster(1), service([outside()], etp=etp)), LB)
    assert path.outcome is (Outcome.DELIVERED if etp == "Cluster" else Outcome.DROPPED)
