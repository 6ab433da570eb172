"""Text that somebody planted in the cluster reaches the terminal inert, on every screen and in every command."""

import json
import re
from pathlib import Path

import pytest

from terminal import OpenTerminal
from tui.__main__ import main

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


def test_every_screen_shows_planted_text_inert(open_terminal: OpenTerminal, objects: Path) -> None:
    terminal = open_terminal("-f", str(objects), SSH_CONNECTION="x")
    terminal.wait_for("Services (2)")
    for keys, wanted in (
        ("i", "Antrea"),
        ("\x1b", "Services (2)"),
        ("?", "Services: keys"),
        ("\x1b", "Services (2)"),
        ("\r", "Path"),
        ("2", "Findings"),
        ("3", "POSSIBLE"),
        ("\r", "Prerequisites"),
    ):
        terminal.keys(keys)
        terminal.wait_for(wanted)
        terminal.read(0.3)
    assert "/red" in terminal.received.decode(errors="replace"), "the planted names were never shown"
    assert_inert(terminal.received)
    terminal.keys("q")
    assert terminal.ended() == 0


@pytest.mark.parametrize(
    "words",
    [
        ["path", "-A"],
        ["path", "-A", "-o", "json"],
        ["path", "-A", "-o", "markdown"],
        ["check", "-A"],
        ["check", "-A", "-o", "json"],
        ["check", "-A", "-o", "yaml"],
        ["check", "-A", "-o", "markdown"],
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
