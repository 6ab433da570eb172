"""An address of the API server that agents reach without any Service: read, judged, and proposed.

antrea:cmd/antrea-agent/options.go and antrea:docs/antrea-proxy.md, Removing kube-proxy. One value holds for all
Nodes, so it should be the control plane's load balancer or virtual IP rather than one server.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from diagnostics.checks.api_server_override_is_a_service import host_of, names_of
from diagnostics.checks.evidence import listed
from diagnostics.model.agent_config import ConfigError, read_yaml
from diagnostics.model.case import Case
from diagnostics.model.kube_proxy import KUBE_PROXY_NAMESPACE
from diagnostics.model.snapshot import Source
from diagnostics.remedies.configuration.agent_conf import Setting
from diagnostics.remedies.configuration.known_settings import CONTROLLER_KNOWN_SINCE
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.plan import Prerequisite
from diagnostics.remedies.prerequisites.prerequisites import met_or

CONTROL_PLANE_LABELS = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_KEY = "kubeAPIServerOverride"
_USUAL_PORT = 6443
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class ApiServer:
    """An address as the operator gave it: `url` to write, or `trouble`, the sentence that says what is wrong."""

    url: str = ""
    trouble: str = ""


def read_api_server(text: str) -> ApiServer:
    """`HOST:PORT` or `https://HOST[:PORT]`; nothing else may stand in the configuration."""
    said = text.strip()
    try:
        parts = urlsplit(said if "://" in said else f"https://{said}")
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError as error:
        return ApiServer(trouble=f"{said!a} is no address of an API server: {error}.")
    if parts.scheme != "https":
        return ApiServer(trouble=f"{said!a}: the API server is called by https only.")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        return ApiServer(trouble=f"{said!a} has more than a host and a port: write HOST:PORT.")
    if not port and "://" not in said:
        return ApiServer(trouble=f"{said!a} names no port: write HOST:PORT, such as {host or 'HOST'}:{_USUAL_PORT}.")
    if not (is_address(host) or _NAME.fullmatch(host)):
        return ApiServer(trouble=f"{said!a} names no host: write an IP address or a DNS name, then :PORT.")
    return ApiServer(f"https://{f'[{host}]' if ':' in host else host}:{port or 443}")


def override_settings(case: Case, url: str) -> tuple[tuple[Setting, ...], tuple[Setting, ...]]:
    """Settings of the agents, and of the controller from the release that knows the key; none without an address."""
    if not url:
        return (), ()
    wanted = (Setting("", _KEY, url),)
    return wanted, wanted if case.cluster.antrea.at_least(str(CONTROLLER_KNOWN_SINCE[_KEY])) is not False else ()


def ask_api_server(case: Case, kubectl: Kubectl) -> str:
    """The question for the address, with what the cluster proposes and where else to look."""
    found = [f"{url} ({whence})" for url, whence in candidates(case)]
    proposed = f"This cluster proposes {listed(found, 4)}. " if found else ""
    return (
        "By which address do all Nodes reach the API server without any Service? Name it with --api-server HOST:PORT. "
        f"{proposed}With several control plane Nodes take their load balancer. Look too: "
        f"{kubectl.get(Resource.CONFIG_MAPS, 'cluster-info', 'kube-public', output='yaml')} and {kubectl.api_server()} "
        "(the latter may be a tunnel of your own machine)."
    )


def candidates(case: Case) -> Iterator[tuple[str, str]]:
    """Addresses that the Snapshot knows and that no Service provides, each with where it stands."""
    seen: set[str] = set()
    for server, whence in _known(case):
        url = read_api_server(server).url
        if url and url not in seen and not _provider(case, host_of(url)):
            seen.add(url)
            yield url, whence


def _known(case: Case) -> Iterator[tuple[str, str]]:
    for config_map in case.snapshot.config_maps:
        meta = config_map.metadata
        if meta.namespace in (KUBE_PROXY_NAMESPACE, "kube-public"):
            for key in ("kubeconfig.conf", "kubeconfig"):
                for server in _servers(config_map.data.get(key, "")):
                    yield server, f"ConfigMap {meta.key}"
    for item in case.snapshot.slices_by_service.get("default/kubernetes", ()):
        ports = [port.port for port in item.ports] or [_USUAL_PORT]
        for endpoint in item.endpoints:
            for address in endpoint.addresses:
                yield f"{_bracketed(address)}:{ports[0]}", "endpoint of Service default/kubernetes"
    for name, node in case.cluster.nodes.items():
        if any(label in node.metadata.labels for label in CONTROL_PLANE_LABELS):
            for address in node.internal_ips[:1]:
                yield f"{_bracketed(address)}:{_USUAL_PORT}", f"control plane Node {name}, usual port"


def _servers(text: str) -> Iterator[str]:
    try:
        value = read_yaml(text)
    except ConfigError:
        return
    clusters = value.get("clusters") if isinstance(value, dict) else None
    for entry in clusters if isinstance(clusters, list) else ():
        cluster = entry.get("cluster") if isinstance(entry, dict) else None
        if isinstance(cluster, dict) and cluster.get("server"):
            yield str(cluster["server"])


def needs_no_service(case: Case, url: str) -> Prerequisite:
    """The address is none that a Service of this cluster provides: agents could not reach it when they start."""
    title, host = "The API server's address needs no Service of this cluster", host_of(url)
    provider = _provider(case, host)
    settles = "Agents that start would wait for the very Service that they have to programme: give another address."
    if provider:
        return met_or(False, title, f"{host} belongs to Service {provider}.", settles)
    gap = case.snapshot.gap(Source.SERVICES)
    if gap:
        return met_or(None, title, gap.sentence, settles)
    said = f"{host} belongs to none of {len(case.snapshot.services)} Services."
    return met_or(True, title, f"{said} A DNS name is compared by name only." if not is_address(host) else said, "")


def every_node_reaches(case: Case, url: str) -> Prerequisite:
    """No API tells what Nodes can reach; what is known against the address is said."""
    host = host_of(url)
    owner = case.cluster.node_of_ip.get(host, "")
    masters = [
        name
        for name, node in case.cluster.nodes.items()
        if any(label in node.metadata.labels for label in CONTROL_PLANE_LABELS)
    ]
    said = f"{url} is one value for all Nodes."
    if host in ("localhost", "::1") or host.startswith("127."):
        said = f"{host} is each Node itself: only where every Node runs a proxy to the API server does that work."
    elif owner and len(masters) > 1:
        said = f"{host} is Node {owner}, one of {len(masters)} of the control plane: without it no agent could start."
    return met_or(
        None,
        "Every Node reaches the API server by that address",
        said,
        f"On each Node: curl -sk --max-time 5 {url}/readyz must answer ok, or at least with an HTTP status. An address "
        "out of your own kubeconfig may be a tunnel that only your machine has.",
        blocks=False,
    )


def _provider(case: Case, host: str) -> str:
    return next(
        (
            service.metadata.key
            for service in case.snapshot.services
            if any(value == host for _, value in names_of(service))
        ),
        "",
    )


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def is_address(text: str) -> bool:
    """Whether the text is an IP address."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
