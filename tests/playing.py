"""Controllers and agents of the test bed, played through the admin's API; and all that plans may touch there."""

from typing import Any

from applying import AGENTS, INFOS, POLICIES, patched
from bed.fixtures import Cluster

PODS = "/api/v1/namespaces/kube-system/pods"
KINDS = (
    "/api/v1/namespaces",
    "/api/v1/services",
    "/api/v1/configmaps",
    "/apis/apps/v1/daemonsets",
    "/apis/apps/v1/deployments",
    "/apis/networking.k8s.io/v1/networkpolicies",
    "/apis/crd.antrea.io/v1beta1/networkpolicies",
    POLICIES,
    "/apis/crd.antrea.io/v1beta1/traceflows",
)
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


def everything(cluster: Cluster) -> dict[str, Any]:
    """All that plans may touch, without what the server counts by itself and without when Pods were restarted."""
    found = {}
    for path in KINDS:
        for item in cluster.api.get(path)["items"]:
            meta = item["metadata"]
            content = {key: value for key, value in item.items() if key not in ("metadata", "status")}
            notes = dict(meta.get("annotations") or {})
            notes.pop("deprecated.daemonset.template.generation", None)
            template = content.get("spec", {}).get("template", {}).get("metadata", {})
            template.get("annotations", {}).pop(RESTARTED_AT, None)
            if template.get("annotations") == {}:
                del template["annotations"]
            key = f"{path} {meta.get('namespace', '')}/{meta['name']}"
            found[key] = (content, notes, meta.get("labels") or {})
    return found


def play_controllers(cluster: Cluster, step: dict[str, Any]) -> bool:
    """What would answer the step in a cluster that runs; whether anybody had to."""
    answered = [_answer_to(cluster, step, write) for write in step["writes"]]
    return any(answered)


def play_end_of_namespaces(cluster: Cluster) -> None:
    """What the namespaces' controller does: what is in one that ends goes, then the namespace itself."""
    for ending in cluster.api.get("/api/v1/namespaces")["items"]:
        name = ending["metadata"]["name"]
        if "deletionTimestamp" not in ending["metadata"]:
            continue
        for kind in ("/api/v1/namespaces/{}/services", "/apis/apps/v1/namespaces/{}/deployments"):
            where = kind.format(name)
            for item in cluster.api.get(where)["items"]:
                cluster.api.send("DELETE", f"{where}/{item['metadata']['name']}")
        cluster.api.send("PUT", f"/api/v1/namespaces/{name}/finalize", {**ending, "spec": {"finalizers": []}})


def _answer_to(cluster: Cluster, step: dict[str, Any], write: dict[str, Any]) -> bool:
    match write["verb"], write["kind"]:
        case "restart", "DaemonSet":
            if not write["node"]:
                _roll_out(cluster, AGENTS)
            play_agents(cluster, anew=not write["node"])
            _report(cluster, step["tables"], write["node"])
        case "restart", "Deployment":
            _roll_out(cluster, f"/apis/apps/v1/namespaces/{write['namespace']}/deployments/{write['name']}")
        case "apply", "ClusterNetworkPolicy":
            _realise(cluster, f"{POLICIES}/{write['name']}")
        case "delete", "Namespace":
            play_end_of_namespaces(cluster)
        case _:
            return False
    return True


def play_agents(cluster: Cluster, *, anew: bool = False) -> None:
    """What kubelet and DaemonSet controller do: Pods being deleted (or all of them) go, each Node has one that runs."""
    labels = cluster.api.get(AGENTS)["spec"]["selector"]["matchLabels"]
    there = set()
    for pod in cluster.api.get(PODS)["items"]:
        meta = pod["metadata"]
        if not labels.items() <= meta.get("labels", {}).items():
            continue
        if anew or "deletionTimestamp" in meta:
            cluster.api.send("DELETE", f"{PODS}/{meta['name']}?gracePeriodSeconds=0")
        else:
            there.add(pod["spec"]["nodeName"])
    for node in cluster.api.get("/api/v1/nodes")["items"]:
        name = node["metadata"]["name"]
        if name not in there:
            spec = {"nodeName": name, "containers": [{"name": "antrea-agent", "image": "agent"}]}
            meta = {"generateName": "antrea-agent-", "namespace": "kube-system", "labels": labels}
            made = cluster.api.send("POST", PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
            status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
            patched(cluster, f"{PODS}/{made['metadata']['name']}/status", {"status": status})


def _roll_out(cluster: Cluster, path: str) -> None:
    now = cluster.api.get(path)
    count = now["status"].get("desiredNumberScheduled") or now["spec"].get("replicas", 1)
    common = {"observedGeneration": now["metadata"]["generation"]}
    if now["kind"] == "DaemonSet":
        told = {"updatedNumberScheduled": count, "numberAvailable": count, "numberReady": count}
    else:
        told = {"replicas": count, "updatedReplicas": count, "availableReplicas": count, "readyReplicas": count}
    patched(cluster, f"{path}/status", {"status": common | told})


def _report(cluster: Cluster, tables: list[str], node: str) -> None:
    for info in cluster.api.get(INFOS)["items"]:
        if node in ("", info["metadata"]["name"]):
            change = {"ovsInfo": {"flowTable": dict.fromkeys(tables, 1)}}
            patched(cluster, f"{INFOS}/{info['metadata']['name']}", change)


def _realise(cluster: Cluster, path: str) -> None:
    made = cluster.api.get(path)
    nodes = len(cluster.api.get("/api/v1/nodes")["items"])
    status = {
        "phase": "Realized",
        "observedGeneration": made["metadata"]["generation"],
        "currentNodesRealized": nodes,
        "desiredNodesRealized": nodes,
    }
    patched(cluster, f"{path}/status", {"status": status})
