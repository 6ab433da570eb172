"""What changes between today and a plan, as told by the graphs of both."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import A_POD, ITSELF, LB, NODE1, NODE_PORT, OUTSIDE
from clusters import cluster, pod_ip
from deployed import case_of, host, outside, pod, service
from diagnostics.datapath.comparison import Comparison, SnatPoint, Turn, what_changes
from diagnostics.datapath.graph import changes, traffic
from diagnostics.datapath.path import Outcome, Path, Vantage
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case

SURE: dict[str, Any] = {"proxy_all": True, "dsr_gate": True}
ONE_EACH = (pod(1), pod(2))


def at(nodes: int = 2, mode: str = "dsr", endpoints: Any = ONE_EACH, etp: str = "Cluster", **made: Any) -> Case:
    return case_of(cluster(nodes, **{**SURE, **made}), service(list(endpoints), mode=mode, etp=etp, external_ips=()))


def test_a_plan_that_shows_the_client_on_more_ways_says_on_how_many() -> None:
    nat, dsr = at(mode=""), at()
    told = what_changes(nat, dsr)
    assert told.summary == "2 ways change from an ingress Node to an endpoint: 2 begin to show the client's address."
    assert (told.changed, told.gains, told.loses, told.gone, told.new) == (2, 2, 0, 0, 0)
    assert told.turns == ()
    back = what_changes(dsr, nat)
    assert back.summary == "2 ways change from an ingress Node to an endpoint: 2 cease to show the client's address."
    assert (back.gains, back.loses) == (0, 2)


def test_nothing_changes_where_nothing_does() -> None:
    same = what_changes(at(), at())
    assert same.sentences == ("Nothing changes on the ways from clients outside to the endpoints.",)
    assert same == Comparison(0, 0, 0, 0, 0, (), (), ())


def test_ways_that_no_longer_deliver_are_counted_with_their_outcomes() -> None:
    told = what_changes(at(), at(encap="noEncap"))
    assert "2 cease to show the client's address, 2 no longer deliver" in told.summary
    assert told.turns == (Turn(Outcome.DELIVERED, Outcome.LOST, 2),)
    assert "2 ways: delivered today, lost after it." in told.sentences
    back = what_changes(at(encap="noEncap"), at())
    assert (back.gone, back.new) == (0, 2)
    assert "2 begin to show the client's address, 2 begin to deliver" in back.summary


def test_an_address_that_changes_is_a_change_even_if_the_client_is_hidden_before_and_after() -> None:
    behind: dict[str, Any] = {"proxy_all": False, "dsr_gate": False, "mode": ""}
    told = what_changes(at(**behind), at(**behind, encap="noEncap"))
    assert "none of them in whether the client is kept" in told.summary
    assert (told.changed, told.snat_gone, told.snat_new) == (4, (), ())


def test_endpoints_that_go_or_come_are_ways_gone_or_new() -> None:
    behind: dict[str, Any] = {"proxy_all": False, "dsr_gate": False, "mode": ""}
    both, fewer = at(**behind), at(**behind, endpoints=(pod(1),))
    assert "4 no longer deliver" in what_changes(both, fewer).summary
    assert what_changes(both, fewer).turns == (Turn(Outcome.DELIVERED, None, 4),)
    assert "4 ways: no such way today, delivered after it." in what_changes(fewer, both).sentences
    one_node = at(1, **behind, endpoints=(pod(1),))
    assert what_changes(one_node, at(1, mode="", endpoints=(pod(1),))).summary.startswith("2 ways change")


def test_one_way_is_spoken_of_as_one() -> None:
    plain = service([pod(1)], kind="NodePort", etp="Local", external_ips=())
    today = case_of(cluster(1), plain)
    planned = case_of(cluster(1), service([], kind="NodePort", etp="Local", external_ips=()))
    told = what_changes(today, planned)
    assert told.summary == (
        "1 way changes from an ingress Node to an endpoint: 1 cease to show the client's address, 1 no longer deliver."
    )
    assert told.sentences[1] == "1 way: delivered today, no such way after it."


def test_snat_points_that_go_and_come_are_named_with_their_nodes() -> None:
    kube_proxy = at(4, mode="", proxy_all=False, dsr_gate=False)
    told = what_changes(kube_proxy, at(4, mode=""))
    nodes = ("node1", "node2", "node3", "node4")
    masquerade = SnatPoint("S1", "kube-proxy iptables nat KUBE-POSTROUTING", nodes)
    assert told.snat_gone == (masquerade,)
    assert told.snat_new == (SnatPoint("S2", "OVS SNAT", nodes),)
    assert "SNAT point S1 (kube-proxy iptables nat KUBE-POSTROUTING) on node1 and 3 more Nodes goes." in told.sentences
    assert "SNAT point S2 (OVS SNAT) on node1 and 3 more Nodes is new." in told.sentences
    local = what_changes(kube_proxy, at(4, mode="", proxy_all=False, dsr_gate=False, etp="Local"))
    assert local.snat_gone == (masquerade,)
    two = what_changes(at(2, mode="", proxy_all=False), at(2, mode=""))
    assert "on node1 and 1 more Node goes." in two.sentences[1]
    alone = what_changes(at(1, mode="", proxy_all=False), at(1, mode=""))
    assert "on node1 goes." in alone.sentences[1]


def test_a_snat_point_stays_as_long_as_some_way_of_the_node_has_it() -> None:
    assert what_changes(at(mode=""), at()).snat_gone == (), "NodePorts still need it"


@pytest.mark.parametrize("vantage", [A_POD, NODE1], ids=["Pod", "Node"])
def test_clients_of_the_cluster_are_compared_by_the_cluster_ip_too(vantage: Vantage) -> None:
    nobody = at(1, mode="", proxy_all=False, antrea_proxy=False, kube_proxy=None, endpoints=(pod(1),))
    told = what_changes(nobody, at(1, mode="", kube_proxy=None, endpoints=(pod(1),)), vantage)
    assert (told.changed, told.new) == (3, 3)


def test_a_client_without_a_place_has_no_ways() -> None:
    ghost = Vantage(A_POD.kind, "10.10.1.77", name="default/ghost")
    assert what_changes(at(), at(mode=""), ghost).changed == 0
    six = Vantage(OUTSIDE.kind, "2001:db8::1")
    assert what_changes(at(), at(mode=""), six).changed == 0


def test_addresses_that_only_one_side_has_are_ways_gone_and_new() -> None:
    with_address = at(mode="")
    plain = service([pod(1), pod(2)], kind="NodePort", external_ips=())
    without_address = case_of(cluster(2, **SURE), plain)
    told = what_changes(with_address, without_address)
    assert (told.gone, told.new, told.turns) == (4, 0, (Turn(Outcome.DELIVERED, None, 4),))
    proxied = case_of(cluster(2, **SURE), service([pod(1), pod(2)], ip_mode="Proxy", external_ips=()))
    assert what_changes(with_address, proxied).gone == 4


def unfolded(today: Case, planned: Case, vantage: Vantage) -> tuple[int, ...]:
    """The same counts from the graphs of all Nodes."""

    def wanted(case: Case) -> Iterator[Path]:
        for path in trace(case, vantage, fold=False):
            if path.access.kind.is_external or vantage is not OUTSIDE:
                yield path

    found = list(changes(traffic(wanted(today)), traffic(wanted(planned))))
    keeps = [[bool(path and path.keeps_client) for path in (item.before, item.after)] for item in found]
    delivers = [
        [bool(path and path.outcome is Outcome.DELIVERED) for path in (item.before, item.after)] for item in found
    ]
    return (
        len(found),
        delivers.count([True, False]),
        delivers.count([False, True]),
        keeps.count([False, True]),
        keeps.count([True, False]),
    )


SIDES = st.fixed_dictionaries(
    {
        "kube_proxy": st.sampled_from(["iptables", "nftables", None]),
        "proxy_all": st.booleans(),
        "dsr_gate": st.booleans(),
        "encap": st.sampled_from(["encap", "noEncap", "hybrid"]),
        "windows": st.sampled_from([(), ("node4",)]),
        "differing": st.sampled_from([{}, {"node2": {"proxy_all": False, "dsr": False}}]),
    }
)
PLACES = st.lists(
    st.one_of(
        st.builds(pod, st.integers(1, 5), st.integers(1, 2)), st.builds(host, st.integers(1, 5)), st.just(outside())
    ),
    max_size=4,
    unique_by=lambda place: (place.node, place.host_network, place.address),
)
POLICY = st.sampled_from(["Cluster", "Local"])
VANTAGES = st.sampled_from([OUTSIDE, NODE1, A_POD, ITSELF])


@given(SIDES, SIDES, PLACES, PLACES, st.booleans(), POLICY, POLICY, VANTAGES)
@settings(max_examples=150, deadline=None)
def test_folded_graphs_answer_as_the_graphs_of_all_nodes_do(
    one: dict[str, Any],
    other: dict[str, Any],
    here: Any,
    there: Any,
    moved: bool,
    etp: str,
    then: str,
    vantage: Vantage,
) -> None:
    today = case_of(cluster(5, **one), service(here, mode="dsr", etp=etp))
    planned = case_of(cluster(5, **other), service(there if moved else here, mode="dsr", etp=then))
    told = what_changes(today, planned, vantage)
    assert (told.changed, told.gone, told.new, told.gains, told.loses) == unfolded(today, planned, vantage)
    assert sum(turn.ways for turn in told.turns) <= told.changed


def test_a_large_cluster_is_compared_too_and_in_the_blink_of_an_eye() -> None:
    """4,000,000 ways: 5,000 Nodes, 400 endpoints, two addresses."""
    endpoints = [pod(number, 2) for number in range(1, 201)]
    today, planned = (at(5_000, mode=mode, endpoints=endpoints) for mode in ("", "dsr"))
    for case in (today, planned):
        trace(case)
    started = time.perf_counter()
    told = what_changes(today, planned)
    assert time.perf_counter() - started < 2
    assert told.changed == told.gains == 5_000 * 400 - 400, "all ways by the load-balancer IP but those to own Pods"
    assert {LB, NODE_PORT} == {path.access.kind for path in trace(today) if path.access.kind.is_external}
    assert pod_ip(1) in {address for path in trace(today) for address in path.endpoint.addresses}
