"""Proof that a Node serves a Service: what to dial on it, and what the Pod behind must say."""

from diagnostics.model.antrea import PROXY_ALL_TABLE
from diagnostics.model.case import Case
from diagnostics.remedies.configuration.agent_change import tables_proof
from diagnostics.remedies.plan.commands import Kubectl, line
from diagnostics.remedies.plan.plan import Step

_SHOWN = 6


def dial(case: Case, node: str) -> str:
    """The command that connects to the Service's NodePort on that Node; empty where there is none to dial."""
    port = next((item for item in case.service.spec.ports if item.node_port), None)
    address = case.cluster.node_ip(node) or case.cluster.node_ip(node, 6)
    if port is None or port.protocol not in ("TCP", "UDP") or not address:
        return ""
    return line("nc", "-vz", "-w", "5", *(("-u",) if port.protocol == "UDP" else ()), address, str(port.node_port))


def try_node(case: Case, node: str) -> str:
    """The sentence that asks to dial one Node."""
    command = dial(case, node)
    if command:
        return f"From a client outside that policies let in, `{command}` connects each time, also when tried ten times."
    return f"Service {case.key} has no NodePort: dial one of another Service on {node} from outside, or wait a while."


def prove_entries(case: Case, kubectl: Kubectl, *, prepared_only: bool = False) -> Step:
    """Every Node in turn, then the Service's own addresses."""
    verify, tables = tables_proof(case, kubectl, (PROXY_ALL_TABLE,))
    linux = [name for name, node in case.cluster.nodes.items() if not node.is_windows]
    commands = [command for command in (dial(case, name) for name in linux[:_SHOWN]) if command]
    more = f" and likewise the other {len(linux) - _SHOWN} Nodes" if commands and len(linux) > _SHOWN else ""
    ports = " or ".join(str(port.port) for port in case.service.spec.ports)
    addresses = " or ".join(case.external_addresses)
    dials = f"{'; '.join(commands)}{more}"
    each = f"From a client outside that policies let in, each of these connects: {dials}." if commands else ""
    own = f"So does {addresses}, port {ports}." if addresses else ""
    seen = (
        "Pods see what they saw before: kube-proxy still serves all this, until it is removed."
        if prepared_only
        else "In the log of the application, Pods on the Node that was dialled show the client's own address, and "
        "Pods of other Nodes an address of that Node."
    )
    return Step(
        title="Prove it at every Node",
        why="Agents may run it and a Node may still not serve: only connections from outside show that.",
        commands=(),
        verify=verify,
        expect=" ".join(filter(None, (tables, each, own, seen))),
        operator_acts=True,
    )
