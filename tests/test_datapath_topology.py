"""Topology hints, traffic distribution, draining endpoints, session affinity: which endpoints a Node chooses from."""

from collections.abc import Mapping

import pytest

from asking import A_POD, CLUSTER_IP, LB, NODE_PORT, paths_at
from clusters import cluster, gateway, pod_ip, without
from deployed import At, case_of, pod, service
from diagnostics.datapath.path import AccessKind, Handler, Outcome, Path, SeenKind, Share
from diagnostics.datapath.topology import Asked, obedience
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Source

ZONES = {"node1": "a", "node2": "a", "node3": "b"}
AUTO = {"service.kubernetes.io/topology-mode": "Auto"}
OLD_AUTO = {"service.kubernetes.io/topology-aware-hints": "auto"}
PREFER_SAME = {"featureGates": {"PreferSameTrafficDistribution": True}}


def by_zone(*numbers: int) -> list[At]:
    """A Pod on each Node, meant for the zone of its Node."""
    return [pod(number, for_zones=(ZONES[f"node{number}"],)) for number in numbers]


def by_node(*numbers: int) -> list[At]:
    """A Pod on each Node, meant for its own Node and zone."""
    return [pod(n, for_zones=(ZONES[f"node{n}"],), for_nodes=(f"node{n}",)) for n in numbers]


def chosen(case: Case, ingress: str, kind: AccessKind = LB) -> set[str]:
    return {address for path in paths_at(case, kind, ingress=ingress) for address in path.endpoint.addresses}


def zoned(**settings: object) -> Case:
    notes = settings.pop("annotations", None)
    made = cluster(3, zones=ZONES, **settings)  # type: ignore[arg-type]
    return case_of(made, service(by_zone(1, 2, 3), annotations=notes))  # type: ignore[arg-type]


EVERYTHING = {pod_ip(1), pod_ip(2), pod_ip(3)}
ZONE_A = {pod_ip(1), pod_ip(2)}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kubelet": "v1.36.2"}, ZONE_A),
        ({"kubelet": "v1.31.0"}, ZONE_A),
        ({"kubelet": "v1.30.9"}, EVERYTHING),
        ({"kubelet": "v1.30.9", "annotations": AUTO}, ZONE_A),
        ({"kubelet": "v1.24.0", "annotations": OLD_AUTO}, ZONE_A),
        ({"kubelet": "v1.24.0", "annotations": {"service.kubernetes.io/topology-mode": "Disabled"}}, EVERYTHING),
        ({"kubelet": "v1.23.0", "annotations": AUTO}, EVERYTHING),
        ({"kubelet": "v1.30.9", "kube_proxy_config": {"featureGates": {"ServiceTrafficDistribution": True}}}, ZONE_A),
        ({"kubelet": "v1.31.0", "kube_proxy_config": {"featureGates": {"TopologyAwareHints": False}}}, EVERYTHING),
        ({"kube_proxy": None, "proxy_all": True, "version": "v2.7.0"}, ZONE_A),
        ({"kube_proxy": None, "proxy_all": True, "version": "v2.2.0"}, ZONE_A),
        ({"kube_proxy": None, "proxy_all": True, "version": "v2.1.0"}, EVERYTHING),
        ({"kube_proxy": None, "proxy_all": True, "version": "v2.1.0", "annotations": AUTO}, ZONE_A),
        ({"kube_proxy": None, "proxy_all": True, "version": "v1.12.0", "annotations": AUTO}, ZONE_A),
        ({"kube_proxy": None, "proxy_all": True, "version": "v1.11.0", "annotations": AUTO}, EVERYTHING),
        (
            {
                "kube_proxy": None,
                "proxy_all": True,
                "version": "v1.8.0",
                "annotations": AUTO,
                "agent": {"featureGates": {"TopologyAwareHints": True}},
            },
            ZONE_A,
        ),
        (
            {
                "kube_proxy": None,
                "proxy_all": True,
                "version": "v1.7.0",
                "annotations": AUTO,
                "agent": {"featureGates": {"TopologyAwareHints": True}},
            },
            EVERYTHING,
        ),
        (
            {
                "kube_proxy": None,
                "proxy_all": True,
                "version": "v2.5.0",
                "agent": {"featureGates": {"TopologyAwareHints": False, "ServiceTrafficDistribution": False}},
            },
            ZONE_A,
        ),
    ],
)
def test_zone_hints_count_by_release_gate_and_annotation(settings: Mapping[str, object], expected: set[str]) -> None:
    assert chosen(zoned(**settings), "node1") == expected


def test_the_shares_and_the_reason_say_that_hints_narrow_the_choice() -> None:
    [at_node3] = paths_at(zoned(), LB, ingress="node3")
    assert at_node3.share == Share(1, 3)
    assert at_node3.endpoint.addresses == (pod_ip(3),)
    assert "narrow node3 to the endpoints meant for its zone b: 1 of 3." in at_node3.why


def test_nodes_of_one_zone_are_folded_and_zones_are_not() -> None:
    case = case_of(cluster(4, zones={**ZONES, "node4": "b"}), service(by_zone(1, 2, 3)))
    groups = {(path.ingress, *path.twins) for path in trace(case) if path.access.kind is LB}
    assert groups == {("node1", "node2"), ("node3",), ("node4",)}


@pytest.mark.parametrize(
    "endpoints",
    [
        [*by_zone(1, 2), pod(3)],  # a ready endpoint without hint
        [pod(1, for_zones=("c",)), pod(2, for_zones=("c",)), pod(3, for_zones=("c",))],  # nothing for the zone
    ],
)
def test_hints_are_ignored_when_one_is_missing_or_none_is_for_the_zone(endpoints: list[At]) -> None:
    for settings in ({}, {"proxy_all": True}):
        case = case_of(cluster(3, zones=ZONES, **settings), service(endpoints))  # type: ignore[arg-type]
        assert chosen(case, "node1") == EVERYTHING


def test_a_node_without_zone_label_uses_every_endpoint() -> None:
    assert chosen(case_of(cluster(3, zones={}), service(by_zone(1, 2, 3))), "node1") == EVERYTHING


def test_a_draining_endpoint_without_hint_does_not_spoil_the_hints() -> None:
    case = case_of(cluster(3, zones=ZONES), service([*by_zone(1, 2), pod(3, ready=False, terminating=True)]))
    assert chosen(case, "node1") == ZONE_A
    assert chosen(case, "node3") == ZONE_A, "no endpoint is meant for zone b"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kubelet": "v1.34.0"}, {pod_ip(1)}),
        ({"kubelet": "v1.33.0"}, ZONE_A),
        ({"kubelet": "v1.33.0", "kube_proxy_config": PREFER_SAME}, {pod_ip(1)}),
        ({"kube_proxy": None, "proxy_all": True}, ZONE_A),
        ({"kube_proxy": None, "proxy_all": True, "agent": PREFER_SAME}, {pod_ip(1)}),
        ({"kube_proxy": None, "proxy_all": True, "agent": {"featureGates": {"AllAlpha": True}}}, {pod_ip(1)}),
        ({"kube_proxy": None, "proxy_all": True, "agent": PREFER_SAME, "version": "v2.4.0"}, ZONE_A),
    ],
)
def test_node_hints_count_by_release_and_gate(settings: Mapping[str, object], expected: set[str]) -> None:
    case = case_of(cluster(3, zones=ZONES, **settings), service(by_node(1, 2, 3)))  # type: ignore[arg-type]
    assert chosen(case, "node1") == expected


def test_prefer_same_node_keeps_the_client_on_nodes_with_an_endpoint_and_falls_back_elsewhere() -> None:
    case = case_of(cluster(3, proxy_all=True, agent=PREFER_SAME), service(by_node(1, 2)))
    for name in ("node1", "node2"):
        [path] = paths_at(case, NODE_PORT, ingress=name)
        assert path.seen.kind is SeenKind.CLIENT
        assert path.share == Share(1, 2)
    [away] = paths_at(case, NODE_PORT, ingress="node3")
    assert (away.seen.ip, away.share) == (gateway(3), Share(2, 2))
    folded = {(path.ingress, *path.twins) for path in trace(case) if path.access.kind is NODE_PORT}
    assert folded == {("node1", "node2"), ("node3",)}


def test_a_node_whose_hinted_endpoint_runs_elsewhere_is_not_folded_with_others() -> None:
    endpoints = [pod(1, for_nodes=("node2",)), pod(2, for_nodes=("node1",))]
    case = case_of(cluster(2), service(endpoints))
    assert chosen(case, "node1") == {pod_ip(2)}
    assert chosen(case, "node2") == {pod_ip(1)}
    assert all(not path.twins for path in trace(case))


def test_policy_local_does_not_look_at_hints() -> None:
    case = case_of(cluster(2, zones=ZONES), service([pod(1, for_zones=("b",)), pod(2, for_zones=("b",))], etp="Local"))
    assert chosen(case, "node1") == {pod_ip(1)}


def test_without_release_nobody_can_say_whether_hints_count() -> None:
    unknown = cluster(3, zones=ZONES, kube_proxy=None, proxy_all=True, version="", kubelet="")
    case = case_of(unknown, service(by_zone(1, 2, 3)))
    assert obedience(case.cluster, "node1", Handler.ANTREA_PROXY).zones is Asked.UNKNOWN
    assert chosen(case, "node1", NODE_PORT) == EVERYTHING
    assert all("is not known" in path.why for path in paths_at(case, NODE_PORT))


def test_node_hints_are_unknown_without_the_gates() -> None:
    read = cluster(3, zones=ZONES, kube_proxy=None, proxy_all=True)
    made = without(read, Gap(Source.CONFIG_MAPS, Reason.FORBIDDEN, "no"))
    case = case_of(made, service(by_node(1, 2, 3)))
    assert chosen(case, "node1") == EVERYTHING
    assert all("Whether the proxy on node1 obeys the topology hints" in path.why for path in paths_at(case, LB))


def draining(number: int) -> At:
    return pod(number, ready=False, terminating=True)


@pytest.mark.parametrize("proxy_all", [False, True])
def test_local_falls_back_to_the_nodes_own_draining_endpoints(proxy_all: bool) -> None:
    case = case_of(cluster(3, proxy_all=proxy_all), service([pod(1), draining(2)], etp="Local"))
    [path] = paths_at(case, LB, ingress="node2")
    assert (path.outcome, path.seen.kind, path.endpoint.addresses) == (
        Outcome.DELIVERED,
        SeenKind.CLIENT,
        (pod_ip(2),),
    )
    assert path.share == Share(1, 2)
    [dry] = paths_at(case, LB, ingress="node3")
    assert dry.outcome is not Outcome.DELIVERED


def test_under_cluster_draining_endpoints_are_used_only_when_nothing_is_ready() -> None:
    assert chosen(case_of(cluster(2), service([pod(1), draining(2)])), "node2") == {pod_ip(1)}
    assert chosen(case_of(cluster(2), service([draining(1), draining(2)])), "node2") == {pod_ip(1), pod_ip(2)}


def test_a_terminating_endpoint_that_is_published_as_ready_is_used() -> None:
    assert chosen(case_of(cluster(2), service([pod(1, terminating=True), pod(2)])), "node1") == {pod_ip(1), pod_ip(2)}


def test_internal_policy_local_uses_only_the_nodes_own_endpoints() -> None:
    case = case_of(cluster(2), service([pod(1), pod(2)], itp="Local"))
    [path] = paths_at(case, CLUSTER_IP, A_POD)
    assert path.endpoint.addresses == (pod_ip(1),)


def test_session_affinity_is_told_where_there_is_a_choice_and_changes_no_address() -> None:
    plain, sticky = (
        case_of(cluster(2), service([pod(1), pod(2)], affinity=affinity)) for affinity in ("None", "ClientIP")
    )

    def seen(path: Path) -> tuple[object, ...]:
        return path.access, path.ingress, path.seen, path.share

    assert [seen(path) for path in trace(plain)] == [seen(path) for path in trace(sticky)]
    assert all("until it is silent for 10800 s" in path.why for path in trace(sticky))
    alone = case_of(cluster(2), service([pod(1)], affinity="ClientIP"))
    assert not any("affinity" in path.why for path in (*trace(plain), *trace(alone)))
