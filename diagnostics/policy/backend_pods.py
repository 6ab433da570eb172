"""The Pods behind a Service as policies see them: labels, named ports, and whether Pod policies reach them."""

from dataclasses import dataclass

from diagnostics.model.case import Backend, Case
from diagnostics.model.snapshot import Source
from diagnostics.model.workload import Pod
from diagnostics.policy.labels import Labels
from diagnostics.policy.ports import ContainerPorts


@dataclass(frozen=True, slots=True)
class BackendPod:
    """One Pod behind the Service.

    `name` is the Pod's name, or its address when the slice names no Pod. `labels` are incomplete when the Pod was
    not read: then only those that the Service selects by are known. `named_ports` is None in that case.
    """

    name: str
    addresses: tuple[str, ...]
    node: str
    labels: Labels
    named_ports: ContainerPorts | None = None


def backend_pods(case: Case) -> tuple[BackendPod, ...]:
    """The Pods that Pod policies can apply to, in the order of the endpoints.

    Endpoints on the host network, and addresses outside the cluster, are left out: no policy for Pods reaches them
    (antrea:pkg/controller/networkpolicy/networkpolicy_controller.go syncAppliedToGroup).
    """
    by_name: dict[str, list[Backend]] = {}
    for backend in case.all_backends:
        if not backend.host_network and (backend.pod or not backend.outside):
            by_name.setdefault(backend.pod or backend.address, []).append(backend)
    found = []
    for name, backends in by_name.items():
        pod = case.snapshot.pod_by_key.get(f"{case.namespace}/{name}")
        if pod is None or not pod.spec.host_network:
            addresses = tuple(dict.fromkeys(backend.address for backend in backends))
            labels = labels_of(case, pod, named=bool(backends[0].pod))
            found.append(BackendPod(name, addresses, backends[0].node, labels, _named_ports(pod)))
    return tuple(found)


def labels_of(case: Case, pod: Pod | None, *, named: bool) -> Labels:
    """Labels of a backend Pod; of one that was not read, those that the Service must have selected it by.

    `named` says that the endpoint is a Pod by name, so that the Service's selector chose it.
    """
    if pod is not None:
        return Labels(pod.metadata.labels)
    return Labels(case.service.spec.selector if named else {}, complete=False)


def namespace_labels(case: Case, namespace: str) -> Labels:
    """Labels of a namespace; the name label is known even when namespaces could not be read."""
    known = case.snapshot.namespace_labels.get(namespace)
    if known is not None:
        return Labels(known)
    return Labels({"kubernetes.io/metadata.name": namespace}, complete=False)


def missing_labels(case: Case) -> str:
    """What to read so that the labels of all backend Pods are known, in words; empty when they are."""
    unread = [pod.name for pod in case.once(backend_pods) if not pod.labels.complete]
    if not unread:
        return ""
    gap = case.snapshot.gap(Source.PODS, case.namespace)
    several = f"{len(unread)} Pods" if len(unread) > 1 else f"Pod {unread[0]}"
    return f"labels of {several}" + (f" ({gap.sentence})" if gap else "")


def _named_ports(pod: Pod | None) -> ContainerPorts | None:
    if pod is None:
        return None
    return {
        (port.name, port.protocol): port.container_port
        for container in pod.spec.containers
        for port in container.ports
        if port.name
    }
