"""Facts that several checks ask for; what cannot be told is raised as CannotTell with what would settle it."""

from packaging.version import Version

from diagnostics.checks.evidence import SHOWN, listed, of_config, of_service, of_tables
from diagnostics.checks.examine import CannotTell
from diagnostics.model.agent_config import AgentConfig, parse_version
from diagnostics.model.antrea import PROXY_ALL_TABLE, Running, proxy_all_wanted
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Evidence
from diagnostics.model.kube_proxy import Presence
from diagnostics.model.service import SERVICE_PROXY_NAME
from diagnostics.model.snapshot import Source

DSR = "dsr"

ANTREA_SOURCES = (Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.AGENT_INFOS)
"""What Antrea is known from; presence falls to unknown where they are missing."""

KUBE_PROXY_SOURCES = (Source.DAEMON_SETS, Source.CONFIG_MAPS, Source.PODS, Source.NODES)
"""What kube-proxy is known from: Pods and Nodes are asked where no DaemonSet shows it."""

ADDRESS_CHECKS = {
    "aws": "the source/destination check of the instances",
    "gce": "canIpForward of the instances",
    "azure": "IP forwarding of the network interfaces",
    "openstack": "port security (allowed address pairs) of the ports",
}
"""What decides, by cloud (the scheme of `spec.providerID`), whether a Node may send with foreign addresses."""


def antrea_may_be_here(case: Case) -> bool:
    """Whether Antrea is present or cannot be ruled out."""
    return case.cluster.antrea.present is not False


def agent_config(case: Case) -> AgentConfig:
    """The agents' wanted configuration. Raises CannotTell when the ConfigMap is missing or not understood."""
    antrea = case.cluster.antrea
    if antrea.config is None:
        raise CannotTell(antrea.why_no_config)
    return antrea.config


def linux_running(case: Case) -> dict[str, Running]:
    """What the agents report as running, by Linux Node; Windows agents have another ConfigMap and no DSR."""
    return case.cluster.once(_linux_running)


def _linux_running(cluster: Cluster) -> dict[str, Running]:
    return {name: running for name, running in cluster.running.items() if not cluster.nodes[name].is_windows}


def nodes_by_answer(answers: dict[str, bool | None]) -> tuple[list[str], list[str], list[str]]:
    """Node names that answered yes, no, and nothing."""
    yes = [name for name, answer in answers.items() if answer is True]
    no = [name for name, answer in answers.items() if answer is False]
    silent = [name for name, answer in answers.items() if answer is None]
    return yes, no, silent


def silent_agents(nodes: list[str]) -> CannotTell:
    """The answer when agents do not report which OVS tables they have."""
    which = listed(nodes) if nodes else "any Node"
    return CannotTell(
        f"No OVS tables are reported for {which}; "
        "`kubectl get antreaagentinfos.crd.antrea.io` must show ovsInfo.flowTable of every Node."
    )


def annotated_dsr(case: Case) -> bool:
    """Whether the Service asks for DSR by its annotation (case does not matter to Antrea)."""
    return case.service.load_balancer_mode.lower() == DSR


def proxy_all_on(case: Case) -> tuple[Evidence, ...]:
    """Evidence that proxyAll runs on a Linux Node or is wanted; empty when it is off. Raises CannotTell."""
    antrea = case.cluster.antrea
    running, _, _ = nodes_by_answer({node: run.proxy_all for node, run in linux_running(case).items()})
    wanted = proxy_all_wanted(antrea)
    if running:
        return of_tables(running, PROXY_ALL_TABLE, there=True)
    if wanted is None:
        raise CannotTell(f"Whether proxyAll is wanted cannot be told: {antrea.why_no_config}")
    return (of_config(antrea, "antreaProxy.proxyAll", True),) if wanted else ()


def kube_proxy_runs(case: Case) -> bool:
    """Whether kube-proxy runs anywhere. Raises CannotTell with what would settle it."""
    kube_proxy = case.cluster.kube_proxy
    if kube_proxy.presence is Presence.UNKNOWN:
        raise CannotTell(f"Whether kube-proxy runs cannot be told: {kube_proxy.why_unknown}")
    return kube_proxy.presence is Presence.PRESENT


def kube_proxy_mode(case: Case) -> str:
    """`iptables`, `nftables` or `ipvs`; empty when kube-proxy does not run. Raises CannotTell."""
    kube_proxy = case.cluster.kube_proxy
    if not kube_proxy_runs(case):
        return ""
    if kube_proxy.mode == "unknown":
        raise CannotTell(kube_proxy.why_unknown or "kube-proxy's configuration names a mode that is not known here.")
    return kube_proxy.mode


def releases(case: Case) -> tuple[Version, ...]:
    """The releases that agents report, oldest first; empty when none is known."""
    parsed = (parse_version(text) for text in case.cluster.antrea.versions)
    return tuple(sorted(version for version in parsed if version))


def no_release(case: Case) -> str:
    """Why no release of Antrea is known, as the start of a sentence."""
    told = list(case.cluster.antrea.versions)
    return f"Agents report {listed(told)}, which names no release" if told else "No agent reports its version"


def kubernetes_release(case: Case) -> tuple[Version, Evidence]:
    """The release of the API server, else of the newest kubelet, and where it is told. Raises CannotTell."""
    told = case.snapshot.kubernetes_version
    release = parse_version(told)
    if release:
        return release, Evidence("Server version", "gitVersion", told)
    kubelets = {node.metadata.name: node.status.node_info.kubelet_version for node in case.snapshot.nodes}
    parsed = [(version, name) for name, text in kubelets.items() if (version := parse_version(text))]
    if not parsed:
        raise CannotTell("The release of Kubernetes is not known: `kubectl version` tells it.")
    release, name = max(parsed)
    return release, Evidence(f"Node {name}", "status.nodeInfo.kubeletVersion", kubelets[name])


def left_alone_by(case: Case, config: AgentConfig) -> tuple[Evidence, ...]:
    """Evidence that AntreaProxy is told to leave the whole Service alone; empty when it is not.

    antrea:build/charts/antrea/values.yaml skipServices, serviceProxyName.
    """
    proxy, spec, antrea = config.antrea_proxy, case.service.spec, case.cluster.antrea
    name = case.service.metadata.labels.get(SERVICE_PROXY_NAME, "")
    if {case.key, spec.cluster_ip, *spec.cluster_ips} & set(proxy.skip_services):
        return (of_config(antrea, "antreaProxy.skipServices", list(proxy.skip_services)),)
    if name != proxy.service_proxy_name:
        return (
            of_service(case, f"metadata.labels[{SERVICE_PROXY_NAME}]", name or "not set"),
            of_config(antrea, "antreaProxy.serviceProxyName", proxy.service_proxy_name),
        )
    return ()


def clouds(case: Case) -> dict[str, list[str]]:
    """Node names by the cloud that runs them, the scheme of `spec.providerID` (`aws`, `gce`, `azure` ...)."""
    found: dict[str, list[str]] = {}
    for name, node in case.cluster.nodes.items():
        scheme, colon, _ = node.spec.provider_id.partition(":")
        if colon:
            found.setdefault(scheme.lower(), []).append(name)
    return found


def of_provider(case: Case, nodes: list[str]) -> tuple[Evidence, ...]:
    """Which cloud the first few Nodes run on."""
    known = case.cluster.nodes
    return tuple(Evidence(f"Node {name}", "spec.providerID", known[name].spec.provider_id) for name in nodes[:SHOWN])
