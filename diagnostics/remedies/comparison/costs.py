"""What a way out costs in this very cluster, computed from the Service before and after it."""

from collections.abc import Iterator

from diagnostics.checks.evidence import counted, listed
from diagnostics.model.antrea import proxy_all_wanted
from diagnostics.model.case import Case
from diagnostics.model.write import Write
from diagnostics.policy.difference import AdmissionChange
from diagnostics.remedies.configuration.agent_change import agents_name
from diagnostics.remedies.paper.shares import busiest, failing_nodes
from diagnostics.remedies.plan.manifests import effects
from diagnostics.remedies.plan.plan import Change, Plan, Restarted

_UNEVEN = 1.5
_POLICIES = ("NetworkPolicy", "ClusterNetworkPolicy")


def costs_of_plan(today: Case, then: Case, plan: Plan) -> tuple[str, ...]:
    """Sentences on what the plan does to Nodes, agents, other Services and those who get in."""
    done = [change for step in plan.steps for change in effects(step)]
    return (
        *_restarts(today, done),
        *_taken_over(today, then),
        *_policies_to_keep(done),
        *costs_of_state(today, then, plan.admits),
    )


def costs_of_state(today: Case, then: Case, admits: tuple[AdmissionChange, ...]) -> tuple[str, ...]:
    """Sentences on how the state afterwards is worse than today's."""
    return (*_new_failures(today, then), *_imbalance(today, then), *_newcomers(admits))


def _restarts(today: Case, done: list[Change]) -> Iterator[str]:
    antrea = today.cluster.antrea
    for change in dict.fromkeys(change for change in done if isinstance(change, Restarted)):
        if (change.kind, change.name) == ("DaemonSet", agents_name(antrea)):
            if change.node:
                yield f"The agent of {change.node} restarts before all others."
                continue
            nodes = sum(not node.is_windows for node in today.cluster.nodes.values())
            yield f"{counted(nodes, 'agent')} restart, Node by Node; Pods of a Node lose traffic for moments meanwhile."
        else:
            yield f"{change.kind} {change.namespace}/{change.name} restarts."


def _taken_over(today: Case, then: Case) -> Iterator[str]:
    now, after = (proxy_all_wanted(case.cluster.antrea) for case in (today, then))
    if after and not now:
        others = sum(
            Case(today.cluster, service).is_exposed
            for service in today.snapshot.services
            if service.metadata.key != today.key
        )
        yield f"AntreaProxy takes over this Service and {counted(others, 'other Service')} that clients outside reach."


def _policies_to_keep(done: list[Change]) -> Iterator[str]:
    kinds = [change for change in done if isinstance(change, Write) and change.kind in _POLICIES and change.body]
    names = dict.fromkeys(f"{change.kind} {change.key}" for change in kinds)
    if names:
        yield f"{listed(names)} must be kept true when Nodes or clients change."


def _new_failures(today: Case, then: Case) -> Iterator[str]:
    before = set(failing_nodes(today))
    worse = [node for node in failing_nodes(then) if node not in before]
    if worse:
        every = counted(len(today.cluster.nodes), "Node")
        yield f"Connections by {listed(worse)} fail ({len(worse)} of {every})."


def _imbalance(today: Case, then: Case) -> Iterator[str]:
    before, after = busiest(today), busiest(then)
    if after and after >= _UNEVEN and (before is None or after > before):
        yield f"The busiest Pod gets {float(after):.1f} times the connections of the quietest one."


def _newcomers(admits: tuple[AdmissionChange, ...]) -> Iterator[str]:
    opened = [change for change in admits if change.opens or change.perhaps]
    if opened:
        more = f" And {counted(len(opened) - 1, 'more way')} in." if len(opened) > 1 else ""
        yield f"{opened[0].sentence}{more}"
