"""The API server's address, asked on the screen and taken from the command line: proposed, checked, written."""

from textual.pilot import Pilot

from driving import drive, frame, press
from headless import doctor
from tui.app import DoctorApp
from tui.request import AppRequest, StartView, ViewKind

REMOVE = AppRequest(demo="proxy-all", service="shop/web", view=StartView(ViewKind.REMEDY, "remove-kube-proxy"))


def test_the_screen_asks_at_once_proposes_what_the_cluster_knows_and_plans_with_the_answer() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        text = " ".join(frame(app).split())
        assert "reach the API server without any Service?" in text
        assert "https://172.18.0.2:6443" in text
        await press(pilot, ["end", *"x", "enter"])
        assert "no address of an API server" in " ".join(frame(app).split())
        await press(pilot, ["backspace", "enter"])
        assert "Delete kube-proxy" in frame(app)

    drive(REMOVE, scene)


def test_the_command_line_takes_it_and_refuses_what_is_no_address() -> None:
    plan = "plan shop/web --demo proxy-all --remedy remove-kube-proxy"
    asked = doctor(plan)
    assert asked.code == 2
    assert "--api-server HOST:PORT" in asked.out
    refused = doctor(f"{plan} --api-server http://172.18.0.2:6443")
    assert refused.code == 2
    assert "by https only" in refused.err
    given = doctor(f"{plan} --api-server 172.18.0.2:6443")
    assert given.code == 0
    assert 'kubeAPIServerOverride: "https://172.18.0.2:6443"' in given.out


def test_before_2_1_it_belongs_to_the_migration_itself() -> None:
    out = doctor("plan shop/web --demo antrea-2.0 --remedy enable-proxy-all --api-server 172.18.0.2:6443").out
    assert "nothing for clients" in out
    assert "remove-kube-proxy" in out
