"""A plan to read, and for other programs. No text here ends in a newline."""

from collections.abc import Iterator, Mapping, Sequence

from diagnostics.model.finding import Finding, Result
from diagnostics.policy.difference import AdmissionChange
from diagnostics.remedies.paper.what_if import Turned
from diagnostics.remedies.plan.plan import Alternative, Manifest, Plan, Step
from diagnostics.remedies.plan.plan_script import heading, verdict
from diagnostics.remedies.plan.shells import DIALECTS, Dialect, Shell

SCHEMA_VERSION = "1"
_INDENT = "   "
_LONG = 40


def plan_text(plan: Plan, shell: Shell = Shell.POSIX) -> str:
    """The plan to read: what stands in its way, prerequisites, numbered steps with commands for that shell."""
    dialect = DIALECTS[shell]
    lines = [heading(plan), *verdict(plan), "", "Prerequisites"]
    for item in plan.prerequisites:
        lines.append(f"{_INDENT}[{item.state.value}] {item.title}: {item.evidence}")
        if item.settles:
            lines.append(f"{_INDENT}{_INDENT}{item.settles}")
    for number, step in enumerate(plan.steps, start=1):
        lines += ["", *_step_lines(step, number, dialect)]
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


def finding_lines(gone: Sequence[Turned], new: Sequence[Turned]) -> Iterator[str]:
    """Findings that go and come with the plan, a line for each."""
    for word, found in (("gone", gone), ("new", new)):
        yield f"Findings {word}: {len(found) or 'none'}"
        for result, finding in found:
            yield f"{_INDENT}{result.code} {finding.severity.value} ({result.title}): {finding.message}"


def plan_document(
    plan: Plan,
    paths: Sequence[Mapping[str, object]] = (),
    findings: Sequence[Mapping[str, object]] = (),
    gone: Sequence[Turned] = (),
    new: Sequence[Turned] = (),
) -> dict[str, object]:
    """The JSON contract; `paths` and `findings` are those after the plan, as their own commands print them.

    `gone` and `new` are findings that only today has, and that only the time after the plan has.
    """
    return {
        "schemaVersion": SCHEMA_VERSION,
        "remedy": plan.remedy,
        "service": plan.service,
        "context": plan.context or None,
        "cluster": plan.cluster or None,
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
            "findingsGone": [_turned_document(*item) for item in gone],
            "findingsNew": [_turned_document(*item) for item in new],
            "admission": [_admission_document(change) for change in plan.admits],
        },
    }


def _turned_document(result: Result, finding: Finding) -> dict[str, object]:
    return {
        "code": result.code,
        "title": result.title,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "message": finding.message,
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


def _step_lines(step: Step, number: int, dialect: Dialect) -> Iterator[str]:
    yield f"{number}. {step.title} ({step.risk.value})"
    yield f"{_INDENT}{step.why}"
    yield from (f"{_INDENT}Danger: {text}" for text in step.dangers)
    if step.diff:
        names = ", ".join(item.file_name for item in step.manifests)
        yield f"{_INDENT}Change ({names} holds the whole text, the script form writes it):"
        yield from _block(step.diff)
    owning = [item for item in step.alternatives if item.owns]
    for item in owning:
        yield from _alternative(item.title, item, dialect)
    if not step.diff:
        yield from _files(step.manifests)
    yield from _commands(
        "Run, only if you change it directly all the same" if owning else "Run", step.commands, dialect
    )
    for item in step.alternatives:
        if not item.owns:
            yield from _alternative(f"Or {item.title[:1].lower()}{item.title[1:]}", item, dialect)
    yield from _commands("Prove", step.verify, dialect)
    if step.expect:
        yield f"{_INDENT}Expect: {step.expect}"
    yield from _commands("Undo", step.undo, dialect)


def _alternative(title: str, item: Alternative, dialect: Dialect) -> Iterator[str]:
    yield f"{_INDENT}{title}:"
    if item.note:
        yield f"{_INDENT}{_INDENT}{item.note}"
    for file in item.manifests:
        lines = file.yaml.count("\n") + 1
        if lines > _LONG:
            yield f"{_INDENT}{_INDENT}File {file.file_name}: {lines} lines, in -o json"
        else:
            yield from (f"{_INDENT}{line}" for line in _files((file,)))
    yield from (f"{_INDENT}{_INDENT}{dialect.command(command)}" for command in item.commands)
    if item.undo:
        yield f"{_INDENT}{_INDENT}To undo it:"
        yield from (f"{_INDENT}{_INDENT}{dialect.command(command)}" for command in item.undo)


def _files(manifests: Sequence[Manifest]) -> Iterator[str]:
    for item in manifests:
        yield f"{_INDENT}File {item.file_name}:"
        yield from _block(item.yaml)


def _commands(word: str, commands: Sequence[str], dialect: Dialect) -> Iterator[str]:
    if commands:
        yield f"{_INDENT}{word}:"
        yield from (f"{_INDENT}{_INDENT}{dialect.command(command)}" for command in commands)


def _block(text: str) -> Iterator[str]:
    return (f"{_INDENT}{_INDENT}{line}" for line in text.split("\n"))


def _step_document(step: Step) -> dict[str, object]:
    return {
        "title": step.title,
        "why": step.why,
        "commands": list(step.commands),
        "alternatives": [_alternative_document(item) for item in step.alternatives],
        "manifests": [_manifest_document(item) for item in step.manifests],
        "diff": step.diff,
        "verify": list(step.verify),
        "expect": step.expect,
        "undo": list(step.undo),
        "undoManifests": [_manifest_document(item) for item in step.undo_manifests],
        "risk": step.risk.value,
        "dangers": list(step.dangers),
    }


def _alternative_document(item: Alternative) -> dict[str, object]:
    return {
        "title": item.title,
        "owns": item.owns,
        "note": item.note,
        "manifests": [_manifest_document(file) for file in item.manifests],
        "commands": list(item.commands),
        "form": item.form.value,
        "carriesOut": item.carries_out,
        "undo": list(item.undo),
    }


def _manifest_document(item: Manifest) -> dict[str, object]:
    return {"fileName": item.file_name, "yaml": item.yaml}
