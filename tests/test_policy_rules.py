"""Which rules bear on a Service, on which Pods, from which sources."""

from dataclasses import replace

import msgspec

from clusters import cluster, gateway, node_ip, without
from deployed import case_of, pod, service
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Source
from diagnostics.policy.rules import Action, AppliedAt, AppliedRule, rules_on
from policies import antrea_policy, group, network_policy, with_objects


def _case(text: str) -> Case:
    return case_of(with_objects(cluster(), text), service([pod(1), pod(2)]))


def _one(text: str) -> AppliedRule:
    (rule,) = _case(text).once(rules_on)
    return rule


def test_a_network_policy_rule_carries_its_ranges_with_their_field_paths() -> None:
    block = "{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.64/26]}}"
    rule = _one(network_policy(f"{{podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{from: [{block}]}}]}}"))
    assert (rule.kind, rule.policy, rule.action, rule.at) == (
        "NetworkPolicy",
        "default/np",
        Action.ALLOW,
        AppliedAt.POD,
    )
    (found,) = rule.blocks
    assert found.path == "spec.ingress[0].from[0].ipBlock.cidr"
    assert found.addresses is not None
    assert "203.0.113.1" in found.addresses
    assert "203.0.113.70" not in found.addresses
    assert rule.pods == ("web-1-0", "web-2-0")


def test_a_policy_on_the_service_is_at_the_service_and_on_no_pod() -> None:
    spec = "{priority: 5, tier: securityops, appliedTo: [{service: {name: web, namespace: default}}], "
    rule = _one(antrea_policy(spec + "ingress: [{name: others, action: Drop, from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"))
    assert rule.at is AppliedAt.SERVICE
    assert rule.pods == ()
    assert rule.title == "Antrea ClusterNetworkPolicy acnp rule 0 others"
    assert rule.tier_priority == 100


def test_a_policy_of_type_egress_alone_brings_no_rules() -> None:
    assert _case(network_policy("{podSelector: {}, policyTypes: [Egress], ingress: [{}]}")).once(rules_on) == ()


def test_a_node_selector_stands_for_node_gateway_and_transport_addresses_of_both_families() -> None:
    text = antrea_policy("{appliedTo: [{podSelector: {}}], ingress: [{action: Drop, from: [{nodeSelector: {}}]}]}")
    snapshot = with_objects(cluster(nodes=1, families=(4, 6)), text)
    (node,) = snapshot.nodes
    notes = {"node.antrea.io/transport-addresses": "172.16.0.1, fd00:16::1"}
    noted = msgspec.structs.replace(node, metadata=msgspec.structs.replace(node.metadata, annotations=notes))
    (rule,) = case_of(replace(snapshot, nodes=(noted,)), service([pod(1)])).once(rules_on)
    own = {node_ip(1), node_ip(1, 6), gateway(1), gateway(1, 6)}
    assert set(rule.sources.nodes) == {*own, "172.16.0.1", "fd00:16::1"}
    unread = without(snapshot, Gap(Source.NODES, Reason.FORBIDDEN, ""))
    (rule,) = case_of(unread, service([pod(1)])).once(rules_on)
    assert rule.unknown_peers == ("the addresses of the selected Nodes (nodes: forbidden.)",)


def test_a_group_that_lacks_a_child_only_for_want_of_rights_says_so() -> None:
    applied = "{appliedTo: [{podSelector: {}}], ingress: [{action: Drop, from: [{group: parent}]}]}"
    text = group("{childGroups: [gone]}", "parent") + antrea_policy(applied)
    assert _one(text).unknown_peers == ()
    half_read = without(with_objects(cluster(), text), Gap(Source.CLUSTER_GROUPS, Reason.TIMED_OUT, ""))
    (rule,) = case_of(half_read, service([pod(1)])).once(rules_on)
    assert rule.unknown_peers == ("ClusterGroup gone (clustergroups.crd.antrea.io: timed out.)",)


def test_a_group_of_nothing_is_a_source_that_matches_nobody_rather_than_everybody() -> None:
    rule = _one(antrea_policy("{appliedTo: [{podSelector: {}}], ingress: [{action: Drop, from: [{group: gone}]}]}"))
    assert not rule.any_source
    assert not rule.sources.addresses
