"""A live cluster is read by GETs alone, within a budget and in time, and every fault is said, not thrown."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from diagnostics.kube import reading, wire
from diagnostics.kube.demos import demo_objects
from diagnostics.kube.kinds import KINDS, resource_name
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.recorded import read_demo
from diagnostics.kube.together import Cancelled
from diagnostics.kube.trouble import ConnectionTrouble, Trouble
from diagnostics.model.antrea import find_antrea
from diagnostics.model.kube_proxy import Presence, find_kube_proxy
from diagnostics.model.snapshot import Reason, Snapshot, Source
from diagnostics.model.text import UNSAFE

Reply = tuple[int, bytes, dict[str, str]]
Fault = Callable[["Request"], Reply | None]


@dataclass(frozen=True)
class Request:
    """One request as the server got it; `rest` is the connection, for faults that are no HTTP."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, list[str]]
    rest: socket.socket

    @property
    def source(self) -> str:
        return self.path.rsplit("/", 1)[-1]


@dataclass
class FakeAPI:
    """The objects of a demo behind HTTP. `faults` answer first: by path, or for any path under ''."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def answer(self, request: Request) -> Reply | None:
        self.requests.append(request)
        fault = self.faults.get(request.path) or self.faults.get(request.source) or self.faults.get("")
        if fault:
            return fault(request)
        if request.path == "/version":
            return ok({"gitVersion": "v1.35.3"})
        return self.listed(request)

    def listed(self, request: Request) -> Reply:
        for source, kind in KINDS.items():
            held = [item for item in self.objects if self._is(item, kind)]
            for item in held:
                if request.path == f"{kind.path(resource_name(source), space(item))}/{item['metadata']['name']}":
                    return ok(item)
            for namespace in {"", *(space(item) for item in self.objects)}:
                if request.path == kind.path(resource_name(source), namespace):
                    here = [item for item in held if namespace in ("", space(item))]
                    return ok(
                        {"kind": f"{kind.kind}List", "metadata": {}, "items": [i for i in here if chosen(i, request)]}
                    )
        return status(404, "not found")

    @staticmethod
    def _is(item: dict[str, Any], kind: Any) -> bool:
        return bool(item["kind"] == kind.kind and item["apiVersion"].rpartition("/")[0] == kind.group)


def space(item: dict[str, Any]) -> str:
    return str(item["metadata"].get("namespace", ""))


def chosen(item: dict[str, Any], request: Request) -> bool:
    labels = item["metadata"].get("labels", {})
    wanted = [part.split("=", 1) for part in request.query.get("labelSelector", "").split(",") if part]
    name = request.query.get("fieldSelector", "").removeprefix("metadata.name=")
    return all(labels.get(key) == value for key, value in wanted) and name in ("", item["metadata"]["name"])


def ok(value: Any) -> Reply:
    return 200, json.dumps(value, separators=(",", ":")).encode(), {}


def status(code: int, message: str = "no", **headers: str) -> Reply:
    body = {"kind": "Status", "status": "Failure", "message": message, "code": code}
    return code, json.dumps(body).encode(), {name.replace("_", "-"): value for name, value in headers.items()}


def always(reply: Reply) -> Fault:
    return lambda request: reply


def in_turn(*replies: Reply | None) -> Fault:
    left = list(replies)

    def fault(request: Request) -> Reply | None:
        return left.pop(0) if len(left) > 1 else left[0]

    return fault


def hang_up(request: Request) -> None:
    request.rest.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def api() -> Iterator[FakeAPI]:
    fake = FakeAPI(demo_objects("seed"))
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            headers = {name.lower(): self.headers.get_all(name) or [] for name in self.headers}
            reply = fake.answer(Request(self.command, url.path, query, headers, self.connection))
            if reply is None:
                self.close_connection = True
                return
            code, body, more = reply
            if "br" in more:  # raw bytes instead of an answer, then a long silence
                self.wfile.write(body)
                self.wfile.flush()
                done.wait(20)
                self.close_connection = True
                return
            self.send_response(code)
            if "gzip" in self.headers.get("Accept-Encoding", "") and "Content-Encoding" not in more:
                body, more = gzip.compress(body, 1), {**more, "Content-Encoding": "gzip"}
            for name, value in {"Content-Length": str(len(body)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield fake
    done.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_cluster(api: FakeAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LiveCluster]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def make(server: str = "", **wish: Any) -> LiveCluster:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "clusters": [{"name": "c", "cluster": {"server": server or api.url}}],
            "users": [{"name": "u", "user": {"token": "s3cr3t-canary"}}],
            "contexts": [{"name": "lab", "context": {"cluster": "c", "user": "u"}}],
        }
        path = tmp_path / "config"
        path.write_text(json.dumps(config))
        return LiveCluster.open(Wish(kubeconfig=str(path), **wish))

    return make


def facts(snapshot: Snapshot) -> dict[str, list[str]]:
    return {kind.field: sorted(item.metadata.key for item in getattr(snapshot, kind.field)) for kind in KINDS.values()}


def gap_of(snapshot: Snapshot, source: Source, namespace: str = "") -> tuple[Reason, str]:
    gap = snapshot.gap(source, namespace)
    assert gap is not None
    assert not UNSAFE.search(gap.sentence)
    return gap.reason, gap.detail


def test_overview_and_examination_stay_in_the_budget_and_only_get(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    cluster = open_cluster()
    assert api.requests == []
    snapshot = cluster.overview()
    first = len(api.requests)
    assert first == cluster.traffic.requests <= 10
    assert snapshot.gaps == ()
    assert (snapshot.context, snapshot.origin, snapshot.kubernetes_version) == ("lab", api.url, "v1.35.3")
    assert time.time() - snapshot.taken_at < 60
    deeper = cluster.deepen(snapshot, "shop/web")
    assert len(api.requests) - first <= 10
    assert deeper.gaps == ()
    assert {request.method for request in api.requests} == {"GET"}
    forbidden = ("secrets", "exec", "proxy", "attach", "portforward", "token")
    assert not [each.path for each in api.requests if set(each.path.split("/")) & set(forbidden)]
    pods = [request for request in api.requests if request.source == "pods"]
    assert [request.query for request in pods] == [{"labelSelector": "app=web", "limit": "500"}]
    assert all(each.headers["authorization"] == ["Bearer s3cr3t-canary"] for each in api.requests)
    assert all(each.headers["accept-encoding"] == ["gzip"] for each in api.requests)
    assert 0 < cluster.traffic.received < 200_000


def test_the_configuration_of_windows_agents_is_read_where_there_are_windows_nodes(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    name = "antrea-windows-config"
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "w", "labels": {"kubernetes.io/os": "windows"}}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "kube-system"}}

    open_cluster().overview()
    assert name not in {request.source for request in api.requests}
    api.requests.clear()
    api.objects += [node, config]
    snapshot = open_cluster().overview()

    assert name in {item.metadata.name for item in snapshot.config_maps}
    assert snapshot.gaps == ()
    assert len(api.requests) <= 10
    api.faults[name] = always(status(403))
    without = open_cluster().overview()
    assert without.gap(Source.CONFIG_MAPS) is None
    assert [gap.partial for gap in without.gaps] == [True]


def test_what_is_read_live_is_what_a_recording_of_it_says(open_cluster: Callable[..., LiveCluster]) -> None:
    cluster = open_cluster()
    deeper = cluster.deepen(cluster.overview(), "shop/web")
    live, recorded = facts(deeper), facts(read_demo("seed"))
    recorded["pods"] = ["shop/web-0", "shop/web-1", "shop/web-2"]
    recorded["network_policies"] = ["shop/allow-office", "shop/catalog-from-front"]
    assert live == recorded
    assert find_antrea(deeper).config == find_antrea(read_demo("seed")).config
    assert find_kube_proxy(deeper) == find_kube_proxy(read_demo("seed"))
    assert all(deeper.gap(source, "shop") is None for source in Source)
    assert deeper.gap(Source.NETWORK_POLICIES, "partner") is not None


def test_a_second_service_reuses_the_policies_and_a_new_overview_does_not(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    cluster = open_cluster()
    snapshot = cluster.overview()
    cluster.deepen(snapshot, "shop/web")
    before = len(api.requests)
    cluster.deepen(snapshot, "shop/checkout")
    assert [request.source for request in api.requests[before:]] == ["pods"]
    cluster.deepen(cluster.overview(), "shop/checkout")
    assert [request.source for request in api.requests].count("tiers") == 2


def test_facts_that_went_away_do_not_stay(api: FakeAPI, open_cluster: Callable[..., LiveCluster]) -> None:
    cluster = open_cluster()
    deeper = cluster.deepen(cluster.overview(), "shop/web")
    api.objects = [item for item in api.objects if item["metadata"].get("name") != "allow-office"]
    cluster.overview()
    again = cluster.deepen(deeper, "shop/web")
    assert [item.metadata.name for item in again.network_policies] == ["catalog-from-front"]


@pytest.mark.parametrize(
    ("key", "queries"),
    [
        ("shop/payments", []),
        ("legacy/mainframe", []),
        ("default/kubernetes", []),
        ("legacy/reports", [{"labelSelector": "app=reports,release=blue", "limit": "500"}]),
    ],
)
def test_pods_are_asked_for_by_selector_and_never_all(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], key: str, queries: list[dict[str, str]]
) -> None:
    cluster = open_cluster()
    deeper = cluster.deepen(cluster.overview(), key)
    assert [request.query for request in api.requests if request.source == "pods"] == queries
    assert deeper.gap(Source.PODS, key.split("/")[0]) is None


def test_without_a_selector_the_few_pods_that_slices_name_are_read(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    for item in api.objects:
        if item["kind"] == "Service":
            item["spec"].pop("selector", None)
    cluster = open_cluster()
    overview = cluster.overview()
    two = cluster.deepen(overview, "shop/checkout")
    assert len(two.pods) == 2
    assert two.gap(Source.PODS, "shop") is None
    three = cluster.deepen(overview, "shop/web")
    assert len(three.pods) == 2
    assert any(gap.source is Source.PODS and gap.partial and "3 Pods; 2 were read" in gap.detail for gap in three.gaps)


def test_without_a_daemon_set_kube_proxy_is_looked_for_by_its_pods(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    api.objects = [item for item in api.objects if item["metadata"].get("name") != "kube-proxy"]
    snapshot = open_cluster().overview()
    assert len(api.requests) <= 10
    assert find_kube_proxy(snapshot).presence is Presence.ABSENT
    pod = {"name": "kube-proxy-node-a", "namespace": "kube-system", "labels": {"component": "kube-proxy"}}
    api.objects.append({"apiVersion": "v1", "kind": "Pod", "metadata": pod, "status": {"phase": "Running"}})
    assert find_kube_proxy(open_cluster().overview()).presence is Presence.PRESENT


def test_an_old_antrea_is_asked_by_its_old_api(api: FakeAPI, open_cluster: Callable[..., LiveCluster]) -> None:
    for item in api.objects:
        if item["kind"] == "AntreaAgentInfo":
            item["version"] = "v1.11.3"
    cluster = open_cluster()
    cluster.deepen(cluster.overview(), "shop/web")
    paths = {request.path for request in api.requests}
    assert "/apis/crd.antrea.io/v1alpha1/clusternetworkpolicies" in paths
    assert "/apis/crd.antrea.io/v1alpha3/clustergroups" in paths
    assert "/apis/crd.antrea.io/v1beta1/antreaagentinfos" in paths


def test_pages_are_followed_to_the_end(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"web-{number}" for number in range(7)]

    def page(request: Request) -> Reply:
        start = int(request.query.get("continue", "0"))
        end = start + 3
        token = {"continue": str(end)} if end < len(names) else {}
        again = names[max(start - 1, 0) : end]  # a server may repeat an object on the next page
        return ok({"metadata": token, "items": [{"metadata": {"name": name, "namespace": "shop"}} for name in again]})

    api.faults["/api/v1/services"] = page
    snapshot = open_cluster().overview()
    assert [service.metadata.name for service in snapshot.services] == names
    asked = [request.query for request in api.requests if request.path == "/api/v1/services"]
    assert asked == [
        {"resourceVersion": "0"},
        {"limit": "500", "continue": "3"},
        {"limit": "500", "continue": "6"},
    ]


def test_a_list_that_went_stale_is_read_again_once(api: FakeAPI, open_cluster: Callable[..., LiveCluster]) -> None:
    first = ok({"metadata": {"continue": "2"}, "items": [{"metadata": {"name": "a"}}]})
    whole = ok({"metadata": {}, "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]})
    gone = status(410, "The provided continue parameter is too old")
    api.faults["/api/v1/services"] = in_turn(first, gone, whole)
    assert len(open_cluster().overview().services) == 2
    api.faults["/api/v1/services"] = in_turn(first, gone, first, gone)
    snapshot = open_cluster().overview()
    reason, detail = gap_of(snapshot, Source.SERVICES)
    assert reason is Reason.UNREACHABLE
    assert "changed faster than it could be read" in detail
    assert "Only the first 1 were read." in detail
    assert [service.metadata.name for service in snapshot.services] == ["a"]


def test_pages_without_an_end_are_left(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_PAGES", 5)
    api.faults["/api/v1/nodes"] = always(ok({"metadata": {"continue": "same"}, "items": [{"metadata": {"name": "n"}}]}))
    assert "page after page" in gap_of(open_cluster().overview(), Source.NODES)[1]


FAULTS: list[tuple[Reply, Reason, str]] = [
    (status(403, "nodes is forbidden"), Reason.FORBIDDEN, 'The right "list nodes" is missing'),
    (status(404), Reason.ABSENT, "does not know this kind"),
    (status(500, "etcd \x1b[31mdied"), Reason.UNREACHABLE, "answered with status 500. It said: etcd"),
    (status(504, "timeout"), Reason.UNREACHABLE, "answered with status 504"),
    ((502, b"<html>Bad gateway</html>", {}), Reason.UNREACHABLE, "answered with status 502"),
    (status(429, "slow down", Retry_After="3600"), Reason.UNREACHABLE, "too busy (429) and asks to wait 3600 s"),
    ((200, b"<html>Please log in</html>", {}), Reason.NOT_UNDERSTOOD, "a web page"),
    ((200, b"", {}), Reason.NOT_UNDERSTOOD, "was empty"),
    ((200, b'{"kind":"NodeList","items":[{"metadata"', {}), Reason.NOT_UNDERSTOOD, "ended in the middle"),
    (status(200, "weird"), Reason.NOT_UNDERSTOOD, "The server said: weird"),
    ((200, b"this is not gzip", {"Content-Encoding": "gzip"}), Reason.NOT_UNDERSTOOD, "damaged"),
    ((200, b'{"items":[]}', {"Content-Length": "500"}), Reason.UNREACHABLE, "broke before the answer was complete"),
]


@pytest.mark.parametrize(("reply", "reason", "said"), FAULTS)
def test_a_fault_of_one_list_is_a_gap_and_the_rest_is_read(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], reply: Reply, reason: Reason, said: str
) -> None:
    def fault(request: Request) -> Reply:
        if reply[2].get("Content-Length"):  # promise more than is sent, and close
            request.rest.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + reply[1])
            request.rest.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError
        return reply

    api.faults["/api/v1/nodes"] = fault
    snapshot = open_cluster().overview()
    found, detail = gap_of(snapshot, Source.NODES)
    assert (found, said in detail) == (reason, True), detail
    assert len(snapshot.services) == 12
    assert snapshot.gap(Source.SERVICES) is None


def test_without_antreas_kinds_their_sources_are_absent(api: FakeAPI, open_cluster: Callable[..., LiveCluster]) -> None:
    api.objects = [item for item in api.objects if not item["apiVersion"].startswith("crd.antrea.io")]
    for resource in ("antreaagentinfos", "clusternetworkpolicies", "tiers", "clustergroups"):
        api.faults[f"/apis/crd.antrea.io/v1beta1/{resource}"] = always(status(404))
    cluster = open_cluster()
    deeper = cluster.deepen(cluster.overview(), "shop/web")
    for source in (Source.AGENT_INFOS, Source.CLUSTER_POLICIES, Source.TIERS, Source.CLUSTER_GROUPS):
        reason, detail = gap_of(deeper, source)
        assert reason is Reason.ABSENT
        assert "Antrea is not installed" in detail


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_server_is_asked_again_when_it_says_so(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], code: int
) -> None:
    kept = FakeAPI(api.objects)
    busy = [status(code, Retry_After="0.2"), status(code, Retry_After="0.1")]

    def fault(request: Request) -> Reply:
        return busy.pop(0) if busy else kept.listed(request)

    api.faults["/api/v1/nodes"] = fault
    began = time.monotonic()
    assert len(open_cluster().overview().nodes) == 3
    assert 0.3 <= time.monotonic() - began < 3
    assert [request.path for request in api.requests].count("/api/v1/nodes") == 3


def test_a_connection_that_breaks_is_tried_again(api: FakeAPI, open_cluster: Callable[..., LiveCluster]) -> None:
    kept, broken = FakeAPI(api.objects), [1, 1]

    def fault(request: Request) -> Reply | None:
        if broken:
            broken.pop()
            hang_up(request)
            return None
        return kept.listed(request)

    api.faults["/api/v1/nodes"] = fault
    assert open_cluster().overview().gaps == ()


TROUBLES: list[tuple[Reply, str]] = [
    (status(401, "Unauthorized"), "does not know who you are (401 Unauthorized). It said: Unauthorized. Log in again"),
    (
        (302, b"", {"Location": "https://user:pw@login.example.com/x?next=1"}),
        "redirects to https://login.example.com/x",
    ),
    ((200, b"<html>Sign in</html>", {}), "cannot be used. The answer was a web page"),
    ((200, b"{}", {}), "cannot be used."),
    (status(500, "etcd is down"), "answered with status 500. It said: etcd is down. Try again."),
    ((407, b"", {}), "asks for a login (407)"),
]


@pytest.mark.parametrize(("reply", "said"), TROUBLES)
def test_a_server_that_is_of_no_use_is_said_once(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], reply: Reply, said: str
) -> None:
    api.faults[""] = always(reply)
    with pytest.raises(ConnectionTrouble) as caught:
        open_cluster().overview()
    assert said in str(caught.value)
    assert caught.value.next_step
    assert "canary" not in str(caught.value)


def test_nobody_follows_a_redirect_with_the_credentials(api: FakeAPI, open_cluster: Callable[..., LiveCluster]) -> None:
    api.faults["/version"] = always((302, b"", {"Location": f"{api.url}/stolen"}))
    with pytest.raises(ConnectionTrouble):
        open_cluster().overview()
    assert "/stolen" not in [request.path for request in api.requests]


def test_a_server_that_refuses_or_is_no_server_or_has_no_name(open_cluster: Callable[..., LiveCluster]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionTrouble, match=r"refuses the connection. Nothing listens on that port. Check that"):
        open_cluster(f"http://127.0.0.1:{port}").overview()
    with pytest.raises(ConnectionTrouble, match=r"The name of https://no-such-host.invalid:6443 is not known"):
        open_cluster("https://no-such-host.invalid:6443").overview()
    for odd in ("ftp://127.0.0.1", "https://[::1", "not a url"):
        with pytest.raises(Trouble):
            open_cluster(odd).overview()


def test_http_where_https_is_expected_is_named(api: FakeAPI, open_cluster: Callable[..., LiveCluster]) -> None:
    with pytest.raises(ConnectionTrouble, match=r"is not an https server. It does not speak TLS"):
        open_cluster(api.url.replace("http:", "https:")).overview()


def stall(request: Request) -> Reply:
    return 200, b"", {"br": ""}


def stall_in_body(request: Request) -> Reply:
    return 200, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{", {"br": ""}


def drip(request: Request) -> Reply:
    request.rest.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(60):
        try:
            request.rest.sendall(b"x")
        except OSError:
            break
        time.sleep(0.05)
    raise ConnectionAbortedError


@pytest.mark.parametrize("fault", [stall, stall_in_body, drip])
def test_a_list_that_never_ends_is_a_gap_in_time(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], fault: Fault
) -> None:
    api.faults["/api/v1/nodes"] = fault
    began = time.monotonic()
    snapshot = open_cluster(request_timeout=0.4).overview()
    assert time.monotonic() - began < 3
    assert gap_of(snapshot, Source.NODES)[0] is Reason.TIMED_OUT
    assert "within 0.4 s" in gap_of(snapshot, Source.NODES)[1]
    assert snapshot.services


def test_a_server_that_accepts_and_never_answers_is_trouble(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    api.faults[""] = stall
    with pytest.raises(ConnectionTrouble, match=r"gave no complete answer within 0.3 s"):
        open_cluster(request_timeout=0.3).overview()


@pytest.mark.parametrize("fault", [stall, stall_in_body, drip, always(status(429, Retry_After="9"))])
def test_nobody_waits_once_the_answer_is_not_wanted(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], fault: Fault
) -> None:
    api.faults[""] = fault
    cancelled = threading.Event()
    threading.Timer(0.15, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        open_cluster().overview(cancelled)
    assert time.monotonic() - began < 3  # a request may take 10 s


def test_an_answer_without_end_is_cut(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LARGEST_ANSWER", 2**20)
    api.faults["/api/v1/nodes"] = always((200, b" " * (2**20 + 1), {}))
    snapshot = open_cluster().overview()
    assert "The answer is larger than 1 MiB." in gap_of(snapshot, Source.NODES)[1]
    assert snapshot.services


def test_with_rights_in_one_namespace_that_namespace_is_read(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    kept = FakeAPI(api.objects)

    def only_shop(request: Request) -> Reply | None:
        parts = request.path.split("/")
        inside = "namespaces" in parts and parts[parts.index("namespaces") + 1 :][:1] == ["shop"]
        return kept.answer(request) if inside or request.path == "/version" else status(403, "no")

    api.faults[""] = only_shop
    cluster = open_cluster(namespace="shop")
    snapshot = cluster.overview()
    assert len(api.requests) <= 10
    assert {service.metadata.namespace for service in snapshot.services} == {"shop"}
    assert snapshot.gap(Source.SERVICES, "shop") is None
    assert snapshot.gap(Source.SLICES, "shop") is None
    assert gap_of(snapshot, Source.SERVICES)[1].startswith('The right "list services" in the whole cluster is missing')
    assert gap_of(snapshot, Source.NODES)[1].startswith('The right "list nodes" is missing')
    assert gap_of(snapshot, Source.CONFIG_MAPS)[0] is Reason.FORBIDDEN
    assert "kube-system/antrea-config" in gap_of(snapshot, Source.CONFIG_MAPS)[1]
    before = len(api.requests)
    deeper = cluster.deepen(snapshot, "shop/web")
    assert len(api.requests) - before <= 11  # the namespace is asked for by name in the end
    for source in (Source.NETWORK_POLICIES, Source.ANTREA_POLICIES, Source.GROUPS, Source.PODS, Source.NAMESPACES):
        assert deeper.gap(source, "shop") is None, source
    assert [pod.metadata.name for pod in deeper.pods] == ["web-0", "web-1", "web-2"]
    assert deeper.namespace_labels["shop"]["exposure"] == "public"
    for source in (Source.CLUSTER_POLICIES, Source.TIERS, Source.CLUSTER_GROUPS):
        assert gap_of(deeper, source, "shop")[0] is Reason.FORBIDDEN


def test_somebody_else_is_asked_for_in_headers(api: FakeAPI, open_cluster: Callable[..., LiveCluster]) -> None:
    open_cluster(as_user="jane", as_groups=("ops", "dev")).overview()
    assert all(each.headers["impersonate-user"] == ["jane"] for each in api.requests)
    assert all(each.headers["impersonate-group"] == ["ops", "dev"] for each in api.requests)


def test_a_pod_that_a_client_stands_in_is_read_by_its_name(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    cluster = open_cluster()
    snapshot = cluster.overview()
    before = len(api.requests)
    assert "shop/catalog-db-0" in cluster.with_pod(snapshot, "shop/catalog-db-0").pod_by_key
    gone = cluster.with_pod(snapshot, "shop/gone")
    assert (gone.pods, gone.gaps) == ((), ())
    assert gone.gap(Source.PODS, "shop") is not None
    assert [request.query["fieldSelector"] for request in api.requests[before:]] == [
        "metadata.name=catalog-db-0",
        "metadata.name=gone",
    ]


def test_an_unknown_service_is_a_key_error(open_cluster: Callable[..., LiveCluster]) -> None:
    cluster = open_cluster()
    with pytest.raises(KeyError):
        cluster.deepen(cluster.overview(), "shop/gone")


def policies_and_pods(api: FakeAPI) -> list[str]:
    """What was asked for about policies and Pods, in a stable order."""
    names = {resource_name(source) for source in KINDS} - {"services", "endpointslices", "nodes", "daemonsets"}
    asked = [request.path for request in api.requests if request.source in names]
    return sorted(path for path in asked if not path.endswith(("/configmaps", "/antreaagentinfos")))


def test_all_services_are_deepened_by_one_list_of_each_kind(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    cluster = open_cluster()
    overview = cluster.overview()
    api.requests.clear()
    deeper = cluster.deepen_all(overview)
    asked = policies_and_pods(api)
    assert len(asked) == len(set(asked))
    assert "/apis/networking.k8s.io/v1/networkpolicies" in asked
    assert not any("/namespaces/" in path and not path.endswith("/pods") for path in asked)
    for key in deeper.service_by_key:
        alone = cluster.deepen(overview, key)
        namespace = key.partition("/")[0]
        assert [p for p in deeper.network_policies if p.metadata.namespace == namespace] == list(alone.network_policies)
        assert deeper.cluster_policies == alone.cluster_policies


def test_pods_are_read_only_where_a_policy_may_be_applied_to_them(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    api.objects = [item for item in api.objects if item["kind"] != "ClusterNetworkPolicy"]
    with_policies = {space(item) for item in api.objects if item["kind"] == "NetworkPolicy"}
    cluster = open_cluster()
    cluster.deepen_all(cluster.overview())
    pods = [request for request in api.requests if request.source == "pods" and "kube-system" not in request.path]
    assert {request.path.split("/")[4] for request in pods} == with_policies


def test_many_services_of_a_namespace_share_one_list_of_pods(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnostics.kube.live.PODS_BY_SERVICE_AT_MOST", 1)
    cluster = open_cluster()
    deeper = cluster.deepen_all(cluster.overview(), ["shop/web", "shop/checkout"])
    asked = [request for request in api.requests if request.path == "/api/v1/namespaces/shop/pods"]
    assert [(request.query.get("labelSelector"), request.query["limit"]) for request in asked] == [(None, "500")]
    assert {pod.metadata.name for pod in deeper.pods} >= {
        item["metadata"]["name"] for item in api.objects if item["kind"] == "Pod" and space(item) == "shop"
    }


def test_services_of_one_namespace_need_no_right_outside_it(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    api.faults["/apis/networking.k8s.io/v1/networkpolicies"] = always(status(403))
    cluster = open_cluster()
    deeper = cluster.deepen_all(cluster.overview(), ["shop/web", "shop/checkout"])
    assert deeper.gap(Source.NETWORK_POLICIES, "shop") is None
    assert deeper.gaps == ()


def test_without_the_right_to_all_namespaces_they_are_asked_for_one_by_one_and_that_is_said(
    api: FakeAPI, open_cluster: Callable[..., LiveCluster]
) -> None:
    api.faults["/apis/networking.k8s.io/v1/networkpolicies"] = always(status(403))
    api.faults["/apis/networking.k8s.io/v1/namespaces/partner/networkpolicies"] = always(status(403))
    cluster = open_cluster()
    deeper = cluster.deepen_all(cluster.overview(), ["shop/web", "partner/intake"])
    assert deeper.gap(Source.NETWORK_POLICIES, "shop") is None
    refused = deeper.gap(Source.NETWORK_POLICIES, "partner")
    assert refused is not None
    assert refused.reason is Reason.FORBIDDEN
    assert any(gap.partial and "2 namespaces were asked for one by one" in gap.sentence for gap in deeper.gaps)
    assert {policy.metadata.namespace for policy in deeper.network_policies} == {"shop"}
