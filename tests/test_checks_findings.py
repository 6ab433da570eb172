"""What findings tell an operator: full names, addresses, and shares that differ from Node to Node."""

from dataclasses import replace
from typing import Any

import pytest

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.kube.recorded import from_objects
from diagnostics.model.case import Case
from diagnostics.model.finding import Severity, Verdict
from diagnostics.model.snapshot import Snapshot, Source
from grid import CLUSTER, load, objects, results

SAYINGS = [
    ("kube-proxy", "shop/web", "AD001", "kube-proxy hides the clients of Service shop/web"),
    ("kube-proxy", "shop/web", "AD001", "by NodePort 30001 and LoadBalancerIP 198.51.100.1:80"),
    ("kube-proxy", "shop/web", "AD001", "2 of 2 endpoints from node-a and node-b"),
    ("kube-proxy", "shop/web", "AD001", "10.1.1.1 (antrea-gw0 of node-a) and 10.1.2.1 (antrea-gw0 of node-b)"),
    ("kube-proxy", "shop/web", "AD010", "NetworkPolicy shop/web rule 0 lets in 203.0.113.0/24"),
    ("kube-proxy", "shop/open", "AD012", "its range holds 10.1.1.1/32 and 10.1.2.1/32"),
    ("kube-proxy", "shop/shut", "AD013", "admits Pods only"),
    ("kube-proxy", "shop/sealed", "AD013", "admits nobody"),
    ("kube-proxy", "shop/leaky", "AD011", "leaves out 198.51.100.128/25"),
    ("kube-proxy", "shop/uneven", "AD020", "1 of 2 Nodes have no endpoint of Service shop/uneven (node-b)"),
    ("kube-proxy", "shop/uneven", "AD020", "time out"),
    ("kube-proxy", "shop/empty", "AD075", "its selector matches no Pod"),
    ("kube-proxy", "shop/waiting", "AD075", "2 of 2 endpoints are not ready"),
    ("kube-proxy", "shop/guarded", "AD050", "is not enforced on 2 of 2 Nodes (node-a and node-b)"),
    ("kube-proxy", "shop/inside", "AD052", "Service shop/inside, which has no NodePort"),
    ("proxy-all", "shop/single", "AD002", "1 of 1 endpoint from node-a see 10.1.1.1 (antrea-gw0 of node-a)"),
    ("proxy-all", "shop/web", "AD010", "kept out of 1 of 2 endpoints from node-a and node-b"),
    ("proxy-all", "shop/ranged", "AD069", "Service shop/ranged admits everybody at LoadBalancerIP 198.51.100.2:80"),
    ("proxy-all", "shop/hosted", "AD003", "169.254.0.253"),
    ("proxy-all", "shop/shared", "AD065", "192.0.2.11 of Service shop/shared is an address of Node node-a"),
    ("proxy-all", "shop/allowed", "AD056", "Antrea ClusterNetworkPolicy admit rule 0 first"),
    ("dsr", "shop/both", "AD035", "[2001:db8:100::2]:80"),
    ("dsr", "shop/both", "AD038", "LoadBalancerIP 198.51.100.2:80"),
    ("dsr", "shop/typo", "AD040", '"drs"'),
    ("kube-proxy", "shop/renamed", "AD075", "its EndpointSlices do not name this port"),
    ("gate-withdrawn", "shop/web", "AD030", "node-a and node-b will stop it at the next restart"),
    ("gate-withdrawn", CLUSTER, "AD082", "proxyAll is off in the ConfigMap, but 2 of 2 agents do still run it"),
    ("dsr-unheard", CLUSTER, "AD058", "is applied to Service shop/wbe, which does not exist"),
    (
        "rollout",
        "shop/web",
        "AD025",
        "node-b (its agent reports AgentHealthy False and has not reported for 20",
    ),
    ("rollout", CLUSTER, "AD080", "1 of 2 Antrea agents ready"),
    ("rollout", CLUSTER, "AD081", "v2.0.1 on node-b; v2.7.0 on node-a"),
    ("rollout", CLUSTER, "AD082", "1 of 2 agents do not run it (node-b)"),
    ("nobody", "shop/web", "AD005", "Nobody serves NodePort 30001 and LoadBalancerIP 198.51.100.1:80"),
]


@pytest.mark.parametrize(("name", "subject", "code", "words"), SAYINGS)
def test_a_finding_says(name: str, subject: str, code: str, words: str) -> None:
    messages = [
        finding.message for result in results(name, subject) if result.code == code for finding in result.findings
    ]

    assert any(words in message for message in messages), messages


def _messages(name: str, subject: str, code: str) -> list[tuple[Severity, str]]:
    found = [result for result in results(name, subject) if result.code == code]
    return [(finding.severity, finding.message) for result in found for finding in result.findings]


def test_local_policy_is_broken_by_node_port_and_risky_behind_a_load_balancer() -> None:
    assert [severity for severity, _ in _messages("kube-proxy", "shop/uneven", "AD020")] == [Severity.BROKEN]
    assert [severity for severity, _ in _messages("kube-proxy", "shop/uneven-lb", "AD020")] == [Severity.RISKY]


def test_an_agent_tells_its_trouble_once_for_each_kind() -> None:
    said = _messages("rollout", CLUSTER, "AD080")

    assert [severity for severity, _ in said] == [Severity.BROKEN, Severity.BROKEN, Severity.RISKY]
    assert "node-b reports AgentHealthy False" in said[1][1]
    assert "node-b has not reported for 20 minutes" in said[2][1]


def test_without_the_time_of_the_recording_no_heartbeat_is_old() -> None:
    snapshot = load("rollout").snapshot
    later = from_objects(_timeless("rollout"))

    assert snapshot.taken_at > 0
    assert later.taken_at == 0
    report = examine(Case.of(later, "shop/web"), CHECKS)
    messages = [finding.message for result in report.cluster if result.code == "AD080" for finding in result.findings]
    assert len(messages) == 2
    assert not any("has not reported" in message for message in messages)


def _timeless(name: str) -> list[dict[str, object]]:
    return [{**item, "takenAt": ""} if item["kind"] == "Recording" else item for item in objects(name)]


def _beside(name: str, *more: dict[str, Any]) -> Snapshot:
    return from_objects([*objects(name), *more])


def _verdicts(snapshot: Snapshot, service: str) -> dict[str, Verdict]:
    report = examine(Case.of(snapshot, service), CHECKS)
    return {result.code: result.verdict for result in (*report.results, *report.cluster)}


def test_a_policy_that_is_not_understood_leaves_no_policy_check_passed() -> None:
    bad: dict[str, Any] = {"metadata": {"name": "odd", "namespace": "shop"}, "spec": {"ingress": "all"}}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **bad}
    guard = {"apiVersion": "crd.antrea.io/v1beta1", "kind": "ClusterNetworkPolicy", **bad}

    before = _verdicts(load("kube-proxy").snapshot, "shop/steady")
    after = _verdicts(_beside("kube-proxy", policy, guard), "shop/steady")

    assert {before[code] for code in ("AD010", "AD011", "AD012", "AD013")} == {Verdict.PASSED}
    assert {after[code] for code in ("AD010", "AD011", "AD012", "AD013", "AD050", "AD056")} == {Verdict.UNKNOWN}
    assert after["AD001"] is before["AD001"]


def test_a_finding_stays_found_beside_a_policy_that_is_not_understood() -> None:
    odd: dict[str, Any] = {"metadata": {"name": "odd", "namespace": "shop"}, "spec": {"ingress": "all"}}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **odd}

    assert _verdicts(_beside("kube-proxy", policy), "shop/open")["AD012"] is Verdict.FOUND


def test_a_guard_on_the_service_turns_an_open_rule_into_the_half_it_needs() -> None:
    """With the guard on the NodePort the widened rule on the Pods is right; without it everybody gets in."""
    guarded = load("proxy-all").snapshot
    alone = replace(guarded, cluster_policies=())

    assert _verdicts(guarded, "shop/guarded")["AD012"] is Verdict.PASSED
    assert _verdicts(alone, "shop/guarded")["AD012"] is Verdict.FOUND


def test_no_api_server_override_is_unknown_where_kube_proxy_may_hide_in_the_distribution() -> None:
    nodes = [
        {**item, "status": {**item["status"], "nodeInfo": {"kubeletVersion": "v1.33.1+k3s1"}}}
        for item in objects("nobody")
        if item["kind"] == "Node"
    ]

    assert _verdicts(load("nobody").snapshot, "shop/web")["AD063"] is Verdict.FOUND
    assert _verdicts(_beside("nobody", *nodes), "shop/web")["AD063"] is Verdict.UNKNOWN


def test_a_service_in_a_namespace_that_was_not_read_is_not_called_missing() -> None:
    whole = load("dsr-unheard").snapshot
    reads = whole.reads - {(Source.SERVICES, "")} | {(Source.SERVICES, "other")}

    assert _verdicts(whole, "shop/web")["AD058"] is Verdict.FOUND
    assert _verdicts(replace(whole, reads=reads), "shop/web")["AD058"] is Verdict.UNKNOWN


def test_an_open_rule_behind_an_earlier_drop_lets_nobody_in() -> None:
    """The rule alone would admit everybody; a rule that is asked first drops the Node's address."""
    drop: dict[str, Any] = {
        "apiVersion": "crd.antrea.io/v1beta1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "no-gateways", "namespace": "shop"},
        "spec": {
            "tier": "securityops",
            "priority": 1,
            "appliedTo": [{"podSelector": {"matchLabels": {"app": "open"}}}],
            "ingress": [{"action": "Drop", "from": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]}],
        },
    }

    assert _verdicts(load("kube-proxy").snapshot, "shop/open")["AD012"] is Verdict.FOUND
    assert _verdicts(_beside("kube-proxy", drop), "shop/open")["AD012"] is Verdict.PASSED
