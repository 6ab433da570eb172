"""Where an answer of a check turns: the first release with a fix, the last name that is shown, the last character."""

from dataclasses import replace

import pytest

from diagnostics.checks.evidence import counted, listed, spelled
from diagnostics.model.finding import Evidence, Verdict
from diagnostics.model.snapshot import Gap, Reason, Source
from shapes import Item, agent, asked, conf, endpoint, lab, of_pod, service, slice_of

BY_EXTERNAL_IP = service(externalIPs=["198.51.100.9"], externalTrafficPolicy="Local")


@pytest.mark.parametrize(
    ("release", "verdict"),
    [
        ("v1.11.4", Verdict.PASSED),  # kube-proxy serves external IPs there
        ("v1.12.0", Verdict.FOUND),
        ("v1.12.2", Verdict.FOUND),
        ("v1.12.3", Verdict.PASSED),
        ("v1.13.2", Verdict.FOUND),
        ("v1.13.3", Verdict.PASSED),
        ("v1.14.1", Verdict.FOUND),
        ("v1.14.2", Verdict.PASSED),
        ("v1.15.0", Verdict.PASSED),
        ("v2.7.0", Verdict.PASSED),
    ],
)
def test_policy_local_holds_for_external_ips_from_the_release_with_the_fix(release: str, verdict: Verdict) -> None:
    # Without kube-proxy's DaemonSet, as before v2.1 it would take the address
    snapshot = lab(
        BY_EXTERNAL_IP,
        agent("a", 1, release),
        agent("b", 2, release),
        without=lambda item: item.get("metadata", {}).get("name") == "kube-proxy",
    )

    result = asked(snapshot)["AD024"]
    assert result.verdict is verdict
    if verdict is Verdict.FOUND:
        shown = [item for item in result.findings[0].evidence if item.field == "version"]
        assert [item.value for item in shown] == [release, release]
        assert f"Antrea {release.removeprefix('v')} on 2 Nodes (a and b)" in result.findings[0].message


@pytest.mark.parametrize(
    ("names", "of", "said"),
    [
        ("", 0, ""),
        ("a", 0, "a"),
        ("a b", 0, "a and b"),
        ("a b c", 0, "a, b and c"),
        ("a b c d e", 0, "a, b, c, d and e"),
        ("a b c d e f", 0, "a, b, c, d and 2 more"),
        ("a b c d e", 9, "a, b, c, d and 5 more"),
    ],
)
def test_of_a_long_list_the_first_four_are_named(names: str, of: int, said: str) -> None:
    assert listed(names.split(), of=of) == said


def test_words_agree_with_numbers_and_values_are_spelled_as_in_yaml() -> None:
    assert [counted(number, "Node") for number in (0, 1, 2)] == ["0 Nodes", "1 Node", "2 Nodes"]
    assert [spelled(value) for value in (True, False, "", ["a", 1], 0, "x")] == [
        "true", "false", '""', "[a, 1]", "0", "x"]  # fmt: skip


def test_a_path_finding_shows_policy_addresses_gateways_and_endpoints() -> None:
    found = asked(lab())["AD002"].findings[0].evidence

    assert found == (
        Evidence("Service shop/web", "metadata.annotations[service.antrea.io/load-balancer-mode]", "not set"),
        Evidence("Service shop/web", "spec.externalTrafficPolicy", "Cluster"),
        Evidence("Service shop/web", "spec.ports[].nodePort", "30080"),
        Evidence("Service shop/web", "status.loadBalancer.ingress[].ip", "198.51.100.1"),
        Evidence("Node a", "spec.podCIDRs", "10.1.1.0/24 (antrea-gw0 has 10.1.1.1)"),
        Evidence("AntreaAgentInfo a", "ovsInfo.flowTable[NodePortMark]", "present"),
        Evidence("AntreaAgentInfo b", "ovsInfo.flowTable[NodePortMark]", "present"),
        Evidence("EndpointSlice shop/web-1", "endpoints[1].nodeName", "10.1.2.5 on b"),
    )


def test_of_many_endpoints_the_first_four_of_the_paths_are_shown() -> None:
    endpoints = (endpoint(f"10.1.1.{at}", "a" if at < 7 else "") for at in range(5, 12))
    found = asked(lab(slice_of({"addresses": []}, *endpoints)))["AD002"].findings[0].evidence

    assert [(item.field, item.value) for item in found if item.object.startswith("EndpointSlice")] == [
        ("endpoints[1].nodeName", "10.1.1.5 on a"),
        ("endpoints[2].nodeName", "10.1.1.6 on a"),
        ("endpoints[3].nodeName", "10.1.1.7 on no Node"),
        ("endpoints[4].nodeName", "10.1.1.8 on no Node"),
    ]


def test_a_node_that_masquerades_is_shown_with_its_address() -> None:
    found = asked(lab(conf(trafficEncapMode="noEncap")))["AD002"].findings[0].evidence

    assert Evidence("Node a", "status.addresses", "192.0.2.11") in found
    assert not [item for item in found if item.field == "spec.podCIDRs"]


HOSTED = slice_of(endpoint("192.0.2.12", "b"))


def test_host_network_endpoints_behind_kube_proxy_are_another_finding() -> None:
    alone = lab(HOSTED, conf(antreaProxy={"proxyAll": False}), agent("a", 1, tables={"ServiceLB": 1}),
                agent("b", 2, tables={"ServiceLB": 1}))  # fmt: skip

    assert asked(alone)["AD001"].verdict is Verdict.FOUND
    assert asked(alone)["AD004"].verdict is Verdict.PASSED
    assert asked(lab(HOSTED))["AD004"].verdict is Verdict.FOUND


def test_host_network_endpoints_are_worse_where_policy_local_promises_the_client() -> None:
    for policy, severity in (("Cluster", "note"), ("Local", "risky")):
        result = asked(lab(HOSTED, service(externalTrafficPolicy=policy)))["AD004"]
        assert [finding.severity for finding in result.findings] == [severity]
        assert ("in spite of policy Local" in result.findings[0].message) is (policy == "Local")


BASELINE: Item = {
    "apiVersion": "crd.antrea.io/v1beta1",
    "kind": "ClusterNetworkPolicy",
    "metadata": {"name": "base"},
    "spec": {
        "priority": 5,
        "tier": "baseline",
        "appliedTo": [{"podSelector": {"matchLabels": {"app": "web"}}}],
        "ingress": [{"action": "Drop", "from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}],
    },
}


def _network_policy(cidr: str, **labels: str) -> Item:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": labels}, "ingress": [{"from": [{"ipBlock": {"cidr": cidr}}]}]},
    }


def test_whether_a_baseline_is_reached_is_unknown_without_the_labels_of_the_pods() -> None:
    isolating = _network_policy("0.0.0.0/0", app="web")
    known = lab(BASELINE, isolating)
    unknown = lab(BASELINE, isolating, slice_of(endpoint("10.1.1.5", "a"), endpoint("10.1.2.5", "b")))

    assert asked(known)["AD014"].verdict is Verdict.FOUND
    assert "isolates 2 of 2 Pods" in asked(known)["AD014"].findings[0].message
    assert asked(unknown)["AD014"].verdict is Verdict.UNKNOWN
    assert asked(unknown)["AD014"].reason.startswith("It would have to be known: labels of 2 Pods")
    assert asked(lab(BASELINE, _network_policy("0.0.0.0/0", app="other")))["AD014"].verdict is Verdict.PASSED


def test_one_unknown_pod_leaves_the_finding_for_the_known_one() -> None:
    one = slice_of(endpoint("10.1.1.5", "a", **of_pod("web-a")), endpoint("10.1.2.5", "b"))
    result = asked(lab(BASELINE, _network_policy("0.0.0.0/0", app="web"), one))["AD014"]

    assert result.verdict is Verdict.FOUND
    assert "isolates 1 of 1 Pod" in result.findings[0].message


@pytest.mark.parametrize(
    ("cidr", "verdict"),
    [
        ("203.0.113.0/24", Verdict.FOUND),
        ("10.1.0.0/16", Verdict.PASSED),  # clusterCIDR: Pods of these Nodes and of Nodes to come
        ("10.1.77.0/24", Verdict.PASSED),
        ("192.0.2.12/32", Verdict.PASSED),
        ("10.0.0.0/16", Verdict.FOUND),
        ("10.0.0.0/8", Verdict.PASSED),  # it holds the gateways too: AD012 speaks of that
    ],
)
def test_a_range_of_the_cluster_means_no_client_outside(cidr: str, verdict: Verdict) -> None:
    results = asked(lab(_network_policy(cidr, app="web")))

    assert results["AD010"].verdict is verdict
    assert (results["AD012"].verdict is Verdict.FOUND) is (cidr == "10.0.0.0/8" or cidr == "10.1.0.0/16")


@pytest.mark.parametrize(("length", "ends"), [(300, "x."), (301, "….")])
def test_what_the_decoder_says_is_cut_after_three_hundred_characters(length: int, ends: str) -> None:
    gap = Gap(Source.SLICES, Reason.NOT_UNDERSTOOD, "x" * length, "shop", partial=True)
    finding = asked(replace(lab(), gaps=(gap,)))["AD090"].findings[0]

    assert finding.message.endswith(ends)
    assert finding.message.count("x") == 300
    assert finding.subject == "List shop/endpointslices.discovery.k8s.io"
    assert finding.evidence == (Evidence(finding.subject, "items", "x" * length),)
