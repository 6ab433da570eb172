"""Every screen of the cluster in each of its states: empty, partly read, not read. Three sizes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from diagnostics.kube.recorded import read_demo
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from driving import KEY_NAMES, assert_frame, drive, press, still
from tui.app import DoctorApp
from tui.request import AppRequest, ConnectionOptions

SIZES = {"60x20": (60, 20), "80x24": (80, 24), "120x40": (120, 40)}
NODES = Gap(Source.NODES, Reason.FORBIDDEN, 'The right "list nodes" is missing.')
SERVICES = Gap(Source.SERVICES, Reason.FORBIDDEN, 'The right "list services" in the whole cluster is missing.')
LIVE = AppRequest(connection=ConnectionOptions(context="prod"))


Answer = Snapshot | Exception | None


class Answering:
    """A source that answers with a Snapshot or an error, or keeps everybody waiting (None)."""

    is_demo = False
    title = "context prod"

    def __init__(self, answer: Answer, deeper: Answer) -> None:
        self.answer, self.deeper = answer, deeper
        self.end = Event()

    def look_into(self, namespace: str) -> None:
        """Holds all namespaces."""

    def overview(self, cancelled: Event) -> Snapshot:
        return self._give(self.answer)

    def deepen(self, snapshot: Snapshot, key: str, cancelled: Event) -> Snapshot:
        return self._give(self.deeper)

    def deepen_all(self, snapshot: Snapshot, cancelled: Event) -> Snapshot:
        return self._give(self.deeper)

    def _give(self, answer: Answer) -> Snapshot:
        if answer is None:
            self.end.wait(60)
            raise TimeoutError("Nobody waits for this any more.")
        if isinstance(answer, Exception):
            raise answer
        return answer


def demo(gaps: tuple[Gap, ...] = (), **changes: object) -> Snapshot:
    """The seed's cluster with other facts. What has a gap was not read in the whole cluster."""
    seed = read_demo("seed")
    reads = changes.pop("reads", None) or seed.reads - {(gap.source, "") for gap in gaps}
    return replace(seed, context="prod", gaps=gaps, reads=reads, **changes)  # type: ignore[arg-type]


ONE_NAMESPACE = tuple(item for item in read_demo("seed").services if item.metadata.namespace == "shop")
STATES: dict[str, tuple[Snapshot | Exception, tuple[str, ...]]] = {
    "services-empty": (demo(services=(), slices=()), ()),
    "services-gaps": (demo(nodes=(), gaps=(NODES,)), ()),
    "services-one-namespace": (
        demo(services=ONE_NAMESPACE, reads=frozenset({(Source.SERVICES, "shop")}), gaps=(SERVICES,)),
        (),
    ),
    "services-forbidden": (demo(services=(), gaps=(SERVICES,)), ()),
    "services-error": (TimeoutError("The API server prod does not answer. No connection came about in time."), ()),
    "services-no-match": (demo(), ("/", *"nothing", "enter")),
    "cluster-gaps": (demo(nodes=(), gaps=(NODES,)), ("i",)),
    "namespaces": (demo(), ("n",)),
    "namespaces-one": (
        demo(services=ONE_NAMESPACE, namespaces=(), reads=frozenset({(Source.SERVICES, "shop")}), gaps=(SERVICES,)),
        ("n",),
    ),
}


def use(monkeypatch: pytest.MonkeyPatch, source: Answering) -> None:
    monkeypatch.setattr("tui.navigator.source_of", lambda request: source)
    monkeypatch.setattr("tui.navigator.login_program_of", lambda request: "")


WEB = ("/", *"shop/web", "enter", "enter")
PODS = Gap(Source.PODS, Reason.FORBIDDEN, 'The right "list pods" in namespace shop is missing.', "shop")
GONE = ConnectionError("The API server prod refuses the connection. Nothing listens on that port.")
DEEPER: dict[str, tuple[Answer, Answer, tuple[str, ...]]] = {
    "services-loading": (None, None, ()),
    "examination-loading": (demo(), None, (*WEB, "2")),
    "examination-error": (demo(), GONE, (*WEB, "2")),
    "examination-gaps": (demo(), demo(gaps=(PODS,), pods=()), (*WEB, "2")),
    "ways-loading": (demo(), None, (*WEB, "3")),
    "ways-error": (demo(), GONE, (*WEB, "3")),
    "findings-loading": (demo(), None, ("f",)),
    "findings-error": (demo(), GONE, ("f",)),
    "findings-gaps": (demo(nodes=(), gaps=(NODES,)), demo(nodes=(), gaps=(NODES,)), ("f",)),
    "findings-no-match": (demo(), demo(), ("f", "/", *"nothing", "enter")),
    "cluster-empty": (demo(nodes=(), daemon_sets=(), config_maps=(), agent_infos=()), None, ("i",)),
}
"""Name of a state: what the list gets, what a closer look gets, and the keys that lead there."""


async def show_state(app: DoctorApp, pilot: Pilot[int], source: Answering, name: str, keys: Sequence[str]) -> None:
    """Plays the keys and compares; where nothing answers nobody waits for an answer."""
    try:
        if "loading" in name:
            for key in keys:
                await pilot.press(KEY_NAMES.get(key, key))
                await pilot.pause(0.1)
        else:
            await press(pilot, keys)
        assert_frame(name, await still(app))
    finally:
        source.end.set()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*STATES, *DEEPER])
def test_each_state_looks_as_agreed(monkeypatch: pytest.MonkeyPatch, name: str, size: str) -> None:
    answer, deeper, keys = DEEPER[name] if name in DEEPER else (STATES[name][0], None, STATES[name][1])
    source = Answering(answer, deeper)
    use(monkeypatch, source)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await show_state(app, pilot, source, f"state-{name}-{size}", keys)

    drive(LIVE, scene, SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_without_a_kubeconfig_the_contexts_look_as_agreed(size: str) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert_frame(f"state-contexts-none-{size}", await still(app))

    drive(AppRequest(connection=ConnectionOptions(kubeconfig="/no/such/config")), scene, SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_contexts_of_a_kubeconfig_look_as_agreed(size: str, tmp_path: Path) -> None:
    names = ("prod", "stage", "lab-with-a-rather-long-name-of-its-own")
    path = tmp_path / "config"
    document = {
        "current-context": "stage",
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example.com:6443"}} for name in names],
        "users": [{"name": "jane", "user": {"token": "x"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "jane"}} for name in names],
    }
    path.write_text(json.dumps(document))

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["x"])
        assert_frame(f"state-contexts-{size}", await still(app))

    drive(AppRequest(demo="seed", connection=ConnectionOptions(kubeconfig=str(path))), scene, SIZES[size])
