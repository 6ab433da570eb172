"""An echo workload of our own: Pods that tell the address they were called from, behind a Service of its own.

agnhost is the test image of Kubernetes, which Antrea's own tests use too (antrea:ci/jenkins/test.sh); `/clientip` of
its netexec prints the source of the connection. It lives in a namespace of its own, so that one line removes it all.
"""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import msgspec

from diagnostics.model.case import Case, Cluster
from diagnostics.model.meta import Meta
from diagnostics.model.service import (
    LOAD_BALANCER_MODE,
    SLICE_SERVICE_NAME,
    Endpoint,
    EndpointSlice,
    Service,
    SlicePort,
)
from diagnostics.model.snapshot import Snapshot, Source
from diagnostics.remedies.plan.manifests import manifest, write_of
from diagnostics.remedies.plan.on_snapshot import written
from diagnostics.remedies.plan.plan import Assumed, Manifest
from diagnostics.remedies.prerequisites.api_server import CONTROL_PLANE_LABELS
from diagnostics.remedies.prerequisites.load_balancer_provider import Provider, assumed_address, provider_for

NAMESPACE = "antrea-doctor-test-dsr"
NAME = "echo"
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.40"
PORT, TARGET_PORT = 80, 8080
REPLICAS = 2
MANAGED = {"app.kubernetes.io/managed-by": "antrea-doctor"}
_OURS = {"app.kubernetes.io/name": NAME, **MANAGED}
_ASSUMED_CLUSTER_IP = "192.0.2.1"
_USER = 65532  # nobody in particular, and not root


def workers(cluster: Cluster) -> list[str]:
    """Linux Nodes that are not control plane: Pods without tolerations surely may run there."""
    return [
        name
        for name, node in cluster.nodes.items()
        if not node.is_windows and not any(label in node.metadata.labels for label in CONTROL_PLANE_LABELS)
    ]


def namespace_manifest() -> Manifest:
    """The namespace, with the strictest Pod security."""
    labels = {**MANAGED, "pod-security.kubernetes.io/enforce": "restricted"}
    meta = {"name": NAMESPACE, "labels": labels}
    return manifest("test-namespace.yaml", {"apiVersion": "v1", "kind": "Namespace", "metadata": meta})


def deployment_manifest() -> Manifest:
    """Two Pods on two Nodes."""
    container: dict[str, Any] = {
        "name": NAME,
        "image": IMAGE,
        "args": ["netexec", f"--http-port={TARGET_PORT}", "--udp-port=-1"],
        "ports": [{"name": "http", "containerPort": TARGET_PORT}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}},
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    apart = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": _OURS},
    }
    pod = {
        "automountServiceAccountToken": False,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [apart],
        "containers": [container],
    }
    content = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": _OURS},
        "spec": {
            "replicas": REPLICAS,
            "selector": {"matchLabels": _OURS},
            "template": {"metadata": {"labels": _OURS}, "spec": pod},
        },
    }
    return manifest("test-deployment.yaml", content)


def service_manifest(provider: Provider) -> Manifest:
    """The Service, of the same provider as the others, and in mode nat to begin with."""
    spec: dict[str, Any] = {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Cluster",
        "ipFamilyPolicy": "SingleStack",
        "ipFamilies": ["IPv4"],
        "selector": _OURS,
        "ports": [{"name": "http", "protocol": "TCP", "port": PORT, "targetPort": "http"}],
    }
    if provider.load_balancer_class:
        spec["loadBalancerClass"] = provider.load_balancer_class
    notes = {LOAD_BALANCER_MODE: "nat", **provider.annotations}
    meta = {"name": NAME, "namespace": NAMESPACE, "labels": _OURS, "annotations": notes}
    return manifest("test-service.yaml", {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})


def echo_case(case: Case, provider: Provider, mode: str) -> tuple[Case, Assumed]:
    """The echo Service in this cluster with an assumed address, a ClusterIP and Pods on two workers."""
    content = write_of(service_manifest(provider)).body or {}
    service = msgspec.convert(content, Service, strict=False)
    spec = msgspec.structs.replace(service.spec, cluster_ip=_ASSUMED_CLUSTER_IP)
    notes = {**service.metadata.annotations, LOAD_BALANCER_MODE: mode}
    meta = msgspec.structs.replace(service.metadata, annotations=notes)
    service = msgspec.structs.replace(service, spec=spec, metadata=meta)
    snapshot = _with(case.snapshot, service, _slice(case))
    bare = Case.of(snapshot, f"{NAMESPACE}/{NAME}")
    assumed, _ = assumed_address(bare, provider)
    return Case.of(written(snapshot, assumed.write), bare.key), assumed


def provider_of(case: Case, context: str) -> Provider:
    """Who would give the echo Service an address; the Service under examination counts as proof too."""
    service = Service(metadata=Meta(name=NAME, namespace=NAMESPACE))
    return provider_for(Case(Cluster(_with(case.snapshot, service)), service), context)


def _with(snapshot: Snapshot, service: Service, *slices: EndpointSlice) -> Snapshot:
    """The Snapshot with the echo Service alone in its namespace."""
    services = tuple(item for item in snapshot.services if item.metadata.namespace != NAMESPACE)
    grown = replace(snapshot, services=(*services, service), slices=(*snapshot.slices, *slices))
    return grown.with_reads([(source, NAMESPACE) for source in (Source.SERVICES, Source.SLICES)])


def _slice(case: Case) -> EndpointSlice:
    endpoints = [
        Endpoint(addresses=[_pod_address(case, name)], node_name=name) for name in workers(case.cluster)[:REPLICAS]
    ]
    return EndpointSlice(
        metadata=Meta(name=f"{NAME}-assumed", namespace=NAMESPACE, labels={SLICE_SERVICE_NAME: NAME}),
        endpoints=[item for item in endpoints if item.addresses[0]],
        ports=[SlicePort(name="http", port=TARGET_PORT)],
    )


def _pod_address(case: Case, node: str) -> str:
    """The last address of the Node's podCIDR but one, standing for a Pod there; empty when no podCIDR is known."""
    info = case.snapshot.agent_info_by_node.get(node)
    for cidr in (*case.cluster.nodes[node].pod_cidrs, *(info.node_subnets if info else ())):
        network = ip_network(cidr, strict=False)
        if network.version == 4:
            return str(network[-2])
    return ""
