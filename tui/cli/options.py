"""The options that every command understands, in kubectl's words where kubectl has them."""

import argparse
import ipaddress
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from diagnostics.datapath.path import VantageKind
from diagnostics.model.arriving import Arrives
from tui.request import ClientChoice, ColorMode, StartView, ViewKind

DEFAULT_DEMO = "seed"
_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Group(Enum):
    """Options that belong together; the value is their heading in the help."""

    CLUSTER = "which cluster"
    SCOPE = "which Services"
    CLIENT = "which client"
    OTHER = "other options"


@dataclass(frozen=True)
class Option:
    """One option or argument; `settings` are those of `argparse`."""

    names: tuple[str, ...]
    group: Group
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def takes_value(self) -> bool:
        """Whether the next word belongs to it."""
        return self.settings.get("action") not in ("store_true", "version", "help") and "nargs" not in self.settings


def seconds(text: str) -> float:
    """`10`, `10s`, `2m` or `500ms` in seconds; 0 means no limit, as in kubectl."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|)", text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write it like 10s or 2m")
    return float(found[1]) * _SECONDS[found[2]]


def client_place(text: str) -> ClientChoice:
    """`external`, `self`, `node:NAME` or `pod:NAMESPACE/NAME`."""
    kind, _, name = text.partition(":")
    match kind:
        case "external" | "self" if not name:
            return ClientChoice(VantageKind(kind))
        case "node" if name:
            return ClientChoice(VantageKind.NODE, name)
        case "pod" if all(name.partition("/")):
            return ClientChoice(VantageKind.POD, name)
    raise argparse.ArgumentTypeError(f"{text!r} is no client; write external, node:NAME, pod:NAMESPACE/NAME or self")


def address(text: str) -> str:
    """An IPv4 or IPv6 address in its usual spelling."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no IP address") from None


def start_view(text: str) -> StartView:
    """`path`, `findings` or `remedy:SLUG`."""
    kind, _, slug = text.partition(":")
    if (kind in ("path", "findings") and not slug) or (kind == "remedy" and slug):
        return StartView(ViewKind(kind), slug)
    raise argparse.ArgumentTypeError(f"{text!r} is no view; write path, findings or remedy:SLUG")


def _option(group: Group, *names: str, **settings: Any) -> Option:
    return Option(names, group, settings)


COMMON = (
    _option(Group.CLUSTER, "--kubeconfig", metavar="FILE", default="", help="kubeconfig to use instead of $KUBECONFIG"),
    _option(Group.CLUSTER, "--context", metavar="NAME", default="", help="kubeconfig context"),
    _option(Group.CLUSTER, "--as", metavar="USER", dest="as_user", default="", help="ask as this user"),
    _option(
        Group.CLUSTER,
        "--as-group",
        metavar="GROUP",
        dest="as_groups",
        action="append",
        default=[],
        help="ask as member of this group (may be repeated)",
    ),
    _option(
        Group.CLUSTER,
        "--request-timeout",
        metavar="TIME",
        type=seconds,
        help="longest wait for one answer of the API server, like 10s; 0 means no limit",
    ),
    _option(
        Group.CLUSTER,
        "-f",
        "--filename",
        metavar="FILE|DIR|-",
        dest="files",
        action="append",
        default=[],
        help="read Kubernetes objects from here instead of a cluster, as kubectl get -o yaml prints them",
    ),
    _option(
        Group.CLUSTER,
        "--demo",
        metavar="SCENARIO",
        nargs="?",
        const=DEFAULT_DEMO,
        help=f"a recorded cluster instead of a real one (without a name: {DEFAULT_DEMO})",
    ),
    _option(Group.SCOPE, "-n", "--namespace", metavar="NAME", default="", help="namespace of the Services"),
    _option(Group.SCOPE, "-A", "--all-namespaces", action="store_true", help="Services of all namespaces"),
    _option(Group.SCOPE, "-l", "--selector", metavar="LABELS", default="", help="only Services with these labels"),
    _option(
        Group.CLIENT,
        "--client",
        metavar="KIND",
        type=client_place,
        default=ClientChoice(),
        help="where the client stands: external (default), node:NAME, pod:NAMESPACE/NAME or self",
    ),
    _option(Group.CLIENT, "--client-ip", metavar="IP", type=address, help="address of an external client"),
    _option(
        Group.CLIENT,
        "--frontend",
        metavar="KIND",
        dest="front_end",
        choices=[way.value for way in Arrives],
        help="how packets of external clients reach the Nodes: lb-ip (with the load-balancer IP as destination) or "
        "node-port (the load balancer dials a Node and nodePort); default: as far as the cluster tells",
    ),
    _option(
        Group.OTHER,
        "--color",
        metavar="WHEN",
        choices=[mode.value for mode in ColorMode],
        default=ColorMode.AUTO.value,
        help="auto (default), always or never",
    ),
    _option(Group.CLUSTER, "--no-input", action="store_true", help="let login programs of the kubeconfig ask nothing"),
)
