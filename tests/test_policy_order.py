"""In which order Antrea asks policies: tiers, priorities, rules, Pass, Kubernetes, baseline."""

from dataclasses import replace

import msgspec
import pytest

from clusters import cluster, without
from deployed import case_of, pod, service
from diagnostics.datapath.path import SeenKind, Vantage, VantageKind
from diagnostics.model.agent_info import OVSInfo
from diagnostics.model.case import Case
from diagnostics.model.meta import Meta
from diagnostics.model.snapshot import Gap, Reason, Source
from diagnostics.model.workload import Pod, PodIP, PodStatus
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from diagnostics.policy.rules import rules_on
from paths import a_path
from policies import antrea_policy, group, network_policy, tier, with_objects

CLIENT = "203.0.113.10"
EVERY_POD = "appliedTo: [{podSelector: {}}]"


def _policy(name: str, action: str, *, tier: str = "", priority: float = 5, cidr: str = "203.0.113.0/24") -> str:
    in_tier = f"tier: {tier}, " if tier else ""
    rule = f"{{action: {action}, from: [{{ipBlock: {{cidr: {cidr}}}}}]}}"
    return antrea_policy(f"{{{in_tier}priority: {priority}, {EVERY_POD}, ingress: [{rule}]}}", name=name)


ISOLATE = network_policy("{podSelector: {}, policyTypes: [Ingress]}")
ADMIT = network_policy("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}")


def _judged(*texts: str) -> PolicyVerdict:
    return judge(_case(*texts), a_path(), CLIENT)


def _case(*texts: str) -> Case:
    return case_of(with_objects(cluster(), "".join(texts)), service([pod(1)]))


DENY, ALLOW, UNKNOWN = Decision.DENY, Decision.ALLOW, Decision.UNKNOWN


@pytest.mark.parametrize(
    ("texts", "expected", "decided_by"),
    [
        pytest.param((_policy("a", "Drop"),), DENY, "a", id="drop denies"),
        pytest.param((_policy("a", "Reject"),), DENY, "a", id="reject denies"),
        pytest.param((_policy("a", "Allow"),), ALLOW, "a", id="allow admits"),
        pytest.param((_policy("a", "Drop", cidr="198.51.100.0/24"),), ALLOW, "", id="no match is let in"),
        pytest.param((_policy("a", "Allow", cidr="198.51.100.0/24"),), ALLOW, "", id="no implicit deny"),
        pytest.param((_policy("a", "Allow"), ISOLATE), ALLOW, "a", id="allow comes before Kubernetes"),
        pytest.param((_policy("a", "Drop"), ADMIT), DENY, "a", id="drop comes before Kubernetes"),
        pytest.param((_policy("a", "Pass"), ADMIT), ALLOW, "default/np", id="pass leaves it to Kubernetes"),
        pytest.param((_policy("a", "Pass"), ISOLATE), DENY, "default/np", id="pass does not admit"),
        pytest.param((_policy("a", "Pass"),), ALLOW, "", id="pass without Kubernetes policies is let in"),
        pytest.param(
            (_policy("a", "Drop", priority=5), _policy("b", "Allow", priority=1)), ALLOW, "b", id="lower priority first"
        ),
        pytest.param(
            (_policy("a", "Drop", priority=2.5), _policy("b", "Allow", priority=2.4)),
            ALLOW,
            "b",
            id="priorities are fractions",
        ),
        pytest.param(
            (_policy("a", "Drop", priority=1), _policy("b", "Allow", tier="platform", priority=99)),
            ALLOW,
            "b",
            id="tier before priority",
        ),
        pytest.param(
            (_policy("a", "Allow", tier="securityops"), _policy("b", "Drop", tier="emergency")),
            DENY,
            "b",
            id="emergency before securityops",
        ),
        pytest.param(
            (_policy("a", "Pass", tier="emergency"), _policy("b", "Drop")), ALLOW, "", id="pass skips later tiers"
        ),
        pytest.param(
            (_policy("a", "Pass"), _policy("b", "Drop", tier="baseline")), DENY, "b", id="pass reaches baseline"
        ),
        pytest.param((_policy("a", "Drop", tier="baseline"),), DENY, "a", id="baseline decides what is left"),
        pytest.param(
            (_policy("a", "Drop", tier="baseline"), ADMIT), ALLOW, "default/np", id="Kubernetes before baseline"
        ),
        pytest.param(
            (_policy("a", "Allow", tier="baseline"), ISOLATE),
            DENY,
            "default/np",
            id="baseline never rescues isolated Pods",
        ),
        pytest.param(
            (tier("corner", 10), _policy("a", "Drop", tier="corner"), _policy("b", "Allow", tier="emergency")),
            DENY,
            "a",
            id="a custom tier has its place",
        ),
        pytest.param(
            (_policy("a", "Drop", tier="gone", priority=1), _policy("b", "Allow", priority=2)),
            DENY,
            "a",
            id="a tier that does not exist counts as application",
        ),
    ],
)
def test_the_first_match_in_antrea_order_decides(texts: tuple[str, ...], expected: Decision, decided_by: str) -> None:
    for order in (texts, texts[::-1]):
        verdict = _judged(*order)
        assert verdict.verdict is expected
        assert f" {decided_by}" in verdict.decided_by if decided_by else verdict.decided_by == ""


def test_rules_of_one_policy_are_asked_in_their_order() -> None:
    office, all_v4 = "{ipBlock: {cidr: 203.0.113.0/24}}", "{ipBlock: {cidr: 0.0.0.0/0}}"
    rules = [f"{{action: Allow, from: [{office}]}}", f"{{name: others, action: Drop, from: [{all_v4}]}}"]
    first = _case(antrea_policy(f"{{{EVERY_POD}, ingress: [{', '.join(rules)}]}}"))
    assert judge(first, a_path(), CLIENT).verdict is ALLOW
    outside = judge(first, a_path(), "198.51.100.7")
    assert (outside.verdict, outside.decided_by) == (DENY, "Antrea ClusterNetworkPolicy acnp rule 1 others")
    swapped = _case(antrea_policy(f"{{{EVERY_POD}, ingress: [{', '.join(rules[::-1])}]}}"))
    assert judge(swapped, a_path(), CLIENT).verdict is DENY


def test_a_namespaced_policy_ranks_with_the_cluster_wide_ones() -> None:
    block = "from: [{ipBlock: {cidr: 0.0.0.0/0}}]"
    own = antrea_policy(f"{{priority: 1, {EVERY_POD}, ingress: [{{action: Allow, {block}}}]}}", "own", "default")
    assert _judged(own, _policy("a", "Drop", priority=2)).verdict is ALLOW
    assert _judged(own, _policy("a", "Drop", priority=0.5)).verdict is DENY


def test_contradicting_rules_of_one_place_are_unknown_and_both_are_named() -> None:
    verdict = _judged(_policy("a", "Drop"), _policy("b", "Allow"))
    assert verdict.verdict is UNKNOWN
    assert "contradict each other" in verdict.why
    assert "NetworkPolicy a rule 0" in verdict.why
    assert "NetworkPolicy b rule 0" in verdict.why
    assert _judged(_policy("a", "Drop"), _policy("b", "Reject")).verdict is DENY


def test_rules_rank_by_their_place_across_policies_of_one_priority() -> None:
    nobody = "{action: Drop, from: [{ipBlock: {cidr: 192.0.2.1/32}}]}"
    second = antrea_policy(
        f"{{priority: 5, {EVERY_POD}, ingress: [{nobody}, {{action: Drop}}]}}", name="drops-in-its-second-rule"
    )
    assert _judged(second, _policy("b", "Allow")).verdict is ALLOW


def _tiers_unread(*texts: str) -> Case:
    snapshot = with_objects(cluster(), "".join(texts))
    return case_of(without(snapshot, Gap(Source.TIERS, Reason.FORBIDDEN, "")), service([pod(1)]))


def test_a_custom_tier_that_was_not_read_is_unknown_only_where_it_matters() -> None:
    custom = _policy("a", "Drop", tier="corner")
    alone = judge(_tiers_unread(custom), a_path(), CLIENT)
    assert alone.verdict is DENY
    against = judge(_tiers_unread(custom, _policy("b", "Allow")), a_path(), CLIENT)
    assert against.verdict is UNKNOWN
    assert "priority of Tier corner" in against.why
    agreeing = judge(_tiers_unread(custom, _policy("b", "Drop")), a_path(), CLIENT)
    assert agreeing.verdict is DENY
    default_tiers = judge(
        _tiers_unread(_policy("a", "Drop", tier="emergency"), _policy("b", "Allow")), a_path(), CLIENT
    )
    assert default_tiers.verdict is DENY


@pytest.mark.parametrize(
    ("rule", "missing"),
    [
        ("{action: Allow, from: [{fqdn: '*.example.com'}]}", "the addresses of *.example.com"),
        ("{action: Allow, from: [{serviceAccount: {name: a, namespace: b}}]}", "which Pods run as ServiceAccount b/a"),
        ("{action: Allow, from: [{externalEntitySelector: {}}]}", "the addresses of ExternalEntities"),
        ("{action: Allow, l7Protocols: [{http: {}}]}", "what the connection carries"),
        ("{action: Redirect}", "what action unknown means in tier application"),
        ("{action: Allow, ports: [{port: 8080, sourcePort: 1024}]}", "which container port"),
    ],
)
def test_what_cannot_be_evaluated_leaves_it_unknown_and_is_named(rule: str, missing: str) -> None:
    verdict = _judged(antrea_policy(f"{{{EVERY_POD}, ingress: [{rule}, {{action: Drop}}]}}"))
    assert verdict.verdict is UNKNOWN
    assert missing in verdict.why


def test_pass_in_the_baseline_tier_which_antrea_refuses_is_unknown() -> None:
    assert _judged(_policy("a", "Pass", tier="baseline")).verdict is UNKNOWN


def test_what_cannot_be_evaluated_does_not_matter_when_all_ways_end_alike() -> None:
    rules = "{action: Drop, from: [{fqdn: example.com}]}, {action: Drop}"
    assert _judged(antrea_policy(f"{{{EVERY_POD}, ingress: [{rules}]}}")).verdict is DENY


def test_a_rule_for_icmp_alone_says_nothing_about_connections() -> None:
    assert (
        _judged(antrea_policy(f"{{{EVERY_POD}, ingress: [{{action: Drop, protocols: [{{icmp: {{}}}}]}}]}}")).verdict
        is ALLOW
    )


def test_groups_as_sources_stand_for_their_ranges_and_nodes() -> None:
    groups = group("{ipBlocks: [{cidr: 203.0.113.0/24, except: [203.0.113.128/25]}]}", "office")
    groups += group("{childGroups: [office]}", "all-offices") + group("{nodeSelector: {}}", "nodes")
    drop = f"{{{EVERY_POD}, ingress: [{{action: Drop, from: [{{group: %s}}]}}]}}"
    for name in ("office", "all-offices"):
        case = _case(groups, antrea_policy(drop % name))
        assert judge(case, a_path(), "203.0.113.10").verdict is DENY
        assert judge(case, a_path(), "203.0.113.200").verdict is ALLOW
    case = _case(groups, antrea_policy(drop % "nodes"))
    (rule,) = case.once(rules_on)
    assert set(rule.sources.nodes) == {"192.168.77.101", "10.10.1.1", "192.168.77.102", "10.10.2.1"}
    assert judge(case, a_path(), "203.0.113.10").verdict is ALLOW
    assert judge(case, a_path(), "192.168.77.102").verdict is DENY


POD_CLIENT = Vantage(VantageKind.POD, "10.10.2.99", "node2", "default/shop")


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("{namespaces: {match: Self}}", DENY),
        ("{namespaces: {match: Self}, podSelector: {matchLabels: {role: shop}}}", DENY),
        ("{namespaces: {match: Self}, podSelector: {matchLabels: {role: db}}}", ALLOW),
        ("{namespaces: {sameLabels: [team]}}", UNKNOWN),
        ("{podSelector: {matchLabels: {role: shop}}}", DENY),
        ("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: front}}}", ALLOW),
        ("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}}", DENY),
        ("{podSelector: {matchLabels: {role: db}}, scope: ClusterSet}", UNKNOWN),
        ("{group: shops}", DENY),
        ("{group: in-front}", ALLOW),
        ("{group: behind-web}", ALLOW),
        ("{group: entities}", UNKNOWN),
    ],
)
def test_pods_as_sources_are_meant_by_labels_namespaces_and_groups(peer: str, expected: Decision) -> None:
    groups = group("{podSelector: {matchLabels: {role: shop}}}", "shops")
    groups += group("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: front}}}", "in-front")
    groups += group("{serviceReference: {name: web, namespace: default}}", "behind-web")
    groups += group("{externalEntitySelector: {}}", "entities")
    rule = f"{{action: Drop, from: [{peer}]}}"
    case = _case(groups, antrea_policy(f"{{{EVERY_POD}, ingress: [{rule}]}}"))
    client = Pod(
        metadata=Meta(name="shop", namespace="default", labels={"role": "shop"}),
        status=PodStatus(pod_ips=[PodIP(ip=POD_CLIENT.ip)]),
    )
    case = Case.of(replace(case.snapshot, pods=(*case.snapshot.pods, client)), case.key)
    by_address = a_path(SeenKind.POD, client=POD_CLIENT)
    assert judge(case, by_address, "").verdict is expected
    by_name = replace(by_address, seen=replace(by_address.seen, ip="10.10.2.98"))
    assert judge(case, by_name, "").verdict is expected


def test_an_address_of_a_pod_range_may_be_a_pod_that_was_not_read() -> None:
    case = _case(antrea_policy(f"{{{EVERY_POD}, ingress: [{{action: Drop, from: [{{podSelector: {{}}}}]}}]}}"))
    inside = judge(case, a_path(), "10.10.2.77")
    assert inside.verdict is UNKNOWN
    assert inside.why.startswith("10.10.2.77 is an address for Pods of this cluster")
    assert judge(_case(_policy("a", "Drop")), a_path(), "10.10.2.77").verdict is ALLOW
    assert judge(case, a_path(), "192.168.77.101").verdict is ALLOW
    assert judge(case, a_path(), CLIENT).verdict is ALLOW
    by_agents = Case.of(replace(case.snapshot, nodes=()), case.key)
    assert judge(by_agents, a_path(), "10.10.2.77").verdict is UNKNOWN
    no_ranges = Case.of(replace(case.snapshot, nodes=(), agent_infos=()), case.key)
    assert judge(no_ranges, a_path(), CLIENT).verdict is ALLOW


def test_a_client_pod_without_a_name_is_unknown_to_rules_that_select_pods() -> None:
    case = _case(antrea_policy(f"{{{EVERY_POD}, ingress: [{{action: Drop, from: [{{podSelector: {{}}}}]}}]}}"))
    nameless = a_path(SeenKind.POD, client=replace(POD_CLIENT, name=""))
    verdict = judge(case, nameless, "")
    assert verdict.verdict is UNKNOWN
    assert "which Pod has the address 10.10.2.99" in verdict.why


def test_a_rule_that_perhaps_applies_leaves_it_unknown_and_says_what_to_read() -> None:
    accounts = "appliedTo: [{serviceAccount: {name: web, namespace: default}}]"
    verdict = _judged(antrea_policy(f"{{{accounts}, ingress: [{{action: Drop}}]}}"))
    assert verdict.verdict is UNKNOWN
    assert "which Pods run as ServiceAccount default/web" in verdict.why
    assert verdict.shares == "cannot tell for 1 of 1 endpoint"


def test_the_default_tiers_have_the_priorities_of_antrea() -> None:
    # antrea:pkg/controller/networkpolicy/tier.go
    expected = {"emergency": 50, "securityops": 100, "networkops": 150, "platform": 200, "": 250, "baseline": 253}
    for name, priority in expected.items():
        (rule,) = _tiers_unread(_policy("a", "Drop", tier=name)).once(rules_on)
        assert rule.tier_priority == priority


def test_policies_that_could_not_be_read_leave_it_unknown_unless_an_earlier_rule_decides() -> None:
    unread = Gap(Source.NETWORK_POLICIES, Reason.FORBIDDEN, "Ask for the right to list them.", "default")
    dropped = without(with_objects(cluster(), _policy("a", "Drop")), unread)
    assert judge(case_of(dropped, service([pod(1)])), a_path(), CLIENT).verdict is DENY
    verdict = judge(case_of(without(cluster(), unread), service([pod(1)])), a_path(), CLIENT)
    assert verdict.verdict is UNKNOWN
    assert "networkpolicies.networking.k8s.io in namespace default: forbidden" in verdict.why
    antrea = without(cluster(), Gap(Source.CLUSTER_POLICIES, Reason.FORBIDDEN, ""))
    assert judge(case_of(antrea, service([pod(1)])), a_path(), CLIENT).verdict is UNKNOWN


@pytest.mark.parametrize(("version", "expected"), [("v2.7.0", Decision.NONE), ("v1.12.0", UNKNOWN)])
def test_antrea_policies_that_the_server_does_not_serve_are_a_gap_only_before_v1_13(
    version: str, expected: Decision
) -> None:
    absent = without(cluster(version=version), Gap(Source.CLUSTER_POLICIES, Reason.ABSENT, ""))
    assert judge(case_of(absent, service([pod(1)])), a_path(), CLIENT).verdict is expected


def test_an_agent_without_antrea_policy_enforces_kubernetes_policies_alone() -> None:
    snapshot = with_objects(cluster(), _policy("a", "Drop") + ADMIT)
    infos = tuple(
        msgspec.structs.replace(info, ovs_info=OVSInfo(flow_table={"Classifier": 5, "IngressRule": 3}))
        for info in snapshot.agent_infos
    )
    case = case_of(replace(snapshot, agent_infos=infos), service([pod(1)]))
    assert judge(case, a_path(), CLIENT).verdict is ALLOW
