"""Corners of the policy engine that mutants survived in until somebody looked."""

from dataclasses import replace

import msgspec
import pytest

from clusters import cluster, gateway, node_ip, pod_ip, without
from deployed import Deployed, case_of, pod, service
from diagnostics.datapath.path import AccessKind, Handler, Path, Place, SeenKind, Vantage, VantageKind
from diagnostics.datapath.trace import external_paths
from diagnostics.model.agent_info import OVSInfo
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.model.workload import Pod, PodSpec, PodStatus
from diagnostics.policy.admitted import admitted
from diagnostics.policy.applied_rule import AppliedAt
from diagnostics.policy.backend_pods import missing_labels
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import judge
from diagnostics.policy.ports import PortRange, Ports
from diagnostics.policy.ranges import AddressSet
from diagnostics.policy.rules import rules_on
from diagnostics.policy.selecting import NOTHING, Coverage, Selection
from paths import a_path
from policies import antrea_policy, group, network_policy, with_objects

CLIENT = "203.0.113.10"
ALLOW, DENY, UNKNOWN, NONE = Decision.ALLOW, Decision.DENY, Decision.UNKNOWN, Decision.NONE
EVERY = "appliedTo: [{podSelector: {}}]"
ON_SERVICE = "appliedTo: [{service: {name: web, namespace: default}}]"


def _case(*texts: str, snapshot: Snapshot | None = None, deployed: Deployed | None = None) -> Case:
    started = snapshot or cluster(3, proxy_all=True)
    return case_of(with_objects(started, "".join(texts)), deployed or service([pod(1), pod(2)]))


def _drop(cidr: str, applied: str = EVERY, name: str = "acnp") -> str:
    rule = f"{{action: Drop, from: [{{ipBlock: {{cidr: {cidr}}}}}]}}"
    return antrea_policy(f"{{priority: 5, {applied}, ingress: [{rule}]}}", name)


def _labelled(*labels: dict[str, str]) -> Deployed:
    """A Service with one Pod for each of these, with further labels."""
    made = service([pod(number) for number in range(1, len(labels) + 1)])
    pods = tuple(
        msgspec.structs.replace(
            item, metadata=msgspec.structs.replace(item.metadata, labels={**item.metadata.labels, **extra})
        )
        for item, extra in zip(made.pods, labels, strict=True)
    )
    return replace(made, pods=pods)


def test_words_for_other_programs_never_change() -> None:
    assert [item.value for item in Decision] == ["allow", "deny", "unknown", "none", "part"]
    assert [item.value for item in Coverage] == ["all", "some", "none", "unknown"]
    assert [item.value for item in AppliedAt] == ["Pod", "Service"]


@pytest.mark.parametrize("point", ["S5", "S6", "S9"])
def test_a_source_replaced_before_ovs_is_what_rules_on_the_service_see(point: str) -> None:
    path = a_path(SeenKind.NODE, snat=(point,))

    assert judge(_case(_drop(f"{node_ip(1)}/32", ON_SERVICE)), path, CLIENT).verdict is DENY
    assert judge(_case(_drop(f"{CLIENT}/32", ON_SERVICE)), path, CLIENT).verdict is ALLOW


def test_a_source_replaced_in_ovs_is_not() -> None:
    path = a_path(SeenKind.GATEWAY, snat=("S2",))

    assert judge(_case(_drop(f"{CLIENT}/32", ON_SERVICE)), path, CLIENT).verdict is DENY
    assert judge(_case(_drop(f"{node_ip(1)}/32", ON_SERVICE)), path, CLIENT).verdict is ALLOW


@pytest.mark.parametrize(
    ("kind", "proxy_all", "silent", "expected"),
    [
        (AccessKind.CLUSTER_IP, True, False, ALLOW),
        (AccessKind.CLUSTER_IP, False, False, DENY),
        (AccessKind.LOAD_BALANCER, False, False, DENY),
        (AccessKind.LOAD_BALANCER, True, False, UNKNOWN),
        (AccessKind.LOAD_BALANCER, False, True, UNKNOWN),
        (AccessKind.NODE_PORT, True, False, DENY),
    ],
)
def test_the_pods_own_node_through_kube_proxy(
    kind: AccessKind, proxy_all: bool, silent: bool, expected: Decision
) -> None:
    snapshot = cluster(proxy_all=proxy_all, agents=not silent)
    client = Vantage(VantageKind.NODE, node_ip(1), "node1")
    path = a_path(SeenKind.NODE, kind=kind, handler=Handler.KUBE_PROXY, client=client)

    assert judge(_case(_drop("0.0.0.0/0"), snapshot=snapshot), path, node_ip(1)).verdict is expected


def _client_pod(host_network: bool) -> Pod:
    meta = msgspec.structs.replace(Pod().metadata, name="caller", namespace="default", labels={"app": "caller"})
    return Pod(
        metadata=meta,
        spec=PodSpec(node_name="node1", host_network=host_network),
        status=PodStatus(phase="Running", pod_ip="10.10.1.77"),
    )


@pytest.mark.parametrize("host_network", [False, True])
def test_a_client_known_by_its_address_alone_is_the_pod_that_has_it(host_network: bool) -> None:
    rule = "{action: Drop, from: [{podSelector: {matchLabels: {app: caller}}, namespaceSelector: {}}]}"
    case = _case(antrea_policy(f"{{priority: 1, {EVERY}, ingress: [{rule}]}}"))
    with_pod = replace(case.snapshot, pods=(*case.snapshot.pods, _client_pod(host_network)))
    case = Case.of(with_pod, case.key)
    client = Vantage(VantageKind.POD, "10.10.1.77", "node1", "any Pod")

    verdict = judge(case, a_path(SeenKind.POD, client=client), client.ip)
    assert verdict.verdict is (UNKNOWN if host_network else DENY)


def _policy_off(snapshot: Snapshot) -> Snapshot:
    infos = tuple(
        msgspec.structs.replace(info, ovs_info=OVSInfo(flow_table={"Classifier": 1, "ServiceLB": 1}))
        for info in snapshot.agent_infos
    )
    return replace(snapshot, agent_infos=infos)


def test_where_antreas_policies_are_off_it_does_not_matter_that_they_were_not_read() -> None:
    gap = Gap(Source.CLUSTER_POLICIES, Reason.FORBIDDEN, "No right.")
    admit = network_policy("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 198.51.100.0/24}}]}]}")

    off = _case(admit, snapshot=without(_policy_off(cluster()), gap))
    assert judge(off, a_path(handler=Handler.KUBE_PROXY), CLIENT).verdict is DENY
    on = _case(admit, snapshot=without(cluster(), gap))
    assert judge(on, a_path(handler=Handler.KUBE_PROXY), CLIENT).verdict is UNKNOWN


def test_a_rule_that_comes_first_decides_whatever_kubernetes_policies_may_hold() -> None:
    gap = Gap(Source.NETWORK_POLICIES, Reason.FORBIDDEN, "No right.")
    case = _case(_drop("203.0.113.0/24"), snapshot=without(cluster(), gap))

    assert judge(case, a_path(), CLIENT).verdict is DENY
    assert judge(case, a_path(), "198.51.100.7").verdict is UNKNOWN


def test_the_isolating_policy_that_is_named_is_one_with_rules() -> None:
    shut = network_policy("{podSelector: {}, policyTypes: [Ingress]}", "a-shut")
    office = network_policy("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}", "office")
    verdict = judge(_case(shut, office), a_path(), CLIENT)

    assert verdict.decided_by.startswith("NetworkPolicy default/office and 1 more: isolated, no rule admits")


def _split() -> tuple[Case, Path]:
    """Two Pods behind one Path; a policy lets the client in to the first and another keeps it out of the second."""
    texts = (
        network_policy("{podSelector: {matchLabels: {n: a}}, ingress: [{}]}", "opened"),
        network_policy("{podSelector: {matchLabels: {n: b}}, policyTypes: [Ingress]}", "shut"),
    )
    case = _case(*texts, deployed=_labelled({"n": "a"}, {"n": "b"}))
    return case, a_path(place=Place.REMOTE, endpoints=(pod_ip(1), pod_ip(2)))


def test_a_split_verdict_names_what_keeps_out_alone() -> None:
    verdict = judge(*_split(), CLIENT)

    assert verdict.is_split
    assert verdict.decided_by == "NetworkPolicy default/shut: isolated, it admits nobody"
    found = admitted(*_split())
    assert found is not None
    assert found.sometimes.covers_family(4)


def test_split_and_not_known_is_not_known() -> None:
    doubtful = antrea_policy(
        "{priority: 1, appliedTo: [{podSelector: {matchLabels: {n: c}}}], "
        "ingress: [{action: Drop, from: [{fqdn: example.com}]}]}"
    )
    shut = network_policy("{podSelector: {matchLabels: {n: b}}, policyTypes: [Ingress]}", "shut")
    made = _labelled({"n": "a"}, {"n": "b"}, {"n": "c"})
    case = _case(shut, doubtful, deployed=made)
    path = a_path(place=Place.REMOTE, endpoints=tuple(item.status.pod_ip for item in made.pods))
    verdict, found = judge(case, path, CLIENT), admitted(case, path)

    assert (verdict.allowed, verdict.denied, verdict.undecided) == (1, 1, 1)
    assert found is not None
    assert found.undecided.covers_family(4)
    assert not found.sometimes


def test_an_unknown_verdict_names_only_what_has_a_name() -> None:
    text = f"{{priority: 1, {EVERY}, ingress: [{{name: x, action: Drop, from: [{{fqdn: example.com}}]}}]}}"
    verdict = judge(_case(antrea_policy(text)), a_path(), CLIENT)

    assert verdict.decided_by == "Antrea ClusterNetworkPolicy acnp rule 0 x"


def test_local_paths_are_decided_on_every_node_that_they_stand_for() -> None:
    made = service([pod(number) for number in range(1, 4)], etp="Local", kind="NodePort", lb_ips=(), external_ips=())
    case = _case(_drop("203.0.113.0/24"), snapshot=cluster(3), deployed=made)
    (path,) = case.once(external_paths)

    assert len(path.twins) == 2
    assert judge(case, path, CLIENT).at == "node1, node2, node3"


def test_the_addresses_of_all_nodes_are_compared() -> None:
    made = service([pod(1)], kind="NodePort", lb_ips=(), external_ips=())
    case = _case(_drop("10.10.0.0/16"), snapshot=cluster(7), deployed=made)
    remote = max(case.once(external_paths), key=lambda path: len(path.twins))
    verdict = judge(case, remote, CLIENT)

    assert verdict.verdict is DENY
    assert verdict.compared_with == f"{len(remote.twins) + 1} addresses"
    few = _case(_drop("10.10.0.0/16"), snapshot=cluster(3), deployed=made)
    remote = max(few.once(external_paths), key=lambda path: len(path.twins))
    assert judge(few, remote, CLIENT).compared_with == f"{gateway(2)}, {gateway(3)}"


def test_a_group_of_a_service_without_selector_holds_nobody() -> None:
    made = service([pod(1)])
    other = msgspec.structs.replace(
        made.service,
        metadata=msgspec.structs.replace(made.service.metadata, name="bare"),
        spec=msgspec.structs.replace(made.service.spec, selector={}),
    )
    policy = antrea_policy("{priority: 1, appliedTo: [{group: bare}], ingress: [{action: Drop}]}")
    snapshot = with_objects(cluster(), group("{serviceReference: {name: bare, namespace: default}}", "bare") + policy)
    case = case_of(replace(snapshot, services=(*snapshot.services, other)), made)

    assert case.once(rules_on) == ()


def test_a_namespaced_group_with_a_namespace_selector_may_be_refused() -> None:
    policy = antrea_policy(
        "{priority: 1, appliedTo: [{group: g}], ingress: [{action: Drop}]}", "annp", namespace="default"
    )
    case = _case(group("{namespaceSelector: {}, podSelector: {}}", "g", "default"), policy)

    (rule,) = case.once(rules_on)
    assert (rule.pods, len(rule.perhaps)) == ((), 2)
    assert "which Antrea may refuse in appliedTo" in rule.missing[0]


def test_an_empty_entry_of_applied_to_may_select_anything() -> None:
    (rule,) = _case(antrea_policy("{priority: 1, appliedTo: [{}], ingress: [{action: Drop}]}")).once(rules_on)

    assert (rule.pods, len(rule.perhaps)) == ((), 2)
    assert rule.missing == ("what an empty entry of appliedTo selects",)


def test_selections_are_put_together() -> None:
    sure, unsure = Selection(frozenset({"a"})), Selection(possible=frozenset({"a", "b"}), missing=("labels",))

    assert sure | unsure == Selection(frozenset({"a"}), frozenset({"b"}), ("labels",))
    assert sure | Selection(possible=frozenset({"a"}), missing=("labels",)) == sure
    assert NOTHING | sure == sure | NOTHING == sure
    assert NOTHING.coverage(3) is Coverage.NONE
    assert sure.coverage(1) is Coverage.ALL
    assert sure.coverage(2) is Coverage.SOME
    assert unsure.coverage(2) is Coverage.UNKNOWN


def test_ports_are_told_in_words() -> None:
    assert str(PortRange("TCP", 80, 80)) == "80/TCP"
    assert str(PortRange("TCP", 80, 90)) == "80-90/TCP"
    assert str(PortRange("UDP")) == "every UDP port"
    assert str(PortRange("TCP", name="http")) == "http/TCP"
    assert str(Ports(every=True)) == "every port"
    assert str(Ports()) == "no TCP, UDP or SCTP port"
    assert str(Ports((PortRange("TCP", 80, 80), PortRange("UDP")))) == "80/TCP, every UDP port"


def test_intervals_of_a_family_stay_in_it() -> None:
    assert AddressSet.of_intervals(6, [(1, 2)]) == AddressSet(v6=((1, 2),))
    assert AddressSet.of_intervals(4, [(4, 5), (1, 2), (3, 3)]) == AddressSet(v4=((1, 5),))


def test_missing_labels_say_which_pod_or_how_many() -> None:
    gap = Gap(Source.PODS, Reason.FORBIDDEN, "No right.")
    one, two = (service([pod(number) for number in range(1, count + 1)]) for count in (1, 2))
    snapshot = without(cluster(), gap)

    def said(deployed: Deployed) -> str:
        made = case_of(snapshot, replace(deployed, pods=()))
        return made.once(missing_labels)

    assert said(one).startswith("labels of Pod ")
    assert said(two).startswith("labels of 2 Pods")
    assert "forbidden" in said(two)


def test_who_is_let_in_is_told_with_what_is_not_known() -> None:
    rules = (
        "{action: Allow, from: [{ipBlock: {cidr: 192.0.2.0/24}}]}, "
        "{action: Drop, from: [{ipBlock: {cidr: 0.0.0.0/1}}]}, {action: Drop, from: [{fqdn: example.com}]}"
    )
    case = _case(antrea_policy(f"{{priority: 1, {EVERY}, ingress: [{rules}]}}"))
    found = admitted(case, a_path())

    assert found is not None
    assert found.who.startswith("192.0.2.0/24; perhaps 128.0.0.0/")
