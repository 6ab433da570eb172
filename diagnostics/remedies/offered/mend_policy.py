"""Rules on the Pods that never see the clients they name, or let everybody in by an address of the cluster.

Not every such rule can be mended by itself: one that should let clients in cannot tell them from others once their
address is hidden. What can be is tried alone first, and left out with the reason if it would break something.
"""

from collections.abc import Iterator

from diagnostics.checks.examine import run as run_check
from diagnostics.checks.pod_only_selectors import pod_only_selectors
from diagnostics.checks.snat_blind_allow import snat_blind_allow
from diagnostics.checks.snat_blind_deny import snat_blind_deny
from diagnostics.checks.snat_open_allow import snat_open_allow
from diagnostics.model.case import Case
from diagnostics.model.finding import Verdict
from diagnostics.remedies.paper.what_if import breaks, case_after, concluded
from diagnostics.remedies.plan.commands import Kubectl, Resource, UnsafeValueError
from diagnostics.remedies.plan.plan import Plan, Prerequisite, Question, Remedy, Risk, State, Step
from diagnostics.remedies.prerequisites.allowed import Allowed, read_ranges
from diagnostics.remedies.steps.pod_policy import pod_policies
from diagnostics.remedies.steps.policy_mends import OTHER_WAYS, Mend, denied_on_service, narrowed, widened

SLUG = "mend-policy"
ASK = "The Pods' policies admit no client outside. Which ones should get in? Name each, as in --allow 203.0.113.0/24."


def make(case: Case, question: Question) -> Plan:
    """The plan for this Service; `question.allow` is asked for where the policies admit Pods only."""
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    try:
        return _plan(case, kubectl, read_ranges(question.allow))
    except UnsafeValueError as refusal:
        return concluded(case, SLUG, (), (), blocked_by=(str(refusal),), context=kubectl.context)


def _plan(case: Case, kubectl: Kubectl, allowed: Allowed) -> Plan:
    asked = (snat_blind_deny, snat_open_allow, snat_blind_allow, pod_only_selectors)
    results = {check.code: run_check(check, case) for check in asked}
    unknown = tuple(item.reason for item in results.values() if item.verdict is Verdict.UNKNOWN)
    if not any(item.findings for item in results.values()):
        reasons = tuple(f"Whether a rule misses its clients cannot be told: {reason}" for reason in unknown[:1])
        nothing = "No rule on the Pods misses the clients that it names, and none lets in more than it says."
        return concluded(case, SLUG, (), (), blocked_by=reasons or (nothing,), context=kubectl.context)
    if results[pod_only_selectors.code].findings and (allowed.problems or not allowed.addresses):
        return concluded(case, SLUG, (), (), asks=allowed.problems or (ASK,), context=kubectl.context)
    found = (
        *denied_on_service(case, kubectl, results[snat_blind_deny.code]),
        *narrowed(case, kubectl, results[snat_open_allow.code]),
        *widened(case, kubectl, results[snat_blind_allow.code]),
        *_opened(case, kubectl, results[pod_only_selectors.code].findings != (), allowed),
    )
    mends = _tried(case, found)
    steps = tuple(mend.step for mend in mends if mend.step)
    reasons = () if steps else tuple(f"{mend.what}: {mend.why_not}" for mend in mends)
    return concluded(
        case,
        SLUG,
        tuple(map(_prerequisite, mends)),
        (*steps, _prove(case)) if steps else (),
        blocked_by=reasons,
        context=kubectl.context,
    )


def _tried(case: Case, mends: tuple[Mend, ...]) -> list[Mend]:
    """Each mend tried alone on paper; one that would break something is left out with what it would break."""
    found = []
    for mend in mends:
        if mend.step:
            broken = breaks(case, case_after(case, (mend.step,)))
            if broken:
                mend = Mend(mend.code, mend.what, why_not=f"It would break something. {broken[0].message}")
        found.append(mend)
    return found


def _opened(case: Case, kubectl: Kubectl, is_shut: bool, allowed: Allowed) -> Iterator[Mend]:
    """A policy beside the others that lets in the clients named; those there admit Pods only."""
    if not is_shut:
        return
    what, code = "Let the named clients in beside the Pods", pod_only_selectors.code
    if allowed.refused:
        yield Mend(code, what, why_not=allowed.refused[0])
        return
    halves = pod_policies(case, allowed.addresses)
    if not halves.manifests:
        yield Mend(code, what, why_not=halves.trouble or halves.not_needed)
        return
    files = [item.file_name for item in halves.manifests]
    yield Mend(
        code,
        what,
        Step(
            title=f"Let {allowed.addresses} in to the Pods of Service {case.key}",
            why="NetworkPolicies add up: this one admits these clients, and leaves the others as they are.",
            commands=(
                *(kubectl.dry_run(file, case.namespace) for file in files),
                *(kubectl.apply(file, case.namespace) for file in files),
            ),
            manifests=halves.manifests,
            verify=tuple(
                kubectl.get(Resource.NETWORK_POLICIES, name, case.namespace, output="yaml") for name in halves.names
            ),
            expect="The object is there with these addresses. NetworkPolicies have no status: the proof is a client.",
            undo=tuple(kubectl.delete(Resource.NETWORK_POLICIES, name, case.namespace) for name in halves.names),
            risk=Risk.DISTURBS,
            dangers=("A load balancer or proxy in front that replaces the source shows its own address: allow that.",),
        ),
    )


def _prerequisite(mend: Mend) -> Prerequisite:
    title = f"{mend.what} ({mend.code})"
    if mend.step:
        return Prerequisite(title, State.MET, "Tried alone on paper: it breaks nothing.")
    settles = "" if OTHER_WAYS in mend.why_not else f"Another way: {OTHER_WAYS}."
    return Prerequisite(title, State.UNMET, mend.why_not, settles)


def _prove(case: Case) -> Step:
    return Step(
        title="Prove it with real clients",
        why="Only traffic shows whom the policies let in.",
        commands=(),
        expect=(
            "From a client that should get in and from one that should not, connect several times through each Node, "
            "and compare with what is said of who gets in."
        ),
        operator_acts=True,
    )


MEND_POLICY = Remedy(
    slug=SLUG,
    title="Mend the policies of the Pods",
    gives="Rules that let everybody in by mistake, or never meet whom they keep out, do what they say.",
    costs="Pods see no client that they do not see today: who needs that takes another way.",
    risk=Risk.DISTURBS,
    filters=True,
    make=make,
)
