"""Odd objects for tests: a small sound cluster as plain objects, of which a test changes what it is about.

Two Linux Nodes (192.0.2.11 and .12, podCIDRs 10.1.1.0/24 and 10.1.2.0/24), Antrea v2.7.0 with proxyAll, kube-proxy in
iptables mode, and Service shop/web of type LoadBalancer with an endpoint on each Node.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.kube.recorded import from_objects
from diagnostics.model.case import Case
from diagnostics.model.finding import Result
from diagnostics.model.snapshot import Snapshot

Item = dict[str, Any]
TABLES = {"Classifier": 5, "ServiceLB": 5, "NodePortMark": 5, "AntreaPolicyIngressRule": 5}
BEAT = "2026-11-01T11:59:30Z"
RECORDING: Item = {
    "apiVersion": "antrea-doctor/v1",
    "kind": "Recording",
    "complete": True,
    "takenAt": "2026-11-01T12:00:00Z",
}
PORT: Item = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080, "nodePort": 30080}
CONF: Item = {
    "trafficEncapMode": "encap",
    "antreaProxy": {"proxyAll": True, "disableServiceHealthCheckServer": True},
}


def node(name: str, number: int, **spec: Any) -> Item:
    """Node `name` of the address plan; `spec` replaces what stands in `spec`."""
    cidr = f"10.1.{number}.0/24"
    status = {
        "addresses": [{"type": "InternalIP", "address": f"192.0.2.1{number}"}],
        "nodeInfo": {"kubeletVersion": "v1.35.1", "operatingSystem": "linux"},
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux"}},
        "spec": spec or {"podCIDR": cidr, "podCIDRs": [cidr]},
        "status": status,
    }


def agent(
    name: str,
    number: int,
    version: str = "v2.7.0",
    tables: Mapping[str, int] | None = None,
    subnets: list[str] | None = None,
) -> Item:
    """What the agent of a Node reports."""
    return {
        "apiVersion": "crd.antrea.io/v1beta1",
        "kind": "AntreaAgentInfo",
        "metadata": {"name": name},
        "version": version,
        "nodeRef": {"name": name},
        "nodeSubnets": [f"10.1.{number}.0/24"] if subnets is None else subnets,
        "ovsInfo": {"flowTable": dict(TABLES if tables is None else tables)},
        "agentConditions": [{"type": "AgentHealthy", "status": "True", "lastHeartbeatTime": BEAT}],
    }


def daemon_set(name: str, image: str, labels: Mapping[str, str], namespace: str = "kube-system") -> Item:
    """A DaemonSet with both its Pods ready."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
        "spec": {"template": {"spec": {"containers": [{"name": name, "image": image}]}}},
        "status": {"desiredNumberScheduled": 2, "numberReady": 2},
    }


def config_map(name: str, key: str, text: object, namespace: str = "kube-system") -> Item:
    """A ConfigMap; `text` that is no string is written as YAML."""
    data = text if isinstance(text, str) else yaml.safe_dump(text)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": {key: data},
    }


def endpoint(address: str, name: str = "", **more: Any) -> Item:
    """A ready endpoint."""
    return {"addresses": [address], "conditions": {"ready": True}, **({"nodeName": name} if name else {}), **more}


def of_pod(name: str, namespace: str = "shop") -> Item:
    """The Pod behind an endpoint."""
    return {"targetRef": {"kind": "Pod", "name": name, "namespace": namespace}}


def slice_of(*endpoints: Item, name: str = "web-1", **more: Any) -> Item:
    """An EndpointSlice of shop/web."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": list(endpoints),
        **more,
    }


def service(*, status: Item | None = None, meta: Item | None = None, **spec: Any) -> Item:
    """Service shop/web; `spec` replaces fields, a value of None takes them out."""
    fields: Item = {
        "type": "LoadBalancer",
        "clusterIP": "10.96.0.10",
        "clusterIPs": ["10.96.0.10"],
        "ipFamilies": ["IPv4"],
        "externalTrafficPolicy": "Cluster",
        "selector": {"app": "web"},
        "ports": [PORT],
        **spec,
    }
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop", **(meta or {})},
        "spec": {key: value for key, value in fields.items() if value is not None},
        "status": {"loadBalancer": {"ingress": [{"ip": "198.51.100.1"}]}} if status is None else status,
    }


def pod(name: str, where: str, address: str, **spec: Any) -> Item:
    """A Pod of shop/web."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}},
        "spec": {"nodeName": where, **spec},
        "status": {"phase": "Running", "podIP": address},
    }


ANTREA = daemon_set("antrea-agent", "antrea/antrea-agent-ubuntu:v2.7.0", {"app": "antrea", "component": "antrea-agent"})
KUBE_PROXY = daemon_set("kube-proxy", "registry.k8s.io/kube-proxy:v1.35.1", {"k8s-app": "kube-proxy"})
SOUND: tuple[Item, ...] = (
    RECORDING,
    node("a", 1),
    node("b", 2),
    ANTREA,
    config_map("antrea-config", "antrea-agent.conf", CONF),
    agent("a", 1),
    agent("b", 2),
    KUBE_PROXY,
    config_map("kube-proxy", "config.conf", {"mode": "iptables", "clusterCIDR": "10.1.0.0/16"}),
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
    service(),
    slice_of(endpoint("10.1.1.5", "a", **of_pod("web-a")), endpoint("10.1.2.5", "b", **of_pod("web-b"))),
    pod("web-a", "a", "10.1.1.5"),
    pod("web-b", "b", "10.1.2.5"),
)


def lab(*changed: Item, without: Callable[[Item], bool] = lambda item: False) -> Snapshot:
    """The sound cluster with objects added or replaced, by kind, namespace and name, and others taken out."""
    kept = [copy.deepcopy(item) for item in SOUND if not without(item)]
    return from_objects([*kept, *changed], origin="shapes")


def conf(**keys: Any) -> Item:
    """Antrea's ConfigMap with keys of `antrea-agent.conf` replaced."""
    return config_map("antrea-config", "antrea-agent.conf", {**CONF, **keys})


def asked(snapshot: Snapshot) -> dict[str, Result]:
    """Every result for shop/web, by code."""
    report = examine(Case.of(snapshot, "shop/web"), CHECKS)
    return {result.code: result for result in (*report.results, *report.cluster)}
