"""The app follows a real cluster: what changes is on the screen a moment later, or the screen says why not."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from textual.pilot import Pilot

from bed import faults
from bed.breaking_proxy import BreakingProxy
from bed.exchange import Exchange
from bed.fixtures import Cluster
from bed.users import Users, reading
from diagnostics.kube import follower as follower_module
from diagnostics.kube import following as following_module
from diagnostics.kube.rbac import rbac_yaml
from driving import drive, frame, press, words
from seeded import app_on, kubeconfig_of, recorded_objects
from tui.app import DoctorApp
from tui.request import AppRequest

pytestmark = pytest.mark.bed

SHOP = "/api/v1/namespaces/shop/services"
MERGE = "application/merge-patch+json"
SEEN_WITHIN = 3.0


async def until(app: DoctorApp, condition: Callable[[str], bool], seconds: float = SEEN_WITHIN) -> float:
    """How long it takes until the screen, as running text, is as wanted."""
    began = time.monotonic()
    while not condition(words(app)):
        assert time.monotonic() - began < seconds, frame(app)
        assert app.fault is None
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def live(app: DoctorApp, seconds: float = SEEN_WITHIN) -> None:
    await until(app, lambda text: "● live" in text, seconds)


def row(app: DoctorApp, name: str) -> str:
    return next((line for line in frame(app).splitlines() if f"{name} " in line), "")


def patch(cluster: Cluster, name: str, spec: dict[str, Any]) -> None:
    cluster.api.send("PATCH", f"{SHOP}/{name}", {"spec": spec}, MERGE)


def make(cluster: Cluster, name: str) -> None:
    spec = {"ports": [{"port": 80}], "selector": {"app": name}}
    cluster.api.send("POST", SHOP, {"metadata": {"name": name}, "spec": spec})


def watches(proxy: BreakingProxy) -> list[str]:
    return [request.path for request in proxy.requests if "watch" in request.parameters]


@pytest.fixture
def loaded(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setattr(follower_module, "FIRST_PAUSE", 0.1)
    cluster.load(recorded_objects("proxy-all"))
    return cluster


def test_what_changes_is_seen_and_all_else_stays_where_it_is(loaded: Cluster) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app)
        await press(pilot, ["s", "/", *"ns=shop", "enter", "G", "k"])
        standing = next(line.split()[3] for line in frame(app).splitlines() if line.startswith("▸"))
        assert "Cluster" in row(app, "shop/web")
        patch(loaded, "web", {"externalTrafficPolicy": "Local"})
        await until(app, lambda text: "Local" in row(app, "shop/web") and "keeps" in row(app, "shop/web"))
        make(loaded, "aaa")
        await until(app, lambda text: "shop/aaa" in text)
        assert any(line.startswith("▸") and standing in line for line in frame(app).splitlines())
        assert "Sorted by name" in words(app)
        loaded.api.send("DELETE", f"{SHOP}/aaa")
        await until(app, lambda text: "shop/aaa" not in text)
        loaded.api.send("DELETE", f"{SHOP}/web")
        loaded.api.send("POST", "/api/v1/namespaces/legacy/services", {
            "metadata": {"name": "filtered-out"}, "spec": {"ports": [{"port": 80}]},
        })  # fmt: skip
        await until(app, lambda text: "shop/web " not in text)
        assert "filtered-out" not in frame(app)
        assert "● live" in frame(app).splitlines()[0]

    drive(app_on(loaded.kubeconfig), scene)


def test_endpoints_that_come_change_the_verdict(loaded: Cluster) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app)
        make(loaded, "fresh")
        await until(app, lambda text: "shop/fresh" in text)
        assert " 0 " in row(app, "shop/fresh")
        endpoint = {"addresses": ["10.10.1.77"], "conditions": {"ready": True}}
        loaded.api.send("POST", "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices", {
            "metadata": {"name": "fresh-1", "labels": {"kubernetes.io/service-name": "fresh"}},
            "addressType": "IPv4", "ports": [{"port": 80}], "endpoints": [endpoint],
        })  # fmt: skip
        await until(app, lambda text: " 1 " in row(app, "shop/fresh"))

    drive(app_on(loaded.kubeconfig), scene)


def test_the_service_on_display_is_examined_again_but_not_for_every_event(
    loaded: Cluster, proxy: BreakingProxy, tmp_path: Path
) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await until(app, lambda text: "● live, policies" in text)
        await press(pilot, ["2"])
        assert "ETP Cluster" not in words(app)
        proxy.forget()
        loaded.api.send("DELETE", f"{SHOP}/checkout")
        await asyncio.sleep(0.5)
        assert proxy.requests == [], "another Service is not on display"
        for number in range(40):
            patch(loaded, "web", {"sessionAffinity": "ClientIP" if number % 2 else "None"})
            await asyncio.sleep(0.025)
        await until(app, lambda text: bool(proxy.requests), 6.0)
        await asyncio.sleep(1.0)
        assert len(proxy.requests) <= 14, "one reading for forty events in a second"
        patch(loaded, "web", {"externalTrafficPolicy": "Local"})
        await press(pilot, ["1"])
        await until(app, lambda text: "ETP Local" in text, 8.0)
        assert "● live, policies" in words(app)
        loaded.api.send("DELETE", f"{SHOP}/web")
        await until(app, lambda text: "is not there any more" in text)
        await press(pilot, ["escape"])
        await until(app, lambda text: "shop/web " not in text)

    drive(app_on(proxy.kubeconfig(loaded.kubeconfig, tmp_path), service="shop/web"), scene)
    assert {request.method for request in proxy.requests} == {"GET"}


def test_an_object_made_again_under_its_name_is_looked_at_again(loaded: Cluster) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app)
        loaded.api.send("DELETE", f"{SHOP}/web")
        make(loaded, "web")
        await until(app, lambda text: "Reached from inside the cluster only" in text, 8.0)

    drive(app_on(loaded.kubeconfig, service="shop/web"), scene)


def test_a_node_that_changes_changes_the_verdicts(loaded: Cluster) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app)
        await press(pilot, ["i"])
        loaded.api.send("POST", "/api/v1/nodes", {"metadata": {"name": "node-new"}})
        await until(app, lambda text: "node-new" in text, 8.0)

    drive(app_on(loaded.kubeconfig), scene)


def silent(exchange: Exchange) -> None:
    """The head of a good answer, then nothing."""
    exchange.begin(200, [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
    faults.stall(exchange)


def half_a_line(exchange: Exchange) -> None:
    """The beginning of an event, then the end of the connection."""
    exchange.begin(200, [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
    exchange.send(b'10\r\n{"type":"ADDED",\r\n')
    exchange.reset()


TROUBLES: dict[str, tuple[Any, str]] = {
    "refused": (faults.refuse, "refuses the connection"),
    "410 as an answer": (faults.gone, ""),
    "closes at once": (faults.answer(200, b""), ""),
    "half a line": (half_a_line, "broke before"),
    "no watch but a page": (faults.answer(200, b"<html>\nSign in\n</html>\n"), "no event"),
    "500": (faults.status(500), "500"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_whatever_breaks_is_said_if_it_matters_and_the_screen_is_live_again_when_it_is_mended(
    loaded: Cluster, proxy: BreakingProxy, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, said = TROUBLES[name]
    monkeypatch.setattr(follower_module, "LONGEST_PAUSE", 0.5)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app)
        if fault is faults.refuse:
            proxy.break_with(fault)
        else:
            proxy.break_with(fault, path="watch=1")
            proxy._hang_up()
        make(loaded, "meanwhile")
        if said:
            await until(app, lambda text: "Not live:" in text and said in text, 8.0)
            assert "● live" not in frame(app)
            assert "read " in frame(app).splitlines()[0]
            assert "ctrl-r reads again" in words(app)
        else:
            await asyncio.sleep(0.5)
        proxy.mend()
        await until(app, lambda text: "shop/meanwhile" in text and "● live" in text, 10.0)
        assert "Not live" not in frame(app)
        assert not app._notifications, "nothing pops up"

    drive(app_on(proxy.kubeconfig(loaded.kubeconfig, tmp_path)), scene)
    assert {request.method for request in proxy.requests} == {"GET"}


def test_silence_is_noticed(
    loaded: Cluster, proxy: BreakingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "SILENCE_SECONDS", 1.0)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await until(app, lambda text: "Not live:" in text, 5.0)
        monkeypatch.setattr(follower_module, "SILENCE_SECONDS", 90.0)
        proxy.mend()
        await live(app, 8.0)

    proxy.break_with(silent, path="/services.*watch=1")
    drive(app_on(proxy.kubeconfig(loaded.kubeconfig, tmp_path)), scene)


def test_a_machine_that_slept_asks_anew_at_once(
    loaded: Cluster, proxy: BreakingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app)
        proxy.forget()
        monkeypatch.setattr(following_module, "_slept", lambda: time.time() - time.monotonic() + 3600)
        await until(app, lambda text: len(watches(proxy)) == 5)
        await live(app)

    drive(app_on(proxy.kubeconfig(loaded.kubeconfig, tmp_path)), scene)


def test_a_missing_right_to_watch_is_said_once_and_reading_again_helps(loaded: Cluster, users: Users) -> None:
    rules = [reading("", "services", "nodes", "pods", "namespaces", "configmaps"), reading("apps", "daemonsets"),
             reading("discovery.k8s.io", "endpointslices"), reading("crd.antrea.io", "*"),
             reading("networking.k8s.io", "networkpolicies")]  # fmt: skip
    for rule in rules:
        rule["verbs"] = ["get", "list"]
    user = users.with_rules(rules)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await until(app, lambda text: "Not live: The right" in text)
        assert "`antrea-doctor rbac` prints it" in words(app)
        assert not app._notifications
        make(loaded, "later")
        await press(pilot, ["ctrl+r"])
        assert "shop/later" in frame(app)

    drive(app_on(user.kubeconfig), scene)


def test_the_rights_that_rbac_prints_are_enough_to_follow(loaded: Cluster, users: Users) -> None:
    user = users.with_role(yaml.safe_load(rbac_yaml()))

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app, 8.0)

    drive(app_on(user.kubeconfig), scene)


def test_nothing_of_the_old_cluster_comes_after_a_change_of_context(
    loaded: Cluster, proxy: BreakingProxy, tmp_path: Path
) -> None:
    kubeconfig = kubeconfig_of(tmp_path / "both", {"old": proxy.kubeconfig(loaded.kubeconfig, tmp_path)})
    over = threading.Event()

    def storm() -> None:
        number = 0
        while not over.wait(0.005):
            patch(loaded, "web", {"sessionAffinity": "ClientIP" if number % 2 else "None"})
            number += 1

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app)
        thread = threading.Thread(target=storm)
        thread.start()
        try:
            await asyncio.sleep(0.3)
            await press(pilot, ["x", "G", "enter"])
            assert "demo" in frame(app).splitlines()[0]
            proxy.forget()
            before = frame(app)
            await asyncio.sleep(1.0)
            assert frame(app) == before
            assert "live" not in before
            assert proxy.requests == []
            assert not [each for each in threading.enumerate() if each.name == "antrea-doctor watch"]
        finally:
            over.set()
            thread.join()

    drive(app_on(kubeconfig), scene)


def test_without_watch_nothing_is_followed_and_nothing_said(
    loaded: Cluster, proxy: BreakingProxy, tmp_path: Path
) -> None:
    request = app_on(proxy.kubeconfig(loaded.kubeconfig, tmp_path))

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await asyncio.sleep(0.3)
        assert "live" not in words(app).lower()
        assert "read " in frame(app).splitlines()[0]

    drive(AppRequest(connection=request.connection, watch=False), scene)
    assert watches(proxy) == []


def test_quitting_ends_all_watches(loaded: Cluster, proxy: BreakingProxy, tmp_path: Path) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await live(app)

    drive(app_on(proxy.kubeconfig(loaded.kubeconfig, tmp_path)), scene)
    assert sorted(path.rpartition("/")[2] for path in watches(proxy)) == [
        "antreaagentinfos", "daemonsets", "endpointslices", "nodes", "services",
    ]  # fmt: skip
    ends_at = time.monotonic() + 2.0
    while [each for each in threading.enumerate() if each.name == "antrea-doctor watch"]:
        assert time.monotonic() < ends_at
        time.sleep(0.02)
