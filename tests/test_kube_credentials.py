"""Credentials while the app runs: a login program leaves the terminal alone, a token file is read again."""

import json
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from diagnostics.kube import login_program, token_file
from diagnostics.kube.contexts import choose, read_contexts
from diagnostics.kube.credentials import Headers, load_configuration
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.trouble import ConnectionTrouble
from terminal import Terminal

LOGIN = """
import json, os, pathlib, sys
calls = pathlib.Path(__file__).with_name("calls")
number = len(calls.read_text().splitlines()) if calls.exists() else 0
null = os.fstat(0).st_rdev == os.stat("/dev/null").st_rdev
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])["spec"]["interactive"]
with calls.open("a") as file:
    file.write(f"{'terminal' if os.isatty(0) else 'null' if null else 'other'} {info}\\n")
print("NOISE", number, file=sys.stderr)
status = {"token": f"token-{number}", "expirationTimestamp": "2020-01-01T00:00:00Z"}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""
USES = """
import sys
from diagnostics.kube.contexts import choose, read_contexts
from diagnostics.kube.credentials import Headers, load_configuration
found = read_contexts(sys.argv[1])
context = choose(found)
headers = Headers(load_configuration(context, found.files), context)
print(dict(headers.fresh())["Authorization"])
"""


def kubeconfig(folder: Path, user: dict[str, Any], server: str = "http://127.0.0.1:1") -> str:
    path = folder / "config"
    entry = {"context": {"cluster": "c", "user": "u"}, "name": "c"}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [entry],
    }
    path.write_text(json.dumps(document))
    return str(path)


def login(folder: Path, body: str) -> dict[str, Any]:
    program = folder / "login"
    program.write_text(f"#!{sys.executable}\n{body}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program)}}


def test_a_login_program_gets_the_terminal_once_and_never_when_it_renews(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, login(tmp_path, LOGIN))
    script = tmp_path / "uses.py"
    script.write_text(USES)
    terminal = Terminal(str(script), path, command=sys.executable)
    terminal.wait_for("Bearer token-1")
    assert terminal.ended() == 0
    terminal.close()
    assert (tmp_path / "calls").read_text().splitlines() == ["terminal True", "null False"]
    assert b"NOISE 0" in terminal.received
    assert b"NOISE 1" not in terminal.received


def headers_of(path: str) -> Headers:
    found = read_contexts(path)
    context = choose(found)
    return Headers(load_configuration(context, found.files), context)


def renewed(tmp_path: Path, body: str) -> str:
    """What is said when a login program that has worked once is replaced by another body."""
    headers = headers_of(kubeconfig(tmp_path, login(tmp_path, LOGIN)))
    login(tmp_path, body)
    with pytest.raises(ConnectionTrouble) as caught:
        headers.fresh()
    return str(caught.value)


def test_what_a_login_program_says_when_it_fails_later_is_told(tmp_path: Path, capfd: Any) -> None:
    said = renewed(tmp_path, "import sys; sys.exit('session expired, log in on the web')")
    assert "session expired, log in on the web" in said
    assert "session expired" not in "".join(capfd.readouterr())


def test_a_login_program_that_waits_for_an_answer_gets_none(tmp_path: Path) -> None:
    assert "EOFError" in renewed(tmp_path, "input('password: ')")


def test_a_login_program_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_program, "LONGEST_SECONDS", 0.3)
    assert "no answer within 0 s" in renewed(tmp_path, "import time; time.sleep(60)")


@pytest.mark.parametrize("printed", ["junk", "[]", "{}", '{"apiVersion": "v9", "status": {}}'])
def test_a_login_program_that_prints_anything_else_is_refused(tmp_path: Path, printed: str) -> None:
    assert "gave no credentials" in renewed(tmp_path, f"print({printed!r})")


def test_a_token_file_is_read_again_after_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    headers = headers_of(kubeconfig(tmp_path, {"tokenFile": "token"}))
    now = [1000.0]
    monkeypatch.setattr(token_file, "monotonic", lambda: now[0])
    assert dict(headers.fresh())["Authorization"] == "Bearer first"
    token.write_text("second")
    assert dict(headers.fresh())["Authorization"] == "Bearer first"
    now[0] += 61
    assert dict(headers.fresh())["Authorization"] == "Bearer second"
    token.unlink()
    now[0] += 61
    assert dict(headers.fresh())["Authorization"] == "Bearer second"


class Server(BaseHTTPRequestHandler):
    """Lets in who has the token that counts now."""

    good = "Bearer first"
    seen: list[str] = []  # noqa: RUF012 - one server for one test

    def do_GET(self) -> None:
        sent = self.headers.get("Authorization", "")
        self.seen.append(sent)
        body = b'{"gitVersion": "v1.35.0", "items": []}'
        self.send_response(200 if sent == self.good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # whoever asked has broken off
            self.wfile.write(body)

    def log_message(self, *unused: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Server.good, Server.seen = "Bearer first", []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


def test_a_token_that_the_server_no_longer_knows_is_read_again_at_once(server: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    cluster = LiveCluster.open(Wish(kubeconfig=kubeconfig(tmp_path, {"tokenFile": str(token)}, server)))
    assert cluster.overview().kubernetes_version == "v1.35.0"
    token.write_text("second")
    Server.good = "Bearer second"
    assert cluster.overview().kubernetes_version == "v1.35.0"
    assert "Bearer second" in Server.seen


def test_an_old_token_in_the_file_is_not_tried_again_and_again(server: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("stale")
    cluster = LiveCluster.open(Wish(kubeconfig=kubeconfig(tmp_path, {"tokenFile": "token"}, server)))
    with pytest.raises(ConnectionTrouble, match="401"):
        cluster.overview()
    assert len(Server.seen) < 10
