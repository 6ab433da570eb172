"""Questions that are answered from the graph of a Service's traffic."""

import networkx as nx

from asking import EIP, LB, NODE_PORT
from clusters import CLIENT, cluster, pod_ip
from deployed import case_of, pod, service
from diagnostics.datapath.graph import Station, Vertex, client_of, endpoint_of, keepers, snat_on_all_ways, traffic, ways
from diagnostics.datapath.path import EXTERNAL_CLIENT
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case

ME = client_of(EXTERNAL_CLIENT)


def graph_of(case: Case) -> "nx.DiGraph[Vertex]":
    return traffic(path for path in trace(case, fold=False) if path.access.kind.is_external)


def test_under_kube_proxy_one_snat_point_lies_on_every_way_to_every_pod() -> None:
    graph = graph_of(case_of(cluster(2), service([pod(1), pod(2)])))
    for address in (pod_ip(1), pod_ip(2)):
        assert len(list(ways(graph, ME, endpoint_of(address)))) == 6
        assert snat_on_all_ways(graph, ME, endpoint_of(address)) == {"S1"}
        assert keepers(graph, ME, endpoint_of(address)) == set()


def test_under_antrea_proxy_no_snat_point_lies_on_every_way_for_the_local_one_is_free() -> None:
    graph = graph_of(case_of(cluster(2, proxy_all=True), service([pod(1)])))
    assert snat_on_all_ways(graph, ME, endpoint_of(pod_ip(1))) == set()


def test_under_dsr_the_client_is_kept_by_load_balancer_and_external_ip_but_not_by_node_port() -> None:
    graph = graph_of(case_of(cluster(2, proxy_all=True, dsr_gate=True), service([pod(1), pod(2)], mode="dsr")))
    assert {access.kind for access in keepers(graph, ME, endpoint_of(pod_ip(2)))} == {LB, EIP}
    assert NODE_PORT in {vertex.access.kind for vertex in graph if vertex.access}


def test_ways_that_deliver_nothing_are_no_ways() -> None:
    graph = graph_of(case_of(cluster(2), service([pod(2)], etp="Local")))
    found = list(ways(graph, ME, endpoint_of(pod_ip(2))))
    assert {way[2].name for way in found} == {"node2"}
    assert list(ways(graph, ME, endpoint_of("192.0.2.99"))) == []
    assert snat_on_all_ways(graph, ME, endpoint_of("192.0.2.99")) == set()


def test_lost_connections_are_drawn_but_are_no_ways() -> None:
    case = case_of(cluster(2, proxy_all=True, dsr_gate=True, encap="noEncap"), service([pod(2)], mode="dsr"))
    graph = graph_of(case)
    by_load_balancer = [vertex for vertex in graph if vertex.access and vertex.access.kind is LB]
    ingress = next(item for item in by_load_balancer if item.station is Station.INGRESS and item.name == "node1")
    assert graph.has_edge(ingress, endpoint_of(pod_ip(2)))
    assert not any(ingress in way for way in ways(graph, ME, endpoint_of(pod_ip(2))))


def test_the_graph_runs_from_the_client_to_the_endpoints_without_circles() -> None:
    graph = graph_of(case_of(cluster(3), service([pod(1), pod(2)])))
    assert nx.is_directed_acyclic_graph(graph)
    assert [vertex for vertex in graph if graph.in_degree(vertex) == 0] == [Vertex(Station.CLIENT, CLIENT)]
    assert {vertex.station for vertex in graph if graph.out_degree(vertex) == 0} == {Station.ENDPOINT}
