"""A saved Snapshot read back gives the same answers, keeps its gaps, and holds nothing that was not asked for."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from bed.fixtures import Cluster
from bed.users import Users
from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.checks.suppress import ANNOTATION
from diagnostics.datapath.load_balancers import PRODUCTS
from diagnostics.datapath.topology import _ANNOTATIONS as TOPOLOGY
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.recorded import demo_names, from_objects, read_demo, read_files
from diagnostics.kube.storing import ANNOTATIONS, LAST_APPLIED, stored
from diagnostics.model.case import Case
from diagnostics.model.case import Cluster as Facts
from diagnostics.model.service import EXTERNAL_IP_POOL, LOAD_BALANCER_MODE
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.model.transport import TRANSPORT_ADDRESSES
from diagnostics.remedies.comparison.compare import compare
from diagnostics.remedies.offered.catalogue import REMEDIES
from diagnostics.remedies.plan.plan import Question
from grid import load, names
from headless import doctor
from seeded import recorded_objects

SECRET = "hunter2"
ANSWERS = ["path -A -o json", "check -A -o json --fail-on never", "plan shop/web -o json"]


def again(snapshot: Snapshot) -> Snapshot:
    """The Snapshot as its file gives it back, every byte of it."""
    text = msgspec.json.encode(list(stored(snapshot, "all Services")))
    return replace(from_objects(msgspec.json.decode(text)), origin=snapshot.origin)


def reports(snapshot: Snapshot) -> list[Any]:
    cluster = Facts(snapshot)
    return [examine(Case.of(snapshot, key, cluster), CHECKS) for key in snapshot.service_by_key]


@pytest.mark.parametrize("name", names())
def test_every_scenario_is_judged_the_same_after_it_was_saved(name: str) -> None:
    snapshot = load(name).snapshot
    back = again(snapshot)
    assert back.reads == snapshot.reads
    assert set(back.gaps) == set(snapshot.gaps)
    assert reports(back) == reports(snapshot)


@pytest.mark.parametrize("name", demo_names())
def test_a_saved_demo_gives_the_same_ways_out(name: str) -> None:
    snapshot = read_demo(name)
    back = again(snapshot)
    for each in (snapshot, back):
        assert each.service_by_key["shop/web"]
    was, now = (compare(Case.of(each, "shop/web"), Question()) for each in (snapshot, back))
    assert now == was
    plans = [[remedy.make(Case.of(each, "shop/web"), Question()) for remedy in REMEDIES] for each in (snapshot, back)]
    for one, other in zip(*plans, strict=True):
        assert (other.steps, other.blocked_by, other.prerequisites) == (one.steps, one.blocked_by, one.prerequisites)


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize("demo", ["seed", "dual-stack", "antrea-2.0"])
def test_the_commands_answer_from_the_file_as_from_the_cluster(demo: str, form: str, tmp_path: Path) -> None:
    file = tmp_path / f"saved.{form}"
    saved = doctor(f"snapshot save {file} -A --demo {demo}")
    assert saved.code == 0
    assert f"antrea-doctor -f {file}" in saved.err
    for line in ANSWERS:
        one, other = doctor(f"{line} --demo {demo}"), doctor(f"{line} -f {file}")
        assert other.code == one.code
        assert other.out.replace(f"recorded in {file}", f"demo {demo}") == one.out


def test_a_file_is_for_its_owner_and_is_not_overwritten_by_accident(tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    assert doctor(f"snapshot save {file} --demo seed").code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    refused = doctor(f"snapshot save {file} --demo dsr")
    assert refused.code == 2
    assert "--force" in refused.err
    assert file.read_bytes() == before
    assert doctor(f"snapshot save {file} --demo dsr --force").code == 0
    assert file.read_bytes() != before
    assert os.listdir(tmp_path) == ["saved.json"]


@pytest.mark.parametrize(
    ("name", "told"), [("saved", ".json, .yaml or .yml"), ("no/saved.json", "There is no folder"), (".", ".json")]
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_read(name: str, told: str, tmp_path: Path) -> None:
    ran = doctor(f"snapshot save {tmp_path / name} --kubeconfig {tmp_path / 'missing'}")
    assert ran.code == 2
    assert told in ran.err


def test_only_what_the_engine_reads_is_stored() -> None:
    environment = {"name": "TOKEN", "value": SECRET}
    container = {
        "name": "c",
        "image": "app",
        "args": [f"--password={SECRET}"],
        "command": [SECRET],
        "env": [environment],
    }
    notes = {
        LAST_APPLIED: json.dumps({"spec": {"env": SECRET}}),
        "vault.example/template": SECRET,
        LOAD_BALANCER_MODE: "dsr",
    }
    template = {"spec": {"containers": [container], "volumes": [{"name": "v", "secret": {"secretName": SECRET}}]}}

    def item(kind: str, version: str = "v1", namespace: str = "shop", **more: Any) -> dict[str, Any]:
        meta = {"name": "x", "namespace": namespace, "annotations": notes}
        return {"apiVersion": version, "kind": kind, "metadata": meta, **more}

    kubeconfig = f"clusters: [{{cluster: {{server: 'https://192.0.2.1'}}}}]\nusers: [{{user: {{token: {SECRET}}}}}]\n"
    snapshot = from_objects(
        [
            item("Service", spec={"type": "NodePort"}),
            item("Pod", spec=template["spec"]),
            item("DaemonSet", "apps/v1", spec={"template": template}),
            item(
                "ConfigMap",
                data={"password": SECRET, "antrea-agent.conf": "featureGates: {}", "kubeconfig.conf": kubeconfig},
            ),
            item("Secret", data={"password": SECRET}),
        ]
    )
    text = json.dumps(list(stored(snapshot, "all Services")))
    assert SECRET not in text
    assert LAST_APPLIED in text  # that kubectl applied it, without what
    assert '"dsr"' in text
    assert "https://192.0.2.1" in text
    assert "featureGates" in text


def test_every_annotation_that_a_check_or_a_way_out_asks_for_is_stored() -> None:
    asked = [ANNOTATION, LOAD_BALANCER_MODE, EXTERNAL_IP_POOL, TRANSPORT_ADDRESSES, *TOPOLOGY]
    asked += [prefix for product in PRODUCTS for prefix in product.annotations]
    asked += ["argocd.argoproj.io/tracking-id", "meta.helm.sh/release-name", "meta.helm.sh/release-namespace"]
    assert [key for key in asked if not key.startswith(ANNOTATIONS)] == []


def test_a_gap_stays_a_gap() -> None:
    snapshot = read_demo("seed")
    gap = Gap(Source.NODES, Reason.FORBIDDEN, 'The right "list nodes" in the whole cluster is missing.')
    partly = Gap(Source.PODS, Reason.NOT_UNDERSTOOD, "1 object was left out.", "shop", partial=True)
    reads = (snapshot.reads - {(Source.NODES, ""), (Source.NETWORK_POLICIES, "")}) | {(Source.NETWORK_POLICIES, "shop")}
    poorer = replace(snapshot, nodes=(), reads=reads, gaps=(gap, partly))
    back = again(poorer)
    assert back.gaps == (gap, partly)
    assert back.gap(Source.NODES) == gap
    assert back.gap(Source.NETWORK_POLICIES, "shop") is None
    assert back.gap(Source.NETWORK_POLICIES, "other") is not None
    assert reports(back) == reports(poorer)


def test_show_tells_what_is_in_the_file_and_what_is_not(tmp_path: Path) -> None:
    file = tmp_path / "saved.json"
    doctor(f"snapshot save {file} -A --demo rollout")
    ran = doctor(f"snapshot show {file}")
    assert ran.code == 0
    for told in ("demo rollout", "Antrea v2.6.3, v2.7.0", "2026-11-20 09:00:00 UTC", "nodes", "Whatever was asked for"):
        assert told in ran.out
    document = doctor(f"snapshot show {file} -o json").json
    assert document["counts"]["services"] == 12
    assert document["takenAt"] == "2026-11-20T09:00:00+00:00"
    other = tmp_path / "other.yaml"
    other.write_text("apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\n")
    told = doctor(f"snapshot show {other}").out
    assert "nobody knows what was left out" in told
    assert "Not read: nodes" in told


def test_hostile_text_in_a_saved_file_is_shown_inert(tmp_path: Path) -> None:
    evil = "a\x1b]52;c;RVZJTA==\x07\u202eb"
    head = {
        "apiVersion": "antrea-doctor/v1", "kind": "Recording", "context": evil, "server": evil, "scope": evil,
        "takenAt": evil, "kubernetesVersion": evil, "reads": [{"source": evil}, {"source": "nodes", "namespace": evil}],
        "gaps": [{"source": "pods", "reason": evil, "detail": evil}, {"source": evil, "reason": "forbidden"}],
    }  # fmt: skip
    file = tmp_path / "evil.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [head]}))
    for line in (f"snapshot show {file}", f"snapshot show {file} -o json", f"snapshot diff {file} {file}"):
        ran = doctor(line)
        assert ran.code == 0, ran.err
        assert not {"\x1b", "\x07", "\u202e"} & set(ran.out + ran.err)
    copy = tmp_path / "copy.yaml"
    ran = doctor(f"snapshot save {copy} -A -f {file}")
    assert ran.code == 3  # nothing says that Services were read
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.err)


@pytest.mark.parametrize("head", [{"reads": "all"}, {"gaps": [{"source": 1}]}, {"reads": [[]]}])
def test_a_head_that_makes_no_sense_is_told(head: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(yaml.safe_dump({"apiVersion": "antrea-doctor/v1", "kind": "Recording", **head}))
    ran = doctor(f"snapshot show {file}")
    assert ran.code == 2
    assert "Recording is not understood" in ran.err


@pytest.mark.bed
@pytest.mark.parametrize("key", ["shop/web", None])
def test_a_real_server_is_judged_the_same_from_the_file(cluster: Cluster, tmp_path: Path, key: str | None) -> None:
    cluster.load(recorded_objects("seed"))
    live = LiveCluster.open(Wish(kubeconfig=str(cluster.kubeconfig)))
    overview = live.overview()
    snapshot = live.deepen(overview, key) if key else live.deepen_all(overview)
    live.close()
    assert reports(again(snapshot)) == reports(snapshot)
    assert again(snapshot).gaps == snapshot.gaps

    file = tmp_path / "saved.json"
    line = f"snapshot save {file} {key or '-A'} --kubeconfig {cluster.kubeconfig}"
    assert doctor(line).code == 0
    scope = f"Service {key}" if key else "all Services"
    assert scope in doctor(f"snapshot show {file}").out
    where = key or "-A"
    for command in ("check", "path"):
        one = doctor(f"{command} {where} -o json --kubeconfig {cluster.kubeconfig}")
        other = doctor(f"{command} {where} -o json -f {file}")
        assert (other.code, other.json) == (one.code, one.json)
    only = f"--service {key}" if key else ""
    unchanged = doctor(f"snapshot diff {file} --kubeconfig {cluster.kubeconfig} {only}")
    assert (unchanged.code, unchanged.err) == (0, "")
    assert "Nothing changed" in unchanged.out


@pytest.mark.bed
@pytest.mark.parametrize("demo", ["seed", "dsr", "node-port-only"])
def test_services_that_a_file_was_not_saved_for_are_rather_unknown_than_wrong(
    cluster: Cluster, tmp_path: Path, demo: str
) -> None:
    cluster.load(recorded_objects(demo))
    file = tmp_path / "one.json"
    doctor(f"snapshot save {file} partner/intake --kubeconfig {cluster.kubeconfig}")
    whole = doctor(f"check -A -o json --kubeconfig {cluster.kubeconfig}").json["services"]
    part = doctor(f"check -A -o json -f {file}").json["services"]
    assert [service["name"] for service in part] == [service["name"] for service in whole]
    unknown = 0
    for known, told in zip(whole, part, strict=True):
        right = {(row["code"], row["verdict"], row["message"]) for row in known["results"]}
        for row in told["results"]:
            unknown += row["verdict"] == "unknown"
            if row["verdict"] != "unknown":
                assert (row["code"], row["verdict"], row["message"]) in right, (told["name"], row)
    assert unknown


@pytest.mark.bed
def test_what_a_user_may_not_read_is_a_gap_in_the_file_too(cluster: Cluster, users: Users, tmp_path: Path) -> None:
    cluster.load(recorded_objects("seed"))
    user = users.without_nodes()
    file = tmp_path / "saved.json"
    saved = doctor(f"snapshot save {file} shop/web --kubeconfig {user.kubeconfig}")
    assert saved.code == 0
    assert "nodes: forbidden" in saved.err
    gap = read_files([str(file)]).gap(Source.NODES)
    assert gap is not None
    assert gap.reason is Reason.FORBIDDEN
    assert "Not read: nodes: forbidden" in doctor(f"snapshot show {file}").out
    one = doctor(f"check shop/web -o json --kubeconfig {user.kubeconfig}")
    other = doctor(f"check shop/web -o json -f {file}")
    assert (other.code, other.json) == (one.code, one.json)
