"""DSR tried on a Service of our own before any real one: an echo workload, two measurements, and everything removed.

The same clients measure twice, without DSR and with it. Only so is it told apart whether the address does not work
at all or direct answers get lost: in the latter case the first measurement is whole and the second has gaps.
"""

from fractions import Fraction

from diagnostics.checks.evidence import counted
from diagnostics.datapath.path import AccessKind
from diagnostics.datapath.trace import external_paths
from diagnostics.model.antrea import DSR_TABLE
from diagnostics.model.case import Case
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.model.write import Verb, Write, merge_patch
from diagnostics.remedies.offered.use_dsr import INTRODUCED
from diagnostics.remedies.paper.shares import EVENLY, percent, shares
from diagnostics.remedies.paper.what_if import concluded, in_the_way
from diagnostics.remedies.plan.commands import Kubectl, Resource, UnsafeValueError
from diagnostics.remedies.plan.plan import Plan, Prerequisite, Question, Remedy, Risk, Step
from diagnostics.remedies.prerequisites.dsr_prerequisites import encap_mode, gate_is_running, no_wireguard
from diagnostics.remedies.prerequisites.enable_proxy import proxy_all_is_running
from diagnostics.remedies.prerequisites.fabric import fabric_questions
from diagnostics.remedies.prerequisites.load_balancer_provider import Provider
from diagnostics.remedies.prerequisites.prerequisites import (
    antrea_is_present,
    antrea_proxy_is_on,
    kube_proxy_steps_aside,
    release_at_least,
    seen,
)
from diagnostics.remedies.steps.echo_prerequisites import gives_an_address, namespace_is_free, two_nodes
from diagnostics.remedies.steps.echo_workload import (
    IMAGE,
    NAME,
    NAMESPACE,
    PORT,
    REPLICAS,
    deployment_manifest,
    echo_case,
    namespace_manifest,
    provider_of,
    service_manifest,
)

SLUG = "test-dsr"
_TRIES = 30
_ASK = f"curl -s --max-time 5 http://ADDRESS:{PORT}/clientip"
_FIRST = (
    "Follow the remedy use-dsr, for a Service with a load-balancer IP, as far as its step that annotates the Service, "
    "then come back."
)


def make(case: Case, question: Question) -> Plan:
    """The plan for the cluster of this Service; the Service itself is not touched."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl)
    except UnsafeValueError as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def _plan(case: Case, kubectl: Kubectl) -> Plan:
    provider = provider_of(case, kubectl.context)
    prerequisites: tuple[Prerequisite, ...] = (
        antrea_is_present(case),
        release_at_least(case, INTRODUCED, "DSR"),
        encap_mode(case),
        no_wireguard(case),
        antrea_proxy_is_on(case),
        kube_proxy_steps_aside(case).prerequisite,
        seen(proxy_all_is_running(case), _FIRST),
        seen(gate_is_running(case), _FIRST),
        two_nodes(case),
        gives_an_address(provider),
        namespace_is_free(case, kubectl),
    )
    if in_the_way(prerequisites):
        return concluded(case, SLUG, prerequisites, (), context=kubectl.context)
    prerequisites += fabric_questions(case)
    steps = (
        _way_out(kubectl),
        _namespace(kubectl),
        _create(kubectl, provider),
        _measure(case, kubectl, provider, "nat"),
        _switch(kubectl),
        _measure(case, kubectl, provider, "dsr"),
        _remove(kubectl),
    )
    return concluded(case, SLUG, prerequisites, steps, context=kubectl.context)


def _way_out(kubectl: Kubectl) -> Step:
    return Step(
        title="Know the way out before you begin",
        why="Everything that this trial creates is in one namespace. Whatever happens, one line removes it all: "
        f"{kubectl.delete(Resource.NAMESPACES, NAMESPACE)}",
        commands=(),
        verify=(kubectl.get(Resource.NAMESPACES, NAMESPACE, output="name", missing_ok=True),),
        expect="Nothing is printed: nobody uses that name.",
        operator_acts=True,
    )


def _namespace(kubectl: Kubectl) -> Step:
    space = namespace_manifest()
    return Step(
        title=f"Create namespace {NAMESPACE}",
        why="It holds everything of the trial and nothing else.",
        commands=(kubectl.dry_run(space.file_name), kubectl.apply(space.file_name)),
        manifests=(space,),
        verify=(kubectl.get(Resource.NAMESPACES, NAMESPACE, output="name"),),
        expect="It prints the namespace.",
        undo=(kubectl.delete(Resource.NAMESPACES, NAMESPACE),),
    )


def _create(kubectl: Kubectl, provider: Provider) -> Step:
    files = (deployment_manifest(), service_manifest(provider))
    return Step(
        title="Create the echo workload and its Service",
        why=f"{REPLICAS} Pods on {REPLICAS} Nodes answer with the address that they were called from. The Service is "
        "in mode nat for now.",
        commands=(
            *(kubectl.dry_run(item.file_name, NAMESPACE) for item in files),
            *(kubectl.apply(item.file_name, NAMESPACE) for item in files),
            kubectl.rollout_status(NAME, NAMESPACE, "3m", Resource.DEPLOYMENTS),
        ),
        manifests=files,
        verify=(kubectl.pods(f"app.kubernetes.io/name={NAME}", NAMESPACE, output="wide"), _address(kubectl)),
        expect="Two Pods are ready on two different Nodes, and an address is printed. Below it is called ADDRESS.",
        undo=tuple(kubectl.delete(resource, NAME, NAMESPACE) for resource in (Resource.SERVICES, Resource.DEPLOYMENTS)),
        dangers=(
            "It takes an address from the load balancer's pool; a cloud may charge for it or make it public.",
            "Policies of the whole cluster act on these Pods too: if nobody gets an answer, look there first.",
            f"Nodes must be able to pull {IMAGE}: else name a copy in your own registry in {files[0].file_name}.",
        ),
    )


def _measure(case: Case, kubectl: Kubectl, provider: Provider, mode: str) -> Step:
    what = f"Run {_TRIES} times: {_ASK}. It must be a client outside, in the network where your clients are."
    forecast = _forecast(case, provider, mode)
    if mode == "nat":
        return Step(
            title="Measure without DSR",
            why="This shows that the address works and what is to be improved. Without it a failure with DSR would "
            "prove nothing.",
            commands=(),
            verify=(_address(kubectl),),
            expect=f"{what} Every try is answered. Predicted is that client's own address in {forecast} of the answers "
            f"({EVENLY}; if one Node takes all, as with MetalLB in layer 2, 0 % or {percent(Fraction(1, REPLICAS))}), "
            "and an address of a Node or its antrea-gw0 in the others. If tries time out already now, the load "
            "balancer or a firewall is to blame, not DSR.",
            operator_acts=True,
        )
    return Step(
        title="Measure with DSR",
        why="Now the Node of the Pod answers the client itself. Only the real network can say whether that arrives.",
        commands=(),
        verify=(_address(kubectl),),
        expect=(
            f"{what} Predicted is that client's own address in {forecast} of the answers; no try stays without one. "
            "If a part times out that was answered before, the answers of the other Nodes get lost on their way: go "
            "through the questions on the network above, on a Node with an echo Pod with "
            f"`tcpdump -ni any host CLIENT_IP and port {PORT}`. "
            "Large packets: curl -s --max-time 5 \"http://ADDRESS/echo?msg=$(printf %4000s x | tr ' ' x)\" | wc -c "
            "prints 4000, or the MTU of the tunnel is in the way. If you have long silent connections: keep one open "
            "for three minutes without a byte (nc ADDRESS 80), then type GET /clientip HTTP/1.0 and two returns; DSR "
            "forgets it after 160 seconds, and a reset is to be expected."
        ),
        dangers=("If answers get lost, do not go on to use-dsr: do the last step, and settle the network first.",),
        operator_acts=True,
    )


def _forecast(case: Case, provider: Provider, mode: str) -> str:
    """The part of connections that keep the client, by the engine, for the echo Service as it would be."""
    then, _ = echo_case(case, provider, mode)
    found = shares(then)
    known = [path for path in then.once(external_paths) if path.access.kind is AccessKind.LOAD_BALANCER]
    return percent(found.own) if found and known and found.unknown != Fraction(1) else "a part that cannot be computed"


def _switch(kubectl: Kubectl) -> Step:
    return Step(
        title="Switch the echo Service to DSR",
        why="The annotation switches this one Service, at once. No other Service changes.",
        commands=(kubectl.annotate(Resource.SERVICES, NAME, NAMESPACE, LOAD_BALANCER_MODE, "dsr"),),
        verify=(kubectl.get(Resource.SERVICES, NAME, NAMESPACE, output=_annotation_path()),),
        expect="It prints dsr.",
        undo=(kubectl.annotate(Resource.SERVICES, NAME, NAMESPACE, LOAD_BALANCER_MODE, "nat"),),
        dangers=(f"Not before every Node shows {DSR_TABLE}: between unlike Nodes connections are lost.",),
        changes=(
            merge_patch("v1", "Service", NAMESPACE, NAME, {"metadata": {"annotations": {LOAD_BALANCER_MODE: "dsr"}}}),
        ),
    )


def _remove(kubectl: Kubectl) -> Step:
    mine = kubectl.everywhere(Resource.SERVICES, "app.kubernetes.io/managed-by=antrea-doctor", output="name")
    return Step(
        title="Remove everything, and see that nothing is left",
        why="The trial is over, whatever it showed. The load balancer takes its address back.",
        commands=(kubectl.delete(Resource.NAMESPACES, NAMESPACE),),
        verify=(kubectl.get(Resource.NAMESPACES, NAMESPACE, output="name", missing_ok=True), mine),
        expect="Both print nothing. If all answers arrived, go on with the remedy use-dsr for the real Service.",
        changes=(Write(Verb.DELETE, "v1", "Namespace", NAMESPACE),),
    )


def _address(kubectl: Kubectl) -> str:
    return kubectl.get(
        Resource.SERVICES, NAME, NAMESPACE, output='jsonpath={.status.loadBalancer.ingress[*].ip}{"\\n"}'
    )


def _annotation_path() -> str:
    escaped = LOAD_BALANCER_MODE.replace(".", "\\.")
    return f'jsonpath={{.metadata.annotations.{escaped}}}{{"\\n"}}'


TEST_DSR = Remedy(
    slug=SLUG,
    title="DSR tried on a Service of our own first",
    gives="It shows whether the network between clients and Nodes carries direct answers, before a real Service needs "
    f"it: {counted(REPLICAS, 'echo Pod')}, two measurements, everything removed.",
    costs="A namespace and a load-balancer address for some minutes; somebody has to run curl on a client outside.",
    risk=Risk.SAFE,
    filters=False,
    make=make,
)
