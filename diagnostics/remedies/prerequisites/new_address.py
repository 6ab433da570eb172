"""What a new load-balancer address of a Service opens and breaks, computed for the Service as it would be."""

from collections.abc import Iterator

from diagnostics.checks.evidence import listed
from diagnostics.checks.fates import said, together
from diagnostics.checks.policies import policies_of, service_rules
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.path import AccessKind, Handler
from diagnostics.datapath.trace import external_paths
from diagnostics.model.antrea import proxy_all_wanted
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case
from diagnostics.policy.admitted import admitted
from diagnostics.policy.own_ranges import own_ranges
from diagnostics.policy.ranges import AddressSet
from diagnostics.remedies.plan.plan import Prerequisite
from diagnostics.remedies.prerequisites.load_balancer_provider import Provider
from diagnostics.remedies.prerequisites.prerequisites import met_or

_CLOUDS = ("Google Cloud", "Azure", "AWS", "OpenStack", "DigitalOcean", "Hetzner")


def is_node_port(case: Case) -> Prerequisite:
    """Only a Service that is exposed by NodePort gains an address and nothing else."""
    title = "The Service is of type NodePort"
    kind = case.service.spec.type
    if case.service.is_headless:
        return met_or(False, title, "It is headless.", "No proxy handles it: clients talk to its Pods themselves.")
    if kind == "LoadBalancer":
        given = case.service.status.load_balancer.ingress
        has = listed(entry.ip or entry.hostname for entry in given)
        said_ = f"It is of type LoadBalancer already{f' and has {has}' if has else ', without an address'}."
        way = "See the remedies use-dsr and local-policy." if has else "Find out why nobody gives it an address."
        return met_or(False, title, said_, way)
    settles = "Other types are not reached by NodePorts: this would open the Service to clients outside."
    return met_or(kind == "NodePort", title, f"Type {kind}.", settles)


def nobody_new_gets_in(case: Case, then: Case) -> Prerequisite:
    """Policies on a Service see NodePorts, and only a part of what comes by a load-balancer address."""
    title = "Nobody gets in by the new address who is kept out today (computed)"
    today, _ = _let_in(case, set(AccessKind) - {AccessKind.CLUSTER_IP})
    new, doubtful = _let_in(then, {AccessKind.LOAD_BALANCER})
    opened = new - today - case.cluster.once(own_ranges)
    if opened:
        guards = policies_of(service_rules(case))
        why = f" {listed(guards)} on the Service covers that address only in part." if guards else ""
        settles = "Set policy Local first (remedy local-policy), or narrow the policies of the Pods, then plan again."
        return met_or(False, title, f"These would: {said(then, opened)}.{why}", settles)
    if doubtful - today:
        return met_or(None, title, "Policies that cannot be judged decide.", "See the findings.", blocks=False)
    return met_or(True, title, "The same clients as by the NodePort.", "")


def _let_in(case: Case, kinds: set[AccessKind]) -> tuple[AddressSet, AddressSet]:
    """Clients who reach some endpoint by these kinds of address, and of whom that cannot be told."""
    found = [admitted(case, path) for path in case.once(external_paths) if path.access.kind in kinds]
    known = [item for item in found if item is not None]
    return together(item.let_in | item.sometimes for item in known), together(item.undecided for item in known)


def dangers_of_the_address(then: Case, provider: Provider) -> tuple[str, ...]:
    """What bites when the Service gets an address from this provider."""
    return tuple(_dangers(then, provider))


def _dangers(then: Case, provider: Provider) -> Iterator[str]:
    ports = listed(str(port) for port in then.node_ports)
    yield (
        f"NodePort {ports} stays open beside the new address, on every Node: clients that go on to dial it are changed "
        "as before. It can be taken away later (allocateLoadBalancerNodePorts: false) if the provider does not dial it."
    )
    if provider.name.startswith(_CLOUDS):
        yield f"{provider.name} may give a public address: ask for an internal one by its annotation if that is meant."
    before = front_end(then)
    if before and before.arrives is Arrives.NODE_PORT:
        yield f"{before.why} Direct server return then does nothing, and clients go on to come by NodePort."
    paths = [path for path in then.once(external_paths) if path.access.kind is AccessKind.LOAD_BALANCER]
    if any(path.handler is Handler.ANTREA_PROXY for path in paths):
        yield "AntreaProxy does not enforce loadBalancerSourceRanges: do not count on that field to filter (AD069)."
    elif paths:
        yield "loadBalancerSourceRanges would filter the new address only: the NodePort stays open to everybody."
    if proxy_all_wanted(then.cluster.antrea) is not False:
        yield (
            "If the address turns out to be one of a Node, undo this step at once: under proxyAll the other Nodes stop "
            "reaching that Node by it (AD065)."
        )
    if provider.load_balancer_class:
        yield f"loadBalancerClass {provider.load_balancer_class} cannot be changed afterwards: undo the type for that."
