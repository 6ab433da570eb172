"""Where on a Path which policies are asked, and with which source address they are compared."""

from dataclasses import replace

from diagnostics.datapath.addresses import is_windows
from diagnostics.datapath.crossing import placed
from diagnostics.datapath.path import AccessKind, Handler, Path, Place, SeenKind, Vantage, VantageKind
from diagnostics.model.antrea import Running
from diagnostics.model.case import Case
from diagnostics.model.workload import Pod
from diagnostics.policy.backend_pods import namespace_labels
from diagnostics.policy.labels import Labels
from diagnostics.policy.ranges import AddressSet
from diagnostics.policy.sources import ClientPod, SourceAddress

BEFORE_OVS = ("S5", "S6", "S9")
"""SNAT points that a packet passes before it enters OVS on the ingress Node."""


def is_outside(path: Path) -> bool:
    """Whether the client stands outside the cluster, and so is none of its Pods."""
    return path.client.kind is VantageKind.EXTERNAL


def client_of(case: Case, path: Path, client_ip: str) -> Vantage | None:
    """The client of the Path with the address asked for; None when that is no address of the Path's family.

    No address, or the example of the other family, stands for the example client of this one.
    """
    if not is_outside(path):
        return path.client
    client = placed(case, replace(path.client, ip=client_ip), path.access.family)
    return client if client and client.ip in AddressSet.everything() else None


def at_pod(case: Case, path: Path, client: Vantage) -> SourceAddress:
    """The source that rules on the Pod are compared with: what the Pod sees (antrea:docs/design/ovs-pipeline.md)."""
    family = path.access.family
    if path.seen.kind is SeenKind.CLIENT and is_outside(path):
        return SourceAddress(client.ip, family)
    if path.seen.kind is SeenKind.UNKNOWN or not path.seen.ip:
        return SourceAddress("", family, why="which source address the Pod sees")
    if path.seen.kind is SeenKind.POD:
        return _of_client(case, path.seen.ip, family, client)
    return SourceAddress(path.seen.ip, family)


def at_service(case: Case, path: Path, client: Vantage) -> SourceAddress:
    """The source that rules on the Service are compared with: the one that entered OVS on the ingress Node.

    antrea:pkg/agent/openflow/network_policy.go matches the original tuple (ct_nw_src).
    """
    elsewhere = f"{client.node} " if client.node and client.node != path.ingress else "\0"
    earlier = [item.after for item in path.snat if item.id in BEFORE_OVS or item.where.startswith(elsewhere)]
    if earlier:
        return SourceAddress(earlier[0], path.access.family)
    if is_windows(case.cluster, path.ingress) and path.access.kind is AccessKind.NODE_PORT and is_outside(path):
        why = f"whether NetNat on {path.ingress} (Windows) keeps the client's address"
        return SourceAddress("", path.access.family, why=why)
    return _of_client(case, client.ip, path.access.family, client)


def service_rules_apply(case: Case, path: Path) -> tuple[bool | None, str]:
    """Whether rules on the Service are asked on this Path, and when that cannot be told, what would settle it.

    NodePort traffic that AntreaProxy handles always is, by any endpoint. On other addresses the packet meets them
    only on its way into a local Pod, or under DSR on the backend Node; that is read from the flows and was never
    run, so it stays open here (antrea:pkg/agent/openflow/pipeline.go ingressClassifierFlows).
    """
    running = case.cluster.running.get(path.ingress, Running())
    if path.handler in (Handler.KUBE_PROXY, Handler.NONE) or running.policy is False:
        return False, ""
    if path.access.kind is AccessKind.NODE_PORT:
        if running.proxy_all is False:
            return False, ""
        if path.handler is Handler.ANTREA_PROXY and running.proxy_all:
            return True, ""
        return None, f"whether AntreaProxy handles the NodePort on {path.ingress or 'the ingress Node'}"
    local_pod = path.endpoint.place is Place.LOCAL and not path.endpoint.host_network
    if local_pod or path.direct_return:
        return None, f"whether policies on a Service hold for its {path.access.kind}, which Antrea does not document"
    return (None, "which proxy handles the address") if path.handler is Handler.UNDEFINED else (False, "")


def bypass(case: Case, path: Path) -> tuple[bool | None, str]:
    """Whether the Pod's ingress policies are skipped, and why; None when that cannot be told.

    antrea:pkg/agent/openflow/pipeline.go localProbeFlows and ingressClassifierFlows.
    """
    if any(rewrite.id == "S8" for rewrite in path.rewrites):
        why = "a Pod that reaches itself through AntreaProxy passes without being asked (hairpin)"
        return (None if path.access.kind is AccessKind.NODE_PORT else True), why
    is_own_node = path.client.kind is VantageKind.NODE and path.client.node == path.ingress
    if not is_own_node or path.endpoint.place is not Place.LOCAL or path.access.kind is AccessKind.NODE_PORT:
        return False, ""
    why = "traffic of the Pod's own Node passes without being asked"
    if path.handler is Handler.ANTREA_PROXY:
        return True, why
    proxy_all = case.cluster.running.get(path.ingress, Running()).proxy_all
    if path.handler is Handler.KUBE_PROXY and path.access.kind is AccessKind.CLUSTER_IP:
        return proxy_all, why
    return (False, "") if proxy_all is False else (None, why)


def in_pod_range(case: Case, address: str) -> bool:
    """Whether an address lies in a podCIDR that is known."""
    ranges = any(node.pod_cidrs for node in case.snapshot.nodes) or any(
        info.node_subnets for info in case.snapshot.agent_infos
    )
    return ranges and address not in case.cluster.node_of_ip and not case.cluster.is_outside(address)


def _of_client(case: Case, address: str, family: int, client: Vantage) -> SourceAddress:
    """A client's own address, with its Pod if it is one."""
    if client.kind not in (VantageKind.POD, VantageKind.SELF):
        return SourceAddress(address, family)
    pod = case.once(_pods_by_ip).get(address) or case.snapshot.pod_by_key.get(client.name)
    if pod is not None:
        return SourceAddress(address, family, _client_pod(case, pod.metadata.namespace, Labels(pod.metadata.labels)))
    if "/" in client.name:
        return SourceAddress(address, family, _client_pod(case, client.name.split("/")[0], Labels(complete=False)))
    return SourceAddress(address, family, may_be_pod=True)


def _client_pod(case: Case, namespace: str, labels: Labels) -> ClientPod:
    return ClientPod(namespace, labels, namespace_labels(case, namespace))


def _pods_by_ip(case: Case) -> dict[str, Pod]:
    return {ip: pod for pod in case.snapshot.pods if not pod.spec.host_network for ip in pod.ips}
