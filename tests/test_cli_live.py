"""Headless commands on an API server: the same answers as from files, and each trouble with its exit code."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from diagnostics.kube.demos import demo_objects
from diagnostics.kube.kinds import KINDS, SOURCE_OF, resource_name
from diagnostics.kube.recorded import read_demo
from headless import doctor

ROOT = Path(__file__).parents[1]


@dataclass
class Server:
    """An API server that holds the objects of the seed's demo; `refuse` maps the end of a path to a status."""

    answers: dict[str, Any]
    refuse: dict[str, int] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    asked: list[tuple[str, str]] = field(default_factory=list)
    kubeconfig: Path = Path()

    def reply(self, method: str, path: str, user: str) -> tuple[int, Any]:
        self.asked.append((method, user))
        self.before()
        code = self.refuse.get("") or self.refuse.get(path.rpartition("/")[2])
        if code or path not in self.answers:
            return code or 404, {"kind": "Status", "status": "Failure", "message": f"no {path}", "code": code or 404}
        return 200, self.answers[path]


def seed_answers() -> dict[str, Any]:
    """What the server answers by path: lists of the whole cluster and of each namespace, and single objects."""
    objects = demo_objects("seed")
    namespaces = {"", *(item["metadata"].get("namespace", "") for item in objects)}
    answers: dict[str, Any] = {"/version": {"gitVersion": "v1.36.2"}}
    for source, kind in KINDS.items():
        held = [
            item for item in objects if SOURCE_OF.get((item["apiVersion"].rpartition("/")[0], item["kind"])) is source
        ]
        for namespace in namespaces if kind.namespaced else {""}:
            here = [item for item in held if namespace in ("", item["metadata"].get("namespace", ""))]
            path = kind.path(resource_name(source), namespace)
            answers[path] = {"kind": f"{kind.kind}List", "metadata": {}, "items": here}
            answers |= {f"{path}/{item['metadata']['name']}": item for item in here}
    return answers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    served = Server(seed_answers())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            user = self.headers.get("Impersonate-User") or ""
            code, value = served.reply(self.command, urlsplit(self.path).path, user)
            body = json.dumps(value).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *unused: object) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    served.kubeconfig = write_kubeconfig(tmp_path / "config", f"http://127.0.0.1:{http.server_port}")
    yield served
    http.shutdown()
    http.server_close()


def write_kubeconfig(path: Path, url: str, namespace: str = "shop") -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "hunter2-secret"}}],
        "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u", "namespace": namespace}}],
        "current-context": "prod",
    }
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.mark.parametrize("line", ["path -A -o json", "check -A -o json", "path shop/web -o json --client node:node-b"])
def test_a_server_gives_the_same_answers_as_the_recording(
    line: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_at = read_demo("seed").taken_at  # the agents' heartbeats must not be old
    monkeypatch.setattr("diagnostics.kube.live.time", SimpleNamespace(time=lambda: taken_at))
    live = doctor(f"{line} --kubeconfig {server.kubeconfig}")
    recorded = doctor(f"{line} --demo seed")
    assert (live.code, live.err) == (recorded.code, recorded.err)
    assert live.json == recorded.json
    assert {method for method, _ in server.asked} == {"GET"}


def test_a_client_pod_of_another_service_is_read_too(server: Server) -> None:
    pod = next(
        item for item in demo_objects("seed") if item["kind"] == "Pod" and item["metadata"]["namespace"] != "shop"
    )
    name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
    told = doctor(f"path shop/web -o json --client pod:{name} --kubeconfig {server.kubeconfig}").json
    clients = {path["client"]["ip"] for path in told["services"][0]["paths"]}
    assert clients == {pod["status"]["podIP"]}
    none = doctor(f"path shop/web --client pod:shop/no-such --kubeconfig {server.kubeconfig}")
    assert none.code == 2
    assert "Pod shop/no-such is not among the Pods that were read." in none.err


def test_without_a_service_the_namespace_of_the_context_is_meant(server: Server) -> None:
    told = doctor(f"path -o json --kubeconfig {server.kubeconfig}").json["services"]
    assert {service["namespace"] for service in told} == {"shop"}
    assert doctor(f"path web -o json --kubeconfig {server.kubeconfig}").json["services"][0]["name"] == "web"


def test_the_context_stands_in_the_commands_of_a_plan(server: Server) -> None:
    told = doctor(f"plan shop/web --remedy use-dsr --kubeconfig {server.kubeconfig}").out
    assert "kubectl --context prod " in told


def test_impersonation_reaches_the_server(server: Server) -> None:
    doctor(f"check shop/web --as jane --kubeconfig {server.kubeconfig}")
    assert {user for _, user in server.asked} == {"jane"}


def test_what_is_forbidden_is_a_gap_and_makes_the_answer_incomplete(server: Server) -> None:
    server.refuse = {"nodes": 403, "antreaagentinfos": 403}
    ran = doctor(f"check shop/web --fail-on never --kubeconfig {server.kubeconfig}")
    assert ran.code == 4
    assert "nodes" in ran.err
    assert "forbidden" in ran.err
    assert doctor(f"check shop/web --fail-on never --allow-incomplete --kubeconfig {server.kubeconfig}").code == 0


@pytest.mark.parametrize("code", [401, 403])
def test_without_any_right_nothing_is_claimed(code: int, server: Server) -> None:
    server.refuse = {"": code}
    ran = doctor(f"check -A --kubeconfig {server.kubeconfig}")
    assert (ran.code, ran.out) == (3, "")
    assert "hunter2" not in ran.err


def test_a_cluster_without_antrea_is_named(server: Server) -> None:
    for path in [path for path in server.answers if "crd.antrea.io" in path]:
        del server.answers[path]
    for path, answer in server.answers.items():
        if path.endswith("/daemonsets"):
            answer["items"] = [item for item in answer["items"] if "antrea" not in item["metadata"]["name"]]
    ran = doctor(f"path shop/web --kubeconfig {server.kubeconfig}")
    assert ran.code == 0
    assert "Antrea was not found in this cluster (explain AD087)" in ran.err
    checked = doctor(f"check shop/web -o json --fail-on never --kubeconfig {server.kubeconfig}").json
    assert any(row["code"] == "AD087" and row["verdict"] == "found" for row in checked["cluster"])


def refused_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


KUBECONFIGS: dict[str, tuple[str | None, str]] = {
    "missing": (None, "does not exist"),
    "empty": ("", "is empty"),
    "not YAML": ("a: [b", "is not YAML"),
    "a list": ("- a\n- b\n", "config"),
    "no contexts": ("apiVersion: v1\nkind: Config\n", "no contexts"),
    "binary": ("\x00\x01\x02", "config"),
}


@pytest.mark.parametrize("name", KUBECONFIGS)
def test_a_kubeconfig_that_cannot_be_used_is_told_with_a_next_step(name: str, tmp_path: Path) -> None:
    content, sentence = KUBECONFIGS[name]
    path = tmp_path / "config"
    if content is not None:
        path.write_text(content)
    ran = doctor(f"check -A --kubeconfig {path}")
    assert (ran.code, ran.out) == (3, "")
    assert sentence in ran.err
    assert "fault of antrea-doctor" not in ran.err
    assert "\x00" not in ran.err


def test_no_kubeconfig_at_all_points_to_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    ran = doctor("check -A")
    assert ran.code == 3
    assert "--demo" in ran.err


def test_an_unknown_context_names_near_ones(server: Server) -> None:
    ran = doctor(f"check -A --context prodd --kubeconfig {server.kubeconfig}")
    assert ran.code == 3
    assert "prod" in ran.err.replace("prodd", "")
    assert server.asked == []


def test_a_refused_connection_is_told_with_the_server(tmp_path: Path) -> None:
    url = refused_port()
    ran = doctor(f"check -A --kubeconfig {write_kubeconfig(tmp_path / 'config', url)}")
    assert (ran.code, ran.out) == (3, "")
    assert url in ran.err
    assert "hunter2" not in ran.err


def test_a_server_that_does_not_answer_is_given_up_in_time(server: Server) -> None:
    done = threading.Event()

    def wait() -> None:
        done.wait(20)

    server.before = wait
    started = time.monotonic()
    ran = doctor(f"check -A --request-timeout 500ms --kubeconfig {server.kubeconfig}")
    took = time.monotonic() - started
    done.set()
    assert ran.code == 3
    assert took < 10


def test_ctrl_c_ends_a_command_that_waits_for_the_server(server: Server) -> None:
    asked, done = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        done.wait(20)

    server.before = wait
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "check", "-A", "--kubeconfig", str(server.kubeconfig)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert asked.wait(20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    done.set()
    assert process.returncode == 130
    assert (out, err) == ("", "")


@pytest.mark.parametrize(("option", "asks"), [("--no-input", False), ("--color=auto", True)])
def test_no_input_keeps_login_programs_from_asking(option: str, asks: bool, tmp_path: Path) -> None:
    login = tmp_path / "login"
    login.write_text('#!/bin/sh\nread -r word && echo "$word" > "$0.read"\nexit 1\n')
    login.chmod(0o755)
    path = write_kubeconfig(tmp_path / "config", refused_port())
    config = yaml.safe_load(path.read_text())
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(login), "interactiveMode": "IfAvailable"}
    config["users"] = [{"name": "u", "user": {"exec": plugin}}]
    path.write_text(yaml.safe_dump(config))
    words = [sys.executable, "-m", "tui", "check", "-A", option, "--kubeconfig", str(path)]
    done = subprocess.run(
        words, cwd=ROOT, input="password\n", capture_output=True, text=True, check=False, timeout=30, env={**os.environ}
    )
    assert done.returncode == 3
    assert (tmp_path / "login.read").exists() is asks
