"""Conditions for the echo workload, each computed from the Snapshot with its evidence."""

from diagnostics.checks.evidence import listed
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Source
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.plan import Prerequisite
from diagnostics.remedies.prerequisites.load_balancer_provider import Provider
from diagnostics.remedies.prerequisites.prerequisites import met_or
from diagnostics.remedies.steps.echo_workload import NAMESPACE, REPLICAS, workers


def two_nodes(case: Case) -> Prerequisite:
    """Pods without tolerations surely run on Nodes that are not control plane."""
    title = "Two Nodes can run the echo Pods"
    linux = [name for name, node in case.cluster.nodes.items() if not node.is_windows]
    plain = workers(case.cluster)
    said = f"Linux Nodes that are not control plane: {listed(plain) or 'none'}."
    settles = "With one Node every connection is local, and nothing would be tested."
    if len(plain) >= REPLICAS:
        return met_or(True, title, said, "")
    return met_or(None if len(linux) >= REPLICAS else False, title, said, settles)


def gives_an_address(provider: Provider) -> Prerequisite:
    """DSR needs packets with the Service's own IP as destination."""
    found = provider.prerequisite
    if provider.gives_names:
        settles = "DSR needs packets with the Service's IP as destination; behind a name stands a proxy or a NodePort."
        return met_or(False, found.title, found.evidence, settles)
    return found


def namespace_is_free(case: Case, kubectl: Kubectl) -> Prerequisite:
    """What the trial removes at its end must be nothing but its own."""
    title = f"Namespace {NAMESPACE} is not there yet"
    there = any(item.metadata.name == NAMESPACE for item in case.snapshot.namespaces)
    gap = case.snapshot.gap(Source.NAMESPACES)
    settles = f"Left from an earlier trial? Look into it, then: {kubectl.delete(Resource.NAMESPACES, NAMESPACE)}"
    if there or not gap:
        return met_or(not there, title, "It is there." if there else "No such namespace.", settles)
    return met_or(None, title, gap.sentence, settles)
