"""What the command line asks of the app and of the headless commands: plain values, read once, never changed."""

from dataclasses import dataclass, field
from enum import StrEnum

from diagnostics.datapath.path import VantageKind
from diagnostics.model.arriving import Arrives


class ColorMode(StrEnum):
    """`--color`. `auto` obeys NO_COLOR and the terminal; `never` and `always` overrule them."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """Which cluster to talk to, and as whom, in kubectl's words; an empty value means the kubeconfig's own.

    `kubeconfig` is one path and replaces KUBECONFIG. `request_timeout` is in seconds, 0 for no limit, None for
    our default.
    """

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    request_timeout: float | None = None


@dataclass(frozen=True, slots=True)
class ClientChoice:
    """Where the client stands, as asked: `name` is a Node's name or a Pod's `namespace/name`.

    `ip` is the address from `--client-ip`, empty when none was given: then an example address stands for it.
    """

    kind: VantageKind = VantageKind.EXTERNAL
    name: str = ""
    ip: str = ""


class ViewKind(StrEnum):
    """What the app shows first for the chosen Service."""

    PATH = "path"
    FINDINGS = "findings"
    REMEDY = "remedy"


@dataclass(frozen=True, slots=True)
class StartView:
    """`--view path|findings|remedy:SLUG`; `remedy` is the slug, filled only for `ViewKind.REMEDY`."""

    kind: ViewKind
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class AppRequest:
    """Everything that the app needs to start.

    Facts come from `demo` (the name of a recorded cluster) when it is set, else from `files` (paths of files or
    folders) when there are any, else from the cluster of `connection`. `service` is `namespace/name`, or None for
    the list of Services (headless commands also take a bare name, for the context's own namespace).
    `front_end` is how packets reach the Nodes, where the operator said it. `allow_write` lets the app change the
    cluster, each time after a question. `plan_file` names a plan that is walked on: with it `service` and `view` lead
    to its way out. `ascii_only` asks for drawings without box characters. `watch` lets the app
    follow a live cluster.
    """

    connection: ConnectionOptions = field(default_factory=ConnectionOptions)
    demo: str | None = None
    files: tuple[str, ...] = ()
    service: str | None = None
    view: StartView | None = None
    client: ClientChoice = field(default_factory=ClientChoice)
    front_end: Arrives | None = None
    color: ColorMode = ColorMode.AUTO
    ascii_only: bool = False
    allow_write: bool = False
    plan_file: str = ""
    watch: bool = True
