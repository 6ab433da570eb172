"""The migration to proxyAll: in the order of the release, one Node first, refused where it would break something."""

import shlex
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from clusters import LB_IP, cluster
from deployed import case_of, pod, service, with_services
from diagnostics.datapath.path import Handler, Keeping, keeping
from diagnostics.datapath.trace import external_paths
from diagnostics.kube.recorded import read_demo
from diagnostics.model.antrea import AGENT_CONFIG_KEY, CONTROLLER_CONFIG_KEY
from diagnostics.model.case import Case
from diagnostics.model.policies import AntreaPolicy
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import UpdateStrategy
from diagnostics.remedies.offered.enable_proxy_all import make
from diagnostics.remedies.paper.what_if import after_paths, after_report, after_steps
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Plan, Question, Restarted, State, Step

TWO_PODS = (pod(1), pod(2))
SERVER = "192.168.77.5:6443"


def plan_of(snapshot: Snapshot, api_server: str = "", **made: Any) -> Plan:
    return make(case_of(snapshot, service(TWO_PODS, **made)), Question(api_server=api_server))


def with_controller(snapshot: Snapshot, text: str = "# empty\n") -> Snapshot:
    """The same cluster with a configuration of the controller, as every real one has."""
    first = snapshot.config_maps[0]
    data = {**first.data, CONTROLLER_CONFIG_KEY: text}
    return replace(snapshot, config_maps=(msgspec.structs.replace(first, data=data), *snapshot.config_maps[1:]))


def titled(plan: Plan, words: str) -> Step:
    (found,) = [step for step in plan.steps if words in step.title]
    return found


def edit_of(plan: Plan) -> dict[str, str]:
    (step,) = [step for step in plan.steps if step.diff]
    data = content_of(step.manifests[0])["data"]
    assert isinstance(data, dict)
    return data


def test_after_the_plan_antrea_proxy_serves_the_seed_and_the_finding_about_kube_proxy_is_gone() -> None:
    case = Case.of(read_demo("seed"), "shop/web")
    plan = make(case, Question())
    assert plan.applicable
    assert {path.handler for path in case.once(external_paths)} == {Handler.KUBE_PROXY}
    assert {path.handler for path in after_paths(plan)} == {Handler.ANTREA_PROXY}
    assert keeping(after_paths(plan)) is Keeping.SOMETIMES
    report = after_report(plan)
    assert report is not None
    found = {result.code for result in report.found}
    assert "AD001" not in found
    assert "AD002" in found, "the truth about NAT mode is said: other Nodes' Pods do not see the client"


def test_one_node_starts_first_and_only_that_one_runs_it_then() -> None:
    case = Case.of(read_demo("seed"), "shop/web")
    plan = make(case, Question())
    titles = [step.title for step in plan.steps]
    canary = next(index for index, title in enumerate(titles) if "one Node first" in title)
    everybody = next(index for index, title in enumerate(titles) if "wait for every Node" in title)
    assert canary < everybody
    (change,) = plan.steps[canary].changes
    assert change == Restarted("DaemonSet", "kube-system", "antrea-agent", "node-c")
    between = Case.of(after_steps(case.snapshot, plan.steps[: canary + 1]), case.key)
    running = {name: run.proxy_all for name, run in between.cluster.running.items()}
    assert running == {"node-a": False, "node-b": False, "node-c": True}
    by_node = {path.ingress: path.handler for path in between.once(external_paths)}
    assert by_node["node-c"] is Handler.ANTREA_PROXY


def test_the_first_node_is_no_control_plane_and_runs_no_pod_of_the_service_where_there_is_a_choice() -> None:
    plan = make(Case.of(read_demo("seed"), "shop/web"), Question())
    assert "node-c" in titled(plan, "one Node first").title
    alone = make(case_of(cluster(nodes=1), service((pod(1),))), Question())
    assert alone.applicable
    assert not [step for step in alone.steps if "first" in step.title], "a single Node is no trial"


def test_the_first_node_can_be_taken_back_without_touching_the_others() -> None:
    undo = titled(plan_of(cluster()), "one Node first").undo
    assert "antrea-config.undo.yaml" in undo[0]
    assert "delete pods" in undo[1]
    assert "spec.nodeName=node1" in undo[1]
    assert not any("rollout restart" in line for line in undo)


@pytest.mark.parametrize(
    ("kube_proxy", "version", "wanted", "unwanted"),
    [
        ("iptables", "v2.7.0", ["disableServiceHealthCheckServer: true"], ["hostNetworkMode: nftables"]),
        ("iptables", "v2.2.0", [], ["disableServiceHealthCheckServer", "hostNetworkMode: nftables"]),
        ("nftables", "v2.5.0", ["hostNetworkMode: nftables", "NFTablesHostNetworkMode: true"], []),
    ],
)
def test_the_edit_has_what_this_release_and_this_kube_proxy_need(
    kube_proxy: str, version: str, wanted: list[str], unwanted: list[str]
) -> None:
    plan = plan_of(cluster(kube_proxy=kube_proxy, version=version))
    assert plan.applicable, plan.blocked_by
    text = edit_of(plan)[AGENT_CONFIG_KEY]
    assert "proxyAll: true" in text
    assert all(words in text for words in wanted), text
    assert not any(words in text for words in unwanted), text
    assert "kubeAPIServerOverride" not in text


def test_before_2_1_the_same_edit_prepares_agents_and_controller_and_nothing_changes_for_clients() -> None:
    snapshot = with_controller(cluster(version="v2.0.1"))
    asking = plan_of(snapshot)
    assert not asking.applicable
    assert "--api-server HOST:PORT" in asking.asks[0]
    plan = plan_of(snapshot, SERVER)
    assert plan.applicable, plan.blocked_by
    edit = edit_of(plan)
    assert f"https://{SERVER}" in edit[AGENT_CONFIG_KEY]
    assert f"https://{SERVER}" in edit[CONTROLLER_CONFIG_KEY]
    assert "proxyAll: true" in edit[AGENT_CONFIG_KEY]
    assert titled(plan, "controller").changes == (Restarted("Deployment", "kube-system", "antrea-controller"),)
    assert {path.handler for path in after_paths(plan)} == {Handler.KUBE_PROXY}
    assert "kube-proxy still serves" in plan.steps[-1].expect
    assert any("remove-kube-proxy" in item.settles for item in plan.prerequisites)


def test_where_kube_proxy_is_gone_already_agents_get_a_way_to_the_api_server_first() -> None:
    assert plan_of(cluster(kube_proxy=None)).asks
    plan = plan_of(cluster(kube_proxy=None), SERVER)
    assert plan.applicable, plan.blocked_by
    assert f"https://{SERVER}" in edit_of(plan)[AGENT_CONFIG_KEY]
    before = case_of(cluster(kube_proxy=None), service(TWO_PODS))
    assert {path.handler for path in before.once(external_paths)} == {Handler.NONE}
    assert {path.handler for path in after_paths(plan)} == {Handler.ANTREA_PROXY}


@pytest.mark.parametrize(
    ("snapshot", "made", "reason"),
    [
        (cluster(), {"lb_ips": ("192.168.77.101",)}, "address of a Node"),
        (cluster(), {"source_ranges": ("203.0.113.0/24",)}, "loadBalancerSourceRanges"),
        (cluster(agent={"kubeAPIServerOverride": f"https://{LB_IP}:6443"}), {}, "API server"),
        (cluster(kube_proxy="ipvs"), {}, "ipvs"),
        (cluster(kube_proxy="nftables", version="v2.4.0"), {}, "2.5"),
        (cluster(kube_proxy="nftables", version="v2.0.0"), {}, "Upgrade Antrea to 2.1"),
        (cluster(version="v1.3.0"), {}, "1.4 or newer"),
        (cluster(antrea_proxy=False), {}, "AntreaProxy is on"),
        (cluster(differing={"node2": {"version": "v2.6.0"}}), {}, "one release"),
        (cluster(encap="networkPolicyOnly", version="v1.15.1"), {}, "networkPolicyOnly"),
    ],
)  # fmt: skip
def test_where_it_would_break_the_plan_has_no_steps_and_says_why(
    snapshot: Snapshot, made: dict[str, Any], reason: str
) -> None:
    plan = plan_of(snapshot, SERVER, **made)
    assert plan.steps == ()
    assert any(reason in text for text in plan.blocked_by), plan.blocked_by


def test_another_service_that_would_break_refuses_the_switch_of_the_whole_cluster() -> None:
    clash = service(TWO_PODS, name="clash", lb_ips=("198.51.100.99",), external_ips=(), mode="dsr")
    snapshot = cluster(dsr_gate=True, encap="noEncap")
    plan = make(Case.of(with_services(snapshot, service(TWO_PODS), clash), "default/web"), Question())
    assert not plan.applicable
    assert any("No other Service breaks" in text and "default/clash" in text for text in plan.blocked_by)


def test_policies_on_services_wake_up_and_that_is_said_where_it_happens() -> None:
    policy = msgspec.convert(
        {
            "metadata": {"name": "guard"},
            "spec": {"priority": 5, "appliedTo": [{"service": {"name": "web", "namespace": "default"}}], "ingress": []},
        },
        AntreaPolicy,
    )
    plan = plan_of(replace(cluster(), cluster_policies=(policy,)))
    assert any("guard" in text and "begins to drop" in text for text in titled(plan, "wait for every Node").dangers)


def test_a_daemon_set_that_never_rolls_out_by_itself_is_put_right_first() -> None:
    snapshot = cluster()
    agents = snapshot.daemon_sets[0]
    spec = msgspec.structs.replace(agents.spec, update_strategy=UpdateStrategy(type="OnDelete"))
    held = (msgspec.structs.replace(agents, spec=spec), *snapshot.daemon_sets[1:])
    plan = plan_of(replace(snapshot, daemon_sets=held))
    (blocked,) = plan.blocked_by
    assert "OnDelete" in blocked
    assert "RollingUpdate" in blocked, "the command that restores it is given"


def test_helm_is_held_back_for_the_first_node_and_let_go_afterwards() -> None:
    snapshot = cluster()
    note = {"meta.helm.sh/release-name": "antrea", "meta.helm.sh/release-namespace": "kube-system"}
    owned = replace(
        snapshot,
        config_maps=tuple(
            msgspec.structs.replace(item, metadata=msgspec.structs.replace(item.metadata, annotations=note))
            for item in snapshot.config_maps
        ),
        daemon_sets=tuple(
            msgspec.structs.replace(item, metadata=msgspec.structs.replace(item.metadata, annotations=note))
            for item in snapshot.daemon_sets
        ),
    )
    plan = plan_of(owned)
    assert plan.applicable, plan.blocked_by
    (edit,) = [step for step in plan.steps if step.diff]
    assert "OnDelete" in str(edit.alternatives)
    assert any("OnDelete" in text for text in titled(plan, "one Node first").dangers)
    assert "agent.updateStrategy.type=RollingUpdate" in str(titled(plan, "wait for every Node").alternatives)


def test_where_it_runs_already_only_the_proof_is_left_and_nothing_restarts() -> None:
    plan = make(Case.of(read_demo("proxy-all"), "shop/web"), Question())
    assert plan.applicable
    assert [step.title for step in plan.steps] == ["Prove it at every Node"]
    then = plan.then
    assert then is not None
    assert all(f"{then.cluster.node_ip(name)} " in plan.steps[0].expect for name in then.cluster.nodes)


def test_an_unknown_kube_proxy_leaves_the_question_open_and_the_plan_possible() -> None:
    plan = plan_of(cluster(kube_proxy=None, kubelet="v1.30.1+k3s1"))
    (asked,) = [item for item in plan.prerequisites if "before kube-proxy" in item.title]
    assert asked.state is State.UNKNOWN
    assert plan.applicable, plan.blocked_by


def test_every_command_parses_and_names_its_context() -> None:
    plan = make(Case.of(read_demo("antrea-2.0"), "shop/web"), Question(kube_context="it's $(mine)", api_server=SERVER))
    lines = [line for step in plan.steps for line in (*step.commands, *step.verify, *step.undo)]
    assert lines
    for line in lines:
        assert shlex.split(line)[:3] == ["kubectl", "--context", "it's $(mine)"], line
