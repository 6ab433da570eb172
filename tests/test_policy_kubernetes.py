"""Kubernetes' own semantics of NetworkPolicy, case by case as its documentation states them.

https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from dataclasses import replace

import msgspec
import pytest

from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.datapath.path import SeenKind, Vantage, VantageKind
from diagnostics.model.case import Case
from diagnostics.model.meta import Meta
from diagnostics.model.workload import Container, ContainerPort, Namespace, Pod, PodIP, PodSpec, PodStatus
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from paths import a_path
from policies import network_policy, with_objects

OFFICE = "203.0.113.10"
ELSEWHERE = "198.51.100.7"


def _case(*specs: str) -> Case:
    text = "".join(network_policy(spec, name=f"np{number}") for number, spec in enumerate(specs))
    deployed = service([pod(1)])
    named = Container(name="web", ports=[ContainerPort(name="web", container_port=8080)])
    pods = tuple(
        msgspec.structs.replace(item, spec=msgspec.structs.replace(item.spec, containers=[named]))
        for item in deployed.pods
    )
    return case_of(with_objects(cluster(), text), replace(deployed, pods=pods))


def _decided(case: Case, client: str = OFFICE, *, port: int = 8080, protocol: str = "TCP") -> Decision:
    return judge(case, a_path(SeenKind.CLIENT, port=port, protocol=protocol), client).verdict


def test_without_any_policy_nothing_is_decided() -> None:
    assert judge(_case(), a_path(), OFFICE) == PolicyVerdict(
        Decision.NONE, why="No policy applies to the Pod.", allowed=1
    )


def test_default_deny_all_ingress_is_a_policy_with_the_type_and_no_rules() -> None:
    verdict = judge(_case("{podSelector: {}, policyTypes: [Ingress]}"), a_path(), OFFICE)
    assert verdict.verdict is Decision.DENY
    assert verdict.decided_by == "NetworkPolicy default/np0: isolated, it admits nobody"


def test_missing_policy_types_still_mean_ingress() -> None:
    assert _decided(_case("{podSelector: {}}")) is Decision.DENY


def test_a_policy_of_type_egress_alone_isolates_no_ingress() -> None:
    assert _decided(_case("{podSelector: {}, policyTypes: [Egress]}")) is Decision.NONE
    assert _decided(_case("{podSelector: {}, policyTypes: [Egress], ingress: [{}]}")) is Decision.NONE


def test_allow_all_is_one_empty_rule() -> None:
    assert _decided(_case("{podSelector: {}, ingress: [{}]}")) is Decision.ALLOW


@pytest.mark.parametrize("peers", ["", "from: []"])
def test_an_empty_or_missing_from_matches_all_sources(peers: str) -> None:
    assert _decided(_case(f"{{podSelector: {{}}, ingress: [{{{peers}}}]}}"), ELSEWHERE) is Decision.ALLOW


def test_policies_add_up_and_their_order_does_not_matter() -> None:
    deny = "{podSelector: {}, policyTypes: [Ingress]}"
    allow = "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}"
    for order in ((deny, allow), (allow, deny)):
        assert _decided(_case(*order), OFFICE) is Decision.ALLOW
        assert _decided(_case(*order), ELSEWHERE) is Decision.DENY


def test_a_policy_for_other_pods_does_not_isolate_these() -> None:
    assert _decided(_case("{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}")) is Decision.NONE


@pytest.mark.parametrize(
    ("client", "expected"),
    [("172.17.0.9", Decision.ALLOW), ("172.17.1.9", Decision.DENY), ("172.18.0.1", Decision.DENY)],
)
def test_an_ip_block_admits_its_range_but_not_what_it_excepts(client: str, expected: Decision) -> None:
    block = "{ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}}"
    assert _decided(_case(f"{{podSelector: {{}}, ingress: [{{from: [{block}]}}]}}"), client) is expected


def test_an_exception_of_one_block_does_not_take_from_another() -> None:
    blocks = "{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/25]}}, {ipBlock: {cidr: 203.0.113.8/29}}"
    assert _decided(_case(f"{{podSelector: {{}}, ingress: [{{from: [{blocks}]}}]}}"), OFFICE) is Decision.ALLOW


@pytest.mark.parametrize(
    ("ports", "port", "protocol", "expected"),
    [
        ("{port: 8080}", 8080, "TCP", Decision.ALLOW),
        ("{port: 8080, protocol: UDP}", 8080, "TCP", Decision.DENY),
        ("{port: 8080, protocol: UDP}", 8080, "UDP", Decision.ALLOW),
        ("{protocol: TCP}", 8080, "TCP", Decision.ALLOW),
        ("{port: 80}", 8080, "TCP", Decision.DENY),
        ("{port: 30100}", 8080, "TCP", Decision.DENY),
        ("{port: 8000, endPort: 8080}", 8080, "TCP", Decision.ALLOW),
        ("{port: 8000, endPort: 8079}", 8080, "TCP", Decision.DENY),
        ("{port: 8081, endPort: 9000}", 8080, "TCP", Decision.DENY),
        ("{port: web}", 8080, "TCP", Decision.ALLOW),
        ("{port: web, protocol: UDP}", 8080, "UDP", Decision.DENY),
        ("{port: metrics}", 8080, "TCP", Decision.DENY),
        ("{port: 80}, {port: 8080}", 8080, "TCP", Decision.ALLOW),
    ],
)
def test_ports_are_compared_with_the_port_of_the_pod(ports: str, port: int, protocol: str, expected: Decision) -> None:
    case = _case(f"{{podSelector: {{}}, ingress: [{{ports: [{ports}]}}]}}")
    assert _decided(case, port=port, protocol=protocol) is expected


def test_source_and_port_must_match_in_the_same_rule() -> None:
    rules = "[{from: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: 80}]}, "
    rules += "{from: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{port: 8080}]}]"
    case = _case(f"{{podSelector: {{}}, ingress: {rules}}}")
    assert _decided(case, OFFICE) is Decision.DENY
    assert _decided(case, ELSEWHERE) is Decision.ALLOW


def test_a_named_port_of_a_pod_that_was_not_read_is_unknown_and_says_so() -> None:
    text = network_policy("{podSelector: {}, ingress: [{ports: [{port: web}]}]}")
    case = case_of(with_objects(cluster(), text), replace(service([pod(1)]), pods=()))
    verdict = judge(case, a_path(), OFFICE)
    assert verdict.verdict is Decision.UNKNOWN
    assert "which container port is meant by web/TCP" in verdict.why


def test_a_range_that_is_none_is_unknown_and_names_its_place() -> None:
    case = _case("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: the-office}}]}]}")
    verdict = judge(case, a_path(), OFFICE)
    assert verdict.verdict is Decision.UNKNOWN
    assert "the range the-office at spec.ingress[0].from[0].ipBlock.cidr" in verdict.why


def test_pod_selectors_never_admit_a_client_outside() -> None:
    case = _case("{podSelector: {}, ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}]}")
    assert _decided(case, OFFICE) is Decision.DENY
    for seen in (SeenKind.GATEWAY, SeenKind.NODE):
        assert judge(case, a_path(seen), OFFICE).verdict is Decision.DENY


CLIENT_POD = Pod(
    metadata=Meta(name="shop", namespace="front", labels={"role": "frontend"}),
    spec=PodSpec(node_name="node2"),
    status=PodStatus(pod_ips=[PodIP(ip="10.10.2.99")]),
)
FRONT = Namespace(metadata=Meta(name="front", labels={"project": "shop"}))


@pytest.mark.parametrize(
    ("peers", "expected"),
    [
        ("{podSelector: {matchLabels: {role: frontend}}}", Decision.DENY),  # of the policy's own namespace
        ("{namespaceSelector: {matchLabels: {project: shop}}}", Decision.ALLOW),
        (
            "{namespaceSelector: {matchLabels: {project: shop}}, podSelector: {matchLabels: {role: frontend}}}",
            Decision.ALLOW,
        ),
        ("{namespaceSelector: {matchLabels: {project: shop}}, podSelector: {matchLabels: {role: db}}}", Decision.DENY),
        (
            "{namespaceSelector: {matchLabels: {project: shop}}}, {podSelector: {matchLabels: {role: db}}}",
            Decision.ALLOW,
        ),
        ("{namespaceSelector: {matchLabels: {project: bank}}, podSelector: {}}", Decision.DENY),
    ],
)
def test_namespace_and_pod_selector_in_one_peer_must_both_hold_and_in_two_peers_either(
    peers: str, expected: Decision
) -> None:
    case = _case(f"{{podSelector: {{}}, ingress: [{{from: [{peers}]}}]}}")
    snapshot = replace(case.snapshot, pods=(*case.snapshot.pods, CLIENT_POD), namespaces=(FRONT,))
    client = Vantage(VantageKind.POD, "10.10.2.99", "node2", "front/shop")
    path = a_path(SeenKind.POD, client=client)
    assert judge(Case.of(snapshot, case.key), path, "").verdict is expected


def test_a_client_pod_that_was_not_read_is_unknown_to_a_label_selector() -> None:
    case = _case("{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {role: frontend}}}]}]}")
    client = Vantage(VantageKind.POD, "10.10.2.99", "node2", "default/shop")
    verdict = judge(case, a_path(SeenKind.POD, client=client), "")
    assert verdict.verdict is Decision.UNKNOWN
    assert "labels of the client's Pod" in verdict.why
    elsewhere = Vantage(VantageKind.POD, "10.10.2.99", "node2", "front/shop")
    assert judge(case, a_path(SeenKind.POD, client=elsewhere), "").verdict is Decision.DENY
