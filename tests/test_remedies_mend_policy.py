"""Policies of the Pods are mended by the smallest edit that loses nothing, or it is said which way is the real one."""

import shlex
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from bed import antrea
from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.model.policies import AntreaPeer, AntreaRule, AppliedTo, IngressRule, Peer, PolicyPort
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.text import REPLACEMENT
from diagnostics.policy.ranges import AddressSet
from diagnostics.remedies.offered.mend_policy import ASK, make
from diagnostics.remedies.paper.what_if import after_report
from diagnostics.remedies.plan.manifests import content_of
from diagnostics.remedies.plan.plan import Plan, Question, State, Step
from diagnostics.remedies.steps.policy_edit import EditError, PolicyEdit, place_of
from policies import antrea_policy, group, network_policy, with_objects

TWO_PODS = (pod(1), pod(2))
NODE_PORT: dict[str, Any] = {"kind": "NodePort", "lb_ips": (), "external_ips": ()}
WHOLE_CLUSTER = "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 10.10.0.0/16}}]}]}"
OFFICE = "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}"
SCANNERS = (
    "{priority: 5, tier: securityops, appliedTo: [{namespaceSelector: {}}],"
    " ingress: [{action: Drop, from: [{ipBlock: {cidr: 198.51.100.0/24}}]}]}"
)
SPARED = "203.0.113.0/24, 10.10.1.0/24, 10.10.2.0/24, 192.168.77.101/32, 192.168.77.102/32"
GUARD = (
    "{priority: 5, tier: securityops, appliedTo: [{service: {name: web, namespace: default}}],"
    f" ingress: [{{action: Drop, from: [{{ipBlock: {{cidr: 0.0.0.0/0, except: [{SPARED}]}}}}]}}]}}"
)


def case_with(text: str, snapshot: Snapshot | None = None, **made: Any) -> Case:
    return case_of(with_objects(snapshot or cluster(proxy_all=True), text), service(TWO_PODS, **{**NODE_PORT, **made}))


def plan_of(text: str, snapshot: Snapshot | None = None, allow: tuple[str, ...] = (), **made: Any) -> Plan:
    return make(case_with(text, snapshot, **made), Question(allow=allow))


def mend(plan: Plan) -> Step:
    assert plan.applicable, (plan.blocked_by, plan.new_broken)
    step, _ = plan.steps
    return step


def rules(step: Step) -> Any:
    return content_of(step.manifests[0])["spec"]["ingress"]


def codes(plan: Plan) -> set[str]:
    report = after_report(plan)
    assert report is not None
    return {result.code for result in report.found}


def test_a_range_of_the_cluster_loses_the_addresses_that_stand_for_everybody() -> None:
    plan = plan_of(network_policy(WHOLE_CLUSTER))
    step = mend(plan)
    block = {"cidr": "10.10.0.0/16", "except": ["10.10.1.1/32", "10.10.2.1/32"]}
    assert rules(step) == [{"from": [{"ipBlock": block}]}]
    assert [line for line in step.diff.splitlines() if line[:2] in ("+ ", "- ")] == [
        "+          except:",
        "+            - 10.10.1.1/32",
        "+            - 10.10.2.1/32",
    ]
    assert "AD012" not in codes(plan)
    assert all(change.shuts and not change.opens for change in plan.admits)
    assert "guard-nodeport" in step.dangers[0], "the way for whom this shuts out people who should get in"


def test_an_emptied_source_goes_and_an_emptied_rule_goes_as_a_whole_since_no_source_means_everybody() -> None:
    gateways = "[{ipBlock: {cidr: 10.10.1.1/32}}, {ipBlock: {cidr: 10.10.2.1/32}}]"
    spec = f"{{podSelector: {{}}, ingress: [{{from: {gateways}}}, {{from: [{{podSelector: {{}}}}]}}]}}"
    case = case_with(network_policy(spec))
    edit = PolicyEdit(case, "NetworkPolicy default/np")
    edit.narrow(place_of(edit.title, "spec.ingress[0].from[0].ipBlock.cidr"), AddressSet.of(["10.10.1.1"]))
    assert content_of(edit.patch("p.yaml"))["spec"]["ingress"] == [
        {"from": [{"ipBlock": {"cidr": "10.10.2.1/32"}}]},
        {"from": [{"podSelector": {}}]},
    ]
    edit.narrow(place_of(edit.title, "spec.ingress[0].from[1].ipBlock.cidr"), AddressSet.of(["10.10.2.1"]))
    assert content_of(edit.patch("p.yaml"))["spec"]["ingress"] == [{"from": [{"podSelector": {}}]}]


def test_before_antrea_knows_except_the_range_is_cut_into_pieces_that_hold_the_same() -> None:
    allow = "{action: Allow, from: [{ipBlock: {cidr: 10.10.1.0/29}}]}"
    spec = f"{{priority: 5, appliedTo: [{{podSelector: {{}}}}], ingress: [{allow}]}}"
    case = case_with(antrea_policy(spec), cluster(proxy_all=True, version="v2.1.0"))
    edit = PolicyEdit(case, "Antrea ClusterNetworkPolicy acnp")
    edit.narrow(place_of(edit.title, "spec.ingress[0].from[0].ipBlock.cidr"), AddressSet.of(["10.10.1.1"]))
    (rule,) = content_of(edit.patch("p.yaml"))["spec"]["ingress"]
    pieces = [source["ipBlock"] for source in rule["from"]]
    assert not any("except" in piece for piece in pieces)
    assert AddressSet.of(piece["cidr"] for piece in pieces) == AddressSet.of(["10.10.1.0/29"], ["10.10.1.1"])


def test_the_patch_is_guarded_by_what_was_read_and_the_undo_writes_the_old_rules() -> None:
    snapshot = with_objects(cluster(proxy_all=True), network_policy(WHOLE_CLUSTER))
    (policy,) = snapshot.network_policies
    meta = msgspec.structs.replace(policy.metadata, resource_version="77")
    snapshot = replace(snapshot, network_policies=(msgspec.structs.replace(policy, metadata=meta),))
    step = mend(make(case_of(snapshot, service(TWO_PODS, **NODE_PORT)), Question()))
    assert content_of(step.manifests[0])["metadata"] == {
        "name": "np",
        "namespace": "default",
        "resourceVersion": "77",
    }
    undo = content_of(step.undo_manifests[0])
    assert undo["spec"]["ingress"] == [{"from": [{"ipBlock": {"cidr": "10.10.0.0/16"}}]}]
    assert "resourceVersion" not in undo["metadata"]
    assert step.commands[0].endswith("> default.np.bak.yaml")


def test_nothing_else_of_the_policy_changes() -> None:
    spec = (
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: ["
        "{from: [{ipBlock: {cidr: 10.10.0.0/16}}], ports: [{protocol: TCP, port: http, endPort: 90}]},"
        "{from: [{namespaceSelector: {matchLabels: {team: ''}}, podSelector: {}}]}, {ports: [{port: 8080}]}]}"
    )
    case = case_with(network_policy(spec))
    edit = PolicyEdit(case, "NetworkPolicy default/np")
    edit.narrow(place_of(edit.title, "spec.ingress[0].from[0].ipBlock.cidr"), AddressSet.of(["10.10.1.1"]))
    first, *others = content_of(edit.patch("p.yaml"))["spec"]["ingress"]
    assert first["ports"] == [{"protocol": "TCP", "port": "http", "endPort": 90}]
    assert others == [
        {"from": [{"namespaceSelector": {"matchLabels": {"team": ""}}, "podSelector": {}}]},
        {"ports": [{"protocol": "TCP", "port": 8080}]},
    ]
    assert set(content_of(edit.patch("p.yaml"))["spec"]) == {"ingress"}


FULL_RULE: dict[str, Any] = {
    "name": "full",
    "action": "Allow",
    "from": [
        {"ipBlock": {"cidr": "10.10.0.0/16", "except": ["10.10.9.0/24"]}},
        {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}, "scope": "ClusterSet"},
        {"namespaces": {"match": "Self"}},
        {"group": "front"},
        {"serviceAccount": {"name": "sa", "namespace": "default"}},
        {"nodeSelector": {}},
    ],
    "ports": [{"protocol": "UDP", "port": 53, "endPort": 54, "sourcePort": 1024, "sourceEndPort": 2048}],
    "appliedTo": [{"podSelector": {"matchLabels": {"app": "web"}}}],
    "enableLogging": True,
    "logLabel": "front",
}


PINGS: dict[str, Any] = {"action": "Drop", "protocols": [{"icmp": {}}, {"icmp": {"icmpType": 0}}]}


@pytest.mark.parametrize("rule", [FULL_RULE, PINGS])
def test_a_rule_of_antrea_is_written_again_with_every_field(rule: dict[str, Any]) -> None:
    case = case_with(antrea_policy(str({"priority": 5, "ingress": [rule]}).replace("True", "true")))
    edit = PolicyEdit(case, "Antrea ClusterNetworkPolicy acnp")
    assert content_of(edit.undo("u.yaml"))["spec"]["ingress"] == [rule]


@pytest.mark.skipif(antrea.crds_file() is None, reason="Antrea's own schemas are not at hand")
def test_the_facts_hold_every_field_of_a_rule_that_antrea_knows() -> None:
    name = "clusternetworkpolicies.crd.antrea.io"
    (kind,) = [item for item in antrea.definitions() if item["metadata"]["name"] == name]
    schema = kind["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["ingress"]
    rule = schema["items"]["properties"]
    for fact, known in (
        (AntreaRule, rule),
        (AntreaPeer, rule["from"]["items"]["properties"]),
        (PolicyPort, rule["ports"]["items"]["properties"]),
        (AppliedTo, rule["appliedTo"]["items"]["properties"]),
    ):
        assert set(known) <= {field.encode_name for field in msgspec.structs.fields(fact)}, fact


def test_the_facts_hold_every_field_of_a_rule_of_kubernetes() -> None:
    """k8s:staging/src/k8s.io/api/networking/v1/types.go NetworkPolicyIngressRule, Peer, Port."""
    for fact, known in (
        (IngressRule, {"from", "ports"}),
        (Peer, {"ipBlock", "podSelector", "namespaceSelector"}),
        (PolicyPort, {"protocol", "port", "endPort"}),
    ):
        assert known <= {field.encode_name for field in msgspec.structs.fields(fact)}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{priority: 5, ingress: [{action: Allow, l7Protocols: [{http: {}}]}]}", "layer-7"),
        (f"{{priority: 5, ingress: [{{action: Allow, logLabel: a{REPLACEMENT}}}]}}", "could not be read"),
    ],
)
def test_what_the_facts_do_not_hold_in_full_is_left_alone(spec: str, words: str) -> None:
    with pytest.raises(EditError, match=words):
        PolicyEdit(case_with(antrea_policy(spec)), "Antrea ClusterNetworkPolicy acnp")


def test_a_range_out_of_a_group_is_edited_where_it_stands() -> None:
    allow = "{priority: 5, appliedTo: [{podSelector: {}}], ingress: [{action: Allow, from: [{group: ours}]}]}"
    everyone_else = "{podSelector: {}, ingress: []}"
    text = antrea_policy(allow) + group("{ipBlocks: [{cidr: 10.10.0.0/16}]}", "ours") + network_policy(everyone_else)
    plan = plan_of(text)
    assert not plan.applicable
    assert "not an ipBlock of its own" in plan.blocked_by[0]
    assert "Leave out 10.10.1.1 and 10.10.2.1 there." in plan.blocked_by[0]


def test_blind_rules_are_never_widened_while_nobody_filters() -> None:
    plan = plan_of(network_policy(OFFICE))
    assert plan.steps == ()
    assert "would let everybody in. The way is guard-nodeport" in plan.blocked_by[0]


def test_behind_a_policy_on_the_service_a_blind_rule_gets_the_other_half_and_says_whom_it_admits() -> None:
    plan = plan_of(network_policy(OFFICE) + antrea_policy(GUARD))
    step = mend(plan)
    (rule,) = rules(step)
    assert [source["ipBlock"]["cidr"] for source in rule["from"]] == ["203.0.113.0/24", "10.10.1.1/32", "10.10.2.1/32"]
    assert "This admits every client that any Node passes on as 10.10.1.1 and 10.10.2.1" in step.dangers[0]
    assert "Never keep this without that policy." in step.dangers[0]
    assert codes(plan).isdisjoint({"AD010", "AD012"})
    assert {cidr for change in plan.admits for cidr in change.opens.cidrs} <= {"203.0.113.0/24"}


def test_clients_that_pods_cannot_keep_out_are_dropped_at_the_service() -> None:
    plan = plan_of(antrea_policy(SCANNERS))
    step = mend(plan)
    content = content_of(step.manifests[0])
    assert content["spec"]["appliedTo"] == [{"service": {"name": "web", "namespace": "default"}}]
    assert content["spec"]["ingress"][0]["from"] == [{"ipBlock": {"cidr": "198.51.100.0/24"}}]
    assert {cidr for change in plan.admits for cidr in change.shuts.cidrs} == {"198.51.100.0/24"}
    assert "delete clusternetworkpolicies.crd.antrea.io doctor-deny-default.web" in step.undo[0]


def test_a_policy_on_the_service_that_nothing_would_enforce_is_left_out_with_the_reason() -> None:
    plan = plan_of(antrea_policy(SCANNERS), cluster())
    assert plan.steps == ()
    assert "because proxyAll does not run there" in plan.blocked_by[0]


def test_what_can_be_mended_is_not_held_up_by_what_cannot() -> None:
    plan = plan_of(antrea_policy(SCANNERS) + network_policy(WHOLE_CLUSTER), cluster())
    assert "Narrow NetworkPolicy default/np" in mend(plan).title
    assert {item.state for item in plan.prerequisites} == {State.MET, State.UNMET}


PODS_ONLY = "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"


def test_who_shall_get_in_is_asked_where_policies_admit_pods_only() -> None:
    assert plan_of(network_policy(PODS_ONLY), etp="Local").asks == (ASK,)


def test_where_pods_see_their_clients_the_named_ones_are_let_in_beside_the_others() -> None:
    plan = plan_of(network_policy(PODS_ONLY), allow=("203.0.113.0/24",), etp="Local")
    content = content_of(mend(plan).manifests[0])
    assert content["spec"]["ingress"][0]["from"] == [{"ipBlock": {"cidr": "203.0.113.0/24"}}]
    assert {cidr for change in plan.admits for cidr in change.opens.cidrs} == {"203.0.113.0/24"}


def test_where_pods_do_not_see_their_clients_that_would_let_everybody_in_and_is_refused() -> None:
    plan = plan_of(network_policy(PODS_ONLY), allow=("203.0.113.0/24",))
    assert plan.steps == ()
    assert "It would break something." in plan.blocked_by[0]
    assert "guard-nodeport" in plan.prerequisites[0].settles


def test_policies_that_do_what_they_say_are_left_alone() -> None:
    assert "No rule on the Pods misses the clients" in plan_of("").blocked_by[0]


def test_both_findings_of_the_demo_are_mended() -> None:
    plan = make(Case.of(read_demo("proxy-all"), "partner/intake"), Question())
    assert plan.applicable
    assert codes(plan).isdisjoint({"AD011", "AD012"})


def test_a_policy_of_another_name_is_not_touched() -> None:
    other = network_policy("{podSelector: {matchLabels: {app: other}}}", name="other")
    case = case_with(network_policy(WHOLE_CLUSTER) + other)
    plan = make(case, Question())
    assert plan.after is not None
    assert plan.after.network_policies[1:] == case.snapshot.network_policies[1:]
    assert plan.after.network_policies[0] != case.snapshot.network_policies[0]


@pytest.mark.parametrize("name", ["$(touch pwned)", "a b; touch pwned", "a'b", "--all", "a/b"])
def test_the_name_of_a_hostile_policy_is_one_word_or_refuses_the_plan(name: str) -> None:
    snapshot = with_objects(cluster(proxy_all=True), network_policy(WHOLE_CLUSTER))
    (policy,) = snapshot.network_policies
    meta = msgspec.structs.replace(policy.metadata, name=name)
    snapshot = replace(snapshot, network_policies=(msgspec.structs.replace(policy, metadata=meta),))
    plan = make(case_of(snapshot, service(TWO_PODS, **NODE_PORT)), Question(kube_context="prod"))
    if plan.applicable:
        for command in (*mend(plan).commands, *mend(plan).verify, *mend(plan).undo):
            words = shlex.split(command)
            assert words[:5] == ["kubectl", "--context", "prod", "-n", "default"]
            assert name in words
    else:
        assert name in ("--all", "a/b")
        assert "is not the name of a Kubernetes object" in plan.blocked_by[0]
