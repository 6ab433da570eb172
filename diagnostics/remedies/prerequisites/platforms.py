"""What the cluster is built with, as far as its objects tell, and how kube-proxy leaves it there.

kube-proxy is a DaemonSet where kubeadm put it, an add-on that comes back on managed clusters, a static Pod or part of
another process elsewhere. What was not tried by anybody we could read is said to be unverified.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from diagnostics.model.case import Case
from diagnostics.model.workload import Node


class Way(StrEnum):
    """How kube-proxy can be taken away."""

    OBJECTS = "delete its objects"
    ELSEWHERE = "switch it off outside the API"
    NOT = "not supported"


@dataclass(frozen=True, slots=True)
class Platform:
    """A kind of cluster. `told_by` is the fact that tells it; `off` and `back` are sentences for the operator.

    With Way.OBJECTS `off` says what has to be done first, where anything has.
    """

    name: str
    told_by: str
    way: Way
    off: str
    back: str


@dataclass(frozen=True, slots=True)
class _Mark:
    """How a Node tells the platform: a piece of its kubelet's version, a label, an annotation or its providerID."""

    name: str
    way: Way
    off: str
    back: str
    version: str = ""
    key: str = ""
    provider: str = ""


_KUBEADM_BACK = (
    "Or, on a control plane Node: kubeadm init phase addon kube-proxy --kubeconfig /etc/kubernetes/admin.conf"
)

# The first that fits holds: a distribution's mark comes before that of the cloud it runs on.
_MARKS = (
    _Mark(
        "GKE",
        Way.NOT,
        "GKE itself puts kube-proxy on each Node as a static Pod, and offers no switch for it (unverified).",
        "",
        version="-gke.",
    ),
    _Mark(
        "OpenShift",
        Way.NOT,
        "The cluster network operator owns kube-proxy (field deployKubeProxy of networks.operator.openshift.io "
        "cluster) and the Antrea operator owns Antrea's configuration: change both there (unverified).",
        "",
        key="node.openshift.io/os_id",
    ),
    _Mark(
        "k3s",
        Way.ELSEWHERE,
        "On each server put `disable-kube-proxy: true` into /etc/rancher/k3s/config.yaml and restart k3s, one server "
        "after the other; then restart k3s-agent on all other Nodes. Servers must agree on it.",
        "Take the line out again and restart the servers, then the agents of k3s.",
        version="+k3s",
    ),
    _Mark(
        "RKE2",
        Way.ELSEWHERE,
        "On each server put `disable-kube-proxy: true` into /etc/rancher/rke2/config.yaml and restart rke2-server, one "
        "after the other; then on every Node delete /var/lib/rancher/rke2/agent/pod-manifests/kube-proxy.yaml.",
        "Take the line out again and restart rke2-server, then rke2-agent: they write the manifest anew.",
        version="+rke2",
    ),
    _Mark(
        "k0s",
        Way.ELSEWHERE,
        "Set spec.network.kubeProxy.disabled: true in k0s' ClusterConfig and restart the controllers; k0s then "
        "removes the DaemonSet (unverified).",
        "Set it to false again.",
        version="+k0s",
    ),
    _Mark(
        "AKS",
        Way.ELSEWHERE,
        'Write {"enabled": false} into kube-proxy.json and run: az aks update --resource-group GROUP --name CLUSTER '
        "--kube-proxy-config kube-proxy.json. It is a preview feature (KubeProxyConfigurationPreview): AKS puts back "
        "a DaemonSet that is merely deleted.",
        "The same command with enabled set to true.",
        key="kubernetes.azure.com/cluster",
    ),
    _Mark(
        "EKS",
        Way.OBJECTS,
        "If kube-proxy is a managed add-on, EKS has to let go of it first: aws eks delete-addon --cluster-name CLUSTER "
        "--addon-name kube-proxy --preserve (unverified).",
        "Or install the add-on again: aws eks create-addon --cluster-name CLUSTER --addon-name kube-proxy",
        version="-eks-",
    ),
    _Mark("kind", Way.OBJECTS, "", _KUBEADM_BACK, provider="kind"),
    _Mark("kubeadm", Way.OBJECTS, "", _KUBEADM_BACK, key="kubeadm.alpha.kubernetes.io/cri-socket"),
)


def platform(case: Case) -> Platform | None:
    """The platform by the first Node that tells one; None when no Node does."""
    for mark in _MARKS:
        for node in case.cluster.nodes.values():
            for told in _told(node, mark):
                return Platform(mark.name, f"{told} of Node {node.metadata.name}", mark.way, mark.off, mark.back)
    return None


def _told(node: Node, mark: _Mark) -> Iterator[str]:
    version, provider = node.status.node_info.kubelet_version, node.spec.provider_id
    if mark.version and mark.version in version:
        yield f"status.nodeInfo.kubeletVersion {version}"
    if mark.provider and provider.startswith(f"{mark.provider}://"):
        yield f"spec.providerID {provider}"
    if mark.key in node.metadata.labels:
        yield f"label {mark.key}"
    if mark.key in node.metadata.annotations:
        yield f"annotation {mark.key}"
