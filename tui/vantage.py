"""Turns the client that was asked for on the command line into a Vantage of one Case."""

from difflib import get_close_matches

from diagnostics.datapath.path import EXTERNAL_CLIENT, Vantage, VantageKind
from diagnostics.model.case import Case
from tui.request import ClientChoice


def vantage_of(choice: ClientChoice, case: Case) -> Vantage:
    """Where the client stands. The datapath fills in the addresses of Nodes, Pods and endpoints.

    Raises LookupError, with a sentence for the operator, when the Snapshot has no such Node, Pod or endpoint.
    """
    match choice.kind:
        case VantageKind.EXTERNAL:
            return Vantage(VantageKind.EXTERNAL, choice.ip) if choice.ip else EXTERNAL_CLIENT
        case VantageKind.NODE:
            if choice.name not in case.cluster.nodes:
                near = get_close_matches(choice.name, case.cluster.nodes, 3)
                hint = f" Did you mean {' or '.join(near)}?" if near else ""
                raise LookupError(f"Node {choice.name} is not known.{hint}")
            return Vantage(VantageKind.NODE, node=choice.name)
        case VantageKind.POD:
            pod = case.snapshot.pod_by_key.get(choice.name)
            if pod is None:
                raise LookupError(f"Pod {choice.name} is not among the Pods that were read.")
            if not pod.ips:
                raise LookupError(f"Pod {choice.name} has no address yet.")
            return Vantage(VantageKind.POD, pod.ips[0], pod.spec.node_name, choice.name)
        case VantageKind.SELF:
            if all(backend.outside for backend in case.all_backends):
                raise LookupError("No endpoint in this cluster could be a client of its own Service.")
            return Vantage(VantageKind.SELF)
