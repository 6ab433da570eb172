"""Asks the datapath engine for one class of connections."""

from clusters import CLIENT, node_ip, pod_ip
from diagnostics.datapath.path import AccessKind, Path, Place, Vantage, VantageKind
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case

NODE_PORT, LB, EIP, CLUSTER_IP = (
    AccessKind.NODE_PORT,
    AccessKind.LOAD_BALANCER,
    AccessKind.EXTERNAL_IP,
    AccessKind.CLUSTER_IP,
)
KINDS = {"NP": NODE_PORT, "LB": LB, "EIP": EIP, "ClusterIP": CLUSTER_IP}

OUTSIDE = Vantage(VantageKind.EXTERNAL, CLIENT)
NODE1 = Vantage(VantageKind.NODE, node_ip(1), "node1")
A_POD = Vantage(VantageKind.POD, pod_ip(1, 9), "node1", "default/client")
ITSELF = Vantage(VantageKind.SELF, pod_ip(1), "node1")
VANTAGES = {"outside": OUTSIDE, "node": NODE1, "pod": A_POD, "self": ITSELF}


def paths_at(
    case: Case, kind: AccessKind, vantage: Vantage = OUTSIDE, ingress: str = "node1", family: int = 4
) -> list[Path]:
    """Every class of an access at one ingress Node."""
    return [
        path
        for path in trace(case, vantage, fold=False)
        if path.access.kind is kind and path.ingress == ingress and path.access.family == family
    ]


def one(case: Case, kind: AccessKind, vantage: Vantage = OUTSIDE, ingress: str = "node1", family: int = 4) -> Path:
    """The only class of an access at one ingress Node."""
    [path] = paths_at(case, kind, vantage, ingress, family)
    return path


def snat_ids(path: Path) -> str:
    """The SNAT points in order, as `S3+S4`; empty when the source is never rewritten."""
    return "+".join(rewrite.id for rewrite in path.snat)


def remote(paths: list[Path]) -> Path:
    """The only class of remote endpoints."""
    [path] = [path for path in paths if path.endpoint.place is Place.REMOTE]
    return path
