"""A plan with the Service as it is and as it would be, and in words what the plan changes."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.datapath.comparison import what_changes
from diagnostics.datapath.summary import reason
from diagnostics.datapath.trace import service_keeping
from diagnostics.model.case import Case
from diagnostics.remedies.files.plan_file import PlanFile, PlanFileError
from diagnostics.remedies.files.plan_text import admission_lines
from diagnostics.remedies.files.reopening import reopened
from diagnostics.remedies.paper.what_if import Turned, gone_and_new
from diagnostics.remedies.plan.plan import Plan, Question, Remedy
from tui.plan_files import read_plan
from widgets.reading import Block, heading


@dataclass(frozen=True)
class Prospect:
    """A plan and what the Service is like today and after it; `file` is where the plan comes from, if it was kept."""

    plan: Plan
    today: Case
    after: Case | None
    file: PlanFile | None = None


def planned(remedy: Remedy, case: Case, question: Question) -> Prospect:
    """A new plan for the Service as it is."""
    return _prospect(remedy.make(case, question), case, None)


def reopened_from(path: str, case: Case) -> Prospect:
    """The plan that a file holds, for the Service as it is now. Raises PlanFileError where it is of another cluster."""
    file = read_plan(path)
    made_for, here = file.plan.server, case.snapshot.origin
    if made_for and made_for != here:
        raise PlanFileError(f"The plan was made for {made_for}, and this is {here}. x chooses another cluster.")
    return _prospect(reopened(file, case), case, file)


def headline(prospect: Prospect, remedy: Remedy) -> list[str]:
    """What the plan gives and costs, or the answer of today and after it, and who gets in."""
    if prospect.after is None:
        return [f"Gives: {remedy.gives}", f"Costs: {remedy.costs}"]
    first, *more = admission_lines(prospect.plan)
    who = f"Who gets in: {first}" + (f" And {len(more)} more, see the plan (P)." if more else "")
    if remedy.filters:
        return [f"Gives: {remedy.gives}", f"Costs: {remedy.costs}", who]
    today = f"Today: {service_keeping(prospect.today).value}. {reason(prospect.today)}"
    return [today, f"After: {service_keeping(prospect.after).value}. {reason(prospect.after)}", who]


def changes_of(prospect: Prospect) -> tuple[Block, ...]:
    """What the plan changes, in words: ways, findings, who gets in."""
    return tuple(_changes(prospect)) if prospect.after else ()


def _changes(prospect: Prospect) -> Iterator[Block]:
    today, after = prospect.today, prospect.after
    if after is None:
        return
    yield heading("What changes on the ways from Nodes to Pods")
    yield from map(Block, what_changes(today, after).sentences)
    gone, new = gone_and_new(today, after)
    yield heading(f"Findings gone ({len(gone)})")
    yield Block(_findings(gone))
    yield heading(f"New findings ({len(new)})")
    yield Block(_findings(new))
    yield heading("Who gets in afterwards")
    yield Block("\n".join(admission_lines(prospect.plan)))


def _findings(found: tuple[Turned, ...]) -> str:
    lines = [f"{result.code} {result.slug} ({item.severity.value}): {item.message}" for result, item in found]
    return "\n".join(lines) or "None."


def _prospect(plan: Plan, case: Case, file: PlanFile | None) -> Prospect:
    for each in filter(None, (case, plan.then)):
        reason(each)
    return Prospect(plan, case, plan.then, file)
