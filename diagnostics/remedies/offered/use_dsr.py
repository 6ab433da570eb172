"""DSR for one Service: backend Nodes answer clients themselves, so that no SNAT is needed between Nodes.

antrea:docs/feature-gates.md LoadBalancerModeDSR, antrea:docs/antrea-proxy.md. The order is what keeps it safe: gate,
restart, proof on every Node, and only then the annotation; the way back takes the annotation off first.
"""

from diagnostics.model.agent_config import DSR_GATE
from diagnostics.model.antrea import AGENT_CONFIG_KEY, DSR_TABLE, PROXY_ALL_TABLE, dsr_gate_wanted
from diagnostics.model.case import Case
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.remedies.configuration.agent_change import AgentChange, agent_steps
from diagnostics.remedies.configuration.agent_conf import ConfEditError, Setting, missing
from diagnostics.remedies.paper.what_if import concluded, in_the_way
from diagnostics.remedies.plan.commands import Kubectl, Resource, UnsafeValueError
from diagnostics.remedies.plan.plan import Plan, Prerequisite, Question, Remedy, Risk, State, Step
from diagnostics.remedies.plan.service_change import annotation
from diagnostics.remedies.prerequisites.dsr_prerequisites import (
    addresses_are_ipv4,
    encap_mode,
    endpoints_can_answer,
    gate_is_running,
    has_an_address,
    no_wireguard,
    nodes_are_linux,
    policy_is_cluster,
)
from diagnostics.remedies.prerequisites.enable_proxy import (
    DANGERS,
    NFTABLES_MODE,
    hazards,
    must_enable,
    proxy_all_is_running,
    proxy_settings,
)
from diagnostics.remedies.prerequisites.fabric import fabric_questions
from diagnostics.remedies.prerequisites.prerequisites import (
    KubeProxyAnswer,
    agents_are_ready,
    agents_can_start_again,
    antrea_is_present,
    antrea_proxy_is_on,
    configuration_is_known,
    kube_proxy_steps_aside,
    release_at_least,
    service_is_not_skipped,
)
from diagnostics.remedies.steps.proof import proof_step

SLUG = "use-dsr"
INTRODUCED = "1.13"
GATE = Setting("featureGates", DSR_GATE, True)
_DEFAULT_NAT = Setting("antreaProxy", "defaultLoadBalancerMode", "nat")
_DSR = "dsr"


def make(case: Case, question: Question) -> Plan:
    """The plan for this Service."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl)
    except (UnsafeValueError, ConfEditError) as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def _plan(case: Case, kubectl: Kubectl) -> Plan:
    kube_proxy = kube_proxy_steps_aside(case)
    gate = gate_is_running(case)
    change = _change(case, gate, kube_proxy)
    prerequisites: tuple[Prerequisite, ...] = (
        antrea_is_present(case),
        release_at_least(case, INTRODUCED, "DSR"),
        has_an_address(case),
        addresses_are_ipv4(case),
        policy_is_cluster(case),
        endpoints_can_answer(case),
        encap_mode(case),
        no_wireguard(case),
        antrea_proxy_is_on(case),
        service_is_not_skipped(case),
        kube_proxy.prerequisite,
        proxy_all_is_running(case),
        gate,
        nodes_are_linux(case),
    )
    if must_enable(case):
        prerequisites += hazards(case, kubectl)
    if change.is_needed:
        prerequisites += (agents_can_start_again(case), agents_are_ready(case, kubectl))
    if not _can_be_edited(case, change):
        prerequisites += (configuration_is_known(case, kubectl),)
        return concluded(case, SLUG, prerequisites, (), context=kubectl.context)
    if in_the_way(prerequisites):
        return concluded(case, SLUG, prerequisites, (), context=kubectl.context)
    prerequisites += fabric_questions(case)
    steps = (
        *_step_back_first(case, kubectl, change),
        *agent_steps(case, kubectl, change),
        *_annotate(case, kubectl, change),
        _prove(case, kubectl),
    )
    return concluded(case, SLUG, prerequisites, steps, context=kubectl.context)


def _change(case: Case, gate: Prerequisite, kube_proxy: KubeProxyAnswer) -> AgentChange:
    """One edit and one restart for everything that agents must run."""
    antrea = case.cluster.antrea
    enable = must_enable(case)
    wanted: tuple[Setting, ...] = ()
    if enable:
        wanted += proxy_settings(case)
    if kube_proxy.needs_nftables:
        wanted += NFTABLES_MODE
    gate_off = gate.state is State.UNMET or dsr_gate_wanted(antrea) is False
    if gate_off:
        wanted += (GATE,)
        if antrea.config and antrea.config.default_mode == _DSR:
            wanted += (_DEFAULT_NAT,)
    text = antrea.config_map.data.get(AGENT_CONFIG_KEY, "") if antrea.config_map else ""
    settings = missing(text, wanted) if antrea.config else wanted
    return AgentChange(
        settings=settings,
        restart=enable or gate_off or kube_proxy.needs_nftables,
        tables=(PROXY_ALL_TABLE, DSR_TABLE),
        why="Agents do DSR only when proxyAll and the feature gate are on." if enable else "Agents need the gate.",
        dangers=DANGERS if enable else (),
        unsure=State.UNKNOWN in (gate.state, proxy_all_is_running(case).state),
    )


def _can_be_edited(case: Case, change: AgentChange) -> bool:
    return case.cluster.antrea.config is not None or not change.settings


def _is_annotated(case: Case) -> bool:
    return case.service.load_balancer_mode.lower() == _DSR


def _step_back_first(case: Case, kubectl: Kubectl, change: AgentChange) -> tuple[Step, ...]:
    """An annotation that is there already would act on single Nodes while agents restart."""
    if not (_is_annotated(case) and change.is_needed):
        return ()
    name = case.service.metadata.name
    return (
        Step(
            title=f"Take the annotation off Service {case.key} for now",
            why="It would take effect Node by Node during the restart, and between unlike Nodes connections are lost.",
            commands=(kubectl.annotate(Resource.SERVICES, name, case.namespace, LOAD_BALANCER_MODE, None),),
            verify=(_read_mode(case, kubectl),),
            expect="Nothing is printed.",
            undo=(kubectl.annotate(Resource.SERVICES, name, case.namespace, LOAD_BALANCER_MODE, _DSR),),
            changes=(annotation(case, LOAD_BALANCER_MODE, None),),
        ),
    )


def _annotate(case: Case, kubectl: Kubectl, change: AgentChange) -> tuple[Step, ...]:
    if _is_annotated(case) and not change.is_needed:
        return ()
    name, before = case.service.metadata.name, case.service.load_balancer_mode
    restored = None if not before or _is_annotated(case) else before
    return (
        Step(
            title=f"Switch Service {case.key} to DSR",
            why="The annotation switches this one Service. It takes effect at once, without a restart.",
            commands=(kubectl.annotate(Resource.SERVICES, name, case.namespace, LOAD_BALANCER_MODE, _DSR),),
            verify=(_read_mode(case, kubectl),),
            expect="It prints dsr.",
            undo=(kubectl.annotate(Resource.SERVICES, name, case.namespace, LOAD_BALANCER_MODE, restored),),
            risk=Risk.DISTURBS,
            dangers=(
                f"Not before every Node shows {DSR_TABLE}: between unlike Nodes connections are lost.",
                "Open connections through other Nodes may be reset once, now and when it is undone.",
                "Connections silent for more than 160 seconds may be sent to another Pod: use TCP keepalive.",
                "To undo everything, take this annotation off before the gate.",
            ),
            changes=(annotation(case, LOAD_BALANCER_MODE, _DSR),),
        ),
    )


def _read_mode(case: Case, kubectl: Kubectl) -> str:
    escaped = LOAD_BALANCER_MODE.replace(".", "\\.")
    path = f"jsonpath={{.metadata.annotations.{escaped}}}"
    return kubectl.get(Resource.SERVICES, case.service.metadata.name, case.namespace, output=path)


def _prove(case: Case, kubectl: Kubectl) -> Step:
    addresses = " or ".join(address for address in case.external_addresses if ":" not in address)
    ports = " or ".join(str(port.port) for port in case.service.spec.ports)
    return proof_step(
        case,
        kubectl,
        title="Prove it with live traffic",
        why="Only a packet of a real client at a Pod on another Node proves that no SNAT is left.",
        dial=f"From a client outside the cluster connect to {addresses or 'its address'} port {ports}.",
        expect="The printed source must be that client's own address.",
    )


USE_DSR = Remedy(
    slug=SLUG,
    title="Direct server return for this Service",
    gives="Pods and their policies see the client's own address, whichever Node the connection enters by.",
    costs="Works for load-balancer and external IPv4 addresses in encap mode only, and needs a network that lets "
    "other Nodes answer. The feature is alpha; agents restart once.",
    risk=Risk.CLUSTER_WIDE,
    filters=False,
    make=make,
)
