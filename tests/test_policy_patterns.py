"""Policies as people publish them do what their documentation claims, in memory and through a real API server."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
import yaml

from bed.fixtures import Cluster as Bed
from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.datapath.path import SeenKind, Vantage, VantageKind
from diagnostics.datapath.trace import trace
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.recorded import from_objects, read_demo
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import Pod, PodSpec, PodStatus
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from paths import a_path
from patterns import INGRESS_POD, MONITOR_POD, OTHER_POD, PATTERNS, Pattern
from policies import with_objects
from seeded import recorded_objects

NAMESPACES = "".join(
    f"---\nkind: Namespace\nmetadata: {{name: {name}}}\n" for name in ("default", "ingress", "monitoring")
)
PODS = {INGRESS_POD: "10.10.1.201", MONITOR_POD: "10.10.1.202", OTHER_POD: "10.10.1.203"}


def _pod(key: str) -> Pod:
    namespace, name = key.split("/")
    meta = msgspec.structs.replace(Pod().metadata, name=name, namespace=namespace, labels={"app": name})
    return Pod(metadata=meta, spec=PodSpec(node_name="node1"), status=PodStatus(pod_ip=PODS[key]))


def _case(pattern: Pattern) -> Case:
    made = service([pod(1), pod(2)])
    labelled = tuple(
        msgspec.structs.replace(item, metadata=msgspec.structs.replace(item.metadata, labels={"app": "web"}))
        for item in made.pods
    )
    case = case_of(with_objects(cluster(), NAMESPACES + pattern.text), replace(made, pods=labelled))
    return Case.of(replace(case.snapshot, pods=(*case.snapshot.pods, *map(_pod, PODS))), case.key)


def _verdict(case: Case, client: str) -> PolicyVerdict:
    if client not in PODS:
        return judge(case, a_path(), client)
    there = Vantage(VantageKind.POD, PODS[client], "node1", client)
    return judge(case, a_path(SeenKind.POD, client=there), there.ip)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_published_pattern_does_what_its_documentation_claims(pattern: Pattern) -> None:
    case = _case(pattern)

    for client in pattern.lets_in:
        assert _verdict(case, client).verdict in (Decision.ALLOW, Decision.NONE), client
    for client in pattern.keeps_out:
        assert _verdict(case, client).verdict is Decision.DENY, client
    assert set(pattern.lets_in) | set(pattern.keeps_out) == {*PODS, "203.0.113.20", "203.0.113.200", "198.51.100.9"}


def _documents(pattern: Pattern, namespace: str) -> list[dict[str, Any]]:
    """The pattern's objects for another namespace than `default`, as they are applied."""
    found = []
    for value in yaml.safe_load_all(pattern.text):
        if value["metadata"].get("namespace"):
            value["metadata"]["namespace"] = namespace
        found.append(value)
    return found


CLIENTS = ("203.0.113.20", "203.0.113.200", "198.51.100.9")


def _told(snapshot: Snapshot, key: str) -> list[tuple[object, ...]]:
    """The verdict for each client on each path, without what a server gives by itself."""
    case = Case.of(snapshot, key)
    return [
        (path.access.kind, path.ingress, path.endpoint.place, client, *_seen(judge(case, path, client)))
        for path in trace(case, fold=False)
        for client in CLIENTS
    ]


def _seen(verdict: PolicyVerdict) -> tuple[object, ...]:
    return verdict.verdict, verdict.decided_by, verdict.compared_with, verdict.rule_path, verdict.without


@pytest.mark.bed
@pytest.mark.parametrize("name", ["seed", "proxy-all", "dsr"])
def test_policies_of_a_demo_are_judged_alike_after_a_round_trip_through_a_real_server(bed: Bed, name: str) -> None:
    bed.load(recorded_objects(name))
    live = LiveCluster.open(Wish(kubeconfig=str(bed.kubeconfig)))

    assert _told(live.deepen(live.overview(), "shop/web"), "shop/web") == _told(read_demo(name), "shop/web")


@pytest.mark.bed
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_published_pattern_is_judged_alike_after_a_round_trip_through_a_real_server(
    bed: Bed, pattern: Pattern
) -> None:
    policies = ("NetworkPolicy", "ClusterNetworkPolicy")
    objects = [item for item in recorded_objects("proxy-all") if item["kind"] not in policies]
    objects += _documents(pattern, "shop")
    bed.load(objects)
    live = LiveCluster.open(Wish(kubeconfig=str(bed.kubeconfig)))

    assert _told(live.deepen(live.overview(), "shop/web"), "shop/web") == _told(from_objects(objects), "shop/web")


@pytest.fixture
def bed(cluster: Bed) -> Bed:
    """The real API server, by a name that does not hide the `cluster` of the tables."""
    return cluster
