"""Which ingress Nodes are candidates, which of them are folded into one, and what is filled in for a client."""

from dataclasses import replace

import msgspec
import pytest

from asking import A_POD, CLUSTER_IP, LB, NODE1, NODE_PORT, OUTSIDE, one, paths_at
from clusters import CLIENT_V6, LB_IP_V6, cluster, gateway, node_ip, pod_ip, without
from deployed import case_of, host, outside, pod, service
from diagnostics.datapath.endpoints import usable
from diagnostics.datapath.handler import handled, serves_node_port, what_would_settle
from diagnostics.datapath.hops import hops
from diagnostics.datapath.path import AccessKind, Handler, Outcome, Path, SeenKind, Vantage, VantageKind, Wire
from diagnostics.datapath.trace import seen_addresses, trace
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.model.workload import NodeSpec, NodeStatus

BOTH = (4, 6)


def groups(case: Case, kind: AccessKind, family: int = 4, vantage: Vantage = OUTSIDE) -> set[tuple[str, ...]]:
    return {
        (path.ingress, *path.twins)
        for path in trace(case, vantage)
        if path.access.kind is kind and path.access.family == family
    }


def changed(snapshot: Snapshot, number: int, **parts: object) -> Snapshot:
    """The Snapshot with parts of one Node changed."""
    nodes = list(snapshot.nodes)
    nodes[number - 1] = msgspec.structs.replace(nodes[number - 1], **parts)
    return replace(snapshot, nodes=tuple(nodes))


def test_a_node_without_anything_of_a_family_takes_no_packets_of_it() -> None:
    snapshot = cluster(3, families=BOTH, agents=False)
    v4_only = cluster(3, agents=False).nodes[2]
    case = case_of(
        replace(snapshot, nodes=(*snapshot.nodes[:2], v4_only)),
        service([pod(1)], families=BOTH, lb_ips=("198.51.100.10", LB_IP_V6)),
    )
    assert groups(case, LB, 4) == {("node1",), ("node2", "node3")}
    assert groups(case, LB, 6) == {("node1",), ("node2",)}
    assert groups(case, NODE_PORT, 6) == {("node1",), ("node2",)}


def test_a_node_whose_address_is_not_known_takes_packets_to_other_addresses_than_its_own() -> None:
    case = case_of(changed(cluster(3), 3, status=NodeStatus()), service([pod(1)]))
    assert groups(case, LB) == {("node1",), ("node2",), ("node3",)}
    assert groups(case, NODE_PORT) == {("node1",), ("node2",)}
    bare = changed(cluster(3, agents=False), 3, status=NodeStatus(), spec=NodeSpec())
    assert groups(case_of(bare, service([pod(1)])), LB) == {("node1",), ("node2",)}


def test_nodes_of_different_subnets_differ_in_hybrid_mode_only() -> None:
    told = {f"node{n}": {"transport_ips": (f"{node_ip(n)}/31",)} for n in (1, 2, 3)}  # node2 and node3 share one
    for encap, expected in (
        ("hybrid", {("node1",), ("node2", "node3")}),
        ("encap", {("node1", "node2", "node3")}),
    ):
        case = case_of(cluster(4, encap=encap, differing=told), service([pod(4)]))
        found = {tuple(name for name in group if name != "node4") for group in groups(case, LB)} - {()}
        assert found == expected


def test_what_an_agent_reports_of_its_interface_is_taken_where_it_can_be_read() -> None:
    told = {"node1": {"transport_ips": ("no address/24", "192.168.77.101", f"{node_ip(1)}/24")}}
    case = case_of(cluster(2, encap="hybrid", proxy_all=True, differing=told), service([pod(2)]))
    assert one(case, LB, ingress="node1").wire is Wire.ROUTED
    assert one(case, LB, ingress="node1").seen.ip == node_ip(1)


@pytest.mark.parametrize(("etp", "itp", "kind"), [("Local", "Cluster", LB), ("Cluster", "Local", CLUSTER_IP)])
def test_nodes_with_draining_endpoints_are_folded_apart_where_the_policy_is_local(
    etp: str, itp: str, kind: AccessKind
) -> None:
    endpoints = [pod(1), pod(2, ready=False, terminating=True)]
    case = case_of(cluster(4), service(endpoints, etp=etp, itp=itp))
    assert groups(case, kind) == {("node1",), ("node2",), ("node3", "node4")}
    other = CLUSTER_IP if kind is LB else LB
    assert groups(case, other) == {("node1",), ("node2", "node3", "node4")}


def test_a_draining_host_network_endpoint_is_not_mistaken_for_a_ready_one() -> None:
    draining = replace(host(2), ready=False, terminating=True)
    case = case_of(cluster(3), service([host(1), draining], etp="Local"))
    assert groups(case, LB) == {("node1",), ("node2",), ("node3",)}


def test_nodes_with_other_releases_take_hints_otherwise_and_are_folded_apart() -> None:
    zones = {"node1": "a", "node2": "a", "node3": "b", "node4": "a"}
    snapshot = cluster(4, zones=zones, kube_proxy=None, proxy_all=True, differing={"node2": {"version": "v2.1.0"}})
    case = case_of(snapshot, service([pod(3, for_zones=("b",)), pod(3, 1, for_zones=("a",))]))
    assert groups(case, LB) == {("node1", "node4"), ("node2",), ("node3",)}
    assert one(case, LB, ingress="node1").share.endpoints == 1
    assert one(case, LB, ingress="node2").share.endpoints == 2


def test_where_the_handler_is_not_known_hints_narrow_nothing() -> None:
    snapshot = cluster(2, zones={"node1": "a", "node2": "b"}, kube_proxy="nftables", proxy_all=True)
    case = case_of(snapshot, service([pod(1, for_zones=("a",)), pod(2, for_zones=("b",))]))
    paths = paths_at(case, NODE_PORT, ingress="node1")
    assert {path.handler for path in paths} == {Handler.UNDEFINED}
    assert {address for path in paths for address in path.endpoint.addresses} == {pod_ip(1), pod_ip(2)}


def test_what_reaches_no_endpoint_has_no_port_and_no_marks_of_one() -> None:
    path = one(case_of(cluster(1), service([])), LB)
    assert (path.target_port, path.endpoint.host_network, path.endpoint.outside) == (0, False, False)
    assert path.wire is Wire.NONE


def test_connections_that_reach_nobody_are_seen_as_nobody() -> None:
    assert seen_addresses(case_of(cluster(2), service([pod(3)], etp="Local"))) == frozenset()
    assert seen_addresses(case_of(cluster(1), service([]))) == frozenset()


def test_a_client_of_one_family_gets_the_paths_of_that_family() -> None:
    case = case_of(cluster(2, families=BOTH), service([pod(1)], families=BOTH, lb_ips=("198.51.100.10", LB_IP_V6)))
    found = trace(case, Vantage(VantageKind.EXTERNAL, "2001:db8:ffff::7"))
    assert {path.access.family for path in found} == {6}
    assert {path.client.ip for path in found} == {"2001:db8:ffff::7"}
    assert {path.client.ip for path in trace(case) if path.access.family == 6} == {CLIENT_V6}


def test_the_addresses_of_a_node_are_filled_in_by_family() -> None:
    case = case_of(cluster(2, families=BOTH), service([pod(2)], families=BOTH, lb_ips=("198.51.100.10", LB_IP_V6)))
    for given in ("", node_ip(1), node_ip(1, 6)):
        clients = {
            path.access.family: path.client.ip for path in trace(case, Vantage(VantageKind.NODE, given, "node1"))
        }
        assert clients == {4: node_ip(1), 6: node_ip(1, 6)}


def test_the_endpoint_itself_is_found_by_name_by_address_or_is_the_first_pod() -> None:
    case = case_of(cluster(2), service([host(1), pod(1), pod(2)]))

    def itself(ip: str = "", name: str = "") -> Path:
        return next(p for p in trace(case, Vantage(VantageKind.SELF, ip, "", name)) if p.access.kind is CLUSTER_IP)

    assert itself().client.ip == pod_ip(1)
    assert itself(name="default/web-2-0").client.ip == pod_ip(2)
    assert itself(ip=pod_ip(2)).client.ip == pod_ip(2)
    assert itself(ip=pod_ip(2)).client.name == "default/web-2-0"
    unknown = itself(ip="10.99.0.1", name="default/other")
    assert (unknown.client.ip, unknown.outcome) == ("10.99.0.1", Outcome.UNKNOWN)
    assert itself(ip="10.99.0.1", name="default/web-2-0").client.ip == pod_ip(2)


def test_endpoints_that_are_no_pods_are_routed_to_whatever_the_mode() -> None:
    case = case_of(cluster(2, proxy_all=True), service([host(2), outside()]))
    assert {path.wire for path in paths_at(case, LB, ingress="node1")} == {Wire.ROUTED}


def test_the_virtual_address_has_a_form_in_each_family() -> None:
    case = case_of(
        cluster(1, families=BOTH, proxy_all=True),
        service([host(1)], families=BOTH, lb_ips=("198.51.100.10", LB_IP_V6)),
    )
    assert one(case, LB).seen.ip == "169.254.0.253"
    assert one(case, LB, family=6).seen.ip == "fc01::aabb:ccdd:eeff"


def test_where_both_possible_ways_agree_the_answer_is_certain() -> None:
    case = case_of(cluster(2, encap="hybrid"), service([pod(2)], etp="Local"))
    path = one(case, LB, A_POD)
    assert (path.wire, path.seen.kind, path.outcome) == (Wire.EITHER, SeenKind.POD, Outcome.DELIVERED)
    from_outside = one(case_of(cluster(2, encap="hybrid"), service([pod(2)])), LB)
    assert from_outside.seen.kind is SeenKind.UNKNOWN


def test_the_entry_names_the_policy_that_governs_it() -> None:
    case = case_of(cluster(2), service([pod(1)], etp="Local", itp="Cluster"))
    lines = {path.access.kind: hops(path, case)[1].lines for path in trace(case)}
    assert lines[CLUSTER_IP] == ("internalTrafficPolicy Cluster",)
    assert lines[LB] == lines[NODE_PORT] == ("externalTrafficPolicy Local",)


def test_a_cluster_whose_configuration_and_agents_are_silent_does_not_tell_even_who_serves_pods() -> None:
    snapshot = without(cluster(1, agents=False), Gap(Source.CONFIG_MAPS, Reason.FORBIDDEN, "no"))
    case = case_of(snapshot, service([pod(1)]))
    access = next(path.access for path in trace(case) if path.access.kind is CLUSTER_IP)
    assert handled(case, access, "node1", A_POD).handler is Handler.UNDEFINED
    assert handled(case, access, "node1", NODE1).handler is Handler.KUBE_PROXY, "whatever is on, Nodes keep to it"


def test_the_doubt_about_ipvs_begins_with_the_release_that_untracks() -> None:
    def at(release: str) -> Outcome:
        made = cluster(1, kube_proxy="ipvs", proxy_all=True, version=release)
        return one(case_of(made, service([pod(1)])), LB).outcome

    assert at("v2.0.1") is Outcome.DELIVERED
    assert at("v2.1.0") is Outcome.UNKNOWN
    assert at("v2.7.0") is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("ranges", "address", "serves"),
    [
        ((), "192.0.2.1", True),
        (("primary",), "192.0.2.1", True),
        (("garbage", "192.0.2.0/24"), "192.0.2.1", True),
        (("garbage",), "192.0.2.1", False),
        (("2001:db8::/32", "192.0.2.0/24"), "192.0.2.1", True),
        (("0.0.0.0/0",), "2001:db8::1", False),
        (("192.0.2.0/24",), "", False),
    ],
)
def test_node_port_ranges(ranges: tuple[str, ...], address: str, serves: bool) -> None:
    assert serves_node_port(ranges, address) is serves


def test_usable_endpoints_are_the_ready_ones_else_the_draining() -> None:
    case = case_of(cluster(2), service([pod(1), pod(2, ready=False, terminating=True)]))
    access = trace(case)[0].access
    assert [item.address for item in usable(case, access)] == [pod_ip(1)]
    assert one(case, LB, ingress="node2").seen.ip == gateway(2)


def test_groups_come_in_the_order_of_their_first_nodes() -> None:
    case = case_of(cluster(3), service([pod(2)]))
    assert [(path.ingress, path.twins) for path in trace(case) if path.access.kind is LB] == [
        ("node1", ("node3",)),
        ("node2", ()),
    ]


def test_a_first_node_without_address_closes_no_node_port_of_the_others() -> None:
    case = case_of(changed(cluster(3), 1, status=NodeStatus()), service([pod(3)]))
    assert groups(case, NODE_PORT) == {("node2",), ("node3",)}
    assert groups(case, LB) == {("node1",), ("node2",), ("node3",)}


def test_endpoints_whose_node_is_not_named_are_counted_and_others_are_not() -> None:
    case = case_of(cluster(2), service([pod(1), pod(2, named=False), outside()]))
    notes = [path.why.partition("The Node of ")[2] for path in paths_at(case, LB, ingress="node1")]
    assert sorted(notes) == ["", "", "1 endpoints is not named in their slice; they are taken as remote."]


def test_the_missing_version_is_named_only_where_it_is_missing() -> None:
    for version, missing in (("v2.7.0", False), ("", True)):
        made = cluster(1, version=version)
        case = case_of(made, service([pod(1)]))
        sentence = "No agent reports its version for node1."
        assert (sentence in what_would_settle(case.cluster, "node1")) is missing


def test_dsr_is_judged_by_the_gate_where_agents_are_silent() -> None:
    for gate in (True, False):
        made = cluster(2, proxy_all=True, dsr_gate=gate, agents=False)
        assert one(case_of(made, service([pod(2)], mode="dsr")), LB, ingress="node1").direct_return is gate


@pytest.mark.parametrize("ranges", [("203.0.113.10/24",), (" 203.0.113.0/24 ",), ("garbage", "203.0.113.0/24")])
def test_source_ranges_are_read_as_kube_proxy_reads_them(ranges: tuple[str, ...]) -> None:
    case = case_of(cluster(1), service([pod(1)], source_ranges=ranges))
    inside, beyond = (Vantage(VantageKind.EXTERNAL, ip) for ip in ("203.0.113.77", "192.0.2.77"))
    assert one(case, LB, inside).outcome is Outcome.DELIVERED
    assert one(case, LB, beyond).outcome is Outcome.DROPPED
    assert one(case, NODE_PORT, beyond).outcome is Outcome.DELIVERED


def test_a_pod_range_makes_a_node_a_candidate_whoever_tells_it() -> None:
    by_node = changed(cluster(2, agents=False), 2, status=NodeStatus())
    by_agent = changed(cluster(2), 2, status=NodeStatus(), spec=NodeSpec())
    for snapshot in (by_node, by_agent):
        assert groups(case_of(snapshot, service([pod(1)])), LB) == {("node1",), ("node2",)}


def test_a_known_mode_of_kube_proxy_needs_no_settling() -> None:
    case = case_of(cluster(1), service([pod(1)]))
    assert list(what_would_settle(case.cluster, "node1")) == []


def test_folded_nodes_of_several_zones_keep_their_order() -> None:
    zones = {"node1": "c", "node3": "c", "node4": "a"}
    case = case_of(cluster(4, zones=zones), service([pod(4, for_zones=("a",))]))
    assert [(path.ingress, path.twins) for path in trace(case) if path.access.kind is LB] == [
        ("node1", ("node2", "node3")),
        ("node4", ()),
    ]
