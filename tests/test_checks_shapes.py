"""Odd and broken objects cost no check its answer: nothing crashes, and what is said of them makes sense.

The numbers are those of the fault cases (73 to 124): shapes of Services and endpoints, of Antrea and kube-proxy, of
policies.
"""

from dataclasses import dataclass, field

import pytest

from diagnostics.datapath.path import AccessKind
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.model.finding import Verdict
from diagnostics.model.snapshot import Snapshot
from shapes import (
    ANTREA,
    KUBE_PROXY,
    PORT,
    Item,
    agent,
    asked,
    conf,
    config_map,
    daemon_set,
    endpoint,
    lab,
    node,
    pod,
    service,
    slice_of,
)


@dataclass(frozen=True)
class Shape:
    """A cluster, and codes that must be found, must be unknown, and must not be found in it."""

    name: str
    snapshot: Snapshot
    found: str = ""
    unknown: str = ""
    clear: str = ""
    gaps: int = 0
    says: dict[str, str] = field(default_factory=dict)


def _of_antrea(item: Item) -> bool:
    name = str(item.get("metadata", {}).get("name", ""))
    return item["kind"] == "AntreaAgentInfo" or name.startswith("antrea")


def _without(kind: str, name: str = "") -> Snapshot:
    return lab(without=lambda item: item["kind"] == kind and (not name or item["metadata"]["name"] == name))


def _many(number: int) -> Item:
    return slice_of(*(endpoint(f"10.1.{1 + index // 250}.{1 + index % 250}", "a") for index in range(number)))


def _lb(*entries: Item) -> Item:
    return {"loadBalancer": {"ingress": list(entries)}}


HINTS = {"hints": {"forZones": [{"name": "z1"}]}}
V6: Item = {
    "ipFamilies": ["IPv4", "IPv6"],
    "clusterIPs": ["10.96.0.10", "fd00::10"],
    "ipFamilyPolicy": "PreferDualStack",
}
DSR: Item = {"annotations": {"service.antrea.io/load-balancer-mode": "dsr"}}

SERVICES = [
    Shape("73 ExternalName", lab(service(type="ExternalName", externalName="x.example", clusterIP=None, clusterIPs=None,
                                         selector=None, status={})), clear="AD001 AD002 AD005 AD075 AD076"),
    Shape("74 headless", lab(service(type="ClusterIP", clusterIP="None", clusterIPs=["None"], status={})),
          clear="AD001 AD002 AD005 AD076"),
    Shape("75 no selector, manual slices", lab(service(selector=None)), "AD002 AD076"),
    Shape("76 no ports", lab(service(ports=None)), clear="AD001 AD005 AD075"),
    Shape("76 1,000 ports", lab(service(ports=[{**PORT, "name": f"p{at}", "port": 1000 + at, "nodePort": 0}
                                               for at in range(1000)])), "AD075"),
    Shape("76 SCTP", lab(service(ports=[{**PORT, "protocol": "SCTP"}])), "AD075"),
    Shape("76 named target port missing", lab(service(ports=[{**PORT, "name": "web", "targetPort": "web"}])), "AD075",
          says={"AD075": "the Pods may have no port named web"}),
    Shape("77 endpoints null, ports null", lab(slice_of(endpoints=None, ports=None)), "AD075"),
    Shape("77 conditions empty", lab(slice_of({"addresses": ["10.1.1.5"], "conditions": {}, "nodeName": "a"})),
          clear="AD075"),
    Shape("77 a null endpoint", lab(slice_of(endpoints=[None, endpoint("10.1.1.5", "a")])), clear="AD075"),
    Shape("78 target of another namespace", lab(slice_of(endpoint(
        "10.1.1.5", "a", targetRef={"kind": "Pod", "name": "x", "namespace": "other"}))), clear="AD075 AD076"),
    Shape("79 the same endpoint in two slices", lab(slice_of(endpoint("10.1.1.5", "a"), name="web-2")), "AD002",
          says={"AD002": "1 of 2 endpoints"}),
    Shape("80 nodeName missing", lab(slice_of(endpoint("10.1.1.5"), endpoint("10.1.2.5"))), "AD002"),
    Shape("80 nodeName of nobody", lab(slice_of(endpoint("10.1.1.5", "gone"))), "AD002"),
    Shape("81 serving while it terminates", lab(slice_of(endpoint(
        "10.1.1.5", "a", conditions={"ready": False, "serving": True, "terminating": True}))), clear="AD075"),
    Shape("82 no endpoint", lab(slice_of()), "AD075"),
    Shape("82 800 endpoints", lab(_many(800)), "AD002", clear="AD073"),
    Shape("82 5,000 endpoints", lab(_many(5000)), "AD002", clear="AD073"),
    Shape("82 801 endpoints, version not known",
          lab(_many(801), agent("a", 1, ""), agent("b", 2, ""), {**ANTREA, "spec": {}}), unknown="AD073"),
    Shape("83 a family without endpoints", lab(service(**V6)), "AD075 AD078", says={"AD075": "for IPv6"}),
    Shape("84 FQDN slice", lab(slice_of(endpoint("x.example"), addressType="FQDN")), "AD075"),
    Shape("85 load balancer pending", lab(service(status={})), "AD002", clear="AD065 AD066 AD068"),
    Shape("85 host name only", lab(service(status=_lb({"hostname": "lb.example"}))), "AD006"),
    Shape("85 many addresses", lab(service(status=_lb(*({"ip": f"198.51.100.{at}"} for at in range(1, 60))))), "AD002"),
    Shape("86 ipMode mixed", lab(service(status=_lb({"ip": "198.51.100.1", "ipMode": "Proxy"},
                                                    {"ip": "198.51.100.2", "ipMode": "VIP"}))), "AD006 AD068",
          says={"AD068": "198.51.100.1 "}),
    Shape("87 source ranges with blanks and IPv6",
          lab(service(loadBalancerSourceRanges=[" 203.0.113.0/24 ", "2001:db8::/32"])), "AD069"),
    Shape("88 externalIP of a Node", lab(service(externalIPs=["192.0.2.12"])), "AD065"),
    Shape("89 Local without local endpoint", lab(service(externalTrafficPolicy="Local", healthCheckNodePort=31000),
                                                 slice_of(endpoint("10.1.1.5", "a"))), "AD020", clear="AD022"),
    Shape("89 health check port", lab(conf(antreaProxy={"proxyAll": True}),
                                      service(externalTrafficPolicy="Local", healthCheckNodePort=31000)),
          "AD022 AD023", says={"AD022": "31000"}),
    Shape("90 internal Local, external Cluster", lab(service(internalTrafficPolicy="Local")), "AD002"),
    Shape("91 affinity over 65,535 s", lab(service(
        sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 86400}})), "AD074"),
    Shape("92 hints on some", lab(slice_of(endpoint("10.1.1.5", "a", **HINTS), endpoint("10.1.2.5", "b"))), "AD077",
          says={"AD077": "proxies ignore"}),
    Shape("93 host network", lab(slice_of(endpoint("192.0.2.12", "b"))), "AD004"),
    Shape("93 outside the cluster", lab(slice_of(endpoint("203.0.113.99"))), "AD076"),
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

AGENTS_ELSEWHERE = daemon_set("antrea-agent", "antrea/antrea-agent-ubuntu:v2.7.0",
                              {"app": "antrea", "component": "antrea-agent"}, "antrea")  # fmt: skip
VOLUME = {"name": "antrea-config", "configMap": {"name": "antrea-config-mb2m"}}
HASHED = {**ANTREA, "spec": {"template": {"spec": {"volumes": [VOLUME]}}}}
PLAIN = {"Classifier": 5, "ServiceLB": 5}


def _text(text: str) -> Snapshot:
    return lab(config_map("antrea-config", "antrea-agent.conf", text))


def _versions(*texts: str) -> Snapshot:
    return lab(*(agent(name, at, text) for at, (name, text) in enumerate(zip("ab", texts), 1)))


def _kube_proxy(**keys: object) -> Item:
    return config_map("kube-proxy", "config.conf", {"clusterCIDR": "10.1.0.0/16", **keys})


def _k3s(name: str, number: int) -> Item:
    made = node(name, number)
    made["status"]["nodeInfo"]["kubeletVersion"] = "v1.33.1+k3s1"
    return made


CLUSTERS = [
    Shape("97 Antrea absent", lab(without=_of_antrea), "AD087", unknown="AD001"),
    Shape("97 another CNI beside it", lab(daemon_set("calico-node", "calico/node:v3", {})), "AD002", clear="AD087"),
    Shape("98 another namespace", lab(AGENTS_ELSEWHERE, config_map("antrea-config", "antrea-agent.conf", "", "antrea"),
                                      without=lambda item: item is ANTREA), clear="AD087"),
    Shape("99 ConfigMap missing", _without("ConfigMap", name="antrea-config"), unknown="AD067 AD072 AD085"),
    Shape("99 hash suffix, and two of them", lab(HASHED, config_map(
        "antrea-config-mb2m", "antrea-agent.conf", "noSNAT: true\n")), "AD085"),
    Shape("100 conf empty", _text(""), "AD082"),
    Shape("100 sections null", _text("featureGates:\nantreaProxy:\n"), "AD082"),
    Shape("100 tabs", _text("antreaProxy:\n\tproxyAll: true\n"), unknown="AD067 AD085"),
    Shape("100 unknown keys", _text("brandNew: 1\nantreaProxy:\n  proxyAll: true\n  more: {}\n"), "AD002"),
    Shape("100 a list", _text("- a\n"), unknown="AD085"),
    Shape("100 gate that is no boolean", _text("featureGates:\n  LoadBalancerModeDSR: maybe\n"), unknown="AD085"),
    Shape("101 gate on, agents older", lab(conf(featureGates={"LoadBalancerModeDSR": True}), service(meta=DSR),
                                           agent("a", 1, "v1.12.0"), agent("b", 2, "v1.12.0")), "AD030"),
    Shape("102 mixed versions", _versions("v2.7.0", "v2.6.1"), "AD081 AD088"),
    Shape("103 v2.8.0-dev", _versions("v2.8.0-dev-abc", "v2.8.0-dev-abc"), "AD002", clear="AD081 AD088"),
    Shape("103 vendor's version", _versions("2.3.0+vmware.1", "2.3.0+vmware.1"), "AD002", clear="AD023 AD024"),
    Shape("103 latest", _versions("latest", "latest"), unknown="AD088"),
    Shape("104 not restarted", lab(agent("a", 1, tables=PLAIN), agent("b", 2, tables=PLAIN)), "AD082"),
    Shape("105 crash after a bad DSR setting", lab(
        conf(antreaProxy={"defaultLoadBalancerMode": "dsr"}),
        {**ANTREA, "status": {"desiredNumberScheduled": 2, "numberReady": 1}}), "AD031 AD080"),
    *(Shape(f"106 {mode}", lab(conf(trafficEncapMode=mode)), "AD002")
      for mode in ("noEncap", "networkPolicyOnly", "NOENCAP")),
    Shape("106 hybrid, subnets not known", lab(conf(trafficEncapMode="hybrid")), unknown="AD002"),
    Shape("106 WireGuard", lab(conf(trafficEncryptionMode="wireGuard")), "AD002"),
    Shape("106 IPsec", lab(conf(trafficEncryptionMode="ipsec")), "AD002"),
    Shape("106 a mode that nobody knows", lab(conf(trafficEncapMode="teleport"))),
    Shape("107 IPv6 only", lab(service(ipFamilies=["IPv6"], clusterIP="fd00::10", clusterIPs=["fd00::10"],
                                       status=_lb({"ip": "2001:db8::1"}))), "AD075 AD078"),
    Shape("108 Windows Nodes", lab({**node("w", 3), "metadata": {
        "name": "w", "labels": {"kubernetes.io/os": "windows"}}}, agent("w", 3)), "AD079", unknown="AD041"),
    Shape("109 nftables", lab(_kube_proxy(mode="nftables")), "AD060", clear="AD061"),
    Shape("109 ipvs", lab(_kube_proxy(mode="ipvs")), "AD048 AD061", clear="AD060"),
    Shape("109 a mode that nobody knows", lab(_kube_proxy(mode="userspace")), unknown="AD048 AD060 AD061"),
    Shape("110 kube-proxy in k3s", lab(_k3s("a", 1), _k3s("b", 2), without=lambda item: item is KUBE_PROXY or
                                       item.get("metadata", {}).get("name") == "kube-proxy"), unknown="AD045 AD060"),
    Shape("111 kube-proxy gone", lab(without=lambda item: item.get("metadata", {}).get("name") == "kube-proxy"),
          "AD045"),
    Shape("112 AntreaAgentInfo missing", _without("AntreaAgentInfo"), "AD080"),
    Shape("112 AntreaAgentInfo stale", lab({**agent("a", 1), "agentConditions": [
        {"type": "AgentHealthy", "status": "True", "lastHeartbeatTime": "2026-11-01T09:00:00Z"}]}), "AD080"),
    Shape("112 heartbeat that is no time", lab({**agent("a", 1), "agentConditions": [
        {"type": "AgentHealthy", "status": "True", "lastHeartbeatTime": "yesterday"}]}), clear="AD080"),
    Shape("113 no podCIDR", lab(node("a", 1, taints=[]), node("b", 2, taints=[]))),
    Shape("113 podCIDR that is none", lab(node("a", 1, podCIDR="ten", podCIDRs=["ten"])), "AD002"),
    Shape("114 AntreaProxy off", lab(conf(antreaProxy={"enable": False}), agent("a", 1, tables={"DNAT": 1}),
                                     agent("b", 2, tables={"DNAT": 1})), "AD001 AD086"),
]  # fmt: skip


def _network_policy(name: str = "p", **spec: object) -> Item:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "shop"}, "spec": {"podSelector": {}, **spec}}  # fmt: skip


def _allow(cidr: str, *excepted: str) -> Snapshot:
    block: Item = {"cidr": cidr, **({"except": list(excepted)} if excepted else {})}
    return lab(_network_policy(policyTypes=["Ingress"], ingress=[{"from": [{"ipBlock": block}]}]))


def _acnp(*rules: Item, **spec: object) -> Item:
    applied = {"appliedTo": [{"podSelector": {"matchLabels": {"app": "web"}}}]}
    return {"apiVersion": "crd.antrea.io/v1beta1", "kind": "ClusterNetworkPolicy", "metadata": {"name": "acnp"},
            "spec": {"priority": 5, "tier": "securityops", **applied, "ingress": list(rules), **spec}}  # fmt: skip


DROP = {"action": "Drop", "from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}
GUARD = {"appliedTo": [{"service": {"name": "web", "namespace": "shop"}}]}
POLICIES = [
    Shape("115 host bits", _allow("203.0.113.77/24"), "AD010"),
    Shape("115 everybody", _allow("0.0.0.0/0"), clear="AD010 AD012"),
    Shape("115 one address", _allow("203.0.113.7/32"), "AD010"),
    Shape("115 IPv6 for an IPv4 Service", _allow("2001:db8::/32")),
    Shape("115 v4-mapped", _allow("::ffff:203.0.113.0/120")),
    Shape("115 except the whole", _allow("203.0.113.0/24", "203.0.113.0/24")),
    Shape("115 except outside", _allow("203.0.113.0/24", "198.51.100.0/24"), "AD010"),
    Shape("115 no range at all", _allow("everybody")),
    Shape("116 from is empty", lab(_network_policy(ingress=[{"from": []}])), clear="AD013"),
    Shape("116 no ingress", lab(_network_policy(policyTypes=["Ingress"])), "AD013"),
    Shape("116 ingress null, policyTypes absent", lab(_network_policy(ingress=None)), "AD013"),
    Shape("117 named port that no Pod has", lab(_network_policy(ingress=[{"ports": [{"port": "nobody"}]}]))),
    Shape("117 endPort below port", lab(_network_policy(ingress=[{"ports": [{"port": 9000, "endPort": 80}]}]))),
    Shape("118 unknown tier", lab(_acnp(DROP, tier="brandnew"))),
    Shape("118 priority 0.5", lab(_acnp(DROP, priority=0.5))),
    Shape("119 Pass", lab(_acnp({**DROP, "action": "Pass"}))),
    Shape("119 baseline", lab(_acnp(DROP, tier="baseline"))),
    Shape("119 an action that nobody knows", lab(_acnp({**DROP, "action": "Log"}))),
    Shape("120 Service at rule level", lab(_acnp({**DROP, **GUARD}, appliedTo=[]))),
    Shape("120 Service deleted", lab(_acnp(DROP, appliedTo=[{"service": {"name": "gone", "namespace": "shop"}}])),
          "AD058"),
    Shape("121 group that is not there", lab(_acnp(DROP, appliedTo=[{"group": "gone"}]))),
    Shape("121 groups in a ring", lab(
        _acnp({"action": "Drop", "from": [{"group": "one"}]}),
        *({"apiVersion": "crd.antrea.io/v1beta1", "kind": "ClusterGroup", "metadata": {"name": name},
           "spec": {"childGroups": [other]}} for name, other in (("one", "two"), ("two", "one"))))),
    Shape("122 both kinds of ClusterNetworkPolicy", lab(_acnp(DROP), {
        "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": "up"},
        "spec": {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}, "ingress": [
            {"action": "Deny", "from": [{"namespaces": {}}]}]}})),
    Shape("123 many policies", lab(*(_network_policy(f"p{at}", ingress=[{"from": [{"ipBlock": {
        "cidr": f"203.0.{at}.0/24"}}]}]) for at in range(200))), "AD010"),
    Shape("124 FQDN, L7 and Node selectors", lab(_acnp(
        {"action": "Allow", "from": [{"fqdn": "*.example"}]},
        {"action": "Allow", "l7Protocols": [{"http": {}}], "from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]},
        {"action": "Allow", "from": [{"nodeSelector": {}}]},
        {"action": "Allow", "toServices": [{"name": "web"}]},
        {"action": "Allow", "protocols": [{"igmp": {}}]}))),
    Shape("not understood", lab(_network_policy(ingress="all")), "AD090", unknown="AD010 AD013", gaps=1),
]  # fmt: skip


@pytest.mark.parametrize("shape", [pytest.param(item, id=item.name) for item in (*SERVICES, *CLUSTERS, *POLICIES)])
def test_odd_objects_crash_no_check_and_get_a_sensible_answer(shape: Shape) -> None:
    results = asked(shape.snapshot)

    assert [item.reason for item in results.values() if "Please report it as a bug" in item.reason] == []
    assert len([gap for gap in shape.snapshot.gaps if gap.partial]) == shape.gaps
    wrong = {code: results[code].verdict for code in shape.found.split() if results[code].verdict is not Verdict.FOUND}
    wrong |= {code: item.verdict for code in shape.unknown.split() if (item := results[code]).verdict != "unknown"}
    wrong |= {code: item.verdict for code in shape.clear.split() if (item := results[code]).findings}
    assert wrong == {}
    for code, words in shape.says.items():
        assert words in " ".join(finding.message for finding in results[code].findings)


def test_every_fault_case_of_services_clusters_and_policies_is_tried() -> None:
    tried = {int(item.name.split()[0]) for item in (*SERVICES, *CLUSTERS, *POLICIES) if item.name[0].isdigit()}

    assert tried == set(range(73, 125))


def test_the_sound_cluster_is_sound() -> None:
    found = {code for code, item in asked(lab()).items() if item.findings}

    assert found == {"AD002", "AD044"}


def test_without_node_ports_no_path_leads_through_one() -> None:
    snapshot = lab(service(ports=[{**PORT, "nodePort": 0}], allocateLoadBalancerNodePorts=False))

    kinds = {path.access.kind for path in external_paths(Case.of(snapshot, "shop/web"))}
    assert kinds == {AccessKind.LOAD_BALANCER}


def test_two_services_may_share_an_address() -> None:
    other = service()
    other["metadata"] = {"name": "other", "namespace": "shop"}

    assert asked(lab(other))["AD002"].verdict is Verdict.FOUND


def test_a_pod_without_address_or_node_is_no_trouble() -> None:
    assert asked(lab(pod("web-c", "", "")))["AD090"].verdict is Verdict.PASSED
