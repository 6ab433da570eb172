"""Whatever breaks between the app and a real API server: keys are answered, the trouble is said, mending is enough."""

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from bed import faults
from bed.control_plane import ControlPlane
from bed.faults import Fault
from driving import drive, frame, press, settle, words
from seeded import SeededBed, app_on, kubeconfig_of, seeded_bed
from tui.app import DoctorApp
from tui.dialogs import HelpScreen

pytestmark = pytest.mark.bed

ANSWERED_WITHIN = 0.5
"""Seconds of wall time from a key to its effect, whatever is under way."""

TRY_AGAIN = "ctrl-r tries again, x chooses another context or the demo, q leaves."


@pytest.fixture(scope="module")
def loaded(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededBed]:
    with seeded_bed(control_plane, tmp_path_factory.mktemp("faults")) as bed:
        yield bed


@pytest.fixture
def bed(loaded: SeededBed) -> Iterator[SeededBed]:
    """The loaded server behind a whole proxy."""
    loaded.proxy.mend()
    yield loaded
    loaded.proxy.mend()


async def seconds_to_help(app: DoctorApp, pilot: Pilot[int]) -> float:
    """How long it takes to open the help; it is closed again. Nothing is waited for but the keys."""
    began = time.monotonic()
    await pilot.press("question_mark")
    assert isinstance(app.screen, HelpScreen)
    took = time.monotonic() - began
    await pilot.press("escape")
    return took


async def assert_keys_are_answered(app: DoctorApp, pilot: Pilot[int], *keys: str) -> None:
    """Help opens at once after `keys`, which begin some work. Tried thrice, as other programs may starve this one."""
    took: list[float] = []
    while not took or took[-1] >= ANSWERED_WITHIN:
        assert len(took) < 3, took
        await pilot.press(*keys)
        took.append(await seconds_to_help(app, pilot))


async def recover(bed: SeededBed, app: DoctorApp, pilot: Pilot[int]) -> str:
    """What the screen says once the fault has ended and the operator has refreshed."""
    bed.proxy.mend()
    await press(pilot, ["ctrl+r"])
    return words(app)


CUT = "broke before the answer was complete"
DEAD: dict[str, tuple[Fault, str]] = {
    "refused": (faults.refuse, "refuses the connection. Nothing listens on that port."),
    "black hole": (faults.black_hole, "does not answer. No connection came about in time"),
    "wrong name": (faults.wrong_name, "cannot be trusted. Its certificate is for another name"),
    "unknown authority": (faults.unknown_authority, "not signed by the authority in the kubeconfig"),
    "expired certificate": (faults.expired_certificate, "Its certificate has expired. Check the clock"),
    "reset in body": (faults.reset_in_body, CUT),
    "wrong length": (faults.wrong_length, CUT),
    "drip": (faults.drip(0.05), "gave no complete answer within 1 s"),
    "stall": (faults.stall, "gave no complete answer within 1 s"),
    "stall in body": (faults.stall_in_body, "gave no complete answer within 1 s"),
    "401": (faults.status(401), "does not know who you are (401 Unauthorized)"),
    "403": (faults.status(403), 'The right "list services" in the whole cluster is missing'),
    "429": (faults.status(429, retry_after=600), "is too busy (429) and asks to wait 600 s"),
    "500": (faults.status(500), "answered with status 500"),
    "503": (faults.status(503, retry_after=0), "is too busy (503)"),
    "410": (faults.gone, "changed faster than it could be read (410 Gone)"),
    "truncated": (faults.truncated_json, "ended in the middle"),
    "not JSON": (faults.not_json, "was not the expected JSON"),
    "captive portal": (faults.captive_portal, "a proxy or a login page stands before the API server"),
    "Status": (faults.status_instead_of_list, "The server said: not what was asked for"),
    "broken gzip": (faults.broken_gzip, "cannot be unpacked (gzip)"),
    "redirect": (faults.redirect("https://login.example.com/"), "redirects to https://login.example.com/ (302)"),
}


@pytest.mark.parametrize("name", DEAD)
def test_a_server_of_no_use_is_explained_and_used_again_when_mended(bed: SeededBed, name: str) -> None:
    fault, said = DEAD[name]

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "shop/web" in frame(app)
        bed.proxy.break_with(fault)
        await assert_keys_are_answered(app, pilot, "ctrl+r")
        await settle(pilot)
        text = words(app)
        assert said in text
        assert TRY_AGAIN in text
        assert "could not be read" in text
        assert "Traceback" not in text
        recovered = await recover(bed, app, pilot)
        assert "shop/web" in recovered
        assert "could not" not in recovered
        assert "Not read" not in recovered

    drive(app_on(bed.through_proxy, request_timeout=1), scene)


@pytest.mark.parametrize("name", ["refused", "stall", "401", "403"])
def test_an_app_that_starts_on_a_broken_server_says_so_and_goes_on_when_mended(bed: SeededBed, name: str) -> None:
    fault, said = DEAD[name]
    bed.proxy.break_with(fault)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        text = words(app)
        assert said in text
        assert TRY_AGAIN in text
        await assert_keys_are_answered(app, pilot)
        await press(pilot, ["x"])
        assert "demo seed" in frame(app)
        await press(pilot, ["escape"])
        assert "shop/web" in await recover(bed, app, pilot)

    drive(app_on(bed.through_proxy, request_timeout=1), scene)


PARTS: dict[str, tuple[str, Fault, str]] = {
    "endpointslices": ("/endpointslices", faults.status(500), "cannot tell"),
    "nodes": ("/nodes", faults.stall_in_body, "cannot tell"),
    "daemonsets": ("/daemonsets", faults.truncated_json, "cannot tell"),
    "configmaps": ("/configmaps/", faults.reset_in_body, "cannot tell"),
    "antreaagentinfos": ("/antreaagentinfos", faults.status(500), "never"),
}


@pytest.mark.parametrize("source", PARTS)
def test_a_list_with_one_broken_source_is_usable_and_names_it(bed: SeededBed, source: str) -> None:
    path, fault, verdict = PARTS[source]
    bed.proxy.break_with(fault, path=path)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        rows = [line for line in frame(app).splitlines() if "shop/web " in line]
        assert verdict in rows[0]
        assert f"Not read: {source}. i shows why." in words(app)
        await press(pilot, ["i", "G"])
        assert f"! {source}" in words(app)
        await press(pilot, ["escape"])
        assert "Not read" not in await recover(bed, app, pilot)

    drive(app_on(bed.through_proxy, request_timeout=1), scene)


@pytest.mark.parametrize("code", [429, 503])
def test_a_burst_is_waited_out_unseen(bed: SeededBed, code: int) -> None:
    bed.proxy.break_with(faults.status(code, retry_after=1), path="/nodes", times=1)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "shop/web" in frame(app)
        assert "Not read" not in words(app)

    drive(app_on(bed.through_proxy), scene)


EXAMINING: dict[str, tuple[str, Fault, str]] = {
    "policies of Kubernetes": (
        "networking.k8s.io/v1/namespaces/shop/networkpolicies",
        faults.status(500),
        "networkpolicies.networking.k8s.io in namespace shop: unreachable.",
    ),
    "policies of Antrea": ("/clusternetworkpolicies", faults.stall, "clusternetworkpolicies.crd.antrea.io: timed out."),
    "Pods": ("namespaces/shop/pods", faults.truncated_json, "pods in namespace shop: not understood."),
    "later pages": (
        "networking.k8s.io/v1/namespaces/shop/networkpolicies",
        faults.expired_continue,
        "Only the first 1 were read.",
    ),
}


def results(app: DoctorApp) -> dict[str, set[str]]:
    """The codes under each heading of the findings: Found, Could not be told, Passed."""
    told: dict[str, set[str]] = {}
    codes: set[str] = set()
    for line in frame(app).splitlines():
        if heading := re.match(r"(Found|Could not be told|Passed|Not applicable here) \(", line):
            codes = told.setdefault(heading[1], set())
        elif code := re.match(r"..[^A-Z]{0,14} (AD\d{3}) ", line):
            codes.add(code[1])
    return told


@pytest.mark.parametrize("name", EXAMINING)
def test_what_an_examination_could_not_read_is_unknown_and_never_passed(
    bed: SeededBed, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, fault, said = EXAMINING[name]
    monkeypatch.setattr("diagnostics.kube.reading.PAGE", 1)
    bed.proxy.break_with(fault, path=path)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["2"])
        told = results(app)
        assert "AD010" in told["Could not be told"]
        assert said in words(app)
        await recover(bed, app, pilot)
        assert "AD010" in results(app)["Found"]
        assert "Could not be told" not in results(app)
        assert "Not read" not in words(app)

    drive(app_on(bed.through_proxy, request_timeout=1, service="shop/web"), scene, (120, 70))


def test_an_examination_that_fails_keeps_what_the_list_knew(bed: SeededBed) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        bed.proxy.break_with(faults.refuse)
        await press(pilot, ["ctrl+r", "enter"])
        assert "could not examine" in frame(app)
        assert "✗ rejected" in frame(app)
        await press(pilot, ["2"])
        assert "refuses the connection" in words(app)
        assert "ctrl-r tries again" in words(app)
        assert "AD075" in await recover(bed, app, pilot)

    drive(app_on(bed.through_proxy, request_timeout=1), scene)


def test_keys_are_answered_while_an_examination_hangs(bed: SeededBed) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        bed.proxy.break_with(faults.stall)
        await pilot.press("enter")
        for _ in range(3):
            await assert_keys_are_answered(app, pilot)
        assert "examining…" in frame(app)
        await pilot.press("escape")
        assert "Services (12)" in frame(app)

    drive(app_on(bed.through_proxy), scene)


@pytest.mark.parametrize("key", ["ctrl+r", "enter"], ids=["overview", "examination"])
def test_a_late_answer_of_the_cluster_before_never_appears(bed: SeededBed, key: str, tmp_path: Path) -> None:
    other = bed.users.namespace_only("shop").kubeconfig
    kubeconfig = kubeconfig_of(tmp_path / "config", {"slow": bed.through_proxy, "other": other})

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        bed.proxy.break_with(faults.drip(60))  # and the rest at once when mended
        await pilot.press(key)
        await pilot.pause(0.2)
        assert app.is_busy
        await pilot.press("x")
        while "* slow" not in frame(app):
            await pilot.pause(0.02)
        await pilot.press("j", "enter")
        await settle(pilot)
        assert "Services (5)" in frame(app)
        bed.proxy.mend()
        await pilot.pause(0.3)
        await settle(pilot)
        text = words(app)
        assert "Services (5)" in text
        assert "other · Antrea" in text
        assert "slow" not in text
        assert "could not" not in text

    drive(app_on(kubeconfig), scene)


def test_an_answer_for_a_screen_that_was_left_is_dropped(bed: SeededBed) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        bed.proxy.break_with(faults.drip(60))
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert app.is_busy
        await pilot.press("escape")
        bed.proxy.mend()
        await pilot.pause(0.3)
        await settle(pilot)
        assert "Services (12)" in frame(app)

    drive(app_on(bed.through_proxy), scene)


def test_leaving_does_not_wait_for_a_server_that_hangs(bed: SeededBed) -> None:
    bed.proxy.break_with(faults.stall)

    async def run() -> float:
        app = DoctorApp(app_on(bed.through_proxy))
        async with app.run_test() as pilot:
            while not bed.proxy.requests:
                await pilot.pause(0.02)
            began = time.monotonic()
            await pilot.press("q")
        return time.monotonic() - began

    bed.proxy.forget()
    assert asyncio.run(run()) < 2
