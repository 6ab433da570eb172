"""Plan files against a real API server: tried, applied, proved and taken back through our own hand, without kubectl.

The bed has no controllers: where a step waits for agents, the test plays them through the admin's API.
"""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import antrea, faults
from bed.breaking_proxy import BreakingProxy
from bed.fixtures import Cluster
from bed.users import READ_ANTREA, READ_CONFIG_MAPS, READ_NAMESPACES, READ_NODES, READ_WORKLOADS, Users
from diagnostics.kube.demos import demo_objects
from headless import Ran, doctor
from terminal import OpenTerminal

pytestmark = pytest.mark.bed

CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/antrea-config"
WEB = "/api/v1/namespaces/shop/services/web"
AGENTS = "/apis/apps/v1/namespaces/kube-system/daemonsets/antrea-agent"
POLICIES = "/apis/crd.antrea.io/v1beta1/clusternetworkpolicies"
TRACEFLOWS = "/apis/crd.antrea.io/v1beta1/traceflows"
INFOS = "/apis/crd.antrea.io/v1beta1/antreaagentinfos"
MERGE = "application/merge-patch+json"
MODE = "service.antrea.io/load-balancer-mode"
REAL_CRDS = pytest.mark.skipif(antrea.crds_file() is None, reason="Antrea's own schemas are not at hand")

Run = Callable[..., Ran]


@pytest.fixture
def seed(cluster: Cluster) -> Cluster:
    """The seed's cluster in the server."""
    recorded = [item for item in demo_objects("seed") if item["kind"] != "Recording"]
    cluster.load(item for item in recorded if item["metadata"]["name"] != "kubernetes")
    return cluster


@pytest.fixture
def run(seed: Cluster) -> Run:
    """`antrea-doctor COMMAND ...` against it as its admin, or with another kubeconfig."""

    def call(*words: str, kubeconfig: Path | None = None) -> Ran:
        return doctor([*words, "--kubeconfig", str(kubeconfig or seed.kubeconfig)])

    return call


def planned(run: Run, folder: Path, *words: str, **options: Any) -> Path:
    ran = run("plan", *words, "-o", "json", **options)
    assert ran.code == 0, (ran.err, ran.json["blockedBy"], ran.json["prerequisites"])
    path = folder / "plan.json"
    path.write_text(ran.out)
    return path


def dsr(run: Run, folder: Path, **options: Any) -> Path:
    return planned(run, folder, "shop/web", "--remedy", "use-dsr", **options)


def step_of(path: Path, kind: str, verb: str = "") -> str:
    """The number of the step that first writes such an object."""
    steps = json.loads(path.read_text())["steps"]
    return str(
        next(
            number
            for number, step in enumerate(steps, 1)
            if any(item["kind"] == kind and verb in ("", item["verb"]) for item in step["writes"])
        )
    )


def alone(path: Path, kind: str) -> Path:
    """The plan with the one step that writes such an object: what goes before it is tested elsewhere."""
    document = json.loads(path.read_text())
    document["steps"] = [document["steps"][int(step_of(path, kind)) - 1]]
    path.write_text(json.dumps(document))
    return path


def applied(run: Run, path: Path, number: str, key: str = "shop/web", **options: Any) -> Ran:
    return run("apply", str(path), "--step", number, "--allow-write", "--yes", key, **options)


def undone(run: Run, path: Path, number: str, key: str = "shop/web", **options: Any) -> Ran:
    return run("undo", str(path), "--step", number, "--allow-write", "--yes", key, **options)


def standings(run: Run, path: Path, **options: Any) -> dict[str, tuple[str, str]]:
    document = run("verify", str(path), "-o", "json", **options).json
    return {str(step["number"]): (step["standing"], step["why"]) for step in document["steps"]}


def patched(cluster: Cluster, path: str, change: dict[str, Any], manager: str = "someone") -> Any:
    return cluster.api.send("PATCH", f"{path}?fieldManager={manager}", change, MERGE)


def agents_follow(cluster: Cluster, *tables: str) -> None:
    """What the DaemonSet's controller and the agents do after a restart."""
    now = cluster.api.get(AGENTS)
    count = now["status"]["desiredNumberScheduled"]
    status = {
        "observedGeneration": now["metadata"]["generation"],
        "updatedNumberScheduled": count,
        "numberAvailable": count,
        "numberReady": count,
    }
    patched(cluster, f"{AGENTS}/status", {"status": status})
    for info in cluster.api.get(INFOS)["items"]:
        change = {"ovsInfo": {"flowTable": dict.fromkeys(tables, 1)}}
        patched(cluster, f"{INFOS}/{info['metadata']['name']}", change)


def contents(cluster: Cluster) -> dict[str, Any]:
    """What plans may touch, without what the server counts by itself and without when Pods were restarted."""
    found = {}
    lists = ("/apis/networking.k8s.io/v1/networkpolicies", POLICIES)
    for path in (CONFIG_MAP, WEB, *lists):
        answer = cluster.api.get(path)
        for item in answer.get("items", [answer]):
            meta = item["metadata"]
            found[f"{path} {meta['name']}"] = (item.get("data"), item.get("spec"), meta.get("annotations", {}))
    return found


def test_dsr_is_applied_step_by_step_proved_and_taken_back_by_our_own_hand(
    seed: Cluster, run: Run, tmp_path: Path
) -> None:
    before = contents(seed)
    path = dsr(run, tmp_path)
    edit, restart, annotate = step_of(path, "ConfigMap"), step_of(path, "DaemonSet"), step_of(path, "Service")

    assert standings(run, path)[edit][0] == "open"
    early = applied(run, path, annotate)
    assert early.code == 1
    assert "comes first and is open" in early.err
    assert contents(seed) == before

    ran = applied(run, path, edit)
    assert ran.code == 0, ran.err
    assert "+      LoadBalancerModeDSR: true" in ran.out.replace("+    featureGates", "")
    assert standings(run, path)[edit][0] == "done"

    ran = applied(run, path, restart)
    assert ran.code == 0, ran.err
    notes = seed.api.get(AGENTS)["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" in notes
    assert standings(run, path)[restart][0] == "open"  # nobody has taken it up
    assert applied(run, path, annotate).code == 1
    agents_follow(seed, "NodePortMark")
    standing, why = standings(run, path)[restart]
    assert standing == "open"
    assert "DSRServiceMark is missing on node-a, node-b and node-c" in why
    agents_follow(seed, "NodePortMark", "DSRServiceMark")
    assert standings(run, path)[restart][0] == "done"

    ran = applied(run, path, annotate)
    assert ran.code == 0, ran.err
    assert seed.api.get(WEB)["metadata"]["annotations"][MODE] == "dsr"
    assert {standing for standing, _ in standings(run, path).values()} == {"done", "unchecked"}
    assert run("verify", str(path)).code == 0

    for number in (annotate, restart, edit):
        ran = undone(run, path, number)
        assert ran.code == 0, ran.err
    assert contents(seed) == before
    again = seed.api.get(AGENTS)["metadata"]["generation"]
    assert again == 3  # made, restarted, and restarted with the configuration put back


@REAL_CRDS
def test_the_policy_and_its_other_half_are_applied_proved_and_taken_back(
    seed: Cluster, run: Run, tmp_path: Path
) -> None:
    before = contents(seed)
    key = "partner/intake"
    path = planned(run, tmp_path, key, "--remedy", "guard-nodeport", "--allow", "203.0.113.0/24")
    numbers = [str(n) for n, step in enumerate(json.loads(path.read_text())["steps"], 1) if step["writes"]]
    policy = step_of(path, "ClusterNetworkPolicy")
    for number in numbers:
        ran = applied(run, path, number, key)
        assert ran.code == 0, (number, ran.err)
        if number == step_of(path, "DaemonSet"):
            agents_follow(seed, "NodePortMark", "AntreaPolicyIngressRule")
        if number == policy:
            policies = seed.api.get(POLICIES)["items"]
            (made,) = [item for item in policies if item["metadata"]["name"].startswith("doctor")]
            assert "has not taken it up yet" in standings(run, path)[policy][1]
            where = f"{POLICIES}/{made['metadata']['name']}/status"
            status = {
                "phase": "Failed",
                "observedGeneration": made["metadata"]["generation"],
                "currentNodesRealized": 2,
                "desiredNodesRealized": 3,
                "conditions": [
                    {
                        "type": "RealizationFailure",
                        "status": "True",
                        "reason": "NetworkPolicyRealizationFailedOnNode",
                        "message": 'Failed Nodes count 1: "node-b":"no flow"',
                        "lastTransitionTime": "2026-01-01T00:00:00Z",
                    }
                ],
            }
            patched(seed, where, {"status": status})
            assert 'realised on 2 of 3 Nodes. Failed Nodes count 1: "node-b"' in standings(run, path)[policy][1]
            patched(seed, where, {"status": {**status, "phase": "Realized", "currentNodesRealized": 3}})
            assert standings(run, path)[policy][0] == "done"
    standing = contents(seed)
    for number in reversed(numbers):
        run("undo", str(path), "--step", number, "--dry-run")
        assert contents(seed) == standing
        ran = undone(run, path, number, key)
        assert ran.code == 0, (number, ran.err)
        standing = contents(seed)
    assert contents(seed) == before


def test_without_the_flag_nothing_but_reads_and_dry_runs_leaves(
    seed: Cluster, run: Run, tmp_path: Path, proxy: BreakingProxy
) -> None:
    through = proxy.kubeconfig(seed.kubeconfig, tmp_path)
    path = dsr(run, tmp_path, kubeconfig=through)
    before = contents(seed)
    steps = len(json.loads(path.read_text())["steps"])
    proxy.forget()
    for number in map(str, range(1, steps + 1)):
        run("apply", str(path), "--step", number, "--dry-run", kubeconfig=through)
        run("apply", str(path), "--step", number, "--yes", "shop/web", kubeconfig=through)
        run("undo", str(path), "--step", number, "--dry-run", kubeconfig=through)
    run("verify", str(path), kubeconfig=through)
    sent = [item for item in proxy.requests if item.method != "GET"]
    assert len(sent) >= 3
    for item in sent:
        assert item.parameters["dryRun"] == ["All"], item.target
        assert item.parameters["fieldManager"] == ["antrea-doctor"]
        assert item.parameters["fieldValidation"] == ["Strict"]
        assert "force" not in item.parameters
    assert contents(seed) == before


def test_a_dry_run_with_the_flag_changes_nothing_either(seed: Cluster, run: Run, tmp_path: Path) -> None:
    path = dsr(run, tmp_path)
    before = contents(seed)
    ran = run("apply", str(path), "--step", step_of(path, "ConfigMap"), "--dry-run", "--allow-write")
    assert ran.code == 0
    assert "+" in ran.out
    assert contents(seed) == before


def test_somebody_elses_change_in_between_stops_the_step_and_is_named(seed: Cluster, run: Run, tmp_path: Path) -> None:
    path = dsr(run, tmp_path)
    edit = step_of(path, "ConfigMap")
    patched(seed, CONFIG_MAP, {"metadata": {"annotations": {"touched": "yes"}}}, "argocd-controller")
    before = contents(seed)
    ran = applied(run, path, edit)
    assert ran.code == 1
    assert "ConfigMap kube-system/antrea-config was changed since the plan was made" in ran.err
    assert "argocd-controller" in ran.err
    assert contents(seed) == before
    standing, why = standings(run, path)[edit]
    assert standing == "drifted"
    assert "argocd-controller" in why


def test_a_change_of_the_status_alone_stops_nothing(seed: Cluster, run: Run, tmp_path: Path) -> None:
    path = dsr(run, tmp_path)
    assert applied(run, path, step_of(path, "ConfigMap")).code == 0
    patched(seed, f"{AGENTS}/status", {"status": {"numberReady": 1}})
    assert applied(run, path, step_of(path, "DaemonSet")).code == 0


def test_undo_touches_only_its_own_values_and_refuses_where_they_were_changed(
    seed: Cluster, run: Run, tmp_path: Path
) -> None:
    path = dsr(run, tmp_path)
    edit = step_of(path, "ConfigMap")
    was = seed.api.get(CONFIG_MAP)["data"]["antrea-agent.conf"]
    assert applied(run, path, edit).code == 0
    patched(seed, CONFIG_MAP, {"metadata": {"annotations": {"touched": "yes"}}})
    mine = seed.api.get(CONFIG_MAP)["data"]["antrea-agent.conf"]
    patched(seed, CONFIG_MAP, {"data": {"antrea-agent.conf": "theirs: true\n"}}, "helm")
    ran = undone(run, path, edit)
    assert ran.code == 1
    assert "data[antrea-agent.conf] of ConfigMap kube-system/antrea-config was changed since by helm" in ran.err
    patched(seed, CONFIG_MAP, {"data": {"antrea-agent.conf": mine}}, "helm")
    assert undone(run, path, edit).code == 0
    now = seed.api.get(CONFIG_MAP)
    assert now["data"]["antrea-agent.conf"] == was
    assert now["metadata"]["annotations"]["touched"] == "yes"
    assert undone(run, path, edit).code == 1  # it is taken back already


def test_a_missing_right_is_named_with_its_verb_and_resource(
    seed: Cluster, run: Run, users: Users, tmp_path: Path
) -> None:
    path = dsr(run, tmp_path)
    rules = [*READ_WORKLOADS, *READ_NAMESPACES, *READ_NODES, *READ_CONFIG_MAPS, *READ_ANTREA]
    poor = users.with_rules(rules)
    ran = applied(run, path, step_of(path, "ConfigMap"), kubeconfig=poor.kubeconfig)
    assert ran.code == 3
    assert 'The right "patch configmaps" in namespace kube-system is missing.' in ran.err


def test_verify_needs_no_more_than_the_rights_that_rbac_prints(
    seed: Cluster, run: Run, users: Users, tmp_path: Path
) -> None:
    import yaml

    path = dsr(run, tmp_path)
    reader = users.with_role(yaml.safe_load(doctor("rbac").out))
    assert {standing for standing, _ in standings(run, path, kubeconfig=reader.kubeconfig).values()} == {
        "open",
        "unchecked",
    }


def test_the_rights_for_changes_are_a_role_of_their_own_and_enough(
    seed: Cluster, run: Run, users: Users, tmp_path: Path
) -> None:
    import yaml

    assert "patch" not in doctor("rbac").out
    roles = list(yaml.safe_load_all(doctor("rbac --allow-write").out))
    assert [role["metadata"]["name"] for role in roles] == ["antrea-doctor", "antrea-doctor-write"]
    operator = users.with_rules([rule for role in roles for rule in role["rules"]])
    path = dsr(run, tmp_path)
    for kind in ("ConfigMap", "DaemonSet", "Service"):
        ran = applied(run, path, step_of(path, kind), kubeconfig=operator.kubeconfig)
        assert ran.code == 0, ran.err
        agents_follow(seed, "NodePortMark", "DSRServiceMark")
    for kind in ("Service", "DaemonSet", "ConfigMap"):
        ran = undone(run, path, step_of(path, kind), kubeconfig=operator.kubeconfig)
        assert ran.code == 0, ran.err


@REAL_CRDS
def test_what_the_schema_refuses_is_said_before_anything_is_done(seed: Cluster, run: Run, tmp_path: Path) -> None:
    key = "partner/intake"
    path = planned(run, tmp_path, key, "--remedy", "guard-nodeport", "--allow", "203.0.113.0/24")
    document = json.loads(path.read_text())
    number = step_of(path, "ClusterNetworkPolicy")
    document["steps"][int(number) - 1]["writes"][0]["body"]["spec"]["priority"] = "high"
    path.write_text(json.dumps(document))
    before = contents(seed)
    ran = run("apply", str(path), "--step", number, "--dry-run")
    assert ran.code == 1
    assert "The server refuses ClusterNetworkPolicy" in ran.err
    assert "spec.priority" in ran.err
    assert contents(seed) == before


def test_a_plan_for_another_server_is_refused(seed: Cluster, run: Run, tmp_path: Path, proxy: BreakingProxy) -> None:
    path = dsr(run, tmp_path)
    ran = applied(run, path, "2", kubeconfig=proxy.kubeconfig(seed.kubeconfig, tmp_path))
    assert ran.code == 2
    assert "This plan was made for" in ran.err
    assert proxy.requests == []


@pytest.mark.parametrize("name", ["shop/other", "web", "SHOP/WEB"])
def test_another_name_than_the_services_changes_nothing(seed: Cluster, run: Run, tmp_path: Path, name: str) -> None:
    path = dsr(run, tmp_path)
    before = contents(seed)
    ran = applied(run, path, step_of(path, "ConfigMap"), name)
    assert ran.code == 2
    assert "Nothing was changed." in ran.err
    assert "context bed at 127.0.0.1" in ran.err or "context bed at https://127.0.0.1" in ran.err
    assert contents(seed) == before


def test_an_answer_that_never_came_is_not_taken_for_a_failure_and_can_be_taken_back(
    seed: Cluster, run: Run, tmp_path: Path, proxy: BreakingProxy
) -> None:
    through = proxy.kubeconfig(seed.kubeconfig, tmp_path)
    path = dsr(run, tmp_path, kubeconfig=through)
    before = contents(seed)
    edit = step_of(path, "ConfigMap")
    proxy.break_with(_swallowed, path=r"configmaps/antrea-config\?fieldManager", times=1)
    ran = applied(run, path, edit, kubeconfig=through)
    assert ran.code == 4
    assert "Whether ConfigMap kube-system/antrea-config was changed is not known." in ran.err
    assert json.loads(path.read_text())["steps"][int(edit) - 1]["progress"]["saved"][0]["state"] == "unsure"
    proxy.mend()
    assert standings(run, path, kubeconfig=through)[edit][0] == "done"
    assert undone(run, path, edit, kubeconfig=through).code == 0
    assert contents(seed) == before


def _swallowed(exchange: Any) -> None:
    """The server does it, and its answer is lost."""
    exchange.fetch()
    exchange.reset()


def test_the_saved_state_survives_a_kill_in_the_middle(
    seed: Cluster, run: Run, tmp_path: Path, proxy: BreakingProxy
) -> None:
    through = proxy.kubeconfig(seed.kubeconfig, tmp_path)
    path = dsr(run, tmp_path, kubeconfig=through)
    before = contents(seed)
    edit = step_of(path, "ConfigMap")
    proxy.break_with(_held, path=r"configmaps/antrea-config\?fieldManager", times=1)
    words = ["apply", str(path), "--step", edit, "--allow-write", "--yes", "shop/web", "--kubeconfig", str(through)]
    process = subprocess.Popen([sys.executable, "-m", "tui", *words], cwd=Path(__file__).parent.parent)
    end = time.monotonic() + 20
    while contents(seed) == before and time.monotonic() < end:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    proxy.mend()
    assert contents(seed) != before  # the server had done it
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    saved = json.loads(path.read_text())["steps"][int(edit) - 1]["progress"]["saved"]
    assert [item["state"] for item in saved] == ["begun"]
    assert undone(run, path, edit, kubeconfig=through).code == 0
    assert contents(seed) == before
    assert list(tmp_path.glob(".plan.json*")) == []


def _held(exchange: Any) -> None:
    """The server does it, and its answer stays on the way."""
    exchange.fetch()
    faults.stall(exchange)


@REAL_CRDS
def test_live_traffic_is_compared_with_the_prediction_and_no_trace_stays(
    seed: Cluster, run: Run, tmp_path: Path
) -> None:
    path = alone(dsr(run, tmp_path), "Traceflow")
    stop = threading.Event()
    player = threading.Thread(target=_play_agent, args=(seed, stop, "10.20.1.1"))
    player.start()
    try:
        ran = applied(run, path, "1")
    finally:
        stop.set()
        player.join()
    assert seed.api.get(TRACEFLOWS)["items"] == []
    assert "Now connect from a client outside the cluster to" in ran.err
    assert "10.20.1.1" in ran.out
    observed = json.loads(path.read_text())["steps"][0]["progress"]["observed"]
    assert observed
    assert {item["source"] for item in observed} == {"10.20.1.1"}


def _play_agent(cluster: Cluster, stop: threading.Event, source: str) -> None:
    where = TRACEFLOWS
    while not stop.wait(0.1):
        for item in cluster.api.get(where)["items"]:
            if not item.get("status", {}).get("phase"):
                status = {"phase": "Succeeded", "capturedPacket": {"srcIP": source}}
                patched(cluster, f"{where}/{item['metadata']['name']}/status", {"status": status})


@REAL_CRDS
def test_live_traffic_without_the_right_gives_the_recipe(seed: Cluster, run: Run, users: Users, tmp_path: Path) -> None:
    path = alone(dsr(run, tmp_path), "Traceflow")
    rules = [*READ_WORKLOADS, *READ_NAMESPACES, *READ_NODES, *READ_CONFIG_MAPS, *READ_ANTREA]
    ran = applied(run, path, "1", kubeconfig=users.with_rules(rules).kubeconfig)
    assert ran.code == 3
    assert 'The right "create traceflows.crd.antrea.io" is missing.' in ran.err
    assert "kubectl" in ran.out
    assert "create" in ran.out


@REAL_CRDS
def test_an_interrupted_proof_leaves_no_trace_behind(seed: Cluster, run: Run, tmp_path: Path) -> None:
    path = alone(dsr(run, tmp_path), "Traceflow")
    words = ["apply", str(path), "--step", "1", "--allow-write", "--yes", "shop/web"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *words, "--kubeconfig", str(seed.kubeconfig)],
        cwd=Path(__file__).parent.parent,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while not (made := seed.api.get(TRACEFLOWS)["items"]) and time.monotonic() < end:
        time.sleep(0.05)
    assert made
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    assert seed.api.get(TRACEFLOWS)["items"] == []


@REAL_CRDS
def test_a_field_of_another_manager_is_not_forced_and_the_manager_is_named(
    seed: Cluster, run: Run, tmp_path: Path
) -> None:
    key = "partner/intake"
    path = planned(run, tmp_path, key, "--remedy", "guard-nodeport", "--allow", "203.0.113.0/24")
    path = alone(path, "ClusterNetworkPolicy")
    document = json.loads(path.read_text())
    write = document["steps"][0]["writes"][0]
    theirs = {**write["body"], "spec": {**write["body"]["spec"], "priority": 17}}
    where = f"{POLICIES}/{write['name']}?fieldManager=argocd-controller"
    seed.api.send("PATCH", where, theirs, "application/apply-patch+yaml")
    ran = applied(run, path, "1", key)
    assert ran.code == 1
    assert "is there, and was not when the plan was made: argocd-controller" in ran.err
    write["seen"] = None  # as if the plan had not looked
    path.write_text(json.dumps(document))
    ran = applied(run, path, "1", key)
    assert ran.code == 1
    assert "argocd-controller manages .spec.priority of ClusterNetworkPolicy" in ran.err
    assert seed.api.get(f"{POLICIES}/{write['name']}")["spec"]["priority"] == 17


def test_a_deleted_object_is_made_again_from_the_file(seed: Cluster, run: Run, tmp_path: Path) -> None:
    """As when kube-proxy is removed: the object is put back as it was, with another uid."""
    path = alone(dsr(run, tmp_path), "Service")
    document = json.loads(path.read_text())
    where = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"
    was = seed.api.get(where)
    gone = {"verb": "delete", "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "kube-proxy", "body": None}
    seen = {"there": True, "uid": was["metadata"]["uid"], "resourceVersion": was["metadata"]["resourceVersion"]}
    document["steps"][0]["writes"] = [{**gone, "namespace": "kube-system", "seen": seen}]
    path.write_text(json.dumps(document))
    tried = run("apply", str(path), "--step", "1", "--dry-run")
    assert (tried.code, seed.api.get(where)["metadata"]["uid"]) == (0, was["metadata"]["uid"])
    ran = applied(run, path, "1")
    assert ran.code == 0, ran.err
    assert "-kind: DaemonSet" in ran.out
    assert standings(run, path)["1"][0] == "done"
    assert undone(run, path, "1").code == 0
    now = seed.api.get(where)
    assert (now["spec"], now["metadata"].get("labels")) == (was["spec"], was["metadata"].get("labels"))


def test_the_name_of_the_service_is_typed_at_a_terminal(
    seed: Cluster, run: Run, tmp_path: Path, open_terminal: OpenTerminal
) -> None:
    path = dsr(run, tmp_path)
    edit = step_of(path, "ConfigMap")
    words = ("apply", str(path), "--step", edit, "--allow-write", "--kubeconfig", str(seed.kubeconfig))
    before = contents(seed)
    terminal = open_terminal(*words)
    terminal.wait_for("Type the Service's name (shop/web)")
    assert "This changes the cluster of context bed at" in terminal.text
    terminal.keys("shop/wob\r")
    terminal.wait_for("Nothing was changed.")
    assert contents(seed) == before
    terminal = open_terminal(*words)
    terminal.wait_for("Type the Service's name (shop/web)")
    terminal.keys("shop/web\r")
    terminal.wait_for(f"Step {edit} is applied.")
    assert contents(seed) != before
