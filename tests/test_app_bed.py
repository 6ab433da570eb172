"""The main job on a real API server: the app shows there what the demo of the same objects shows."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from bed.fixtures import Cluster
from driving import drive, frame, press
from seeded import app_on, kubeconfig_of, recorded_objects
from tui.app import DoctorApp
from tui.copying import Copied, Way
from tui.request import AppRequest

pytestmark = pytest.mark.bed

TALL = (120, 60)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied, oldest first."""
    texts: list[str] = []

    def take(text: str, to_terminal: object) -> Copied:
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
        seen["plan"] = [line for line in plan if "resourceVersion" not in line]  # guards the edit of a real object
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
        assert live[place] == [line.replace("context demo", "context prod") for line in lines], place
    assert any("web-0" in line for line in live["drawing"])
