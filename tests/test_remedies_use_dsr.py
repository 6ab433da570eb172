"""The plan for DSR: possible only where it works, in the order that is safe, proved and undone."""

import shlex
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from clusters import LB_IP, LB_IP_V6, cluster, without
from deployed import At, case_of, host, outside, pod, service, with_services
from diagnostics.datapath.path import AccessKind
from diagnostics.datapath.trace import external_paths
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.remedies.offered.use_dsr import make
from diagnostics.remedies.paper.what_if import after_paths
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Plan, Question, Risk, State, Step

TWO_PODS = (pod(1), pod(2))
ANNOTATION = f"{LOAD_BALANCER_MODE}=dsr"


def plan_of(snapshot: Snapshot, **made: Any) -> Plan:
    return make(case_of(snapshot, service(TWO_PODS, **made)), Question())


def demo(name: str) -> Case:
    return Case.of(read_demo(name), "shop/web")


def commands(step: Step) -> str:
    return " ".join(step.commands)


def place_of(plan: Plan, words: str) -> int:
    found = [index for index, step in enumerate(plan.steps) if words in commands(step)]
    assert len(found) == 1, f"{words!r} in {found}"
    return found[0]


def state_of(plan: Plan, words: str) -> State:
    (found,) = [item for item in plan.prerequisites if words in item.title]
    return found.state


def test_from_kube_proxy_one_edit_turns_on_proxy_all_and_gate_and_the_annotation_comes_last() -> None:
    plan = plan_of(cluster())
    assert plan.applicable
    edit = place_of(plan, "patch configmaps antrea-config")
    restart = place_of(plan, "rollout restart daemonsets.apps antrea-agent")
    annotate = place_of(plan, ANNOTATION)
    assert place_of(plan, "> antrea-config.bak.yaml") < edit < restart < annotate < place_of(plan, "traceflow-1.yaml")
    text = str(content_of(plan.steps[edit].manifests[0])["data"])
    assert "proxyAll: true" in text
    assert "LoadBalancerModeDSR: true" in text
    assert "rollout status" in commands(plan.steps[restart])
    assert "NodePortMark" in plan.steps[restart].verify[0]
    assert "DSRServiceMark" in plan.steps[restart].verify[0]
    assert plan.steps[restart].risk is Risk.CLUSTER_WIDE


def test_the_way_back_takes_the_annotation_off_before_the_gate_and_never_sets_a_default() -> None:
    plan = plan_of(cluster())
    undo = [line for step in reversed(plan.steps) for line in step.undo]
    off = next(index for index, line in enumerate(undo) if f"{LOAD_BALANCER_MODE}-" in line)
    gate = next(index for index, line in enumerate(undo) if "antrea-config.undo.yaml" in line)
    restart = next(index for index, line in enumerate(undo) if "rollout restart" in line)
    assert off < gate < restart
    everything = str([(step.manifests, step.commands) for step in plan.steps])
    assert "defaultLoadBalancerMode: dsr" not in everything
    before = content_of(next(item for step in plan.steps for item in step.undo_manifests))
    assert before["data"] == {"antrea-agent.conf": cluster().config_maps[0].data["antrea-agent.conf"]}
    assert "resourceVersion" not in str(before["metadata"])


@pytest.mark.parametrize(("name", "before"), [("seed", 0), ("proxy-all", 1)])
def test_after_the_plan_every_connection_to_the_load_balancer_keeps_its_client(name: str, before: int) -> None:
    case = demo(name)
    plan = make(case, Question())
    assert plan.applicable
    now = [path for path in external_paths(case) if path.access.kind is AccessKind.LOAD_BALANCER]
    then = [path for path in after_paths(plan) if path.access.kind is AccessKind.LOAD_BALANCER]
    assert not all(path.keeps_client for path in now)
    assert any(path.keeps_client for path in now) == bool(before)
    assert then
    assert all(path.keeps_client for path in then)


def test_the_demo_config_changes_by_three_lines_only() -> None:
    (diff,) = [step.diff for step in make(demo("seed"), Question()).steps if step.diff]
    changed = [line for line in diff.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == [
        "-#  LoadBalancerModeDSR: false",
        "+  LoadBalancerModeDSR: true",
        "-  proxyAll: false",
        "+  proxyAll: true",
        "-  disableServiceHealthCheckServer: false",
        "+  disableServiceHealthCheckServer: true",
    ]


def test_where_dsr_is_done_nothing_but_the_proof_is_left() -> None:
    plan = make(demo("dsr"), Question())
    assert plan.applicable
    assert [step.title for step in plan.steps] == ["Prove it with live traffic"]


def test_an_early_annotation_is_taken_off_until_all_agents_can_do_it() -> None:
    plan = make(demo("dsr-without-gate"), Question())
    off = place_of(plan, f"{LOAD_BALANCER_MODE}-")
    assert off < place_of(plan, "rollout restart") < place_of(plan, ANNOTATION)
    assert ANNOTATION in plan.steps[off].undo[0], "undoing everything restores what was there"


def test_a_config_that_agents_have_not_read_yet_needs_a_restart_but_no_edit() -> None:
    asleep = {"proxy_all": False, "dsr": False}
    plan = plan_of(cluster(proxy_all=True, dsr_gate=True, differing={"node1": asleep, "node2": asleep}))
    assert not [step for step in plan.steps if step.diff]
    assert any("Everything else" in text for text in plan.steps[place_of(plan, "rollout restart")].dangers)


def test_one_agent_without_the_gate_is_enough_for_a_restart() -> None:
    snapshot = cluster(proxy_all=True, dsr_gate=True, differing={"node2": {"dsr": False}})
    plan = plan_of(snapshot)
    assert state_of(plan, "Feature gate") is State.UNMET
    assert place_of(plan, "rollout restart") < place_of(plan, ANNOTATION)


def test_a_dangerous_default_is_reset_together_with_the_gate() -> None:
    plan = plan_of(cluster(proxy_all=True, default_mode="dsr"))
    edit = plan.steps[place_of(plan, "patch configmaps")]
    assert "defaultLoadBalancerMode: nat" in str(content_of(edit.manifests[0]))


@pytest.mark.parametrize(
    ("snapshot", "made", "reason"),
    [
        (cluster(encap="noEncap"), {}, "encap mode"),
        (cluster(encryption="wireGuard"), {}, "WireGuard"),
        (cluster(kube_proxy="ipvs"), {}, "ipvs"),
        (cluster(kube_proxy="nftables", version="v2.4.0"), {}, "2.5"),
        (cluster(version="v2.0.0"), {}, "Upgrade Antrea to 2.1"),
        (cluster(version="v1.12.0", kube_proxy=None), {}, "1.13 or newer"),
        (cluster(kube_proxy=None), {}, "kubeAPIServerOverride"),
        (cluster(antrea_proxy=False), {}, "AntreaProxy is on"),
        (cluster(agent={"kubeAPIServerOverride": f"https://{LB_IP}:6443"}), {}, "API server"),
        (cluster(proxy={"skipServices": ["default/web"]}), {}, "skipServices"),
        (cluster(), {"kind": "NodePort", "external_ips": ()}, "guard-nodeport"),
        (cluster(), {"etp": "Local"}, "DSR adds nothing"),
        (cluster(), {"lb_ips": (LB_IP_V6,), "families": (4, 6)}, "IPv6"),
        (cluster(), {"source_ranges": ("203.0.113.0/24",)}, "loadBalancerSourceRanges"),
        (cluster(), {"lb_ips": ("192.168.77.101",)}, "address of a Node"),
        (cluster(), {"external_ips": (), "ip_mode": "Proxy"}, "external IP"),
        (cluster(windows=("node1",)), {}, "Windows"),
    ],
)  # fmt: skip
def test_where_dsr_cannot_work_the_plan_has_no_steps_and_says_why(
    snapshot: Snapshot, made: dict[str, Any], reason: str
) -> None:
    plan = plan_of(snapshot, **made)
    assert not plan.applicable
    assert plan.steps == ()
    assert any(reason in text for text in plan.blocked_by), plan.blocked_by


@pytest.mark.parametrize(("endpoints", "reason"), [((host(1), host(2)), "host network"), ((outside(),), "lost")])
def test_endpoints_that_dsr_does_not_serve_block_it(endpoints: tuple[At, ...], reason: str) -> None:
    plan = make(case_of(cluster(), service(endpoints)), Question())
    assert any(reason in text for text in plan.blocked_by)


def test_another_service_with_source_ranges_blocks_switching_the_whole_cluster() -> None:
    other = service(TWO_PODS, name="other", lb_ips=("198.51.100.99",), source_ranges=("203.0.113.0/24",))
    web = service(TWO_PODS)
    plan = make(Case.of(with_services(cluster(), web, other), "default/web"), Question())
    assert any("default/other" in text for text in plan.blocked_by)
    running = make(Case.of(with_services(cluster(proxy_all=True), web, other), "default/web"), Question())
    assert running.applicable, "with proxyAll running nothing is lost any more"


def test_kube_proxy_in_nftables_mode_gets_the_host_mode_that_stands_it() -> None:
    plan = plan_of(cluster(kube_proxy="nftables"))
    assert plan.applicable
    text = str(content_of(plan.steps[place_of(plan, "patch configmaps")].manifests[0]))
    assert "hostNetworkMode: nftables" in text
    assert "NFTablesHostNetworkMode: true" in text


def test_what_cannot_be_known_stays_unknown_and_says_what_settles_it() -> None:
    plan = plan_of(cluster(proxy_all=True, dsr_gate=True, agents=False))
    unknown = [item for item in plan.prerequisites if item.state is State.UNKNOWN]
    assert any("Feature gate" in item.title for item in unknown)
    assert all(item.settles for item in unknown)
    assert plan.steps[0].title == "See that every Node runs what this needs"
    assert "DSRServiceMark" in plan.steps[0].verify[0]
    assert place_of(plan, ANNOTATION) == 1


def test_without_the_right_to_read_the_config_there_is_no_edit() -> None:
    snapshot = replace(cluster(), config_maps=())
    plan = plan_of(without(snapshot, Gap(Source.CONFIG_MAPS, Reason.FORBIDDEN, "User may not list it.", "kube-system")))
    assert not plan.applicable
    assert any("get configmaps" in text for text in plan.blocked_by)


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("aws:///eu-central-1a/i-0abc", "--instance-ids i-0abc"),
        ("gce://project/europe-west1-b/node-1", "describe node-1 --zone europe-west1-b"),
        ("openstack:///0815", "--server 0815"),
        ("aws:///zone/$(reboot)", "'$(reboot)'"),
        ("kind://docker/kind/kind-worker", "hypervisors"),
        ("", "hypervisors"),
    ],
)
def test_the_cloud_is_asked_about_its_source_check(provider: str, words: str) -> None:
    snapshot = cluster()
    nodes = tuple(
        msgspec.structs.replace(node, spec=msgspec.structs.replace(node.spec, provider_id=provider))
        for node in snapshot.nodes
    )
    plan = plan_of(replace(snapshot, nodes=nodes))
    (asked,) = [item for item in plan.prerequisites if "as source" in item.title]
    assert asked.state is State.UNKNOWN
    assert words in asked.settles


def test_helm_gets_its_own_command_and_a_warning_that_a_direct_edit_is_reverted() -> None:
    snapshot = cluster()
    config_map = snapshot.config_maps[0]
    meta = msgspec.structs.replace(
        config_map.metadata,
        labels={"app.kubernetes.io/managed-by": "Helm"},
        annotations={"meta.helm.sh/release-name": "cni", "meta.helm.sh/release-namespace": "kube-system"},
    )
    owned = (msgspec.structs.replace(config_map, metadata=meta), *snapshot.config_maps[1:])
    plan = plan_of(replace(snapshot, config_maps=owned))
    edit = plan.steps[place_of(plan, "patch configmaps")]
    (helm,) = edit.alternatives
    (command,), (values,) = helm.commands, helm.manifests
    words = shlex.split(command)
    assert words[:2] == ["helm", "--kube-context"]
    assert "cni" in words
    assert "--reuse-values" in words
    assert words[words.index("-f") + 1] == values.file_name
    assert content_of(values)["featureGates"] == {"LoadBalancerModeDSR": True}
    assert helm.owns
    assert any("Helm release cni owns ConfigMap" in text and "next upgrade" in text for text in edit.dangers)


def test_the_edit_fails_when_somebody_else_changed_the_config_map() -> None:
    snapshot = cluster()
    first = snapshot.config_maps[0]
    meta = msgspec.structs.replace(first.metadata, resource_version="4711")
    plan = plan_of(
        replace(snapshot, config_maps=(msgspec.structs.replace(first, metadata=meta), *snapshot.config_maps[1:]))
    )
    (patch,) = plan.steps[place_of(plan, "patch configmaps")].manifests
    assert content_of(patch)["metadata"] == {
        "name": "antrea-config",
        "namespace": "kube-system",
        "resourceVersion": "4711",
    }


def test_the_proof_watches_pods_on_two_nodes_at_the_port_they_listen_on() -> None:
    plan = plan_of(cluster(proxy_all=True, dsr_gate=True))
    proof = plan.steps[-1]
    specs = [content_of(item)["spec"] for item in proof.manifests]
    assert [str(spec) for spec in specs if "'dstPort': 8080" in str(spec)] == [str(spec) for spec in specs]
    assert len({str(spec) for spec in specs}) == 2
    assert all("capturedPacket.srcIP" in line for line in proof.verify)
    assert [line.split()[3:5] for line in proof.undo] == [["delete", "traceflows.crd.antrea.io"]] * 2
    assert LB_IP in proof.expect


@pytest.mark.parametrize("context", ["two\nlines", "bell\x07"])
def test_a_context_that_cannot_be_written_blocks_the_plan_with_a_sentence(context: str) -> None:
    plan = make(case_of(cluster(), service(TWO_PODS)), Question(kube_context=context))
    assert not plan.applicable
    assert plan.blocked_by[0].isprintable()


def test_every_command_of_every_demo_parses_and_names_its_context() -> None:
    for name in ("seed", "proxy-all", "dsr", "dsr-without-gate"):
        plan = make(demo(name), Question(kube_context="it's $(mine)"))
        lines = [line for step in plan.steps for line in (*step.commands, *step.verify, *step.undo)]
        assert lines
        for line in lines:
            words = shlex.split(line)
            assert words[:3] == ["kubectl", "--context", "it's $(mine)"], line
            assert not line.endswith("\n")
