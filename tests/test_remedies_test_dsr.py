"""The trial of DSR: on a Service of our own, the way out first, measured twice, and nothing left afterwards."""

import shlex
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from clusters import cluster
from deployed import case_of, pod, service, with_services
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.model.meta import Meta
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import Namespace
from diagnostics.remedies.offered.dsr_trial import make
from diagnostics.remedies.paper.shares import shares
from diagnostics.remedies.paper.what_if import after_steps
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Plan, Question, State
from diagnostics.remedies.steps.echo_workload import NAMESPACE, echo_case, provider_of

TWO_PODS = (pod(1), pod(2))
REMOVE = f"delete namespaces {NAMESPACE}"


def ready(**made: Any) -> Snapshot:
    return cluster(proxy_all=True, dsr_gate=True, **made)


def plan_of(snapshot: Snapshot, **made: Any) -> Plan:
    """A plan for one Service of a cluster in which another Service has an address already."""
    other = service(TWO_PODS, name="other", lb_ips=("198.51.100.77",), external_ips=())
    both = with_services(snapshot, service(TWO_PODS, **made), other)
    return make(Case.of(both, "default/web"), Question())


def test_the_way_out_is_shown_before_anything_is_created_and_the_last_step_takes_it() -> None:
    plan = plan_of(ready())
    assert plan.applicable, plan.blocked_by
    first, *_, last = plan.steps
    assert REMOVE in first.why
    assert not first.commands
    assert not first.manifests
    assert REMOVE in last.commands[0]
    assert any("--ignore-not-found" in line for line in last.verify)
    assert any("managed-by=antrea-doctor" in line for line in last.verify)


def test_the_service_under_examination_is_not_touched_and_nothing_is_left() -> None:
    case = Case.of(read_demo("dsr"), "shop/web")
    plan = make(case, Question())
    assert plan.applicable
    assert plan.after is not None
    assert plan.after.services == case.snapshot.services
    assert plan.after.namespaces == case.snapshot.namespaces
    during = after_steps(case.snapshot, plan.steps[:-1])
    (mine,) = [item for item in during.services if item.metadata.namespace == NAMESPACE]
    assert mine.load_balancer_mode == "dsr"
    for step in plan.steps:
        for line in (*step.commands, *step.undo):
            assert NAMESPACE in line or line.endswith("-f test-namespace.yaml"), line


def test_it_is_measured_without_dsr_before_the_switch_and_with_it_afterwards() -> None:
    titles = [step.title for step in plan_of(ready()).steps]
    order = [
        titles.index(words) for words in ("Measure without DSR", "Switch the echo Service to DSR", "Measure with DSR")
    ]
    assert order == sorted(order)


def test_what_is_predicted_is_computed_by_the_engine_for_the_echo_service_in_this_cluster() -> None:
    case = Case.of(read_demo("dsr"), "shop/web")
    provider = provider_of(case, "")
    parts = {}
    for mode in ("nat", "dsr"):
        found = shares(echo_case(case, provider, mode)[0])
        assert found is not None
        parts[mode] = found.own
    assert parts["dsr"] == 1
    assert 0 < parts["nat"] < 1
    without, switched = [step.expect for step in make(case, Question()).steps if step.title.startswith("Measure")]
    assert f"{round(parts['nat'] * 100)} %" in without
    assert "100 %" in switched
    assert "/clientip" in without


def test_the_echo_pods_pass_the_strictest_pod_security_and_run_on_two_nodes() -> None:
    plan = plan_of(ready())
    files = {content["kind"]: content for step in plan.steps for content in map(content_of, step.manifests)}
    assert files["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    spec = files["Deployment"]["spec"]
    pod_spec = spec["template"]["spec"]
    assert pod_spec["securityContext"]["runAsNonRoot"] is True
    assert pod_spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod_spec["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert "tolerations" not in pod_spec
    assert spec["replicas"] >= 2
    (apart,) = pod_spec["topologySpreadConstraints"]
    assert (apart["topologyKey"], apart["whenUnsatisfiable"]) == ("kubernetes.io/hostname", "DoNotSchedule")
    assert all(item["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "antrea-doctor" for item in files.values())
    assert files["Service"]["metadata"]["annotations"][LOAD_BALANCER_MODE] == "nat", "it begins without DSR"


def test_the_echo_service_asks_the_provider_that_serves_the_others() -> None:
    case = case_of(
        ready(),
        service(
            TWO_PODS, load_balancer_class="example.com/lb", annotations={"service.antrea.io/external-ip-pool": "p"}
        ),
    )
    plan = make(case, Question())
    (made,) = [content_of(item) for step in plan.steps for item in step.manifests if "service" in item.file_name]
    assert made["spec"]["loadBalancerClass"] == "example.com/lb"
    assert made["metadata"]["annotations"]["service.antrea.io/external-ip-pool"] == "p"


def test_the_network_is_asked_before_and_its_questions_stay_open() -> None:
    plan = plan_of(ready())
    unknown = [item for item in plan.prerequisites if item.state is State.UNKNOWN]
    assert any("Routers" in item.title and "rp_filter" in item.settles for item in unknown)
    assert all(item.settles for item in unknown)


@pytest.mark.parametrize(
    ("snapshot", "reason"),
    [
        (cluster(), "use-dsr"),
        (cluster(proxy_all=True), "use-dsr"),
        (cluster(proxy_all=True, dsr_gate=True, differing={"node2": {"dsr": False}}), "node2"),
        (cluster(proxy_all=True, dsr_gate=True, agents=False), "use-dsr"),
        (ready(encap="noEncap"), "encap mode"),
        (ready(encryption="wireGuard"), "WireGuard"),
        (ready(version="v2.0.0"), "Upgrade Antrea to 2.1"),
        (ready(nodes=1), "Two Nodes"),
    ],
)
def test_where_a_trial_would_prove_nothing_it_has_no_steps_and_says_why(snapshot: Snapshot, reason: str) -> None:
    endpoints = (pod(1),) if len(snapshot.nodes) == 1 else TWO_PODS
    plan = make(case_of(snapshot, service(endpoints)), Question())
    assert plan.steps == ()
    assert any(reason in text for text in plan.blocked_by), plan.blocked_by


def test_a_provider_that_gives_only_names_cannot_be_tried() -> None:
    plan = make(case_of(ready(), service(TWO_PODS, lb_ips=(), external_ips=(), hostname="lb.example.com")), Question())
    assert any("behind a name" in text for text in plan.blocked_by), plan.blocked_by


def test_a_namespace_left_from_an_earlier_trial_is_not_taken_for_ours() -> None:
    snapshot = ready()
    left = Namespace(metadata=Meta(name=NAMESPACE))
    plan = plan_of(replace(snapshot, namespaces=(*snapshot.namespaces, left)))
    (blocked,) = plan.blocked_by
    assert NAMESPACE in blocked
    assert REMOVE in blocked


def test_control_planes_alone_leave_it_open_whether_two_nodes_can_run_it() -> None:
    snapshot = ready()
    label = {"node-role.kubernetes.io/control-plane": ""}
    nodes = tuple(
        msgspec.structs.replace(node, metadata=msgspec.structs.replace(node.metadata, labels=label))
        for node in snapshot.nodes
    )
    plan = plan_of(replace(snapshot, nodes=nodes))
    (asked,) = [item for item in plan.prerequisites if "Two Nodes" in item.title]
    assert asked.state is State.UNKNOWN


def test_every_command_parses_and_names_its_context() -> None:
    plan = make(Case.of(read_demo("dsr"), "shop/web"), Question(kube_context="it's $(mine)"))
    for step in plan.steps:
        for line in (*step.commands, *step.verify, *step.undo):
            assert shlex.split(line)[:3] == ["kubectl", "--context", "it's $(mine)"], line
