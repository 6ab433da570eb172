"""Five hundred changes a second in a real cluster: every key that is typed meanwhile still counts, in its order."""

import json
import threading
import time
from typing import Any

import pytest

from bed.control_plane import ControlPlane
from bed.fixtures import Cluster
from terminal import OpenTerminal

pytestmark = pytest.mark.bed

SERVICES, EVENTS_A_BATCH, SECONDS_A_BATCH = 100, 50, 0.1


def a_service(number: int, port: int) -> dict[str, Any]:
    meta = {"name": f"svc-{number:03}", "namespace": "storm", "uid": f"uid-{number}"}
    spec = {
        "type": "ClusterIP",
        "clusterIP": f"10.96.7.{number + 1}",
        "clusterIPs": [f"10.96.7.{number + 1}"],
        "ports": [{"port": port, "protocol": "TCP", "targetPort": port}],
        "selector": {"app": "none"},
        "sessionAffinity": "None",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
    }
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


class Storm:
    """Changes Services straight in etcd, as fast as no controller would, and counts."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._over = threading.Event()
        self.changes = 0
        self._thread = threading.Thread(target=self._blow)

    def batch(self, first: int) -> None:
        puts = {}
        for number in range(first, first + EVENTS_A_BATCH):
            one = a_service(number % SERVICES, 1 + (self.changes + number) % 60_000)
            puts[f"/registry/services/specs/storm/{one['metadata']['name']}"] = json.dumps(one).encode()
        self._plane.keys.put(puts)
        self.changes += len(puts)

    def _blow(self) -> None:
        began = time.monotonic()
        for number in range(10_000):
            if self._over.wait(max(0.0, began + number * SECONDS_A_BATCH - time.monotonic())):
                return
            self.batch(number * EVENTS_A_BATCH)

    def __enter__(self) -> "Storm":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_no_key_is_lost_while_five_hundred_services_change_each_second(
    cluster: Cluster, control_plane: ControlPlane, open_terminal: OpenTerminal
) -> None:
    cluster.load([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "storm"}}])
    storm = Storm(control_plane)
    storm.batch(0)
    storm.batch(EVENTS_A_BATCH)
    terminal = open_terminal(KUBECONFIG=str(cluster.kubeconfig))
    terminal.wait_for("● live")
    with storm:
        began, before = time.monotonic(), storm.changes
        for _ in range(60):
            terminal.keys("j")
            terminal.read(0.03)
        sent = time.monotonic()
        terminal.wait_for("▸")
        while "svc-059" not in _row_under_cursor(terminal.text):
            assert time.monotonic() - sent < 10.0, terminal.text
            terminal.read(0.05)
        waited, rate = time.monotonic() - sent, (storm.changes - before) / (time.monotonic() - began)
        print(f"{rate:.0f} changes a second, the last key counted after {waited:.2f} s")
        terminal.keys("/svc-07")
        terminal.wait_for("Services (10 of 10", seconds=10)
    assert rate > 250, "the machine could not make a storm"
    terminal.keys("\x1b")
    terminal.wait_for("Services (101)")
    terminal.keys("q")
    assert terminal.ended() == 0


def _row_under_cursor(text: str) -> str:
    return next((line for line in text.splitlines() if line.startswith("▸")), "")
