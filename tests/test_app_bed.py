"""The main job on a real API server: the app shows there what the demo of the same objects shows."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from bed.breaking_proxy import BreakingProxy
from bed.fixtures import Cluster
from driving import drive, frame, press
from headless import doctor
from seeded import app_on, kubeconfig_of, recorded_objects
from tui.app import DoctorApp
from tui.cli.commands import COMMANDS
from tui.copying import Copied, Way
from tui.request import AppRequest

pytestmark = pytest.mark.bed

TALL = (120, 60)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied, oldest first."""
    texts: list[str] = []

    def take(text: str, to_terminal: object, by: str = "") -> Copied:
        texts.append(text)
        return Copied(Way.TMUX, proved=True)

    monkeypatch.setattr("tui.navigator.copy", take)
    return texts


def body(app: DoctorApp) -> list[str]:
    """The screen without its title line, which names the cluster."""
    return frame(app).splitlines()[1:]


def walk(request: AppRequest, copied: list[str]) -> dict[str, list[str]]:
    """What an operator sees and copies on the main way: Service, findings, ways out, plan, list."""
    seen: dict[str, list[str]] = {}
    copied.clear()

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["c"])
        seen["drawing"] = copied[-1].splitlines()
        await press(pilot, ["2"])
        seen["findings"] = body(app)
        await press(pilot, ["c"])
        seen["first finding"] = copied[-1].splitlines()
        await press(pilot, ["3"])
        seen["ways out"] = body(app)
        await press(pilot, ["enter"])
        seen["remedy"] = body(app)
        before = len(copied)
        await press(pilot, ["P"])
        plan = "\n".join(copied[before:]).splitlines()
        # a resourceVersion guards the edit of a real object, and the head of a plan names the server it was made for
        seen["plan"] = [re.sub(r", cluster \S.*", "", line) for line in plan if "resourceVersion" not in line]
        await press(pilot, ["escape", "escape"])
        seen["services"] = body(app)

    drive(request, scene, TALL)
    return seen


@pytest.mark.parametrize("name", ["seed", "proxy-all", "dsr"])
def test_a_real_cluster_is_shown_as_the_demo_of_the_same_objects(
    cluster: Cluster, copied: list[str], tmp_path: Path, name: str
) -> None:
    cluster.load(recorded_objects(name))
    kubeconfig = kubeconfig_of(tmp_path / "config", {"prod": cluster.kubeconfig})
    live, demo = (
        walk(app_on(kubeconfig, service="shop/web"), copied),
        walk(AppRequest(demo=name, service="shop/web"), copied),
    )
    for place, lines in demo.items():
        assert live[place] == [re.sub(r"\bdemo\b", "prod", line) for line in lines], place
    assert any("web-0" in line for line in live["drawing"])


WEB = "/api/v1/namespaces/shop/services/web"


def patch(cluster: Cluster, change: dict[str, Any]) -> None:
    """Changes Service shop/web as `kubectl patch` does."""
    cluster.api.send("PATCH", WEB, change, "application/merge-patch+json")


def test_refreshing_shows_what_was_changed_in_the_cluster_on_every_open_screen(cluster: Cluster) -> None:
    cluster.load(recorded_objects("proxy-all"))

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "⇄ SNAT" in frame(app)
        assert "ETP Cluster" in frame(app)
        await press(pilot, ["3", "enter"])
        assert "Today: sometimes" in frame(app)
        patch(cluster, {"spec": {"externalTrafficPolicy": "Local"}})
        await press(pilot, ["ctrl+r"])
        assert "Not possible as things are." in frame(app)
        await press(pilot, ["escape", "1"])
        assert "= keeps" in frame(app)
        assert "ETP Local" in frame(app)
        await press(pilot, ["escape"])
        row = next(line for line in frame(app).splitlines() if "shop/web " in line)
        assert "keeps" in row
        assert "Local" in row

    drive(app_on(cluster.kubeconfig, service="shop/web"), scene)


def test_a_step_of_the_plan_that_was_done_is_seen_by_refreshing(cluster: Cluster) -> None:
    cluster.load(recorded_objects("proxy-all"))

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["2"])
        assert "AD030" not in found(app)
        patch(cluster, {"metadata": {"annotations": {"service.antrea.io/load-balancer-mode": "dsr"}}})
        await press(pilot, ["ctrl+r"])
        assert "AD030" in found(app)
        patch(cluster, {"metadata": {"annotations": {"service.antrea.io/load-balancer-mode": None}}})
        await press(pilot, ["ctrl+r"])
        assert "AD030" not in found(app)

    drive(app_on(cluster.kubeconfig, service="shop/web"), scene, TALL)


def test_a_service_that_was_deleted_meanwhile_is_said_to_be_gone(cluster: Cluster) -> None:
    cluster.load(recorded_objects("seed"))

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        cluster.api.send("DELETE", WEB)
        await press(pilot, ["ctrl+r"])
        assert "not there any more" in " ".join(frame(app).split())
        await press(pilot, ["escape"])
        assert "shop/web" not in frame(app)
        assert "shop/checkout" in frame(app)

    drive(app_on(cluster.kubeconfig, service="shop/web"), scene)


def found(app: DoctorApp) -> list[str]:
    """The codes under the heading "Found"."""
    listed = frame(app).split("Found (")[-1].split("Passed (")[0]
    return re.findall(r"AD\d{3}", listed)


OVERVIEW_REQUESTS = 8
FOLLOWED = ["antreaagentinfos", "daemonsets", "endpointslices", "nodes", "services"]
"""Each overview may begin one watch of each of these lists, and of no other."""
EXAMINATION_REQUESTS = 10
FORBIDDEN_PATHS = re.compile(r"secrets|/exec|/portforward|/attach|/proxy(/|$)")


def assert_only_reads(proxy: BreakingProxy) -> None:
    assert {(each.method, each.has_body) for each in proxy.requests} <= {("GET", False)}
    assert [each.path for each in proxy.requests if FORBIDDEN_PATHS.search(each.path)] == []


def read(proxy: BreakingProxy) -> int:
    """Requests that are no watch."""
    return sum("watch" not in request.parameters for request in proxy.requests)


def test_the_whole_walk_only_reads_and_keeps_to_its_budget(
    cluster: Cluster, proxy: BreakingProxy, tmp_path: Path, copied: list[str]
) -> None:
    cluster.load(recorded_objects("seed"))

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "shop/web" in frame(app)
        assert read(proxy) == OVERVIEW_REQUESTS
        await press(pilot, ["enter"])
        assert read(proxy) == OVERVIEW_REQUESTS + EXAMINATION_REQUESTS
        await press(pilot, ["c", "2", "c", "3", "enter", "escape", "down", "enter", "escape", "1", "v", "a"])
        assert read(proxy) == OVERVIEW_REQUESTS + EXAMINATION_REQUESTS
        await press(pilot, ["ctrl+r"])
        assert read(proxy) == 2 * (OVERVIEW_REQUESTS + EXAMINATION_REQUESTS)
        await press(pilot, ["escape", "i", "escape", "x", "escape"])

    drive(app_on(proxy.kubeconfig(cluster.kubeconfig, tmp_path)), scene)
    assert read(proxy) == 2 * (OVERVIEW_REQUESTS + EXAMINATION_REQUESTS)
    watched = [each.path.rpartition("/")[2] for each in proxy.requests if "watch" in each.parameters]
    assert set(watched) <= set(FOLLOWED)
    assert len(watched) <= 2 * len(FOLLOWED)
    assert_only_reads(proxy)


READING = ("path shop/web", "path -A", "check shop/web", "check -A", "plan shop/web --remedy use-dsr")
OFFLINE = ("explain AD001", "list-checks", "list-remedies", "rbac", "info", "version", "completion bash")
ON_SNAPSHOTS = {"snapshot save", "snapshot show", "snapshot diff"}
ON_PLAN_FILES = {"verify"}  # only reads too, by requests of its own
CHANGING = {"apply", "undo"}  # what these send is told one by one in test_bed_apply.py


def test_headless_commands_only_read(cluster: Cluster, proxy: BreakingProxy, tmp_path: Path) -> None:
    assert {command.name for command in COMMANDS} == {
        *(line.split()[0] for line in READING + OFFLINE),
        *ON_SNAPSHOTS,
        *ON_PLAN_FILES,
        *CHANGING,
    }
    cluster.load(recorded_objects("seed"))
    kubeconfig = proxy.kubeconfig(cluster.kubeconfig, tmp_path)
    for line in OFFLINE:
        assert doctor(f"{line} --kubeconfig {kubeconfig}").code == 0
    assert proxy.requests == []
    for line in READING:
        proxy.forget()
        ran = doctor(f"{line} --kubeconfig {kubeconfig}")
        assert ran.code in (0, 1), ran.err
        assert_only_reads(proxy)
        assert proxy.requests
        if " -A" not in line:
            assert len(proxy.requests) == OVERVIEW_REQUESTS + EXAMINATION_REQUESTS
    plan = tmp_path / "plan.json"
    plan.write_text(doctor(f"plan shop/web --remedy use-dsr -o json --kubeconfig {kubeconfig}").out)
    proxy.forget()
    assert doctor(f"verify {plan} --kubeconfig {kubeconfig}").code == 1
    assert_only_reads(proxy)
    written = {item["name"] for step in json.loads(plan.read_text())["steps"] for item in step["writes"]}
    assert len(proxy.requests) <= len(written) + 3  # each object once, and Nodes, agents and their Pods
    kept = tmp_path / "kept.json"
    proxy.forget()
    assert doctor(f"snapshot save {kept} shop/web --kubeconfig {kubeconfig}").code == 0
    assert_only_reads(proxy)
    assert len(proxy.requests) == OVERVIEW_REQUESTS + EXAMINATION_REQUESTS
    proxy.forget()
    assert doctor(f"snapshot show {kept}").code == 0
    assert proxy.requests == []
    assert doctor(f"snapshot diff {kept} --service shop/web --kubeconfig {kubeconfig}").code == 0
    assert_only_reads(proxy)
