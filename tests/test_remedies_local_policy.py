"""The plan for externalTrafficPolicy Local: its cost here is computed, and it is refused where it gives nothing."""

from typing import Any

import pytest

from clusters import EXTERNAL_IP, cluster
from deployed import At, case_of, host, outside, pod, service, with_services
from diagnostics.datapath.load_balancers import PRODUCTS
from diagnostics.datapath.path import Keeping, keeping
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Snapshot
from diagnostics.remedies.offered.local_policy import make
from diagnostics.remedies.paper.what_if import after_paths
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Plan, Prerequisite, Question, Risk, State
from diagnostics.remedies.prerequisites.local_prerequisites import ONE_NODE, STEERS
from policies import network_policy, with_objects

BALANCED: dict[str, Any] = {"external_ips": (), "annotations": {"metallb.io/ip-allocated-from-pool": "front"}}


def plan_of(snapshot: Snapshot, *endpoints: At, **made: Any) -> Plan:
    return make(case_of(snapshot, service(endpoints, **made)), Question())


def prerequisite(plan: Plan, words: str) -> Prerequisite:
    (found,) = [item for item in plan.prerequisites if words in item.title]
    return found


def dangers(plan: Plan) -> str:
    (switch,) = [step for step in plan.steps if step.risk is Risk.DISTURBS]
    return " ".join(switch.dangers)


@pytest.mark.parametrize("proxy_all", [False, True])
@pytest.mark.parametrize("encap", ["encap", "noEncap"])
def test_with_a_pod_on_every_node_all_clients_are_seen_whichever_proxy_handles_them(
    proxy_all: bool, encap: str
) -> None:
    plan = plan_of(cluster(proxy_all=proxy_all, encap=encap), pod(1), pod(2), kind="NodePort", external_ips=())
    assert plan.applicable
    assert all(item.state is State.MET for item in plan.prerequisites)
    assert keeping(after_paths(plan)) is Keeping.KEEPS
    assert [step.title for step in plan.steps] == [
        "Save Service default/web",
        "Set externalTrafficPolicy of Service default/web to Local",
        "Prove it with live traffic",
    ]


def test_the_patch_and_its_undo_change_one_field_of_one_service() -> None:
    switch = plan_of(cluster(), pod(1), pod(2), **BALANCED).steps[1]
    (patch,), (undo,) = switch.manifests, switch.undo_manifests
    identity = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"}}
    assert content_of(patch) == {**identity, "spec": {"externalTrafficPolicy": "Local"}}
    assert content_of(undo) == {**identity, "spec": {"externalTrafficPolicy": "Cluster"}}
    assert patch.file_name in switch.commands[0]
    assert undo.file_name in switch.undo[0]
    assert "healthCheckNodePort" in switch.verify[0]


def test_a_node_port_service_with_an_empty_node_is_refused_and_the_node_named() -> None:
    plan = plan_of(cluster(3), pod(1), pod(2), kind="NodePort", external_ips=())
    assert not plan.applicable
    assert "node3. Connections time out" in plan.blocked_by[0]
    by_antrea = plan_of(cluster(3, proxy_all=True), pod(1), pod(2), kind="NodePort", external_ips=())
    assert "node3. Connections are refused" in by_antrea.blocked_by[0]


def test_a_load_balancer_that_steers_leaves_only_the_node_port_to_care_for() -> None:
    plan = plan_of(cluster(3), pod(1), pod(2), **BALANCED)
    nodes = prerequisite(plan, "Clients meet only Nodes")
    assert plan.applicable
    assert nodes.state is State.UNKNOWN
    assert "MetalLB leads clients of the load-balancer IP" in nodes.evidence
    assert "the NodePort itself" in nodes.settles
    assert "New connections time out on Nodes without a Pod of the Service: node3." in dangers(plan)
    assert "only the Pods of that Node get connections" in dangers(plan)


def test_the_products_that_steer_are_called_as_the_table_of_load_balancers_calls_them() -> None:
    known = {product.name for product in PRODUCTS} | {"ServiceExternalIP"}
    assert {*STEERS, *ONE_NODE} <= known


def test_who_steers_is_asked_where_nobody_is_known() -> None:
    nodes = prerequisite(plan_of(cluster(3), pod(1), external_ips=()), "Clients meet only Nodes")
    assert nodes.state is State.UNKNOWN
    assert "Ask whether what stands before the Nodes checks the health check port" in nodes.settles


def test_how_unevenly_pods_are_loaded_is_computed() -> None:
    load = prerequisite(plan_of(cluster(), pod(1, 3), pod(2), **BALANCED), "loaded evenly")
    assert load.state is State.UNMET
    assert "an endpoint on node2 gets 3 times as many connections as one on node1 (1 there, 3 here)" in load.evidence
    assert plan_of(cluster(), pod(1, 3), pod(2), **BALANCED).applicable


def test_endpoints_on_the_host_network_behind_antrea_proxy_gain_nothing() -> None:
    plan = plan_of(cluster(proxy_all=True), host(1), host(2), **BALANCED)
    assert not plan.applicable
    assert "169.254.0.253" in plan.blocked_by[0]
    assert plan_of(cluster(), host(1), host(2), **BALANCED).applicable, "kube-proxy leaves these alone"


def test_a_clash_on_the_health_check_port_is_told_at_the_step() -> None:
    here = {"endpoints": (pod(1), pod(2)), "external_ips": ()}
    plan = make(case_of(cluster(proxy_all=True), service(**here)), Question())  # type: ignore[arg-type]
    assert "both listen on healthCheckNodePort" in dangers(plan)
    off = cluster(proxy_all=True, proxy={"disableServiceHealthCheckServer": True})
    assert "healthCheckNodePort" not in dangers(make(case_of(off, service(**here)), Question()))  # type: ignore[arg-type]


def test_external_ips_on_a_release_that_ignores_local_are_told_at_the_step() -> None:
    old = cluster(proxy_all=True, version="v1.14.1", kube_proxy=None, agent={"kubeAPIServerOverride": "192.0.2.1:6443"})
    assert f"ignores policy Local for externalIPs {EXTERNAL_IP}" in dangers(plan_of(old, pod(1), pod(2)))
    assert "ignores policy Local" not in dangers(plan_of(cluster(proxy_all=True), pod(1), pod(2)))


def test_pods_that_kube_proxy_cannot_tell_are_told_at_the_step() -> None:
    assert "kube-proxy has no clusterCIDR" in dangers(plan_of(cluster(cluster_cidr=""), pod(1), pod(2)))
    assert "kube-proxy has no clusterCIDR" not in dangers(plan_of(cluster(), pod(1), pod(2)))


def test_clients_that_only_a_hidden_address_let_in_are_told_at_the_step() -> None:
    rule = "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.10.0.0/16}}, {ipBlock: {cidr: 203.0.113.0/24}}]}]}"
    snapshot = with_objects(cluster(), network_policy(rule))
    plan = plan_of(snapshot, pod(1), pod(2), **BALANCED)
    assert plan.applicable
    assert "keep some out who get in today" in dangers(plan)
    assert any(change.shuts for change in plan.admits)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"kind": "ClusterIP", "external_ips": (), "lb_ips": ()}, "Type ClusterIP"),
        ({"endpoints": ()}, "usable endpoints"),
        ({"endpoints": (outside(),)}, "no connection would arrive at all"),
    ],
)
def test_it_is_refused_with_the_reason_where_it_cannot_work(made: dict[str, Any], words: str) -> None:
    endpoints = made.pop("endpoints", (pod(1), pod(2)))
    plan = plan_of(cluster(), *endpoints, **made)
    assert plan.steps == ()
    assert words in " ".join(plan.blocked_by)


def test_where_it_is_local_already_only_the_proof_is_left() -> None:
    plan = plan_of(cluster(), pod(1), pod(2), etp="Local", **BALANCED)
    assert plan.applicable
    assert [step.title for step in plan.steps] == ["Prove it with live traffic"]


def test_whoever_owns_the_service_is_named() -> None:
    plan = plan_of(cluster(), pod(1), pod(2), labels={"argocd.argoproj.io/instance": "shop"}, **BALANCED)
    assert "Argo CD application shop owns Service default/web" in dangers(plan)


def test_the_office_of_the_demo_gets_in_afterwards() -> None:
    plan = make(Case.of(read_demo("seed"), "shop/web"), Question())
    assert plan.applicable
    then = plan.then
    assert then is not None
    assert then.service.external_policy == "Local"
    assert {text for change in plan.admits for text in change.opens.cidrs} == {"203.0.113.0/24"}


def test_another_service_is_not_touched() -> None:
    other = service((pod(1),), name="other", cluster_ip="10.96.0.11", node_port=30101)
    snapshot = with_services(cluster(), other)
    plan = plan_of(snapshot, pod(1), pod(2), **BALANCED)
    assert plan.after is not None
    assert plan.after.service_by_key["default/other"] == other.service
