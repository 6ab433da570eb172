"""`antrea-doctor plan`: all ways out of one Service compared, or the steps of one: text, script, or for programs."""

from diagnostics.datapath.comparison import what_changes
from diagnostics.remedies.comparison.compare import compare
from diagnostics.remedies.files.plan_text import finding_lines, plan_text
from diagnostics.remedies.offered.catalogue import REMEDIES
from diagnostics.remedies.paper.what_if import gone_and_new
from diagnostics.remedies.plan.forms import forms_of
from diagnostics.remedies.plan.plan import Form, Plan, Question, Remedy
from diagnostics.remedies.plan.plan_script import plan_script
from diagnostics.remedies.plan.shells import Shell
from diagnostics.remedies.prerequisites.api_server import read_api_server
from tui.cli.call import Call
from tui.cli.connect import choose, connect
from tui.cli.gaps import say_gaps
from tui.cli.near import did_you_mean
from tui.cli.output import Output
from tui.cli.stop import Exit, usage
from tui.cli.talk import say
from tui.cli.ways import print_ways
from tui.plan_documents import whole_document


def run(call: Call) -> int:
    """Prints the comparison, or a plan: 1 when it may not be followed, 2 when it lacks an answer."""
    remedy = _remedy(call.own.remedy) if call.own.remedy else None
    if remedy is None and call.output == "script":
        raise usage("A script is made of one way out: name it with --remedy, or see them all with -o text.")
    if call.own.api_server and (trouble := read_api_server(call.own.api_server).trouble):
        raise usage(f"--api-server: {trouble}")
    facts = connect(call)
    (case,) = facts.cases(choose(call, facts))
    allow = tuple(part.strip() for text in call.own.allow for part in text.split(",") if part.strip())
    context = call.request.connection.context or case.snapshot.context
    question = Question(allow=allow, kube_context=context, api_server=call.own.api_server)
    output, shell = Output(call), Shell(call.own.shell)
    if remedy is None:
        print_ways(output, case.key, compare(case, question), call.output)
        say_gaps(case.snapshot.gaps)
        return Exit.OK
    plan = remedy.make(case, question)
    match call.output:
        case "script":
            output.exact(plan_script(plan, shell, _form(call.own.form, plan)))
        case "json" | "yaml" as form:
            output.data(whole_document(case, plan), form)
        case _:
            output.text(plan_text(plan, shell))
            if plan.then:
                changes = what_changes(case, plan.then).sentences
                output.text("\n  ".join((f"\nWhat changes: {changes[0]}", *changes[1:])))
                output.text("\n".join(finding_lines(*gone_and_new(case, plan.then))))
    say_gaps(case.snapshot.gaps)
    if plan.asks:
        for missing in plan.asks if call.output != "text" else ():
            say(f"Missing: {missing}")
        return Exit.USAGE
    return Exit.OK if plan.applicable else Exit.FINDINGS


def _form(name: str, plan: Plan) -> Form:
    """The form of the script. Raises Stop where the plan has none of that name."""
    form, there = Form(name), forms_of(plan)
    if plan.applicable and form not in there:
        raise usage(f"Nothing in this plan can be changed with {name} here. --form takes: {', '.join(there)}.")
    return form


def _remedy(slug: str) -> Remedy:
    slugs = [item.slug for item in REMEDIES]
    if slug not in slugs:
        hint = did_you_mean(slug, slugs, otherwise=f"There are: {', '.join(slugs)}.")
        raise usage(f"There is no remedy {slug!r}.{hint}")
    return next(item for item in REMEDIES if item.slug == slug)
