"""Odd set-ups of Antrea and kube-proxy, fault cases 97 to 114: no check crashes, and each says what is true.

A list that may not be read (case 112, forbidden) is tried for every source in test_checks_sources.
"""

import pytest

from diagnostics.model.snapshot import Snapshot
from fault_cases import Shape, survives, untried
from shapes import ANTREA, Item, agent, conf, config_map, daemon_set, endpoint, lab, node, service, slice_of

CATALOGUE = """
97 Antrea absent · another CNI beside it
98 another namespace
99 ConfigMap missing · hash suffix, and two of them
100 conf empty · sections null · tabs · unknown keys · key in a wrong section · key twice
101 gate on, agents older
102 mixed versions
103 v2.8.0-dev · vendor's version · latest · digest only
104 not restarted · one restarted after the edit · all restarted after the edit
105 crash after a bad DSR setting
106 noEncap · hybrid · networkPolicyOnly · WireGuard · IPsec
107 IPv6 only · dual-stack
108 Windows Nodes
109 iptables · ipvs · nftables
110 kube-proxy in k3s · kube-proxy in RKE2 · kube-proxy in GKE
111 kube-proxy gone
112 AntreaAgentInfo missing · AntreaAgentInfo stale
113 no podCIDR · two podCIDRs of a family · gateway moved with another podCIDR
114 AntreaProxy off · gate AntreaProxy off · defaults of v2
"""


def _of_antrea(item: Item) -> bool:
    name = str(item.get("metadata", {}).get("name", ""))
    return item["kind"] == "AntreaAgentInfo" or name.startswith("antrea")


def _without(kind: str, name: str = "") -> Snapshot:
    return lab(without=lambda item: item["kind"] == kind and (not name or item["metadata"]["name"] == name))


AGENTS_ELSEWHERE = daemon_set("antrea-agent", "antrea/antrea-agent-ubuntu:v2.7.0",
                              {"app": "antrea", "component": "antrea-agent"}, "antrea")  # fmt: skip
VOLUME = {"name": "antrea-config", "configMap": {"name": "antrea-config-mb2m"}}
HASHED = {**ANTREA, "spec": {"template": {"spec": {"volumes": [VOLUME]}}}}
DIGEST = {
    **ANTREA,
    "spec": {
        "template": {
            "spec": {
                "containers": [{"name": "antrea-agent", "image": "antrea/antrea-agent-ubuntu@sha256:0123456789abcdef"}]
            }
        }
    },
}
DSR: Item = {"annotations": {"service.antrea.io/load-balancer-mode": "dsr"}}
BOTH: Item = {
    "ipFamilies": ["IPv4", "IPv6"],
    "clusterIPs": ["10.96.0.10", "fd00::10"],
    "status": {"loadBalancer": {"ingress": [{"ip": "198.51.100.1"}, {"ip": "2001:db8::1"}]}},
}
V6_SLICE = slice_of(endpoint("fd00:10:1::5", "a"), endpoint("fd00:10:2::5", "b"), name="web-6", addressType="IPv6")
PLAIN = {"Classifier": 5, "ServiceLB": 5}


def _text(text: str) -> Snapshot:
    return lab(config_map("antrea-config", "antrea-agent.conf", text))


def _versions(*texts: str) -> Snapshot:
    return lab(*(agent(name, at, text) for at, (name, text) in enumerate(zip("ab", texts), 1)))


def _kube_proxy(**keys: object) -> Item:
    return config_map("kube-proxy", "config.conf", {"clusterCIDR": "10.1.0.0/16", **keys})


def _of(name: str, number: int, mark: str) -> Item:
    made = node(name, number)
    made["status"]["nodeInfo"]["kubeletVersion"] = f"v1.33.1{mark}"
    return made


def _of_kube_proxy(item: Item) -> bool:
    return bool(item.get("metadata", {}).get("name") == "kube-proxy")


def _two_families(name: str, number: int) -> Item:
    made = node(name, number, podCIDRs=[f"10.1.{number}.0/24", f"fd00:10:{number}::/64"])
    made["status"]["addresses"].append({"type": "InternalIP", "address": f"fd00:77::{number}"})
    return made


SHAPES = [
    Shape("97 Antrea absent", lab(without=_of_antrea), "AD087", unknown="AD001",
          says={"AD001": "This cluster has no Antrea agents"}),
    Shape("97 another CNI beside it", lab(daemon_set("calico-node", "calico/node:v3", {})), "AD002", clear="AD087"),
    Shape("98 another namespace", lab(AGENTS_ELSEWHERE, config_map("antrea-config", "antrea-agent.conf", "", "antrea"),
                                      without=lambda item: item is ANTREA), clear="AD087"),
    Shape("99 ConfigMap missing", _without("ConfigMap", name="antrea-config"), unknown="AD067 AD072 AD085",
          says={"AD085": "ConfigMap antrea-config is not in namespace kube-system"}),
    Shape("99 hash suffix, and two of them", lab(HASHED, config_map(
        "antrea-config-mb2m", "antrea-agent.conf", "noSNAT: true\n")), "AD085"),
    Shape("100 conf empty", _text(""), "AD082"),
    Shape("100 sections null", _text("featureGates:\nantreaProxy:\n"), "AD082"),
    Shape("100 tabs", _text("antreaProxy:\n\tproxyAll: true\n"), unknown="AD067 AD085",
          says={"AD085": "antrea-agent.conf: this is no YAML, line 2: found character that cannot start any token"}),
    Shape("100 key in a wrong section", _text("proxyAll: true\n"), "AD049",
          says={"AD049": "where agents do not look for it: agents ignore it; write antreaProxy.proxyAll"}),
    Shape("100 key twice", _text("noSNAT: false\nnoSNAT: false\n"), "AD049",
          says={"AD049": "has the key noSNAT 2 times: agents will not start again"}),
    Shape("100 unknown keys", _text("brandNew: 1\nantreaProxy:\n  proxyAll: true\n  more: {}\n"), "AD002"),
    Shape("100 a list", _text("- a\n"), unknown="AD085"),
    Shape("100 gate that is no boolean", _text("featureGates:\n  LoadBalancerModeDSR: maybe\n"), unknown="AD085"),
    Shape("101 gate on, agents older", lab(conf(featureGates={"LoadBalancerModeDSR": True}), service(meta=DSR),
                                           agent("a", 1, "v1.12.0"), agent("b", 2, "v1.12.0")), "AD030",
          says={"AD030": "no agent runs with the feature gate"}),
    Shape("102 mixed versions", _versions("v2.7.0", "v2.6.1"), "AD081 AD088",
          says={"AD081": "v2.6.1 on b; v2.7.0 on a"}),
    Shape("103 v2.8.0-dev", _versions("v2.8.0-dev-abc", "v2.8.0-dev-abc"), "AD002", clear="AD081 AD088"),
    Shape("103 vendor's version", _versions("2.3.0+vmware.1", "2.3.0+vmware.1"), "AD002", clear="AD023 AD024"),
    Shape("103 latest", _versions("latest", "latest"), unknown="AD001 AD088", says={
        "AD001": "The agent of a reports latest, which names no release", "AD088": "Agents report latest"}),
    Shape("103 digest only", lab(*(agent(name, at, "") for at, name in enumerate("ab", 1)), DIGEST), unknown="AD088",
          says={"AD088": "No agent reports its version"}),
    Shape("104 not restarted", lab(agent("a", 1, tables=PLAIN), agent("b", 2, tables=PLAIN)), "AD082",
          says={"AD082": "2 of 2 agents do not run it (a and b): restart them"}),
    Shape("104 one restarted after the edit", lab(agent("b", 2, tables=PLAIN)), "AD082",
          says={"AD082": "1 of 2 agents do not run it (b)"}),
    Shape("104 all restarted after the edit", lab(), clear="AD082"),
    Shape("105 crash after a bad DSR setting", lab(
        conf(antreaProxy={"defaultLoadBalancerMode": "dsr"}),
        {**ANTREA, "status": {"desiredNumberScheduled": 2, "numberReady": 1}}), "AD031 AD080"),
    *(Shape(f"106 {mode}", lab(conf(trafficEncapMode=mode)), "AD002")
      for mode in ("noEncap", "networkPolicyOnly", "NOENCAP")),
    Shape("106 hybrid, subnets not known", lab(conf(trafficEncapMode="hybrid")), unknown="AD002",
          says={"AD002": "In hybrid mode the answer depends on"}),
    Shape("106 WireGuard", lab(conf(trafficEncryptionMode="wireGuard")), "AD002"),
    Shape("106 IPsec", lab(conf(trafficEncryptionMode="ipsec")), "AD002"),
    Shape("106 a mode that nobody knows", lab(conf(trafficEncapMode="teleport")), unknown="AD002",
          says={"AD002": "trafficEncapMode teleport is none that Antrea knows"}),
    Shape("107 IPv6 only", lab(service(ipFamilies=["IPv6"], clusterIP="fd00::10", clusterIPs=["fd00::10"],
                                       status={"loadBalancer": {"ingress": [{"ip": "2001:db8::1"}]}})), "AD075 AD078",
          says={"AD075": "hold IPv4 addresses only", "AD078": "has IPv6 addresses only"}),
    Shape("107 dual-stack", lab(service(**BOTH), _two_families("a", 1), _two_families("b", 2), V6_SLICE), "AD002 AD078",
          clear="AD075", says={"AD002": "fd00:10:1::1 (antrea-gw0 of a)"}),
    Shape("108 Windows Nodes", lab({**node("w", 3), "metadata": {
        "name": "w", "labels": {"kubernetes.io/os": "windows"}}}, agent("w", 3)), "AD079", unknown="AD041",
          says={"AD041": "antrea-windows-config"}),
    Shape("109 iptables", lab(), "AD002", clear="AD060 AD061"),
    Shape("109 nftables", lab(_kube_proxy(mode="nftables")), "AD060", clear="AD061"),
    Shape("109 ipvs", lab(_kube_proxy(mode="ipvs")), "AD048 AD061", clear="AD060"),
    Shape("109 a mode that nobody knows", lab(_kube_proxy(mode="userspace")), unknown="AD048 AD060 AD061",
          says={"AD060": "a mode that is not known here"}),
    *(Shape(f"110 kube-proxy in {product}", lab(_of("a", 1, mark), _of("b", 2, mark), without=_of_kube_proxy),
            unknown="AD045 AD060", says={"AD060": f"{product} can run kube-proxy without a DaemonSet"})
      for product, mark in (("k3s", "+k3s1"), ("RKE2", "+rke2r1"), ("GKE", "-gke.100"))),
    Shape("111 kube-proxy gone", lab(without=_of_kube_proxy), "AD045",
          says={"AD045": "Are rules of an earlier kube-proxy left on the Nodes?"}),
    Shape("112 AntreaAgentInfo missing of one Node", lab(without=lambda item: item == agent("b", 2)), "AD025 AD080",
          says={"AD025": "may not hold on b (no report of its agent)"}),
    Shape("112 AntreaAgentInfo missing", _without("AntreaAgentInfo"), "AD080", clear="AD025",
          says={"AD080": "2 Nodes without a report of an Antrea agent (a and b)"}),
    Shape("112 AntreaAgentInfo stale", lab({**agent("a", 1), "agentConditions": [
        {"type": "AgentHealthy", "status": "True", "lastHeartbeatTime": "2026-11-01T09:00:00Z"}]}), "AD025 AD080",
          says={"AD025": "may not hold on a (its agent has not reported for 180 minutes): the flows there may",
                "AD080": "a has not reported for 180 minutes"}),
    Shape("112 heartbeat that is no time", lab({**agent("a", 1), "agentConditions": [
        {"type": "AgentHealthy", "status": "True", "lastHeartbeatTime": "yesterday"}]}), clear="AD080"),
    Shape("113 no podCIDR", lab(node("a", 1, taints=[]), node("b", 2, taints=[])), "AD002",
          says={"AD002": "10.1.1.1 (antrea-gw0 of a)"}),
    Shape("113 nobody tells the podCIDR", lab(node("a", 1, taints=[]), agent("a", 1, subnets=[])), "AD002",
          says={"AD002": "an address of a that the API does not tell"}),
    Shape("113 two podCIDRs of a family", lab(node("a", 1, podCIDRs=["10.1.1.0/24", "10.8.0.0/24"])), "AD002",
          says={"AD002": "10.1.1.1 (antrea-gw0 of a)"}),
    Shape("113 gateway moved with another podCIDR", lab(node("a", 1, podCIDRs=["10.8.0.0/24"])), "AD002",
          says={"AD002": "10.8.0.1 (antrea-gw0 of a)"}),
    Shape("113 podCIDR that is none", lab(node("a", 1, podCIDR="ten", podCIDRs=["ten"])), "AD002"),
    Shape("114 AntreaProxy off", lab(conf(antreaProxy={"enable": False}), agent("a", 1, tables={"DNAT": 1}),
                                     agent("b", 2, tables={"DNAT": 1})), "AD001 AD086",
          says={"AD086": "AntreaProxy does not run on a and b"}),
    Shape("114 gate AntreaProxy off before v1.14", lab(
        conf(featureGates={"AntreaProxy": False}, antreaProxy={}),
        without=lambda item: item["kind"] == "AntreaAgentInfo"), "AD001"),
    Shape("114 defaults of v2", lab(config_map("antrea-config", "antrea-agent.conf", ""),
                                    agent("a", 1, tables=PLAIN), agent("b", 2, tables=PLAIN)), "AD001",
          clear="AD082 AD086"),
]  # fmt: skip


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.name) for shape in SHAPES])
def test_odd_clusters_get_a_sensible_answer_of_every_check(shape: Shape) -> None:
    survives(shape)


def test_every_fault_case_of_clusters_is_tried() -> None:
    assert untried(CATALOGUE, SHAPES) == []
