"""What must not make a difference: other endpoints, the other family, the order of objects, folding, a gap."""

import random
from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from asking import VANTAGES
from clusters import LB_IP, LB_IP_V6, cluster, gateway, node_ip, without
from deployed import At, case_of, host, outside, pod, service
from diagnostics.datapath.crossing import UNSEEN
from diagnostics.datapath.path import Outcome, Path, SeenKind, Vantage
from diagnostics.datapath.summary import reason
from diagnostics.datapath.trace import seen_addresses, service_keeping, trace
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source

NODES = 4
NEAR = {f"node{n}": {"transport_ips": (f"{node_ip(n)}/30",)} for n in range(1, NODES + 1)}
CLUSTERS = st.fixed_dictionaries(
    {
        "kube_proxy": st.sampled_from(["iptables", "nftables", "ipvs", None]),
        "proxy_all": st.booleans(),
        "antrea_proxy": st.sampled_from([True, True, False]),
        "dsr_gate": st.booleans(),
        "encap": st.sampled_from(["encap", "noEncap", "hybrid", "networkPolicyOnly"]),
        "encryption": st.sampled_from(["none", "wireGuard"]),
        "version": st.sampled_from(["v2.7.0", "v2.0.0", "v1.11.0", "v1.5.0"]),
        "cluster_cidr": st.sampled_from(["10.10.0.0/16", ""]),
        "no_snat": st.booleans(),
        "windows": st.sampled_from([(), ("node4",)]),
        "differing": st.sampled_from([{}, NEAR, {"node2": {"proxy_all": False}}, {"node3": {"silent": True}}]),
        "agent": st.sampled_from([None, {"transportInterface": "eth1"}]),
        "kube_proxy_config": st.sampled_from(
            [
                None,
                {"detectLocalMode": "NodeCIDR"},
                {"detectLocalMode": "BridgeInterface", "detectLocal": {"bridgeInterface": "cni0"}},
            ]
        ),
    }
)
POLICIES = st.fixed_dictionaries(
    {
        "etp": st.sampled_from(["Cluster", "Local"]),
        "itp": st.sampled_from(["Cluster", "Local"]),
        "mode": st.sampled_from(["", "dsr"]),
    }
)
PLACE = st.one_of(
    st.builds(pod, st.integers(1, NODES), st.integers(1, 2)), st.builds(host, st.integers(1, NODES)), st.just(outside())
)
PLACES = st.lists(
    PLACE, min_size=1, max_size=5, unique_by=lambda place: (place.node, place.host_network, place.address)
)
VANTAGE = st.sampled_from(list(VANTAGES.values()))
Settings = dict[str, Any]
Answers = dict[tuple[object, str, str], tuple[object, ...]]


def answers(case: Case, vantage: Vantage) -> Answers:
    """What becomes of each way from an ingress Node by an access to an endpoint."""
    return {
        (path.access, path.ingress, address): answer(path)
        for path in trace(case, vantage, fold=False)
        for address in path.endpoint.addresses
    }


def answer(path: Path) -> tuple[object, ...]:
    ids = tuple((rewrite.id, rewrite.after) for rewrite in path.snat)
    return path.handler, path.outcome, path.seen, ids, path.direct_return


@given(CLUSTERS, POLICIES, PLACES, PLACE, VANTAGE)
@settings(max_examples=150, deadline=None)
def test_another_endpoint_changes_nothing_for_those_that_are_there(
    of_cluster: Settings, policies: Settings, places: list[At], more: At, vantage: Vantage
) -> None:
    snapshot = cluster(NODES, **of_cluster)
    one = answers(case_of(snapshot, service(places, **policies)), vantage)
    other = answers(case_of(snapshot, service([*places, more], **policies)), vantage)
    assert {key: other[key] for key in one} == one


@given(CLUSTERS, POLICIES, PLACES, VANTAGE)
@settings(max_examples=100, deadline=None)
def test_each_family_is_judged_by_itself(
    of_cluster: Settings, policies: Settings, places: list[At], vantage: Vantage
) -> None:
    both = cluster(NODES, families=(4, 6), **of_cluster)
    local = [place for place in places if not place.address] or [pod(1)]
    dual = case_of(both, service(local, families=(4, 6), lb_ips=(LB_IP, LB_IP_V6), **policies))
    alone = case_of(cluster(NODES, **of_cluster), service(local, lb_ips=(LB_IP,), **policies))
    four = {key: value for key, value in answers(dual, vantage).items() if key[0].family == 4}  # type: ignore[attr-defined]
    assert four == answers(alone, vantage)


@given(CLUSTERS, POLICIES, PLACES, VANTAGE, st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_the_order_of_nodes_and_endpoints_makes_no_difference(
    of_cluster: Settings, policies: Settings, places: list[At], vantage: Vantage, order: random.Random
) -> None:
    case = case_of(cluster(NODES, **of_cluster), service(places, **policies))
    other = Case.of(shuffled(case.snapshot, order), case.key)
    assert answers(other, vantage) == answers(case, vantage)
    assert service_keeping(other) is service_keeping(case)
    assert seen_addresses(other) == seen_addresses(case)


@given(CLUSTERS, POLICIES, PLACES, VANTAGE)
@settings(max_examples=120, deadline=None)
def test_folding_changes_the_answer_for_no_endpoint_and_forgets_no_node(
    of_cluster: Settings, policies: Settings, places: list[At], vantage: Vantage
) -> None:
    case = case_of(cluster(NODES, **of_cluster), service(places, **policies))
    single = answers(case, vantage)
    shown: dict[tuple[object, str], int] = {}
    for path in trace(case, vantage):
        for address in path.endpoint.addresses:
            assert single[path.access, path.ingress, address] == answer(path)
        for node in (path.ingress, *path.twins):
            shown[path.access, node] = shown.get((path.access, node), 0) + len(path.endpoint.addresses)
    counted: dict[tuple[object, str], int] = {}
    for path in trace(case, vantage, fold=False):
        key = path.access, path.ingress
        counted[key] = counted.get(key, 0) + len(path.endpoint.addresses)
    assert shown == counted


@given(CLUSTERS, POLICIES, PLACES, VANTAGE)
@settings(max_examples=150, deadline=None)
def test_a_config_map_that_cannot_be_read_makes_answers_unknown_but_no_other(
    of_cluster: Settings, policies: Settings, places: list[At], vantage: Vantage
) -> None:
    """Facts that agents report too are still known. Mode networkPolicyOnly is then taken for absent, which is said."""
    assume(of_cluster["encap"] != "networkPolicyOnly")
    assume(not of_cluster["windows"] or of_cluster["encryption"] == "none")
    snapshot = cluster(NODES, **of_cluster)
    known = answers(case_of(snapshot, service(places, **policies)), vantage)
    blind = without(snapshot, Gap(Source.CONFIG_MAPS, Reason.FORBIDDEN, "User cannot list them."))
    for key, (_, outcome, seen, *_) in answers(case_of(blind, service(places, **policies)), vantage).items():
        if outcome is not Outcome.UNKNOWN:
            assert outcome is known[key][1]
            assert seen in (known[key][2], UNSEEN)


@given(CLUSTERS, POLICIES, PLACES)
@settings(max_examples=120, deadline=None)
def test_taking_kube_proxy_away_loses_nothing_that_was_kept(
    of_cluster: Settings, policies: Settings, places: list[At]
) -> None:
    """Nobody may serve it any more, which is said so; but nothing is accepted and then lost."""
    outside_client = VANTAGES["outside"]
    before = answers(case_of(cluster(NODES, **of_cluster), service(places, **policies)), outside_client)
    alone = cluster(NODES, **{**of_cluster, "kube_proxy": None})
    after = answers(case_of(alone, service(places, **policies)), outside_client)
    for key, (_, outcome, seen, *_) in before.items():
        kept = outcome is Outcome.DELIVERED and seen.kind is SeenKind.CLIENT  # type: ignore[attr-defined]
        if kept and key in after and key[0].kind.is_external:  # type: ignore[attr-defined]
            assert after[key][1] is not Outcome.LOST


@given(CLUSTERS, POLICIES, PLACES, VANTAGE)
@settings(max_examples=60, deadline=None)
def test_asking_twice_gives_the_same(
    of_cluster: Settings, policies: Settings, places: list[At], vantage: Vantage
) -> None:
    case = case_of(cluster(NODES, **of_cluster), service(places, **policies))
    assert trace(case, vantage) == trace(case, vantage)
    assert reason(case) == reason(case)
    assert gateway(1)


def shuffled(snapshot: Snapshot, order: random.Random) -> Snapshot:
    """The same objects in another order."""

    def mixed(items: Any) -> Any:
        return type(items)(order.sample(items, len(items)))

    slices = tuple(msgspec.structs.replace(item, endpoints=mixed(item.endpoints)) for item in snapshot.slices)
    return replace(snapshot, nodes=mixed(snapshot.nodes), agent_infos=mixed(snapshot.agent_infos), slices=mixed(slices))
