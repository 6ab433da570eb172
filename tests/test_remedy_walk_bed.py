"""A way out walked through in the app by keys on a real API server: tried, applied, verified, taken back."""

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from applying import AGENTS, CONFIG_MAP, MODE, WEB, agents_follow, contents, patched
from bed.breaking_proxy import BreakingProxy
from bed.fixtures import Cluster
from bed.users import READ_ANTREA, READ_CONFIG_MAPS, READ_NAMESPACES, READ_NODES, READ_WORKLOADS, Users
from driving import drive, frame, press, toasts, words
from tui.app import DoctorApp
from walking import at_way_out, go_to, named, page, typed, until

pytestmark = pytest.mark.bed
SMALL, TALL = (80, 24), (120, 60)
EDIT, RESTART, ANNOTATE = 2, 3, 4  # the steps of use-dsr behind kube-proxy's cluster with proxyAll on


def steps_of(path: Path) -> dict[str, int]:
    """Number of the step that first writes a kind."""
    found: dict[str, int] = {}
    for number, step in enumerate(json.loads(path.read_text())["steps"], 1):
        for write in step["writes"]:
            found.setdefault(write["kind"], number)
    return found


@pytest.mark.parametrize("size", [SMALL, TALL])
def test_dsr_is_walked_to_its_end_and_back(
    seed: Cluster, tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.walking.POLL_SECONDS", 0.2)
    kept, before = tmp_path / "plan.json", contents(seed)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["w"])
        await named(pilot, kept)
        assert "goes on from there" in toasts(app)
        numbers = steps_of(kept)
        edit, restart, annotate = (numbers[kind] for kind in ("ConfigMap", "DaemonSet", "Service"))

        await go_to(app, pilot, annotate)
        await press(pilot, ["A"])
        assert "comes first and is open" in page(app)
        assert contents(seed) == before

        await go_to(app, pilot, edit)
        await press(pilot, ["A"])
        assert "This changes the cluster of context bed at" in words(app)
        await typed(pilot, "shop/wob")
        assert "That is not the Service's name" in words(app)
        assert contents(seed) == before
        await press(pilot, ["ctrl+u"])
        await typed(pilot, "shop/web")
        assert contents(seed) != before
        assert f"Step {edit} is applied" in page(app)

        await go_to(app, pilot, restart)
        await press(pilot, ["A"])
        await typed(pilot, "shop/web")
        assert "restartedAt" in json.dumps(seed.api.get(AGENTS)["spec"]["template"])
        await pilot.press("v")
        await until(app, pilot, lambda: f"Step {restart} is waited for" in words(app))
        agents_follow(seed, "NodePortMark", "DSRServiceMark")
        await until(app, pilot, lambda: not app.is_busy)
        assert f"[x] {restart} ✓ done" in frame(app)

        await go_to(app, pilot, annotate)
        await press(pilot, ["A"])
        await typed(pilot, "shop/web")
        assert seed.api.get(WEB)["metadata"]["annotations"][MODE] == "dsr"
        assert f"[x] {annotate} ✓ done" in frame(app)

        for number in (annotate, restart, edit):
            await go_to(app, pilot, number)
            await press(pilot, ["U"])
            await typed(pilot, "shop/web")
            assert f"Step {number} is taken back" in page(app)

    drive(at_way_out(seed.kubeconfig, "use-dsr", allow_write=True), scene, size)
    assert contents(seed) == before
    assert [step["progress"]["state"] for step in json.loads(kept.read_text())["steps"] if step["progress"]] == [
        "undone"
    ] * 3


def test_a_dry_run_shows_the_difference_and_only_reads_and_dry_runs_leave_without_the_flag(
    seed: Cluster, proxy: BreakingProxy, tmp_path: Path
) -> None:
    before = contents(seed)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        for number in range(1, 6):
            await go_to(app, pilot, number)
            await press(pilot, ["d", "A", "U"])
        assert "without --allow-write" in toasts(app)
        await go_to(app, pilot, EDIT)
        assert "The server would take it. Nothing was changed." in page(app)
        assert "+ DSR" in page(app) or "+  " in page(app) or "LoadBalancerModeDSR: true" in page(app)
        await press(pilot, ["v"])
        assert f"{EDIT} ○ open" in frame(app)

    drive(at_way_out(proxy.kubeconfig(seed.kubeconfig, tmp_path), "use-dsr"), scene, TALL)
    sent = [item for item in proxy.requests if item.method != "GET"]
    assert len(sent) >= 3
    assert {tuple(item.parameters["dryRun"]) for item in sent} == {("All",)}
    assert contents(seed) == before


def test_without_the_right_the_missing_one_is_named(seed: Cluster, users: Users) -> None:
    rules = [*READ_WORKLOADS, *READ_NAMESPACES, *READ_NODES, *READ_CONFIG_MAPS, *READ_ANTREA]

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await go_to(app, pilot, EDIT)
        await press(pilot, ["d"])
        assert 'The right "patch configmaps" in namespace kube-system is missing' in page(app)
        await press(pilot, ["A"])
        assert 'The right "patch configmaps" in namespace kube-system is missing' in page(app)

    drive(at_way_out(users.with_rules(rules).kubeconfig, "use-dsr", allow_write=True), scene, TALL)


def test_a_change_by_somebody_else_is_named_and_nothing_is_written(seed: Cluster, tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["w"])
        await named(pilot, kept)
        conf = seed.api.get(CONFIG_MAP)["data"]["antrea-agent.conf"]
        patched(seed, CONFIG_MAP, {"data": {"antrea-agent.conf": conf + "\n# [red]$(reboot)[/]\n"}}, "helm")
        now = contents(seed)
        await go_to(app, pilot, EDIT)
        await press(pilot, ["A"])
        assert "was changed since the plan was made, last by helm" in page(app)
        await press(pilot, ["v"])
        assert f"{EDIT} ≠ drifted" in frame(app)
        assert contents(seed) == now

    drive(at_way_out(seed.kubeconfig, "use-dsr", allow_write=True), scene, TALL)


def test_a_step_passed_over_on_the_operators_word_opens_the_next_one_and_the_question_says_so(
    seed: Cluster, tmp_path: Path
) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["v"])
        await go_to(app, pilot, EDIT)
        await press(pilot, ["space"])
        assert "Marked on your word. By what was read it is open" in toasts(app)
        await go_to(app, pilot, RESTART)
        await press(pilot, ["A"])
        await named(pilot, tmp_path / "plan.json")
        text = words(app)
        assert f"Step {EDIT} is done by your word, and by what was read it is open" in text
        await press(pilot, ["escape"])
        assert "Nothing was changed." in toasts(app)

    before = contents(seed)
    drive(at_way_out(seed.kubeconfig, "use-dsr", allow_write=True), scene, TALL)
    assert contents(seed) == before


def test_another_plans_file_is_never_overwritten(
    seed: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    theirs = tmp_path / "plan-use-dsr-shop-web.json"
    theirs.write_text("theirs")

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["w", "enter"])
        assert "There is a file plan-use-dsr-shop-web.json already" in words(app)
        await press(pilot, ["escape"])

    drive(at_way_out(seed.kubeconfig, "use-dsr"), scene, TALL)
    assert theirs.read_text() == "theirs"
    assert [path.name for path in tmp_path.glob("*plan*")] == [theirs.name]
