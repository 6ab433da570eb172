"""A plan, a step, a proof or an undo to run or to paste, in the operator's shell. No text here ends in a newline.

A first line says for which cluster and context the text is. Its values are quoted, since an interactive zsh takes a
pasted comment for a command.
"""

import shlex
from collections.abc import Iterator

from diagnostics.model.text import one_line
from diagnostics.remedies.plan.forms import BY_HAND, DIRECT, taken, undo_of
from diagnostics.remedies.plan.plan import Alternative, Form, Plan, Risk, Step
from diagnostics.remedies.plan.shells import DIALECTS, Dialect, Shell


def header(plan: Plan) -> str:
    """What the text is for, as a comment: of every shell and of YAML."""
    return f"# {heading(plan)}"


def pasted(plan: Plan, text: str) -> str:
    """The text with what it is for above it; empty where there is nothing to paste."""
    return f"{header(plan)}\n{text}" if text else ""


def heading(plan: Plan) -> str:
    """Remedy, Service, context and cluster of a plan."""
    where = f"context {_word(plan.context)}" if plan.context else "the current context"
    cluster = f", cluster {_word(plan.cluster)}" if plan.cluster else ""
    return f"antrea-doctor plan {plan.remedy} for Service {_word(plan.service)}, {where}{cluster}"


def plan_script(plan: Plan, shell: Shell = Shell.POSIX, form: Form = Form.OWNER) -> str:
    """The plan as a script that stops for a key before each step that others can feel, and where a command fails.

    What something owns is changed there: by its commands, or, where it is kept in git, by the operator, while the
    script waits. A plan that may not be followed gives comments only.
    """
    if not plan.applicable:
        return "\n".join((header(plan), *(comment(line) for line in verdict(plan))))
    dialect = DIALECTS[shell]
    lines = [header(plan), comment(f"Save it to a file and run: {dialect.run}"), *dialect.opening]
    for number, step in enumerate(plan.steps, start=1):
        lines += ["", *_script_lines(step, f"Step {number} of {len(plan.steps)}: {step.title}", dialect, form)]
    undo = [dialect.command(line) for step in reversed(plan.steps) for line in undo_of(step, form)]
    if undo:
        lines += ["", comment("To undo everything, run these in this order:"), *map(comment, undo)]
    return "\n".join(lines)


def step_script(step: Step, shell: Shell = Shell.POSIX) -> str:
    """One step to paste: its files, then its commands."""
    dialect = DIALECTS[shell]
    return "\n".join((*_files(step, dialect), *map(dialect.command, step.commands)))


def proof_script(step: Step, shell: Shell = Shell.POSIX) -> str:
    """The proof of a step to paste; empty when it has no commands."""
    return "\n".join(map(DIALECTS[shell].command, step.verify))


def undo_script(step: Step, shell: Shell = Shell.POSIX) -> str:
    """The undo of a step to paste, with the files that it names; empty when it has none."""
    dialect = DIALECTS[shell]
    files = [dialect.write_file(item.file_name, item.yaml) for item in step.undo_manifests]
    return "\n".join((*files, *map(dialect.command, step.undo))) if step.undo else ""


def files_text(step: Step) -> str:
    """The YAML of a step: the files of whatever owns the object, else its own; empty when it has none."""
    owners = tuple(file for form in step.alternatives if form.owns for file in form.manifests)
    files = owners or step.manifests
    if len(files) == 1:
        return files[0].yaml.rstrip()
    return "\n---\n".join(f"{comment(item.file_name)}\n{item.yaml.rstrip()}" for item in files)


def verdict(plan: Plan) -> Iterator[str]:
    """Whether the plan can be followed, and what stands in its way."""
    if plan.applicable:
        yield "It can be followed." if plan.steps else "There is nothing to do."
    yield from (f"Not possible as things are. {reason}" for reason in plan.blocked_by)
    yield from (f"Refused, because it would break something. {item.message}" for item in plan.new_broken)
    yield from (f"Missing: {question}" for question in plan.asks)


def comment(text: str) -> str:
    """A line that no shell runs."""
    return f"# {one_line(text)}"


def _word(value: str) -> str:
    return shlex.quote(one_line(value))


def _files(step: Step, dialect: Dialect) -> Iterator[str]:
    return (dialect.write_file(item.file_name, item.yaml) for item in (*step.manifests, *step.undo_manifests))


def _script_lines(step: Step, title: str, dialect: Dialect, form: Form) -> Iterator[str]:
    yield comment(f"{title} ({step.risk.value})")
    yield comment(step.why)
    yield from (comment(f"Danger: {text}") for text in step.dangers)
    used = taken(step, form)
    for item in step.alternatives:
        if item not in used:
            yield from map(comment, _alternative(item, dialect))
    yield dialect.say("", title)
    if step.risk is not Risk.SAFE:
        said = (f"Danger: {text}" for text in step.dangers)
        yield dialect.say(*said, "Go on only if all that was printed is as expected.")
        yield dialect.wait()
    yield from _acts(step, used, dialect)
    if step.expect:
        yield dialect.say(f"Expect: {step.expect}")
    if step.operator_acts and step.commands:
        yield dialect.wait()
    yield from map(dialect.step, step.verify)
    if step.operator_acts and not step.commands:
        yield dialect.wait()


def _acts(step: Step, used: tuple[Alternative, ...], dialect: Dialect) -> Iterator[str]:
    if not used:
        yield from _files(step, dialect)
        yield from map(dialect.step, step.commands)
    for item in used:
        yield dialect.say(f"{item.title}. {item.note}".rstrip(), *(() if item.carries_out else (BY_HAND, DIRECT)))
        yield from (dialect.write_file(file.file_name, file.yaml) for file in item.manifests)
        if item.carries_out or item.form is not Form.KUSTOMIZE:
            yield from map(dialect.step, item.commands)
        else:
            yield from map(comment, map(dialect.command, item.commands))
        if not item.carries_out:
            yield dialect.wait()


def _alternative(item: Alternative, dialect: Dialect) -> Iterator[str]:
    yield f"Or {item.title[:1].lower()}{item.title[1:]}: {item.note}".rstrip(": ")
    for file in item.manifests:
        yield f"   file {file.file_name}, see -o text or -o json"
    yield from (f"   {dialect.command(line)}" for line in item.commands)
