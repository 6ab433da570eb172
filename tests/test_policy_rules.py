"""Which rules bear on a Service, on which Pods, from which sources."""

from clusters import case_of, cluster, pod, service
from diagnostics.model.case import Case
from diagnostics.policy.rules import Action, AppliedAt, AppliedRule, rules_on
from policies import antrea_policy, network_policy, with_objects


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
