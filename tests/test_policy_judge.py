"""Policies judged on Paths: by the address after SNAT at the Pod, by the client's own at the Service."""

from dataclasses import replace

import msgspec
import pytest

from clusters import CLIENT, CLIENT_V6, cluster, gateway, node_ip, pod_ip
from deployed import At, case_of, host, outside, pod, service
from diagnostics.datapath.path import AccessKind, Handler, Outcome, Path, Place, SeenKind, Vantage, VantageKind
from diagnostics.datapath.trace import external_paths, trace
from diagnostics.model.agent_info import OVSInfo
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Snapshot
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from paths import a_path
from policies import antrea_policy, network_policy, with_objects

ALLOW, DENY, UNKNOWN, NONE = Decision.ALLOW, Decision.DENY, Decision.UNKNOWN, Decision.NONE
OFFICE = "203.0.113.0/24"
STRANGER = "198.51.100.7"
BOTH = (pod(1), pod(2))


def allow(*cidrs: str) -> str:
    """A NetworkPolicy that admits these ranges to every Pod."""
    blocks = ", ".join(f"{{ipBlock: {{cidr: {cidr}}}}}" for cidr in cidrs)
    return network_policy(f"{{podSelector: {{}}, ingress: [{{from: [{blocks}]}}]}}", name="allow-office")


def on_service(action: str, cidr: str = "0.0.0.0/0", but: str = OFFICE, tier: str = "securityops") -> str:
    """An Antrea policy on Service default/web with one rule."""
    block = f"{{ipBlock: {{cidr: {cidr}, except: [{but}]}}}}" if but else f"{{ipBlock: {{cidr: {cidr}}}}}"
    rule = f"{{name: others, action: {action}, from: [{block}]}}"
    applied = "appliedTo: [{service: {name: web, namespace: default}}]"
    return antrea_policy(f"{{tier: {tier}, priority: 5, {applied}, ingress: [{rule}]}}", name="guard")


def make(text: str, endpoints: tuple[At, ...] = BOTH, *, proxy_all: bool = True, **options: object) -> Case:
    """The Case of Service default/web with these endpoints."""
    snapshot: Snapshot = with_objects(cluster(proxy_all=proxy_all, **options), text)  # type: ignore[arg-type]
    return case_of(snapshot, service(endpoints))


def on_node_ports(case: Case) -> dict[tuple[str, Place], PolicyVerdict]:
    """Verdicts for the example client on every NodePort Path, by ingress Node and place."""
    paths = [path for path in trace(case, fold=False) if path.access.kind is AccessKind.NODE_PORT]
    return {(path.ingress, path.endpoint.place): judge(case, path, CLIENT) for path in paths}


def test_kube_proxy_hides_the_client_and_the_office_policy_denies_the_office() -> None:
    verdicts = on_node_ports(make(allow(OFFICE), proxy_all=False))
    assert {verdict.verdict for verdict in verdicts.values()} == {DENY}
    verdict = verdicts["node1", Place.REMOTE]
    assert verdict.decided_by == (
        f"NetworkPolicy default/allow-office: isolated, no rule admits {gateway(1)} to port 8080/TCP"
    )
    assert (verdict.at, verdict.compared_with) == ("node2", gateway(1))


def test_antrea_proxy_lets_the_office_in_on_local_pods_only() -> None:
    verdicts = on_node_ports(make(allow(OFFICE)))
    assert verdicts["node1", Place.LOCAL].verdict is ALLOW
    assert verdicts["node1", Place.LOCAL].compared_with == CLIENT
    assert verdicts["node1", Place.REMOTE].verdict is DENY


def test_admitting_the_gateways_admits_every_client_on_the_translated_share() -> None:
    case = make(allow(f"{gateway(1)}/32", f"{gateway(2)}/32"), proxy_all=False)
    (path, *_) = case.once(external_paths)
    for client in (CLIENT, STRANGER):
        assert judge(case, path, client).verdict is ALLOW


def test_a_source_that_cannot_be_told_is_unknown_unless_any_address_would_do() -> None:
    hidden = a_path(SeenKind.UNKNOWN)
    verdict = judge(make(allow(OFFICE)), hidden, CLIENT)
    assert verdict.verdict is UNKNOWN
    assert "which source address the Pod sees" in verdict.why
    assert judge(make(allow("0.0.0.0/0")), hidden, CLIENT).verdict is ALLOW
    assert judge(make(network_policy("{podSelector: {}}")), hidden, CLIENT).verdict is DENY


@pytest.mark.parametrize("outcome", [Outcome.DROPPED, Outcome.REJECTED, Outcome.LOST, Outcome.UNHANDLED])
def test_connections_that_arrive_nowhere_are_judged_by_no_policy(outcome: Outcome) -> None:
    verdict = judge(make(allow(OFFICE)), a_path(outcome=outcome), CLIENT)
    assert verdict.verdict is NONE
    assert verdict.why


@pytest.mark.parametrize("client", ["office", "203.0.113.0/24", "2001:db8::99"])
def test_a_client_that_is_no_address_of_the_family_is_unknown_and_not_an_error(client: str) -> None:
    verdict = judge(make(allow(OFFICE)), a_path(), client)
    assert (verdict.verdict, verdict.undecided) == (UNKNOWN, 1)
    assert verdict.why == f"{client} is no IPv4 address, and this path is IPv4."


@pytest.mark.parametrize("client", ["", CLIENT_V6])
def test_the_example_client_stands_for_either_family(client: str) -> None:
    assert judge(make(allow(OFFICE)), a_path(), client).compared_with == CLIENT


# --- policies on the Service -------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [Place.LOCAL, Place.REMOTE])
@pytest.mark.parametrize(("client", "expected"), [(CLIENT, ALLOW), (STRANGER, DENY)])
def test_a_policy_on_the_service_filters_node_ports_by_the_original_client(
    place: Place, client: str, expected: Decision
) -> None:
    case = make(on_service("Drop"))
    seen = SeenKind.CLIENT if place is Place.LOCAL else SeenKind.GATEWAY
    verdict = judge(case, a_path(seen, place=place), client)
    assert verdict.verdict is expected
    if expected is DENY:
        assert verdict.decided_by == "Antrea ClusterNetworkPolicy guard rule 0 others"
        assert (verdict.at, verdict.compared_with) == ("node1", client)


def test_the_pod_policy_still_decides_on_the_remote_share_behind_the_service_policy() -> None:
    case = make(on_service("Drop") + allow(OFFICE))
    verdict = judge(case, a_path(SeenKind.GATEWAY, place=Place.REMOTE), CLIENT)
    assert verdict.verdict is DENY
    assert verdict.decided_by.startswith("NetworkPolicy default/allow-office")
    widened = make(on_service("Drop") + allow(OFFICE, "10.10.0.0/16"))
    assert judge(widened, a_path(SeenKind.GATEWAY, place=Place.REMOTE), CLIENT).verdict is ALLOW
    assert judge(widened, a_path(SeenKind.GATEWAY, place=Place.REMOTE), STRANGER).verdict is DENY


def test_allow_on_the_service_is_final_for_a_local_pod_but_not_for_a_remote_one() -> None:
    case = make(on_service("Allow", OFFICE, "") + network_policy("{podSelector: {}}"))
    local = judge(case, a_path(SeenKind.CLIENT), CLIENT)
    assert (local.verdict, local.decided_by) == (ALLOW, "Antrea ClusterNetworkPolicy guard rule 0 others")
    assert judge(case, a_path(SeenKind.GATEWAY, place=Place.REMOTE), CLIENT).verdict is DENY


def test_pass_on_the_service_leaves_it_to_the_pod_policy_everywhere() -> None:
    case = make(on_service("Pass", OFFICE, "") + network_policy("{podSelector: {}}"))
    assert judge(case, a_path(SeenKind.CLIENT), CLIENT).verdict is DENY
    assert judge(case, a_path(SeenKind.GATEWAY, place=Place.REMOTE), CLIENT).verdict is DENY


def test_rules_on_service_and_local_pod_are_ordered_together() -> None:
    drop_on_pod = antrea_policy(
        "{tier: emergency, appliedTo: [{podSelector: {}}], ingress: [{action: Drop}]}", name="closed"
    )
    case = make(on_service("Allow", OFFICE, "") + drop_on_pod)
    assert judge(case, a_path(SeenKind.CLIENT), CLIENT).decided_by == "Antrea ClusterNetworkPolicy closed rule 0"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(a_path(SeenKind.GATEWAY, handler=Handler.KUBE_PROXY), NONE, id="kube-proxy handles it"),
        pytest.param(a_path(SeenKind.UNKNOWN, handler=Handler.UNDEFINED), UNKNOWN, id="nobody can tell who handles it"),
        pytest.param(
            a_path(SeenKind.GATEWAY, kind=AccessKind.LOAD_BALANCER, place=Place.REMOTE), NONE, id="LB IP, remote, NAT"
        ),
        pytest.param(a_path(kind=AccessKind.LOAD_BALANCER), UNKNOWN, id="LB IP, local Pod"),
        pytest.param(
            a_path(kind=AccessKind.LOAD_BALANCER, place=Place.REMOTE, direct_return=True), UNKNOWN, id="LB IP, DSR"
        ),
        pytest.param(
            a_path(SeenKind.NODE, place=Place.REMOTE, host_network=True, endpoints=(node_ip(2),)),
            DENY,
            id="host-network endpoint",
        ),
    ],
)
def test_a_policy_on_the_service_holds_where_antrea_says_so(path: Path, expected: Decision) -> None:
    endpoints = (host(2),) if path.endpoint.host_network else BOTH
    verdict = judge(make(on_service("Drop"), endpoints), path, STRANGER)
    assert verdict.verdict is expected
    if expected is UNKNOWN:
        assert "It would have to be known" in verdict.why


def test_without_proxy_all_running_a_policy_on_the_service_does_nothing() -> None:
    case = make(on_service("Drop"), proxy_all=False)
    assert judge(case, a_path(SeenKind.GATEWAY), STRANGER).verdict is NONE
    silent = make(on_service("Drop"), agents=False)
    assert judge(silent, a_path(SeenKind.GATEWAY), STRANGER).verdict is UNKNOWN


def test_a_pod_that_left_its_node_masqueraded_is_compared_by_that_node_at_the_service() -> None:
    client = Vantage(VantageKind.POD, pod_ip(2, 9), "node2", "default/shop")
    path = a_path(SeenKind.NODE, client=client, snat=("S6",))
    case = make(on_service("Drop", "192.168.77.0/24", ""))
    assert judge(case, path, "").compared_with == node_ip(1)
    assert judge(case, path, "").verdict is DENY


# --- traffic that is not asked -----------------------------------------------------------------------------------

CLOSED = network_policy("{podSelector: {}}")


@pytest.mark.parametrize(
    ("handler", "kind", "place", "proxy_all", "expected"),
    [
        (Handler.ANTREA_PROXY, AccessKind.CLUSTER_IP, Place.LOCAL, True, ALLOW),
        (Handler.ANTREA_PROXY, AccessKind.LOAD_BALANCER, Place.LOCAL, True, ALLOW),
        (Handler.ANTREA_PROXY, AccessKind.NODE_PORT, Place.LOCAL, True, DENY),
        (Handler.ANTREA_PROXY, AccessKind.CLUSTER_IP, Place.REMOTE, True, DENY),
        (Handler.KUBE_PROXY, AccessKind.CLUSTER_IP, Place.LOCAL, False, DENY),
        (Handler.KUBE_PROXY, AccessKind.CLUSTER_IP, Place.LOCAL, True, ALLOW),
        (Handler.KUBE_PROXY, AccessKind.LOAD_BALANCER, Place.LOCAL, False, DENY),
    ],
)
def test_a_nodes_own_traffic_to_its_own_pods_passes_unasked_where_antrea_marks_it(
    handler: Handler, kind: AccessKind, place: Place, proxy_all: bool, expected: Decision
) -> None:
    client = Vantage(VantageKind.NODE, node_ip(1), "node1")
    path = a_path(SeenKind.GATEWAY, client=client, handler=handler, kind=kind, place=place)
    assert judge(make(CLOSED, proxy_all=proxy_all), path, "").verdict is expected


def test_a_pod_reaching_itself_through_antrea_proxy_passes_unasked() -> None:
    client = Vantage(VantageKind.SELF, pod_ip(1), "node1", "default/web-1-0")
    case = make(CLOSED)
    path = a_path(SeenKind.GATEWAY, client=client, kind=AccessKind.CLUSTER_IP, snat=("S8",))
    verdict = judge(case, path, "")
    assert verdict.verdict is ALLOW
    assert "hairpin" in verdict.why
    by_kube_proxy = replace(path, handler=Handler.KUBE_PROXY, rewrites=())
    assert judge(case, by_kube_proxy, "").verdict is DENY


def test_external_clients_through_a_gateway_are_not_taken_for_the_node() -> None:
    assert judge(make(CLOSED), a_path(SeenKind.GATEWAY), CLIENT).verdict is DENY


# --- Pods and Nodes that differ ----------------------------------------------------------------------------------


def test_pods_of_one_class_that_fare_differently_are_counted() -> None:
    case = make(network_policy("{podSelector: {matchLabels: {track: canary}}}"), (pod(1, pods=3),))
    first, *rest = case.snapshot.pods
    canary = msgspec.structs.replace(
        first, metadata=msgspec.structs.replace(first.metadata, labels={"app": "web", "track": "canary"})
    )
    case = Case.of(replace(case.snapshot, pods=(canary, *rest)), case.key)
    path = a_path(endpoints=(pod_ip(1, 0), pod_ip(1, 1), pod_ip(1, 2)))
    verdict = judge(case, path, CLIENT)
    assert (verdict.verdict, verdict.allowed, verdict.denied, verdict.undecided) == (UNKNOWN, 2, 1, 0)
    assert verdict.is_split
    assert verdict.shares == "let in to 2, kept out of 1 of 3 endpoints"
    assert verdict.decided_by.startswith("NetworkPolicy default/np")


def test_pods_on_a_node_whose_agent_runs_without_antrea_policy_are_told_apart() -> None:
    case = make(antrea_policy("{appliedTo: [{podSelector: {}}], ingress: [{action: Drop}]}"))
    infos = [
        msgspec.structs.replace(info, ovs_info=OVSInfo(flow_table={"Classifier": 1})) if info.node == "node2" else info
        for info in case.snapshot.agent_infos
    ]
    case = Case.of(replace(case.snapshot, agent_infos=tuple(infos)), case.key)
    verdict = judge(case, a_path(endpoints=(pod_ip(1), pod_ip(2))), CLIENT)
    assert (verdict.allowed, verdict.denied) == (1, 1)


CANARY = "podSelector: {matchLabels: {track: canary}}"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param([f"{{{CANARY}, ingress: [{{}}]}}"], ALLOW, id="it would admit, and else nothing isolates"),
        pytest.param([f"{{{CANARY}}}"], UNKNOWN, id="it would isolate"),
        pytest.param([f"{{{CANARY}, ingress: [{{}}]}}", "{podSelector: {}}"], UNKNOWN, id="it would admit them"),
        pytest.param([f"{{{CANARY}}}", "{podSelector: {}}"], DENY, id="isolated in any case"),
        pytest.param([f"{{{CANARY}}}", "{podSelector: {}, ingress: [{}]}"], ALLOW, id="admitted in any case"),
        pytest.param([f"{{{CANARY}}}", f"{{{CANARY}, ingress: [{{}}]}}"], UNKNOWN, id="two that are not told apart"),
    ],
)
def test_policies_for_labels_that_were_not_read_matter_only_where_they_change_the_end(
    texts: list[str], expected: Decision
) -> None:
    text = "".join(network_policy(spec, name=f"np{number}") for number, spec in enumerate(texts))
    case = make(text)
    verdict = judge(Case.of(replace(case.snapshot, pods=()), case.key), a_path(), CLIENT)
    assert verdict.verdict is expected
    if expected is UNKNOWN:
        assert "labels of 2 Pods" in verdict.why


def test_a_folded_path_is_judged_through_each_of_its_nodes() -> None:
    case = make(allow(f"{gateway(1)}/32"), (pod(3),), nodes=3, proxy_all=False)
    folded = next(
        path
        for path in case.once(external_paths)
        if path.access.kind is AccessKind.NODE_PORT and path.endpoint.place is Place.REMOTE
    )
    assert folded.twins == ("node2",)
    verdict = judge(case, folded, CLIENT)
    assert verdict.verdict is UNKNOWN
    assert "through node1: let in to 1 of 1 endpoint; through node2: kept out of 1 of 1 endpoint" in verdict.why
    assert (verdict.allowed, verdict.denied) == (1, 1)


@pytest.mark.parametrize("etp", ["Cluster", "Local"])
@pytest.mark.parametrize("proxy_all", [True, False])
@pytest.mark.parametrize("admitted", ["203.0.113.0/24", "10.10.1.1/32", "10.10.0.0/16", "0.0.0.0/0"])
def test_a_folded_path_agrees_with_its_unfolded_ones(etp: str, proxy_all: bool, admitted: str) -> None:
    canary = network_policy(
        f"{{podSelector: {{matchLabels: {{home: node2}}}}, ingress: [{{from: [{{ipBlock: {{cidr: {admitted}}}}}]}}]}}"
    )
    snapshot = with_objects(cluster(nodes=5, proxy_all=proxy_all), canary)
    deployed = service([pod(1, pods=2), pod(2, pods=2), pod(3)], etp=etp)
    marked = tuple(
        msgspec.structs.replace(
            item, metadata=msgspec.structs.replace(item.metadata, labels={"app": "web", "home": item.spec.node_name})
        )
        for item in deployed.pods
    )
    case = case_of(snapshot, replace(deployed, pods=marked))
    single = {}
    for path in trace(case, fold=False):
        single[path.access, path.ingress, path.endpoint.place] = judge(case, path, CLIENT)
    for path in trace(case):
        folded = judge(case, path, CLIENT)
        apart = [single[path.access, node, path.endpoint.place] for node in (path.ingress, *path.twins)]
        verdicts = {item.verdict for item in apart}
        splits = {(bool(item.allowed), bool(item.denied)) for item in apart}
        if len(verdicts) == 1 and len(splits) == 1:
            assert folded.verdict in verdicts
            assert (folded.allowed, folded.denied) == (apart[0].allowed, apart[0].denied)
        else:
            assert (folded.allowed, folded.denied) == (sum(i.allowed for i in apart), sum(i.denied for i in apart))


def test_endpoints_that_are_no_pods_have_no_policy() -> None:
    case = make(CLOSED, (host(1), outside()))
    on_host = a_path(SeenKind.VIRTUAL, host_network=True, endpoints=(node_ip(1),), seen_ip="169.254.0.253")
    assert judge(case, on_host, CLIENT).why == "Policies for Pods do not cover Pods on the host network."
    beyond = a_path(SeenKind.NODE, place=Place.REMOTE, endpoints=("192.0.2.50",))
    assert judge(case, beyond, CLIENT).why == "The endpoint is no Pod of this cluster."


def test_ipv6_paths_are_judged_by_ipv6_ranges() -> None:
    text = allow("2001:db8::/32")
    case = case_of(with_objects(cluster(families=(4, 6)), text), service([pod(1)], families=(4, 6)))
    six = a_path(family=6, client=Vantage(VantageKind.EXTERNAL, CLIENT_V6))
    assert judge(case, six, CLIENT_V6).verdict is ALLOW
    assert judge(case, six, "2001:db9::1").verdict is DENY
    assert judge(case, a_path(), CLIENT).verdict is DENY
    assert judge(case, six, STRANGER).verdict is UNKNOWN
