"""Kinds of policy.networking.k8s.io are asked for only where the server has them."""

import json
from typing import Any

import pytest

from diagnostics.kube.failures import Failure
from diagnostics.kube.recorded import from_objects
from diagnostics.kube.trouble import ConnectionTrouble
from diagnostics.kube.upstream import UPSTREAM, read_upstream
from diagnostics.model.snapshot import Reason, Source


class Server:
    """Answers by path; every other path is not there."""

    def __init__(self, **versions: list[dict[str, Any]] | None) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, object] = {}
        for plural, items in versions.items():
            version = "v1alpha2" if plural == "clusternetworkpolicies" else "v1alpha1"
            self.answers[f"/apis/policy.networking.k8s.io/{version}/{plural}"] = {"kind": "L", "items": items}

    def serving(self, *versions: str) -> "Server":
        """The same with these versions of the group in its discovery."""
        served = [{"groupVersion": f"policy.networking.k8s.io/{version}", "version": version} for version in versions]
        self.answers["/apis/policy.networking.k8s.io"] = {"kind": "APIGroup", "versions": served}
        return self

    def __call__(self, path: str, query: object = None) -> bytes | Failure:
        self.asked.append(path.rsplit("/", 1)[-1])
        answer = self.answers.get(path, Failure(Reason.ABSENT, "Not there.", status=404))
        return answer if isinstance(answer, Failure | bytes) else json.dumps(answer).encode()


def _policy(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"priority": 3}}


def test_one_request_settles_it_where_the_server_has_no_such_kind() -> None:
    server = Server()
    parts = read_upstream(server)

    assert server.asked == ["policy.networking.k8s.io"]
    assert [(part.source, part.items, part.gaps) for part in parts] == [(source, (), ()) for source in UPSTREAM]
    assert all(part.reads == {(part.source, "")} for part in parts)


def test_only_versions_that_are_served_are_listed() -> None:
    server = Server(clusternetworkpolicies=[_policy("a"), _policy("b")]).serving("v1alpha2")
    parts = read_upstream(server)

    assert server.asked == ["policy.networking.k8s.io", "clusternetworkpolicies"]
    assert [[item.metadata.name for item in part.items] for part in parts] == [[], [], ["a", "b"]]
    assert all(part.reads == {(part.source, "")} for part in parts)


def test_the_older_version_has_two_kinds() -> None:
    server = Server(adminnetworkpolicies=[_policy("a")], baselineadminnetworkpolicies=[_policy("default")])
    parts = read_upstream(server.serving("v1alpha1"))

    assert server.asked[1:] == ["adminnetworkpolicies", "baselineadminnetworkpolicies"]
    assert [[item.metadata.name for item in part.items] for part in parts] == [["a"], ["default"], []]
    assert parts[0].items[0].spec.priority == 3


def test_a_kind_that_a_served_version_lacks_is_a_gap_of_its_own() -> None:
    parts = read_upstream(Server(adminnetworkpolicies=[]).serving("v1alpha1"))

    assert [[gap.reason for gap in part.gaps] for part in parts] == [[], [Reason.ABSENT], []]
    assert not parts[1].reads


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Failure(Reason.FORBIDDEN, "No right.", status=403), Reason.FORBIDDEN),
        (Failure(Reason.TIMED_OUT, "Too slow."), Reason.TIMED_OUT),
        (b"<html>", Reason.NOT_UNDERSTOOD),
        (b'{"versions": 3}', Reason.NOT_UNDERSTOOD),
    ],
)
def test_what_could_not_be_asked_is_a_gap_for_each_kind(answer: object, reason: Reason) -> None:
    server = Server()
    server.answers["/apis/policy.networking.k8s.io"] = answer
    parts = read_upstream(server)

    assert [(part.source, part.reads) for part in parts] == [(source, frozenset()) for source in UPSTREAM]
    assert [gap.reason for part in parts for gap in part.gaps] == [reason] * 3
    assert all(part.failure for part in parts)


def test_a_server_of_no_use_ends_it() -> None:
    server = Server()
    server.answers["/apis/policy.networking.k8s.io"] = Failure(Reason.UNREACHABLE, "Gone.", fatal=True)

    with pytest.raises(ConnectionTrouble, match="Gone"):
        read_upstream(server)


def test_recorded_objects_are_told_apart_by_group_and_kind() -> None:
    group = "policy.networking.k8s.io"
    objects = [
        {"apiVersion": f"{group}/v1alpha1", "kind": "AdminNetworkPolicy", **_policy("a")},
        {"apiVersion": f"{group}/v1alpha1", "kind": "BaselineAdminNetworkPolicy", **_policy("default")},
        {"apiVersion": f"{group}/v1alpha2", "kind": "ClusterNetworkPolicy", **_policy("c")},
        {"apiVersion": "crd.antrea.io/v1beta1", "kind": "ClusterNetworkPolicy", **_policy("d")},
    ]
    snapshot = from_objects(objects)

    assert [item.metadata.name for item in snapshot.admin_policies] == ["a"]
    assert [item.metadata.name for item in snapshot.baseline_admin_policies] == ["default"]
    assert [item.metadata.name for item in snapshot.upstream_cluster_policies] == ["c"]
    assert [item.metadata.name for item in snapshot.cluster_policies] == ["d"]
    assert snapshot.gap(Source.UPSTREAM_CLUSTER_POLICIES) is None
