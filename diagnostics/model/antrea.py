"""Antrea as the cluster shows it: wanted by its ConfigMap, running by what the agents report."""

from dataclasses import dataclass
from typing import NamedTuple

from packaging.version import Version

from diagnostics.model.agent_config import (
    DSR_GATE,
    AgentConfig,
    ConfigError,
    parse_agent_config,
    parse_controller_gates,
    parse_version,
)
from diagnostics.model.snapshot import Snapshot, Source
from diagnostics.model.workload import ConfigMap, DaemonSet

AGENT_CONFIG_KEY = "antrea-agent.conf"
CONTROLLER_CONFIG_KEY = "antrea-controller.conf"
CONFIG_VOLUME = "antrea-config"
WINDOWS_CONFIG_MAP = "antrea-windows-config"
PROXY_ALL_TABLE = "NodePortMark"
DSR_TABLE = "DSRServiceMark"
PROXY_TABLE = "ServiceLB"
POLICY_TABLE = "AntreaPolicyIngressRule"


@dataclass(frozen=True)
class Antrea:
    """What is known of Antrea.

    `present` is None when it cannot be told. `config` is None when the ConfigMap could not be read or understood;
    `why_no_config` then says why. `version` is the oldest release that any agent reports: rules that need a
    release must hold for all Nodes.
    """

    present: bool | None
    namespace: str = "kube-system"
    daemon_set: DaemonSet | None = None
    config_map: ConfigMap | None = None
    config: AgentConfig | None = None
    why_no_config: str = ""
    version: Version | None = None
    versions: tuple[str, ...] = ()

    @property
    def config_map_name(self) -> str:
        """Name of the ConfigMap, for commands; the name since v1.7 when it could not be read."""
        return self.config_map.metadata.name if self.config_map else "antrea-config"

    def controller_gate(self, name: str, since: str) -> bool | None:
        """Whether the controller's configuration turns on a gate that is off by default and exists since a release.

        None when the configuration cannot be told.
        """
        if self.at_least(since) is False or self.present is False:
            return False
        text = self.config_map.data.get(CONTROLLER_CONFIG_KEY) if self.config_map else None
        if text is None:
            return None
        try:
            return parse_controller_gates(text).get(name, False)
        except ConfigError:
            return None

    def at_least(self, release: str) -> bool | None:
        """Whether every agent is of this release or newer; None when no version is known."""
        return None if self.version is None else self.version >= Version(release)


def find_antrea(snapshot: Snapshot) -> Antrea:
    """Antrea as the Snapshot shows it (antrea:build/charts/antrea/templates for the labels)."""
    daemon_set = next((item for item in snapshot.daemon_sets if _is_agent(item)), None)
    versions = _versions(snapshot, daemon_set)
    parsed = [version for version in (parse_version(text) for text in versions) if version]
    version = min(parsed, default=None)
    if daemon_set is None:
        gap = snapshot.gap(Source.DAEMON_SETS)
        present = True if snapshot.agent_infos else (None if gap else False)
        if present is False:
            return Antrea(present=False)
    else:
        present = True
    namespace = daemon_set.metadata.namespace if daemon_set else "kube-system"
    config_map = _config_map(snapshot, daemon_set, namespace)
    config, why = _read_config(snapshot, config_map, namespace)
    return Antrea(present, namespace, daemon_set, config_map, config, why, version, versions)


class Running(NamedTuple):
    """What an agent really runs, by the names of its OVS tables; None where it cannot be told.

    antrea:pkg/agent/openflow/framework.go getRequiredTables
    """

    proxy: bool | None = None
    proxy_all: bool | None = None
    dsr: bool | None = None
    policy: bool | None = None
    version: str = ""


def running_on(snapshot: Snapshot, node: str) -> Running:
    """What the agent on a Node reports as running."""
    info = snapshot.agent_info_by_node.get(node)
    if info is None:
        return Running()
    return Running(
        proxy=info.runs(PROXY_TABLE),
        proxy_all=info.runs(PROXY_ALL_TABLE),
        dsr=info.runs(DSR_TABLE),
        policy=info.runs(POLICY_TABLE),
        version=info.version,
    )


def proxy_all_wanted(antrea: Antrea) -> bool | None:
    """proxyAll by the ConfigMap; None when it could not be read."""
    return antrea.config.proxy_enabled and antrea.config.antrea_proxy.proxy_all if antrea.config else None


def dsr_gate_wanted(antrea: Antrea) -> bool | None:
    """The DSR gate by the ConfigMap; None when it could not be read."""
    return antrea.config.gate(DSR_GATE, antrea.version) if antrea.config else None


def _is_agent(daemon_set: DaemonSet) -> bool:
    labels = daemon_set.metadata.labels
    by_label = labels.get("app") == "antrea" and labels.get("component") == "antrea-agent"
    return (by_label or daemon_set.metadata.name == "antrea-agent") and "windows" not in daemon_set.metadata.name


def _versions(snapshot: Snapshot, daemon_set: DaemonSet | None) -> tuple[str, ...]:
    reported = {info.version for info in snapshot.agent_infos if info.version}
    if reported or daemon_set is None:
        return tuple(sorted(reported))
    tags = {
        container.image.rsplit(":", 1)[-1]
        for container in daemon_set.spec.template.spec.containers
        if container.name == "antrea-agent" and ":" in container.image.rsplit("/", 1)[-1] and "@" not in container.image
    }
    return tuple(sorted(tag for tag in tags if parse_version(tag)))


def config_map_name(daemon_set: DaemonSet | None) -> str:
    """Name of the agents' ConfigMap: from the DaemonSet's volume (it had a hash up to v1.6), else the usual name."""
    if daemon_set:
        for volume in daemon_set.spec.template.spec.volumes:
            if volume.name == CONFIG_VOLUME and volume.config_map and volume.config_map.name:
                return volume.config_map.name
    return "antrea-config"


def _config_map(snapshot: Snapshot, daemon_set: DaemonSet | None, namespace: str) -> ConfigMap | None:
    wanted = config_map_name(daemon_set)
    for config_map in snapshot.config_maps:
        if config_map.metadata.namespace == namespace and config_map.metadata.name == wanted:
            return config_map
    return None


def _read_config(snapshot: Snapshot, config_map: ConfigMap | None, namespace: str) -> tuple[AgentConfig | None, str]:
    if config_map is None:
        gap = snapshot.gap(Source.CONFIG_MAPS, namespace)
        return None, gap.sentence if gap else f"ConfigMap antrea-config is not in namespace {namespace}."
    if AGENT_CONFIG_KEY not in config_map.data:
        return None, f"ConfigMap {config_map.metadata.key} has no key {AGENT_CONFIG_KEY}."
    try:
        return parse_agent_config(config_map.data[AGENT_CONFIG_KEY]), ""
    except ConfigError as error:
        return None, f"ConfigMap {config_map.metadata.key}, {AGENT_CONFIG_KEY}: {error}"
