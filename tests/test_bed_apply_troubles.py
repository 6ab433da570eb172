"""Applying a plan file where somebody else, a missing right, admission or a lost answer gets in between."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from applying import (
    AGENTS,
    CONFIG_MAP,
    POLICIES,
    REAL_CRDS,
    Run,
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
from bed import faults
from bed.breaking_proxy import BreakingProxy
from bed.fixtures import Cluster
from bed.users import READ_ANTREA, READ_CONFIG_MAPS, READ_NAMESPACES, READ_NODES, READ_WORKLOADS, Users

pytestmark = pytest.mark.bed


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


def _swallowed(exchange: Any) -> None:
    """The server does it, and its answer is lost."""
    exchange.fetch()
    exchange.reset()


def _held(exchange: Any) -> None:
    """The server does it, and its answer stays on the way."""
    exchange.fetch()
    faults.stall(exchange)
