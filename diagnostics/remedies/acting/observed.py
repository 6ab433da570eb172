"""What live traffic showed, beside what the engine predicts: does the address that a Pod saw fit, or contradict?

A probe of the kubelet comes from antrea-gw0 of the Pod's own Node (with networkPolicyOnly: from the Node) and meets the
same port, so that address proves nothing by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from diagnostics.checks.evidence import listed
from diagnostics.datapath.path import AccessKind, Outcome, Path, SeenKind
from diagnostics.datapath.trace import own_addresses, trace
from diagnostics.model.case import Case
from diagnostics.remedies.acting.catching import Caught
from diagnostics.remedies.files.plan_file import Observed


class Fit(StrEnum):
    """How an observation stands to the prediction."""

    FITS = "fits"
    CONTRADICTS = "contradicts"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Compared:
    """The answer, and the sentence why."""

    fit: Fit
    why: str


def dialled(case: Case) -> str:
    """What a client outside dials for the proof: the Service's own addresses, else a NodePort."""
    ports = listed((str(port.port) for port in case.service.spec.ports), shown=3)
    if case.external_addresses:
        return f"{' or '.join(case.external_addresses)} port {ports}"
    return f"NodePort {listed((str(port) for port in case.node_ports), shown=3)} of any Node"


def observed(case: Case, caught: Caught, client: str, at: str) -> Observed:
    """What one trace brought, to be kept in the plan's file. `at` is the time (RFC 3339)."""
    answer = compared(case, caught.pod, caught.source, client)
    why = f"{answer.why} {caught.why}".rstrip()
    return Observed(pod=caught.pod, source=caught.source, fit=answer.fit.value, why=why, at=at)


def compared(case: Case, pod: str, source: str, client: str = "") -> Compared:
    """The source address that was caught at the Pod (its name), for a client outside that dials as `dialled` says.

    `client` is that client's own address, where it is known.
    """
    backend = next((item for item in case.all_backends if item.pod == pod), None)
    if backend is None:
        return Compared(Fit.CANNOT_TELL, f"Pod {pod} is no endpoint of the Service any more.")
    if not source:
        return Compared(Fit.CANNOT_TELL, f"No packet was caught at Pod {pod}: connect more often while it waits.")
    family = 6 if ":" in source else 4
    ways = tuple(_ways(case, backend.address, family))
    whose = case.cluster.once(own_addresses).get(source, "")
    if source in _of_kubelet(case, backend.node, family):
        why = f"{source} is {whose or 'antrea-gw0'}, the Pod's own Node: probes of the kubelet come from there too."
        return Compared(Fit.CANNOT_TELL, f"{why} Connect through another Node.")
    if not ways or any(path.seen.kind is SeenKind.UNKNOWN for path in ways):
        return Compared(Fit.CANNOT_TELL, f"Pod {pod} saw {source}; what it should see is not known.")
    if client and source == client:
        whose = ""
    elif not whose and (other := _pod_of(case, source)):
        return Compared(Fit.CANNOT_TELL, f"{source} is {other}, which is no client outside the cluster.")
    keeps = [path for path in ways if path.keeps_client]
    if not whose:
        return _client_seen(pod, source, client, ways, keeps)
    through = sorted({path.ingress for path in ways if path.seen.ip == source and path.ingress})
    if through:
        return Compared(Fit.FITS, f"Pod {pod} saw {source}, {whose}, as predicted through {listed(through)}.")
    wanted = sorted({path.seen.ip for path in ways if not path.keeps_client} - {""})
    predicted = " or ".join((*(["the client's own address"] if keeps else []), *wanted[:3])) or "another address"
    return Compared(Fit.CONTRADICTS, f"Pod {pod} saw {source}, {whose}, and {predicted} was predicted.")


def _client_seen(pod: str, source: str, client: str, ways: tuple[Path, ...], keeps: list[Path]) -> Compared:
    if client and source != client:
        why = f"Pod {pod} saw {source}, which is neither the client {client} nor an address of the cluster."
        return Compared(Fit.CANNOT_TELL, why)
    if not keeps:
        wanted = listed(sorted({path.seen.ip for path in ways} - {""}))
        why = f"Pod {pod} saw {source}, the client's own address, and {wanted or 'another one'} was predicted."
        return Compared(Fit.CONTRADICTS, why)
    through = sorted({path.ingress for path in keeps if path.ingress})
    what = "the client's own address" if client else "an address outside the cluster: the client's own, or of a proxy"
    return Compared(Fit.FITS, f"Pod {pod} saw {source}, {what}, as predicted through {listed(through)}.")


def _ways(case: Case, address: str, family: int) -> Iterator[Path]:
    """The ways of a client outside to this endpoint, over the addresses that the proof dials."""
    by_node_port = not case.external_addresses
    for path in trace(case, fold=False):
        kind = path.access.kind
        meant = kind.is_external and (kind is AccessKind.NODE_PORT) == by_node_port
        delivered = path.access.family == family and path.outcome is Outcome.DELIVERED
        if meant and delivered and address in path.endpoint.addresses:
            yield path


def _of_kubelet(case: Case, node: str, family: int) -> set[str]:
    return {case.cluster.gateway_ip(node, family)} - {""}


def _pod_of(case: Case, address: str) -> str:
    found = next((pod for pod in case.snapshot.pods if address in pod.ips), None)
    if found:
        return f"Pod {found.metadata.key}"
    known = any(node.pod_cidrs for node in case.snapshot.nodes)
    inside = known and not case.cluster.is_outside(address)
    return "an address of a Pod in the cluster" if inside else ""
