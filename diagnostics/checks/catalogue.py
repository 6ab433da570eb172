"""All checks in the order in which they are asked and shown, their groups, and the codes that were retired."""

from diagnostics.checks.affinity_timeout_cut import affinity_timeout_cut
from diagnostics.checks.agent_not_healthy import agent_not_healthy
from diagnostics.checks.agent_on_the_way_not_healthy import agent_on_the_way_not_healthy
from diagnostics.checks.allow_list_without_drop import allow_list_without_drop
from diagnostics.checks.announcing_node_unknown import announcing_node_unknown
from diagnostics.checks.antrea_not_found import antrea_not_found
from diagnostics.checks.antrea_proxy_off import antrea_proxy_off
from diagnostics.checks.api_server_override_is_a_service import api_server_override_is_a_service
from diagnostics.checks.baseline_shadowed import baseline_shadowed
from diagnostics.checks.check import Check
from diagnostics.checks.client_ip_hidden_by_kube_proxy import client_ip_hidden_by_kube_proxy
from diagnostics.checks.client_ip_hidden_for_remote_endpoints import client_ip_hidden_for_remote_endpoints
from diagnostics.checks.client_ip_kept import client_ip_kept
from diagnostics.checks.cloud_checks_routed_pods import cloud_checks_routed_pods
from diagnostics.checks.cloud_firewall_between_tunnels import cloud_firewall_between_tunnels
from diagnostics.checks.cloud_may_drop_dsr_answers import cloud_may_drop_dsr_answers
from diagnostics.checks.config_key_misplaced import config_key_misplaced
from diagnostics.checks.config_not_running import config_not_running
from diagnostics.checks.dsr_annotation_ignored import dsr_annotation_ignored
from diagnostics.checks.dsr_behind_kube_proxy import dsr_behind_kube_proxy
from diagnostics.checks.dsr_default_without_encap import dsr_default_without_encap
from diagnostics.checks.dsr_default_without_gate import dsr_default_without_gate
from diagnostics.checks.dsr_gate_on_windows import dsr_gate_on_windows
from diagnostics.checks.dsr_idle_timeout import dsr_idle_timeout
from diagnostics.checks.dsr_on_node_port_only import dsr_on_node_port_only
from diagnostics.checks.dsr_on_some_agents_only import dsr_on_some_agents_only
from diagnostics.checks.dsr_with_ipv6 import dsr_with_ipv6
from diagnostics.checks.dsr_without_proxy_all import dsr_without_proxy_all
from diagnostics.checks.dsr_without_tunnel import dsr_without_tunnel
from diagnostics.checks.egress_selects_backends import egress_selects_backends
from diagnostics.checks.endpoints_by_hand import endpoints_by_hand
from diagnostics.checks.external_ips_deprecated import external_ips_deprecated
from diagnostics.checks.firewall_may_drop_untracked import firewall_may_drop_untracked
from diagnostics.checks.gossip_encryption_rollout import gossip_encryption_rollout
from diagnostics.checks.health_check_port_contested import health_check_port_contested
from diagnostics.checks.healthz_port_contested import healthz_port_contested
from diagnostics.checks.host_network_endpoints_see_virtual_ip import host_network_endpoints_see_virtual_ip
from diagnostics.checks.invalid_mode_annotation import invalid_mode_annotation
from diagnostics.checks.ipvs_answers_arp_everywhere import ipvs_answers_arp_everywhere
from diagnostics.checks.ipvs_deprecated import ipvs_deprecated
from diagnostics.checks.kube_proxy_ipvs_with_proxy_all import kube_proxy_ipvs_with_proxy_all
from diagnostics.checks.kube_proxy_masquerades_all import kube_proxy_masquerades_all
from diagnostics.checks.kube_proxy_nftables_with_proxy_all import kube_proxy_nftables_with_proxy_all
from diagnostics.checks.load_balancer_ips_left_alone import load_balancer_ips_left_alone
from diagnostics.checks.load_balancer_is_a_proxy import load_balancer_is_a_proxy
from diagnostics.checks.local_external_ips_on_old_antrea import local_external_ips_on_old_antrea
from diagnostics.checks.local_policy_without_local_endpoint import local_policy_without_local_endpoint
from diagnostics.checks.mixed_antrea_versions import mixed_antrea_versions
from diagnostics.checks.no_api_server_override import no_api_server_override
from diagnostics.checks.no_handler import no_handler
from diagnostics.checks.no_ready_endpoints import no_ready_endpoints
from diagnostics.checks.no_snat_outside_no_encap import no_snat_outside_no_encap
from diagnostics.checks.node_ports_closed import node_ports_closed
from diagnostics.checks.objects_not_understood import objects_not_understood
from diagnostics.checks.old_kube_proxy_rules import old_kube_proxy_rules
from diagnostics.checks.pod_only_selectors import pod_only_selectors
from diagnostics.checks.policy_would_be_refused import policy_would_be_refused
from diagnostics.checks.service_ip_is_node_ip import service_ip_is_node_ip
from diagnostics.checks.service_left_alone import service_left_alone
from diagnostics.checks.service_policy_allow_skips_pod_policy import service_policy_allow_skips_pod_policy
from diagnostics.checks.service_policy_behind_kube_proxy import service_policy_behind_kube_proxy
from diagnostics.checks.service_policy_hits_cluster import service_policy_hits_cluster
from diagnostics.checks.service_policy_misses_load_balancer_ip import service_policy_misses_load_balancer_ip
from diagnostics.checks.service_policy_names_no_service import service_policy_names_no_service
from diagnostics.checks.service_policy_reject_hangs import service_policy_reject_hangs
from diagnostics.checks.service_policy_without_node_port import service_policy_without_node_port
from diagnostics.checks.service_policy_without_proxy_all import service_policy_without_proxy_all
from diagnostics.checks.snat_blind_allow import snat_blind_allow
from diagnostics.checks.snat_blind_deny import snat_blind_deny
from diagnostics.checks.snat_open_allow import snat_open_allow
from diagnostics.checks.source_ranges_not_enforced import source_ranges_not_enforced
from diagnostics.checks.too_many_endpoints import too_many_endpoints
from diagnostics.checks.topology_hints import topology_hints
from diagnostics.checks.two_families import two_families
from diagnostics.checks.upstream_policy_not_enforced import upstream_policy_not_enforced
from diagnostics.checks.upstream_proxy_may_hide_client import upstream_proxy_may_hide_client
from diagnostics.checks.windows_nodes import windows_nodes

CHECKS: tuple[Check, ...] = (
    client_ip_hidden_by_kube_proxy,
    client_ip_hidden_for_remote_endpoints,
    client_ip_kept,
    host_network_endpoints_see_virtual_ip,
    no_handler,
    upstream_proxy_may_hide_client,
    snat_blind_allow,
    snat_blind_deny,
    snat_open_allow,
    pod_only_selectors,
    baseline_shadowed,
    allow_list_without_drop,
    upstream_policy_not_enforced,
    local_policy_without_local_endpoint,
    health_check_port_contested,
    healthz_port_contested,
    local_external_ips_on_old_antrea,
    agent_on_the_way_not_healthy,
    dsr_annotation_ignored,
    dsr_default_without_gate,
    dsr_default_without_encap,
    dsr_without_tunnel,
    dsr_on_node_port_only,
    dsr_with_ipv6,
    dsr_without_proxy_all,
    dsr_behind_kube_proxy,
    dsr_idle_timeout,
    cloud_may_drop_dsr_answers,
    invalid_mode_annotation,
    dsr_gate_on_windows,
    dsr_on_some_agents_only,
    firewall_may_drop_untracked,
    old_kube_proxy_rules,
    cloud_firewall_between_tunnels,
    cloud_checks_routed_pods,
    ipvs_deprecated,
    config_key_misplaced,
    service_policy_without_proxy_all,
    service_policy_behind_kube_proxy,
    service_policy_without_node_port,
    service_policy_misses_load_balancer_ip,
    service_policy_hits_cluster,
    policy_would_be_refused,
    service_policy_allow_skips_pod_policy,
    service_policy_reject_hangs,
    service_policy_names_no_service,
    kube_proxy_nftables_with_proxy_all,
    kube_proxy_ipvs_with_proxy_all,
    ipvs_answers_arp_everywhere,
    no_api_server_override,
    api_server_override_is_a_service,
    service_ip_is_node_ip,
    load_balancer_ips_left_alone,
    service_left_alone,
    load_balancer_is_a_proxy,
    source_ranges_not_enforced,
    external_ips_deprecated,
    kube_proxy_masquerades_all,
    node_ports_closed,
    too_many_endpoints,
    affinity_timeout_cut,
    no_ready_endpoints,
    endpoints_by_hand,
    topology_hints,
    two_families,
    windows_nodes,
    agent_not_healthy,
    mixed_antrea_versions,
    config_not_running,
    egress_selects_backends,
    announcing_node_unknown,
    no_snat_outside_no_encap,
    antrea_proxy_off,
    antrea_not_found,
    gossip_encryption_rollout,
    objects_not_understood,
)

RETIRED: tuple[str, ...] = ()
"""Codes that had a meaning once and must never get another."""

OWN_TROUBLE = "our own trouble"
ANTREA = "Antrea set-up"
WIRING = "Service wiring"
SOURCE_ADDRESS = "source address"
POLICY = "policy"

GROUPS: tuple[str, ...] = (OWN_TROUBLE, ANTREA, WIRING, SOURCE_ADDRESS, POLICY)
"""The order of the groups on a screen."""

# First and last code of each range; codes outside all ranges are our own trouble.
_RANGES: tuple[tuple[str, str, str], ...] = (
    ("AD001", "AD004", SOURCE_ADDRESS),
    ("AD005", "AD005", WIRING),
    ("AD006", "AD009", SOURCE_ADDRESS),
    ("AD010", "AD019", POLICY),
    ("AD020", "AD029", WIRING),
    ("AD030", "AD030", SOURCE_ADDRESS),
    ("AD031", "AD032", ANTREA),
    ("AD033", "AD042", SOURCE_ADDRESS),
    ("AD043", "AD049", ANTREA),
    ("AD050", "AD059", POLICY),
    ("AD060", "AD064", ANTREA),
    ("AD065", "AD065", WIRING),
    ("AD066", "AD066", ANTREA),
    ("AD067", "AD070", WIRING),
    ("AD071", "AD072", ANTREA),
    ("AD073", "AD078", WIRING),
    ("AD079", "AD082", ANTREA),
    ("AD083", "AD084", SOURCE_ADDRESS),
    ("AD085", "AD089", ANTREA),
)


def group_of(code: str) -> str:
    """The group under which a screen shows the code."""
    return next((group for first, last, group in _RANGES if first <= code <= last), OWN_TROUBLE)


_BY_NAME = {name: check for check in CHECKS for name in (check.code.lower(), check.slug)}


def check_by(code_or_slug: str) -> Check | None:
    """The check with this code or slug, without regard to case; None when there is none."""
    return _BY_NAME.get(code_or_slug.strip().lower())
