"""Paths: classes of connections from a client to endpoints, with every rewrite on the way."""

from dataclasses import dataclass
from enum import StrEnum


class AccessKind(StrEnum):
    """By which kind of address a Service is reached."""

    NODE_PORT = "NodePort"
    LOAD_BALANCER = "LoadBalancerIP"
    EXTERNAL_IP = "ExternalIP"
    CLUSTER_IP = "ClusterIP"

    @property
    def is_external(self) -> bool:
        """Whether it is meant for clients outside the cluster."""
        return self is not AccessKind.CLUSTER_IP


@dataclass(frozen=True, slots=True)
class Access:
    """An address and port by which a Service is reached.

    `address` is empty for a NodePort: it is reached at each Node's own address. `port` is the port the client
    dials; `port_name` the Service port's name; `family` 4 or 6.
    """

    kind: AccessKind
    address: str
    port: int
    protocol: str
    port_name: str = ""
    family: int = 4


class VantageKind(StrEnum):
    """Where a client stands."""

    EXTERNAL = "external"
    NODE = "node"
    POD = "pod"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Vantage:
    """Where the client stands: outside, on a Node, in a Pod, or in the endpoint itself.

    `ip` is the client's own address, `node` the Node it runs on (empty outside), `name` a Pod's namespace/name.
    """

    kind: VantageKind
    ip: str = ""
    node: str = ""
    name: str = ""


EXAMPLE_CLIENT_V4 = "203.0.113.10"
EXAMPLE_CLIENT_V6 = "2001:db8::10"
EXTERNAL_CLIENT = Vantage(VantageKind.EXTERNAL, EXAMPLE_CLIENT_V4)


class Place(StrEnum):
    """Where an endpoint runs, seen from the Node that handles the address."""

    LOCAL = "local"
    REMOTE = "remote"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class EndpointGroup:
    """The endpoints of one class. `node` is empty when they run on several Nodes.

    `on_windows`: remote Pods on Windows Nodes. `exit_known` is false when nobody can tell by which interface the
    ingress Node routes packets to them.
    """

    place: Place
    addresses: tuple[str, ...] = ()
    node: str = ""
    host_network: bool = False
    outside: bool = False
    on_windows: bool = False
    exit_known: bool = True


class Handler(StrEnum):
    """Who programmes the address on the ingress Node; undefined means that nobody can tell who wins."""

    KUBE_PROXY = "kube-proxy"
    ANTREA_PROXY = "antrea-proxy"
    NONE = "none"
    UNDEFINED = "undefined"


class Outcome(StrEnum):
    """What becomes of the connections of a class."""

    DELIVERED = "delivered"
    DROPPED = "dropped"  # the client times out
    REJECTED = "rejected"  # reset or ICMP error
    LOST = "lost"  # accepted, but no working way
    UNHANDLED = "unhandled"  # nobody serves the address
    UNKNOWN = "unknown"


class SeenKind(StrEnum):
    """Whose address the endpoint sees as source."""

    CLIENT = "client"
    GATEWAY = "gateway"
    NODE = "node"
    VIRTUAL = "virtual"
    POD = "pod"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SeenSource:
    """The source address that the endpoint and the policies applied to it compare with."""

    kind: SeenKind
    ip: str = ""
    node: str = ""


class Basis(StrEnum):
    """Why we believe a rule of the network."""

    DOCUMENTED = "documented"
    MEASURED = "measured"
    INFERRED = "inferred"

    @property
    def strength(self) -> int:
        """Higher is stronger."""
        return (Basis.INFERRED, Basis.DOCUMENTED, Basis.MEASURED).index(self)


class RewriteKind(StrEnum):
    """What a rewrite changes."""

    SNAT = "SNAT"
    DNAT = "DNAT"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One change of an address. `id` is the SNAT point (S1 to S10); DNAT carries `D`.

    `where` names Node and exact place; `why` says in one sentence for a person why it happens.
    """

    id: str
    kind: RewriteKind
    where: str
    before: str
    after: str
    basis: Basis
    source: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the usable endpoints of the access belong to the class."""

    endpoints: int
    of: int


class Wire(StrEnum):
    """How the packet gets from the ingress Node to the endpoint."""

    SAME_NODE = "same Node"
    TUNNEL = "tunnel"
    WIREGUARD = "WireGuard"
    ROUTED = "routed"
    EITHER = "tunnel or routed"  # the API does not tell which
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Path:
    """One class of connections: access × ingress Node × place of the endpoint; one outcome for all of them.

    `ingress` is the Node that handles the address (empty when none does). `twins` are further ingress Nodes for
    which the same holds with their own addresses. `direct_return` is true under DSR: the answer leaves from the
    backend Node. `target_port` is the port that the endpoint listens on, 0 when there is no endpoint.
    `basis` and `source` say why we believe the outcome, `why` is the sentence for a person.
    """

    access: Access
    client: Vantage
    ingress: str
    endpoint: EndpointGroup
    handler: Handler
    outcome: Outcome
    seen: SeenSource
    rewrites: tuple[Rewrite, ...]
    share: Share
    wire: Wire
    target_port: int
    basis: Basis
    source: str
    why: str
    direct_return: bool = False
    twins: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Of what tells the Paths of a Service apart: a Path is often looked up, and its other fields are long."""
        return hash((self.access, self.ingress, self.endpoint.place, self.seen.ip, self.target_port))

    @property
    def keeps_client(self) -> bool:
        """Delivered with the client's own address."""
        return self.outcome is Outcome.DELIVERED and self.seen.kind in (SeenKind.CLIENT, SeenKind.POD)

    @property
    def snat(self) -> tuple[Rewrite, ...]:
        """The rewrites of the source address, in order."""
        return tuple(rewrite for rewrite in self.rewrites if rewrite.kind is RewriteKind.SNAT)


class Keeping(StrEnum):
    """The answer for a whole Service: is the client's own address kept?"""

    KEEPS = "keeps"
    SOMETIMES = "sometimes"
    NEVER = "never"
    CANNOT_TELL = "cannot tell"
    UNREACHABLE = "unreachable"
    NOT_EXPOSED = "not exposed"


def keeping(paths: tuple[Path, ...]) -> Keeping:
    """The badge of a Service from its external paths.

    Classes that deliver nothing do not count; a class that cannot be told makes the whole answer uncertain
    unless others already differ.
    """
    if not paths:
        return Keeping.NOT_EXPOSED
    delivered = [path for path in paths if path.outcome is Outcome.DELIVERED]
    uncertain = [
        path
        for path in paths
        if path.outcome is Outcome.UNKNOWN or (path.outcome is Outcome.DELIVERED and path.seen.kind is SeenKind.UNKNOWN)
    ]
    kept = sum(path.keeps_client for path in delivered)
    told = [path for path in delivered if path.seen.kind is not SeenKind.UNKNOWN]
    if kept and kept < len(told):
        return Keeping.SOMETIMES
    if uncertain:
        return Keeping.CANNOT_TELL
    if not told:
        return Keeping.UNREACHABLE
    return Keeping.KEEPS if kept else Keeping.NEVER
