"""kube-proxy as far as the API tells: whether it runs, in which mode, with which settings."""

from enum import StrEnum

import msgspec
from msgspec import field

from diagnostics.model.agent_config import ConfigError, read_yaml
from diagnostics.model.finding import Evidence
from diagnostics.model.meta import Fact
from diagnostics.model.snapshot import Snapshot, Source

KUBE_PROXY_NAMESPACE = "kube-system"
KUBE_PROXY_CONFIG_KEYS = ("config.conf", "config")
_IN_THE_DISTRIBUTION = {"+k3s": "k3s", "+rke2": "RKE2", "-gke.": "GKE"}


class Presence(StrEnum):
    """Three values: unknown stays unknown."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class _IPTables(Fact, frozen=True):
    masquerade_all: bool = False


class _IPVS(Fact, frozen=True):
    strict_arp: bool = field(default=False, name="strictARP")


class _Nftables(Fact, frozen=True):
    masquerade_all: bool = False


class _DetectLocal(Fact, frozen=True):
    bridge_interface: str = ""
    interface_name_prefix: str = ""


class KubeProxyConfig(Fact, frozen=True):
    """`KubeProxyConfiguration`; an empty mode is iptables on Linux."""

    mode: str = ""
    cluster_cidr: str = field(default="", name="clusterCIDR")
    detect_local_mode: str = ""
    detect_local: _DetectLocal = field(default_factory=_DetectLocal)
    node_port_addresses: list[str] = field(default_factory=list)
    feature_gates: dict[str, bool] = field(default_factory=dict)
    iptables: _IPTables = field(default_factory=_IPTables)
    nftables: _Nftables = field(default_factory=_Nftables)
    ipvs: _IPVS = field(default_factory=_IPVS)
    healthz_bind_address: str = ""


class KubeProxy(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of kube-proxy. `mode` is iptables, nftables, ipvs or unknown.

    `detect_local_mode` says how it tells Pods of its Node from others: ClusterCIDR (the default), NodeCIDR,
    BridgeInterface or InterfaceNamePrefix; `local_interface` is the name or the prefix of the latter two.
    `feature_gates` are those that its configuration sets. `healthz_bind_address` is as written, empty for the default
    0.0.0.0:10256. `config_map` is the `namespace/name` that the configuration was read from, `config_key` its key.
    """

    presence: Presence
    mode: str = "unknown"
    masquerade_all: bool = False
    cluster_cidrs: tuple[str, ...] = ()
    detect_local_mode: str = "ClusterCIDR"
    local_interface: str = ""
    node_port_addresses: tuple[str, ...] = ()
    strict_arp: bool = False
    feature_gates: dict[str, bool] = field(default_factory=dict)
    config_read: bool = False
    healthz_bind_address: str = ""
    config_map: str = f"{KUBE_PROXY_NAMESPACE}/kube-proxy"
    config_key: str = KUBE_PROXY_CONFIG_KEYS[0]
    evidence: Evidence = Evidence("DaemonSet kube-system/kube-proxy", "", "")
    why_unknown: str = ""


def find_kube_proxy(snapshot: Snapshot) -> KubeProxy:
    """kube-proxy as the Snapshot shows it: DaemonSet, then Pods, then the kind of distribution."""
    presence, evidence, why = _presence(snapshot)
    if presence is not Presence.PRESENT:
        return KubeProxy(presence=presence, evidence=evidence, why_unknown=why)
    found = _config(snapshot)
    if found is None:
        return KubeProxy(
            presence=presence,
            evidence=evidence,
            why_unknown="Its mode is in ConfigMap kube-system/kube-proxy, which could not be read.",
        )
    config, config_map, config_key = found
    mode = config.mode.lower() or "iptables"
    detect = config.detect_local
    by_bridge = config.detect_local_mode == "BridgeInterface"
    return KubeProxy(
        presence=presence,
        mode=mode if mode in ("iptables", "nftables", "ipvs") else "unknown",
        masquerade_all=config.nftables.masquerade_all if mode == "nftables" else config.iptables.masquerade_all,
        cluster_cidrs=tuple(part.strip() for part in config.cluster_cidr.split(",") if part.strip()),
        detect_local_mode=config.detect_local_mode or "ClusterCIDR",
        local_interface=detect.bridge_interface if by_bridge else detect.interface_name_prefix,
        node_port_addresses=tuple(config.node_port_addresses),
        strict_arp=config.ipvs.strict_arp,
        feature_gates=config.feature_gates,
        config_read=True,
        healthz_bind_address=config.healthz_bind_address,
        config_map=config_map,
        config_key=config_key,
        evidence=evidence,
    )


def _presence(snapshot: Snapshot) -> tuple[Presence, Evidence, str]:
    for daemon_set in snapshot.daemon_sets:
        meta, wanted = daemon_set.metadata, daemon_set.status.desired_number_scheduled
        runs_it = any(
            container.image.rsplit("/", 1)[-1].startswith("kube-proxy")
            for container in daemon_set.spec.template.spec.containers
        )
        if meta.name == "kube-proxy" or meta.labels.get("k8s-app") == "kube-proxy" or runs_it:
            found = Evidence(f"DaemonSet {meta.key}", "status.desiredNumberScheduled", str(wanted))
            return (Presence.PRESENT if wanted > 0 else Presence.ABSENT), found, ""
    for pod in snapshot.pods:
        labels = pod.metadata.labels
        if labels.get("k8s-app") == "kube-proxy" or labels.get("component") == "kube-proxy":
            return Presence.PRESENT, Evidence(f"Pod {pod.metadata.key}", "status.phase", pod.status.phase), ""
    nothing = Evidence("DaemonSet kube-system/kube-proxy", "metadata.name", "no such object")
    gap = snapshot.gap(Source.DAEMON_SETS, KUBE_PROXY_NAMESPACE) or snapshot.gap(Source.PODS, KUBE_PROXY_NAMESPACE)
    if gap:
        return Presence.UNKNOWN, nothing, gap.sentence
    for node in snapshot.nodes:
        for mark, product in _IN_THE_DISTRIBUTION.items():
            if mark in node.status.node_info.kubelet_version:
                seen = Evidence(
                    f"Node {node.metadata.name}",
                    "status.nodeInfo.kubeletVersion",
                    node.status.node_info.kubelet_version,
                )
                return (
                    Presence.UNKNOWN,
                    seen,
                    f"{product} can run kube-proxy without a DaemonSet; ask its configuration.",
                )
    return Presence.ABSENT, nothing, ""


def _config(snapshot: Snapshot) -> tuple[KubeProxyConfig, str, str] | None:
    """The configuration, the `namespace/name` of its ConfigMap and its key there; None when it is not to be had."""
    for config_map in snapshot.config_maps:
        if config_map.metadata.namespace == KUBE_PROXY_NAMESPACE and config_map.metadata.name.startswith("kube-proxy"):
            for key in KUBE_PROXY_CONFIG_KEYS:
                if key in config_map.data:
                    try:
                        values = read_yaml(config_map.data[key])
                        config = msgspec.convert(values or {}, KubeProxyConfig, strict=False)
                        return config, config_map.metadata.key, key
                    except (ConfigError, msgspec.ValidationError):
                        return None
    return None
