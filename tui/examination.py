"""One Service looked at in full: its Case, what the checks say, how each way out stands, where a client may be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Event

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.datapath.path import EXTERNAL_CLIENT, Vantage, VantageKind
from diagnostics.datapath.summary import access_name
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Report
from diagnostics.model.snapshot import Snapshot
from diagnostics.remedies.comparison.compare import compare
from diagnostics.remedies.comparison.way import Way
from diagnostics.remedies.plan.plan import Question
from tui.source import SnapshotSource

MOST_ENDPOINTS_TOLD = 40  # the graph is walked way by way for each


@dataclass(frozen=True)
class Examination:
    """What the Examination screen shows.

    `ways` compares the ways out, each with its plan as far as it can be made unasked; None until they are compared.
    `reached` says of an endpoint address what lies on all ways to it from outside.
    """

    case: Case
    report: Report
    reached: Mapping[str, str]
    ways: tuple[Way, ...] | None = None


def look_closely(source: SnapshotSource, snapshot: Snapshot, key: str, cancelled: Event) -> Examination:
    """Reads what one Service needs and examines it. Raises LookupError when the Service is gone."""
    deeper = source.deepen(snapshot, key, cancelled)
    if key not in deeper.service_by_key:
        raise LookupError(f"Service {key} is not there any more.")
    case = Case.of(deeper, key, Cluster(deeper))
    report = examine(case, CHECKS)
    return Examination(case, report, reached_from_outside(case))


def with_ways(examination: Examination) -> Examination:
    """The same with all ways out compared, which takes longer than everything before in a cluster of many Services."""
    case = examination.case
    return replace(examination, ways=compare(case, Question(kube_context=case.snapshot.context)))


def reached_from_outside(case: Case) -> dict[str, str]:
    """What lies on all ways from outside to each of the first endpoints, told from the traffic graph."""
    from diagnostics.datapath.graph import client_of, endpoint_of, keepers, snat_on_all_ways, traffic, ways

    paths = case.once(external_paths)
    graph = traffic(paths)
    told: dict[str, str] = {}
    for address in [backend.address for backend in case.all_backends][:MOST_ENDPOINTS_TOLD]:
        for client in dict.fromkeys(client_of(path.client) for path in paths):
            if next(ways(graph, client, endpoint_of(address)), None) is None:
                continue
            points = sorted(snat_on_all_ways(graph, client, endpoint_of(address)))
            kept = sorted(access_name(access) for access in keepers(graph, client, endpoint_of(address)))
            if points:
                told[address] = f"Every way from outside to {address} passes SNAT point {' and '.join(points)}."
            elif kept:
                told[address] = f"From outside {address} always sees the client itself by {', '.join(kept)}."
            else:
                told[address] = f"Some ways from outside to {address} change the source, others do not."
    return told


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A place where the client may stand, with the words for it."""

    words: str
    vantage: Vantage


def standpoints(case: Case, client_ip: str) -> tuple[Standpoint, ...]:
    """Where the client may stand: outside, in a Pod, on a Node, in the endpoint itself.

    The Pod is a real one where a Pod other than the endpoint is known, else the last address of a podCIDR stands
    for "any Pod" there.
    """
    outside = Vantage(VantageKind.EXTERNAL, client_ip or EXTERNAL_CLIENT.ip)
    found = [Standpoint("a client outside the cluster", outside)]
    backends = [backend for backend in case.all_backends if backend.node]
    nodes = sorted({backend.node for backend in backends}) or sorted(case.cluster.nodes)
    family = 6 if backends and ":" in backends[0].address else 4
    if nodes:
        node = nodes[0]
        gateway = case.cluster.gateway_ip(node, family)
        if gateway:
            stem, separator, _ = gateway.rpartition(":" if family == 6 else ".")
            pod = Vantage(VantageKind.POD, f"{stem}{separator}250", node, "any Pod")
            found.append(Standpoint(f"a Pod on Node {node}", pod))
        found.append(
            Standpoint(f"Node {node} itself", Vantage(VantageKind.NODE, case.cluster.node_ip(node, family), node))
        )
    own = next((backend for backend in backends if backend.pod and not backend.host_network), None)
    if own:
        name = f"{case.namespace}/{own.pod}"
        found.append(
            Standpoint(f"the endpoint {own.pod} itself", Vantage(VantageKind.SELF, own.address, own.node, name))
        )
    return tuple(found)
