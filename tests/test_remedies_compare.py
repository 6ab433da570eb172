"""The ways out beside each other: computed for this Service, honest about what none of them gives."""

from fractions import Fraction

import pytest

from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.datapath.path import Basis, Keeping
from diagnostics.kube.demos import demos
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.remedies.comparison.compare import compare
from diagnostics.remedies.comparison.way import Standing, Way
from diagnostics.remedies.offered.catalogue import REMEDIES
from diagnostics.remedies.paper.shares import busiest, failing_nodes, percent, sees, shares
from diagnostics.remedies.plan.on_snapshot import written
from diagnostics.remedies.plan.plan import Question
from diagnostics.remedies.plan.service_change import fields

ADVISED = {"prefer-same-node", "proxy-protocol", "filter-upstream", "admit-nodes", "leave-it"}
UNEVEN = (pod(1), pod(1), pod(1), pod(2))


def ways_of(case: Case) -> dict[str, Way]:
    return {way.slug: way for way in compare(case, Question())}


def local(case: Case) -> Case:
    return Case.of(written(case.snapshot, fields(case, externalTrafficPolicy="Local")), case.key)


def test_every_way_is_there_once_for_every_service_of_every_demo() -> None:
    for demo in demos():
        snapshot = read_demo(demo.name)
        for key in snapshot.service_by_key:
            ways = compare(Case.of(snapshot, key), Question())
            assert sorted(way.slug for way in ways) == sorted({*ADVISED, *(remedy.slug for remedy in REMEDIES)})
            for way in ways:
                assert way.because or way.standing not in (Standing.BLOCKED, Standing.ASKS, Standing.OUTSIDE), way.slug
                assert way.gives, way.slug
                if way.standing is Standing.BLOCKED:
                    assert (way.after, way.sees) == (None, None), "what cannot be done has no result"


def test_shares_add_up_to_one_for_every_exposed_service_of_every_demo() -> None:
    for demo in demos():
        snapshot = read_demo(demo.name)
        for key in snapshot.service_by_key:
            case = Case.of(snapshot, key)
            found = shares(case)
            assert (found is None) == (not case.is_exposed), f"{demo.name} {key}"
            if found:
                assert found.own + found.hidden + found.failing + found.unknown == 1, f"{demo.name} {key}"


def test_shares_weigh_nodes_and_endpoints_as_the_drawing_shows_them() -> None:
    case = Case.of(read_demo("proxy-all"), "shop/web")  # 1 of 3 by node-a, 2 of 3 by node-b, 0 of 3 by node-c
    found = shares(case)
    assert found is not None
    assert found.own == Fraction(1, 3)
    assert found.hidden == Fraction(2, 3)


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (Fraction(0), "0 %"),
        (Fraction(1, 3), "33 %"),
        (Fraction(1, 5000), "<1 %"),
        (Fraction(4999, 5000), ">99 %"),
        (Fraction(1), "100 %"),
    ],
)
def test_a_few_are_never_rounded_to_none_and_most_never_to_all(part: Fraction, text: str) -> None:
    assert percent(part) == text


def test_dsr_shows_pods_the_client_and_counts_what_it_costs_here() -> None:
    dsr = ways_of(Case.of(read_demo("seed"), "shop/web"))["use-dsr"]
    assert dsr.standing is Standing.POSSIBLE
    assert dsr.change == "0 % → 100 %"
    assert dsr.sees is not None
    assert dsr.sees.pod_policy is Keeping.KEEPS
    assert any("3 agents restart" in cost for cost in dsr.costs)
    assert any("5 other Services" in cost for cost in dsr.costs)


def test_a_filter_that_still_asks_is_weighed_with_example_ranges() -> None:
    guard = ways_of(
        case_of(cluster(proxy_all=True), service((pod(1), pod(2)), kind="NodePort", lb_ips=(), external_ips=()))
    )["guard-nodeport"]
    assert guard.standing is Standing.ASKS
    assert guard.sees is not None
    assert guard.sees.service_policy is Keeping.KEEPS, "the policy on the Service sees clients before SNAT"
    assert guard.sees.pod_policy is Keeping.SOMETIMES


def test_a_filter_that_would_be_refused_says_so_before_it_asks() -> None:
    guard = ways_of(Case.of(read_demo("seed"), "shop/web"))["guard-nodeport"]
    assert "With example ranges it is refused" in guard.because
    assert guard.sees is None


def test_prefer_same_node_is_offered_only_where_it_would_show_the_client() -> None:
    behind_kube_proxy = ways_of(case_of(cluster(), service((pod(1), pod(2)))))["prefer-same-node"]
    assert behind_kube_proxy.standing is Standing.BLOCKED
    gate = {"featureGates": {"PreferSameTrafficDistribution": True}}
    case = case_of(cluster(proxy_all=True, agent=gate), service((pod(1), pod(2))))
    possible = ways_of(case)["prefer-same-node"]
    assert possible.standing is Standing.POSSIBLE
    assert possible.change == "50 % → 100 %"
    assert possible.basis is Basis.INFERRED
    (command,) = possible.recipe
    assert '{"spec": {"trafficDistribution": "PreferSameNode"}}' in command


def test_proxy_protocol_helps_the_application_and_no_policy() -> None:
    way = ways_of(case_of(cluster(), service((pod(1), pod(2)))))["proxy-protocol"]
    assert way.sees is not None
    assert (way.sees.application, way.sees.pod_policy) == (Keeping.KEEPS, Keeping.NEVER)


def test_admitting_nodes_says_that_it_admits_everybody() -> None:
    way = ways_of(Case.of(read_demo("seed"), "shop/web"))["admit-nodes"]
    assert way.standing is Standing.POSSIBLE
    assert "EVERY client" in way.costs[0]
    assert "10.20.0.1" in way.costs[0]
    assert "kind: NetworkPolicy" in way.recipe[0]


def test_nodes_that_would_fail_and_uneven_load_are_told_before_policy_local_is_set() -> None:
    case = case_of(cluster(nodes=3, proxy_all=True), service(UNEVEN, kind="NodePort", lb_ips=(), external_ips=()))
    assert failing_nodes(case) == ()
    assert failing_nodes(local(case)) == ("node3",)
    assert busiest(case) == 1
    assert busiest(local(case)) == 3, "one Pod of node2 gets what three of node1 share"


def test_a_service_without_outside_clients_has_no_shares() -> None:
    case = case_of(cluster(), service((pod(1),), kind="ClusterIP", lb_ips=(), external_ips=()))
    assert shares(case) is None
    assert sees(case).service_policy is Keeping.NOT_EXPOSED
