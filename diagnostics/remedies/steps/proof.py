"""Proof by live traffic: a Traceflow catches a real packet at a backend Pod, with the address the Pod sees.

antrea:docs/traceflow-guide.md. Traffic from outside cannot be injected, so the operator connects while it waits. A
live trace with only a destination catches the first matching packet at the Pod, after every SNAT and DNAT; the port
to name is therefore the Pod's. Probes of the kubelet come from the gateway of the Pod's own Node.
"""

from dataclasses import dataclass

from diagnostics.model.case import Backend, Case
from diagnostics.model.service import ServicePort
from diagnostics.model.write import Verb
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Manifest, Step

WAIT_SECONDS = 120
_PROTOCOL_NUMBERS = {"TCP": 6, "UDP": 17, "SCTP": 132}
_RESULT = 'jsonpath={.status.phase}{"\\t"}{.status.capturedPacket.srcIP}{"\\n"}'


@dataclass(frozen=True, slots=True)
class Trace:
    """One Traceflow: its object name, its file, and the Pod that it watches."""

    name: str
    file: Manifest
    pod: str
    node: str
    port: int


def api_version(case: Case) -> str:
    """Antrea's group with the version that every agent's release serves (antrea:docs/api.md)."""
    return "crd.antrea.io/v1alpha1" if case.cluster.antrea.at_least("1.13") is False else "crd.antrea.io/v1beta1"


def object_suffix(case: Case) -> str:
    """`namespace.name`, a name no two Services share: neither part can contain a dot."""
    return f"{case.namespace}.{case.service.metadata.name}"


def traces(case: Case, family: int = 4) -> tuple[Trace, ...]:
    """A trace for a Pod on each of up to two Nodes: whichever Node a client dials, one Pod is on another."""
    for port in case.service.spec.ports:
        if port.protocol not in ("TCP", "UDP"):
            continue
        by_node: dict[str, Backend] = {}
        for backend in case.backends(port, family):
            if backend.pod and not backend.host_network and backend.port:
                by_node.setdefault(backend.node, backend)
        chosen = [by_node[node] for node in sorted(by_node)][:2]
        if chosen:
            return tuple(_trace(case, port, backend, index, family) for index, backend in enumerate(chosen, start=1))
    return ()


def _trace(case: Case, port: ServicePort, backend: Backend, index: int, family: int) -> Trace:
    name = f"doctor-{object_suffix(case)}-{index}"
    protocol = _PROTOCOL_NUMBERS[port.protocol]
    header = {"ipHeader": {"protocol": protocol}} if family == 4 else {"ipv6Header": {"nextHeader": protocol}}
    content = {
        "apiVersion": api_version(case),
        "kind": "Traceflow",
        "metadata": {"name": name},
        "spec": {
            "liveTraffic": True,
            "timeout": WAIT_SECONDS,
            "destination": {"namespace": case.namespace, "pod": backend.pod},
            "packet": {**header, "transportHeader": {port.protocol.lower(): {"dstPort": backend.port}}},
        },
    }
    return Trace(
        name, manifest(f"traceflow-{index}.yaml", content, Verb.CREATE), backend.pod, backend.node, backend.port
    )


def proof_step(case: Case, kubectl: Kubectl, *, title: str, why: str, dial: str, expect: str) -> Step:
    """The last step: catch a packet and compare its source. `dial` says what to connect to and from where."""
    found = traces(case)
    if not found:
        return Step(title, why, (), expect=f"{dial} {expect} No Pod behind the Service can be traced: ask its own log.")
    where = " or ".join(f"Pod {trace.pod} (Node {trace.node or 'unknown'})" for trace in found)
    alone = (
        ("All Pods are on one Node: dial another Node, or the trace proves nothing about traffic between Nodes.",)
        if len(found) == 1
        else ()
    )
    return Step(
        title=title,
        why=why,
        commands=tuple(kubectl.create(trace.file.file_name) for trace in found),
        manifests=tuple(trace.file for trace in found),
        verify=tuple(kubectl.get(Resource.TRACEFLOWS, trace.name, output=_RESULT) for trace in found),
        expect=(
            f"{dial} Do it several times within {WAIT_SECONDS} seconds, so that {where} gets one. {expect} "
            "A trace that says Failed saw no packet: dial more often. Probes of the kubelet can be caught too; "
            "they come from antrea-gw0 of the Pod's own Node."
        ),
        operator_acts=True,
        undo=tuple(kubectl.delete(Resource.TRACEFLOWS, trace.name) for trace in found),
        dangers=(*alone, "Delete the traces afterwards: agents can run only about 14 at once."),
    )
