"""Odd Services and endpoints, fault cases 73 to 96: no check crashes, and what is said of them makes sense."""

import pytest

from diagnostics.datapath.path import AccessKind
from diagnostics.datapath.trace import external_paths
from diagnostics.kube.kinds import KINDS
from diagnostics.model.case import Case
from diagnostics.model.finding import Verdict
from fault_cases import Shape, survives, untried
from shapes import ANTREA, PORT, Item, agent, asked, conf, endpoint, lab, node, pod, service, slice_of

CATALOGUE = """
73 ExternalName
74 headless
75 no selector, manual slices
76 no ports · 1,000 ports · SCTP · named target port missing
77 endpoints null, ports null · conditions empty
78 no targetRef · target of another namespace
79 the same endpoint in two slices · stale Endpoints object
80 nodeName missing · nodeName of a Node that is gone
81 serving while it terminates
82 no endpoint · one · 800 · 801 · 5,000
83 a family without endpoints
84 FQDN slice
85 load balancer pending · host name only · many addresses · the same address twice
86 ipMode mixed
87 source ranges with blanks and IPv6 · source ranges as annotation
88 externalIP of a Node
89 Local without local endpoint · health check port
90 internal Local, external Cluster
91 affinity over 65,535 s
92 hints on some · Node hints on some
93 host network · outside the cluster
94 no NodePorts
95 mode misspelled · mode in capitals · mode on a ClusterIP Service
96 loadBalancerClass · skipServices · service-proxy-name
"""


def _many(number: int) -> Item:
    return slice_of(*(endpoint(f"10.2.{1 + index // 250}.{1 + index % 250}", "a") for index in range(number)))


def _lb(*entries: Item) -> Item:
    return {"loadBalancer": {"ingress": list(entries)}}


WIDE = node("a", 1, podCIDR="10.2.0.0/16", podCIDRs=["10.2.0.0/16"])
ISOLATED: Item = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "sealed", "namespace": "shop"},
    "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]},
}
STALE: Item = {
    "apiVersion": "v1",
    "kind": "Endpoints",
    "metadata": {"name": "web", "namespace": "shop"},
    "subsets": [{"addresses": [{"ip": "10.9.9.9"}], "ports": [{"name": "http", "port": 8080}]}],
}
HINTS = {"hints": {"forZones": [{"name": "z1"}]}}
V6: Item = {
    "ipFamilies": ["IPv4", "IPv6"],
    "clusterIPs": ["10.96.0.10", "fd00::10"],
    "ipFamilyPolicy": "PreferDualStack",
}
DSR: Item = {"annotations": {"service.antrea.io/load-balancer-mode": "dsr"}}

SHAPES = [
    Shape("73 ExternalName", lab(service(type="ExternalName", externalName="x.example", clusterIP=None, clusterIPs=None,
                                         selector=None, status={})), clear="AD001 AD002 AD005 AD075 AD076"),
    Shape("74 headless", lab(service(type="ClusterIP", clusterIP="None", clusterIPs=["None"], status={})),
          clear="AD001 AD002 AD005 AD076"),
    Shape("75 no selector, manual slices", lab(service(selector=None)), "AD002 AD076"),
    Shape("76 no ports", lab(service(ports=None)), clear="AD001 AD005 AD075"),
    Shape("76 1,000 ports", lab(service(ports=[{**PORT, "name": f"p{at}", "port": 1000 + at, "nodePort": 0}
                                               for at in range(1000)])), "AD075",
          says={"AD075": "Ports 1000/TCP (p0), 1001/TCP (p1), 1002/TCP (p2), 1003/TCP (p3) and 996 more of Service"}),
    Shape("76 SCTP", lab(service(ports=[{**PORT, "protocol": "SCTP"}])), "AD075",
          says={"AD075": "Port 80/SCTP (http) of Service shop/web has no ready endpoint: its EndpointSlices do not"}),
    Shape("76 named target port missing", lab(service(ports=[{**PORT, "name": "web", "targetPort": "web"}])), "AD075",
          says={"AD075": "the Pods may have no port named web"}),
    Shape("77 endpoints null, ports null", lab(slice_of(endpoints=None, ports=None)), "AD075",
          says={"AD075": "no Pod that has an address"}),
    Shape("77 conditions empty", lab(slice_of({"addresses": ["10.1.1.5"], "conditions": {}, "nodeName": "a"})),
          clear="AD075"),
    Shape("77 a null endpoint", lab(slice_of(endpoints=[None, endpoint("10.1.1.5", "a")])), clear="AD075"),
    Shape("78 no targetRef", lab(slice_of(endpoint("10.1.1.5", "a")), ISOLATED), unknown="AD013",
          says={"AD013": "labels of Pod 10.1.1.5"}),
    Shape("78 target of another namespace", lab(slice_of(endpoint(
        "10.1.1.5", "a", targetRef={"kind": "Pod", "name": "x", "namespace": "other"}))), clear="AD075 AD076"),
    Shape("79 the same endpoint in two slices", lab(slice_of(endpoint("10.1.1.5", "a"), name="web-2")), "AD002",
          says={"AD002": "1 of 2 endpoints"}),
    Shape("79 stale Endpoints object", lab(STALE), "AD002", clear="AD075 AD076", says={"AD002": "1 of 2 endpoints"}),
    Shape("80 nodeName missing", lab(slice_of(endpoint("10.1.1.5"), endpoint("10.1.2.5"))), "AD002",
          says={"AD002": "2 of 2 endpoints from a and b"}),
    Shape("80 nodeName of a Node that is gone", lab(slice_of(endpoint("10.1.1.5", "gone"))), "AD002",
          says={"AD002": "1 of 1 endpoint from a and b"}),
    Shape("81 serving while it terminates", lab(slice_of(endpoint(
        "10.1.1.5", "a", conditions={"ready": False, "serving": True, "terminating": True}))), clear="AD075"),
    Shape("82 no endpoint", lab(slice_of()), "AD075", says={"AD075": "its selector matches no Pod"}),
    Shape("82 one", lab(slice_of(endpoint("10.1.1.5", "a"))), "AD002",
          says={"AD002": "1 of 1 endpoint from b see 10.1.2.1"}),
    Shape("82 800 endpoints", lab(WIDE, _many(800)), "AD002", clear="AD073 AD076",
          says={"AD002": "800 of 800 endpoints from b"}),
    Shape("82 5,000 endpoints", lab(WIDE, _many(5000)), "AD002", clear="AD073 AD076",
          says={"AD002": "5000 of 5000 endpoints from b"}),
    Shape("82 801 endpoints before v1.9", lab(WIDE, _many(801), agent("a", 1, "v1.8.0"), agent("b", 2, "v1.8.0")),
          "AD073", says={"AD073": "801"}),
    Shape("82 801 endpoints, version not known",
          lab(WIDE, _many(801), agent("a", 1, ""), agent("b", 2, ""), {**ANTREA, "spec": {}}), unknown="AD073"),
    Shape("83 a family without endpoints", lab(service(**V6)), "AD075 AD078", says={
        "AD075": "no ready endpoint for IPv6: its EndpointSlices hold IPv4 addresses only",
        "AD078": "IPv4 before IPv6"}),
    Shape("84 FQDN slice", lab(slice_of(endpoint("x.example"), addressType="FQDN")), "AD075",
          says={"AD075": "its EndpointSlices hold FQDN addresses only"}),
    Shape("85 load balancer pending", lab(service(status={})), "AD002", clear="AD065 AD066 AD068"),
    Shape("85 host name only", lab(service(status=_lb({"hostname": "lb.example"}))), "AD006"),
    Shape("85 the same address twice", lab({**service(), "metadata": {"name": "other", "namespace": "shop"}}), "AD002"),
    Shape("85 many addresses", lab(service(status=_lb(*({"ip": f"198.51.100.{at}"} for at in range(1, 60))))), "AD002"),
    Shape("86 ipMode mixed", lab(service(status=_lb({"ip": "198.51.100.1", "ipMode": "Proxy"},
                                                    {"ip": "198.51.100.2", "ipMode": "VIP"}))), "AD006 AD068",
          says={"AD068": "198.51.100.1 "}),
    Shape("87 source ranges with blanks and IPv6",
          lab(service(loadBalancerSourceRanges=[" 203.0.113.0/24 ", "2001:db8::/32"])), "AD069",
          says={"AD069": "does not enforce loadBalancerSourceRanges (203.0.113.0/24 and 2001:db8::/32)"}),
    Shape("87 source ranges as annotation", lab(service(meta={"annotations": {
        "service.beta.kubernetes.io/load-balancer-source-ranges": "203.0.113.0/24"}})), "AD002", clear="AD069"),
    Shape("88 externalIP of a Node", lab(service(externalIPs=["192.0.2.12"])), "AD065",
          says={"AD065": "192.0.2.12 of Service shop/web is an address of Node b"}),
    Shape("89 Local without local endpoint", lab(service(externalTrafficPolicy="Local", healthCheckNodePort=31000),
                                                 slice_of(endpoint("10.1.1.5", "a"))), "AD020", clear="AD022",
          says={"AD020": "are refused there"}),
    Shape("89 health check port", lab(conf(antreaProxy={"proxyAll": True}),
                                      service(externalTrafficPolicy="Local", healthCheckNodePort=31000)),
          "AD022 AD023", says={"AD022": "31000"}),
    Shape("90 internal Local, external Cluster", lab(service(internalTrafficPolicy="Local")), "AD002"),
    Shape("91 affinity over 65,535 s", lab(service(
        sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 86400}})), "AD074",
          says={"AD074": "after 65535 seconds instead of 86400"}),
    Shape("92 hints on some", lab(slice_of(endpoint("10.1.1.5", "a", **HINTS), endpoint("10.1.2.5", "b"))), "AD077",
          says={"AD077": "proxies ignore"}),
    Shape("92 Node hints on some", lab(slice_of(endpoint("10.1.1.5", "a", hints={"forNodes": [{"name": "a"}]}),
                                                endpoint("10.1.2.5", "b"))), "AD077", says={"AD077": "proxies ignore"}),
    Shape("93 host network", lab(slice_of(endpoint("192.0.2.12", "b"))), "AD004"),
    Shape("93 outside the cluster", lab(slice_of(endpoint("203.0.113.99"))), "AD076",
          says={"AD076": "has an endpoint (203.0.113.99) that lies outside"}),
    Shape("94 no NodePorts", lab(service(ports=[{**PORT, "nodePort": 0}], allocateLoadBalancerNodePorts=False)),
          "AD002", clear="AD052"),
    Shape("95 mode misspelled", lab(service(meta={"annotations": {"service.antrea.io/load-balancer-mode": "drs"}})),
          "AD040"),
    Shape("95 mode in capitals", lab(service(meta={"annotations": {"service.antrea.io/load-balancer-mode": "DSR"}})),
          "AD030", clear="AD040"),
    Shape("95 mode on a ClusterIP Service", lab(service(type="ClusterIP", meta=DSR, status={},
                                                        externalTrafficPolicy=None)), clear="AD001 AD038"),
    Shape("96 loadBalancerClass", lab(service(loadBalancerClass="x.example/y")), "AD002"),
    Shape("96 skipServices", lab(conf(antreaProxy={"proxyAll": True, "skipServices": ["10.96.0.10"]})), "AD001 AD067"),
    Shape("96 service-proxy-name", lab(service(meta={"labels": {"service.kubernetes.io/service-proxy-name": "x"}})),
          "AD005 AD067"),
]  # fmt: skip


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.name) for shape in SHAPES])
def test_odd_services_get_a_sensible_answer_of_every_check(shape: Shape) -> None:
    survives(shape)


def test_every_fault_case_of_services_is_tried() -> None:
    assert untried(CATALOGUE, SHAPES) == []


def test_the_sound_cluster_is_sound() -> None:
    found = {code for code, item in asked(lab()).items() if item.findings}

    assert found == {"AD002", "AD044"}


def test_without_node_ports_no_path_leads_through_one() -> None:
    snapshot = lab(service(ports=[{**PORT, "nodePort": 0}], allocateLoadBalancerNodePorts=False))

    kinds = {path.access.kind for path in external_paths(Case.of(snapshot, "shop/web"))}
    assert kinds == {AccessKind.LOAD_BALANCER}


def test_objects_of_kind_endpoints_are_never_read() -> None:
    """EndpointSlices are the truth; an Endpoints object may be years old."""
    assert "Endpoints" not in {kind.kind for kind in KINDS.values()}
    assert asked(lab(STALE)) == asked(lab())


def test_a_pod_without_address_or_node_is_no_trouble() -> None:
    assert asked(lab(pod("web-c", "", "")))["AD090"].verdict is Verdict.PASSED
