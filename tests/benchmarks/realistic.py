"""A generated cluster as its API server would give it: whole and valid objects of real size.

A Node is about 10 KiB, a Pod 7 KiB, a Service 1.5 KiB: most of it is what the engine never looks at.
"""

import random
from collections.abc import Callable, Iterator

import msgspec
from dressing import CREATED, Object, lean, uid, written
from real_nodes import real_node
from real_pods import real_pod

from diagnostics.kube.kinds import KINDS
from diagnostics.model.meta import Fact
from diagnostics.model.snapshot import Snapshot, Source

Dress = Callable[[Object, random.Random], None]


def realistic(snapshot: Snapshot, seed: int = 1, *, pods: bool = True) -> Iterator[Object]:
    """The objects, namespaces first and Pods last; without them when `pods` is false."""
    names = sorted({service.metadata.namespace for service in snapshot.services} - {""})
    known = {item.metadata.name for item in snapshot.namespaces}
    for name in names:
        if name not in known:
            yield _whole(Source.NAMESPACES, {"metadata": {"name": name}}, random.Random(f"{seed} {name}"))
    for source in sorted(KINDS, key=lambda each: (each is not Source.NAMESPACES, each is Source.PODS)):
        if source is Source.PODS and not pods:
            continue
        dice = random.Random(f"{seed} {source.value}")
        for fact in getattr(snapshot, KINDS[source].field):
            yield _whole(source, _lean_fact(fact), dice)


def _lean_fact(fact: Fact) -> Object:
    lean_fact: Object = lean(msgspec.to_builtins(fact))
    return lean_fact


def _whole(source: Source, item: Object, dice: random.Random) -> Object:
    kind = KINDS[source]
    version = f"{kind.group}/{kind.version}" if kind.group else kind.version
    whole: Object = {"apiVersion": version, "kind": kind.kind, **item}
    whole["metadata"] = {**item["metadata"], "uid": uid(dice), "creationTimestamp": CREATED}
    if not whole.get("status", True):
        del whole["status"]
    _DRESSES.get(source, _by_hand)(whole, dice)
    return whole


def _by_hand(item: Object, dice: random.Random) -> None:
    meta = item["metadata"]
    meta["labels"] = {**meta.get("labels", {}), "app.kubernetes.io/managed-by": "argocd"}
    note = f"{meta.get('namespace', 'cluster')}:{item['apiVersion']}/{item['kind']}:{meta['name']}"
    meta["annotations"] = {**meta.get("annotations", {}), "argocd.argoproj.io/tracking-id": note}
    meta["managedFields"] = [written(item, "argocd-controller", ("metadata", "spec", "data"), verb="Apply")]


def _service(item: Object, dice: random.Random) -> None:
    meta, spec = item["metadata"], item["spec"]
    name = meta["name"]
    meta["labels"] = {
        **meta.get("labels", {}),
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": f"{name}-production",
        "app.kubernetes.io/version": f"{dice.randrange(9)}.{dice.randrange(30)}.{dice.randrange(9)}",
        "app.kubernetes.io/managed-by": "Helm",
        "helm.sh/chart": f"{name}-{dice.randrange(9)}.{dice.randrange(30)}.0",
    }
    meta["annotations"] = {
        **meta.get("annotations", {}),
        "meta.helm.sh/release-name": f"{name}-production",
        "meta.helm.sh/release-namespace": meta["namespace"],
    }
    spec["ipFamilyPolicy"] = "SingleStack"
    if spec["type"] != "LoadBalancer":
        spec.pop("allocateLoadBalancerNodePorts", None)
    if not item.get("status", {}).get("loadBalancer"):
        item["status"] = {"loadBalancer": {}}
    meta["managedFields"] = [written(item, "helm", ("metadata", "spec"))]
    if item["status"]["loadBalancer"]:
        meta["managedFields"].append(written(item, "cloud-controller-manager", ("status",), "status"))


def _slice(item: Object, dice: random.Random) -> None:
    meta = item["metadata"]
    owner = meta["labels"]["kubernetes.io/service-name"]
    meta["labels"] = {
        **meta["labels"],
        "app.kubernetes.io/name": owner,
        "app.kubernetes.io/managed-by": "Helm",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    meta["annotations"] = {"endpoints.kubernetes.io/last-change-trigger-time": CREATED}
    reference = {"apiVersion": "v1", "kind": "Service", "name": owner, "uid": uid(dice)}
    meta["ownerReferences"] = [{**reference, "controller": True, "blockOwnerDeletion": True}]
    meta["generateName"] = f"{owner}-"
    for number, endpoint in enumerate(item.get("endpoints", [])):
        endpoint.setdefault("zone", f"region-1{'abc'[number % 3]}")
        if "targetRef" in endpoint:
            endpoint["targetRef"]["uid"] = uid(dice)
    item.setdefault("endpoints", [])
    parts = ("metadata", "addressType", "endpoints", "ports")
    meta["managedFields"] = [written({**item, "endpoints": []}, "kube-controller-manager", parts)]


def _daemon_set(item: Object, dice: random.Random) -> None:
    labels = item["metadata"].get("labels") or {"app": item["metadata"]["name"]}
    spec = item["spec"]
    spec["selector"] = {"matchLabels": labels}
    spec["template"]["metadata"] = {"labels": labels}
    numbers = item.setdefault("status", {})
    scheduled = numbers.get("desiredNumberScheduled", 0)
    item["status"] = {"currentNumberScheduled": scheduled, "numberMisscheduled": 0, "numberReady": scheduled, **numbers}
    numbers.setdefault("desiredNumberScheduled", scheduled)
    _by_hand(item, dice)


def _agent_info(item: Object, dice: random.Random) -> None:
    item.pop("networkInfo", None)
    for condition in item.get("agentConditions", []):
        condition["lastHeartbeatTime"] = CREATED
    item["apiPort"] = 10350
    parts = ("metadata", "version", "nodeRef", "podRef", "ovsInfo", "agentConditions", "nodeSubnets")
    item["metadata"]["managedFields"] = [written(item, "antrea-agent", parts)]


_DRESSES: dict[Source, Dress] = {
    Source.SERVICES: _service,
    Source.SLICES: _slice,
    Source.NODES: real_node,
    Source.PODS: real_pod,
    Source.DAEMON_SETS: _daemon_set,
    Source.AGENT_INFOS: _agent_info,
}
