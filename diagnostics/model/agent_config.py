"""The configuration of Antrea agents as wanted by `antrea-agent.conf`.

Keys and defaults: antrea:build/charts/antrea/values.yaml, antrea:cmd/antrea-agent/options.go. Unset keys appear
as comments there, so that a section may parse to null; null always means "the default".
"""

from functools import lru_cache

import msgspec
import yaml
from msgspec import field
from packaging.version import InvalidVersion, Version

from diagnostics.model.meta import Fact
from diagnostics.model.text import plain

DSR_GATE = "LoadBalancerModeDSR"
SERVICE_EXTERNAL_IP_GATE = "ServiceExternalIP"
EGRESS_GATE = "Egress"
NFTABLES_GATE = "NFTablesHostNetworkMode"
ZONE_HINTS_GATE = "TopologyAwareHints"
TRAFFIC_DISTRIBUTION_GATE = "ServiceTrafficDistribution"
NODE_HINTS_GATE = "PreferSameTrafficDistribution"

# Gate: (first release in which it is on by default, stage). antrea:docs/feature-gates.md
_ON_SINCE: dict[str, Version] = {
    "AntreaPolicy": Version("1.0"),
    SERVICE_EXTERNAL_IP_GATE: Version("2.3"),
    ZONE_HINTS_GATE: Version("1.12"),
    TRAFFIC_DISTRIBUTION_GATE: Version("2.2"),
}
_ALPHA = (DSR_GATE, NFTABLES_GATE, NODE_HINTS_GATE)


@lru_cache(maxsize=256)
def parse_version(text: str) -> Version | None:
    """A release number out of `v2.7.0`, `2.3.0+vmware.1`, `v2.8.0-dev-abc`; None when there is none."""
    head = text.strip().removeprefix("v").split("+")[0].split("-")[0]
    try:
        return Version(head) if head else None
    except InvalidVersion:
        return None


class AntreaProxyConfig(Fact, frozen=True):
    """`antreaProxy`."""

    enable: bool = True
    proxy_all: bool = False
    node_port_addresses: list[str] = field(default_factory=list)
    skip_services: list[str] = field(default_factory=list)
    proxy_load_balancer_ips: bool = field(default=True, name="proxyLoadBalancerIPs")
    service_proxy_name: str = ""
    default_load_balancer_mode: str = "nat"
    disable_service_health_check_server: bool = False
    service_health_check_server_bind_address: str = ""


class AgentConfig(Fact, frozen=True):
    """`antrea-agent.conf`."""

    feature_gates: dict[str, bool] = field(default_factory=dict)
    traffic_encap_mode: str = "encap"
    traffic_encryption_mode: str = "none"
    tunnel_type: str = "geneve"
    tunnel_port: int = 0
    no_snat: bool = field(default=False, name="noSNAT")
    host_network_mode: str = "iptables"
    host_gateway: str = "antrea-gw0"
    transport_interface: str = ""
    transport_interface_cidrs: list[str] = field(default_factory=list, name="transportInterfaceCIDRs")
    kube_api_server_override: str = field(default="", name="kubeAPIServerOverride")
    antrea_proxy: AntreaProxyConfig = field(default_factory=AntreaProxyConfig)

    @property
    def encap_mode(self) -> str:
        """Lower case: encap, noencap, hybrid or networkpolicyonly (Antrea compares without case)."""
        return self.traffic_encap_mode.lower()

    @property
    def encrypts_with_wireguard(self) -> bool:
        """WireGuard keeps the encap mode but has no tunnel port to the peer."""
        return self.traffic_encryption_mode.lower() == "wireguard"

    @property
    def proxy_enabled(self) -> bool:
        """AntreaProxy on: by its key, and before v1.14 by its gate."""
        return self.antrea_proxy.enable and self.feature_gates.get("AntreaProxy", True)

    @property
    def default_mode(self) -> str:
        """Default load-balancer mode, lower case: nat or dsr."""
        return self.antrea_proxy.default_load_balancer_mode.lower()

    def gate(self, name: str, version: Version | None) -> bool:
        """Whether a feature gate is on, by its key, by `AllAlpha`/`AllBeta`, else by the release's default."""
        if name in self.feature_gates:
            return self.feature_gates[name]
        if name in _ALPHA and self.feature_gates.get("AllAlpha", False):
            return True
        since = _ON_SINCE.get(name)
        return since is not None and (version is None or version >= since)


class ConfigError(ValueError):
    """The configuration text is not usable; the message says why in one sentence."""


def read_yaml(text: str) -> object:
    """YAML to plain values, nulls dropped from maps, text made harmless. Raises ConfigError."""
    try:
        return _tidy(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ConfigError(plain(f"this is no YAML, {line}{error.problem}")) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(plain(str(error)).splitlines()[0]) from error


def parse_agent_config(text: str) -> AgentConfig:
    """The configuration that the text asks for. Raises ConfigError when it is not a YAML map of the known shape."""
    values = read_yaml(text)
    if values is None:
        return AgentConfig()
    try:
        return msgspec.convert(values, AgentConfig, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(plain(str(error))) from error


def parse_controller_gates(text: str) -> dict[str, bool]:
    """The feature gates that `antrea-controller.conf` sets. Raises ConfigError."""
    return parse_agent_config(text).feature_gates


def _tidy(value: object) -> object:
    if isinstance(value, dict):
        return {plain(str(key)): _tidy(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_tidy(item) for item in value if item is not None]
    return plain(value) if isinstance(value, str) else value
