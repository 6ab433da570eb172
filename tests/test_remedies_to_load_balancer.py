"""The plan that makes a NodePort Service a LoadBalancer: who gives the address, and that this alone shows nobody."""

from typing import Any

import pytest

from clusters import cluster, node_ip
from deployed import At, Deployed, case_of, pod, service, with_services
from diagnostics.datapath.path import AccessKind
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.model.service import EXTERNAL_IP_POOL
from diagnostics.model.snapshot import Snapshot
from diagnostics.remedies.offered.to_load_balancer import make
from diagnostics.remedies.paper.what_if import after_paths
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Assumed, Plan, Question, State, Step
from policies import antrea_policy, network_policy, with_objects

TWO_PODS = (pod(1), pod(2))
METALLB = {"metallb.io/ip-allocated-from-pool": "front"}


def balanced(name: str = "shown", **made: Any) -> Deployed:
    """A Service that has got an address."""
    settings = {"lb_ips": ("198.51.100.77",), "external_ips": (), "annotations": METALLB, "cluster_ip": "10.96.0.77"}
    return service((pod(1),), name=name, node_port=30177, **{**settings, **made})


def plan_of(snapshot: Snapshot, endpoints: tuple[At, ...] = TWO_PODS, **made: Any) -> Plan:
    settings: dict[str, Any] = {"kind": "NodePort", "lb_ips": (), "external_ips": (), **made}
    return make(case_of(snapshot, service(endpoints, **settings)), Question())


def change(plan: Plan) -> Step:
    (found,) = [step for step in plan.steps if step.changes]
    return found


def provider(plan: Plan) -> tuple[State, str]:
    (found,) = [item for item in plan.prerequisites if "gives addresses" in item.title]
    return found.state, f"{found.evidence} {found.settles}"


def test_a_service_with_an_address_proves_who_gives_them() -> None:
    plan = plan_of(with_services(cluster(), balanced()))
    assert plan.applicable
    assert provider(plan) == (State.MET, "Service default/shown got 198.51.100.77 from MetalLB. ")
    (patch,) = change(plan).manifests
    assert content_of(patch)["spec"] == {"type": "LoadBalancer"}
    assert "annotations" not in content_of(patch)["metadata"]


def test_the_pool_of_antrea_s_own_provider_is_asked_for_as_the_others_do_and_taken_back() -> None:
    plan = plan_of(with_services(cluster(), balanced(annotations={EXTERNAL_IP_POOL: "front"})))
    state, said = provider(plan)
    assert state is State.MET
    assert "of pool front from ServiceExternalIP" in said
    (patch,), (undo,) = change(plan).manifests, change(plan).undo_manifests
    assert content_of(patch)["metadata"]["annotations"] == {EXTERNAL_IP_POOL: "front"}
    assert content_of(undo)["metadata"]["annotations"] == {EXTERNAL_IP_POOL: None}
    assert content_of(undo)["spec"] == {"type": "NodePort"}


def test_a_class_is_copied_only_where_nobody_serves_services_without_one() -> None:
    classed = balanced(annotations={}, load_balancer_class="kube-vip.io/kube-vip-class")
    plan = plan_of(with_services(cluster(), classed))
    (patch,), (undo,) = change(plan).manifests, change(plan).undo_manifests
    assert content_of(patch)["spec"]["loadBalancerClass"] == "kube-vip.io/kube-vip-class"
    assert content_of(undo)["spec"] == {"type": "NodePort", "loadBalancerClass": None}
    assert "cannot be changed afterwards" in " ".join(change(plan).dangers)
    both = plan_of(with_services(cluster(), classed, balanced("plain", lb_ips=("198.51.100.78",))))
    assert content_of(change(both).manifests[0])["spec"] == {"type": "LoadBalancer"}


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({}, "externalippools.crd.antrea.io"),
        ({"agent": {"featureGates": {"ServiceExternalIP": False}}}, "Which product shall give it"),
        ({"provider": "aws"}, "AWS load balancer"),
        ({"kubelet": "v1.36.2+k3s1", "kube_proxy": None}, "the Nodes' own addresses"),
    ],
)
def test_without_such_a_service_the_provider_is_a_question(made: dict[str, Any], words: str) -> None:
    state, said = provider(plan_of(cluster(**made)))
    assert state is State.UNKNOWN
    assert words in said


def test_an_address_of_a_node_under_proxy_all_refuses_the_plan() -> None:
    plan = plan_of(cluster(kubelet="v1.36.2+k3s1", proxy_all=True, kube_proxy=None))
    assert not plan.applicable
    assert f"{node_ip(1)} of Service default/web is an address of Node node1" in plan.new_broken[0].message


def test_the_assumed_address_is_said_to_be_one_and_no_hand_writes_it() -> None:
    plan = plan_of(with_services(cluster(), balanced(lb_ips=("192.0.2.10",))))
    (address,) = [item for item in plan.prerequisites if item.title == "The address that it gets"]
    assert address.state is State.UNKNOWN
    assert "192.0.2.11 (of a documentation range) stands for it" in address.evidence
    (assumed,) = change(plan).changes
    assert isinstance(assumed, Assumed)
    assert "192.0.2.11" not in "".join(item.yaml for step in plan.steps for item in step.manifests)
    then = plan.then
    assert then is not None
    assert then.external_addresses == ("192.0.2.11",)


def test_both_families_get_a_stand_in() -> None:
    plan = plan_of(with_services(cluster(families=(4, 6)), balanced()), families=(4, 6))
    then = plan.then
    assert then is not None
    assert then.external_addresses == ("192.0.2.10", "2001:db8:ffff::a")


def test_the_node_port_keeps_working_and_is_said_to_stay_open() -> None:
    plan = plan_of(with_services(cluster(), balanced()))
    kinds = {path.access.kind for path in after_paths(plan)}
    assert kinds == {AccessKind.NODE_PORT, AccessKind.LOAD_BALANCER}
    assert "NodePort 30100 stays open" in change(plan).dangers[0]


def test_it_says_that_it_alone_shows_nobody_and_which_way_then_can_be_followed() -> None:
    last = plan_of(with_services(cluster(3), balanced())).steps[-1]
    assert last.title.startswith("Go on: this alone does not show clients")
    assert "use-dsr can be followed then. local-policy can be followed then." in last.expect
    no_encap = plan_of(with_services(cluster(encap="noEncap"), balanced())).steps[-1]
    assert "use-dsr is not possible. Not met: Antrea runs in encap mode" in no_encap.expect


def test_under_policy_local_nothing_has_to_follow() -> None:
    plan = plan_of(with_services(cluster(), balanced()), etp="Local")
    assert plan.applicable
    assert not [step for step in plan.steps if step.title.startswith("Go on")]
    assert "must be that client's own address" in plan.steps[-1].expect


def test_what_source_ranges_would_do_depends_on_who_handles_the_address() -> None:
    with_kube_proxy = " ".join(change(plan_of(with_services(cluster(), balanced()))).dangers)
    assert "would filter the new address only" in with_kube_proxy
    with_antrea = " ".join(change(plan_of(with_services(cluster(proxy_all=True), balanced()))).dangers)
    assert "AntreaProxy does not enforce loadBalancerSourceRanges" in with_antrea
    assert "under proxyAll the other Nodes stop reaching" in with_antrea


def test_a_guarded_node_port_is_not_passed_by_through_a_new_address() -> None:
    guard = (
        "{priority: 5, tier: securityops, appliedTo: [{service: {name: web, namespace: default}}],"
        " ingress: [{action: Drop, from: [{ipBlock: {cidr: 0.0.0.0/0, except: [203.0.113.0/24, 10.10.0.0/16]}}]}]}"
    )
    open_to_nodes = "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.10.0.0/16}}]}]}"
    snapshot = with_objects(cluster(proxy_all=True), antrea_policy(guard) + network_policy(open_to_nodes))
    plan = plan_of(with_services(snapshot, balanced()))
    assert not plan.applicable
    assert "acnp on the Service covers that address only in part" in plan.blocked_by[0]
    assert plan_of(with_services(cluster(proxy_all=True), balanced())).applicable


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"kind": "ClusterIP"}, "would open the Service"),
        ({"kind": "LoadBalancer", "lb_ips": ("198.51.100.9",)}, "already and has 198.51.100.9"),
        ({"kind": "LoadBalancer"}, "without an address"),
        ({"kind": "ClusterIP", "cluster_ip": "None"}, "headless"),
    ],
)
def test_other_types_are_refused_with_the_reason(made: dict[str, Any], words: str) -> None:
    plan = plan_of(cluster(), **made)
    assert plan.steps == ()
    assert words in plan.blocked_by[0]


def test_the_intake_of_the_demo_gets_an_address_from_the_provider_of_its_neighbours() -> None:
    plan = make(Case.of(read_demo("seed"), "partner/intake"), Question())
    assert plan.applicable
    assert provider(plan)[0] is State.MET
