"""A real API server is followed: what changes is told, through cut connections too, and ends when nobody wants it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bed import faults
from bed.breaking_proxy import BreakingProxy
from bed.fixtures import Cluster
from diagnostics.kube import follower as follower_module
from diagnostics.kube.demos import demo_objects
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.news import News
from diagnostics.model.snapshot import Snapshot

pytestmark = pytest.mark.bed

SERVICES = "/api/v1/namespaces/shop/services"


class Told:
    """The news as they came."""

    def __init__(self) -> None:
        self.news: list[News] = []

    @property
    def last(self) -> News | None:
        return self.news[-1] if self.news else None

    def wait(self, condition: Callable[[News], bool], seconds: float = 15.0) -> News:
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            if self.last and condition(self.last):
                return self.last
            time.sleep(0.02)
        raise AssertionError(f"it was not told: {self.last}")


def names(snapshot: Snapshot) -> set[str]:
    return {item.metadata.name for item in snapshot.services if item.metadata.namespace == "shop"}


@contextmanager
def following(kubeconfig: Path) -> Iterator[Told]:
    cluster = LiveCluster.open(Wish(kubeconfig=str(kubeconfig)))
    snapshot = cluster.overview()
    told, cancelled = Told(), threading.Event()
    thread = threading.Thread(target=cluster.follow, args=(snapshot, told.news.append, cancelled))
    thread.start()
    try:
        yield told
    finally:
        cancelled.set()
        thread.join(3.0)
        assert not thread.is_alive(), "nobody wants it any more"


def load(cluster: Cluster) -> None:
    cluster.load(item for item in demo_objects("seed") if item["metadata"]["name"] != "kubernetes")


def a_service(name: str, port: int = 80) -> dict[str, object]:
    spec = {"ports": [{"port": port}], "selector": {"app": name}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def test_services_that_come_change_and_go_are_told_with_whom_they_touch(cluster: Cluster) -> None:
    load(cluster)
    with following(cluster.kubeconfig) as told:
        told.wait(lambda news: not news.stale)
        cluster.api.send("POST", SERVICES, a_service("new"))
        news = told.wait(lambda news: "new" in names(news.snapshot))
        assert "shop/web" not in (news.touched or ())
        patch = {"spec": {"externalTrafficPolicy": "Local"}}
        cluster.api.send("PATCH", f"{SERVICES}/web", patch, "application/merge-patch+json")
        news = told.wait(lambda news: news.snapshot.service_by_key["shop/web"].external_policy == "Local")
        assert news.touched == frozenset({"shop/web"})
        cluster.api.send("DELETE", f"{SERVICES}/new")
        told.wait(lambda news: "new" not in names(news.snapshot))
        before = len(told.news)
        note: dict[str, object] = {"metadata": {"managedFields": [{}]}}
        cluster.api.send("PATCH", f"{SERVICES}/web", note, "application/merge-patch+json")
        time.sleep(0.5)
        assert len(told.news) == before, "what nobody reads wakes nobody"


def test_a_cut_connection_is_said_and_mended_without_losing_anything(
    cluster: Cluster, proxy: BreakingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "FIRST_PAUSE", 0.1)
    load(cluster)
    with following(proxy.kubeconfig(cluster.kubeconfig, tmp_path)) as told:
        told.wait(lambda news: not news.stale)
        proxy.break_with(faults.refuse)
        told.wait(lambda news: bool(news.stale))
        cluster.api.send("POST", SERVICES, a_service("meanwhile"))
        proxy.mend()
        news = told.wait(lambda news: not news.stale and "meanwhile" in names(news.snapshot), seconds=40.0)
        assert news.snapshot.service_by_key["shop/meanwhile"]
    assert {request.method for request in proxy.requests} == {"GET"}


def test_a_watch_that_goes_silent_is_noticed_and_made_anew(
    cluster: Cluster, proxy: BreakingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(follower_module, "FIRST_PAUSE", 0.1)
    load(cluster)
    proxy.break_with(faults.stall, path="/api/v1/services.*watch=1")
    with following(proxy.kubeconfig(cluster.kubeconfig, tmp_path)) as told:
        told.wait(lambda news: "services" in news.stale or "no complete answer" in news.stale)
        proxy.mend()
        monkeypatch.setattr(follower_module, "SILENCE_SECONDS", 90.0)
        cluster.api.send("POST", SERVICES, a_service("later"))
        told.wait(lambda news: "later" in names(news.snapshot), seconds=40.0)
