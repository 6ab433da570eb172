"""Who handles an address on a Windows Node.

AntreaProxy with proxyAll is the only supported way there (antrea:docs/windows.md): the mode of kube-proxy that worked
beside Antrea left Kubernetes with v1.26 (antrea:cmd/antrea-agent/options_windows.go). Windows agents have a ConfigMap
of their own.
"""

from diagnostics.datapath.path import Access, AccessKind, Handler
from diagnostics.model.agent_config import AgentConfig, ConfigError, parse_agent_config
from diagnostics.model.antrea import AGENT_CONFIG_KEY, WINDOWS_CONFIG_MAP, Running
from diagnostics.model.case import Case, Cluster
from diagnostics.model.service import SERVICE_PROXY_NAME

DOCS = "antrea:docs/windows.md"


def on_windows(case: Case, access: Access, node: str, *, from_pod: bool) -> tuple[Handler, str]:
    """The handler on a Windows Node, and why as a sentence; undefined where nobody can tell."""
    cluster = case.cluster
    config = cluster.once_of_nodes(windows_config)
    running = cluster.running.get(node, Running())
    if access.family == 6:
        return Handler.UNDEFINED, f"{node} runs Windows, where Antrea supports no IPv6."
    needs_all = not from_pod or access.kind not in (AccessKind.CLUSTER_IP, AccessKind.LOAD_BALANCER)
    serves = running.proxy_all if needs_all else running.proxy
    if serves is None and config is not None:
        serves = config.proxy_enabled and (config.antrea_proxy.proxy_all or not needs_all)
    if serves is None:
        return Handler.UNDEFINED, (
            f"{node} runs Windows. Whether AntreaProxy serves every address there is in ConfigMap {WINDOWS_CONFIG_MAP} "
            "(antreaProxy.proxyAll), which was not read, and its agent reports nothing."
        )
    if not serves:
        return Handler.UNDEFINED, (
            f"{node} runs Windows without proxyAll, which nothing but AntreaProxy replaces there: "
            "who serves this address cannot be told."
        )
    if config is not None and _leaves_it(case, access, config):
        return Handler.NONE, f"The Windows agents leave this address alone, and {node} has no other proxy."
    why = f"{node} runs Windows: AntreaProxy serves every address there, as kube-proxy cannot."
    unread = f" ConfigMap {WINDOWS_CONFIG_MAP} was not read: its skipServices and the like are taken as unset."
    return Handler.ANTREA_PROXY, why + (unread if config is None else "")


def windows_config(cluster: Cluster) -> AgentConfig | None:
    """What the Windows agents are configured to do; None when it was not read or is not understood."""
    for config_map in cluster.snapshot.config_maps:
        if config_map.metadata.name.startswith(WINDOWS_CONFIG_MAP) and AGENT_CONFIG_KEY in config_map.data:
            try:
                return parse_agent_config(config_map.data[AGENT_CONFIG_KEY])
            except ConfigError:
                return None
    return None


def _leaves_it(case: Case, access: Access, config: AgentConfig) -> bool:
    proxy, spec = config.antrea_proxy, case.service.spec
    if {case.key, spec.cluster_ip, *spec.cluster_ips} & set(proxy.skip_services):
        return True
    if case.service.metadata.labels.get(SERVICE_PROXY_NAME, "") != proxy.service_proxy_name:
        return True
    return access.kind is AccessKind.LOAD_BALANCER and not proxy.proxy_load_balancer_ips
