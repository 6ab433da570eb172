"""The proof by live traffic on a real API server; the test plays Antrea's agents."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from applying import REAL_CRDS, TRACEFLOWS, Run, alone, applied, dsr, patched
from bed.fixtures import Cluster
from bed.users import READ_ANTREA, READ_CONFIG_MAPS, READ_NAMESPACES, READ_NODES, READ_WORKLOADS, Users

pytestmark = pytest.mark.bed


@REAL_CRDS
def test_live_traffic_is_compared_with_the_prediction_and_no_trace_stays(
    seed: Cluster, run: Run, tmp_path: Path
) -> None:
    path = alone(dsr(run, tmp_path), "Traceflow")
    stop = threading.Event()
    player = threading.Thread(target=_play_agent, args=(seed, stop, "10.20.1.1"))
    player.start()
    try:
        ran = applied(run, path, "1")
    finally:
        stop.set()
        player.join()
    assert seed.api.get(TRACEFLOWS)["items"] == []
    assert "Now connect from a client outside the cluster to" in ran.err
    assert "10.20.1.1" in ran.out
    observed = json.loads(path.read_text())["steps"][0]["progress"]["observed"]
    assert observed
    assert {item["source"] for item in observed} == {"10.20.1.1"}


@REAL_CRDS
def test_live_traffic_without_the_right_gives_the_recipe(seed: Cluster, run: Run, users: Users, tmp_path: Path) -> None:
    path = alone(dsr(run, tmp_path), "Traceflow")
    rules = [*READ_WORKLOADS, *READ_NAMESPACES, *READ_NODES, *READ_CONFIG_MAPS, *READ_ANTREA]
    ran = applied(run, path, "1", kubeconfig=users.with_rules(rules).kubeconfig)
    assert ran.code == 3
    assert 'The right "create traceflows.crd.antrea.io" is missing.' in ran.err
    assert "kubectl" in ran.out
    assert "create" in ran.out


@REAL_CRDS
def test_an_interrupted_proof_leaves_no_trace_behind(seed: Cluster, run: Run, tmp_path: Path) -> None:
    path = alone(dsr(run, tmp_path), "Traceflow")
    words = ["apply", str(path), "--step", "1", "--allow-write", "--yes", "shop/web"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *words, "--kubeconfig", str(seed.kubeconfig)],
        cwd=Path(__file__).parent.parent,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while not (made := seed.api.get(TRACEFLOWS)["items"]) and time.monotonic() < end:
        time.sleep(0.05)
    assert made
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    assert seed.api.get(TRACEFLOWS)["items"] == []


def _play_agent(cluster: Cluster, stop: threading.Event, source: str) -> None:
    where = TRACEFLOWS
    while not stop.wait(0.1):
        for item in cluster.api.get(where)["items"]:
            if not item.get("status", {}).get("phase"):
                status = {"phase": "Succeeded", "capturedPacket": {"srcIP": source}}
                patched(cluster, f"{where}/{item['metadata']['name']}/status", {"status": status})
