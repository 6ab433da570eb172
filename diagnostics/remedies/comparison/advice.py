"""Ways out that the tool can weigh but not walk: in front of the cluster, in the application, or doing nothing.

Each says what it gives and, where the cluster can tell, what it would change.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from packaging.version import Version

from diagnostics.checks.evidence import listed
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.path import Basis, Keeping, Outcome
from diagnostics.datapath.trace import arriving_paths
from diagnostics.model.agent_config import NODE_HINTS_GATE, parse_version
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case
from diagnostics.model.service import Endpoint, EndpointSlice, ForName, Hints
from diagnostics.model.snapshot import Snapshot
from diagnostics.policy.difference import admission_changes
from diagnostics.policy.ranges import AddressSet
from diagnostics.remedies.comparison.costs import costs_of_state
from diagnostics.remedies.comparison.way import Standing, Way
from diagnostics.remedies.paper.shares import Sees, sees, shares
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.manifests import write_of
from diagnostics.remedies.plan.on_snapshot import case_in, written
from diagnostics.remedies.plan.plan import Risk
from diagnostics.remedies.plan.service_change import fields
from diagnostics.remedies.prerequisites.cluster_ranges import shown
from diagnostics.remedies.steps.pod_policy import pod_policies

PREFER_SAME_NODE = "PreferSameNode"
_PREFER_SAME_NODE_SINCE = Version("1.34")
_INSIDE_ONLY = "Clients outside do not reach this Service."
_BEFORE_THE_NODES = "A firewall, security group or load balancer before the Nodes sees clients before any SNAT."


@dataclass(frozen=True, slots=True)
class Advice:
    """A way without a plan: its slug and how it stands for a Case, with commands for a context."""

    slug: str
    weigh: Callable[[Case, Kubectl], Way]


def _leave_it(case: Case, kubectl: Kubectl) -> Way:
    now = shares(case)
    return Way(
        slug="leave-it",
        title="Leave it as it is",
        standing=Standing.AS_IT_IS,
        because="Right where neither the application nor a policy needs the client's address.",
        gives="Nothing changes. Any Node serves every client, and connections spread evenly.",
        costs=tuple(_costs_of_now(case)),
        risk=Risk.SAFE,
        reversible="yes",
        before=now,
        after=now,
        sees=sees(case),
    )


def _costs_of_now(case: Case) -> Iterator[str]:
    hidden = [path for path in case.once(arriving_paths) if path.outcome is Outcome.DELIVERED and path.snat]
    if hidden:
        addresses = dict.fromkeys(path.seen.ip for path in hidden if path.seen.ip)
        yield f"Policies on the Pods cannot tell clients apart that arrive as {listed(addresses)}."


def _prefer_same_node(case: Case, kubectl: Kubectl) -> Way:
    change = fields(case, trafficDistribution=PREFER_SAME_NODE)
    then = case_in(_hinted(written(case.snapshot, change), case.key), case)
    now, after = shares(case), shares(then)
    standing, because = _prefers(case, gains=bool(now and after and after.own > now.own))
    name = case.service.metadata.name
    is_possible = standing is Standing.POSSIBLE
    return Way(
        slug="prefer-same-node",
        title="trafficDistribution PreferSameNode",
        standing=standing,
        because=because,
        gives="Nodes with a Pod of their own serve it themselves, without SNAT under AntreaProxy. Others fall back.",
        costs=costs_of_state(case, then, admission_changes(case, then)) if is_possible else (),
        risk=Risk.DISTURBS,
        reversible="yes: take the field away",
        before=now,
        after=after if is_possible else None,
        sees=sees(then) if is_possible else None,
        basis=Basis.INFERRED,
        recipe=(kubectl.merge(Resource.SERVICES, name, case.namespace, change.body or {}),) if is_possible else (),
    )


def _prefers(case: Case, *, gains: bool) -> tuple[Standing, str]:
    """Whether PreferSameNode can be asked for, and what it depends on."""
    kubernetes = parse_version(case.snapshot.kubernetes_version)
    if not case.is_exposed:
        return Standing.BLOCKED, _INSIDE_ONLY
    if case.service.spec.traffic_distribution == PREFER_SAME_NODE:
        return Standing.NOTHING_TO_DO, "spec.trafficDistribution is PreferSameNode already."
    if case.service.external_policy == "Local":
        return Standing.NOTHING_TO_DO, "externalTrafficPolicy Local keeps to the Node's own Pods anyway."
    if kubernetes and kubernetes < _PREFER_SAME_NODE_SINCE:
        return Standing.BLOCKED, f"Kubernetes {kubernetes} does not obey it, {_PREFER_SAME_NODE_SINCE} does."
    needs = f"AntreaProxy handles the address and its gate {NODE_HINTS_GATE} is on (since 2.5, off by default)"
    if not gains:
        return Standing.BLOCKED, f"Here it would not show the client's address: it does so only where {needs}."
    return Standing.POSSIBLE, f"It counts where {needs}. Inferred from code, never run: try it on a test Service first."


def _hinted(snapshot: Snapshot, key: str) -> Snapshot:
    """EndpointSlices as the controller writes them for PreferSameNode (k8s:staging/src/k8s.io/endpointslice)."""

    def meant_for_own_node(item: EndpointSlice) -> EndpointSlice:
        return msgspec.structs.replace(item, endpoints=[_for_own_node(endpoint) for endpoint in item.endpoints])

    slices = tuple(meant_for_own_node(item) if item.service_key == key else item for item in snapshot.slices)
    return snapshot.changed(slices=slices)


def _for_own_node(endpoint: Endpoint) -> Endpoint:
    if not endpoint.node_name:
        return endpoint
    changed: dict[str, Any] = {"hints": Hints(for_nodes=[ForName(name=endpoint.node_name)])}
    return msgspec.structs.replace(endpoint, **changed)


def _proxy_protocol(case: Case, kubectl: Kubectl) -> Way:
    now, today = shares(case), sees(case)
    before = case.once(front_end)
    http = {80, 443, 8080, 8443} & {port.port for port in case.service.spec.ports}
    how = "X-Forwarded-For for HTTP, the PROXY protocol for other TCP" if http else "the PROXY protocol"
    is_direct = before is None or before.arrives is Arrives.LB_IP
    because = (
        f"It needs a proxy in front that the clients connect to; here clients reach Nodes directly: {how}."
        if is_direct
        else f"The load balancer would have to speak it: {how}. The API does not tell whether it can."
    )
    return Way(
        slug="proxy-protocol",
        title="PROXY protocol or X-Forwarded-For",
        standing=Standing.OUTSIDE if now else Standing.NOTHING_TO_DO,
        because=because if now else _INSIDE_ONLY,
        gives="The application reads the client's address out of the connection, whatever SNAT does to the packets.",
        costs=(
            "The application must expect it and believe it only from the proxy: whoever else reaches the Pods can lie.",
            "Policies still see the proxy or a Node, never the client.",
        ),
        risk=Risk.DISTURBS,
        reversible="yes: proxy and application must be switched together",
        before=now,
        after=now,
        sees=Sees(Keeping.KEEPS, today.pod_policy, today.service_policy) if now else None,
        basis=Basis.INFERRED,
    )


def _filter_upstream(case: Case, kubectl: Kubectl) -> Way:
    now = shares(case)
    ports = ", ".join(str(port) for port in case.node_ports)
    doors = (f"NodePort {ports} on each Node is a door beside it: close it for all but the filter.",) if ports else ()
    ranges = case.service.spec.load_balancer_source_ranges
    own = (f"spec.loadBalancerSourceRanges is {listed(ranges)}: AntreaProxy does not obey it.",) if ranges else ()
    return Way(
        slug="filter-upstream",
        title="Filter in front of the cluster",
        standing=Standing.OUTSIDE if now else Standing.NOTHING_TO_DO,
        because=_BEFORE_THE_NODES if now else _INSIDE_ONLY,
        gives="Only the clients you name reach the Nodes at all, told by their own address.",
        costs=(*doors, *own, "The rules live outside the cluster, and Pods still see what they see today."),
        risk=Risk.SAFE,
        reversible="yes: where the rules are kept",
        before=now,
        after=now,
        sees=sees(case) if now else None,
        basis=Basis.INFERRED,
    )


def _admit_nodes(case: Case, kubectl: Kubectl) -> Way:
    made = pod_policies(case, AddressSet.nothing())
    standing = Standing.POSSIBLE if made.manifests else Standing.BLOCKED if made.trouble else Standing.NOTHING_TO_DO
    snapshot = case.snapshot
    for item in made.manifests:
        snapshot = written(snapshot, write_of(item))
    then = case_in(snapshot, case)
    opened = f" as {shown(made.admitted)}" if made.admitted else ""
    return Way(
        slug="admit-nodes",
        title="Admit the Nodes' addresses",
        standing=standing,
        because=made.trouble or made.not_needed or "It makes denials end, and nothing else.",
        gives="Connections that policies deny today because of SNAT get in.",
        costs=(
            f"It admits EVERY client that any Node passes on{opened}: the policy no longer tells clients apart.",
            *costs_of_state(case, then, admission_changes(case, then)),
        )
        if made.manifests
        else (),
        risk=Risk.DISTURBS,
        reversible="yes: delete the policy",
        before=shares(case),
        after=shares(case) if made.manifests else None,
        sees=sees(case) if made.manifests else None,
        recipe=tuple(item.yaml for item in made.manifests),
    )


ADVICE: tuple[Advice, ...] = (
    Advice("prefer-same-node", _prefer_same_node),
    Advice("proxy-protocol", _proxy_protocol),
    Advice("filter-upstream", _filter_upstream),
    Advice("admit-nodes", _admit_nodes),
    Advice("leave-it", _leave_it),
)
