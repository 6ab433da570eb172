"""A real API server is read as the recording of the same objects is: by whoever may, through whatever breaks."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bed import faults
from bed.breaking_proxy import BreakingProxy
from bed.faults import Fault
from bed.fixtures import Cluster
from bed.users import User, Users, reading
from diagnostics.kube.demos import demo_objects
from diagnostics.kube.kinds import KINDS, SOURCE_OF, UPSTREAM_GROUP, resource_name
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.rbac import RULES, rbac_yaml
from diagnostics.kube.recorded import demo_names, read_demo
from diagnostics.kube.together import Cancelled
from diagnostics.kube.trouble import ConnectionTrouble
from diagnostics.kube.yaml_values import yaml_documents
from diagnostics.model.antrea import find_antrea
from diagnostics.model.case import Cluster as Facts
from diagnostics.model.kube_proxy import Presence, find_kube_proxy
from diagnostics.model.snapshot import Reason, Snapshot, Source

pytestmark = pytest.mark.bed

NAMESPACED = (
    Source.SERVICES,
    Source.SLICES,
    Source.NETWORK_POLICIES,
    Source.ANTREA_POLICIES,
    Source.GROUPS,
    Source.PODS,
)


def recorded_objects(name: str) -> list[dict[str, Any]]:
    """The objects of a demo but the Service of the API server, which each server makes itself."""
    own = ("Service", "kubernetes")
    return [item for item in demo_objects(name) if (item["kind"], item["metadata"]["name"]) != own]


def opened(kubeconfig: Path, **wish: Any) -> LiveCluster:
    return LiveCluster.open(Wish(kubeconfig=str(kubeconfig), **wish))


def examined(user: User | Cluster, key: str = "shop/web", **wish: Any) -> Snapshot:
    cluster = opened(user.kubeconfig, **wish)
    return cluster.deepen(cluster.overview(), key)


def contents(snapshot: Snapshot, namespace: str = "shop") -> dict[str, dict[str, Any]]:
    """Facts without what a server gives itself, and without what one examination does not ask for."""
    found: dict[str, dict[str, Any]] = {}
    for source, kind in KINDS.items():
        everywhere = source not in (Source.PODS, Source.NETWORK_POLICIES, Source.ANTREA_POLICIES, Source.GROUPS)
        for item in getattr(snapshot, kind.field):
            meta = item.metadata
            if everywhere or meta.namespace == namespace:
                body = {name: getattr(item, name) for name in item.__struct_fields__ if name != "metadata"}
                body |= {"labels": meta.labels, "annotations": meta.annotations}
                found.setdefault(kind.field, {})[meta.key] = body
    return found


@pytest.mark.parametrize("name", demo_names())
def test_every_demo_is_accepted_by_a_real_server_and_read_back_the_same(cluster: Cluster, name: str) -> None:
    cluster.load(recorded_objects(name))
    live, recorded = examined(cluster), read_demo(name)
    assert live.gaps == ()
    assert find_antrea(live).config == find_antrea(recorded).config
    assert find_kube_proxy(live) == find_kube_proxy(recorded)
    assert Facts(live).running == Facts(recorded).running
    there, told = contents(live), contents(recorded)
    told["pods"] = {key: pod for key, pod in told["pods"].items() if key.startswith("shop/web-")}
    assert set(there["services"]) == set(told["services"])
    assert there["services"]["shop/web"] == told["services"]["shop/web"]
    for field in ("slices", "agent_infos", "network_policies", "cluster_policies", "antrea_policies", "cluster_groups"):
        assert there[field] == told[field], field
    assert set(there["pods"]) == set(told["pods"])
    assert set(there["tiers"]) == set(told["tiers"])
    assert [node.pod_cidrs for node in live.nodes] == [node.pod_cidrs for node in recorded.nodes]
    assert live.kubernetes_version.startswith("v1.")


def test_overview_and_examination_are_few_gets_and_touch_no_secrets(
    cluster: Cluster, proxy: BreakingProxy, tmp_path: Path
) -> None:
    cluster.load(recorded_objects("seed"))
    live = opened(proxy.kubeconfig(cluster.kubeconfig, tmp_path))
    snapshot = live.overview()
    assert len(proxy.requests) == live.traffic.requests <= 10
    proxy.forget()
    live.deepen(snapshot, "shop/web")
    assert 0 < len(proxy.requests) <= 10
    proxy.forget()
    live.deepen(live.overview(), "legacy/mainframe")
    assert {each.method for each in proxy.requests} == {"GET"}
    assert not [each.path for each in proxy.requests if "secrets" in each.path or "exec" in each.path]
    assert not [each.path for each in proxy.requests if each.path == "/api/v1/pods"]


def test_pages_of_a_real_server_are_followed(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnostics.kube.reading.PAGE", 2)
    cluster.load(recorded_objects("seed"))
    snapshot = examined(cluster)
    assert len(snapshot.tiers) == 6
    assert len(snapshot.pods) == 3
    assert snapshot.gaps == ()


def test_the_printed_role_is_sufficient(cluster: Cluster, users: Users) -> None:
    cluster.load(recorded_objects("seed"))
    (role,) = yaml_documents(rbac_yaml())
    user = users.with_role(role)
    snapshot = examined(user)
    assert snapshot.gaps == ()
    assert find_antrea(snapshot).config is not None
    assert find_kube_proxy(snapshot).mode == "iptables"


def test_no_right_of_the_printed_role_can_be_spared(cluster: Cluster, users: Users) -> None:
    cluster.load(recorded_objects("seed"))
    for number, rule in enumerate(RULES):
        for resource in rule.resources if rule.group != UPSTREAM_GROUP else ():  # kinds that this server does not have
            (role,) = yaml_documents(rbac_yaml())
            role["rules"][number]["resources"].remove(resource)
            role["rules"] = [each for each in role["rules"] if each["resources"]]
            live = opened(users.with_role(role).kubeconfig, namespace="shop")
            snapshot = live.overview()
            if "shop/web" in snapshot.service_by_key:
                snapshot = live.deepen(snapshot, "shop/web")
            lost = next(
                source
                for source, kind in KINDS.items()
                if kind.group == rule.group and resource_name(source) == resource
            )
            gap = snapshot.gap(lost, "shop")
            assert gap is not None, resource
            assert (gap.reason, f'{rule.verb.partition(",")[0]} {lost.value}"' in gap.detail) == (
                Reason.FORBIDDEN,
                True,
            ), gap.sentence


def test_a_namespace_is_enough_for_what_stands_in_it(cluster: Cluster, users: Users) -> None:
    cluster.load(recorded_objects("seed"))
    live = opened(users.namespace_only("shop").kubeconfig)
    assert live.namespace == "shop"
    snapshot = live.overview()
    assert live.traffic.requests <= 10
    deeper = live.deepen(snapshot, "shop/web")
    assert all(deeper.gap(source, "shop") is None for source in NAMESPACED)
    assert {service.metadata.namespace for service in deeper.services} == {"shop"}
    assert [item.metadata.name for item in deeper.network_policies] == ["allow-office", "catalog-from-front"]
    for source in (Source.NODES, Source.AGENT_INFOS, Source.CONFIG_MAPS, Source.CLUSTER_POLICIES, Source.DAEMON_SETS):
        gap = deeper.gap(source, "shop")
        assert gap is not None
        assert gap.reason is Reason.FORBIDDEN
        assert "is missing" in gap.detail
    assert find_kube_proxy(deeper).presence is Presence.UNKNOWN


def test_who_lacks_one_right_gets_all_the_rest(cluster: Cluster, users: Users) -> None:
    cluster.load(recorded_objects("seed"))
    antrea = {source for (group, _), source in SOURCE_OF.items() if group == "crd.antrea.io"}
    for user, missing in (
        (users.without_nodes(), {Source.NODES}),
        (users.without_config_maps(), {Source.CONFIG_MAPS}),
        (users.without_antrea(), antrea),
    ):
        snapshot = examined(user)
        assert {source for source in Source if snapshot.gap(source, "shop")} == missing
        assert all(gap.reason is Reason.FORBIDDEN for gap in snapshot.gaps)


def test_somebody_else_is_impersonated(cluster: Cluster, users: Users) -> None:
    cluster.load(recorded_objects("seed"))
    poor = users.without_nodes()
    snapshot = examined(cluster, as_user=poor.name)
    gap = snapshot.gap(Source.NODES)
    assert gap is not None
    assert gap.reason is Reason.FORBIDDEN


@pytest.fixture
def through(cluster: Cluster, proxy: BreakingProxy, tmp_path: Path) -> Callable[..., LiveCluster]:
    kinds = ("Node", "Namespace", "Service", "ConfigMap", "DaemonSet", "Tier")
    cluster.load(item for item in recorded_objects("seed") if item["kind"] in kinds)
    kubeconfig = proxy.kubeconfig(cluster.kubeconfig, tmp_path)
    return lambda **wish: opened(kubeconfig, **wish)


DEAD: list[tuple[str, Fault, str]] = [
    ("refused", faults.refuse, "refuses the connection. Nothing listens on that port."),
    ("black hole", faults.black_hole, "No connection came about in time"),
    ("wrong name", faults.wrong_name, "Its certificate is for another name"),
    ("unknown authority", faults.unknown_authority, "not signed by the authority in the kubeconfig"),
    ("expired certificate", faults.expired_certificate, "Its certificate has expired."),
    ("401", faults.status(401), "does not know who you are (401 Unauthorized)"),
    ("captive portal", faults.captive_portal, "a web page, not Kubernetes data"),
    ("redirect", faults.redirect("https://login.example.com/"), "redirects to https://login.example.com/ (302)"),
    ("not JSON", faults.not_json, "was not the expected JSON"),
    ("500", faults.status(500), "answered with status 500"),
    ("503 without end", faults.status(503, retry_after=0), "is too busy (503)"),
    ("stall", faults.stall, "gave no complete answer within 1 s"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "said"), [row[1:] for row in DEAD], ids=[row[0] for row in DEAD])
def test_a_server_of_no_use_is_said_in_time_and_used_again_when_mended(
    through: Callable[..., LiveCluster], proxy: BreakingProxy, fault: Fault, said: str
) -> None:
    live = through(request_timeout=1)
    proxy.break_with(fault)
    began = time.monotonic()
    with pytest.raises(ConnectionTrouble) as caught:
        live.overview()
    assert said in str(caught.value)
    assert caught.value.next_step
    assert time.monotonic() - began < 5
    proxy.mend()
    assert live.overview().gaps == ()


BROKEN: list[tuple[str, Fault, Reason, str]] = [
    ("403", faults.status(403), Reason.FORBIDDEN, 'The right "list nodes" is missing'),
    ("500", faults.status(500), Reason.UNREACHABLE, "answered with status 500. It said: broken on purpose."),
    ("503", faults.status(503, retry_after=0), Reason.UNREACHABLE, "is too busy (503)"),
    ("429 for long", faults.status(429, retry_after=600), Reason.UNREACHABLE, "asks to wait 600 s"),
    ("410", faults.gone, Reason.UNREACHABLE, "changed faster than it could be read"),
    ("truncated", faults.truncated_json, Reason.NOT_UNDERSTOOD, "ended in the middle"),
    ("Status", faults.status_instead_of_list, Reason.NOT_UNDERSTOOD, "The server said: not what was asked for"),
    ("broken gzip", faults.broken_gzip, Reason.NOT_UNDERSTOOD, ""),
    ("wrong length", faults.wrong_length, Reason.UNREACHABLE, "broke before the answer was complete"),
    ("reset in body", faults.reset_in_body, Reason.UNREACHABLE, "broke before the answer was complete"),
    ("stall in body", faults.stall_in_body, Reason.TIMED_OUT, "no complete answer within 1 s"),
    ("drip", faults.drip(0.05), Reason.TIMED_OUT, "no complete answer within 1 s"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "reason", "said"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_list_is_a_gap_and_whole_again_when_mended(
    through: Callable[..., LiveCluster], proxy: BreakingProxy, fault: Fault, reason: Reason, said: str
) -> None:
    live = through(request_timeout=1)
    proxy.break_with(fault, path="/nodes")
    began = time.monotonic()
    snapshot = live.overview()
    assert time.monotonic() - began < 3
    gap = snapshot.gap(Source.NODES)
    assert gap is not None
    assert (gap.reason, said in gap.detail) == (reason, True), gap.sentence
    assert len(snapshot.services) == 12
    proxy.mend()
    assert live.overview().gaps == ()


@pytest.mark.parametrize("code", [429, 503])
def test_a_burst_is_waited_out(through: Callable[..., LiveCluster], proxy: BreakingProxy, code: int) -> None:
    proxy.break_with(faults.status(code, retry_after=0), path="/nodes", times=2)
    assert through().overview().gaps == ()


def test_an_expired_page_is_asked_for_again_from_the_start_once(
    through: Callable[..., LiveCluster], proxy: BreakingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnostics.kube.reading.PAGE", 4)
    live = through()
    snapshot = live.overview()
    proxy.break_with(faults.expired_continue, path="/tiers")
    gap = live.deepen(snapshot, "shop/web").gap(Source.TIERS)
    assert gap is not None
    assert "Only the first 4 were read." in gap.detail
    assert len([each for each in proxy.requests if each.path.endswith("/tiers")]) == 4
    proxy.mend()
    assert len(live.deepen(snapshot, "shop/web").tiers) == 6


def test_nobody_waits_for_a_server_that_hangs_once_he_has_left(
    through: Callable[..., LiveCluster], proxy: BreakingProxy
) -> None:
    live = through()
    snapshot = live.overview()
    proxy.break_with(faults.stall_in_body)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        live.deepen(snapshot, "shop/web", cancelled)
    assert time.monotonic() - began < 3  # the server would hang for 10 s
    proxy.mend()
    assert live.deepen(snapshot, "shop/web").gaps == ()


def test_a_token_that_ran_out_is_not_told_to_anybody(cluster: Cluster, tmp_path: Path) -> None:
    config = json.loads(cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": "canary"}
    (tmp_path / "stale").write_text(json.dumps(config))
    with pytest.raises(ConnectionTrouble, match=r"does not know who you are \(401 Unauthorized\)") as caught:
        opened(tmp_path / "stale").overview()
    assert "canary" not in repr(caught.value)


def many_services(namespaces: int = 6, services: int = 300) -> list[dict[str, Any]]:
    """Services with a Pod each, spread over namespaces; every second namespace has a policy on its Pods."""
    found: list[dict[str, Any]] = []
    for number in range(services):
        meta = {"name": f"web-{number}", "namespace": f"team-{number % namespaces}"}
        labels = {"app": meta["name"]}
        container = {"name": "web", "image": "web"}
        found += [
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": meta,
                "spec": {"selector": labels, "ports": [{"port": 80}]},
            },
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {**meta, "labels": labels},
                "spec": {"containers": [container]},
            },
        ]
    for number in range(0, namespaces, 2):
        meta = {"name": "deny", "namespace": f"team-{number}"}
        spec = {"podSelector": {}, "policyTypes": ["Ingress"]}
        found.append({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec})
    return found


def test_hundreds_of_services_cost_a_handful_of_requests_and_pods_only_where_policies_are(
    cluster: Cluster, proxy: BreakingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnostics.kube.reading.PAGE", 20)  # 50 Pods in each namespace: three pages
    cluster.load(many_services())
    live = opened(proxy.kubeconfig(cluster.kubeconfig, tmp_path))
    overview = live.overview()
    proxy.forget()
    deeper = live.deepen_all(overview)
    pods = [each for each in proxy.requests if each.path.endswith("/pods")]
    assert sorted({each.path for each in pods}) == [f"/api/v1/namespaces/team-{n}/pods" for n in (0, 2, 4)]
    assert all(each.parameters["limit"] == ["20"] for each in pods)
    assert (len(pods), len(proxy.requests) - len(pods)) == (9, 9)
    assert len(deeper.pods) == 150
    assert {policy.metadata.key for policy in deeper.network_policies} == {f"team-{n}/deny" for n in (0, 2, 4)}
    assert {each.method for each in proxy.requests} == {"GET"}


def test_a_scan_with_rights_in_some_namespaces_reads_those_and_says_so(cluster: Cluster, users: Users) -> None:
    cluster.load(many_services(services=12))
    live = opened(users.with_rules([reading("", "services", "pods", "namespaces")]).kubeconfig)
    deeper = live.deepen_all(live.overview())
    assert len(deeper.services) >= 12
    told = [gap for gap in deeper.gaps if gap.source is Source.NETWORK_POLICIES]
    assert any(gap.partial and "namespaces were asked for one by one" in gap.detail for gap in told)
    assert {gap.namespace for gap in told if not gap.partial} >= {f"team-{n}" for n in range(6)}
    assert deeper.gap(Source.NETWORK_POLICIES, "team-0") is not None
