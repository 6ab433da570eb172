"""Plan files against a real API server: tried, applied, proved and taken back by our own hand, without kubectl.

The bed has no controllers: where a step waits for agents, the test plays them through the admin's API.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from applying import (
    AGENTS,
    MODE,
    POLICIES,
    REAL_CRDS,
    WEB,
    Run,
    agents_follow,
    alone,
    applied,
    contents,
    dsr,
    patched,
    planned,
    standings,
    step_of,
    undone,
)
from bed.breaking_proxy import BreakingProxy
from bed.fixtures import Cluster
from bed.users import Users
from headless import doctor
from terminal import OpenTerminal

pytestmark = pytest.mark.bed


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


def test_verify_needs_no_more_than_the_rights_that_rbac_prints(
    seed: Cluster, run: Run, users: Users, tmp_path: Path
) -> None:
    path = dsr(run, tmp_path)
    reader = users.with_role(yaml.safe_load(doctor("rbac").out))
    assert {standing for standing, _ in standings(run, path, kubeconfig=reader.kubeconfig).values()} == {
        "open",
        "unchecked",
    }


def test_the_rights_for_changes_are_a_role_of_their_own_and_enough(
    seed: Cluster, run: Run, users: Users, tmp_path: Path
) -> None:
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


def test_one_agent_is_restarted_by_its_pod_alone_and_proved_by_the_next_one(
    seed: Cluster, run: Run, tmp_path: Path
) -> None:
    path = alone(dsr(run, tmp_path), "DaemonSet")
    document = json.loads(path.read_text())
    step = document["steps"][0]
    step["writes"][0]["node"] = "node-a"
    step["tables"] = []
    path.write_text(json.dumps(document))

    def agent(name: str, node: str) -> dict[str, Any]:
        labels = seed.api.get(AGENTS)["spec"]["selector"]["matchLabels"]
        spec = {"nodeName": node, "containers": [{"name": "antrea-agent", "image": "agent"}]}
        meta = {"name": name, "namespace": "kube-system", "labels": labels}
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status}

    seed.load([agent("agent-a", "node-a"), agent("agent-b", "node-b")])
    document["madeAt"] = "2999-01-01T00:00:00Z"  # a plan that is younger than these Pods
    path.write_text(json.dumps(document))
    assert standings(run, path)["1"][0] == "open"
    assert "-  name: agent-a" in run("apply", str(path), "--step", "1", "--dry-run").out
    ran = applied(run, path, "1")
    assert ran.code == 0, ran.err
    pods = seed.api.get("/api/v1/namespaces/kube-system/pods")["items"]
    left = [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    assert "agent-b" in left
    assert "agent-a" not in left
    assert standings(run, path)["1"][0] == "open"  # no agent came up yet
    seed.api.send("DELETE", "/api/v1/namespaces/kube-system/pods/agent-a?gracePeriodSeconds=0")
    seed.load([agent("agent-a2", "node-a")])
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "madeAt": "2020-01-01T00:00:00Z"}))
    assert standings(run, path)["1"][0] == "done"
