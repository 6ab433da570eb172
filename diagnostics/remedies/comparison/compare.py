"""All ways out of one Service beside each other: which are possible here, what each gives and costs here."""

from collections.abc import Iterator
from dataclasses import replace

from diagnostics.datapath.path import Basis
from diagnostics.datapath.trace import arriving_paths
from diagnostics.model.case import Case
from diagnostics.model.write import Write
from diagnostics.remedies.comparison.advice import ADVICE
from diagnostics.remedies.comparison.costs import costs_of_plan
from diagnostics.remedies.comparison.way import Standing, Way
from diagnostics.remedies.offered.catalogue import REMEDIES
from diagnostics.remedies.paper.shares import sees, shares
from diagnostics.remedies.plan.commands import Kubectl, UnsafeValueError
from diagnostics.remedies.plan.manifests import effects
from diagnostics.remedies.plan.plan import Plan, Question, Remedy, Step

EXAMPLES = ("203.0.113.0/24", "2001:db8::/32")
"""Client ranges that a filter is tried with where the operator has named none yet (RFC 5737, RFC 3849)."""

_ORDER = {
    Standing.POSSIBLE: 0,
    Standing.ASKS: 0,
    Standing.OUTSIDE: 1,
    Standing.AS_IT_IS: 2,
    Standing.NOTHING_TO_DO: 3,
    Standing.BLOCKED: 4,
}


def compare(case: Case, question: Question) -> tuple[Way, ...]:
    """Every way, those that can be gone first; within a standing in the order of the catalogue."""
    ways = (*_with_plans(case, question), *_without_plans(case, question))
    return tuple(sorted(ways, key=lambda way: _ORDER[way.standing]))


def _with_plans(case: Case, question: Question) -> Iterator[Way]:
    for remedy in REMEDIES:
        yield way_of(case, remedy, remedy.make(case, question), question)


def way_of(case: Case, remedy: Remedy, plan: Plan, question: Question) -> Way:
    """A remedy with its plan as a way; a plan that still asks is weighed with example ranges."""
    way = Way(
        slug=remedy.slug,
        title=remedy.title,
        standing=_standing(plan),
        because=_because(plan),
        gives=remedy.gives,
        costs=(remedy.costs,),
        risk=remedy.risk,
        reversible="yes, step by step" if any(step.undo for step in plan.steps) else "",
        before=shares(case),
        plan=plan,
    )
    tried = remedy.make(case, replace(question, allow=EXAMPLES)) if plan.asks else plan
    if plan.asks and not tried.applicable:
        return replace(way, because=f"{way.because} With example ranges it is refused: {_because(tried)}")
    then = tried.then
    if then is None or not tried.applicable:
        return way
    reversible = "yes, step by step" if any(step.undo for step in tried.steps) else "nothing to take back"
    costs = (remedy.costs, *costs_of_plan(case, then, tried))
    return replace(way, costs=costs, reversible=reversible, after=shares(then), sees=sees(then), basis=_basis(then))


def _standing(plan: Plan) -> Standing:
    if plan.blocked_by or plan.new_broken:
        return Standing.BLOCKED
    if plan.asks:
        return Standing.ASKS
    return Standing.POSSIBLE if any(_changes_something(step) for step in plan.steps) else Standing.NOTHING_TO_DO


def _changes_something(step: Step) -> bool:
    """Whether it does more than prove: a Traceflow only looks."""
    return not all(isinstance(change, Write) and change.kind == "Traceflow" for change in effects(step))


def _because(plan: Plan) -> str:
    reasons = (*plan.blocked_by, *(f"It would break something: {item.message}" for item in plan.new_broken), *plan.asks)
    return reasons[0] if reasons else ""


def _basis(then: Case) -> Basis:
    grounds = (path.basis for path in then.once(arriving_paths))
    return min(grounds, key=lambda basis: basis.strength, default=Basis.INFERRED)


def _without_plans(case: Case, question: Question) -> Iterator[Way]:
    kubectl = Kubectl(question.kube_context or case.snapshot.context)
    for advice in ADVICE:
        try:
            yield advice.weigh(case, kubectl)
        except UnsafeValueError as refusal:
            yield replace(advice.weigh(case, Kubectl()), recipe=(str(refusal),))
