"""The control plane of the bed is a real one, and what is loaded into it arrives whole."""

import json
import subprocess
from typing import Any

import pytest

from bed import antrea
from bed.api import ApiError
from bed.binaries import find
from bed.control_plane import ControlPlane
from bed.fixtures import Cluster
from bed.objects import LoadError

pytestmark = pytest.mark.bed


def named(kind: str, name: str, api_version: str = "v1", namespace: str | None = None, **fields: Any) -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


NODE = named(
    "Node",
    "node-a",
    spec={"podCIDR": "10.10.1.0/24", "podCIDRs": ["10.10.1.0/24"]},
    status={"addresses": [{"type": "InternalIP", "address": "192.0.2.11"}]},
)
POD = named(
    "Pod",
    "web-0",
    namespace="shop",
    spec={"nodeName": "node-a", "serviceAccountName": "web", "containers": [{"name": "web", "image": "web:1"}]},
    status={"phase": "Running", "podIP": "10.10.1.7", "podIPs": [{"ip": "10.10.1.7"}], "hostIP": "192.0.2.11"},
)
SERVICE = named(
    "Service",
    "web",
    namespace="shop",
    spec={
        "type": "LoadBalancer",
        "clusterIP": "10.96.3.4",
        "clusterIPs": ["10.96.3.4"],
        "externalTrafficPolicy": "Local",
        "healthCheckNodePort": 30199,
        "selector": {"app": "web"},
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080, "nodePort": 30100}],
    },
    status={"loadBalancer": {"ingress": [{"ip": "198.51.100.20", "ipMode": "VIP"}]}},
)
SLICE = named(
    "EndpointSlice",
    "web-1",
    "discovery.k8s.io/v1",
    "shop",
    addressType="IPv4",
    ports=[{"name": "", "port": 8080, "protocol": "TCP"}],
    endpoints=[{"addresses": ["10.10.1.7"], "nodeName": "node-a", "conditions": {"ready": True}}],
)
AGENTS = named(
    "DaemonSet",
    "antrea-agent",
    "apps/v1",
    "kube-system",
    spec={
        "selector": {"matchLabels": {"app": "antrea"}},
        "template": {
            "metadata": {"labels": {"app": "antrea"}},
            "spec": {"containers": [{"name": "antrea-agent", "image": "antrea/antrea-agent-ubuntu:v2.7.0"}]},
        },
    },
    status={"currentNumberScheduled": 1, "desiredNumberScheduled": 1, "numberMisscheduled": 0, "numberReady": 1},
)
CONFIG = named("ConfigMap", "antrea-config", namespace="kube-system", data={"antrea-agent.conf": "noSNAT: false\n"})
POLICY = named(
    "NetworkPolicy",
    "allow-office",
    "networking.k8s.io/v1",
    "shop",
    spec={"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}]},
)
ANTREA_POLICY = named(
    "ClusterNetworkPolicy",
    "only-office",
    "crd.antrea.io/v1beta1",
    spec={
        "priority": 5,
        "tier": "application",
        "appliedTo": [{"service": {"name": "web", "namespace": "shop"}}],
        "ingress": [{"action": "Drop", "from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
    },
    status={"phase": "Realized", "observedGeneration": 1, "currentNodesRealized": 1, "desiredNodesRealized": 1},
)
AGENT_INFO = named("AntreaAgentInfo", "node-a", "crd.antrea.io/v1beta1", version="v2.7.0", nodeSubnets=["10.10.1.0/24"])

RECORDED = [POD, SERVICE, NODE, SLICE, AGENTS, CONFIG, POLICY, ANTREA_POLICY, AGENT_INFO]
PATHS = {
    "Node": "/api/v1/nodes/node-a",
    "Pod": "/api/v1/namespaces/shop/pods/web-0",
    "Service": "/api/v1/namespaces/shop/services/web",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/web-1",
    "DaemonSet": "/apis/apps/v1/namespaces/kube-system/daemonsets/antrea-agent",
    "ConfigMap": "/api/v1/namespaces/kube-system/configmaps/antrea-config",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/allow-office",
    "ClusterNetworkPolicy": "/apis/crd.antrea.io/v1beta1/clusternetworkpolicies/only-office",
    "AntreaAgentInfo": "/apis/crd.antrea.io/v1beta1/antreaagentinfos/node-a",
}


def holds(whole: Any, part: Any) -> bool:
    """Whether everything in `part` is in `whole`, which may have more fields."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)


def test_the_server_tells_the_version_it_was_built_from(cluster: Cluster) -> None:
    binaries = find()
    assert binaries
    printed = subprocess.run([binaries.kube_apiserver, "--version"], capture_output=True, text=True, check=True).stdout
    assert f"Kubernetes {cluster.api.get('/version')['gitVersion']}" == printed.strip()


def test_a_streaming_list_works(cluster: Cluster) -> None:
    cluster.load([NODE])
    parameters = (
        "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
    )
    events = [json.loads(line) for line in cluster.api.get(f"/api/v1/nodes?{parameters}").splitlines()]
    assert [each["type"] for each in events] == ["ADDED", "BOOKMARK"]


@pytest.mark.parametrize("each", RECORDED, ids=lambda each: each["kind"])
def test_each_object_arrives_with_its_status(cluster: Cluster, each: dict[str, Any]) -> None:
    cluster.load(RECORDED)
    assert holds(cluster.api.get(PATHS[each["kind"]]), each)


def test_a_list_is_taken_apart_and_absent_namespaces_are_made(cluster: Cluster) -> None:
    items = [{key: value for key, value in POD.items() if key not in ("apiVersion", "kind")}]
    assert cluster.load([{"apiVersion": "v1", "kind": "PodList", "items": items}, named("List", "", items=[NODE])]) == 3
    assert cluster.api.get(PATHS["Pod"])["spec"]["nodeName"] == "node-a"


def test_what_exists_already_is_merged(cluster: Cluster) -> None:
    labelled = named("Namespace", "default")
    labelled["metadata"]["labels"] = {"team": "shop"}
    cluster.load([labelled, CONFIG])
    cluster.load([{**CONFIG, "data": {"antrea-agent.conf": "noSNAT: true\n"}}])
    assert cluster.api.get("/api/v1/namespaces/default")["metadata"]["labels"]["team"] == "shop"
    assert cluster.api.get(PATHS["ConfigMap"])["data"] == {"antrea-agent.conf": "noSNAT: true\n"}


def test_service_addresses_of_other_ranges_are_kept(cluster: Cluster) -> None:
    for number, address in enumerate(["10.43.7.8", "10.43.9.9", "fd00:77::8", "172.20.0.10"]):
        family = "IPv6" if ":" in address else "IPv4"
        spec = {"clusterIP": address, "ipFamilies": [family], "ports": [{"port": 80}]}
        cluster.load([named("Service", f"far-{number}", namespace="default", spec=spec)])
        assert cluster.api.get(f"/api/v1/namespaces/default/services/far-{number}")["spec"]["clusterIP"] == address


def test_an_object_of_a_kind_defined_beside_it(cluster: Cluster) -> None:
    definition = antrea._stand_in("gadgets", "Gadget", "Cluster", True)
    definition["metadata"]["name"], definition["spec"]["group"] = "gadgets.example.org", "example.org"
    gadget = named("Gadget", "one", "example.org/v1beta1", spec={"any": [1]}, status={"fine": True})
    cluster.load([gadget, definition])
    assert holds(cluster.api.get("/apis/example.org/v1beta1/gadgets/one"), gadget)


@pytest.mark.parametrize(
    ("each", "reason"),
    [
        (named("Service", "x", namespace="default", spec={"ports": [{"port": 80, "nodePrt": 1}]}), "unknown field"),
        (named("Node", "y", spec={"podCIDR": "10.0.0.0/33"}), "podCIDR"),
        (named("Widget", "z"), "no kind Widget"),
    ],
    ids=["unknown field", "wrong value", "unknown kind"],
)
def test_what_is_not_accepted_is_told(
    cluster: Cluster, each: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bed.objects.LONGEST_WAIT", 0.2)
    with pytest.raises(LoadError, match=f"{each['kind']}.*{reason}|{reason}"):
        cluster.load([each])


def test_a_wipe_brings_back_the_start(control_plane: ControlPlane, cluster: Cluster) -> None:
    def everything() -> list[str]:
        kinds = ("/api/v1/namespaces", "/api/v1/services", "/api/v1/nodes", "/apis/networking.k8s.io/v1/ipaddresses")
        return sorted(i["metadata"]["name"] for kind in kinds for i in cluster.api.get(kind)["items"])

    before = everything()
    for _ in range(2):  # the second time would fail if a node port or an address were still taken
        cluster.load(RECORDED)
        cluster.api.send("DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles/view")
        assert everything() != before
        assert control_plane.wipe()
        assert everything() == before
        assert cluster.api.get("/apis/rbac.authorization.k8s.io/v1/clusterroles/view")
    assert not control_plane.wipe()


def test_antrea_s_own_schemas_reject_a_wrong_type(cluster: Cluster) -> None:
    if not antrea.crds_file():
        pytest.skip("Antrea's own CRDs are missing, the bed has stand-ins: set ANTREA_CRDS to antrea-crds.yml")
    wrong = {**ANTREA_POLICY, "spec": {"priority": "high"}}
    with pytest.raises(ApiError, match=r"spec\.priority") as refusal:
        cluster.api.send("POST", "/apis/crd.antrea.io/v1beta1/clusternetworkpolicies", wrong)
    assert refusal.value.status == 422


def test_stand_ins_hold_every_field_and_status(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(antrea, "crds_file", lambda: None)
    monkeypatch.setattr(antrea, "GROUP", "stand-in.example.org")
    policy, info = ({**each, "apiVersion": "stand-in.example.org/v1beta1"} for each in (ANTREA_POLICY, AGENT_INFO))
    cluster.load([policy, info, *antrea.definitions()])
    for each in policy, info:
        assert holds(cluster.api.get(PATHS[each["kind"]].replace("crd.antrea.io", "stand-in.example.org")), each)
