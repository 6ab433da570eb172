"""The facts of a cluster as a page: what is wanted, what runs, Node by Node, and what could not be read."""

from diagnostics.model.antrea import dsr_gate_wanted, proxy_all_wanted
from diagnostics.model.case import Cluster
from diagnostics.model.kube_proxy import Presence
from diagnostics.model.snapshot import Source
from widgets.reading import Block, danger, heading, quiet


def cluster_blocks(cluster: Cluster) -> tuple[Block, ...]:
    """The page as blocks."""
    snapshot = cluster.snapshot
    blocks = [
        heading("Antrea"),
        Block(_antrea(cluster)),
        heading("kube-proxy"),
        Block(_kube_proxy(cluster)),
        heading(f"Nodes ({'?' if _nodes_unread(cluster) else len(cluster.nodes)})"),
        Block(_nodes(cluster)),
        quiet(
            "Running is what each agent reports by its OVS tables (AntreaAgentInfo); ? means that it reports nothing."
        ),
    ]
    if snapshot.gaps:
        blocks += [heading("Could not be read"), danger("\n".join(gap.sentence for gap in snapshot.gaps))]
    return tuple(blocks)


def _antrea(cluster: Cluster) -> str:
    antrea = cluster.antrea
    if antrea.present is not True:
        return (
            "Not found: no DaemonSet antrea-agent." if antrea.present is False else "Cannot tell whether Antrea runs."
        )
    lines = [
        f"versions reported    {', '.join(antrea.versions) or 'unknown'}",
        f"namespace            {antrea.namespace}",
    ]
    if antrea.config is None:
        return "\n".join([*lines, f"configuration        unknown: {antrea.why_no_config}"])
    config, proxy = antrea.config, antrea.config.antrea_proxy
    encryption = config.traffic_encryption_mode
    lines += [
        f"ConfigMap            {antrea.namespace}/{antrea.config_map_name}",
        f"traffic mode         {config.traffic_encap_mode}" + ("" if encryption == "none" else f" with {encryption}"),
        f"AntreaProxy          {_on(config.proxy_enabled)}, {_count(cluster, 'proxy')}",
        f"proxyAll             {_on(proxy_all_wanted(antrea))}, {_count(cluster, 'proxy_all')}",
        f"LoadBalancerModeDSR  {_on(dsr_gate_wanted(antrea))}, {_count(cluster, 'dsr')}",
        f"default mode         {config.default_mode}",
        f"host network mode    {config.host_network_mode}",
    ]
    if proxy.skip_services:
        lines.append(f"skipServices         {', '.join(proxy.skip_services)}")
    return "\n".join(lines)


def _nodes_unread(cluster: Cluster) -> bool:
    """Whether no Node is known because Nodes could not be read: then nothing can be counted."""
    return not cluster.nodes and cluster.snapshot.gap(Source.NODES) is not None


def _count(cluster: Cluster, name: str) -> str:
    if _nodes_unread(cluster):
        return "running on which Nodes is unknown"
    told = [getattr(running, name) for running in cluster.running.values()]
    on, off = told.count(True), told.count(False)
    return f"running on {on} of {len(told)} Nodes" + (
        "" if on + off == len(told) else f", {len(told) - on - off} do not tell"
    )


def _kube_proxy(cluster: Cluster) -> str:
    proxy = cluster.kube_proxy
    if proxy.presence is not Presence.PRESENT:
        return f"{proxy.presence.value}" + (f": {proxy.why_unknown}" if proxy.why_unknown else "")
    lines = [f"present              {proxy.evidence.object}", f"mode                 {proxy.mode}"]
    if proxy.why_unknown:
        lines.append(proxy.why_unknown)
    if proxy.config_read:
        lines += [
            f"clusterCIDR          {', '.join(proxy.cluster_cidrs) or 'not set'}",
            f"masqueradeAll        {_on(proxy.masquerade_all)}",
        ]
    return "\n".join(lines)


def _nodes(cluster: Cluster) -> str:
    names = sorted(cluster.nodes)
    if not names:
        return "Which Nodes there are is unknown: see below." if _nodes_unread(cluster) else "There are none."
    width = min(40, max(len(name) for name in names))
    lines = [f"{'NODE':<{width}} {'ADDRESS':<16} {'antrea-gw0':<16} {'ANTREA':<10} {'proxyAll':<9} DSR"]
    for name in names:
        running = cluster.running[name]
        address = cluster.node_ip(name) or cluster.node_ip(name, 6) or "?"
        gateway = cluster.gateway_ip(name) or cluster.gateway_ip(name, 6) or "?"
        version = running.version or "?"
        lines.append(
            f"{name:<{width}} {address:<16} {gateway:<16} {version:<10} {_on(running.proxy_all):<9} {_on(running.dsr)}"
        )
    return "\n".join(lines)


def _on(value: bool | None) -> str:
    return "?" if value is None else "on" if value else "off"
