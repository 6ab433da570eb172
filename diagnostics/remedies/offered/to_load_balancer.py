"""Type LoadBalancer instead of NodePort: an address of its own, which DSR and load balancers that steer need.

It does not show clients by itself: under policy Cluster connections to that address are SNATed as those to NodePorts
are. So the plan ends with what has to follow, tried for the Service as it would be then.
"""

from diagnostics.checks.evidence import listed
from diagnostics.checks.paths import hides_client, seen_instead, shares
from diagnostics.datapath.path import AccessKind, Path
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.model.write import Write
from diagnostics.remedies.offered.local_policy import LOCAL_POLICY
from diagnostics.remedies.offered.use_dsr import USE_DSR
from diagnostics.remedies.paper.what_if import concluded
from diagnostics.remedies.plan.commands import Kubectl, UnsafeValueError
from diagnostics.remedies.plan.manifests import write_of
from diagnostics.remedies.plan.on_snapshot import case_in, written
from diagnostics.remedies.plan.plan import Assumed, Manifest, Plan, Prerequisite, Question, Remedy, Risk, State, Step
from diagnostics.remedies.prerequisites.load_balancer_provider import Provider, assumed_address, provider_for
from diagnostics.remedies.prerequisites.new_address import dangers_of_the_address, is_node_port, nobody_new_gets_in
from diagnostics.remedies.steps.proof import proof_step
from diagnostics.remedies.steps.service_steps import UNDO_FILE, read_service, save_service, service_patch

SLUG = "to-load-balancer"
_FOLLOW = (USE_DSR, LOCAL_POLICY)


def make(case: Case, question: Question) -> Plan:
    """The plan for this Service."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl, question)
    except UnsafeValueError as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def _plan(case: Case, kubectl: Kubectl, question: Question) -> Plan:
    kind = is_node_port(case)
    if kind.state is not State.MET:
        return concluded(case, SLUG, (kind,), (), context=kubectl.context)
    provider = provider_for(case, kubectl.context)
    assumed, stand_in = assumed_address(case, provider)
    patch, command = _patch(case, kubectl, provider)
    then = _after(case, write_of(patch), assumed)
    address = Prerequisite(
        "The address that it gets",
        State.UNKNOWN,
        f"Only the provider knows it. Until then {stand_in} stands for it in what is computed here.",
        "The step shows the real one. Then look at the Service again.",
    )
    prerequisites = (kind, provider.prerequisite, address, nobody_new_gets_in(case, then))
    steps = (
        save_service(case, kubectl),
        _change(case, then, kubectl, provider, patch, command, assumed),
        _prove(case, then, kubectl),
        *_what_follows(then, question),
    )
    return concluded(case, SLUG, prerequisites, steps, context=kubectl.context)


def _after(case: Case, change: Write, assumed: Assumed) -> Case:
    return case_in(written(written(case.snapshot, change), assumed.write), case)


def _patch(case: Case, kubectl: Kubectl, provider: Provider) -> tuple[Manifest, str]:
    spec = {"type": "LoadBalancer"}
    if provider.load_balancer_class:
        spec["loadBalancerClass"] = provider.load_balancer_class
    return service_patch(case, kubectl, spec, dict(provider.annotations))


def _change(
    case: Case, then: Case, kubectl: Kubectl, provider: Provider, patch: Manifest, command: str, assumed: Assumed
) -> Step:
    spec: dict[str, str | None] = {"type": "NodePort"}
    if provider.load_balancer_class:
        spec["loadBalancerClass"] = None
    before = {key: case.service.metadata.annotations.get(key) for key in provider.annotations}
    undo, back = service_patch(case, kubectl, spec, before, file=UNDO_FILE)
    return Step(
        title=f"Make Service {case.key} a Service of type LoadBalancer",
        why="The provider then gives it an address of its own. Its NodePorts and ClusterIP stay as they are.",
        commands=(command,),
        manifests=(patch,),
        verify=(read_service(case, kubectl, ".spec.type", ".status.loadBalancer.ingress[*]"),),
        expect=(
            "It prints LoadBalancer and, within a minute or two, an ip or a hostname. If none comes, nobody gives "
            "addresses here: undo this step; until then the NodePort goes on to work."
        ),
        undo=(back,),
        undo_manifests=(undo,),
        risk=Risk.DISTURBS,
        dangers=tuple(dangers_of_the_address(then, provider)),
        changes=(assumed,),
        operator_acts=True,
    )


def _hiding(then: Case) -> list[Path]:
    """The ways by the new address on which Pods do not see the client."""
    paths = then.once(external_paths)
    return [path for path in paths if path.access.kind is AccessKind.LOAD_BALANCER and hides_client(path)]


def _prove(case: Case, then: Case, kubectl: Kubectl) -> Step:
    hiding = _hiding(then)
    ports = " or ".join(str(port.port) for port in case.service.spec.ports)
    expect = "The printed source must be that client's own address."
    if hiding:
        expect = (
            f"It must connect. The printed source is not yet the client's: {seen_instead(then, hiding)} is predicted "
            f"for {shares(hiding)}."
        )
    return proof_step(
        case,
        kubectl,
        title="Prove that the new address works",
        why="Clients should be moved to it only when it is seen to work from where they are.",
        dial=f"From a client outside the cluster connect to the printed address, port {ports}.",
        expect=expect,
    )


def _what_follows(then: Case, question: Question) -> tuple[Step, ...]:
    """What shows clients to the Pods once the Service has an address; nothing where they see them already."""
    if not _hiding(then) and any(path.access.kind is AccessKind.LOAD_BALANCER for path in then.once(external_paths)):
        return ()
    plans = [(remedy.slug, remedy.make(then, question)) for remedy in _FOLLOW]
    ways = [f"{slug} can be followed then." for slug, plan in plans if plan.applicable]
    closed = [f"{slug} is not possible. {plan.blocked_by[0]}" for slug, plan in plans if plan.blocked_by]
    return (
        Step(
            title="Go on: this alone does not show clients to the Pods",
            why=(
                "Under policy Cluster a connection to the new address is changed like one to a NodePort. Only direct "
                "server return or policy Local keep the client's address."
            ),
            commands=(),
            expect=f"Make the next plan with the real address: {' '.join((*ways, *closed)) or listed(_slugs())}",
            operator_acts=True,
        ),
    )


def _slugs() -> tuple[str, ...]:
    return tuple(remedy.slug for remedy in _FOLLOW)


TO_LOAD_BALANCER = Remedy(
    slug=SLUG,
    title="Type LoadBalancer instead of NodePort",
    gives="An address of the Service's own, which direct server return needs and by which load balancers steer.",
    costs="Needs somebody who gives addresses. Alone it shows no client to the Pods: DSR or policy Local must follow.",
    risk=Risk.DISTURBS,
    filters=False,
    make=make,
)
