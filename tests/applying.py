"""Plan files played against the test bed: what its tests share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import antrea
from bed.fixtures import Cluster
from diagnostics.kube.demos import demo_objects
from headless import Ran, doctor

CONFIG_MAP = "/api/v1/namespaces/kube-system/configmaps/antrea-config"
WEB = "/api/v1/namespaces/shop/services/web"
AGENTS = "/apis/apps/v1/namespaces/kube-system/daemonsets/antrea-agent"
POLICIES = "/apis/crd.antrea.io/v1beta1/clusternetworkpolicies"
TRACEFLOWS = "/apis/crd.antrea.io/v1beta1/traceflows"
INFOS = "/apis/crd.antrea.io/v1beta1/antreaagentinfos"
MERGE = "application/merge-patch+json"
MODE = "service.antrea.io/load-balancer-mode"
REAL_CRDS = pytest.mark.skipif(antrea.crds_file() is None, reason="Antrea's own schemas are not at hand")

Run = Callable[..., Ran]


@pytest.fixture
def seed(cluster: Cluster) -> Cluster:
    """The seed's cluster in the server."""
    recorded = [item for item in demo_objects("seed") if item["kind"] != "Recording"]
    cluster.load(item for item in recorded if item["metadata"]["name"] != "kubernetes")
    return cluster


@pytest.fixture
def run(seed: Cluster) -> Run:
    """`antrea-doctor COMMAND ...` against it as its admin, or with another kubeconfig."""

    def call(*words: str, kubeconfig: Path | None = None) -> Ran:
        return doctor([*words, "--kubeconfig", str(kubeconfig or seed.kubeconfig)])

    return call


def planned(run: Run, folder: Path, *words: str, **options: Any) -> Path:
    ran = run("plan", *words, "-o", "json", **options)
    assert ran.code == 0, (ran.err, ran.json["blockedBy"], ran.json["prerequisites"])
    path = folder / "plan.json"
    path.write_text(ran.out)
    return path


def dsr(run: Run, folder: Path, **options: Any) -> Path:
    return planned(run, folder, "shop/web", "--remedy", "use-dsr", **options)


def step_of(path: Path, kind: str, verb: str = "") -> str:
    """The number of the step that first writes such an object."""
    steps = json.loads(path.read_text())["steps"]
    return str(
        next(
            number
            for number, step in enumerate(steps, 1)
            if any(item["kind"] == kind and verb in ("", item["verb"]) for item in step["writes"])
        )
    )


def alone(path: Path, kind: str) -> Path:
    """The plan with the one step that writes such an object: what goes before it is tested elsewhere."""
    document = json.loads(path.read_text())
    document["steps"] = [document["steps"][int(step_of(path, kind)) - 1]]
    path.write_text(json.dumps(document))
    return path


def applied(run: Run, path: Path, number: str, key: str = "shop/web", **options: Any) -> Ran:
    return run("apply", str(path), "--step", number, "--allow-write", "--yes", key, **options)


def undone(run: Run, path: Path, number: str, key: str = "shop/web", **options: Any) -> Ran:
    return run("undo", str(path), "--step", number, "--allow-write", "--yes", key, **options)


def standings(run: Run, path: Path, **options: Any) -> dict[str, tuple[str, str]]:
    document = run("verify", str(path), "-o", "json", **options).json
    return {str(step["number"]): (step["standing"], step["why"]) for step in document["steps"]}


def patched(cluster: Cluster, path: str, change: dict[str, Any], manager: str = "someone") -> Any:
    return cluster.api.send("PATCH", f"{path}?fieldManager={manager}", change, MERGE)


def agents_follow(cluster: Cluster, *tables: str) -> None:
    """What the DaemonSet's controller and the agents do after a restart."""
    now = cluster.api.get(AGENTS)
    count = now["status"]["desiredNumberScheduled"]
    status = {
        "observedGeneration": now["metadata"]["generation"],
        "updatedNumberScheduled": count,
        "numberAvailable": count,
        "numberReady": count,
    }
    patched(cluster, f"{AGENTS}/status", {"status": status})
    for info in cluster.api.get(INFOS)["items"]:
        change = {"ovsInfo": {"flowTable": dict.fromkeys(tables, 1)}}
        patched(cluster, f"{INFOS}/{info['metadata']['name']}", change)


def contents(cluster: Cluster) -> dict[str, Any]:
    """What plans may touch, without what the server counts by itself and without when Pods were restarted."""
    found = {}
    lists = ("/apis/networking.k8s.io/v1/networkpolicies", POLICIES)
    for path in (CONFIG_MAP, WEB, *lists):
        answer = cluster.api.get(path)
        for item in answer.get("items", [answer]):
            meta = item["metadata"]
            found[f"{path} {meta['name']}"] = (item.get("data"), item.get("spec"), meta.get("annotations", {}))
    return found
