"""A policy on the NodePort Service, which sees clients before any SNAT, and the widened Pod policy that it needs.

antrea:docs/antrea-network-policy.md, appliedTo.service. The filter comes first and the widening second, and back
the other way round: at no moment are the Pods open to clients that nobody filters.
"""

from diagnostics.checks.evidence import counted, listed
from diagnostics.datapath.path import AccessKind, Handler
from diagnostics.datapath.trace import external_paths
from diagnostics.model.antrea import AGENT_CONFIG_KEY, POLICY_TABLE, PROXY_ALL_TABLE
from diagnostics.model.case import Case
from diagnostics.policy.ranges import AddressSet
from diagnostics.remedies.configuration.agent_change import AgentChange, agent_steps
from diagnostics.remedies.configuration.agent_conf import ConfEditError, missing
from diagnostics.remedies.paper.on_paper import filter_works
from diagnostics.remedies.paper.what_if import case_after, concluded, in_the_way
from diagnostics.remedies.plan.commands import Kubectl, Resource, UnsafeValueError, line
from diagnostics.remedies.plan.plan import Plan, Prerequisite, Question, Remedy, Risk, State, Step
from diagnostics.remedies.prerequisites.allowed import Allowed, read_ranges
from diagnostics.remedies.prerequisites.cluster_ranges import ClusterRanges, cluster_ranges, families_of, shown
from diagnostics.remedies.prerequisites.enable_proxy import (
    DANGERS,
    NFTABLES_MODE,
    hazards,
    must_enable,
    proxy_all_is_running,
    proxy_settings,
)
from diagnostics.remedies.prerequisites.prerequisites import (
    KubeProxyAnswer,
    agents_are_ready,
    agents_can_start_again,
    antrea_is_present,
    antrea_proxy_is_on,
    configuration_is_known,
    kube_proxy_steps_aside,
    met_or,
    release_at_least,
    service_is_not_skipped,
)
from diagnostics.remedies.steps.pod_policy import PodPolicies, pod_policies
from diagnostics.remedies.steps.service_policy import FILE, service_policy, service_policy_name

SLUG = "guard-nodeport"
INTRODUCED = "1.8"
ASK = "Which client ranges must stay allowed? Name each, as in --allow 203.0.113.0/24."


def make(case: Case, question: Question) -> Plan:
    """The plan for this Service and these allowed clients."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl, read_ranges(question.allow))
    except (UnsafeValueError, ConfEditError) as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def _plan(case: Case, kubectl: Kubectl, allowed: Allowed) -> Plan:
    kube_proxy = kube_proxy_steps_aside(case)
    change = _change(case, kube_proxy)
    ranges = cluster_ranges(case)
    prerequisites: tuple[Prerequisite, ...] = (
        antrea_is_present(case),
        release_at_least(case, INTRODUCED, "A policy on a Service"),
        _has_node_ports(case),
        _has_endpoints(case),
        _policies_are_on(case),
        antrea_proxy_is_on(case),
        service_is_not_skipped(case),
        kube_proxy.prerequisite,
        proxy_all_is_running(case),
        _cluster_is_known(ranges),
    )
    if must_enable(case):
        prerequisites += hazards(case, kubectl)
    if change.is_needed:
        prerequisites += (agents_can_start_again(case), agents_are_ready(case, kubectl))
    if change.settings and case.cluster.antrea.config is None:
        prerequisites += (configuration_is_known(case, kubectl),)
        return concluded(case, SLUG, prerequisites, (), context=kubectl.context)
    prepare = agent_steps(case, kubectl, change)
    then = case_after(case, prepare)
    prerequisites += (_node_port_is_antreas(then),)
    asks = _asks(case, allowed)
    if asks or allowed.refused:
        return concluded(case, SLUG, prerequisites, (), blocked_by=allowed.refused, asks=asks, context=kubectl.context)
    prerequisites += (_ranges_are_read(allowed),)
    halves = pod_policies(then, allowed.addresses)
    if halves.trouble:
        settles = "Get the right to read them, then plan again: without them the Pods' half cannot be written."
        prerequisites += (met_or(False, "The Pods' own policies are known", halves.trouble, settles),)
    spared = allowed.addresses | ranges.spared
    steps = (
        *prepare,
        _filter(case, kubectl, allowed.addresses, ranges, halves),
        *_widen(case, kubectl, halves),
        _prove(case, kubectl),
    )
    if not in_the_way(prerequisites):
        then = case_after(case, steps)
        prerequisites += filter_works(case, then, allowed.addresses, spared)
    return concluded(case, SLUG, prerequisites, steps, context=kubectl.context)


def _asks(case: Case, allowed: Allowed) -> tuple[str, ...]:
    if allowed.problems:
        return allowed.problems
    families = families_of(case.service)
    if any(allowed.addresses.family(family) for family in families):
        return ()
    if allowed.addresses:
        spoken = " and ".join(f"IPv{family}" for family in families)
        return (f"The Service is reached by {spoken} only, and none of the ranges is: name such a range.",)
    return (ASK,)


def _ranges_are_read(allowed: Allowed) -> Prerequisite:
    said = [f"Allowed: {allowed.addresses}.", *allowed.notes]
    return met_or(True, "The allowed clients are known", " ".join(said), "")


def _has_node_ports(case: Case) -> Prerequisite:
    ports = case.node_ports
    said = f"NodePort {listed(str(port) for port in ports)}." if ports else f"Type {case.service.spec.type} has none."
    settles = "A policy on a Service acts only on NodePorts: filter at the Pods, or see the remedy use-dsr."
    return met_or(bool(ports), "The Service has NodePorts", said, settles)


def _has_endpoints(case: Case) -> Prerequisite:
    ready = len(case.all_backends)
    settles = "Get its Pods ready first: what their policies must admit is computed from where they run."
    return met_or(ready > 0, "The Service has usable endpoints", f"{counted(ready, 'endpoint')}.", settles)


def _policies_are_on(case: Case) -> Prerequisite:
    title, settles = "Antrea's policies are on", "Set the feature gate AntreaPolicy to true and restart the agents."
    off = [name for name, running in case.cluster.running.items() if running.policy is False]
    if off:
        return met_or(False, title, f"Agents without table {POLICY_TABLE}: {listed(off)}.", settles)
    config = case.cluster.antrea.config
    on = config.gate("AntreaPolicy", case.cluster.antrea.version) if config else None
    return met_or(on, title, "By the feature gate AntreaPolicy of the agents.", settles)


def _cluster_is_known(ranges: ClusterRanges) -> Prerequisite:
    settles = (
        "Name the Pods' and Nodes' ranges with --allow too, or Pods and Nodes that use the Service may be dropped."
    )
    known = None if ranges.missing else True
    return met_or(
        known, "Pod and Node ranges of the cluster are known", ranges.missing or f"{ranges.addresses}.", settles
    )


def _node_port_is_antreas(then: Case) -> Prerequisite:
    """Who handles the NodePort once the agents run what the plan says."""
    title = "AntreaProxy will handle the NodePort on every Node"
    paths = [path for path in then.once(external_paths) if path.access.kind is AccessKind.NODE_PORT]
    others = sorted(
        {
            f"{node} ({path.handler.value})"
            for path in paths
            if path.handler is not Handler.ANTREA_PROXY
            for node in (path.ingress, *path.twins)
            if node
        }
    )
    if others:
        return met_or(False, title, f"Not on {listed(others)}.", "On these Nodes the policy would do nothing.")
    return met_or(True if paths else None, title, "By the ways computed for this plan.", "No way could be computed.")


def _change(case: Case, kube_proxy: KubeProxyAnswer) -> AgentChange:
    antrea = case.cluster.antrea
    enable = must_enable(case)
    wanted = (proxy_settings(case) if enable else ()) + (NFTABLES_MODE if kube_proxy.needs_nftables else ())
    text = antrea.config_map.data.get(AGENT_CONFIG_KEY, "") if antrea.config_map else ""
    return AgentChange(
        settings=missing(text, wanted) if antrea.config else wanted,
        restart=enable or kube_proxy.needs_nftables,
        tables=(PROXY_ALL_TABLE,),
        why="A policy on a Service sees NodePort traffic only when AntreaProxy handles it.",
        dangers=DANGERS if enable else (),
        unsure=proxy_all_is_running(case).state is State.UNKNOWN,
    )


def _filter(case: Case, kubectl: Kubectl, allowed: AddressSet, ranges: ClusterRanges, halves: PodPolicies) -> Step:
    name = service_policy_name(case)
    exists = any(item.metadata.name == name for item in case.snapshot.cluster_policies)
    save = (kubectl.get(Resource.CLUSTER_POLICIES, name, output="yaml", into=f"{name}.bak.yaml"),) if exists else ()
    status = 'jsonpath={.status.phase} {.status.currentNodesRealized}/{.status.desiredNodesRealized}{"\\n"}'
    return Step(
        title=f"Drop all other clients at the NodePort of Service {case.key}",
        why="This policy is compared with the client's own address, on the Node that the client dials.",
        commands=(*save, kubectl.dry_run(FILE), kubectl.apply(FILE)),
        manifests=(service_policy(case, allowed | ranges.spared),),
        verify=(kubectl.get(Resource.CLUSTER_POLICIES, name, output=status),),
        expect="Realized, with both numbers equal. Necessary, not sufficient: it says installed, not effective.",
        undo=(kubectl.delete(Resource.CLUSTER_POLICIES, name),),
        risk=Risk.DISTURBS,
        dangers=(
            *_replaced(name, exists),
            *_forgotten(case, allowed),
            *_dangers_of_filter(case, ranges),
            *((halves.not_needed,) if halves.not_needed else ()),
        ),
    )


def _replaced(name: str, exists: bool) -> tuple[str, ...]:
    return (f"This replaces the policy {name}, which is there already; {name}.bak.yaml keeps it.",) if exists else ()


def _forgotten(case: Case, allowed: AddressSet) -> tuple[str, ...]:
    return tuple(
        f"No IPv{family} client is allowed, though the Service is reached by IPv{family} too."
        for family in families_of(case.service)
        if not allowed.family(family)
    )


def _dangers_of_filter(case: Case, ranges: ClusterRanges) -> tuple[str, ...]:
    always = (
        "A load balancer or proxy in front that replaces the source shows its own address here: allow that one.",
        "Pods and Nodes of the cluster are let through; without that, callers inside would be dropped too.",
        ranges.new_nodes,
        "Connections that are open already are not asked again.",
    )
    if case.service.spec.type != "LoadBalancer":
        return always
    addresses = listed(case.external_addresses) or "its load balancer"
    return (
        "Health checks of a load balancer that dials the NodePort come from its own ranges: allow these, or all Nodes "
        "turn unhealthy.",
        f"Connections to {addresses} itself are covered only in part: those sent on to another Node pass unfiltered. "
        "Filter there with the remedy use-dsr and a policy on the Pods.",
        *always,
    )


def _widen(case: Case, kubectl: Kubectl, halves: PodPolicies) -> tuple[Step, ...]:
    if not halves.manifests:
        return ()
    files = [item.file_name for item in halves.manifests]
    admitted = shown(halves.admitted) or "no Node"
    return (
        Step(
            title="Let the Pods admit what arrives from other Nodes",
            why=f"NetworkPolicies isolate the Pods, and connections from other Nodes reach them as {admitted}.",
            commands=(
                *(kubectl.dry_run(file, case.namespace) for file in files),
                *(kubectl.apply(file, case.namespace) for file in files),
            ),
            manifests=halves.manifests,
            verify=tuple(
                kubectl.get(Resource.NETWORK_POLICIES, name, case.namespace, output="yaml") for name in halves.names
            ),
            expect="The object is there with these addresses. NetworkPolicies have no status: the proof is a client.",
            undo=tuple(kubectl.delete(Resource.NETWORK_POLICIES, name, case.namespace) for name in halves.names),
            risk=Risk.DISTURBS,
            dangers=(
                f"This admits every client that any Node passes on as {admitted}: from now on only the policy on the "
                "Service tells clients apart. Never keep this policy without that one.",
                "A new Node brings a new address: plan again after adding Nodes.",
            ),
        ),
    )


def _prove(case: Case, kubectl: Kubectl) -> Step:
    node = next(iter(case.cluster.nodes), "")
    address = case.cluster.node_ip(node) or case.cluster.node_ip(node, 6) or "NODE_ADDRESS"
    port = next((item for item in case.service.spec.ports if item.node_port), None)
    flags = ("-u",) if port and port.protocol == "UDP" else ()
    dial = line("nc", "-vz", "-w", "5", *flags, address, str(port.node_port if port else 0))
    return Step(
        title="Prove it with real clients",
        why="Only traffic shows that every Node filters.",
        commands=(),
        verify=(kubectl.get(Resource.CLUSTER_POLICY_STATS, service_policy_name(case), output="yaml"),),
        expect=(
            f"From an allowed client `{dial}` connects, several times, so that Pods of other Nodes are met; from "
            "another client it times out, and the counter of the drop rule grows. Repeat with the address of each Node."
        ),
    )


GUARD_NODEPORT = Remedy(
    slug=SLUG,
    title="A policy on the NodePort Service",
    gives="Only the clients you name reach the NodePort, told by their own address, whatever SNAT follows.",
    costs="Pods still see Node addresses, and must admit them; load-balancer IPs are covered only in part.",
    risk=Risk.CLUSTER_WIDE,
    filters=True,
    make=make,
)
