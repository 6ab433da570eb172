"""An address that live traffic showed is compared with the prediction: fits, contradicts, or cannot be told."""

import pytest

from diagnostics.datapath.trace import trace
from diagnostics.kube.recorded import read_demo
from diagnostics.model.case import Case
from diagnostics.remedies.acting.observed import Compared, Fit, compared

CLIENT = "203.0.113.7"


def case_of(demo: str, key: str = "shop/web") -> Case:
    return Case.of(read_demo(demo), key)


def pod_on(case: Case, node: str) -> str:
    return next(backend.pod for backend in case.all_backends if backend.node == node)


def asked(demo: str, source: str, client: str = "", node: str = "") -> Compared:
    case = case_of(demo)
    node = node or case.all_backends[0].node
    return compared(case, pod_on(case, node), source, client)


def gateway(demo: str, node: str) -> str:
    return case_of(demo).cluster.gateway_ip(node)


def other_node(demo: str) -> tuple[str, str]:
    """A Node with a Pod of the Service, and another Node."""
    case = case_of(demo)
    mine = case.all_backends[0].node
    return mine, next(name for name in case.cluster.nodes if name != mine)


def test_the_gateway_of_another_node_fits_where_snat_was_predicted() -> None:
    mine, other = other_node("seed")
    found = asked("seed", gateway("seed", other), node=mine)
    assert found.fit is Fit.FITS
    assert f"antrea-gw0 of {other}" in found.why
    assert f"as predicted through {other}" in found.why


def test_the_gateway_of_the_pods_own_node_may_be_a_probe_of_the_kubelet() -> None:
    for demo in ("seed", "proxy-all", "dsr"):
        mine, _ = other_node(demo)
        found = asked(demo, gateway(demo, mine), node=mine)
        assert found.fit is Fit.CANNOT_TELL
        assert "kubelet" in found.why


def test_under_dsr_the_client_fits_and_a_gateway_contradicts() -> None:
    mine, other = other_node("dsr")
    assert asked("dsr", CLIENT, CLIENT, node=mine).fit is Fit.FITS
    assert asked("dsr", CLIENT, node=mine).fit is Fit.FITS
    found = asked("dsr", gateway("dsr", other), node=mine)
    assert found.fit is Fit.CONTRADICTS
    assert "the client's own address was predicted" in found.why


def test_behind_kube_proxy_the_clients_own_address_contradicts_where_no_way_keeps_it() -> None:
    case = case_of("seed")
    kept = any(path.keeps_client for path in trace(case, fold=False) if path.access.kind.is_external)
    assert not kept
    assert asked("seed", CLIENT, CLIENT).fit is Fit.CONTRADICTS


def test_another_client_than_the_one_that_dials_proves_nothing() -> None:
    found = asked("dsr", "192.0.2.1", CLIENT)
    assert found.fit is Fit.CANNOT_TELL
    assert CLIENT in found.why


@pytest.mark.parametrize("source", ["", "10.20.0.200"])
def test_no_packet_and_a_pod_of_the_cluster_prove_nothing(source: str) -> None:
    assert asked("dsr", source).fit is Fit.CANNOT_TELL


def test_a_pod_that_is_no_endpoint_any_more_proves_nothing() -> None:
    assert compared(case_of("dsr"), "gone", CLIENT).fit is Fit.CANNOT_TELL
