"""externalTrafficPolicy Local: each Node hands connections to its own Pods only, and no proxy needs SNAT.

k8s:pkg/proxy/iptables/proxier.go, antrea:docs/design/ovs-pipeline.md; measured for kube-proxy. What it costs is
computed: the Nodes that have no Pod to hand a connection to, and how unevenly Pods are loaded.
"""

from diagnostics.datapath.path import Outcome
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.remedies.paper.what_if import case_after, concluded
from diagnostics.remedies.plan.commands import Kubectl, UnsafeValueError
from diagnostics.remedies.plan.plan import Plan, Question, Remedy, Risk, Step
from diagnostics.remedies.plan.service_change import fields
from diagnostics.remedies.prerequisites.local_prerequisites import (
    addresses_are_handled,
    clients_are_seen,
    dangers_of_local,
    has_endpoints,
    is_reached_from_outside,
    load_is_even,
    nodes_have_endpoints,
)
from diagnostics.remedies.steps.proof import proof_step
from diagnostics.remedies.steps.service_steps import UNDO_FILE, read_service, save_service, service_patch

SLUG = "local-policy"
LOCAL = "Local"


def make(case: Case, question: Question) -> Plan:
    """The plan for this Service."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl)
    except UnsafeValueError as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def _plan(case: Case, kubectl: Kubectl) -> Plan:
    reached = is_reached_from_outside(case)
    if reached.blocks and not case.is_exposed:
        return concluded(case, SLUG, (reached,), (), context=kubectl.context)
    local = Step("", "", (), changes=(fields(case, externalTrafficPolicy=LOCAL),))
    then = case_after(case, (local,))
    prerequisites = (
        reached,
        has_endpoints(case),
        addresses_are_handled(then),
        clients_are_seen(then),
        nodes_have_endpoints(then),
        load_is_even(then),
    )
    switch: tuple[Step, ...] = ()
    if case.service.external_policy != LOCAL:
        switch = (save_service(case, kubectl), _switch(case, then, kubectl))
    steps = (*switch, _prove(case, then, kubectl))
    return concluded(case, SLUG, prerequisites, steps, context=kubectl.context)


def _switch(case: Case, then: Case, kubectl: Kubectl) -> Step:
    patch, command = service_patch(case, kubectl, {"externalTrafficPolicy": LOCAL})
    undo, back = service_patch(case, kubectl, {"externalTrafficPolicy": "Cluster"}, file=UNDO_FILE)
    is_balanced = case.service.spec.type == "LoadBalancer"
    seen = (".spec.externalTrafficPolicy", *((".spec.healthCheckNodePort",) if is_balanced else ()))
    port = " and the number of the health check port that the API server chose" if is_balanced else ""
    return Step(
        title=f"Set externalTrafficPolicy of Service {case.key} to Local",
        why="Each Node then uses its own Pods only and leaves the client's address alone. It takes effect at once.",
        commands=(command,),
        manifests=(patch,),
        verify=(read_service(case, kubectl, *seen),),
        expect=f"It prints Local{port}.",
        undo=(back,),
        undo_manifests=(undo,),
        risk=Risk.DISTURBS,
        dangers=tuple(dangers_of_local(case, then)),
    )


def _prove(case: Case, then: Case, kubectl: Kubectl) -> Step:
    addresses = " or ".join(case.external_addresses) or "a Node that has a Pod, at the NodePort"
    ports = case.service.spec.ports
    dialled = " or ".join(str(port.port if case.external_addresses else port.node_port) for port in ports)
    dial = f"From a client outside the cluster connect to {addresses}, port {dialled}."
    expect = "The printed source must be that client's own address."
    why = "Only a packet of a real client at a Pod proves that no SNAT is left."
    title = "Prove it with live traffic"
    if case.cluster.antrea.present is False:
        said = f"{dial} The application's own log must show that client's address: without Antrea nothing can trace it."
        return Step(title, why, (), expect=said, operator_acts=True)
    failing = [path for path in then.once(external_paths) if path.outcome in (Outcome.DROPPED, Outcome.REJECTED)]
    if failing:
        expect += " Then dial the Nodes without a Pod: what stands before the Nodes must never lead a client there."
    return proof_step(case, kubectl, title=title, why=why, dial=dial, expect=expect)


LOCAL_POLICY = Remedy(
    slug=SLUG,
    title="externalTrafficPolicy Local",
    gives="Pods and their policies see the client's own address, by NodePort too, whichever proxy handles it.",
    costs="Nodes without a Pod of the Service take no connections, and Pods are loaded by Node, not evenly.",
    risk=Risk.DISTURBS,
    filters=False,
    make=make,
)
