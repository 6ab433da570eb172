"""kube-proxy's rules, cleaned off the Nodes: what nobody updates sends connections to Pods that no longer exist.

antrea:docs/antrea-proxy.md, Removing kube-proxy, has three ways: `kube-proxy --cleanup`, a restart of every Node, and
in iptables mode a filter over iptables-save. The first one runs here by a DaemonSet with kube-proxy's own image.
"""

from diagnostics.model.case import Case
from diagnostics.model.workload import DaemonSet
from diagnostics.model.write import Verb, Write
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Alternative, Manifest, Risk, Step

CLEANUP = "antrea-doctor-kube-proxy-cleanup"
_NAME_LABEL = "app.kubernetes.io/name"
_PROGRAM = "/usr/local/bin/kube-proxy"
_PAUSE = "registry.k8s.io/pause:3.10"
_LEFT = "iptables-save | grep -cE 'KUBE-(SERVICES|SVC|SEP|FORWARD)'"


def clean(case: Case, kubectl: Kubectl, item: DaemonSet, first: str, *, before_2_1: bool) -> tuple[Step, ...]:
    """`kube-proxy --cleanup` with its own image, on one Node, then on all; what did it is taken away at the end."""
    nodes = (first, "") if first else ("",)
    namespace = item.metadata.namespace
    take_away = kubectl.delete(Resource.DAEMON_SETS, CLEANUP, namespace)
    return (
        *(_clean(case, kubectl, item, node, before_2_1=before_2_1) for node in nodes),
        Step(
            title="Take the cleaning DaemonSet away",
            why="It has done its work, and a privileged Pod should not stay.",
            commands=(take_away,),
            verify=(kubectl.pods(f"{_NAME_LABEL}={CLEANUP}", namespace, output="name"),),
            expect="Nothing is printed, perhaps after some seconds.",
            changes=(Write(Verb.DELETE, "apps/v1", "DaemonSet", CLEANUP, namespace),),
        ),
    )


def clean_by_hand(case: Case) -> Step:
    """Where no image of kube-proxy is known, on each Node by its shell."""
    return Step(
        title="Clean kube-proxy's rules off every Node",
        why="Rules that nobody updates send the Nodes' own connections to Pods that no longer exist.",
        commands=(),
        expect=f"{_options(case)} Afterwards, on each Node, `{_LEFT}` prints 0.",
        risk=Risk.DISTURBS,
        operator_acts=True,
    )


def _clean(case: Case, kubectl: Kubectl, item: DaemonSet, node: str, *, before_2_1: bool) -> Step:
    namespace, file = item.metadata.namespace, "kube-proxy-cleanup-one.yaml" if node else "kube-proxy-cleanup.yaml"
    moves = ("Before 2.1 this is the moment at which traffic from outside moves to AntreaProxy, Node by Node.",)
    where = f"Node {node}" if node else "every Node"
    return Step(
        title=f"Clean kube-proxy's rules off {where}",
        why="Rules that nobody updates send the Nodes' own connections to Pods that no longer exist. kube-proxy's own "
        "image knows all of its rules, in any mode.",
        commands=(
            kubectl.dry_run(file, namespace),
            kubectl.apply(file, namespace),
            kubectl.rollout_status(CLEANUP, namespace),
        ),
        manifests=(_cleanup(item, node, file),),
        verify=(kubectl.pods(f"{_NAME_LABEL}={CLEANUP}", namespace, output="wide"),),
        expect=(
            f"A Pod is Running on {where}: cleaning came first and has ended there. ON the Node `{_LEFT}` prints 0, "
            f"and what runs there still reaches ClusterIPs: {_cluster_ip(case)}"
        ),
        undo=(kubectl.delete(Resource.DAEMON_SETS, CLEANUP, namespace),),
        risk=Risk.DISTURBS,
        dangers=(
            *(moves if before_2_1 else ()),
            "Connections that the old rules had sent to a Pod may be reset.",
            "The Pod is privileged and on the host network, as kube-proxy was: a Pod security rule may refuse it.",
        ),
        alternatives=(Alternative("Without that DaemonSet", _options(case)),),
        operator_acts=True,
    )


def _options(case: Case) -> str:
    by_filter = (
        " In iptables mode instead, ON each Node as root: iptables-save | grep -v KUBE | iptables-restore (for IPv6 "
        "the same with ip6tables-save and ip6tables-restore); the kubelet makes its own KUBE chains again."
    )
    mode = case.cluster.kube_proxy.mode
    return f"Restart the Nodes, one after the other (any mode).{by_filter if mode in ('iptables', 'unknown') else ''}"


def _cluster_ip(case: Case) -> str:
    spec = case.service.spec
    if not spec.ports or spec.cluster_ip in ("", "None"):
        return "curl -sk --max-time 5 to the ClusterIP of any Service."
    address = f"[{spec.cluster_ip}]" if ":" in spec.cluster_ip else spec.cluster_ip
    return f"curl -sk --max-time 5 {address}:{spec.ports[0].port}"


def _cleanup(item: DaemonSet, node: str, file: str) -> Manifest:
    container = next(
        (each for each in item.spec.template.spec.containers if "kube-proxy" in each.image),
        item.spec.template.spec.containers[0],
    )
    program = next((word for word in container.command if word.endswith("kube-proxy")), _PROGRAM)
    labels = {_NAME_LABEL: CLEANUP, "app.kubernetes.io/managed-by": "antrea-doctor"}
    only = {"kubernetes.io/os": "linux", **({"kubernetes.io/hostname": node} if node else {})}
    mounts = [
        {"name": "modules", "mountPath": "/lib/modules", "readOnly": True},
        {"name": "lock", "mountPath": "/run/xtables.lock"},
    ]
    spec = {
        "hostNetwork": True,
        "nodeSelector": only,
        "tolerations": [{"operator": "Exists"}],
        "initContainers": [
            {
                "name": "cleanup",
                "image": container.image,
                "command": [program, "--cleanup"],
                "securityContext": {"privileged": True},
                "volumeMounts": mounts,
            }
        ],
        "containers": [{"name": "done", "image": _PAUSE}],
        "volumes": [
            {"name": "modules", "hostPath": {"path": "/lib/modules"}},
            {"name": "lock", "hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"}},
        ],
    }
    return manifest(
        file,
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": CLEANUP, "namespace": item.metadata.namespace, "labels": labels},
            "spec": {
                "selector": {"matchLabels": {_NAME_LABEL: CLEANUP}},
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
                "template": {"metadata": {"labels": labels}, "spec": spec},
            },
        },
    )
