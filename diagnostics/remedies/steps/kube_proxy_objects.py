"""kube-proxy's own objects: saved, deleted and brought back, or switched off where another program owns them.

antrea:docs/antrea-proxy.md, Removing kube-proxy. kubectl alone makes the saved files ready to be created again: a merge
patch on this machine takes away what only the server sets.
"""

from diagnostics.model.case import Case
from diagnostics.model.kube_proxy import KUBE_PROXY_NAMESPACE
from diagnostics.model.workload import ConfigMap, DaemonSet, Pod
from diagnostics.model.write import Verb, Write
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.plan import Assumed, Risk, Step
from diagnostics.remedies.prerequisites.platforms import Platform

_SERVER_MADE = {
    "metadata": dict.fromkeys(("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields")),
    "status": None,
}


def daemon_set(case: Case) -> DaemonSet | None:
    """kube-proxy's DaemonSet, if it runs by one."""
    told_by = case.cluster.kube_proxy.evidence.object
    return next((item for item in case.snapshot.daemon_sets if f"DaemonSet {item.metadata.key}" == told_by), None)


def save(case: Case, kubectl: Kubectl, item: DaemonSet) -> Step:
    """The objects as files, and files without what only the server sets, which can be created again."""
    objects = _objects(case, item)
    return Step(
        title="Save kube-proxy's objects",
        why="These files are the way back: without them kube-proxy cannot be brought back as it was.",
        commands=tuple(
            command
            for resource, name in objects
            for command in (
                kubectl.get(resource, name, item.metadata.namespace, output="yaml", into=_saved(resource)),
                kubectl.stripped(_saved(resource), _SERVER_MADE, into=_ready(resource)),
            )
        ),
        verify=tuple(kubectl.try_create(_ready(resource)) for resource, _ in objects),
        expect="Each line names the object: its file can be created again. Keep the files until long after this.",
    )


def delete(case: Case, kubectl: Kubectl, item: DaemonSet, where: Platform | None, *, before_2_1: bool) -> Step:
    """Deletes the objects; the saved files bring them back."""
    namespace = item.metadata.namespace
    objects = _objects(case, item)
    pods = ",".join(f"{key}={value}" for key, value in item.spec.template.metadata.labels.items())
    return Step(
        title="Delete kube-proxy",
        why="From now on only AntreaProxy follows changes of Services. The ConfigMap goes too, or the next kubeadm "
        "upgrade would bring kube-proxy back.",
        commands=tuple(kubectl.delete(resource, name, namespace) for resource, name in objects),
        verify=(kubectl.pods(pods or "k8s-app=kube-proxy", namespace, output="name"),),
        expect="Nothing is printed: no Pod of kube-proxy is left.",
        undo=(
            *(kubectl.create(_ready(resource)) for resource, _ in reversed(objects)),
            kubectl.rollout_status(item.metadata.name, namespace),
        ),
        risk=Risk.CLUSTER_WIDE,
        dangers=(
            "Its rules stay on the Nodes and grow old: what Nodes themselves send to ClusterIPs goes to the Pods of "
            "this moment. Clean the Nodes with the next steps today, not next week.",
            *(
                ("Before 2.1 these rules also keep all traffic from outside until a Node is clean.",)
                if before_2_1
                else ()
            ),
            *((f"{where.back}.",) if where and where.back else ()),
            *((f"Do this first: {where.off}",) if where and where.off else ()),
        ),
        changes=tuple(_gone(resource, name, namespace) for resource, name in objects),
    )


def switch_off(case: Case, kubectl: Kubectl, where: Platform, item: DaemonSet | None) -> Step:
    """What the operator does outside the API; the objects and Pods that the API shows go as a consequence."""
    pods = [pod for pod in case.snapshot.pods if _is_static(pod)]
    gone = [Write(Verb.DELETE, "v1", "Pod", pod.metadata.name, pod.metadata.namespace) for pod in pods]
    gone += [_gone(resource, name, item.metadata.namespace) for resource, name in _objects(case, item)] if item else []
    return Step(
        title=f"Switch kube-proxy off in {where.name}",
        why=f"{where.name} starts kube-proxy itself ({where.told_by}): deleting it in the API would not last.",
        commands=(),
        verify=(kubectl.pods("k8s-app=kube-proxy", KUBE_PROXY_NAMESPACE, output="wide"),),
        expect=f"{where.off} Afterwards no Pod of kube-proxy is listed, and on a Node pgrep -a kube-proxy finds none.",
        risk=Risk.CLUSTER_WIDE,
        dangers=(
            f"The way back: {where.back}",
            "Its rules stay on the Nodes and grow old: clean them with the next step today, not next week.",
        ),
        changes=tuple(Assumed(write) for write in gone),
        operator_acts=True,
    )


def _objects(case: Case, item: DaemonSet) -> tuple[tuple[Resource, str], ...]:
    """The DaemonSet, then the ConfigMap that its Pods read."""
    found = [(Resource.DAEMON_SETS, item.metadata.name)]
    config = _config_map(case, item)
    return (*found, (Resource.CONFIG_MAPS, config.metadata.name)) if config else tuple(found)


def _config_map(case: Case, item: DaemonSet) -> ConfigMap | None:
    key = case.cluster.kube_proxy.config_map
    found = next((each for each in case.snapshot.config_maps if each.metadata.key == key), None)
    return found if found and found.metadata.namespace == item.metadata.namespace else None


def _is_static(pod: Pod) -> bool:
    labels = pod.metadata.labels
    return labels.get("component") == "kube-proxy" or labels.get("k8s-app") == "kube-proxy"


def _gone(resource: Resource, name: str, namespace: str) -> Write:
    if resource is Resource.DAEMON_SETS:
        return Write(Verb.DELETE, "apps/v1", "DaemonSet", name, namespace)
    return Write(Verb.DELETE, "v1", "ConfigMap", name, namespace)


def _saved(resource: Resource) -> str:
    return f"kube-proxy.{_kind(resource)}.bak.yaml"


def _ready(resource: Resource) -> str:
    return f"kube-proxy.{_kind(resource)}.restore.yaml"


def _kind(resource: Resource) -> str:
    return "daemonset" if resource is Resource.DAEMON_SETS else "configmap"
