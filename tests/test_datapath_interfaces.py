"""By which interface packets leave and come: transport interfaces, and how kube-proxy tells the Pods of its Node."""

from dataclasses import replace

import msgspec
import pytest

from asking import A_POD, CLUSTER_IP, LB, NODE1, NODE_PORT, OUTSIDE, one, snat_ids
from clusters import CLIENT, LB_IP_V6, cluster, gateway, node_ip, pod_ip
from deployed import case_of, host, outside, pod, service
from diagnostics.datapath.path import Keeping, Outcome, SeenKind, Vantage, VantageKind
from diagnostics.datapath.trace import own_addresses, seen_addresses, service_keeping, trace
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import NodeAddress

KP: dict[str, object] = {"antrea_proxy": False, "encap": "noEncap"}
AP: dict[str, object] = {"proxy_all": True, "encap": "noEncap"}
BY_NAME = {"agent": {"transportInterface": "eth1"}}
BY_RANGE = {"agent": {"transportInterfaceCIDRs": ["172.16.0.0/24"]}}


def fast(number: int) -> str:
    """Address of the second interface of a Node."""
    return f"172.16.0.{number}"


def reported(*numbers: int, prefix: str = "/24") -> dict[str, dict[str, object]]:
    """What agents report since v2.6."""
    return {f"node{n}": {"transport_ips": (f"{fast(n)}{prefix}",)} for n in numbers}


def noted(snapshot: Snapshot, *numbers: int) -> Snapshot:
    """With the annotation that agents write where a transport interface is configured."""
    return replace(
        snapshot,
        nodes=tuple(
            msgspec.structs.replace(
                node,
                metadata=msgspec.structs.replace(
                    node.metadata, annotations={"node.antrea.io/transport-addresses": f"{fast(n)},fd00:16::{n}"}
                ),
            )
            if n in numbers
            else node
            for n, node in enumerate(snapshot.nodes, start=1)
        ),
    )


# The transport interface


@pytest.mark.parametrize(("proxy", "ids"), [(KP, "S1"), (AP, "S3+S4")], ids=["kube-proxy", "AntreaProxy"])
def test_routed_packets_leave_with_the_address_of_the_transport_interface(proxy: dict[str, object], ids: str) -> None:
    snapshot = cluster(2, differing=reported(1, 2), **proxy, **BY_NAME)  # type: ignore[arg-type]
    case = case_of(snapshot, service([pod(2)]))
    path = one(case, LB)
    assert (snat_ids(path), path.seen.kind, path.seen.ip) == (ids, SeenKind.NODE, fast(1))
    assert own_addresses(case.cluster)[fast(1)] == "Node node1"
    assert seen_addresses(case) == {fast(1), gateway(2)} - ({gateway(2)} if proxy is AP else set())


def test_what_is_no_pod_is_reached_by_the_interface_of_the_internal_ip() -> None:
    snapshot = cluster(2, differing=reported(1, 2), **KP, **BY_NAME)  # type: ignore[arg-type]
    for endpoint in (host(2), outside()):
        assert one(case_of(snapshot, service([endpoint])), LB).seen.ip == node_ip(1)
    assert one(case_of(snapshot, service([pod(2)])), NODE_PORT, A_POD, "node2").snat[0].after == node_ip(1)


def test_tunnels_show_the_gateway_whatever_interface_they_use() -> None:
    snapshot = cluster(2, antrea_proxy=False, differing=reported(1, 2), **BY_NAME)  # type: ignore[arg-type]
    assert one(case_of(snapshot, service([pod(2)])), LB).seen.ip == gateway(1)


def test_a_transport_interface_whose_address_nothing_tells_leaves_the_address_open_but_hides_the_client() -> None:
    case = case_of(cluster(2, **KP, **BY_NAME), service([pod(2)]))  # type: ignore[arg-type]
    path = one(case, LB)
    assert (path.outcome, path.seen.kind, path.seen.ip) == (Outcome.DELIVERED, SeenKind.NODE, "")
    assert path.snat[0].after == "unknown"
    assert service_keeping(case) is Keeping.NEVER
    assert node_ip(1) not in seen_addresses(case)


def test_without_a_subnet_the_route_to_another_node_is_not_known() -> None:
    """The annotation tells the address, not whether the peer is in its subnet: the Node's other routes may win."""
    known = noted(cluster(2, **KP, **BY_NAME), 1, 2)  # type: ignore[arg-type]
    assert one(case_of(known, service([pod(2)])), LB).seen.ip == ""
    far = cluster(2, differing={**reported(1), "node2": {"transport_ips": ("172.17.0.2/24",)}}, **KP, **BY_NAME)  # type: ignore[arg-type]
    assert one(case_of(far, service([pod(2)])), LB).seen.ip == ""


def test_the_peers_address_may_come_from_its_annotation() -> None:
    snapshot = noted(cluster(2, differing=reported(1), **KP, **BY_NAME), 2)  # type: ignore[arg-type]
    assert one(case_of(snapshot, service([pod(2)])), LB).seen.ip == fast(1)
    hybrid = cluster(2, antrea_proxy=False, encap="hybrid", differing=reported(1), agent=BY_NAME["agent"])
    assert one(case_of(noted(hybrid, 2), service([pod(2)])), LB).seen.ip == fast(1)
    assert one(case_of(hybrid, service([pod(2)])), LB).seen.ip == ""


def test_a_range_names_the_nodes_address_within_it() -> None:
    def address(*addresses: str, **settings: object) -> str:
        snapshot = cluster(2, encap="networkPolicyOnly", antrea_proxy=False, **{**BY_RANGE, **settings})  # type: ignore[arg-type]
        status = msgspec.structs.replace(
            snapshot.nodes[0].status,
            addresses=[
                *snapshot.nodes[0].status.addresses,
                *(NodeAddress(type="InternalIP", address=text) for text in addresses),
            ],
        )
        first = msgspec.structs.replace(snapshot.nodes[0], status=status)
        return one(case_of(replace(snapshot, nodes=(first, snapshot.nodes[1])), service([pod(1)])), LB).seen.ip

    assert address(fast(1)) == fast(1)
    assert address() == ""
    assert address(fast(1), fast(2)) == ""
    assert address("172.16.1.1") == ""
    assert address(fast(1), agent={"transportInterface": "eth1", "transportInterfaceCIDRs": ["172.16.0.0/24"]}) == ""
    assert address(fast(1), agent={"transportInterfaceCIDRs": ["garbage"]}) == ""
    assert address(fast(1), agent={}) == node_ip(1)


def test_in_policy_only_mode_the_gateway_has_the_transport_address() -> None:
    snapshot = cluster(2, antrea_proxy=False, encap="networkPolicyOnly", differing=reported(1, 2))
    path = one(case_of(snapshot, service([pod(1)])), LB)
    assert (path.seen.kind, path.seen.ip) == (SeenKind.NODE, fast(1))


def test_nodes_with_and_without_a_known_transport_address_are_not_folded() -> None:
    snapshot = cluster(4, differing=reported(1, 2, 3), **KP, **BY_NAME)  # type: ignore[arg-type]
    case = case_of(snapshot, service([pod(1)]))
    groups = {(path.ingress, path.twins, path.seen.ip) for path in trace(case) if path.access.kind is LB}
    assert groups == {("node1", (), gateway(1)), ("node2", ("node3",), fast(2)), ("node4", (), "")}


# detectLocalMode


def detecting(mode: str = "", **settings: object) -> Snapshot:
    """A cluster that kube-proxy serves alone, with `detectLocalMode` and what goes with it."""
    local = {"bridgeInterface": settings.pop("bridge", ""), "interfaceNamePrefix": settings.pop("prefix", "")}
    wanted = {"detectLocalMode": mode, "detectLocal": local}
    return cluster(2, antrea_proxy=False, kube_proxy_config=wanted, **settings)  # type: ignore[arg-type]


DETECTORS = (
    (detecting(), True, True),
    (detecting(cluster_cidr=""), False, False),
    (detecting(cluster_cidr="10.99.0.0/16"), True, False),
    (detecting(cluster_cidr="10.99.0.0/16,10.10.0.0/16"), True, False),
    (detecting("ClusterCIDR", cluster_cidr="fd00:10::/32"), False, False),
    (detecting("NodeCIDR", cluster_cidr=""), True, True),
    (detecting("BridgeInterface", bridge="antrea-gw0", cluster_cidr=""), True, True),
    (detecting("BridgeInterface", bridge="cni0"), True, False),
    (detecting("BridgeInterface"), False, False),
    (detecting("BridgeInterface", bridge="gw", agent={"hostGateway": "gw"}), True, True),
    (detecting("InterfaceNamePrefix", prefix="antrea"), True, True),
    (detecting("InterfaceNamePrefix", prefix="veth"), True, False),
    (detecting("InterfaceNamePrefix"), False, False),
)


@pytest.mark.parametrize(("snapshot", "detects", "knows_pods"), DETECTORS)
def test_how_kube_proxy_tells_pods_decides_whom_it_spares_under_local_and_masquerades_to_cluster_ips(
    snapshot: Snapshot, detects: bool, knows_pods: bool
) -> None:
    local = case_of(snapshot, service([pod(2)], etp="Local"))
    spared = one(local, LB, A_POD)
    assert (spared.outcome, spared.seen.ip) == ((Outcome.DELIVERED, A_POD.ip) if knows_pods else (Outcome.DROPPED, ""))
    inside = one(local, CLUSTER_IP, A_POD)
    assert inside.seen.ip == (gateway(1) if detects and not knows_pods else A_POD.ip)
    routed = one(local, CLUSTER_IP, OUTSIDE)
    assert (routed.outcome, routed.seen.ip) == ((Outcome.DELIVERED, gateway(1)) if detects else (Outcome.LOST, CLIENT))
    assert one(local, LB, NODE1).outcome is Outcome.DELIVERED


def test_a_pod_that_is_not_taken_for_one_is_told_why_it_is_masqueraded() -> None:
    case = case_of(detecting("InterfaceNamePrefix", prefix="veth"), service([pod(2)]))
    assert f"does not take {A_POD.ip} for a Pod of node1 (InterfaceNamePrefix)" in one(case, CLUSTER_IP, A_POD).why


@pytest.mark.parametrize(
    ("mode", "spared"),
    [("ClusterCIDR", True), ("NodeCIDR", False), ("BridgeInterface", False), ("InterfaceNamePrefix", False)],
)
def test_pods_of_other_nodes_are_the_clusters_own_only_by_the_cluster_cidr(mode: str, spared: bool) -> None:
    snapshot = detecting(mode, bridge="antrea-gw0", prefix="antrea", encap="noEncap", no_snat=True)
    path = one(case_of(snapshot, service([pod(1)], etp="Local")), NODE_PORT, A_POD, "node2")
    assert (path.outcome is Outcome.DELIVERED) is spared


def test_each_family_has_its_own_detector() -> None:
    web = service([pod(2)], etp="Local", families=(4, 6), lb_ips=("198.51.100.10", LB_IP_V6))
    made = case_of(detecting(cluster_cidr="10.10.0.0/16", families=(4, 6)), web)
    assert one(made, LB, A_POD).outcome is Outcome.DELIVERED
    six = Vantage(VantageKind.POD, pod_ip(1, 9, 6), "node1", "default/client")
    assert one(made, LB, six, family=6).outcome is Outcome.DROPPED
    by_node = case_of(detecting("NodeCIDR", families=(4, 6)), web)
    assert one(by_node, LB, six, family=6).outcome is Outcome.DELIVERED


# Releases before the rules of today


def test_before_1_7_antrea_proxy_hides_the_client_from_its_own_pods_too() -> None:
    def seen(version: str, **settings: object) -> tuple[str, str]:
        snapshot = cluster(2, proxy_all=True, kube_proxy=None, version=version)
        path = one(case_of(snapshot, service([pod(1)], **settings)), LB)  # type: ignore[arg-type]
        return snat_ids(path), path.seen.ip

    assert seen("v1.6.9") == ("S2", gateway(1))
    assert seen("v1.7.0") == ("", CLIENT)
    assert seen("v1.6.9", etp="Local") == ("", CLIENT)
    old = case_of(cluster(2, proxy_all=True, kube_proxy=None, version="v1.6.9"), service([pod(1)]))
    assert one(old, LB, A_POD).seen.ip == A_POD.ip, "the rule looks at packets from antrea-gw0 only"
    assert one(old, CLUSTER_IP, OUTSIDE).seen.ip == CLIENT
    assert one(old, NODE_PORT).seen.ip == gateway(1)


def test_before_1_6_a_pod_that_reaches_itself_sees_a_virtual_address() -> None:
    def seen(version: str, family: int = 4) -> str:
        snapshot = cluster(1, version=version, families=(4, 6))
        myself = Vantage(VantageKind.SELF, pod_ip(1, 0, family), "node1")
        case = case_of(snapshot, service([pod(1)], families=(4, 6)))
        path = one(case, CLUSTER_IP, myself, family=family)
        assert snat_ids(path) == "S8"
        assert path.seen.ip in own_addresses(case.cluster)
        return path.seen.ip

    assert (seen("v1.5.9"), seen("v1.6.0")) == ("169.254.169.252", gateway(1))
    assert (seen("v1.5.9", 6), seen("v1.6.0", 6)) == ("fc00::aabb:ccdd:eeff", gateway(1, 6))
