"""proxyAll on every Node: whether it runs, what switching it on would break, and the settings that do it.

The hazards are those of a cluster-wide switch: an address of a Service that a Node owns (antrea#8034), a firewall
on the Nodes that drops untracked packets (antrea#6308), `loadBalancerSourceRanges` without effect (antrea#5493).
"""

from packaging.version import Version

from diagnostics.checks.api_server_override_is_a_service import host_of
from diagnostics.checks.evidence import listed
from diagnostics.model.agent_config import NFTABLES_GATE
from diagnostics.model.antrea import PROXY_ALL_TABLE, proxy_all_wanted
from diagnostics.model.case import Case
from diagnostics.model.kube_proxy import Presence
from diagnostics.model.service import Service
from diagnostics.model.snapshot import Source
from diagnostics.remedies.configuration.agent_conf import Setting
from diagnostics.remedies.plan.commands import Kubectl
from diagnostics.remedies.plan.plan import Prerequisite, State
from diagnostics.remedies.prerequisites.api_server import is_address
from diagnostics.remedies.prerequisites.prerequisites import met_or

PROXY_ALL = Setting("antreaProxy", "proxyAll", True)
NO_SECOND_HEALTH_CHECK = Setting("antreaProxy", "disableServiceHealthCheckServer", True)
NFTABLES_MODE = (Setting("featureGates", NFTABLES_GATE, True), Setting("", "hostNetworkMode", "nftables"))
_HEALTH_CHECK_KEY_SINCE = Version("2.3")

DANGERS = (
    "AntreaProxy takes over NodePorts, load-balancer IPs and external IPs of all Services, not only of this one.",
    "Undoing proxyAll later makes every Antrea policy that is applied to a Service do nothing, silently.",
)


def proxy_all_is_running(case: Case) -> Prerequisite:
    """proxyAll by the OVS tables of the Linux agents; unmet is mended by a step."""
    return table_is_running(
        case,
        title="proxyAll is running on every Node",
        table=PROXY_ALL_TABLE,
        wanted=proxy_all_wanted(case.cluster.antrea),
        answers={name: running.proxy_all for name, running in case.cluster.running.items()},
        key="antreaProxy.proxyAll",
    )


def table_is_running(
    case: Case, *, title: str, table: str, wanted: bool | None, answers: dict[str, bool | None], key: str
) -> Prerequisite:
    """Whether all Linux agents have an OVS table, with what the ConfigMap wants beside it."""
    linux = {name: answer for name, answer in answers.items() if not case.cluster.nodes[name].is_windows}
    asks = {True: "true", False: "false", None: "unknown"}[wanted]
    missing = [name for name, answer in linux.items() if answer is False]
    silent = [name for name, answer in linux.items() if answer is None]
    if missing or wanted is False:
        where = f"table {table} is missing on {listed(missing)}" if missing else "agents report no tables"
        return met_or(False, title, f"{key} is {asks}; {where}.", "This plan has a step for it.", blocks=False)
    if silent or not linux:
        said = f"{key} is {asks}; no tables reported for {listed(silent) or 'any Node'}."
        settles = f"AntreaAgentInfo of each Node must show {table} in ovsInfo.flowTable."
        return met_or(None, title, said, settles, blocks=False)
    pending = "" if wanted else f" But {key} is {asks}: the next restart would end it."
    return met_or(True, title, f"Table {table} on all {len(linux)} Linux Nodes.{pending}", "")


def must_enable(case: Case) -> bool:
    """Whether proxyAll is off anywhere, or would be off after the next restart."""
    return proxy_all_is_running(case).state is State.UNMET or proxy_all_wanted(case.cluster.antrea) is False


def proxy_settings(case: Case) -> tuple[Setting, ...]:
    """Settings that switch proxyAll on beside kube-proxy (antrea:docs/antrea-proxy.md).

    Where proxyAll is wanted already and only not running yet, the rest is left as the operator chose it.
    """
    if proxy_all_wanted(case.cluster.antrea):
        return (PROXY_ALL,)
    version = case.cluster.antrea.version
    beside = case.cluster.kube_proxy.presence is not Presence.ABSENT
    health = beside and version is not None and version >= _HEALTH_CHECK_KEY_SINCE
    return (PROXY_ALL, NO_SECOND_HEALTH_CHECK) if health else (PROXY_ALL,)


def hazards(case: Case, kubectl: Kubectl) -> tuple[Prerequisite, ...]:
    """What must not be there before proxyAll is switched on for the whole cluster."""
    return (
        _no_service_has_a_node_address(case),
        _api_server_is_no_service(case, kubectl),
        _no_filter_is_lost(case),
        Prerequisite(
            title="No firewall on the Nodes drops untracked packets",
            state=State.UNKNOWN,
            evidence="The API does not tell the firewall rules of Nodes.",
            settles="On a Node: iptables-save | grep -iE 'INVALID|UNTRACKED' and nft list ruleset | grep -iE "
            "'ct state .*(invalid|untracked)' must show no drop in FORWARD other than kube-proxy's own KUBE-FORWARD.",
        ),
    )


def _all_services(case: Case) -> tuple[tuple[Service, ...], str]:
    """The Services that were read, and why these may not be all."""
    gap = case.snapshot.gap(Source.SERVICES)
    return case.snapshot.services, gap.sentence if gap else ""


def external_addresses(service: Service) -> tuple[str, ...]:
    """Load-balancer IPs and externalIPs of any Service."""
    ingress = service.status.load_balancer.ingress if service.spec.type == "LoadBalancer" else []
    return (*(entry.ip for entry in ingress if entry.ip), *service.spec.external_ips)


def _no_service_has_a_node_address(case: Case) -> Prerequisite:
    title = "No Service has the address of a Node"
    services, gap = _all_services(case)
    owner = case.cluster.node_of_ip
    hits = [
        f"{address} of Service {service.metadata.key} is Node {owner[address]}"
        for service in services
        for address in external_addresses(service)
        if address in owner
    ]
    settles = "Give the Service another address: with proxyAll all other Nodes would lose that Node."
    if hits:
        return met_or(False, title, f"{listed(hits)}.", settles)
    if gap or case.snapshot.gap(Source.NODES):
        return met_or(None, title, gap or "Nodes were not read.", "Read Services and Nodes of the whole cluster.")
    return met_or(True, title, f"None of {len(services)} Services.", "")


def _api_server_is_no_service(case: Case, kubectl: Kubectl) -> Prerequisite:
    title = "The API server's address is no Service's"
    config = case.cluster.antrea.config
    override = host_of(config.kube_api_server_override) if config and config.kube_api_server_override else ""
    slices = case.snapshot.slices_by_service.get("default/kubernetes", ())
    known = {address for item in slices for endpoint in item.endpoints for address in endpoint.addresses}
    known |= {override} - {""}
    services, gap = _all_services(case)
    hits = [service.metadata.key for service in services if known & set(external_addresses(service))]
    if hits:
        way = "Nodes would lose the API server: give it an address that no Service of this cluster provides."
        return met_or(False, title, f"{listed(sorted(known))} is an address of Service {listed(hits)}.", way)
    if gap or not is_address(override or next(iter(known), "")):
        taken = sorted({address for service in services for address in external_addresses(service)})
        said = gap or f"Addresses of Services: {listed(taken) or 'none'}."
        look = kubectl.api_server()
        return met_or(None, title, said, f"The address that Nodes use must be none of these: {look}")
    return met_or(True, title, f"{listed(sorted(known))} belongs to no Service.", "")


def _no_filter_is_lost(case: Case) -> Prerequisite:
    title = "No Service relies on loadBalancerSourceRanges"
    services, gap = _all_services(case)
    hits = [item.metadata.key for item in services if item.spec.load_balancer_source_ranges]
    settles = (
        "AntreaProxy does not know that field, so these Services would be open to everybody. Filter another way first."
    )
    if hits:
        return met_or(False, title, f"spec.loadBalancerSourceRanges of Service {listed(hits)}.", settles)
    if gap:
        return met_or(None, title, gap, "Read the Services of the whole cluster.")
    return met_or(True, title, f"None of {len(services)} Services.", "")
