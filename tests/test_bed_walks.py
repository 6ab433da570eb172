"""Every remedy walked to its end and back by our own hand on a real API server: planned into a file, tried, applied,
verified and undone.

The bed has no controllers: what would answer a step there (Pods that start anew, agents' reports, a policy's status, a
namespace that ends) is played through the admin's API, after it was seen that the step waits for it.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from applying import CONFIG_MAP, Run, applied, patched, planned, run, standings, undone  # noqa: F401
from bed.fixtures import Cluster
from diagnostics.kube.demos import demo_objects
from diagnostics.remedies.acting import losing
from diagnostics.remedies.plan.on_snapshot import fact_of
from playing import everything, play_agents, play_controllers, play_end_of_namespaces

pytestmark = pytest.mark.bed

SERVER = ("--api-server", "172.18.0.2:6443")
WALKS = [
    ("use-dsr", "seed", "shop/web", ()),
    ("test-dsr", "dsr", "shop/web", ()),
    ("guard-nodeport", "seed", "partner/intake", ("--allow", "203.0.113.0/24,198.51.100.7")),
    ("enable-proxy-all", "seed", "shop/web", ()),
    ("remove-kube-proxy", "proxy-all", "shop/web", SERVER),
    ("local-policy", "seed", "shop/web", ()),
    ("to-load-balancer", "seed", "partner/intake", ()),
    ("mend-annotation", "dsr-without-gate", "shop/web", ()),
    ("mend-policy", "proxy-all", "partner/intake", ()),
]
CONTROLLER = "/apis/apps/v1/namespaces/kube-system/deployments/antrea-controller"


@pytest.fixture
def seed(cluster: Cluster, request: pytest.FixtureRequest) -> Cluster:
    """The demo of the walk in the server, with an agent's Pod on each Node."""
    recorded = [item for item in demo_objects(request.param) if item["kind"] != "Recording"]
    cluster.load(item for item in recorded if item["metadata"]["name"] != "kubernetes")
    play_agents(cluster)
    return cluster


@pytest.mark.parametrize(("slug", "seed", "key", "answers"), WALKS, indirect=["seed"], ids=[slug for slug, *_ in WALKS])
def test_a_way_out_is_tried_walked_proved_and_taken_back_to_the_start(
    slug: str,
    seed: Cluster,
    key: str,
    answers: tuple[str, ...],
    run: Run,  # noqa: F811
    tmp_path: Path,
) -> None:
    start = everything(seed)
    path = planned(run, tmp_path, key, "--remedy", slug, *answers)
    assert standings_of(run, path) <= {"open", "unchecked"}
    walked = walk(seed, run, path, key, steps_of(path))
    assert standings_of(run, path) <= {"done", "unchecked"}
    walk_back(seed, run, path, key, walked)
    assert everything(seed) == start
    now = standings(run, path)
    restarts = {str(n) for n, step in enumerate(steps_of(path), 1) if step["tables"]}
    assert {now[number][0] for number in walked if number not in restarts} == {"open"}


@pytest.mark.parametrize("seed", ["dsr"], indirect=True)
def test_the_trial_of_dsr_is_taken_back_from_its_middle(seed: Cluster, run: Run, tmp_path: Path) -> None:  # noqa: F811
    start = everything(seed)
    path = planned(run, tmp_path, "shop/web", "--remedy", "test-dsr")
    walked = walk(seed, run, path, "shop/web", steps_of(path)[:-1])
    assert everything(seed) != start
    walk_back(seed, run, path, "shop/web", walked)
    assert everything(seed) == start


@pytest.mark.parametrize("seed", ["seed"], indirect=True)
def test_the_controller_starts_anew_with_its_own_file(seed: Cluster, run: Run, tmp_path: Path) -> None:  # noqa: F811
    labels = {"app": "antrea", "component": "antrea-controller"}
    pod = {"containers": [{"name": "antrea-controller", "image": "controller"}]}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    meta = {"name": "antrea-controller", "namespace": "kube-system"}
    seed.load([{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}])
    patched(seed, CONFIG_MAP, {"data": {"antrea-controller.conf": "# Port.\napiPort: 10349\n"}})
    start = everything(seed)
    path = planned(run, tmp_path, "shop/web", "--remedy", "enable-proxy-all", *SERVER)
    walked = walk(seed, run, path, "shop/web", steps_of(path))
    assert seed.api.get(CONTROLLER)["metadata"]["generation"] == 2
    data = seed.api.get(CONFIG_MAP)["data"]
    assert "172.18.0.2:6443" in data["antrea-controller.conf"]
    assert "# Port.\napiPort: 10349\n" in data["antrea-controller.conf"]
    walk_back(seed, run, path, "shop/web", walked)
    assert everything(seed) == start
    assert seed.api.get(CONTROLLER)["metadata"]["generation"] == 3  # it reads the file that was put back


def walk(cluster: Cluster, run: Run, path: Path, key: str, steps: list[dict[str, Any]]) -> list[str]:  # noqa: F811
    """Each step tried, applied and proved; the numbers of those that changed something."""
    walked = []
    for number, step in enumerate(steps, start=1):
        before = everything(cluster)
        tried = run("apply", str(path), "--step", str(number), "--dry-run")
        assert tried.code == 0, (step["title"], tried.err)
        assert everything(cluster) == before
        if not step["writes"] or step["writes"][0]["kind"] == "Traceflow":  # live traffic has a test of its own
            continue
        ran = applied(run, path, str(number), key)
        assert ran.code == 0, (step["title"], ran.err)
        ends_later = {"restart", "delete"} & {write["verb"] for write in step["writes"]}
        assert everything(cluster) != before or ends_later
        walked.append(str(number))
        if play_controllers(cluster, step):
            assert "It is open" in ran.out, (step["title"], ran.out)
        standing, why = standings(run, path)[str(number)]
        assert standing == "done", (step["title"], why)
    return walked


def walk_back(cluster: Cluster, run: Run, path: Path, key: str, walked: list[str]) -> None:  # noqa: F811
    for number in reversed(walked):
        before = everything(cluster)
        tried = run("undo", str(path), "--step", number, "--dry-run")
        assert tried.code == 0, tried.err
        assert everything(cluster) == before
        ran = undone(run, path, number, key)
        assert ran.code == 0, ran.err
        play_agents(cluster)
        play_end_of_namespaces(cluster)


def steps_of(path: Path) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(path.read_text())["steps"]
    return steps


def standings_of(run: Run, path: Path) -> set[str]:  # noqa: F811
    return {standing for standing, _ in standings(run, path).values()}


@pytest.mark.parametrize("seed", ["proxy-all"], indirect=True)
def test_a_field_that_the_plan_does_not_know_is_not_lost_with_a_list(
    seed: Cluster,
    run: Run,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with a release whose rules have a new field: here the facts are those of a release without endPort."""
    where = "/apis/networking.k8s.io/v1/namespaces/partner/networkpolicies/allow-cluster"
    rules = seed.api.get(where)["spec"]["ingress"]
    ported = [{**rule, "ports": [{"port": 1, "endPort": 9, "protocol": "TCP"}]} for rule in rules]
    path = planned(run, tmp_path, "partner/intake", "--remedy", "mend-policy")
    number = next(str(n) for n, step in enumerate(steps_of(path), 1) if step["diff"])
    document = json.loads(path.read_text())
    document["steps"] = [document["steps"][int(number) - 1]]
    (write,) = document["steps"][0]["writes"]
    write["seen"] = None
    write["body"].pop("metadata", None)
    path.write_text(json.dumps(document))
    patched(seed, where, {"spec": {"ingress": ported}})
    before = everything(seed)
    monkeypatch.setattr(losing, "fact_of", without_end_port)
    for ran in (
        run("apply", str(path), "--step", "1", "--dry-run"),
        applied(run, path, "1", "partner/intake"),
    ):
        assert ran.code == 1
        assert "this patch would remove" in ran.err
        assert "spec.ingress[0].ports[0].endPort" in ran.err
    assert everything(seed) == before


def without_end_port(group: str, kind: str, item: Any) -> Any:
    fact: Any = fact_of(group, kind, item)
    rules = [{**msgspec.to_builtins(rule), "ports": [{"port": 1, "protocol": "TCP"}]} for rule in fact.spec.ingress]
    return {"spec": {"ingress": rules}}
