"""A plan to read, to run, and for other programs. No text here ends in a newline."""

from collections.abc import Iterator, Mapping, Sequence

from diagnostics.model.text import one_line
from diagnostics.policy.difference import AdmissionChange
from diagnostics.remedies.commands import say, write_file
from diagnostics.remedies.plan import Manifest, Plan, Risk, Step

SCHEMA_VERSION = "1"
_INDENT = "   "


def plan_text(plan: Plan) -> str:
    """The plan to read: what stands in its way, prerequisites, numbered steps."""
    lines = [_heading(plan), *_verdict(plan), "", "Prerequisites"]
    for item in plan.prerequisites:
        lines.append(f"{_INDENT}[{item.state.value}] {item.title}: {item.evidence}")
        if item.settles:
            lines.append(f"{_INDENT}{_INDENT}{item.settles}")
    for number, step in enumerate(plan.steps, start=1):
        lines += ["", *_step_lines(step, number)]
    if plan.applicable and plan.steps:
        lines += ["", "Who gets in afterwards", *(f"{_INDENT}{line}" for line in admission_lines(plan))]
    if plan.steps:
        lines += ["", "To undo, go back through the steps in reverse order."]
    return "\n".join(line.rstrip() for line in lines)


def admission_lines(plan: Plan) -> tuple[str, ...]:
    """Who would get in newly and who no longer, a line for each way in; one line where it stays as it is."""
    if not plan.admits:
        return ("The same clients as today get in, as far as policies decide.",)
    return tuple(change.sentence for change in plan.admits)


def plan_script(plan: Plan) -> str:
    """The plan as a POSIX shell script that stops for a key before each step that others can feel.

    A plan that may not be followed gives comments only.
    """
    if not plan.applicable:
        return "\n".join(_comment(line) for line in (_heading(plan), *_verdict(plan)))
    lines = [_comment(_heading(plan)), _comment("Save it to a file and run: sh FILE"), "set -eu"]
    for number, step in enumerate(plan.steps, start=1):
        lines += ["", *_script_lines(step, f"Step {number} of {len(plan.steps)}: {step.title}")]
    undo = [line for step in reversed(plan.steps) for line in step.undo]
    if undo:
        lines += ["", _comment("To undo everything, run these in this order:"), *map(_comment, undo)]
    return "\n".join(lines)


def step_script(step: Step) -> str:
    """One step to paste: its files, then its commands."""
    files = [write_file(item.file_name, item.yaml) for item in (*step.manifests, *step.undo_manifests)]
    return "\n".join((*files, *step.commands))


def plan_document(
    plan: Plan, paths: Sequence[Mapping[str, object]] = (), findings: Sequence[Mapping[str, object]] = ()
) -> dict[str, object]:
    """The JSON contract; `paths` and `findings` are those after the plan, as their own commands print them."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "remedy": plan.remedy,
        "service": plan.service,
        "context": plan.context or None,
        "applicable": plan.applicable,
        "blockedBy": [*plan.blocked_by, *(f"Would break: {item.message}" for item in plan.new_broken)],
        "asks": list(plan.asks),
        "prerequisites": [
            {"title": item.title, "state": item.state.value, "evidence": item.evidence, "settles": item.settles}
            for item in plan.prerequisites
        ],
        "steps": [_step_document(step) for step in plan.steps],
        "after": {
            "paths": list(paths),
            "findings": list(findings),
            "admission": [_admission_document(change) for change in plan.admits],
        },
    }


def _admission_document(change: AdmissionChange) -> dict[str, object]:
    return {
        "access": change.access.kind.value,
        "address": change.access.address or None,
        "port": change.access.port,
        "protocol": change.access.protocol,
        "ingressNodes": list(change.nodes),
        "newlyAdmitted": list(change.opens.cidrs),
        "perhapsAdmitted": list(change.perhaps.cidrs),
        "noLongerAdmitted": list(change.shuts.cidrs),
    }


def _heading(plan: Plan) -> str:
    where = f"context {plan.context}" if plan.context else "the current context"
    return f"antrea-doctor plan {plan.remedy} for Service {plan.service}, {where}"


def _verdict(plan: Plan) -> Iterator[str]:
    if plan.applicable:
        yield "It can be followed." if plan.steps else "There is nothing to do."
    yield from (f"Not possible as things are. {reason}" for reason in plan.blocked_by)
    yield from (f"Refused, because it would break something. {item.message}" for item in plan.new_broken)
    yield from (f"Missing: {question}" for question in plan.asks)


def _step_lines(step: Step, number: int) -> Iterator[str]:
    yield f"{number}. {step.title} ({step.risk.value})"
    yield f"{_INDENT}{step.why}"
    yield from (f"{_INDENT}Danger: {text}" for text in step.dangers)
    if step.diff:
        names = ", ".join(item.file_name for item in step.manifests)
        yield f"{_INDENT}Change ({names} holds the whole text, the script form writes it):"
        yield from _block(step.diff)
    else:
        yield from _files(step.manifests)
    yield from _commands("Run", step.commands)
    yield from _commands("Or instead", step.alternatives)
    yield from _commands("Prove", step.verify)
    if step.expect:
        yield f"{_INDENT}Expect: {step.expect}"
    yield from _commands("Undo", step.undo)


def _files(manifests: Sequence[Manifest]) -> Iterator[str]:
    for item in manifests:
        yield f"{_INDENT}File {item.file_name}:"
        yield from _block(item.yaml)


def _commands(word: str, commands: Sequence[str]) -> Iterator[str]:
    if commands:
        yield f"{_INDENT}{word}:"
        yield from (f"{_INDENT}{_INDENT}{command}" for command in commands)


def _block(text: str) -> Iterator[str]:
    return (f"{_INDENT}{_INDENT}{line}" for line in text.split("\n"))


def _script_lines(step: Step, title: str) -> Iterator[str]:
    yield _comment(f"{title} ({step.risk.value})")
    yield _comment(step.why)
    yield from (_comment(f"Danger: {text}") for text in step.dangers)
    yield from (_comment(f"Or instead: {text}") for text in step.alternatives)
    yield say("", title)
    if step.risk is not Risk.SAFE:
        yield say(*(f"Danger: {text}" for text in step.dangers), "Go on only if all that was printed is as expected.")
        yield from _wait()
    if step.commands or step.manifests:
        yield step_script(step)
    if step.expect:
        yield say(f"Expect: {step.expect}")
    if step.operator_acts and step.commands:
        yield from _wait()
    yield from step.verify
    if step.operator_acts and not step.commands:
        yield from _wait()


def _wait() -> Iterator[str]:
    yield say("Press enter to go on, ctrl-c to stop.")
    yield "read -r _ < /dev/tty"


def _comment(text: str) -> str:
    return f"# {one_line(text)}"


def _step_document(step: Step) -> dict[str, object]:
    return {
        "title": step.title,
        "why": step.why,
        "commands": list(step.commands),
        "alternatives": list(step.alternatives),
        "manifests": [_manifest_document(item) for item in step.manifests],
        "diff": step.diff,
        "verify": list(step.verify),
        "expect": step.expect,
        "undo": list(step.undo),
        "undoManifests": [_manifest_document(item) for item in step.undo_manifests],
        "risk": step.risk.value,
        "dangers": list(step.dangers),
    }


def _manifest_document(item: Manifest) -> dict[str, object]:
    return {"fileName": item.file_name, "yaml": item.yaml}
