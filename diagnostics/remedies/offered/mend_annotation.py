"""A load-balancer mode annotation that is wrong or does nothing, or that loses connections: taken off or corrected.

antrea:pkg/agent/proxy/proxier.go getLoadBalancerMode: the annotation goes before the default mode, a value that Antrea
does not know is ignored, and nothing is checked against gate, traffic mode, address family or type. What is wrong is
told by the checks; here is only what to do about it.
"""

from collections.abc import Iterator

from diagnostics.checks.dsr_annotation_ignored import dsr_annotation_ignored
from diagnostics.checks.dsr_behind_kube_proxy import dsr_behind_kube_proxy
from diagnostics.checks.dsr_on_node_port_only import dsr_on_node_port_only
from diagnostics.checks.dsr_with_ipv6 import dsr_with_ipv6
from diagnostics.checks.dsr_without_proxy_all import dsr_without_proxy_all
from diagnostics.checks.dsr_without_tunnel import dsr_without_tunnel
from diagnostics.checks.evidence import listed
from diagnostics.checks.examine import examine
from diagnostics.checks.invalid_mode_annotation import invalid_mode_annotation
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case
from diagnostics.model.finding import Result, Verdict
from diagnostics.model.service import LOAD_BALANCER_MODE
from diagnostics.remedies.offered.use_dsr import USE_DSR
from diagnostics.remedies.paper.what_if import concluded
from diagnostics.remedies.plan.commands import Kubectl, Resource, UnsafeValueError, quoted
from diagnostics.remedies.plan.plan import Plan, Prerequisite, Question, Remedy, Risk, State, Step
from diagnostics.remedies.plan.service_change import annotation
from diagnostics.remedies.steps.service_steps import read_service, save_service

SLUG = "mend-annotation"
NAT = "nat"
_LOSES = (dsr_without_tunnel, dsr_with_ipv6)
_DOES_NOTHING = (dsr_annotation_ignored, dsr_on_node_port_only, dsr_without_proxy_all, dsr_behind_kube_proxy)
_CHECKS = (invalid_mode_annotation, *_DOES_NOTHING, *_LOSES)


def make(case: Case, question: Question) -> Plan:
    """The plan for this Service."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl, question)
    except UnsafeValueError as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def _plan(case: Case, kubectl: Kubectl, question: Question) -> Plan:
    asked = _CHECKS if _is_annotated(case) else _LOSES
    results = examine(case, asked).results
    found = [result for result in results if result.findings]
    unknown = [result.reason for result in results if result.verdict is Verdict.UNKNOWN]
    prerequisites = (_something_is_wrong(case, found, unknown),)
    if not found:
        blocked = (f"Whether the annotation does anything cannot be told: {unknown[0]}",) if unknown else ()
        return concluded(case, SLUG, prerequisites, (), blocked_by=blocked, context=kubectl.context)
    steps = (save_service(case, kubectl), _mend(case, kubectl, question, found))
    return concluded(case, SLUG, prerequisites, steps, context=kubectl.context)


def _is_annotated(case: Case) -> bool:
    return LOAD_BALANCER_MODE in case.service.metadata.annotations


def _something_is_wrong(case: Case, found: list[Result], unknown: list[str]) -> Prerequisite:
    title = "The load-balancer mode of the Service is wrong or has no effect"
    if found:
        said = " ".join(f"{item.message} ({result.code})" for result in found for item in result.findings)
        return Prerequisite(title, State.MET, said)
    if unknown:
        return Prerequisite(title, State.UNKNOWN, unknown[0], "Get these facts read, then plan again.")
    mode = case.service.load_balancer_mode
    said = f"The annotation says {mode}, and that holds." if mode else "It has no such annotation."
    return Prerequisite(title, State.UNMET, said, "There is nothing to mend.", blocks=True)


def _wanted(case: Case, found: list[Result]) -> str | None:
    """The value to write; None takes the annotation off, which is right where the default mode then holds."""
    if not _is_annotated(case):
        return NAT
    if all(result.code == invalid_mode_annotation.code for result in found):
        return None
    config = case.cluster.antrea.config
    return None if config and config.default_mode == NAT else NAT


def _mend(case: Case, kubectl: Kubectl, question: Question, found: list[Result]) -> Step:
    name, wanted, before = case.service.metadata.name, _wanted(case, found), case.service.load_balancer_mode
    escaped = LOAD_BALANCER_MODE.replace(".", "\\.")
    undo = _undo(case, kubectl, before)
    return Step(
        title=f"{'Take the annotation off' if wanted is None else f'Write {wanted} as the mode of'} Service {case.key}",
        why=" ".join((*_why(case, found, wanted), *_if_dsr_is_wanted(case, question))),
        commands=(kubectl.annotate(Resource.SERVICES, name, case.namespace, LOAD_BALANCER_MODE, wanted),),
        verify=(read_service(case, kubectl, f".metadata.annotations.{escaped}"),),
        expect="It prints an empty line." if wanted is None else f"It prints {wanted}.",
        undo=undo,
        risk=Risk.DISTURBS if _loses(found) else Risk.SAFE,
        dangers=tuple(_dangers(case, undo)),
        changes=(annotation(case, LOAD_BALANCER_MODE, wanted),),
    )


def _loses(found: list[Result]) -> bool:
    return bool({result.code for result in found} & {check.code for check in _LOSES})


def _why(case: Case, found: list[Result], wanted: str | None) -> Iterator[str]:
    config = case.cluster.antrea.config
    default = f"Antrea's default mode, {config.default_mode if config else 'which could not be read'}, then holds."
    if _loses(found):
        yield "The mode that the Service asks for loses connections, and it ends at once, without a restart."
    else:
        yield "The annotation does nothing but mislead its readers: traffic stays as it is."
    yield default if wanted is None else "NAT works everywhere."


def _undo(case: Case, kubectl: Kubectl, before: str) -> tuple[str, ...]:
    name, restored = case.service.metadata.name, before if _is_annotated(case) else None
    try:
        quoted(before)
    except UnsafeValueError:
        return ()
    return (kubectl.annotate(Resource.SERVICES, name, case.namespace, LOAD_BALANCER_MODE, restored),)


def _dangers(case: Case, undo: tuple[str, ...]) -> Iterator[str]:
    kept = [path for path in case.once(external_paths) if path.direct_return and path.keeps_client]
    if kept:
        addresses = listed(dict.fromkeys(path.access.address for path in kept))
        yield (
            f"DSR works by {addresses}: there Pods of other Nodes see their clients today and will not any more. To "
            "keep that, move what is lost (IPv6) to a Service of its own instead."
        )
        yield "Open connections through other Nodes may be reset once, now and when it is undone."
    if not undo:
        yield "The old value cannot be written in a command: the saved file keeps it."


def _if_dsr_is_wanted(case: Case, question: Question) -> Iterator[str]:
    """Whether what the annotation was meant for can be had."""
    plan = USE_DSR.make(case, question)
    if plan.applicable:
        yield "If direct server return is wanted, do not do this: the remedy use-dsr gets it to work here."
    elif plan.blocked_by:
        yield f"Direct server return cannot be had here as things are. {plan.blocked_by[0]}"


MEND_ANNOTATION = Remedy(
    slug=SLUG,
    title="Mend the load-balancer mode annotation",
    gives="The Service says what really happens, and no connection is lost to a mode that cannot work here.",
    costs="Shows no client to anybody: it only ends what misleads or breaks. Direct server return ends with it.",
    risk=Risk.DISTURBS,
    filters=False,
    make=make,
)
