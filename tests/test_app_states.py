"""Every screen of the cluster in each of its states: empty, partly read, not read. Three sizes."""

import json
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from diagnostics.kube.recorded import read_demo
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from driving import assert_frame, drive, press, still
from tui.app import DoctorApp
from tui.request import AppRequest, ConnectionOptions

SIZES = {"60x20": (60, 20), "80x24": (80, 24), "120x40": (120, 40)}
NODES = Gap(Source.NODES, Reason.FORBIDDEN, 'The right "list nodes" is missing.')
SERVICES = Gap(Source.SERVICES, Reason.FORBIDDEN, 'The right "list services" in the whole cluster is missing.')
LIVE = AppRequest(connection=ConnectionOptions(context="prod"))


class Answering:
    """A source that answers with a Snapshot or an error."""

    is_demo = False
    title = "context prod"

    def __init__(self, answer: Snapshot | Exception) -> None:
        self.answer = answer

    def look_into(self, namespace: str) -> None:
        """Holds all namespaces."""

    def overview(self, cancelled: Event) -> Snapshot:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def deepen(self, snapshot: Snapshot, key: str, cancelled: Event) -> Snapshot:
        return snapshot

    def deepen_all(self, snapshot: Snapshot, cancelled: Event) -> Snapshot:
        return snapshot


def demo(**changes: object) -> Snapshot:
    return replace(read_demo("seed"), context="prod", **changes)  # type: ignore[arg-type]


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


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STATES)
def test_each_state_looks_as_agreed(monkeypatch: pytest.MonkeyPatch, name: str, size: str) -> None:
    answer, keys = STATES[name]
    use(monkeypatch, Answering(answer))

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, keys)
        assert_frame(f"state-{name}-{size}", await still(app))

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
