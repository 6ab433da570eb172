"""Each fault of the breaking proxy does what its name says, seen by an ordinary HTTP client. Needs no binaries."""

import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from bed import faults
from bed.breaking_proxy import BreakingProxy
from bed.exchange import Request

PAGE = {"kind": "ServiceList", "items": [{"metadata": {"name": f"web-{number}"}} for number in range(40)]}
EVENTS = [b'{"type": "ADDED"}\n', b'{"type": "DELETED"}\n']


class Upstream(BaseHTTPRequestHandler):
    """A server that gives the page for every path, or two events half a second apart for a watch."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "watch=" in self.path:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for number, event in enumerate([*EVENTS, b""]):
                time.sleep(0.5 * (number == 1))
                self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            return
        self._give(200, json.dumps(PAGE).encode())

    def do_POST(self) -> None:
        self._give(201, self.rfile.read(int(self.headers["Content-Length"])))

    def _give(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Token-Seen", self.headers.get("Authorization", ""))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *values: object) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def proxy(upstream: str, ca: trustme.CA) -> Iterator[BreakingProxy]:
    with BreakingProxy(upstream, ca) as running:
        yield running


@pytest.fixture
def ask(proxy: BreakingProxy, ca: trustme.CA, tmp_path: Path) -> Callable[..., urllib3.BaseHTTPResponse]:
    """Sends a request over kept connections that waits five seconds at most."""
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    pool = urllib3.connection_from_url(proxy.url, ca_certs=str(tmp_path / "ca.pem"), timeout=5, retries=False)

    def asking(path: str = "/api/v1/services", method: str = "GET", **options: Any) -> urllib3.BaseHTTPResponse:
        return pool.urlopen(method, path, redirect=False, **options)

    return asking


Ask = Callable[..., urllib3.BaseHTTPResponse]


def test_what_is_not_broken_passes(proxy: BreakingProxy, ask: Ask) -> None:
    answer = ask(headers={"Authorization": "Bearer secret"})
    assert (answer.status, answer.json()) == (200, PAGE)
    assert answer.headers["Token-Seen"] == "Bearer secret"
    assert ask(method="POST", body=b'{"a": 1}').json() == {"a": 1}


def test_a_watch_passes_event_by_event(ask: Ask) -> None:
    answer = ask("/api/v1/services?watch=1", preload_content=False)
    events, times = [], []
    for line in answer.stream():
        events.append(line)
        times.append(time.monotonic())
    assert events == EVENTS
    assert times[1] - times[0] > 0.3


def test_requests_are_recorded_in_order(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.status(500), path="/nodes")
    ask("/api/v1/services?limit=500&continue=a%2Fb")
    ask("/api/v1/nodes")
    ask("/apis/x/y?dryRun=All", method="POST", body=b"{}")
    assert proxy.requests == [
        Request("GET", "/api/v1/services", "limit=500&continue=a%2Fb", has_body=False),
        Request("GET", "/api/v1/nodes", "", has_body=False),
        Request("POST", "/apis/x/y", "dryRun=All", has_body=True),
    ]
    assert proxy.requests[0].parameters == {"limit": ["500"], "continue": ["a/b"]}
    proxy.forget()
    assert proxy.requests == []


def test_a_fault_can_be_for_some_paths_and_some_times_only(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.status(503), path="/services", times=2)
    assert [ask().status, ask("/api/v1/nodes").status, ask().status, ask().status] == [503, 200, 503, 200]


def test_after_mending_all_is_well(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.status(503))
    assert ask().status == 503
    proxy.mend()
    assert ask().json() == PAGE


@pytest.mark.parametrize("code", [401, 403, 429, 500, 503])
def test_a_status_is_one_of_kubernetes(proxy: BreakingProxy, ask: Ask, code: int) -> None:
    proxy.break_with(faults.status(code))
    answer = ask()
    assert answer.status == answer.json()["code"] == code
    assert answer.json()["kind"] == "Status"
    assert answer.json()["reason"] == faults.REASONS[code]
    assert "Retry-After" not in answer.headers


def test_a_429_can_say_when_to_come_back(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.status(429, retry_after=7))
    assert ask().headers["Retry-After"] == "7"


def test_a_refused_connection(proxy: BreakingProxy, ask: Ask) -> None:
    ask()
    proxy.break_with(faults.refuse)
    for _ in range(2):  # the kept connection ends, a new one is refused
        with pytest.raises((NewConnectionError, ProtocolError)) as failure:
            ask()
    assert isinstance(failure.value, NewConnectionError)
    proxy.mend()
    assert ask().status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux drops the SYN to a full queue")
def test_a_black_hole(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.black_hole)
    with pytest.raises(ConnectTimeoutError):
        ask(timeout=0.3)
    proxy.mend()
    assert ask().status == 200


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.wrong_name, "mismatch"),
        (faults.unknown_authority, "self-signed|unable to get local issuer"),
        (faults.expired_certificate, "expired"),
    ],
    ids=["wrong name", "unknown authority", "expired"],
)
def test_a_certificate_to_be_refused(proxy: BreakingProxy, ask: Ask, fault: faults.Fault, words: str) -> None:
    proxy.break_with(fault)
    with pytest.raises(SSLError, match=words) as failure:
        ask()
    assert isinstance(failure.value.args[0], ssl.SSLCertVerificationError)
    proxy.mend()
    assert ask().status == 200


def test_a_stall_lasts_until_mended(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.stall)
    with pytest.raises(ReadTimeoutError):
        ask(timeout=0.3)
    threading.Timer(0.2, proxy.mend).start()
    with pytest.raises(ProtocolError):
        ask(timeout=5)


def test_a_stall_in_the_body(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.stall_in_body)
    answer = ask(timeout=1, preload_content=False)
    assert answer.status == 200
    assert json.dumps(PAGE).encode().startswith(answer.read(100))
    with pytest.raises(ReadTimeoutError):
        answer.read()


def test_a_reset_in_the_body(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.reset_in_body)
    answer = ask(preload_content=False)
    assert answer.status == 200
    with pytest.raises(ProtocolError):
        answer.read()


def test_a_reset_is_one_of_tcp(proxy: BreakingProxy, ca: trustme.CA) -> None:
    proxy.break_with(faults.reset_in_body)
    context = ssl.create_default_context()
    ca.configure_trust(context)
    client = context.wrap_socket(socket.create_connection(proxy.address), server_hostname="127.0.0.1")
    client.sendall(b"GET /api HTTP/1.1\r\n\r\n")
    assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert client.recv(65536)
    with socket.socket(fileno=client.detach()) as bare, pytest.raises(ConnectionResetError):
        bare.recv(1)  # Python's TLS does not tell a reset from an end


def test_a_drip_comes_byte_by_byte(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.drip(0.05))
    answer = ask(preload_content=False)
    began = time.monotonic()
    first = answer.read(10)
    assert time.monotonic() - began > 0.4
    proxy.mend()
    assert json.loads(first + answer.read()) == PAGE


def test_a_wrong_length(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.wrong_length)
    with pytest.raises(ProtocolError) as failure:
        ask(enforce_content_length=True)
    assert isinstance(failure.value.args[1], IncompleteRead)


def test_truncated_json_is_whole_for_http(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.truncated_json)
    answer = ask()
    assert answer.status == 200
    assert json.dumps(PAGE).encode().startswith(answer.data)
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_not_json_and_a_captive_portal(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.not_json, times=1)
    proxy.break_with(faults.captive_portal)
    told, portal = ask(), ask()
    assert (told.status, told.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        told.json()
    assert portal.status == 200
    assert portal.headers["Content-Type"].startswith("text/html")


def test_a_redirect(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.redirect("https://127.0.0.1/sign-in"))
    assert (ask().status, ask().headers["Location"]) == (302, "https://127.0.0.1/sign-in")


def test_a_status_instead_of_a_list(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.status_instead_of_list)
    assert (ask().status, ask().json()["kind"]) == (200, "Status")


def test_an_expired_continue_token_spoils_later_pages_only(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.expired_continue)
    assert ask("/api/v1/services?limit=500").status == 200
    answer = ask("/api/v1/services?limit=500&continue=token")
    assert (answer.status, answer.json()["reason"]) == (410, "Expired")


def test_gone(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.gone)
    assert (ask().status, ask().json()["reason"]) == (410, "Expired")


def test_broken_gzip(proxy: BreakingProxy, ask: Ask) -> None:
    proxy.break_with(faults.broken_gzip)
    with pytest.raises(DecodeError):
        ask(headers={"Accept-Encoding": "gzip"})


@pytest.mark.parametrize("limit", [{"path": "/nodes"}, {"times": 1}])
def test_a_port_cannot_be_broken_for_some_requests(proxy: BreakingProxy, limit: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="some requests"):
        proxy.break_with(faults.refuse, **limit)  # type: ignore[arg-type]


def test_a_dead_upstream_ends_the_connection(ca: trustme.CA, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    with BreakingProxy(f"http://127.0.0.1:{port}", ca) as proxy:
        pool = urllib3.connection_from_url(proxy.url, ca_certs=str(tmp_path / "ca.pem"), timeout=2, retries=False)
        with pytest.raises((ProtocolError, SSLError)):
            pool.urlopen("GET", "/api")


def test_closing_leaves_no_thread(upstream: str, ca: trustme.CA, tmp_path: Path) -> None:
    before = set(threading.enumerate())
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    with BreakingProxy(upstream, ca) as proxy:
        pool = urllib3.connection_from_url(proxy.url, ca_certs=str(tmp_path / "ca.pem"), timeout=5, retries=False)
        pool.urlopen("GET", "/api")  # its connection is kept
        proxy.break_with(faults.stall)
        stalled = threading.Thread(target=ask_in_vain, args=(pool,))
        stalled.start()
        time.sleep(0.1)
    stalled.join(2)
    end = time.monotonic() + 2
    while (left := ours_since(before)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not left


def ask_in_vain(pool: urllib3.HTTPConnectionPool) -> None:
    with pytest.raises(ProtocolError):
        pool.urlopen("GET", "/api")


def ours_since(before: set[threading.Thread]) -> set[threading.Thread]:
    """The threads that are new and do not belong to the upstream."""
    return {each for each in set(threading.enumerate()) - before if "process_request" not in each.name}
