"""Conditions that several plans share, each computed from the Snapshot with its evidence."""

from dataclasses import dataclass

from packaging.version import Version

from diagnostics.checks.evidence import listed
from diagnostics.model.agent_config import NFTABLES_GATE
from diagnostics.model.case import Case
from diagnostics.model.kube_proxy import Presence
from diagnostics.model.service import SERVICE_PROXY_NAME
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.plan import Prerequisite, State

COEXISTS_SINCE = "2.1"
NFTABLES_SINCE = "2.5"


def met_or(condition: bool | None, title: str, evidence: str, settles: str, *, blocks: bool = True) -> Prerequisite:
    """A prerequisite from a three-valued condition."""
    state = {True: State.MET, False: State.UNMET, None: State.UNKNOWN}[condition]
    return Prerequisite(title, state, evidence, "" if state is State.MET else settles, blocks)


def seen(item: Prerequisite, settles: str) -> Prerequisite:
    """The same condition for a plan that does nothing about it: it must be seen to hold, or the plan is blocked."""
    return met_or(item.state is State.MET, item.title, item.evidence, settles)


def antrea_is_present(case: Case) -> Prerequisite:
    """Antrea by its DaemonSet or by what agents report."""
    antrea = case.cluster.antrea
    versions = f" {', '.join(antrea.versions)}" if antrea.versions else ""
    found = {
        True: f"Antrea{versions} in namespace {antrea.namespace}.",
        False: "No DaemonSet with the labels app=antrea, component=antrea-agent.",
        None: "DaemonSets could not be read.",
    }
    return met_or(
        antrea.present, "Antrea is the cluster's network", found[antrea.present], "This remedy needs Antrea's agents."
    )


def release_at_least(case: Case, release: str, what: str) -> Prerequisite:
    """Every agent is of a release that knows something."""
    antrea = case.cluster.antrea
    said = f"Oldest agent: {antrea.version}." if antrea.version else "No agent tells its release."
    return met_or(
        antrea.at_least(release), f"Antrea {release} or newer", said, f"{what} exists since {release}: upgrade Antrea."
    )


def agents_are_of_one_release(case: Case) -> Prerequisite:
    """A change of the whole cluster in the middle of an upgrade leaves Nodes that behave differently (antrea#6308)."""
    versions = case.cluster.antrea.versions
    said = f"Agents are of {listed(versions)}." if versions else "No agent tells its release."
    one = None if not versions else len(versions) == 1
    return met_or(one, "All agents are of one release", said, "Finish the upgrade first, or take it back.")


def antrea_proxy_is_on(case: Case) -> Prerequisite:
    """AntreaProxy by the agents' OVS tables, else by the ConfigMap."""
    title, settles = "AntreaProxy is on", "Set antreaProxy.enable to true and restart the agents first."
    without = [name for name, running in case.cluster.running.items() if running.proxy is False]
    if without:
        return met_or(False, title, f"Agents without table ServiceLB: {listed(without)}.", settles)
    config = case.cluster.antrea.config
    if config is None:
        return met_or(None, title, case.cluster.antrea.why_no_config, "Read the ConfigMap of the agents.")
    said = f"antreaProxy.enable is {str(config.antrea_proxy.enable).lower()}"
    return met_or(config.proxy_enabled, title, f"{said} in the ConfigMap of the agents.", settles)


def service_is_not_skipped(case: Case) -> Prerequisite:
    """Neither `skipServices` nor the label of another proxy takes the Service away from AntreaProxy."""
    title = "AntreaProxy does not skip the Service"
    config = case.cluster.antrea.config
    if config is None:
        return met_or(None, title, case.cluster.antrea.why_no_config, "Read the ConfigMap of the agents.")
    proxy = config.antrea_proxy
    label = case.service.metadata.labels.get(SERVICE_PROXY_NAME)
    named = {case.key, *case.service.spec.cluster_ips, case.service.spec.cluster_ip} - {""}
    hit = sorted(named & set(proxy.skip_services))
    if hit:
        return met_or(False, title, f"antreaProxy.skipServices names {listed(hit)}.", "Take it out of skipServices.")
    if label != (proxy.service_proxy_name or None):
        ours = proxy.service_proxy_name or "empty"
        said = f"Its label {SERVICE_PROXY_NAME} is {label or 'absent'}, antreaProxy.serviceProxyName is {ours}."
        return met_or(False, title, said, "Make the label and antreaProxy.serviceProxyName agree.")
    return met_or(True, title, "Neither skipServices nor a label of another proxy names it.", "")


@dataclass(frozen=True, slots=True)
class KubeProxyAnswer:
    """Whether AntreaProxy gets external traffic before kube-proxy, and whether that needs nftables host mode."""

    prerequisite: Prerequisite
    needs_nftables: bool = False


def kube_proxy_steps_aside(case: Case) -> KubeProxyAnswer:
    """AntreaProxy with proxyAll comes before kube-proxy (antrea#6308, antrea#7391, antrea#7545)."""
    kube_proxy, antrea = case.cluster.kube_proxy, case.cluster.antrea
    title = "AntreaProxy comes before kube-proxy"
    if kube_proxy.presence is Presence.ABSENT:
        return KubeProxyAnswer(met_or(True, title, "kube-proxy is absent.", ""))
    if kube_proxy.presence is Presence.UNKNOWN:
        return KubeProxyAnswer(met_or(None, title, kube_proxy.why_unknown, "Find out whether and how kube-proxy runs."))
    said = f"kube-proxy runs in mode {kube_proxy.mode}, Antrea is {antrea.version or 'of unknown release'}."
    if kube_proxy.mode == "ipvs":
        way = "Change kube-proxy to mode iptables, or remove it: with ipvs the outcome is not defined."
        return KubeProxyAnswer(met_or(False, title, said, way))
    coexists = antrea.at_least(COEXISTS_SINCE)
    if coexists is not True:
        way = f"Upgrade Antrea to {COEXISTS_SINCE}, or remove kube-proxy: before, kube-proxy handles the traffic."
        return KubeProxyAnswer(met_or(coexists, title, said, way))
    if kube_proxy.mode == "unknown":
        return KubeProxyAnswer(met_or(None, title, kube_proxy.why_unknown or said, "Find out kube-proxy's mode."))
    if kube_proxy.mode == "iptables":
        return KubeProxyAnswer(met_or(True, title, said, ""))
    return _beside_nftables(case, title, said)


def _beside_nftables(case: Case, title: str, said: str) -> KubeProxyAnswer:
    config, version = case.cluster.antrea.config, case.cluster.antrea.version
    if config is None:
        return KubeProxyAnswer(met_or(None, title, case.cluster.antrea.why_no_config, "Read hostNetworkMode."))
    said = f"{said} hostNetworkMode is {config.host_network_mode}."
    if config.host_network_mode == "nftables" and config.gate(NFTABLES_GATE, version):
        return KubeProxyAnswer(met_or(True, title, said, ""))
    if version and version >= Version(NFTABLES_SINCE):
        way = "This plan sets hostNetworkMode: nftables."
        return KubeProxyAnswer(met_or(False, title, said, way, blocks=False), needs_nftables=True)
    way = f"Upgrade Antrea to {NFTABLES_SINCE} for hostNetworkMode nftables, or run kube-proxy in mode iptables."
    return KubeProxyAnswer(met_or(False, title, said, way))


def agents_can_start_again(case: Case) -> Prerequisite:
    """A restarted agent reaches the API server (antrea:docs/antrea-proxy.md, Removing kube-proxy)."""
    title = "Agents can reach the API server when they restart"
    kube_proxy, config = case.cluster.kube_proxy, case.cluster.antrea.config
    if config and config.kube_api_server_override:
        return met_or(True, title, f"kubeAPIServerOverride is {config.kube_api_server_override}.", "")
    if kube_proxy.presence is Presence.PRESENT:
        return met_or(True, title, "kube-proxy serves the API server's ClusterIP.", "")
    settles = "Set kubeAPIServerOverride in antrea-agent.conf to the control plane's address first."
    if kube_proxy.presence is Presence.ABSENT and config:
        return met_or(False, title, "kube-proxy is absent and kubeAPIServerOverride is empty.", settles)
    return met_or(None, title, kube_proxy.why_unknown or case.cluster.antrea.why_no_config, settles)


def agents_are_ready(case: Case, kubectl: Kubectl) -> Prerequisite:
    """A rollout on top of failing agents would stop in the middle."""
    title = "All agents are ready"
    daemon_set = case.cluster.antrea.daemon_set
    if daemon_set is None:
        look = kubectl.get(Resource.DAEMON_SETS, "antrea-agent", case.cluster.antrea.namespace, output="wide")
        return met_or(None, title, "The DaemonSet of the agents could not be read.", f"Look: {look}")
    status = daemon_set.status
    said = (
        f"DaemonSet {daemon_set.metadata.key}: {status.number_ready} of {status.desired_number_scheduled} ready, "
        f"{status.updated_number_scheduled} of the newest generation."
    )
    ready = status.number_ready >= status.desired_number_scheduled
    return met_or(ready, title, said, "Mend the agents first: a restart stops at the first Node that fails.")


def configuration_is_known(case: Case, kubectl: Kubectl) -> Prerequisite:
    """The ConfigMap must be read before it can be edited."""
    antrea = case.cluster.antrea
    title = "The configuration of the agents can be edited"
    if antrea.config is not None and antrea.config_map is not None:
        return met_or(True, title, f"ConfigMap {antrea.config_map.metadata.key} was read.", "")
    look = kubectl.get(Resource.CONFIG_MAPS, antrea.config_map_name, antrea.namespace, output="yaml")
    return met_or(False, title, antrea.why_no_config, f"Get the right to read it, then plan again: {look}")
