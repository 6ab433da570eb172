"""AntreaProxy alone: kube-proxy is taken away, after the agents have shown that they start without it.

antrea:docs/antrea-proxy.md, Removing kube-proxy, is written for a cluster that gets Antrea afterwards. Where Antrea
runs already, kubeAPIServerOverride comes first: an agent that starts finds the API server by a ClusterIP, which
nobody would serve. AntreaProxy's own health servers are switched on in the same edit: they try again every five
seconds (antrea:pkg/agent/proxy/proxier.go serveHealthz) and have the port as soon as kube-proxy lets go of it.
"""

from diagnostics.model.antrea import AGENT_CONFIG_KEY, CONTROLLER_CONFIG_KEY, PROXY_ALL_TABLE, proxy_all_wanted
from diagnostics.model.case import Case
from diagnostics.model.kube_proxy import Presence
from diagnostics.remedies.configuration.agent_change import AgentChange, agent_steps, lacking
from diagnostics.remedies.configuration.agent_conf import ConfEditError, Setting
from diagnostics.remedies.paper.other_services import others_stay_whole
from diagnostics.remedies.paper.what_if import concluded, in_the_way
from diagnostics.remedies.plan.commands import Kubectl, UnsafeValueError
from diagnostics.remedies.plan.plan import Plan, Prerequisite, Question, Remedy, Risk, Step
from diagnostics.remedies.prerequisites.api_server import (
    ask_api_server,
    every_node_reaches,
    needs_no_service,
    override_settings,
    read_api_server,
)
from diagnostics.remedies.prerequisites.enable_proxy import hazards, proxy_all_is_running
from diagnostics.remedies.prerequisites.platforms import Platform, Way, platform
from diagnostics.remedies.prerequisites.prerequisites import (
    COEXISTS_SINCE,
    agents_are_of_one_release,
    agents_are_ready,
    antrea_is_present,
    antrea_proxy_is_on,
    configuration_is_known,
    met_or,
    seen,
)
from diagnostics.remedies.steps.canary import agents_roll_out, canary_node, canary_step
from diagnostics.remedies.steps.kube_proxy_objects import daemon_set, delete, save, switch_off
from diagnostics.remedies.steps.kube_proxy_rules import clean, clean_by_hand
from diagnostics.remedies.steps.proxy_proof import prove_entries, try_node

SLUG = "remove-kube-proxy"
_OWN_HEALTH = Setting("antreaProxy", "disableServiceHealthCheckServer", False)
_WHY = "Agents must start without kube-proxy before it goes, while it is still there to fall back on."
_HEALTH_CONTEST = (
    "Until kube-proxy is gone, its health servers and AntreaProxy's ask for the same ports, and both say so in their "
    "logs. Do not stop here for days."
)


def make(case: Case, question: Question) -> Plan:
    """The plan for the cluster of this Service; the Service is the one that is watched."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl, question)
    except (UnsafeValueError, ConfEditError) as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def _plan(case: Case, kubectl: Kubectl, question: Question) -> Plan:
    config = case.cluster.antrea.config
    current = config.kube_api_server_override if config else ""
    server = read_api_server(question.api_server) if question.api_server else None
    url = server.url if server else current
    where = platform(case)
    prerequisites: tuple[Prerequisite, ...] = (
        antrea_is_present(case),
        agents_are_of_one_release(case),
        antrea_proxy_is_on(case),
        _is_there(case),
        _can_be_removed(where),
        _proxy_all_runs(case),
        *_prepared_before_2_1(case, current),
        *hazards(case, kubectl),
    )
    if url:
        prerequisites += (needs_no_service(case, url), every_node_reaches(case, url))
    prerequisites += (agents_are_ready(case, kubectl), agents_roll_out(case, kubectl))
    trouble = (server.trouble,) if server and server.trouble else ()
    if config is None:
        prerequisites += (configuration_is_known(case, kubectl),)
        return concluded(case, SLUG, prerequisites, (), blocked_by=trouble, context=kubectl.context)
    asks = () if url or trouble else (ask_api_server(case, kubectl),)
    steps: tuple[Step, ...] = ()
    if not (asks or trouble or in_the_way(prerequisites)):
        steps = (*_prepare(case, kubectl, url), *_remove(case, kubectl, where))
        prerequisites += (others_stay_whole(case, steps),)
        steps += (prove_entries(case, kubectl),)
    return concluded(case, SLUG, prerequisites, steps, blocked_by=trouble, asks=asks, context=kubectl.context)


def _prepare(case: Case, kubectl: Kubectl, url: str) -> tuple[Step, ...]:
    """Agents and controller start with the override; where it is set already, one agent shows that it can."""
    override, controller = override_settings(case, url)
    antrea = case.cluster.antrea
    health = antrea.config is not None and antrea.config.antrea_proxy.disable_service_health_check_server
    settings = lacking(antrea, AGENT_CONFIG_KEY, (*override, *((_OWN_HEALTH,) if health else ())))
    of_controller = lacking(antrea, CONTROLLER_CONFIG_KEY, controller)
    node = canary_node(case)
    change = AgentChange(
        settings=settings,
        restart=bool(settings or of_controller),
        tables=(PROXY_ALL_TABLE,),
        why=_WHY,
        dangers=(_HEALTH_CONTEST,) if health else (),
        controller=of_controller,
        canary=bool(node),
    )
    first = (canary_step(case, kubectl, change, node, try_node(case, node)),) if node else ()
    return agent_steps(case, kubectl, change, *first) or first


def _remove(case: Case, kubectl: Kubectl, where: Platform | None) -> tuple[Step, ...]:
    item = daemon_set(case)
    before_2_1 = case.cluster.antrea.at_least(COEXISTS_SINCE) is False
    if where and where.way is Way.ELSEWHERE:
        cleaned = clean(case, kubectl, item, canary_node(case), before_2_1=before_2_1) if item else ()
        return (switch_off(case, kubectl, where, item), *(cleaned or (clean_by_hand(case),)))
    if item is None:
        return ()
    return (
        save(case, kubectl, item),
        delete(case, kubectl, item, where, before_2_1=before_2_1),
        *clean(case, kubectl, item, canary_node(case), before_2_1=before_2_1),
    )


def _is_there(case: Case) -> Prerequisite:
    kube_proxy = case.cluster.kube_proxy
    title = "kube-proxy is there"
    if kube_proxy.presence is Presence.ABSENT:
        way = "There is nothing to remove. Old rules may be left on Nodes: see antrea-doctor explain AD045."
        return met_or(False, title, "kube-proxy is absent.", way)
    if kube_proxy.presence is Presence.UNKNOWN:
        return met_or(None, title, kube_proxy.why_unknown, "On a Node: pgrep -a kube-proxy")
    return met_or(True, title, f"{kube_proxy.evidence.object}, mode {kube_proxy.mode}.", "")


def _can_be_removed(where: Platform | None) -> Prerequisite:
    title = "kube-proxy can be removed on this platform"
    if where is None:
        settles = "Find out who installed kube-proxy, and whether that brings it back when it is deleted."
        return met_or(None, title, "No Node tells how this cluster was built.", settles)
    said = f"This is {where.name} ({where.told_by})."
    return met_or(where.way is not Way.NOT, title, said, where.off)


def _proxy_all_runs(case: Case) -> Prerequisite:
    """Unlike in other plans no step mends it: without proof of proxyAll on every Node kube-proxy must stay."""
    settles = "Do the remedy enable-proxy-all first, to its last proof: without kube-proxy such a Node serves nothing."
    running = seen(proxy_all_is_running(case), settles)
    if proxy_all_wanted(case.cluster.antrea) is False:
        return met_or(False, running.title, running.evidence, settles)
    return running


def _prepared_before_2_1(case: Case, current: str) -> tuple[Prerequisite, ...]:
    """Before v2.1 the override belongs to the edit that turns on proxyAll: traffic moves only when the rules go."""
    if case.cluster.antrea.at_least(COEXISTS_SINCE) is not False:
        return ()
    said = f"Antrea is {case.cluster.antrea.version}; kubeAPIServerOverride is {current or 'empty'}."
    settles = (
        "Before 2.1 the order is another one: the remedy enable-proxy-all sets it together with proxyAll and proves "
        "it, and all traffic from outside moves only with this plan."
    )
    return (met_or(bool(current), "The agents were prepared to be without kube-proxy", said, settles),)


REMOVE_KUBE_PROXY = Remedy(
    slug=SLUG,
    title="AntreaProxy without kube-proxy",
    gives="One proxy instead of two: no contest for ports and rules, and before 2.1 the only way to proxyAll, DSR and "
    "policies on NodePort Services.",
    costs="Agents and controller restart; rules must be cleaned off every Node; Nodes depend on AntreaProxy alone.",
    risk=Risk.CLUSTER_WIDE,
    filters=False,
    make=make,
)
