"""Who gets in after a change and did not before."""

from dataclasses import replace

import msgspec

from clusters import cluster, gateway, node_ip
from deployed import case_of, pod, service
from diagnostics.datapath.path import AccessKind
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.model.workload import Node
from diagnostics.policy.difference import AdmissionChange, admission_changes
from diagnostics.policy.own_ranges import own_ranges
from policies import antrea_policy, network_policy, with_objects

OFFICE = "203.0.113.0/24"


def _np(cidr: str) -> str:
    return network_policy(f"{{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]}}")


def _case(*texts: str, etp: str = "Local", kind: str = "NodePort", snapshot: Snapshot | None = None) -> Case:
    made = service([pod(1), pod(2)], etp=etp, kind=kind, external_ips=(), lb_ips=())
    return case_of(with_objects(snapshot or cluster(), "".join(texts)), made)


def _only(today: Case, then: Case) -> AdmissionChange:
    (change,) = admission_changes(today, then)
    return change


def test_nothing_changes_where_the_same_clients_get_in() -> None:
    assert admission_changes(_case(), _case()) == ()
    assert admission_changes(_case(_np(OFFICE)), _case(_np(OFFICE))) == ()


def test_a_wider_policy_newly_admits_exactly_what_it_adds() -> None:
    change = _only(_case(_np("203.0.113.0/25")), _case(_np(OFFICE)))

    assert change.opens.cidrs == ("203.0.113.128/25",)
    assert not change.shuts
    assert change.nodes == ("node1", "node2")
    assert change.access.kind is AccessKind.NODE_PORT
    assert change.sentence == "NodePort 30100 through node1, node2: newly admits 203.0.113.128/25."


def test_a_narrower_policy_shuts_exactly_what_it_leaves_out() -> None:
    change = _only(_case(_np(OFFICE)), _case(_np("203.0.113.0/25")))

    assert change.shuts.cidrs == ("203.0.113.128/25",)
    assert not change.opens
    assert change.sentence.endswith("no longer admits 203.0.113.128/25.")


def test_opening_and_shutting_are_told_together() -> None:
    change = _only(_case(_np("192.0.2.128/25")), _case(_np("198.51.100.0/24")))

    assert "newly admits 198.51.100.0/24; no longer admits 192.0.2.128/25." in change.sentence


def test_a_rule_for_the_address_of_a_node_admits_everybody_through_it() -> None:
    """The rule names one address, and by SNAT that address stands for the whole world through one Node."""
    today = _case(_np(OFFICE), etp="Cluster")
    then = _case(_np(OFFICE), _np(f"{gateway(2)}/32").replace("name: np", "name: more"), etp="Cluster")
    change = _only(today, then)

    assert change.nodes == ("node2",)
    assert "8.8.8.8" in change.opens
    assert "203.0.113.7" in change.opens
    assert change.sentence.startswith("NodePort 30100 through node2: newly admits everybody but ")


def test_addresses_of_the_cluster_are_no_clients_outside() -> None:
    change = _only(_case(_np(OFFICE)), _case())

    assert gateway(1) not in change.opens
    assert "192.168.1.1" in change.opens


def test_what_cannot_be_told_afterwards_is_said_so() -> None:
    text = "{priority: 1, appliedTo: [{podSelector: {}}], ingress: [{action: Allow, from: [{fqdn: example.com}]}]}"
    change = _only(_case(_np(OFFICE)), _case(_np(OFFICE), antrea_policy(text)))

    assert not change.opens
    assert "198.51.100.1" in change.perhaps
    assert "may newly admit everybody but" in change.sentence


def test_who_may_get_in_today_already_is_not_new() -> None:
    snapshot = cluster()
    gaps = (Gap(Source.NETWORK_POLICIES, Reason.FORBIDDEN, "No right."),)
    reads = frozenset(item for item in snapshot.reads if item[0] is not Source.NETWORK_POLICIES)
    unread = replace(snapshot, reads=reads, gaps=gaps)

    assert admission_changes(_case(snapshot=unread), _case()) == ()


def test_an_access_that_is_new_opens_and_one_that_goes_shuts() -> None:
    without, with_ports = _case(_np(OFFICE), kind="ClusterIP"), _case(_np(OFFICE))

    assert _only(without, with_ports).opens.cidrs == (OFFICE,)
    assert _only(with_ports, without).shuts.cidrs == (OFFICE,)


def test_many_nodes_are_counted() -> None:
    made = service([pod(number) for number in range(1, 6)], etp="Local", kind="NodePort", external_ips=(), lb_ips=())
    today = case_of(with_objects(cluster(5), _np(OFFICE)), made)
    change = _only(today, case_of(cluster(5), made))

    assert len(change.nodes) == 5
    assert "through 5 Nodes: newly admits everybody but " in change.sentence


def test_addresses_of_a_node_that_joins_are_no_clients_outside_either() -> None:
    made = service([pod(1)], etp="Local", kind="NodePort", external_ips=(), lb_ips=())
    today = case_of(with_objects(cluster(1), _np(OFFICE)), made)
    change = next(iter(admission_changes(today, case_of(cluster(2), made))))

    assert "8.8.8.8" in change.opens
    assert gateway(2) not in change.opens
    assert node_ip(2) not in change.opens


def test_ranges_of_pods_are_known_from_the_agents_too() -> None:
    snapshot = cluster(1)
    bare = replace(snapshot, nodes=tuple(_without_range(node) for node in snapshot.nodes))

    assert "10.10.1.77" in Cluster(bare).once(own_ranges)
    assert "10.10.1.77" not in Cluster(replace(bare, agent_infos=())).once(own_ranges)


def _without_range(node: Node) -> Node:
    return msgspec.structs.replace(node, spec=msgspec.structs.replace(node.spec, pod_cidr="", pod_cidrs=[]))
