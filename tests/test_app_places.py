"""Getting about: the palette finds commands and places, a namespace is chosen, and what cannot be done says why."""

import asyncio
import threading
from dataclasses import replace
from threading import Event

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from diagnostics.kube.recorded import read_demo
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from driving import drive, frame, press, settle, words
from tui.app import DoctorApp
from tui.palette import closeness
from tui.request import AppRequest, ConnectionOptions
from tui.screens.doctor_screen import DoctorScreen
from tui.settings import Settings

SEED = AppRequest(demo="seed")


async def found(app: DoctorApp, pilot: Pilot[int], query: str) -> str:
    """What the palette shows for a query, once it has looked everywhere."""
    await press(pilot, ["ctrl+p", *query])
    for _ in range(50):
        await asyncio.sleep(0.02)
    await pilot.pause()
    return words(app)


def test_the_palette_jumps_to_a_service_by_letters_of_its_name() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "shop/checkout Examine this Service." in await found(app, pilot, "shpchk")
        await press(pilot, ["enter"])
        assert "shop/checkout" in frame(app).splitlines()[0]

    drive(SEED, scene)


def test_the_palette_jumps_to_a_namespace() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "Namespace legacy Its 2 Services only." in await found(app, pilot, "namespace leg")
        await press(pilot, ["enter"])
        assert "Services (2 of 12)" in frame(app)

    drive(SEED, scene)


def test_the_palette_goes_to_another_cluster() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "demo proxy-all" in await found(app, pilot, "demo proxy-all")
        await press(pilot, ["enter"])
        row = next(line for line in frame(app).splitlines() if "shop/web " in line)
        assert "sometimes" in row

    drive(SEED, scene)


def test_the_palette_wears_a_theme() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await found(app, pilot, "colour-blind-light")
        await press(pilot, ["enter"])
        assert app.theme == "colour-blind-light"

    drive(SEED, scene)


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("web", "shop/web", "shop/webhooks"),
        ("web", "shop/web", "shop/cobweb"),
        ("web", "shop/cobweb", "shop/worker-b"),
        ("shweb", "shop/web", "shop/other-web"),
    ],
)
def test_nearer_names_come_first(query: str, better: str, worse: str) -> None:
    assert closeness(query, better) > closeness(query, worse)


def test_a_name_without_the_letters_is_not_found() -> None:
    assert closeness("xyz", "shop/web") == 0


def test_a_key_lists_namespaces_with_counts_and_shows_one() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["n"])
        text = frame(app)
        assert "all namespaces" in text
        assert [line.split() for line in text.splitlines() if " shop " in line] == [["shop", "5"]]
        await press(pilot, ["G", "enter"])
        assert "Services (5 of 12)" in frame(app)
        assert app.screen.query_one("#filter", Input).value == "ns=shop"
        await press(pilot, ["n", "g", "enter"])
        assert "Services (12)" in frame(app)

    drive(SEED, scene)


class OneAtATime:
    """A source whose user may read one namespace at a time; each answer waits until it is let go."""

    is_demo = False
    title = "context limited"

    def __init__(self) -> None:
        self.namespace = "shop"
        self.gates: dict[str, threading.Event] = {"shop": threading.Event(), "legacy": threading.Event()}
        self.answered: list[str] = []

    def look_into(self, namespace: str) -> None:
        self.namespace = namespace

    def overview(self, cancelled: Event) -> Snapshot:
        place, whole = self.namespace, read_demo("seed")
        self.gates[place].wait(10)
        own = tuple(service for service in whole.services if service.metadata.namespace == place)
        gap = Gap(Source.SERVICES, Reason.FORBIDDEN, 'The right "list services" in the whole cluster is missing.')
        self.answered.append(place)
        return replace(whole, services=own, reads=frozenset({(Source.SERVICES, place)}), gaps=(gap,), taken_at=1.0)

    def deepen(self, snapshot: Snapshot, key: str, cancelled: Event) -> Snapshot:
        return snapshot

    def deepen_all(self, snapshot: Snapshot, cancelled: Event) -> Snapshot:
        return snapshot


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> OneAtATime:
    source = OneAtATime()
    monkeypatch.setattr("tui.navigator.source_of", lambda request: source)
    monkeypatch.setattr("tui.navigator.login_program_of", lambda request: "")
    return source


def test_who_may_read_one_namespace_names_another_and_it_is_read(limited: OneAtATime) -> None:
    for gate in limited.gates.values():
        gate.set()

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "Services (5)" in frame(app)
        await press(pilot, ["n"])
        assert "Only namespace shop could be read." in frame(app)
        await press(pilot, ["g", "enter", *"legacy", "enter"])
        assert "Services (2)" in frame(app)
        assert "shop/" not in frame(app)

    drive(AppRequest(connection=ConnectionOptions(context="limited")), scene)


def test_a_late_answer_of_the_namespace_before_never_appears(limited: OneAtATime) -> None:
    limited.gates["shop"].set()
    limited.gates["legacy"].set()

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "Services (5)" in frame(app)
        limited.gates["shop"].clear()
        await pilot.press("ctrl+r")
        await pilot.press("n", "g", "enter", *"legacy", "enter")
        await settle(pilot)
        assert "Services (2)" in frame(app)
        limited.gates["shop"].set()
        while limited.answered.count("shop") < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        await settle(pilot)
        assert "Services (2)" in frame(app)
        assert "shop/" not in frame(app)

    drive(AppRequest(connection=ConnectionOptions(context="limited")), scene)


def reason(app: DoctorApp, name: str) -> str:
    screen = app.screen
    assert isinstance(screen, DoctorScreen)
    command = next(item for item in screen.commands_everywhere if item.name == name)
    return screen.why_not(command)


def is_greyed(app: DoctorApp, name: str) -> bool:
    screen = app.screen
    assert isinstance(screen, DoctorScreen)
    command = next(item for item in screen.commands_everywhere if item.name == name)
    shown = [entry for entry in screen.active_bindings.values() if entry.binding.id == command.id]
    return bool(shown) and not any(entry.enabled for entry in shown)


def toasts(app: DoctorApp) -> list[str]:
    """What was told beside the screen; the driver of tests shows none."""
    return [told.message for told in app._notifications]


def test_what_needs_a_cluster_is_greyed_before_there_is_one_and_says_why() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert reason(app, "back") == "Choose a cluster first, or a demo."
        assert is_greyed(app, "back")
        await pilot.press("escape")
        await pilot.pause(0.3)
        assert "Choose a cluster first, or a demo." in toasts(app)
        app.pop_screen()
        await pilot.pause()
        for name in ("namespaces", "findings", "cluster"):
            assert reason(app, name) == "The cluster has not been read yet."
            assert is_greyed(app, name)
        for name in ("open", "sort", "filter"):
            assert reason(app, name) == "There are no Services in the list."
        await pilot.press("f")
        await pilot.pause(0.3)
        assert "The cluster has not been read yet." in toasts(app)

    drive(AppRequest(), scene)


def test_what_is_possible_is_not_greyed() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        screen = app.screen
        assert isinstance(screen, DoctorScreen)
        assert [command.name for command in screen.commands_everywhere if screen.why_not(command)] == []
        await press(pilot, ["/", *"nothing-like-this", "enter"])
        assert reason(app, "open") == "No Service matches the filter."
        assert "No Service matches the filter." in frame(app)
        await press(pilot, ["escape"])
        assert "Services (12)" in frame(app)

    drive(SEED, scene)


def test_the_palette_says_why_a_command_is_not_possible() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        app.pop_screen()
        await pilot.pause()
        assert "Not now: The cluster has not been read yet." in await found(app, pilot, "findings")

    drive(AppRequest(), scene)


@pytest.mark.parametrize(
    ("service", "keys", "name", "why"),
    [
        ("shop/web", (), "way-out", "Choose a finding first: 2 lists them."),
        ("shop/web", ("2",), "next-access", "This belongs to the drawing: 1 shows it."),
        ("shop/catalog-db", (), "save", "There is no drawing: no proxy handles this Service."),
        ("shop/catalog", (), "next-access", "This Service has only this address."),
        ("partner/intake", (), "front-end", "No load balancer stands before this Service"),
        (None, ("f",), "stop", "The scan has ended."),
        (None, ("f", "/", *"nothing", "enter"), "copy", "No finding matches the filter."),
    ],
)
def test_each_screen_says_why_a_command_is_not_possible(
    service: str | None, keys: tuple[str, ...], name: str, why: str
) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, keys)
        assert reason(app, name).startswith(why)
        assert is_greyed(app, name)

    drive(AppRequest(demo="seed", service=service), scene)


def test_sentences_that_name_a_key_name_the_one_that_was_chosen() -> None:
    settings = Settings(keys={"examination": {"view-findings": "F5"}, "everywhere": {"refresh": "f6"}})

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "f5 Findings (" in frame(app)
        assert reason(app, "show-hop") == "Choose a finding first: f5 lists them."

    drive(AppRequest(demo="seed", service="shop/web"), scene, settings=settings)
