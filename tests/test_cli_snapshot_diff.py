"""What changed between two Snapshots is told in the engine's words, and what could not be read is never "gone"."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from bed.control_plane import ControlPlane
from bed.fixtures import Cluster
from diagnostics.checks.cluster_changes import Became
from diagnostics.checks.snapshot_changes import SnapshotChanges, snapshot_changes
from diagnostics.datapath.path import Keeping
from diagnostics.kube.demos import demo_documents
from diagnostics.kube.recorded import demo_names, from_objects, read_demo
from diagnostics.model.finding import Verdict
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from headless import doctor
from seeded import recorded_objects

Item = dict[str, Any]


def changed(demo: str, change: Callable[[list[Item]], None]) -> SnapshotChanges:
    """The changes after something was done to a demo's objects."""
    objects = msgspec.json.decode(msgspec.json.encode(demo_documents(demo)))
    change(objects)
    return snapshot_changes(read_demo(demo), from_objects(objects))


def one(objects: list[Item], kind: str, name: str) -> Item:
    return next(item for item in objects if item["kind"] == kind and item["metadata"]["name"] == name)


@pytest.mark.parametrize("name", demo_names())
def test_a_snapshot_is_the_same_as_itself(name: str) -> None:
    changes = snapshot_changes(read_demo(name), read_demo(name))
    assert changes.is_same
    assert changes.compared == len(read_demo(name).services)


def test_a_changed_policy_of_the_service_is_told_with_what_it_does() -> None:
    def to_local(objects: list[Item]) -> None:
        one(objects, "Service", "web")["spec"]["externalTrafficPolicy"] = "Local"

    changes = changed("proxy-all", to_local)
    (service,) = changes.services
    assert service.key == "shop/web"
    assert (service.before, service.after) == (Keeping.SOMETIMES, Keeping.KEEPS)
    assert [item.sentence for item in service.differences] == ["spec.externalTrafficPolicy: Cluster, then Local"]
    assert "SNAT point S2 (OVS SNAT) on node-a and 2 more Nodes is gone." in service.ways
    assert any(item.now is None and item.after is not Verdict.UNKNOWN for item in service.findings)
    assert changes.cluster == ()


def test_settings_and_what_agents_run_are_told_key_by_key() -> None:
    changes = snapshot_changes(read_demo("proxy-all"), read_demo("dsr"))
    told = {(change.kind, change.names): [item.sentence for item in change.differences] for change in changes.cluster}
    assert told == {
        ("ConfigMap", ("kube-system/antrea-config",)): [
            "antrea-agent.conf.featureGates.LoadBalancerModeDSR: not set, then true"
        ],
        ("AntreaAgentInfo", ("node-a", "node-b", "node-c")): ["DSR: does not run, then runs"],
    }


def test_services_and_objects_that_came_or_went_are_told() -> None:
    def swap(objects: list[Item]) -> None:
        objects.remove(one(objects, "Service", "web"))
        copy = msgspec.json.decode(msgspec.json.encode(one(objects, "Service", "intake")))
        copy["metadata"]["name"] = "outtake"
        objects.append(copy)
        policy = next(item for item in objects if item["kind"] == "NetworkPolicy")
        objects.remove(policy)

    changes = changed("seed", swap)
    became = {service.key: service.became for service in changes.services}
    assert became["shop/web"] is Became.GONE
    assert became["partner/outtake"] is Became.NEW
    assert any(change.kind == "NetworkPolicy" and change.became is Became.GONE for change in changes.cluster)


def test_endpoints_that_move_are_told_by_address() -> None:
    def drop(objects: list[Item]) -> None:
        (slice_,) = (
            item
            for item in objects
            if item["kind"] == "EndpointSlice" and item["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
        )
        slice_["endpoints"][0]["addresses"] = ["10.20.9.99"]

    (service,) = changed("seed", drop).services
    assert service.endpoints_new == ("10.20.9.99",)
    assert len(service.endpoints_gone) == 1


def without(snapshot: Snapshot, source: Source, field: str) -> Snapshot:
    gap = Gap(source, Reason.FORBIDDEN, "A right is missing.")
    return replace(snapshot, **{field: ()}, reads=snapshot.reads - {(source, "")}, gaps=(gap,))  # type: ignore[arg-type]


def test_what_can_no_longer_be_read_is_not_told_as_gone() -> None:
    before = read_demo("rollout")
    after = without(before, Source.AGENT_INFOS, "agent_infos")
    changes = snapshot_changes(before, after)
    assert not changes.is_same
    assert [gap.source for gap in changes.gaps_new] == [Source.AGENT_INFOS]
    assert not any(change.kind == "AntreaAgentInfo" for change in changes.cluster)
    lost = [item for item in changes.findings if item.now is None]
    assert lost
    assert {item.after for item in lost} == {Verdict.UNKNOWN}
    assert all(item.why_unknown for item in lost)
    back = snapshot_changes(after, before)
    assert [gap.source for gap in back.gaps_gone] == [Source.AGENT_INFOS]
    assert {item.before for item in back.findings if item.was is None} >= {Verdict.UNKNOWN}


def test_services_that_could_be_read_once_only_neither_come_nor_go() -> None:
    before = read_demo("seed")
    changes = snapshot_changes(before, without(before, Source.SERVICES, "services"))
    assert (changes.services, changes.compared) == ((), 0)
    assert not changes.is_same


def test_only_the_services_that_are_named_are_compared(tmp_path: Path) -> None:
    files = [str(tmp_path / f"{demo}.json") for demo in ("seed", "rollout")]
    for file, demo in zip(files, ("seed", "rollout"), strict=True):
        doctor(f"snapshot save {file} -A --demo {demo}")
    ran = doctor(f"snapshot diff {' '.join(files)} --service shop/web -o json")
    assert ran.code == 1
    assert [service["name"] for service in ran.json["services"]] == ["web"]
    assert ran.json["compared"] == 1
    every = doctor(f"snapshot diff {' '.join(files)} -o json").json
    assert every["compared"] == 12
    assert every["services"][0]["name"]
    wrong = doctor(f"snapshot diff {' '.join(files)} --service shop/wep")
    assert wrong.code == 2
    assert "shop/web" in wrong.err
    assert "These are two clusters" in ran.err


def test_the_text_says_before_and_after(tmp_path: Path) -> None:
    files = [str(tmp_path / f"{demo}.yaml") for demo in ("proxy-all", "dsr")]
    for file, demo in zip(files, ("proxy-all", "dsr"), strict=True):
        doctor(f"snapshot save {file} -A --demo {demo}")
    ran = doctor(f"snapshot diff {' '.join(files)}")
    assert ran.code == 1
    for told in (
        "shop/web: sometimes, then keeps",
        "before: Client address kept for 2 of 3",
        "load-balancer-mode]: not set, then dsr",
        "new: AD038 note",
        "1 Service of 12 differ",
    ):
        assert told in ran.out
    same = doctor(f"snapshot diff {files[0]} {files[0]}")
    assert (same.code, same.err) == (0, "")
    assert "Nothing changed: 12 Services compared." in same.out


@pytest.mark.bed
def test_a_file_is_compared_with_the_cluster_as_it_is_now(
    cluster: Cluster, control_plane: ControlPlane, tmp_path: Path
) -> None:
    objects = recorded_objects("seed")
    cluster.load(objects)
    file = tmp_path / "before.json"
    assert doctor(f"snapshot save {file} -A --kubeconfig {cluster.kubeconfig}").code == 0
    service = one(objects, "Service", "web")
    service["spec"]["externalTrafficPolicy"] = "Local"
    config = one(objects, "ConfigMap", "antrea-config")
    settings = yaml.safe_load(config["data"]["antrea-agent.conf"]) or {}
    settings["trafficEncapMode"] = "noEncap"
    config["data"] = {**config["data"], "antrea-agent.conf": yaml.safe_dump(settings), "note": "not ours"}
    control_plane.wipe()
    cluster.load(objects)
    ran = doctor(f"snapshot diff {file} --kubeconfig {cluster.kubeconfig}")
    assert ran.code == 1
    assert "spec.externalTrafficPolicy: Cluster, then Local" in ran.out
    assert "antrea-agent.conf.trafficEncapMode" in ran.out
    assert "not ours" not in ran.out
    assert "shop/web: never, then" in ran.out
