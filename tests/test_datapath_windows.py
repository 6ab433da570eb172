"""Windows Nodes: what the source tells of them is inferred, the rest unknown, and no badge is surer than that."""

from dataclasses import replace

import msgspec
import pytest
import yaml

from asking import CLUSTER_IP, EIP, LB, NODE_PORT, OUTSIDE, one, paths_at, remote, snat_ids
from clusters import cluster, gateway, node_ip, pod_ip
from deployed import case_of, host, outside, pod, service
from diagnostics.datapath.path import AccessKind, Basis, Handler, Keeping, Outcome, Vantage, VantageKind, Wire
from diagnostics.datapath.trace import service_keeping, trace
from diagnostics.model.case import Case
from diagnostics.model.meta import OwnedMeta
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import ConfigMap

A_POD = Vantage(VantageKind.POD, pod_ip(3, 9), "node3", "default/client")
PROCESS = Vantage(VantageKind.NODE, node_ip(3), "node3")
PROXY_ALL = {"node3": {"proxy_all": True}}
METALLB = {"metallb.io/ip-allocated-from-pool": "a"}
AWS = {"service.beta.kubernetes.io/aws-load-balancer-type": "external"}
MAC = "node.antrea.io/mac-address"


def mixed(**settings: object) -> Snapshot:
    """Three Nodes; node3 runs Windows, with proxyAll as its manifest has it."""
    return cluster(3, windows=("node3",), **{"differing": PROXY_ALL, **settings})  # type: ignore[arg-type]


def with_mac(snapshot: Snapshot) -> Snapshot:
    """The same with every Node's MAC address in its annotations, as agents write it where they route."""
    return replace(
        snapshot,
        nodes=tuple(
            msgspec.structs.replace(
                node, metadata=msgspec.structs.replace(node.metadata, annotations={MAC: "aa:bb:cc:dd:ee:ff"})
            )
            for node in snapshot.nodes
        ),
    )


def configured(snapshot: Snapshot, **keys: object) -> Snapshot:
    """With the ConfigMap of the Windows agents, which report nothing of themselves."""
    text = yaml.safe_dump({"antreaProxy": keys})
    meta = OwnedMeta(name="antrea-windows-config", namespace="kube-system")
    silent = tuple(info for info in snapshot.agent_infos if info.node != "node3")
    wanted = ConfigMap(metadata=meta, data={"antrea-agent.conf": text})
    return replace(snapshot, agent_infos=silent, config_maps=(*snapshot.config_maps, wanted))


def ingress(case: Case, kind: AccessKind) -> set[str]:
    return {path.ingress for path in trace(case, fold=False) if path.access.kind is kind}


# A Windows Node as ingress


def test_a_node_port_of_a_windows_node_shows_its_gateway_to_pods_elsewhere_whatever_net_nat_does() -> None:
    path = one(case_of(mixed(), service([pod(1)])), NODE_PORT, ingress="node3")
    assert (path.handler, path.outcome, path.basis) == (Handler.ANTREA_PROXY, Outcome.DELIVERED, Basis.INFERRED)
    assert (snat_ids(path), path.seen.ip) == ("S10", gateway(3))
    assert [rewrite.where for rewrite in path.rewrites] == [
        "node3 NetNat antrea-nat-nodeport",
        "node3 OVS EndpointDNAT",
        "node3 OVS SNAT",
    ]
    assert {rewrite.basis for rewrite in path.rewrites} == {Basis.INFERRED}


@pytest.mark.parametrize(
    ("endpoint", "kind", "question"),
    [
        (pod(3), NODE_PORT, "Whether NetNat on node3 (Windows) keeps the client's address"),
        (host(1), NODE_PORT, "no rule that would rewrite it further"),
        (outside(), NODE_PORT, "no rule that would rewrite it further"),
        (pod(1), LB, "Whether node3 (Windows) forwards packets to 198.51.100.10"),
        (pod(1), EIP, "Whether node3 (Windows) forwards packets to 198.51.100.110"),
    ],
    ids=["own Pod", "host network", "beyond", "load balancer", "external IP"],
)
def test_what_the_source_does_not_tell_is_unknown_with_what_would_settle_it(
    endpoint: object, kind: AccessKind, question: str
) -> None:
    path = one(case_of(mixed(), service([endpoint])), kind, ingress="node3")  # type: ignore[list-item]
    assert path.outcome is Outcome.UNKNOWN
    assert question in path.why
    assert "would tell" in path.why
    assert not path.seen.ip


def test_under_local_policy_a_windows_node_without_endpoint_refuses() -> None:
    case = case_of(mixed(), service([pod(1)], etp="Local"))
    assert one(case, NODE_PORT, ingress="node3").outcome is Outcome.REJECTED
    assert one(case, NODE_PORT, ingress="node1").keeps_client


def test_load_balancers_that_run_as_pods_run_on_linux_nodes() -> None:
    assert ingress(case_of(mixed(), service([pod(1)], annotations=METALLB)), LB) == {"node1", "node2"}
    assert ingress(case_of(mixed(), service([pod(1)])), LB) == {"node1", "node2", "node3"}
    assert ingress(case_of(mixed(), service([pod(1)], annotations=METALLB)), NODE_PORT) == {"node1", "node2", "node3"}
    assert ingress(case_of(mixed(), service([pod(1)], annotations=METALLB)), EIP) == {"node1", "node2", "node3"}
    assert ingress(case_of(mixed(), service([pod(1)])), CLUSTER_IP) == {"node1", "node2"}


def test_windows_nodes_take_no_ipv6() -> None:
    case = case_of(
        cluster(3, windows=("node3",), families=(4, 6), differing=PROXY_ALL), service([pod(1)], families=(4, 6))
    )
    six = {path.ingress for path in trace(case, fold=False) if path.access.family == 6 and path.access.kind.is_external}
    assert six == {"node1", "node2"}


# Badges


@pytest.mark.parametrize(
    ("settings", "endpoints", "annotations", "badge"),
    [
        ({}, [pod(1)], AWS, Keeping.NEVER),
        ({}, [pod(1), pod(3)], AWS, Keeping.CANNOT_TELL),
        ({"etp": "Local"}, [pod(1)], AWS, Keeping.KEEPS),
        ({"etp": "Local"}, [pod(1), pod(3)], AWS, Keeping.CANNOT_TELL),
        ({}, [pod(1), pod(3)], METALLB, Keeping.NEVER),
        ({"etp": "Local"}, [pod(1)], METALLB, Keeping.KEEPS),
        ({}, [pod(1)], {}, Keeping.CANNOT_TELL),
    ],
)
def test_a_badge_is_no_surer_than_the_ways_through_windows_nodes(
    settings: dict[str, str], endpoints: list[object], annotations: dict[str, str], badge: Keeping
) -> None:
    made = service(endpoints, annotations=annotations, external_ips=(), **settings)  # type: ignore[arg-type]
    assert service_keeping(case_of(mixed(), made)) is badge


# Pods on Windows Nodes as endpoints


def test_pods_on_windows_nodes_see_what_others_see_but_only_by_reasoning() -> None:
    case = case_of(mixed(), service([pod(2), pod(3)]))
    linux, windows = paths_at(case, LB)
    assert (linux.seen, linux.basis) == (windows.seen, Basis.MEASURED)
    assert (windows.basis, windows.endpoint.node, windows.endpoint.on_windows) == (Basis.INFERRED, "node3", True)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"encryption": "wireGuard"}, "trafficEncryptionMode wireGuard"),
        ({"encryption": "ipsec"}, "trafficEncryptionMode ipsec"),
        ({"encap": "networkPolicyOnly"}, "networkPolicyOnly"),
    ],
)
def test_settings_that_windows_agents_refuse_leave_their_pods_in_doubt(settings: dict[str, str], words: str) -> None:
    case = case_of(mixed(**settings), service([pod(2), pod(3)]))
    known, doubtful = paths_at(case, LB)
    assert known.outcome is Outcome.DELIVERED
    assert doubtful.outcome is Outcome.UNKNOWN
    assert words in doubtful.why


def test_ipv6_pods_on_windows_nodes_are_in_doubt() -> None:
    snapshot = cluster(3, windows=("node3",), families=(4, 6), differing=PROXY_ALL)
    case = case_of(snapshot, service([pod(3)], families=(4, 6), lb_ips=("2001:db8:100::10",)))
    path = one(case, LB, family=6)
    assert (path.outcome, "no IPv6 on Windows" in path.why) == (Outcome.UNKNOWN, True)


def test_windows_nodes_run_no_dsr_even_if_they_report_nothing() -> None:
    snapshot = mixed(proxy_all=True, dsr_gate=True, differing={"node3": {"silent": True}})
    path = one(case_of(snapshot, service([pod(3)], mode="dsr")), LB)
    assert (path.outcome, path.direct_return) == (Outcome.UNKNOWN, False)
    assert "DSR" in path.why


# Pods on Windows Nodes as clients


def test_a_pod_on_a_windows_node_keeps_its_address_to_pods_and_has_the_nodes_to_hosts() -> None:
    case = case_of(mixed(), service([pod(1), pod(3), host(2)]))
    local, far, on_host = paths_at(case, CLUSTER_IP, A_POD, "node3")
    assert [path.seen.ip for path in (local, far, on_host)] == [A_POD.ip, A_POD.ip, node_ip(3)]
    assert {path.basis for path in (local, far, on_host)} == {Basis.INFERRED}
    assert (snat_ids(on_host), on_host.snat[0].where) == ("S10", "node3 NetNat antrea-nat")
    assert {rewrite.basis for rewrite in local.rewrites} == {Basis.INFERRED}


def test_a_pod_on_a_windows_node_reaches_other_nodes_by_their_node_ports_with_its_nodes_address() -> None:
    path = one(case_of(mixed(proxy_all=True), service([pod(1)])), NODE_PORT, A_POD, "node1")
    assert (snat_ids(path), path.seen.ip) == ("S10", node_ip(3))


def test_a_pod_that_reaches_itself_sees_the_gateway() -> None:
    myself = Vantage(VantageKind.SELF, pod_ip(3), "node3")
    path = one(case_of(mixed(), service([pod(3)])), CLUSTER_IP, myself, "node3")
    assert (snat_ids(path), path.seen.ip, path.basis) == ("S8", gateway(3), Basis.INFERRED)


def test_with_which_address_a_process_of_a_windows_node_comes_is_not_known() -> None:
    path = one(case_of(mixed(), service([pod(1)])), CLUSTER_IP, PROCESS, "node3")
    assert (path.outcome, "process of node3 itself" in path.why) == (Outcome.UNKNOWN, True)


# Modes that route


def test_routed_pods_are_reached_by_the_uplink_only_from_the_same_subnet_and_with_their_nodes_mac() -> None:
    near = {f"node{n}": {"transport_ips": (f"{node_ip(n)}/24",), "proxy_all": True} for n in (1, 2, 3)}
    apart = {**near, "node1": {"transport_ips": ("172.16.0.1/24",)}}
    told = with_mac(mixed(encap="noEncap", differing=near))
    path = one(case_of(told, service([pod(1)])), NODE_PORT, ingress="node3")
    assert (snat_ids(path), path.seen.ip, path.wire) == ("S10", gateway(3), Wire.ROUTED)
    for snapshot in (
        mixed(encap="noEncap", differing=near),
        with_mac(mixed(encap="noEncap")),
        with_mac(mixed(encap="noEncap", differing=apart)),
    ):
        path = one(case_of(snapshot, service([pod(1)])), NODE_PORT, ingress="node3")
        assert (path.outcome, MAC in path.why) == (Outcome.UNKNOWN, True)
    assert remote(paths_at(case_of(told, service([pod(1)])), CLUSTER_IP, A_POD, "node3")).seen.ip == A_POD.ip


# Who handles it there


def test_without_proxy_all_nobody_can_say_who_serves_a_windows_node() -> None:
    case = case_of(mixed(differing={"node3": {"proxy_all": False}}), service([pod(1)]))
    path = one(case, NODE_PORT, ingress="node3")
    assert (path.handler, path.outcome) == (Handler.UNDEFINED, Outcome.UNKNOWN)
    assert "without proxyAll" in path.why
    assert one(case, CLUSTER_IP, A_POD, "node3").handler is Handler.ANTREA_PROXY
    assert one(case, LB, A_POD, "node3").handler is Handler.ANTREA_PROXY
    assert one(case, EIP, A_POD, "node3").handler is Handler.UNDEFINED


def test_a_silent_windows_agent_is_judged_by_its_own_config_map() -> None:
    def handler(snapshot: Snapshot) -> Handler:
        return one(case_of(snapshot, service([pod(1)])), NODE_PORT, ingress="node3").handler

    assert handler(configured(mixed(), proxyAll=True)) is Handler.ANTREA_PROXY
    assert handler(configured(mixed(), proxyAll=False)) is Handler.UNDEFINED
    assert handler(configured(mixed(), enable=False, proxyAll=True)) is Handler.UNDEFINED
    assert handler(configured(mixed(), proxyAll=True, skipServices=["default/web"])) is Handler.NONE
    silent = mixed(proxy_all=True, differing={"node3": {"silent": True}})
    path = one(case_of(silent, service([pod(1)])), NODE_PORT, ingress="node3")
    assert (path.handler, "antrea-windows-config" in path.why) == (Handler.UNDEFINED, True)
    broken = configured(mixed(), proxyAll=True)
    text = msgspec.structs.replace(broken.config_maps[-1], data={"antrea-agent.conf": "a: [b"})
    assert handler(replace(broken, config_maps=(*broken.config_maps[:-1], text))) is Handler.UNDEFINED


def test_services_and_addresses_that_windows_agents_leave_alone_have_no_other_proxy() -> None:
    def outcome(kind: AccessKind, client: Vantage = OUTSIDE, **keys: object) -> Outcome:
        case = case_of(configured(mixed(), proxyAll=True, **keys), service([pod(1)]))
        return one(case, kind, client, "node3").outcome

    assert outcome(NODE_PORT, serviceProxyName="other") is Outcome.UNHANDLED
    assert outcome(LB, proxyLoadBalancerIPs=False) is Outcome.UNHANDLED
    assert outcome(NODE_PORT, proxyLoadBalancerIPs=False) is Outcome.DELIVERED
    assert outcome(CLUSTER_IP, A_POD) is Outcome.DELIVERED


def test_a_pod_on_a_windows_node_has_no_ipv6_that_could_be_predicted() -> None:
    snapshot = cluster(3, windows=("node3",), families=(4, 6), differing=PROXY_ALL)
    six = Vantage(VantageKind.POD, pod_ip(3, 9, 6), "node3", "default/client")
    path = one(case_of(snapshot, service([pod(1)], families=(4, 6))), CLUSTER_IP, six, "node3", family=6)
    assert (path.handler, path.outcome, "no IPv6" in path.why) == (Handler.UNDEFINED, Outcome.UNKNOWN, True)
