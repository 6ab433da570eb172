"""Generated clusters of the benchmarks: one seed gives the same bytes, and objects are real to API and decoder."""

import io
import json
from collections import Counter
from typing import Any

import pytest
from generate import Size, facts, objects, write

from bed.fixtures import Cluster
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.recorded import read_files

SMALL = Size(services=40, nodes=20, policies=80)


def written(size: Size) -> bytes:
    file = io.BytesIO()
    write(size, file)
    return file.getvalue()


def test_one_seed_gives_the_same_bytes_and_another_others() -> None:
    assert written(SMALL) == written(SMALL)
    assert written(SMALL) != written(Size(services=40, nodes=20, policies=80, seed=2))


def test_there_is_as_much_as_was_asked_for() -> None:
    kinds = Counter(each["kind"] for each in objects(SMALL))
    assert (kinds["Service"], kinds["Node"], kinds["EndpointSlice"]) == (40, 20, 40)
    assert kinds["NetworkPolicy"] + kinds["ClusterNetworkPolicy"] == 80
    assert kinds["Pod"] == len({pod.metadata.key for pod in facts(SMALL).pods}) > 40
    assert "Pod" not in Counter(each["kind"] for each in objects(Size(services=40, pods=False)))


def test_ten_services_have_150_endpoints_in_the_mean_and_each_exposed_one_a_node_port_of_its_own() -> None:
    made = facts(Size(services=2_000, pods=False))
    endpoints = sum(len(each.endpoints) for each in made.slices)
    assert 14 < endpoints / 2_000 < 16
    ports = [port.node_port for service in made.services for port in service.spec.ports if port.node_port]
    assert len(ports) == len(set(ports)) > 300


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("Node", 8, 12), ("Pod", 5, 8), ("Service", 1.2, 2), ("NetworkPolicy", 0.7, 2)]
)
def test_objects_are_as_large_as_real_ones(kind: str, least: float, most: float) -> None:
    sizes = [len(json.dumps(each, separators=(",", ":"))) / 1024 for each in objects(SMALL) if each["kind"] == kind]
    assert least < sum(sizes) / len(sizes) < most


def test_the_file_is_read_as_a_whole_cluster_and_as_what_was_generated(tmp_path: Any) -> None:
    file = tmp_path / "cluster.json"
    file.write_bytes(written(SMALL))
    read, made = read_files([str(file)]), facts(SMALL)
    assert not read.gaps
    assert [each.spec for each in read.services] == [each.spec for each in made.services]
    assert {each.metadata.key for each in read.pods} == {each.metadata.key for each in made.pods}
    assert [each.spec for each in read.cluster_policies] == [each.spec for each in made.cluster_policies]


@pytest.mark.bed
def test_a_real_api_server_takes_every_object_with_strict_validation(cluster: Cluster) -> None:
    assert cluster.load(list(objects(SMALL))) >= 250
    live = LiveCluster.open(Wish(kubeconfig=str(cluster.kubeconfig)))
    read = live.overview()
    assert not read.gaps
    assert 20_000 < live.traffic.received < 400_000, "packed bytes count, also those of answers of unknown length"
    assert len([each for each in read.services if each.metadata.namespace.startswith("team-")]) == 40
