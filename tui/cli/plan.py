"""`antrea-doctor plan`: the steps of one way out for one Service, as text, as a script, or for programs."""

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.datapath.comparison import what_changes
from diagnostics.model.case import Case
from diagnostics.remedies.catalogue import REMEDIES
from diagnostics.remedies.plan import Plan, Question, Remedy
from diagnostics.remedies.plan_text import plan_document, plan_script, plan_text
from tui.cli.call import Call
from tui.cli.connect import choose, connect
from tui.cli.documents import Document, results, service_paths
from tui.cli.gaps import say_gaps
from tui.cli.near import did_you_mean
from tui.cli.output import Output
from tui.cli.path import judged
from tui.cli.stop import Exit, usage
from tui.cli.talk import say
from tui.request import ClientChoice


def run(call: Call) -> int:
    """Prints the plan; 1 when it may not be followed, 2 when it lacks an answer from the command line."""
    remedy = _remedy(call.own.remedy)
    facts = connect(call)
    (case,) = facts.cases(choose(call, facts))
    allow = tuple(part.strip() for text in call.own.allow for part in text.split(",") if part.strip())
    context = call.request.connection.context or case.snapshot.context
    plan = remedy.make(case, Question(allow=allow, kube_context=context))
    output = Output(call)
    match call.output:
        case "script":
            output.exact(plan_script(plan))
        case "json" | "yaml" as form:
            output.data(plan_document(plan, *_after(plan)), form)
        case _:
            output.text(plan_text(plan))
            if plan.after:
                output.text(f"\nWhat changes: {what_changes(case, Case.of(plan.after, plan.service))}".rstrip())
    say_gaps(case.snapshot.gaps)
    if plan.asks:
        for question in plan.asks if call.output != "text" else ():
            say(f"Missing: {question}")
        return Exit.USAGE
    return Exit.OK if plan.applicable else Exit.FINDINGS


def _remedy(slug: str) -> Remedy:
    slugs = [item.slug for item in REMEDIES]
    if slug not in slugs:
        hint = did_you_mean(slug, slugs, otherwise=f"There are: {', '.join(slugs)}.")
        raise usage(f"There is no remedy {slug!r}.{hint}")
    return next(item for item in REMEDIES if item.slug == slug)


def _after(plan: Plan) -> tuple[list[Document], list[Document]]:
    """Paths and findings of the Service as the plan would leave it; nothing when it cannot be followed."""
    if plan.after is None:
        return [], []
    case = Case.of(plan.after, plan.service)
    paths = service_paths(case, judged(case, ClientChoice(), fold=False))["paths"]
    report = examine(case, CHECKS)
    found = [row for result in (*report.results, *report.cluster) if result.findings for row in results(result)]
    return paths, found
