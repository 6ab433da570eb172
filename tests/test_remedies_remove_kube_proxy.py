"""kube-proxy goes only where everything runs without it, in an order with a way back, as the platform does it."""

import shlex
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from clusters import LB_IP, cluster
from deployed import case_of, host, pod, service, with_services
from diagnostics.datapath.path import Handler
from diagnostics.datapath.trace import external_paths
from diagnostics.kube.recorded import read_demo
from diagnostics.model.antrea import AGENT_CONFIG_KEY, CONTROLLER_CONFIG_KEY
from diagnostics.model.case import Case
from diagnostics.model.kube_proxy import Presence
from diagnostics.model.meta import Meta
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import Pod
from diagnostics.model.write import Verb, Write
from diagnostics.remedies.offered.remove_kube_proxy import make
from diagnostics.remedies.paper.what_if import after_paths, after_report
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Assumed, Plan, Question, Restarted, State
from diagnostics.remedies.prerequisites.api_server import candidates, read_api_server

TWO_PODS = (pod(1), pod(2))
SERVER = "192.168.77.5:6443"


def running(**made: Any) -> Snapshot:
    """A cluster with proxyAll on every Node, and a configuration of the controller as every real one has."""
    snapshot = cluster(proxy_all=True, **made)
    first = snapshot.config_maps[0]
    data = {**first.data, CONTROLLER_CONFIG_KEY: "# empty\n"}
    return replace(snapshot, config_maps=(msgspec.structs.replace(first, data=data), *snapshot.config_maps[1:]))


def plan_of(snapshot: Snapshot, api_server: str = SERVER, **made: Any) -> Plan:
    return make(case_of(snapshot, service(TWO_PODS, **made)), Question(api_server=api_server))


def place_of(plan: Plan, words: str) -> int:
    found = [index for index, step in enumerate(plan.steps) if words in step.title]
    assert found, f"{words!r} in {[step.title for step in plan.steps]}"
    return found[0]


def labelled(snapshot: Snapshot, label: str) -> Snapshot:
    nodes = tuple(
        msgspec.structs.replace(
            node, metadata=msgspec.structs.replace(node.metadata, labels={**node.metadata.labels, label: "x"})
        )
        for node in snapshot.nodes
    )
    return replace(snapshot, nodes=nodes)


def test_agents_and_controller_show_that_they_start_alone_before_anything_is_deleted() -> None:
    plan = plan_of(running(proxy={"disableServiceHealthCheckServer": True}))
    assert plan.applicable, plan.blocked_by
    order = [
        place_of(plan, words)
        for words in (
            "Edit",
            "one Node first",
            "wait for every Node",
            "controller",
            "Save kube-proxy",
            "Delete",
            "Clean",
        )
    ]
    assert order == sorted(order)
    edit = content_of(plan.steps[order[0]].manifests[0])["data"]
    assert f"https://{SERVER}" in edit[AGENT_CONFIG_KEY]
    assert f"https://{SERVER}" in edit[CONTROLLER_CONFIG_KEY]
    assert "disableServiceHealthCheckServer: false" in edit[AGENT_CONFIG_KEY]
    assert Restarted("Deployment", "kube-system", "antrea-controller") in plan.steps[order[3]].changes
    assert {step.risk.value for step in (plan.steps[order[2]], plan.steps[order[5]])} == {"cluster-wide"}


def test_afterwards_there_is_no_kube_proxy_and_antrea_proxy_serves_everything() -> None:
    plan = make(Case.of(read_demo("proxy-all"), "shop/web"), Question(api_server="172.18.0.2:6443"))
    assert plan.applicable, plan.blocked_by
    then = plan.then
    assert then is not None
    assert then.cluster.kube_proxy.presence is Presence.ABSENT
    assert {path.handler for path in after_paths(plan)} == {Handler.ANTREA_PROXY}
    report = after_report(plan)
    assert report is not None
    assert not {"AD005", "AD063", "AD064"} & {
        result.code for result in (*report.found, *report.cluster) if result.findings
    }


def test_an_override_that_is_set_already_is_proved_on_one_node_without_another_restart_of_all() -> None:
    plan = plan_of(running(agent={"kubeAPIServerOverride": f"https://{SERVER}"}), "")
    first = place_of(plan, "Edit")
    edit = content_of(plan.steps[first].manifests[0])["data"]
    assert edit[CONTROLLER_CONFIG_KEY].count(SERVER) == 1, "the controller was forgotten before"
    both = replace(running(), config_maps=_both_set(running()))
    titles = [step.title for step in plan_of(both, "").steps]
    assert not [title for title in titles if "Edit" in title or ("every Node" in title and "Restart" in title)]
    assert "one Node first" in titles[0]


def _both_set(snapshot: Snapshot) -> tuple[Any, ...]:
    first = snapshot.config_maps[0]
    line = f'\nkubeAPIServerOverride: "https://{SERVER}"\n'
    data = {key: text + line for key, text in first.data.items()}
    return (msgspec.structs.replace(first, data=data), *snapshot.config_maps[1:])


def test_the_way_back_creates_the_saved_objects_without_what_only_the_server_sets() -> None:
    plan = plan_of(running())
    save, delete = plan.steps[place_of(plan, "Save kube-proxy")], plan.steps[place_of(plan, "Delete")]
    stripped = [line for line in save.commands if "--local" in line]
    assert len(stripped) == 2
    assert all(
        '"resourceVersion": null' in line and '"uid": null' in line and '"status": null' in line for line in stripped
    )
    files = [shlex.split(line)[-1] for line in stripped]
    assert all(any(file in line for line in delete.undo) for file in files)
    assert any("rollout status" in line for line in delete.undo), "the way back ends when kube-proxy is ready again"
    gone = [(change.verb, change.kind, change.key) for change in delete.changes if isinstance(change, Write)]
    assert gone == [
        (Verb.DELETE, "DaemonSet", "kube-system/kube-proxy"),
        (Verb.DELETE, "ConfigMap", "kube-system/kube-proxy"),
    ]


def test_rules_are_cleaned_on_one_node_first_and_no_command_for_a_nodes_shell_runs_on_the_operators_machine() -> None:
    plan = plan_of(running())
    cleaning = [step for step in plan.steps if step.title.startswith("Clean")]
    selectors = [
        content_of(step.manifests[0])["spec"]["template"]["spec"]["nodeSelector"].get("kubernetes.io/hostname")
        for step in cleaning
    ]
    assert selectors == ["node1", None]
    for step in plan.steps:
        for line in (*step.commands, *step.verify, *step.undo):
            assert shlex.split(line)[0] == "kubectl", line
    spoken = str([step.alternatives for step in cleaning])
    assert "iptables-save | grep -v KUBE | iptables-restore" in spoken
    assert "ON each Node" in spoken
    assert "Restart the Nodes" in spoken
    assert place_of(plan, "Take the cleaning DaemonSet away") == plan.steps.index(cleaning[1]) + 1


def test_a_filter_of_iptables_is_not_offered_where_kube_proxy_writes_none() -> None:
    snapshot = running(kube_proxy="nftables", host_network_mode="nftables")
    plan = plan_of(snapshot)
    assert plan.applicable, plan.blocked_by
    assert "iptables-restore" not in str([step.alternatives for step in plan.steps])


@pytest.mark.parametrize(
    ("snapshot", "reason"),
    [
        (cluster(), "enable-proxy-all"),
        (cluster(proxy_all=True, differing={"node2": {"proxy_all": False}}), "node2"),
        (cluster(proxy_all=True, agents=False), "enable-proxy-all"),
        (cluster(proxy_all=False, differing={"node1": {"proxy_all": True}, "node2": {"proxy_all": True}}), "proxyAll"),
        (cluster(proxy_all=True, differing={"node2": {"version": "v2.6.0"}}), "one release"),
        (cluster(proxy_all=True, version="v2.0.1"), "Before 2.1 the order is another one"),
        (cluster(proxy_all=True, kube_proxy=None), "kube-proxy is absent"),
        (cluster(proxy_all=True, kubelet="v1.33.5-gke.1080000"), "GKE"),
        (labelled(cluster(proxy_all=True), "node.openshift.io/os_id"), "OpenShift"),
    ],
)
def test_where_kube_proxy_is_still_needed_the_plan_has_no_steps_and_says_why(snapshot: Snapshot, reason: str) -> None:
    plan = plan_of(snapshot)
    assert plan.steps == ()
    assert any(reason in text for text in plan.blocked_by), plan.blocked_by


def test_before_2_1_prepared_agents_take_over_only_when_the_rules_go_and_that_is_said() -> None:
    plan = plan_of(running(version="v2.0.1", agent={"kubeAPIServerOverride": f"https://{SERVER}"}), "")
    assert plan.applicable, plan.blocked_by
    before = case_of(running(version="v2.0.1"), service(TWO_PODS))
    assert {path.handler for path in before.once(external_paths)} == {Handler.KUBE_PROXY}
    assert {path.handler for path in after_paths(plan)} == {Handler.ANTREA_PROXY}
    assert any("moves to AntreaProxy" in text for text in plan.steps[place_of(plan, "Clean")].dangers)


@pytest.mark.parametrize(
    "address",
    [LB_IP, "10.96.0.10", "198.51.100.110", "web.default.svc", "web.default.svc.cluster.local"],
)
def test_an_address_that_a_service_of_this_cluster_provides_is_refused(address: str) -> None:
    plan = plan_of(running(), f"{address}:6443")
    assert plan.steps == ()
    assert any("default/web" in text for text in plan.blocked_by), plan.blocked_by


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("192.0.2.5:6443", "https://192.0.2.5:6443"),
        ("https://api.example.com", "https://api.example.com:443"),
        ("https://API.example.com:6443/", "https://api.example.com:6443"),
        ("[2001:db8::5]:6443", "https://[2001:db8::5]:6443"),
    ],
)
def test_addresses_are_written_as_antrea_takes_them(text: str, url: str) -> None:
    assert read_api_server(text).url == url
    assert not read_api_server(text).trouble


@pytest.mark.parametrize(
    "text",
    [
        "192.0.2.5",
        "192.0.2.5:99999",
        "http://192.0.2.5:6443",
        "https://user:secret@192.0.2.5:6443",
        "https://192.0.2.5:6443/path",
        "api_server:6443",
        "$(reboot):6443",
        'a"b:6443',
        "two words:6443",
        "host:6443\nfeatureGates: {}",
        ":6443",
        "[2001:db8::5:6443",
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence_and_reaches_no_file(text: str) -> None:
    found = read_api_server(text)
    assert found.url == ""
    assert found.trouble.isprintable()
    plan = plan_of(running(), text)
    assert plan.steps == ()
    assert found.trouble in plan.blocked_by


def test_the_question_proposes_what_the_cluster_knows_and_warns_of_tunnels() -> None:
    case = Case.of(read_demo("proxy-all"), "shop/web")
    plan = make(case, Question())
    assert not plan.applicable
    (asked,) = plan.asks
    proposed = dict(candidates(case))
    assert proposed
    assert all(url in asked for url in proposed)
    assert "tunnel" in asked
    assert "cluster-info" in asked


@pytest.mark.parametrize(
    ("made", "label", "name", "words"),
    [
        ({"kubelet": "v1.33.1+k3s1"}, "", "k3s", "/etc/rancher/k3s/config.yaml"),
        ({"kubelet": "v1.33.1+rke2r1"}, "", "RKE2", "pod-manifests/kube-proxy.yaml"),
        ({"kubelet": "v1.33.1+k0s"}, "", "k0s", "spec.network.kubeProxy.disabled"),
        ({}, "kubernetes.azure.com/cluster", "AKS", "az aks update"),
    ],
)
def test_where_another_program_starts_kube_proxy_the_operator_switches_it_off_there(
    made: dict[str, str], label: str, name: str, words: str
) -> None:
    snapshot = running(**made)
    plan = plan_of(labelled(snapshot, label) if label else snapshot)
    assert plan.applicable, plan.blocked_by
    step = plan.steps[place_of(plan, f"off in {name}")]
    assert step.commands == ()
    assert step.operator_acts
    assert words in step.expect
    assert all(isinstance(change, Assumed) for change in step.changes), "no hand may pretend to do it"
    assert not [other for other in plan.steps if other.title == "Delete kube-proxy"]


def test_static_pods_go_as_a_consequence_and_the_what_if_knows() -> None:
    snapshot = running(kube_proxy=None, kubelet="v1.33.1+rke2r1")
    static = Pod(metadata=Meta(name="kube-proxy-node1", namespace="kube-system", labels={"component": "kube-proxy"}))
    case = case_of(snapshot, service(TWO_PODS))
    case = Case.of(replace(case.snapshot, pods=(*case.snapshot.pods, static)), case.key)
    plan = make(case, Question(api_server=SERVER))
    assert plan.applicable, plan.blocked_by
    then = plan.then
    assert then is not None
    assert static not in then.snapshot.pods
    assert "pgrep" in plan.steps[place_of(plan, "Switch kube-proxy off")].expect


@pytest.mark.parametrize(
    ("made", "name"),
    [({"kubelet": "v1.33.1-eks-113cf36"}, "EKS"), ({"provider": "kind"}, "kind")],
)
def test_the_platform_is_told_by_its_nodes_with_its_own_way_back(made: dict[str, str], name: str) -> None:
    plan = plan_of(running(**made))
    (asked,) = [item for item in plan.prerequisites if "platform" in item.title]
    assert asked.state is State.MET
    assert f"This is {name}" in asked.evidence
    dangers = " ".join(plan.steps[place_of(plan, "Delete")].dangers)
    assert ("aws eks delete-addon" in dangers) == (name == "EKS")
    assert ("kubeadm init phase addon kube-proxy" in dangers) == (name == "kind")


def test_a_service_that_only_kube_proxy_serves_refuses_the_removal() -> None:
    skipped = service((host(1),), name="left", lb_ips=("198.51.100.99",), external_ips=(), cluster_ip="10.96.0.99")
    snapshot = with_services(running(proxy={"skipServices": ["default/left"]}), service(TWO_PODS), skipped)
    plan = make(Case.of(snapshot, "default/web"), Question(api_server=SERVER))
    assert not plan.applicable
    assert any("default/left" in text for text in plan.blocked_by)
    own = make(Case.of(snapshot, "default/left"), Question(api_server=SERVER))
    assert any("Nobody serves" in finding.message for finding in own.new_broken)


def test_hostile_names_stand_quoted_in_every_command() -> None:
    plan = make(
        Case.of(read_demo("proxy-all"), "shop/web"), Question(kube_context="it's $(mine)", api_server="172.18.0.2:6443")
    )
    lines = [line for step in plan.steps for line in (*step.commands, *step.verify, *step.undo)]
    assert lines
    for line in lines:
        assert shlex.split(line)[:3] == ["kubectl", "--context", "it's $(mine)"], line
