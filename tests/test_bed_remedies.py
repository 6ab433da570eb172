"""Plans played against a real API server with the real kubectl: accepted, guarded, and taken back to the end."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import antrea
from bed.fixtures import Cluster
from diagnostics.kube.demos import demo_objects
from diagnostics.kube.recorded import from_objects
from diagnostics.model.case import Case
from diagnostics.remedies.offered.catalogue import remedy
from diagnostics.remedies.plan import shells
from diagnostics.remedies.plan.plan import Plan, Question, Step
from diagnostics.remedies.plan.plan_script import step_script, undo_script

pytestmark = [
    pytest.mark.bed,
    pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed"),
]

CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/antrea-config"
SERVER_SIDE_ONLY = ("rollout status", "stats.antrea.io")
Shell = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(cluster: Cluster, tmp_path: Path) -> Shell:
    """Runs a script as an operator would, in a folder of its own."""
    folder = tmp_path / "operator"
    folder.mkdir()

    def run(script: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
        return subprocess.run(
            ["sh", "-eu"], input=script, text=True, capture_output=True, cwd=folder, env=environment, check=False
        )

    return run


def planned(cluster: Cluster, shell: Shell, slug: str, key: str, demo: str = "seed", **question: Any) -> Plan:
    """A plan for a Service of a recording, as it stands in the server."""
    recorded = [item for item in demo_objects(demo) if item["kind"] != "Recording"]
    objects = [item for item in recorded if item["metadata"]["name"] != "kubernetes"]  # the server has its own
    cluster.load(objects)
    server = cluster.api.get(CONFIG_MAP)
    standing = [server if item["metadata"]["name"] == "antrea-config" else item for item in objects]
    standing = [_as_stored(cluster, item) if item["kind"] == "NetworkPolicy" else item for item in standing]
    context = shell("kubectl config current-context").stdout.strip()
    plan = remedy(slug).make(Case.of(from_objects(standing), key), Question(kube_context=context, **question))
    assert plan.applicable, (plan.blocked_by, plan.asks)
    return plan


def _as_stored(cluster: Cluster, item: dict[str, Any]) -> dict[str, Any]:
    meta = item["metadata"]
    stored: dict[str, Any] = cluster.api.get(
        f"/apis/{item['apiVersion']}/namespaces/{meta['namespace']}/networkpolicies/{meta['name']}"
    )
    return stored


def without_waiting(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Commands that need no controller and no Antrea behind the API server."""
    return tuple(line for line in lines if not any(words in line for words in SERVER_SIDE_ONLY))


def play(shell: Shell, step: Step) -> None:
    for script in (step_script(step), *without_waiting(step.verify)):
        script = "\n".join(line for line in script.split("\n") if "rollout status" not in line)
        done = shell(script)
        assert done.returncode == 0, f"{step.title}: {done.stderr}"
        assert "Warning" not in done.stderr, done.stderr


def take_back(shell: Shell, plan: Plan) -> None:
    for step in reversed(plan.steps):
        for line in without_waiting(step.undo):
            done = shell(line)
            assert done.returncode == 0, f"{line}: {done.stderr}"


def standing(cluster: Cluster) -> dict[str, Any]:
    """What the plans may touch, without what the server counts by itself."""
    paths = (
        CONFIG_MAP,
        "/api/v1/namespaces/shop/services/web",
        "/api/v1/namespaces/partner/services/intake",
        "/apis/networking.k8s.io/v1/networkpolicies",
        "/apis/crd.antrea.io/v1beta1/clusternetworkpolicies",
    )
    found = {}
    for path in paths:
        answer = cluster.api.get(path)
        for item in answer.get("items", [answer]):
            meta = item["metadata"]
            notes = {key: value for key, value in meta.get("annotations", {}).items() if "kubectl" not in key}
            found[f"{path} {meta['name']}"] = (item.get("data"), item.get("spec"), notes)
    return found


@pytest.mark.skipif(antrea.crds_file() is None, reason="Antrea's own schemas are not at hand")
@pytest.mark.parametrize(
    ("slug", "key", "question"),
    [
        ("use-dsr", "shop/web", {}),
        ("guard-nodeport", "partner/intake", {"allow": ("203.0.113.0/24", "198.51.100.7")}),
        ("local-policy", "shop/web", {}),
        ("to-load-balancer", "partner/intake", {}),
        ("mend-annotation", "shop/web", {"demo": "dsr-without-gate"}),
        ("mend-policy", "partner/intake", {"demo": "proxy-all"}),
    ],
)
def test_every_step_is_accepted_and_the_way_back_leads_to_the_start(
    cluster: Cluster, shell: Shell, slug: str, key: str, question: dict[str, Any]
) -> None:
    plan = planned(cluster, shell, slug, key, **question)
    before = standing(cluster)
    for step in plan.steps:
        play(shell, step)
    assert standing(cluster) != before
    take_back(shell, plan)
    assert standing(cluster) == before


@pytest.mark.skipif(antrea.crds_file() is None, reason="Antrea's own schemas are not at hand")
@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_the_same_steps_in_fish_lead_to_the_same_objects(cluster: Cluster, shell: Shell, tmp_path: Path) -> None:
    plan = planned(cluster, shell, "use-dsr", "shop/web")
    before = standing(cluster)

    def run(text: str) -> None:
        lines = "\n".join(line for line in text.split("\n") if "rollout status" not in line)
        environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
        ran = subprocess.run(
            ["fish", "--no-config"], input=lines, text=True, capture_output=True, cwd=tmp_path, check=False,
            env=environment,
        )  # fmt: skip
        assert (ran.returncode, ran.stderr) == (0, ""), lines

    for step in plan.steps:
        run(step_script(step, shells.Shell.FISH))
    assert (tmp_path / "antrea-config.bak.yaml").read_text().startswith("apiVersion: v1")
    assert plan.after is not None
    (wanted,) = [item for item in plan.after.config_maps if item.metadata.name == "antrea-config"]
    assert cluster.api.get(CONFIG_MAP)["data"]["antrea-agent.conf"] == wanted.data["antrea-agent.conf"]
    time.sleep(1.1)  # kubectl refuses to restart the same DaemonSet twice within a second
    for step in reversed(plan.steps):
        run(undo_script(step, shells.Shell.FISH))
    assert standing(cluster) == before


def test_a_change_by_somebody_else_in_between_makes_the_edit_fail(cluster: Cluster, shell: Shell) -> None:
    plan = planned(cluster, shell, "use-dsr", "shop/web")
    (edit,) = [step for step in plan.steps if step.diff]
    other = shell("kubectl -n kube-system annotate configmaps antrea-config touched=yes")
    assert other.returncode == 0, other.stderr
    before = cluster.api.get(CONFIG_MAP)["data"]
    refused = shell(step_script(edit))
    assert refused.returncode != 0
    assert "the object has been modified" in refused.stderr
    assert cluster.api.get(CONFIG_MAP)["data"] == before


@pytest.mark.skipif(antrea.crds_file() is None, reason="Antrea's own schemas are not at hand")
def test_rules_that_somebody_changed_in_between_are_not_written_over(cluster: Cluster, shell: Shell) -> None:
    plan = planned(cluster, shell, "mend-policy", "partner/intake", demo="proxy-all")
    (edit,) = [step for step in plan.steps if step.diff]
    other = shell("kubectl -n partner annotate networkpolicies.networking.k8s.io allow-cluster touched=yes")
    assert other.returncode == 0, other.stderr
    before = standing(cluster)
    refused = shell(step_script(edit))
    assert refused.returncode != 0
    assert "the object has been modified" in refused.stderr
    assert standing(cluster) == before


def test_the_server_chooses_a_health_check_port_under_policy_local(cluster: Cluster, shell: Shell) -> None:
    plan = planned(cluster, shell, "local-policy", "shop/web")
    for step in plan.steps[:2]:
        play(shell, step)
    (look,) = plan.steps[1].verify
    policy, port = shell(look).stdout.split()
    assert policy == "Local"
    assert int(port) > 0


def test_the_server_stores_the_very_text_that_was_planned(cluster: Cluster, shell: Shell) -> None:
    plan = planned(cluster, shell, "use-dsr", "shop/web")
    (edit,) = [step for step in plan.steps if step.diff]
    play(shell, edit)
    assert plan.after is not None
    (wanted,) = [item for item in plan.after.config_maps if item.metadata.name == "antrea-config"]
    assert cluster.api.get(CONFIG_MAP)["data"]["antrea-agent.conf"] == wanted.data["antrea-agent.conf"]
