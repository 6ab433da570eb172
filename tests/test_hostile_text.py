"""Text that somebody planted in the cluster reaches the terminal inert, on every screen and in every command."""

import io
import json
import re
import sys
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot

from diagnostics.kube.recorded import read_demo
from diagnostics.model.snapshot import Snapshot
from driving import drive, press, still, toasts
from headless import doctor
from terminal import OpenTerminal, copied
from tui.__main__ import main
from tui.app import DoctorApp
from tui.request import AppRequest, ConnectionOptions

pytestmark = pytest.mark.terminal

OSC52 = "\x1b]52;c;RVZJTA==\x07"
LINK = "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\"
MARKUP = "[/red][@click=app.quit]q[/][[x"
BIDI = "\u202eevil\u2066\u200b\U000e0041"
EVIL = f"a{OSC52}{LINK}{MARKUP}{BIDI}\x9b31m\rz"
ADDRESSES = ["10.0.0.10"]


def hostile_cluster() -> list[dict[str, object]]:
    """A small cluster in which every free text is hostile, names included (files may hold any)."""
    evil_meta = {"labels": {"app": EVIL}, "annotations": {"service.antrea.io/load-balancer-mode": EVIL, EVIL: EVIL}}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": EVIL, "namespace": "shop", **evil_meta},
            "spec": {
                "type": "LoadBalancer",
                "clusterIP": "10.96.0.9",
                "selector": {"app": EVIL},
                "ports": [{"name": EVIL, "port": 80, "targetPort": EVIL, "nodePort": 30080}],
            },
            "status": {"loadBalancer": {"ingress": [{"hostname": EVIL}, {"ip": "198.51.100.7"}]}},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "dns", "namespace": EVIL},
            "spec": {"type": "ExternalName", "externalName": EVIL},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": "s", "namespace": "shop", "labels": {"kubernetes.io/service-name": EVIL}},
            "addressType": "IPv4",
            "ports": [{"name": EVIL, "port": 8080, "protocol": "TCP"}],
            "endpoints": [
                {
                    "addresses": ADDRESSES,
                    "nodeName": EVIL,
                    "targetRef": {"kind": "Pod", "name": EVIL, "namespace": "shop"},
                }
            ],
        },
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": EVIL, **evil_meta},
            "spec": {"podCIDRs": ["10.0.0.0/24"], "providerID": EVIL},
            "status": {
                "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}, {"type": "Hostname", "address": EVIL}],
                "nodeInfo": {"kubeletVersion": EVIL},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": EVIL, "namespace": "shop", **evil_meta},
            "spec": {"nodeName": EVIL},
            "status": {"podIP": ADDRESSES[0]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "antrea-agent", "namespace": EVIL},
            "spec": {"template": {"spec": {"containers": [{"name": "antrea-agent", "image": f"antrea:{EVIL}"}]}}},
            "status": {"desiredNumberScheduled": 1},
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "antrea-config", "namespace": EVIL},
            "data": {"antrea-agent.conf": 'trafficEncapMode: "\\e]52;c;RVZJTA==\\a"\nantreaProxy:\n  proxyAll: true\n'},
        },
        {
            "apiVersion": "crd.antrea.io/v1beta1",
            "kind": "AntreaAgentInfo",
            "metadata": {"name": EVIL},
            "version": EVIL,
            "ovsInfo": {"flowTable": {"ServiceLB": 1, EVIL: 1}},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": EVIL, "namespace": "shop"},
            "spec": {
                "podSelector": {"matchLabels": {"app": EVIL}},
                "ingress": [{"from": [{"ipBlock": {"cidr": EVIL}}, {"ipBlock": {"cidr": "203.0.113.0/24"}}]}],
            },
        },
    ]


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    path = tmp_path / "objects.json"
    path.write_text(json.dumps({"kind": "List", "items": hostile_cluster()}))
    return path


def assert_inert(received: bytes) -> None:
    """Nothing planted is left but plain characters."""
    text = received.decode(errors="replace")
    assert "\x1b]52;c;RVZJTA" not in text
    assert "\x1b]8;" not in text
    assert "\x9b" not in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\U000e0000-\U000e007f]", text)


WALK = (
    ("i", "Nodes ("),
    ("t", "enter comes back"),
    ("\r", "esc Back"),
    ("\x1b", "Services (2)"),
    ("n", "NAMESPACE"),
    ("\x1b", "Services (2)"),
    ("?", "Services: keys"),
    ("\x1b", "Services (2)"),
    (":red", "Examine this Service."),
    ("\x1b", "Services (2)"),
    ("f", "SEVERITY"),
    ("c", "Sent to the terminal"),
    ("\x1b", "Services (2)"),
    ("x", "demo seed"),
    ("\x1b", "Services (2)"),
    ("/red\r\r", "1 Path"),
    ("t", "enter comes back"),
    ("\r", "1 Path"),
    ("2", "Found ("),
    ("t", "enter comes back"),
    ("\r", "Found ("),
    ("E", "Explain what?"),
    ("\x1b", "Found ("),
    ("3", "HERE"),
    ("\r", "outside Antrea"),
    ("c", "Copy: the way out"),
)
"""Keys, and what is to be seen after them: every screen, small windows, the palette, the text by itself, copies."""


def test_every_screen_shows_planted_text_inert(open_terminal: OpenTerminal, objects: Path) -> None:
    terminal = open_terminal("-f", str(objects), SSH_CONNECTION="x")
    terminal.wait_for("Services (2)")
    for keys, wanted in WALK:
        terminal.keys(keys)
        terminal.wait_for(wanted)
        terminal.read(0.3)
    received = terminal.received
    assert "/red" in received.decode(errors="replace"), "the planted names were never shown"
    texts = copied(received)
    assert any("/red" in text for text in texts)
    for text in texts:
        assert_inert(text.encode())
        assert "\x1b" not in text
    assert_inert(received)
    terminal.keys("q")
    assert terminal.ended() == 0


def test_the_plain_mode_says_planted_text_inert(objects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for plan in range(1, 16):
        answers = f"red\n{plan}\n203.0.113.0/24\n192.0.2.9:6443\nq\n"
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(answers.encode())))
        ran = doctor(["--plain", "-f", str(objects)])
        assert "/red" in ran.out
        assert_inert((ran.out + ran.err).encode())
        assert "\x1b" not in ran.out


class Refusing:
    """A source whose every answer is an error with planted text; the list may be read."""

    is_demo = False
    title = "context prod"

    def __init__(self, snapshot: Snapshot | None) -> None:
        self.snapshot = snapshot

    def look_into(self, namespace: str) -> None:
        """Holds all namespaces."""

    def overview(self, cancelled: Event) -> Snapshot:
        if self.snapshot is None:
            raise ConnectionError(EVIL)
        return self.snapshot

    def deepen(self, snapshot: Snapshot, key: str, cancelled: Event) -> Snapshot:
        raise ConnectionError(EVIL)

    def deepen_all(self, snapshot: Snapshot, cancelled: Event) -> Snapshot:
        raise ConnectionError(EVIL)


@pytest.mark.parametrize("keys", [(), ("f",), ("enter", "2"), ("enter", "3")], ids=["list", "scan", "findings", "ways"])
def test_the_body_of_an_error_is_shown_inert(monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]) -> None:
    source = Refusing(read_demo("seed") if keys else None)
    monkeypatch.setattr("tui.navigator.source_of", lambda request: source)
    monkeypatch.setattr("tui.navigator.login_program_of", lambda request: "")

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, keys)
        text = await still(app)
        assert "[/red][@click=app.quit]q[/][[x" in text
        assert_inert(f"{text}{toasts(app)}".encode())

    drive(AppRequest(connection=ConnectionOptions(context="prod")), scene)


@pytest.mark.parametrize(
    "words",
    [
        ["path", "-A"],
        ["path", "-A", "-o", "wide"],
        ["path", "-A", "-o", "yaml"],
        ["path", "-A", "-o", "mermaid"],
        ["path", "-A", "-o", "dot"],
        ["path", "-A", "-o", "json"],
        ["path", "-A", "-o", "markdown"],
        ["check", "-A"],
        ["check", "-A", "-o", "json"],
        ["check", "-A", "-o", "yaml"],
        ["check", "-A", "-o", "markdown"],
        ["check", "-A", "-o", "wide"],
        ["check", "-A", "-o", "html"],
        ["check", "-A", "-o", "junit"],
        ["check", "-A", "-o", "sarif"],
    ],
)
def test_every_command_prints_planted_text_inert(
    words: list[str], objects: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([*words, "-f", str(objects)])
    printed = capsys.readouterr()
    assert "/red" in printed.out
    assert_inert((printed.out + printed.err).encode())
    assert "\x1b" not in printed.out
