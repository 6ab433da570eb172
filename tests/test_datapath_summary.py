"""One Service in one line: what the list shows and the sentence above the drawing, word for word."""

import pytest

from clusters import EXTERNAL_IP, LB_IP, cluster, without
from deployed import case_of, host, outside, pod, service
from diagnostics.datapath.path import AccessKind, Keeping
from diagnostics.datapath.summary import by_access, reason, summarise
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case
from diagnostics.model.service import ServicePort
from diagnostics.model.snapshot import Gap, Reason, Source

PLAIN = {"kind": "NodePort", "external_ips": ()}
PROXY_ALL = cluster(3, proxy_all=True)


def node_port(snapshot: object, *endpoints: object, **settings: object) -> Case:
    return case_of(snapshot, service(endpoints, **(PLAIN | settings)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "keeping", "sentence"),
    [
        (
            node_port(cluster(3), pod(1), pod(2)),
            Keeping.NEVER,
            "Client address hidden: Pods see an address of antrea-gw0.",
        ),
        (node_port(cluster(1), pod(1)), Keeping.NEVER, "Client address hidden: Pods see 10.10.1.1."),
        (
            node_port(cluster(2, encap="noEncap"), pod(1)),
            Keeping.NEVER,
            "Client address hidden: Pods see a Node's address or an address of antrea-gw0.",
        ),
        (
            node_port(cluster(1, proxy_all=True), host(1)),
            Keeping.NEVER,
            "Client address hidden: Pods see 169.254.0.253.",
        ),
        (node_port(cluster(2), pod(1), pod(2), etp="Local"), Keeping.KEEPS, "Client address kept."),
        (
            node_port(cluster(3), pod(1), etp="Local"),
            Keeping.KEEPS,
            "Client address kept; by node2 and node3 connections are dropped.",
        ),
        (
            node_port(cluster(4), pod(1), etp="Local"),
            Keeping.KEEPS,
            "Client address kept; by node2 and 2 more Nodes connections are dropped.",
        ),
        (
            node_port(PROXY_ALL, pod(1), pod(2, 2)),
            Keeping.SOMETIMES,
            "Client address kept for 2 of 3 endpoints from node2, 1 of 3 from node1, 0 of 3 from node3.",
        ),
        (
            node_port(cluster(2, proxy_all=True), pod(1), pod(2)),
            Keeping.SOMETIMES,
            "Client address kept for 1 of 2 endpoints.",
        ),
        (
            node_port(cluster(5, proxy_all=True), pod(1)),
            Keeping.SOMETIMES,
            "Client address kept for 1 of 1 endpoints from node1, 0 of 1 from node2 and 3 more Nodes.",
        ),
        (
            node_port(cluster(2)),
            Keeping.UNREACHABLE,
            "No connection arrives: rejected, as there is no ready endpoint.",
        ),
        (
            node_port(cluster(2), pod(3), etp="Local"),
            Keeping.UNREACHABLE,
            "No connection arrives: dropped.",
        ),
        (
            node_port(cluster(2, encap="hybrid"), pod(1), kind="NodePort"),
            Keeping.CANNOT_TELL,
            "What the Pods see cannot be told for all connections.",
        ),
        (
            node_port(cluster(2, kube_proxy="nftables", proxy_all=True), pod(1), pod(2)),
            Keeping.CANNOT_TELL,
            None,
        ),
        (
            case_of(cluster(2), service([pod(1)], kind="ClusterIP", external_ips=())),
            Keeping.NOT_EXPOSED,
            "Reached from inside the cluster only.",
        ),
        (
            case_of(cluster(2), service([pod(1)], kind="ClusterIP", external_ips=(), cluster_ip="None")),
            Keeping.NOT_EXPOSED,
            "Headless: clients talk to the Pods themselves, no proxy is between.",
        ),
    ],
)
def test_the_sentence_says_what_clients_outside_meet(case: Case, keeping: Keeping, sentence: str | None) -> None:
    line = summarise(case)
    assert line.keeping is keeping
    if sentence:
        assert line.reason == reason(case) == sentence


def test_what_nobody_can_tell_is_said_with_its_reason() -> None:
    case = node_port(cluster(2, kube_proxy="nftables", proxy_all=True), pod(1), pod(2))
    assert reason(case).startswith("Cannot be told")


def test_addresses_that_differ_are_told_apart_and_those_alike_together() -> None:
    snapshot = cluster(2, proxy_all=True, dsr_gate=True)
    case = case_of(snapshot, service([pod(1), pod(2)], mode="dsr"))
    assert reason(case).startswith(
        f"{LB_IP}, {EXTERNAL_IP}: client address kept. NodePort 30100: client address kept for 1 of 2 endpoints."
    )


def test_ports_with_the_same_number_of_kind_are_named_once() -> None:
    ports = (
        ServicePort(name="a", port=80, target_port=8080, node_port=30100),
        ServicePort(name="b", port=81, target_port=8081, node_port=30101),
    )
    case = case_of(
        cluster(2, proxy_all=True, dsr_gate=True), service([pod(1), pod(2)], mode="dsr", ports=ports, external_ips=())
    )
    assert reason(case).count(LB_IP) == 1
    assert "NodePort 30100, NodePort 30101: " in reason(case)


def test_a_line_of_the_list_shows_what_clients_dial_and_how_many_endpoints() -> None:
    exposed = summarise(case_of(cluster(2), service([pod(1, 2), pod(2)], etp="Local")))
    assert exposed.addresses == (LB_IP, EXTERNAL_IP, "*:30100")
    assert (exposed.key, exposed.type, exposed.policy, exposed.endpoints) == (
        "default/web",
        "LoadBalancer",
        "Local",
        3,
    )
    inside = summarise(case_of(cluster(2), service([pod(1)], kind="ClusterIP", external_ips=())))
    assert (inside.addresses, inside.policy) == (("10.96.0.10",), "")
    headless = summarise(case_of(cluster(2), service([], kind="ClusterIP", external_ips=(), cluster_ip="None")))
    assert (headless.addresses, headless.type) == ((), "Headless")


def test_an_alias_says_what_it_is() -> None:
    case = case_of(cluster(1), service([], kind="ExternalName", external_ips=(), cluster_ip=""))
    assert reason(case).startswith("A DNS alias for ")
    assert summarise(case).addresses == ()


def test_accesses_are_in_the_order_in_which_clients_outside_use_them() -> None:
    case = case_of(cluster(2), service([pod(1)]))
    assert [access.kind for access in by_access(trace(case))] == [
        AccessKind.LOAD_BALANCER,
        AccessKind.EXTERNAL_IP,
        AccessKind.NODE_PORT,
        AccessKind.CLUSTER_IP,
    ]
    assert all(len(paths) == len({path.ingress for path in paths}) for paths in by_access(trace(case)).values())


def test_endpoints_that_were_not_read_are_not_called_absent() -> None:
    snapshot = without(cluster(2), Gap(Source.SLICES, Reason.FORBIDDEN, "You may not list them."))
    case = node_port(snapshot)
    assert "no ready endpoint" not in reason(case)
    assert summarise(case).keeping is Keeping.CANNOT_TELL


def test_an_endpoint_outside_shows_a_nodes_address() -> None:
    case = node_port(cluster(2), outside())
    assert reason(case) == "Client address hidden: Pods see a Node's address."


def test_one_reason_why_nothing_can_be_told_is_given_and_several_are_not_strung_together() -> None:
    undecided = {"kube_proxy": "nftables", "proxy_all": True}
    assert "hook NAT at the same priority" in reason(node_port(cluster(2, **undecided), pod(1)))  # type: ignore[arg-type]
    upgrading = cluster(2, differing={"node2": {"version": "v2.0.0"}}, **undecided)  # type: ignore[arg-type]
    assert reason(node_port(upgrading, pod(1))) == "Cannot be told."
