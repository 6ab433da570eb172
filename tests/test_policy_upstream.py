"""AdminNetworkPolicy, BaselineAdminNetworkPolicy and the ClusterNetworkPolicy of policy.networking.k8s.io."""

from dataclasses import replace

import pytest

from clusters import cluster, without
from deployed import case_of, pod, service
from diagnostics.datapath.path import SeenKind, Vantage, VantageKind
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from diagnostics.policy.rules import AppliedRule, rules_on, unread_policies
from paths import a_path
from policies import (
    admin_policy,
    antrea_policy,
    baseline_admin_policy,
    network_policy,
    tier,
    upstream_policy,
    with_gates,
    with_objects,
)

GATES = {"AdminNetworkPolicy": True, "ClusterNetworkPolicy": True}
NAMESPACES = """
---
kind: Namespace
metadata: {name: default, labels: {team: web}}
---
kind: Namespace
metadata: {name: front, labels: {team: front}}
"""
FRONT = Vantage(VantageKind.POD, "10.10.1.77", "node1", "front/caller")
ALLOW, DENY, UNKNOWN, NONE = Decision.ALLOW, Decision.DENY, Decision.UNKNOWN, Decision.NONE
EVERYWHERE = "subject: {namespaces: {}}"


def _snapshot(*texts: str, gates: dict[str, bool] | None = None, version: str = "v2.7.0") -> Snapshot:
    snapshot = with_gates(cluster(version=version), **(GATES if gates is None else gates))
    return with_objects(snapshot, NAMESPACES + "".join(texts))


def _case(*texts: str, gates: dict[str, bool] | None = None, version: str = "v2.7.0") -> Case:
    return case_of(_snapshot(*texts, gates=gates, version=version), service([pod(1)]))


def _from_pod(case: Case) -> PolicyVerdict:
    return judge(case, a_path(SeenKind.POD, client=FRONT), FRONT.ip)


def _rule(case: Case) -> AppliedRule:
    (rule,) = case.once(rules_on)
    return rule


def anp(action: str, *, priority: int = 10, name: str = "anp", peer: str = "namespaces: {}") -> str:
    return admin_policy(
        f"{{priority: {priority}, {EVERYWHERE}, ingress: [{{action: {action}, from: [{{{peer}}}]}}]}}", name
    )


def banp(action: str) -> str:
    return baseline_admin_policy(f"{{{EVERYWHERE}, ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]}}")


def cnp(action: str, *, in_tier: str = "Admin", priority: int = 10, peer: str = "namespaces: {}") -> str:
    head = f"tier: {in_tier}, priority: {priority}, {EVERYWHERE}"
    return upstream_policy(f"{{{head}, ingress: [{{action: {action}, from: [{{{peer}}}]}}]}}")


def acnp(action: str, *, in_tier: str = "application") -> str:
    head = f"tier: {in_tier}, priority: 5, appliedTo: [{{podSelector: {{}}}}]"
    return antrea_policy(f"{{{head}, ingress: [{{action: {action}, from: [{{namespaceSelector: {{}}}}]}}]}}")


ISOLATE = network_policy("{podSelector: {}, policyTypes: [Ingress]}")
ADMIT = network_policy("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}")


@pytest.mark.parametrize(
    ("texts", "expected", "decided_by"),
    [
        pytest.param((anp("Deny"),), DENY, "AdminNetworkPolicy anp", id="an admin's Deny keeps out"),
        pytest.param((anp("Allow"), ISOLATE), ALLOW, "AdminNetworkPolicy anp", id="Allow comes before Kubernetes"),
        pytest.param((anp("Deny"), ADMIT), DENY, "AdminNetworkPolicy anp", id="Deny comes before Kubernetes"),
        pytest.param((anp("Pass"), ISOLATE), DENY, "NetworkPolicy default/np", id="Pass leaves it to Kubernetes"),
        pytest.param((anp("Pass"), banp("Deny")), DENY, "BaselineAdminNetworkPolicy default", id="Pass, then baseline"),
        pytest.param((banp("Deny"),), DENY, "BaselineAdminNetworkPolicy default", id="the baseline comes last"),
        pytest.param((banp("Deny"), ADMIT), ALLOW, "NetworkPolicy default/np", id="isolated Pods skip the baseline"),
        pytest.param((banp("Allow"), ISOLATE), DENY, "NetworkPolicy default/np", id="the baseline rescues nobody"),
        pytest.param(
            (banp("Deny"), acnp("Allow", in_tier="baseline")),
            ALLOW,
            "Antrea",
            id="Antrea's baseline before Kubernetes'",
        ),
        pytest.param(
            (anp("Deny"), acnp("Allow")), ALLOW, "Antrea ClusterNetworkPolicy acnp", id="Antrea's tiers first"
        ),
        pytest.param((anp("Deny"), acnp("Pass")), ALLOW, "", id="Antrea's Pass skips AdminNetworkPolicies too"),
        pytest.param(
            (anp("Deny", priority=20), anp("Allow", priority=10, name="b")), ALLOW, "b rule", id="by priority"
        ),
        pytest.param((cnp("Deny"), acnp("Allow")), DENY, "policy.networking.k8s.io", id="Admin before application"),
        pytest.param((cnp("Deny"), acnp("Allow", in_tier="platform")), ALLOW, "Antrea", id="platform before Admin"),
        pytest.param((cnp("Accept"), ISOLATE), ALLOW, "policy.networking.k8s.io", id="Accept is final"),
        pytest.param((cnp("Pass"), acnp("Drop"), ADMIT), ALLOW, "NetworkPolicy", id="Pass skips later tiers"),
        pytest.param((cnp("Deny"), anp("Allow")), DENY, "policy.networking.k8s.io", id="220 before 251"),
        pytest.param(
            (cnp("Deny", in_tier="Baseline"), acnp("Allow", in_tier="baseline")), ALLOW, "Antrea", id="253 before 254"
        ),
        pytest.param((cnp("Deny", in_tier="Baseline"),), DENY, "policy.networking", id="tier Baseline comes last"),
        pytest.param((cnp("Deny", in_tier="Baseline"), ADMIT), ALLOW, "NetworkPolicy", id="and not for isolated Pods"),
        pytest.param((cnp("Refuse"),), DENY, "policy.networking.k8s.io", id="an unknown action of v1alpha2 denies"),
        pytest.param((cnp("Deny", in_tier="Odd"), acnp("Allow")), DENY, "policy.networking", id="odd tier is Admin"),
        pytest.param((anp("Refuse"),), UNKNOWN, "AdminNetworkPolicy anp", id="an unknown action of v1alpha1"),
    ],
)
def test_policies_are_asked_in_the_order_that_antrea_documents(
    texts: tuple[str, ...], expected: Decision, decided_by: str
) -> None:
    verdict = _from_pod(_case(*texts))

    assert verdict.verdict is expected, verdict
    assert decided_by in verdict.decided_by
    assert bool(verdict.decided_by) is bool(decided_by)


@pytest.mark.parametrize("text", [anp("Deny"), banp("Deny"), cnp("Deny"), cnp("Deny", in_tier="Baseline")])
def test_clients_outside_are_in_no_namespace(text: str) -> None:
    assert judge(_case(text), a_path(), "203.0.113.7").verdict is ALLOW
    gateway = a_path(SeenKind.GATEWAY, snat=("S2",))
    assert judge(_case(text), gateway, "203.0.113.7").verdict is ALLOW


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(cnp("Deny", peer="somethingNew: {}"), DENY, id="what a Deny does not understand is everybody"),
        pytest.param(cnp("Accept", peer="somethingNew: {}"), ALLOW, id="what an Accept does not understand is nobody"),
        pytest.param(anp("Deny", peer="somethingNew: {}"), ALLOW, id="v1alpha1 matches nobody"),
    ],
)
def test_a_newer_kind_of_peer_fails_as_antrea_does(text: str, expected: Decision) -> None:
    verdict = judge(_case(text), a_path(), "203.0.113.7")

    assert verdict.verdict is expected
    assert bool(verdict.decided_by) is (expected is DENY)


@pytest.mark.parametrize(
    ("peer", "is_meant"),
    [
        ("namespaces: {matchLabels: {team: front}}", True),
        ("namespaces: {matchLabels: {team: web}}", False),
        ("namespaces: {matchExpressions: [{key: team, operator: NotIn, values: [web]}]}", True),
        ("namespaces: {namespaceSelector: {matchLabels: {team: front}}}", True),
        ("namespaces: {namespaceSelector: {matchLabels: {team: web}}}", False),
        ("pods: {namespaceSelector: {matchLabels: {team: front}}, podSelector: {}}", True),
        ("pods: {namespaceSelector: {matchLabels: {team: web}}, podSelector: {}}", False),
        ("pods: {namespaces: {namespaceSelector: {matchLabels: {team: web}}}, podSelector: {}}", False),
        ("pods: {podSelector: {}}", True),
        ("namespaces: {sameLabels: [team]}", None),
        ("namespaces: {notSameLabels: [team]}", None),
        ("pods: {namespaces: {sameLabels: [team]}, podSelector: {}}", None),
    ],
)
def test_peers_are_namespaces_or_pods_in_either_spelling(peer: str, is_meant: bool | None) -> None:
    verdict = _from_pod(_case(anp("Deny", peer=peer)))

    assert verdict.verdict is {True: DENY, False: ALLOW, None: UNKNOWN}[is_meant], verdict
    if is_meant is None:
        assert "share labels with the subject, at spec.ingress[0].from[0]" in verdict.why


@pytest.mark.parametrize(
    ("subject", "applies"),
    [
        ("namespaces: {}", True),
        ("namespaces: {matchLabels: {team: web}}", True),
        ("namespaces: {matchLabels: {team: front}}", False),
        ("pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}", True),
        ("pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}", False),
        ("pods: {namespaceSelector: {matchLabels: {team: front}}, podSelector: {}}", False),
        ("somethingNew: {}", False),
    ],
)
def test_the_subject_is_namespaces_or_pods(subject: str, applies: bool) -> None:
    spec = f"{{priority: 1, subject: {{{subject}}}, ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]}}]}}"

    assert bool(_case(admin_policy(spec)).once(rules_on)) is applies


PORTS = [
    ("ports: [{portNumber: {protocol: TCP, port: 8080}}]", True),
    ("ports: [{portNumber: {port: 8080}}]", True),
    ("ports: [{portNumber: {protocol: UDP, port: 8080}}]", False),
    ("ports: [{portNumber: {protocol: TCP, port: 80}}]", False),
    ("ports: [{portRange: {protocol: TCP, start: 8000, end: 8080}}]", True),
    ("ports: [{portRange: {protocol: TCP, start: 8081, end: 8090}}]", False),
    ("ports: [{portRange: {protocol: UDP, start: 8000, end: 9000}}]", False),
    ("ports: [{namedPort: http}]", False),
    ("ports: []", True),
    ("protocols: [{tcp: {destinationPort: {number: 8080}}}]", True),
    ("protocols: [{tcp: {destinationPort: {number: 80}}}]", False),
    ("protocols: [{tcp: {destinationPort: {range: {start: 8080, end: 8090}}}}]", True),
    ("protocols: [{tcp: {destinationPort: {range: {start: 1, end: 8079}}}}]", False),
    ("protocols: [{tcp: {}}]", True),
    ("protocols: [{udp: {}}]", False),
    ("protocols: [{sctp: {destinationPort: {number: 8080}}}]", False),
    ("protocols: [{udp: {}}, {tcp: {}}]", True),
    ("protocols: [{destinationNamedPort: http}]", False),
]


@pytest.mark.parametrize(("ports", "is_meant"), PORTS)
def test_ports_are_told_as_numbers_ranges_and_names(ports: str, is_meant: bool) -> None:
    rule = f"{{action: Deny, from: [{{namespaces: {{}}}}], {ports}}}"
    make = upstream_policy if "protocols" in ports else admin_policy
    verdict = _from_pod(_case(make(f"{{tier: Admin, priority: 1, {EVERYWHERE}, ingress: [{rule}]}}")))

    assert verdict.verdict is (DENY if is_meant else ALLOW)


@pytest.mark.parametrize("ports", ["ports: [{namedPort: http}]", "protocols: [{destinationNamedPort: http}]"])
def test_a_named_port_has_no_protocol(ports: str) -> None:
    spec = f"{{priority: 1, {EVERYWHERE}, ingress: [{{action: Deny, from: [{{namespaces: {{}}}}], {ports}}}]}}"
    rule = _rule(_case(admin_policy(spec)))

    assert str(rule.ports) == "http"
    assert rule.ports.matches(8080, "TCP", {("http", "TCP"): 8080}) is True
    assert rule.ports.matches(8080, "UDP", {("http", "TCP"): 8080}) is False
    assert rule.ports.matches(8080, "UDP", {("http", "UDP"): 8080}) is True
    assert rule.ports.matches(8080, "TCP", None) is None


def test_a_rule_is_named_by_its_place_and_its_name() -> None:
    spec = (
        f"{{priority: 7, {EVERYWHERE}, ingress: [{{action: Allow, from: []}}, "
        "{name: no-front, action: Deny, from: [{namespaces: {}}]}]}"
    )
    rule = _rule(_case(admin_policy(spec)))

    assert rule.title == "AdminNetworkPolicy anp rule 1 no-front"
    assert (rule.path, rule.index, rule.priority, rule.tier_priority) == ("spec.ingress[1]", 1, 7, 251)
    assert rule.sources.pod_peers[0].path == "spec.ingress[1].from[0]"


@pytest.mark.parametrize(
    ("text", "gates", "version", "applies"),
    [
        (anp("Deny"), {"AdminNetworkPolicy": True}, "v2.7.0", True),
        (anp("Deny"), {"ClusterNetworkPolicy": True}, "v2.7.0", False),
        (anp("Deny"), {"AdminNetworkPolicy": True}, "v1.12.0", False),
        (anp("Deny"), {"AdminNetworkPolicy": True}, "v1.13.0", True),
        (banp("Deny"), {"AdminNetworkPolicy": True}, "v2.7.0", True),
        (banp("Deny"), {}, "v2.7.0", False),
        (cnp("Deny"), {"ClusterNetworkPolicy": True}, "v2.7.0", True),
        (cnp("Deny"), {"ClusterNetworkPolicy": False}, "v2.7.0", False),
        (cnp("Deny"), {"ClusterNetworkPolicy": True}, "v2.6.1", False),
        (cnp("Deny"), {"AdminNetworkPolicy": True}, "v2.7.0", False),
    ],
)
def test_a_kind_does_nothing_without_its_gate_or_before_its_release(
    text: str, gates: dict[str, bool], version: str, applies: bool
) -> None:
    verdict = _from_pod(_case(text, gates=gates, version=version))

    assert verdict.verdict is (DENY if applies else NONE)


def test_without_the_controllers_configuration_it_is_not_known_whether_a_kind_is_enforced() -> None:
    case = case_of(with_objects(cluster(), NAMESPACES + cnp("Deny")), service([pod(1)]))
    verdict = _from_pod(case)

    assert verdict.verdict is UNKNOWN
    assert "whether feature gate ClusterNetworkPolicy is on in antrea-controller.conf" in verdict.why


def test_a_configuration_that_is_not_understood_is_not_known() -> None:
    snapshot = _snapshot(anp("Deny"))
    assert snapshot.config_maps[0].data["antrea-controller.conf"]
    snapshot.config_maps[0].data["antrea-controller.conf"] = "featureGates: ["

    assert _from_pod(case_of(snapshot, service([pod(1)]))).verdict is UNKNOWN


SOURCES = [Source.ADMIN_POLICIES, Source.BASELINE_ADMIN_POLICIES, Source.UPSTREAM_CLUSTER_POLICIES]


@pytest.mark.parametrize("source", SOURCES)
def test_an_enforced_kind_that_could_not_be_read_leaves_nothing_certain(source: Source) -> None:
    snapshot = without(_snapshot(), Gap(source, Reason.FORBIDDEN, "No right."))
    case = case_of(snapshot, service([pod(1)]))

    assert [gap.source for gap in unread_policies(case)] == [source]
    assert _from_pod(case).verdict is UNKNOWN


@pytest.mark.parametrize("source", SOURCES)
def test_an_unread_kind_does_not_matter_where_its_gate_is_off_or_the_server_has_no_such_kind(source: Source) -> None:
    off = without(_snapshot(gates={}), Gap(source, Reason.FORBIDDEN, "No right."))
    absent = without(_snapshot(), Gap(source, Reason.ABSENT, "The API server does not know this kind."))

    assert _from_pod(case_of(off, service([pod(1)]))).verdict is NONE
    assert _from_pod(case_of(absent, service([pod(1)]))).verdict is NONE


def test_a_custom_tier_of_the_reserved_priority_contradicts() -> None:
    """Antrea refuses to create such a pair; where it is there all the same, neither is first."""
    case = _case(tier("mine", 220), acnp("Allow", in_tier="mine").replace("priority: 5", "priority: 10"), cnp("Deny"))

    assert _from_pod(case).verdict is UNKNOWN


def test_pods_whose_namespace_was_not_read_may_be_meant() -> None:
    snapshot = replace(_snapshot(), namespaces=())
    case = case_of(
        with_objects(snapshot, anp("Deny", peer="namespaces: {matchLabels: {team: front}}")), service([pod(1)])
    )

    assert _from_pod(case).verdict is UNKNOWN
