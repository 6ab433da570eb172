"""Kinds of policy.networking.k8s.io on a real API server: found by its discovery, read with the printed role."""

from collections.abc import Iterator
from typing import Any

import pytest

from bed.fixtures import Cluster
from bed.users import Users
from diagnostics.kube.kinds import KINDS, UPSTREAM_GROUP, resource_name
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.rbac import rbac_yaml
from diagnostics.kube.upstream import UPSTREAM
from diagnostics.kube.yaml_values import yaml_documents
from diagnostics.model.snapshot import Reason, Snapshot, Source
from seeded import recorded_objects

pytestmark = pytest.mark.bed
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def _definition(source: Source) -> dict[str, Any]:
    """A kind that accepts any content; ClusterNetworkPolicy has another version than the others."""
    kind, plural = KINDS[source], resource_name(source)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{UPSTREAM_GROUP}",
            "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/network-policy-api"},
        },
        "spec": {
            "group": UPSTREAM_GROUP,
            "scope": "Cluster",
            "names": {"plural": plural, "singular": kind.kind.lower(), "kind": kind.kind},
            "versions": [
                {
                    "name": kind.version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                }
            ],
        },
    }


def _policy(source: Source) -> dict[str, Any]:
    kind = KINDS[source]
    return {
        "apiVersion": f"{kind.group}/{kind.version}",
        "kind": kind.kind,
        "metadata": {"name": "default"},
        "spec": {"priority": 7, "subject": {"namespaces": {}}, "ingress": [{"action": "Deny", "from": []}]},
    }


@pytest.fixture
def with_kinds(cluster: Cluster) -> Iterator[Cluster]:
    """The server with the kinds, taken away again at the end."""
    cluster.load([*map(_definition, UPSTREAM), *map(_policy, UPSTREAM)])
    cluster.load(recorded_objects("seed"))
    yield cluster
    for source in UPSTREAM:
        cluster.api.send("DELETE", f"{DEFINITIONS}/{resource_name(source)}.{UPSTREAM_GROUP}")


def _read(kubeconfig: object) -> tuple[Snapshot, int]:
    live = LiveCluster.open(Wish(kubeconfig=str(kubeconfig)))
    overview = live.overview()
    before = live.traffic.requests
    return live.deepen(overview, "shop/web"), live.traffic.requests - before


def test_policies_of_the_group_are_found_and_read_with_the_printed_role(with_kinds: Cluster, users: Users) -> None:
    (role,) = yaml_documents(rbac_yaml())
    snapshot, requests = _read(users.with_role(role).kubeconfig)

    for source in UPSTREAM:
        (policy,) = getattr(snapshot, KINDS[source].field)
        assert policy.spec.ingress[0].action == "Deny"
        assert policy.spec.priority == 7
        assert snapshot.gap(source) is None
    assert requests <= 13
    assert snapshot.gaps == ()


def test_without_the_right_each_kind_is_a_gap(with_kinds: Cluster, users: Users) -> None:
    (role,) = yaml_documents(rbac_yaml())
    role["rules"] = [rule for rule in role["rules"] if rule["apiGroups"] != [UPSTREAM_GROUP]]
    snapshot, _ = _read(users.with_role(role).kubeconfig)

    for source in UPSTREAM:
        gap = snapshot.gap(source)
        assert gap is not None
        assert gap.reason is Reason.FORBIDDEN
        assert f'The right "list {source.value}" is missing' in gap.detail
