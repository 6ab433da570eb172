"""AntreaProxy for all traffic of Services: the staged migration, one Node first (antrea:docs/antrea-proxy.md).

From v2.1 on kube-proxy may stay: AntreaProxy comes before it (antrea#6308). Before, kube-proxy wins as long as its
rules are on the Nodes: the same edit then carries kubeAPIServerOverride, clients notice nothing, and traffic moves
only when kube-proxy goes (remedy remove-kube-proxy).
"""

from packaging.version import Version

from diagnostics.checks.evidence import listed
from diagnostics.model.antrea import AGENT_CONFIG_KEY, CONTROLLER_CONFIG_KEY, PROXY_ALL_TABLE
from diagnostics.model.case import Case
from diagnostics.model.kube_proxy import Presence
from diagnostics.remedies.configuration.agent_change import AgentChange, agent_steps, lacking
from diagnostics.remedies.configuration.agent_conf import ConfEditError
from diagnostics.remedies.paper.other_services import others_stay_whole
from diagnostics.remedies.paper.what_if import concluded, in_the_way
from diagnostics.remedies.plan.commands import Kubectl, UnsafeValueError
from diagnostics.remedies.plan.plan import Plan, Prerequisite, Question, Remedy, Risk, State
from diagnostics.remedies.prerequisites.api_server import (
    ask_api_server,
    every_node_reaches,
    needs_no_service,
    override_settings,
    read_api_server,
)
from diagnostics.remedies.prerequisites.enable_proxy import (
    DANGERS,
    NFTABLES_MODE,
    hazards,
    must_enable,
    proxy_all_is_running,
    proxy_settings,
)
from diagnostics.remedies.prerequisites.prerequisites import (
    COEXISTS_SINCE,
    KubeProxyAnswer,
    agents_are_of_one_release,
    agents_are_ready,
    agents_can_start_again,
    antrea_is_present,
    antrea_proxy_is_on,
    configuration_is_known,
    kube_proxy_steps_aside,
    met_or,
    release_at_least,
)
from diagnostics.remedies.steps.canary import agents_roll_out, canary_node, canary_step
from diagnostics.remedies.steps.proxy_proof import prove_entries, try_node

SLUG = "enable-proxy-all"
INTRODUCED = "1.4"
_OPEN_CONNECTIONS = (
    "Connections that are open keep the way that they began with until they end; long ones may be reset (inferred)."
)
_CRASH_FIXED = (Version("1.15.2"), Version("2.0.1"))


def make(case: Case, question: Question) -> Plan:
    """The plan for the cluster of this Service; the Service is the one that is watched."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl, question)
    except (UnsafeValueError, ConfEditError) as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def is_prepared_only(case: Case) -> bool:
    """Before v2.1 with a kube-proxy that is still there: proxyAll alone changes nothing for clients."""
    present = case.cluster.kube_proxy.presence is Presence.PRESENT
    return present and case.cluster.antrea.at_least(COEXISTS_SINCE) is False


def _plan(case: Case, kubectl: Kubectl, question: Question) -> Plan:
    server = read_api_server(question.api_server) if question.api_server else None
    url = server.url if server else ""
    kube_proxy = _kube_proxy(case)
    change = _change(case, kube_proxy, url)
    prerequisites: tuple[Prerequisite, ...] = (
        antrea_is_present(case),
        release_at_least(case, INTRODUCED, "proxyAll"),
        agents_are_of_one_release(case),
        antrea_proxy_is_on(case),
        kube_proxy.prerequisite,
        proxy_all_is_running(case),
        *_no_policy_only_crash(case),
        *_windows_have_their_own(case),
    )
    if must_enable(case):
        prerequisites += hazards(case, kubectl)
    if url:
        prerequisites += (needs_no_service(case, url), every_node_reaches(case, url))
    if change.is_needed:
        can_start = () if url or _needs_override(case) else (agents_can_start_again(case),)
        prerequisites += (*can_start, agents_are_ready(case, kubectl), agents_roll_out(case, kubectl))
    trouble = (server.trouble,) if server and server.trouble else ()
    if case.cluster.antrea.config is None and (change.settings or change.controller):
        prerequisites += (configuration_is_known(case, kubectl),)
        return concluded(case, SLUG, prerequisites, (), blocked_by=trouble, context=kubectl.context)
    if in_the_way(prerequisites):
        return concluded(case, SLUG, prerequisites, (), blocked_by=trouble, context=kubectl.context)
    asks = (ask_api_server(case, kubectl),) if _needs_override(case) and not url and not trouble else ()
    node = canary_node(case)
    first = (canary_step(case, kubectl, change, node, try_node(case, node)),) if node else ()
    changes = agent_steps(case, kubectl, change, *first)
    if changes and not asks:
        prerequisites += (others_stay_whole(case, changes),)
    steps = (*changes, prove_entries(case, kubectl, prepared_only=is_prepared_only(case)))
    return concluded(case, SLUG, prerequisites, steps, blocked_by=trouble, asks=asks, context=kubectl.context)


def _kube_proxy(case: Case) -> KubeProxyAnswer:
    """Before v2.1 a kube-proxy in iptables mode does not stop the migration, it only delays its effect."""
    answer = kube_proxy_steps_aside(case)
    if not (is_prepared_only(case) and case.cluster.kube_proxy.mode == "iptables"):
        return answer
    said = (
        f"Antrea {case.cluster.antrea.version} comes after kube-proxy: this plan prepares the agents and changes "
        "nothing for clients."
    )
    settles = f"The remedy remove-kube-proxy is the second half. Or upgrade Antrea to {COEXISTS_SINCE} first."
    return KubeProxyAnswer(met_or(False, answer.prerequisite.title, said, settles, blocks=False))


def _needs_override(case: Case) -> bool:
    """Whether agents could not start without kube-proxy, which is gone or will have to go."""
    config = case.cluster.antrea.config
    gone = case.cluster.kube_proxy.presence is Presence.ABSENT
    return config is not None and not config.kube_api_server_override and (gone or is_prepared_only(case))


def _change(case: Case, kube_proxy: KubeProxyAnswer, url: str) -> AgentChange:
    enable = must_enable(case)
    override, controller = override_settings(case, url)
    wanted = (proxy_settings(case) if enable else ()) + (NFTABLES_MODE if kube_proxy.needs_nftables else ())
    settings = lacking(case.cluster.antrea, AGENT_CONFIG_KEY, (*wanted, *override))
    why = "With proxyAll AntreaProxy serves NodePorts, load-balancer IPs and external IPs." if enable else ""
    return AgentChange(
        settings=settings,
        restart=enable or bool(settings),
        tables=(PROXY_ALL_TABLE,),
        why=why or "Agents must find the API server without kube-proxy.",
        dangers=() if not enable else (*DANGERS, _OPEN_CONNECTIONS, *_policies_wake_up(case)),
        unsure=proxy_all_is_running(case).state is State.UNKNOWN,
        controller=lacking(case.cluster.antrea, CONTROLLER_CONFIG_KEY, controller),
        canary=bool(canary_node(case)),
    )


def _policies_wake_up(case: Case) -> tuple[str, ...]:
    """Policies on Services that did nothing until now; undone, they do nothing again."""
    names = [
        policy.metadata.name
        for policy in case.snapshot.cluster_policies
        if any(
            entry.service
            for entry in (*policy.spec.applied_to, *(each for rule in policy.spec.ingress for each in rule.applied_to))
        )
    ]
    if not names or is_prepared_only(case):
        return ()
    return (
        f"Antrea ClusterNetworkPolicy {listed(names)} is applied to Services: it begins to drop what it names on each "
        "Node that runs proxyAll, and stops again, silently, when this is undone. Read it before.",
    )


def _no_policy_only_crash(case: Case) -> tuple[Prerequisite, ...]:
    """antrea#6259: agents in networkPolicyOnly mode crashed with proxyAll."""
    antrea = case.cluster.antrea
    if antrea.config is None or antrea.config.encap_mode != "networkpolicyonly" or antrea.version is None:
        return ()
    old, new = _CRASH_FIXED
    fixed = antrea.version >= new or old <= antrea.version < Version("2.0")
    said = f"trafficEncapMode is {antrea.config.traffic_encap_mode}, the oldest agent is {antrea.version}."
    return (met_or(fixed, "Agents start with proxyAll in networkPolicyOnly mode", said, f"Upgrade to {new} first."),)


def _windows_have_their_own(case: Case) -> tuple[Prerequisite, ...]:
    windows = [name for name, node in case.cluster.nodes.items() if node.is_windows]
    if not windows:
        return ()
    said = f"{listed(windows)} read ConfigMap antrea-windows-config, which this plan does not touch."
    settles = "See that antreaProxy.proxyAll is true there (it is by default since 1.13), and no kube-proxy runs there."
    return (met_or(None, "Windows Nodes run proxyAll too", said, settles, blocks=False),)


ENABLE_PROXY_ALL = Remedy(
    slug=SLUG,
    title="AntreaProxy for all traffic of Services (proxyAll)",
    gives="Pods on the Node that the connection enters see the client's own address, and DSR and policies on NodePort "
    "Services become possible.",
    costs="All Services of the cluster change hands; each agent restarts once. Pods of other Nodes still see a Node.",
    risk=Risk.CLUSTER_WIDE,
    filters=False,
    make=make,
)
