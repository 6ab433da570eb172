"""Small made-up clusters for tests: Snapshots built from the model's own structs; `deployed` puts Services into them.

    snapshot = cluster(nodes=2, kube_proxy="iptables", proxy_all=True)

Addresses follow one plan: Node number i is `node<i>` with InternalIP 192.168.77.(100+i), podCIDR 10.10.i.0/24 and thus
gateway 10.10.i.1; in IPv6 fd00:77::(100+i), fd00:10:0:i::/64 and fd00:10:0:i::1.
`node_ip`, `pod_cidr`, `gateway` and `pod_ip` tell them.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import yaml

from diagnostics.model.agent_info import AgentCondition, AntreaAgentInfo, NetworkInfo, ObjectRef, OVSInfo
from diagnostics.model.meta import Meta, OwnedMeta
from diagnostics.model.snapshot import Gap, Snapshot, Source
from diagnostics.model.workload import (
    ConfigMap,
    ConfigMapRef,
    Container,
    DaemonSet,
    DaemonSetSpec,
    DaemonSetStatus,
    Node,
    NodeAddress,
    NodeInfo,
    NodeSpec,
    NodeStatus,
    PodSpec,
    PodTemplate,
    Volume,
)

CLIENT = "203.0.113.10"
CLIENT_V6 = "2001:db8::10"
LB_IP = "198.51.100.10"
LB_IP_V6 = "2001:db8:100::10"
EXTERNAL_IP = "198.51.100.110"
VIRTUAL_IP = "169.254.0.253"
NODE_PORT = 30100
TARGET_PORT = 8080

Config = Mapping[str, object]


def node_ip(number: int, family: int = 4) -> str:
    """InternalIP of Node `number`."""
    if family == 6:
        return str(ipaddress.IPv6Address("fd00:77::") + 100 + number)
    return str(ipaddress.IPv4Address("192.168.77.0") + 100 + number)


def pod_cidr(number: int, family: int = 4) -> str:
    """podCIDR of Node `number`."""
    if family == 6:
        return f"{ipaddress.IPv6Address('fd00:10::') + (number << 64)}/64"
    return f"{ipaddress.IPv4Address('10.10.0.0') + (number << 8)}/24"


def gateway(number: int, family: int = 4) -> str:
    """Address of antrea-gw0 on Node `number`."""
    return str(ipaddress.ip_network(pod_cidr(number, family)).network_address + 1)


def pod_ip(number: int, index: int = 0, family: int = 4) -> str:
    """Address of the `index`-th Pod on Node `number`."""
    return str(ipaddress.ip_network(pod_cidr(number, family)).network_address + 2 + index)


def cluster(
    nodes: int = 2,
    *,
    kube_proxy: str | None = "iptables",
    proxy_all: bool = False,
    version: str = "v2.7.0",
    encap: str = "encap",
    encryption: str = "none",
    antrea_proxy: bool = True,
    dsr_gate: bool = False,
    default_mode: str = "nat",
    host_network_mode: str = "iptables",
    no_snat: bool = False,
    proxy: Config | None = None,
    agent: Config | None = None,
    kube_proxy_config: Config | None = None,
    masquerade_all: bool = False,
    cluster_cidr: str = "10.10.0.0/16",
    families: Sequence[int] = (4,),
    agents: bool = True,
    differing: Mapping[str, Mapping[str, object]] | None = None,
    windows: Iterable[str] = (),
    zones: Mapping[str, str] | None = None,
    kubelet: str = "v1.36.2",
    provider: str = "",
) -> Snapshot:
    """A cluster without Services, read in full.

    `kube_proxy` is its mode or None for a cluster without it. `proxy` adds keys to `antreaProxy`, `agent` to
    `antrea-agent.conf`, `kube_proxy_config` to kube-proxy's. `agents=False`: no agent reports anything.
    `differing` overrides what single agents report: {"node2": {"proxy_all": False, "dsr": ..., "version": ...}} or
    {"node2": {"silent": True}}. `windows` names Windows Nodes, `zones` the zone of Nodes; `provider` is the scheme of
    the Nodes' providerID.
    """
    proxy_keys = {
        "enable": antrea_proxy,
        "proxyAll": proxy_all,
        "defaultLoadBalancerMode": default_mode,
        **(proxy or {}),
    }
    config = {
        "featureGates": {"LoadBalancerModeDSR": dsr_gate, "NFTablesHostNetworkMode": host_network_mode == "nftables"},
        "trafficEncapMode": encap,
        "trafficEncryptionMode": encryption,
        "noSNAT": no_snat,
        "hostNetworkMode": host_network_mode,
        "antreaProxy": proxy_keys,
        **(agent or {}),
    }
    config_maps = [_config_map("antrea-config", "antrea-agent.conf", config)]
    daemon_sets = [_antrea_agents(nodes, version)]
    if kube_proxy is not None:
        section = "nftables" if kube_proxy == "nftables" else "iptables"
        wanted = {
            "mode": kube_proxy,
            "clusterCIDR": cluster_cidr,
            section: {"masqueradeAll": masquerade_all},
            **(kube_proxy_config or {}),
        }
        config_maps.append(_config_map("kube-proxy", "config.conf", wanted))
        daemon_sets.append(_kube_proxies(nodes))
    infos = []
    for number in range(1, nodes + 1) if agents else ():
        reported: dict[str, object] = {
            "proxy": antrea_proxy,
            "proxy_all": antrea_proxy and proxy_all,
            "dsr": antrea_proxy and dsr_gate,
            "version": version,
        }
        reported.update((differing or {}).get(f"node{number}", {}))
        if not reported.get("silent"):
            infos.append(agent_info(number, **reported))
    return Snapshot(
        context="test",
        origin="tests",
        kubernetes_version="v1.36.2",
        nodes=tuple(
            node(
                number,
                families,
                f"node{number}" in set(windows),
                (zones or {}).get(f"node{number}", ""),
                kubelet,
                provider,
            )
            for number in range(1, nodes + 1)
        ),
        daemon_sets=tuple(daemon_sets),
        config_maps=tuple(config_maps),
        agent_infos=tuple(infos),
        reads=frozenset((source, "") for source in Source),
    )


def node(
    number: int,
    families: Sequence[int] = (4,),
    is_windows: bool = False,
    zone: str = "",
    kubelet: str = "v1.36.2",
    provider: str = "",
) -> Node:
    """Node `number` of the address plan."""
    system = "windows" if is_windows else "linux"
    labels = {"kubernetes.io/os": system, **({"topology.kubernetes.io/zone": zone} if zone else {})}
    return Node(
        metadata=Meta(name=f"node{number}", labels=labels),
        spec=NodeSpec(
            pod_cidr=pod_cidr(number, families[0]),
            pod_cidrs=[pod_cidr(number, family) for family in families],
            provider_id=f"{provider}://region/i-{number}" if provider else "",
        ),
        status=NodeStatus(
            addresses=[NodeAddress(type="InternalIP", address=node_ip(number, family)) for family in families],
            node_info=NodeInfo(kubelet_version=kubelet, operating_system=system),
        ),
    )


def agent_info(
    number: int,
    *,
    proxy: object = True,
    proxy_all: object = False,
    dsr: object = False,
    version: object = "v2.7.0",
    transport_ips: object = (),
    silent: object = False,
) -> AntreaAgentInfo:
    """What the agent of Node `number` reports; the OVS tables follow from what runs."""
    tables = {"Classifier": 5, "AntreaPolicyIngressRule": 3}
    for runs, table in ((proxy, "ServiceLB"), (proxy_all, "NodePortMark"), (dsr, "DSRServiceMark")):
        if runs:
            tables[table] = 2
    return AntreaAgentInfo(
        metadata=Meta(name=f"node{number}"),
        version=str(version),
        node_ref=ObjectRef(name=f"node{number}"),
        pod_ref=ObjectRef(name=f"antrea-agent-{number}", namespace="kube-system"),
        node_subnets=[pod_cidr(number)],
        ovs_info=OVSInfo(flow_table=tables),
        network_info=NetworkInfo(
            transport_interface_ips=list(transport_ips if isinstance(transport_ips, tuple) else ())
        ),
        agent_conditions=[AgentCondition(type="AgentHealthy", status="True")],
    )


def without(snapshot: Snapshot, gap: Gap) -> Snapshot:
    """The Snapshot as if a source could not be read: its facts are gone and the Gap says why."""
    fields = {Source.CONFIG_MAPS: "config_maps", Source.AGENT_INFOS: "agent_infos", Source.NODES: "nodes"}
    fields |= {Source.DAEMON_SETS: "daemon_sets", Source.PODS: "pods", Source.SLICES: "slices"}
    reads = frozenset(item for item in snapshot.reads if item[0] is not gap.source)
    lost = {fields[gap.source]: ()} if gap.source in fields else {}
    return replace(snapshot, reads=reads, gaps=(*snapshot.gaps, gap), **lost)  # type: ignore[arg-type]


def _config_map(name: str, key: str, values: Config) -> ConfigMap:
    text = yaml.safe_dump(dict(values), sort_keys=False)
    return ConfigMap(metadata=OwnedMeta(name=name, namespace="kube-system"), data={key: text})


def _antrea_agents(nodes: int, version: str) -> DaemonSet:
    return DaemonSet(
        metadata=OwnedMeta(
            name="antrea-agent", namespace="kube-system", labels={"app": "antrea", "component": "antrea-agent"}
        ),
        spec=DaemonSetSpec(
            template=PodTemplate(
                spec=PodSpec(
                    containers=[Container(name="antrea-agent", image=f"antrea/antrea-agent-ubuntu:{version}")],
                    volumes=[Volume(name="antrea-config", config_map=ConfigMapRef(name="antrea-config"))],
                )
            )
        ),
        status=_everywhere(nodes),
    )


def _kube_proxies(nodes: int) -> DaemonSet:
    return DaemonSet(
        metadata=OwnedMeta(name="kube-proxy", namespace="kube-system", labels={"k8s-app": "kube-proxy"}),
        spec=DaemonSetSpec(
            template=PodTemplate(
                spec=PodSpec(containers=[Container(name="kube-proxy", image="registry.k8s.io/kube-proxy:v1.36.2")])
            )
        ),
        status=_everywhere(nodes),
    )


def _everywhere(nodes: int) -> DaemonSetStatus:
    return DaemonSetStatus(desired_number_scheduled=nodes, updated_number_scheduled=nodes, number_ready=nodes)
