"""Who handles an access: every row of the decision table, the exceptions, and what is not known."""

from dataclasses import replace
from itertools import product

import pytest
from packaging.version import Version

from asking import A_POD, CLUSTER_IP, EIP, LB, NODE1, NODE_PORT, OUTSIDE, one
from clusters import EXTERNAL_IP, LB_IP, cluster, gateway, node_ip, without
from clusters import NODE_PORT as PORT
from deployed import At, case_of, pod, service
from diagnostics.datapath.access import accesses
from diagnostics.datapath.decision_table import ROWS, Facts
from diagnostics.datapath.handler import Handled, handled
from diagnostics.datapath.path import AccessKind, Basis, Handler, Outcome, Vantage, VantageKind
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source

COLUMNS: tuple[tuple[AccessKind, Vantage], ...] = (
    (CLUSTER_IP, A_POD),
    (CLUSTER_IP, NODE1),
    (NODE_PORT, OUTSIDE),
    (NODE_PORT, A_POD),
    (LB, OUTSIDE),
    (LB, A_POD),
    (EIP, OUTSIDE),
    (EIP, A_POD),
)
NAMES = {"K": Handler.KUBE_PROXY, "A": Handler.ANTREA_PROXY, "-": Handler.NONE, "?": Handler.UNDEFINED}
OFF: dict[str, object] = {"antrea_proxy": False}
ON: dict[str, object] = {"proxy_all": True}
NFT: dict[str, object] = {"host_network_mode": "nftables"}

# kube-proxy, settings, cells in the order of COLUMNS; small letters are inferred.
TABLE: tuple[tuple[str | None, dict[str, object], str], ...] = (
    ("iptables", OFF, "KKKKKKKK"),
    ("nftables", OFF, "KKKKKKKK"),
    ("ipvs", OFF, "KKKKKKKK"),
    (None, OFF, "--------"),
    ("iptables", {}, "AKKKKAKK"),
    ("nftables", {}, "AKKKKAKK"),
    ("ipvs", {}, "AKKKKAKK"),
    (None, {}, "A----A--"),
    ("iptables", {**ON, "version": "v2.0.9"}, "AKKAKAKA"),
    ("iptables", {**ON, "version": "v2.1.0"}, "AKAAAAAA"),
    ("iptables", {**ON, "version": "v2.7.0"}, "AKAAAAAA"),
    ("iptables", {**ON, **NFT, "version": "v2.5.0"}, "AKAAAAAA"),
    ("nftables", {**ON, **NFT, "version": "v2.5.0"}, "AKAAAAAA"),
    ("nftables", {**ON, "version": "v2.1.0"}, "AK?AaAaA"),
    ("nftables", {**ON, "version": "v2.0.9"}, "AK?AkAkA"),
    ("ipvs", {**ON, "version": "v2.7.0"}, "AKaAkAkA"),
    ("ipvs", {**ON, "version": "v2.0.0"}, "AKaAkAkA"),
    (None, {**ON, "version": "v1.4.0"}, "AAAAAA--"),
    (None, {**ON, "version": "v1.11.9"}, "AAAAAA--"),
    ("iptables", {**ON, "version": "v1.11.9"}, "AKKAKAKK"),
    (None, {**ON, "version": "v1.12.0"}, "AAAAAAAA"),
    (None, {**ON, "version": "v2.7.0"}, "AAAAAAAA"),
    (None, {**ON, **NFT, "version": "v2.7.0"}, "AAAAAAAA"),
)


def asked(case: Case, kind: AccessKind, vantage: Vantage = OUTSIDE, node: str = "node1") -> Handled:
    access = next(access for access in accesses(case) if access.kind is kind)
    return handled(case, access, node, vantage)


def exposed(snapshot: Snapshot, **settings: object) -> Case:
    return case_of(snapshot, service([pod(2)], **settings))  # type: ignore[arg-type]


def forbidden(snapshot: Snapshot, source: Source) -> Snapshot:
    return without(snapshot, Gap(source, Reason.FORBIDDEN, "User cannot list them."))


@pytest.mark.parametrize(("kube_proxy", "settings", "cells"), TABLE, ids=str)
def test_the_decision_table_holds(kube_proxy: str | None, settings: dict[str, object], cells: str) -> None:
    case = exposed(cluster(2, kube_proxy=kube_proxy, **settings))  # type: ignore[arg-type]
    for (kind, vantage), cell in zip(COLUMNS, cells):
        answer = asked(case, kind, vantage)
        assert answer.handler is NAMES[cell.upper()], (kind, vantage.kind)
        assert (answer.basis is Basis.INFERRED) == cell.islower(), (kind, vantage.kind)
        assert answer.why
        assert answer.source


def test_what_nobody_handles_is_unhandled_and_what_nobody_can_tell_is_unknown() -> None:
    assert one(exposed(cluster(2, kube_proxy=None)), NODE_PORT).outcome is Outcome.UNHANDLED
    assert one(exposed(cluster(2, kube_proxy="nftables", proxy_all=True)), NODE_PORT).outcome is Outcome.UNKNOWN


def test_load_balancer_ips_with_ipvs_and_proxy_all_are_not_promised_to_work() -> None:
    doubtful = one(exposed(cluster(2, kube_proxy="ipvs", proxy_all=True)), LB)
    assert (doubtful.handler, doubtful.outcome) == (Handler.KUBE_PROXY, Outcome.UNKNOWN)
    assert "IPVS" in doubtful.why
    before = one(exposed(cluster(2, kube_proxy="ipvs", proxy_all=True, version="v2.0.0")), LB)
    assert before.outcome is Outcome.DELIVERED


@pytest.mark.parametrize("skipped", ["default/web", "10.96.0.10"])
def test_a_skipped_service_falls_to_kube_proxy_or_to_nobody(skipped: str) -> None:
    settings = {"proxy_all": True, "proxy": {"skipServices": [skipped]}}
    assert asked(exposed(cluster(2, **settings)), CLUSTER_IP, A_POD).handler is Handler.KUBE_PROXY  # type: ignore[arg-type]
    assert asked(exposed(cluster(2, **settings)), NODE_PORT).handler is Handler.KUBE_PROXY  # type: ignore[arg-type]
    alone = exposed(cluster(2, kube_proxy=None, **settings))  # type: ignore[arg-type]
    assert asked(alone, NODE_PORT).handler is Handler.NONE


def test_a_service_proxy_name_keeps_kube_proxy_away_and_antrea_proxy_unless_it_has_that_name() -> None:
    labels = {"service.kubernetes.io/service-proxy-name": "mine"}
    assert asked(exposed(cluster(2, proxy_all=True), labels=labels), NODE_PORT).handler is Handler.NONE
    named = cluster(2, proxy_all=True, proxy={"serviceProxyName": "mine"})
    assert asked(exposed(named, labels=labels), NODE_PORT).handler is Handler.ANTREA_PROXY
    assert asked(exposed(named, labels=labels), CLUSTER_IP, NODE1).handler is Handler.ANTREA_PROXY
    assert asked(exposed(named), NODE_PORT).handler is Handler.KUBE_PROXY


def test_antrea_proxy_can_leave_load_balancer_ips_alone() -> None:
    case = exposed(cluster(2, proxy_all=True, proxy={"proxyLoadBalancerIPs": False}))
    assert asked(case, LB).handler is Handler.KUBE_PROXY
    assert asked(case, LB, A_POD).handler is Handler.KUBE_PROXY
    assert asked(case, EIP).handler is Handler.ANTREA_PROXY
    alone = exposed(cluster(2, kube_proxy=None, proxy_all=True, proxy={"proxyLoadBalancerIPs": False}))
    path = one(alone, LB, A_POD)
    assert (path.handler, path.outcome) == (Handler.NONE, Outcome.UNKNOWN)
    assert "leaves to the load balancer" in path.why


def test_a_load_balancer_ip_of_mode_proxy_is_served_by_no_node() -> None:
    case = exposed(cluster(2, proxy_all=True), ip_mode="Proxy")
    [path] = [path for path in trace(case) if path.access.kind is LB]
    assert (path.handler, path.outcome, path.ingress) == (Handler.NONE, Outcome.UNKNOWN, "")
    assert "ipMode Proxy" in path.why
    assert asked(case, NODE_PORT).handler is Handler.ANTREA_PROXY


def test_node_port_addresses_close_the_ports_of_other_nodes() -> None:
    only_node1 = [f"{node_ip(1)}/32"]
    by_kube_proxy = exposed(cluster(2, antrea_proxy=False, kube_proxy_config={"nodePortAddresses": only_node1}))
    assert asked(by_kube_proxy, NODE_PORT, node="node1").handler is Handler.KUBE_PROXY
    assert asked(by_kube_proxy, NODE_PORT, node="node2").handler is Handler.NONE
    by_antrea = exposed(cluster(2, proxy_all=True, proxy={"nodePortAddresses": only_node1}))
    assert asked(by_antrea, NODE_PORT, node="node1").handler is Handler.ANTREA_PROXY
    assert asked(by_antrea, NODE_PORT, node="node2").handler is Handler.KUBE_PROXY
    assert asked(by_antrea, LB, node="node2").handler is Handler.ANTREA_PROXY
    primary = exposed(cluster(2, antrea_proxy=False, kube_proxy_config={"nodePortAddresses": ["primary"]}))
    assert asked(primary, NODE_PORT).handler is Handler.KUBE_PROXY


def test_what_an_agent_reports_goes_before_the_config_map_and_silence_falls_back_to_it() -> None:
    snapshot = cluster(3, proxy_all=True, differing={"node2": {"proxy_all": False}, "node3": {"silent": True}})
    case = exposed(snapshot)
    handlers = {name: asked(case, NODE_PORT, node=name).handler for name in ("node1", "node2", "node3")}
    assert handlers == {
        "node1": Handler.ANTREA_PROXY,
        "node2": Handler.KUBE_PROXY,
        "node3": Handler.ANTREA_PROXY,
    }


def test_each_node_is_judged_by_its_own_release_during_an_upgrade() -> None:
    case = exposed(cluster(2, proxy_all=True, differing={"node2": {"version": "v2.0.1"}}))
    assert asked(case, NODE_PORT, node="node1").handler is Handler.ANTREA_PROXY
    assert asked(case, NODE_PORT, node="node2").handler is Handler.KUBE_PROXY


def test_without_any_configuration_or_report_the_handler_is_not_known_and_it_says_what_would_settle_it() -> None:
    case = exposed(forbidden(cluster(2, proxy_all=True, agents=False), Source.CONFIG_MAPS))
    answer = asked(case, NODE_PORT)
    assert answer.handler is Handler.UNDEFINED
    assert "configmaps" in answer.why
    assert one(case, NODE_PORT).outcome is Outcome.UNKNOWN


def test_reports_of_agents_decide_even_if_the_config_map_cannot_be_read() -> None:
    case = exposed(forbidden(cluster(2, proxy_all=True, kube_proxy=None), Source.CONFIG_MAPS))
    answer = asked(case, NODE_PORT)
    assert (answer.handler, answer.basis) == (Handler.ANTREA_PROXY, Basis.INFERRED)
    assert "could not be read" in answer.why


def test_an_unknown_mode_of_kube_proxy_matters_only_where_the_modes_differ() -> None:
    def unreadable(**settings: object) -> Case:
        snapshot = cluster(2, **settings)  # type: ignore[arg-type]
        kept = tuple(item for item in snapshot.config_maps if item.metadata.name != "kube-proxy")
        return exposed(replace(snapshot, config_maps=kept))

    assert asked(unreadable(), NODE_PORT).handler is Handler.KUBE_PROXY
    answer = asked(unreadable(proxy_all=True), NODE_PORT)
    assert answer.handler is Handler.UNDEFINED
    assert "kube-system/kube-proxy" in answer.why


def test_whether_kube_proxy_runs_may_stay_unknown() -> None:
    snapshot = forbidden(cluster(2, kube_proxy=None, proxy_all=True), Source.DAEMON_SETS)
    answer = asked(exposed(forbidden(snapshot, Source.PODS)), NODE_PORT)
    assert answer.handler is Handler.UNDEFINED
    assert "Whether kube-proxy runs is not known" in answer.why


def test_without_antrea_nothing_is_predicted() -> None:
    snapshot = cluster(2, agents=False)
    bare = replace(
        snapshot, daemon_sets=tuple(item for item in snapshot.daemon_sets if "antrea" not in item.metadata.name)
    )
    path = one(exposed(bare), NODE_PORT)
    assert (path.handler, path.outcome) == (Handler.UNDEFINED, Outcome.UNKNOWN)
    assert "no Antrea agents" in path.why


def test_a_pod_on_the_host_network_counts_as_its_node() -> None:
    host_pod = Vantage(VantageKind.POD, node_ip(1), "node1", "kube-system/agent")
    case = exposed(cluster(2))
    assert asked(case, CLUSTER_IP, host_pod).handler is Handler.KUBE_PROXY
    assert one(case, CLUSTER_IP, host_pod).seen.ip == gateway(1)


def test_a_service_is_dialled_by_every_address_port_and_family() -> None:
    dual = service([pod(1)], families=(4, 6), lb_ips=(LB_IP, "2001:db8:100::10"))
    found = [(a.kind, a.family, a.address, a.port) for a in accesses(case_of(cluster(1, families=(4, 6)), dual))]
    assert found == [
        (NODE_PORT, 4, "", PORT),
        (NODE_PORT, 6, "", PORT),
        (LB, 4, LB_IP, 80),
        (LB, 6, "2001:db8:100::10", 80),
        (EIP, 4, EXTERNAL_IP, 80),
        (CLUSTER_IP, 4, "10.96.0.10", 80),
        (CLUSTER_IP, 6, "fd00:96::10", 80),
    ]


@pytest.mark.parametrize(("kind", "address"), [("ClusterIP", "None"), ("ExternalName", "")])
def test_what_no_proxy_handles_has_no_access(kind: str, address: str) -> None:
    endpoints: list[At] = [pod(1)]
    assert accesses(case_of(cluster(1), service(endpoints, kind=kind, cluster_ip=address, external_ips=()))) == ()


def test_some_row_speaks_of_every_combination_of_facts_and_only_one() -> None:
    for mode, proxy, proxy_all, text, host_mode in product(
        ("iptables", "nftables", "ipvs", "absent"), (True, False), (True, False), ("1.4", "2.1", "2.5"),
        ("iptables", "nftables"),
    ):  # fmt: skip
        if host_mode == "nftables" and text != "2.5":
            continue
        facts = Facts(mode, proxy, proxy_all, Version(text), host_mode)
        assert sum(row.holds(facts) for row in ROWS) == 1, facts


@pytest.mark.parametrize("kube_proxy", ["iptables", None])
def test_an_address_that_is_a_nodes_own_is_not_promised_to_work_under_proxy_all(kube_proxy: str | None) -> None:
    case = exposed(cluster(2, proxy_all=True, kube_proxy=kube_proxy), lb_ips=(node_ip(2),))
    path = one(case, LB)
    assert (path.handler, path.outcome) == (Handler.ANTREA_PROXY, Outcome.UNKNOWN)
    assert "Node node2" in path.why
    assert one(case, EIP).outcome is Outcome.DELIVERED
    assert one(exposed(cluster(2), lb_ips=(node_ip(2),)), LB).outcome is Outcome.DELIVERED


def test_the_rules_of_proxy_all_are_named_where_the_host_network_mode_puts_them() -> None:
    case = exposed(cluster(2, proxy_all=True, encap="noEncap"))
    places = [rewrite.where for rewrite in one(case, NODE_PORT).rewrites]
    assert (places[0], places[-1]) == ("node1 iptables nat ANTREA-PREROUTING", "node1 iptables nat ANTREA-POSTROUTING")
    case = exposed(cluster(2, proxy_all=True, encap="noEncap", host_network_mode="nftables"))
    places = [rewrite.where for rewrite in one(case, NODE_PORT).rewrites]
    assert places[0] == "node1 nftables antrea nat-prerouting-proxy-all"
    assert places[-1] == "node1 nftables antrea nat-postrouting-proxy-all"
