"""A plan made again from its file, to be shown and walked on: the steps as they were planned, the effect as of today.

A file is text from elsewhere, and what stands in it is copied into shells: every command must be one plain line of the
kind that plans are made of.
"""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from diagnostics.model.case import Case
from diagnostics.policy.difference import admission_changes
from diagnostics.remedies.files.plan_file import PlanFile, PlanFileError
from diagnostics.remedies.paper.what_if import breaks, case_after
from diagnostics.remedies.plan.plan import Alternative, Form, Manifest, Plan, Prerequisite, Risk, State, Step
from diagnostics.remedies.plan.shells import words_of


class _Told(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class _Prerequisite(_Told, frozen=True):
    title: str
    state: State
    evidence: str
    settles: str = ""


class _Manifest(_Told, frozen=True):
    file_name: str
    yaml: str


class _Alternative(_Told, frozen=True):
    title: str
    owns: bool = False
    note: str = ""
    manifests: tuple[_Manifest, ...] = ()
    commands: tuple[str, ...] = ()
    form: Form = Form.OWNER
    carries_out: bool = False
    undo: tuple[str, ...] = ()


class _Step(_Told, frozen=True):
    title: str
    why: str = ""
    commands: tuple[str, ...] = ()
    alternatives: tuple[_Alternative, ...] = ()
    manifests: tuple[_Manifest, ...] = ()
    diff: str = ""
    verify: tuple[str, ...] = ()
    expect: str = ""
    undo: tuple[str, ...] = ()
    undo_manifests: tuple[_Manifest, ...] = ()
    risk: Risk = Risk.SAFE
    dangers: tuple[str, ...] = ()
    operator_acts: bool = False


class _Plan(_Told, frozen=True):
    remedy: str
    service: str
    steps: tuple[_Step, ...]
    prerequisites: tuple[_Prerequisite, ...] = ()
    blocked_by: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    context: str | None = None
    cluster: str | None = None


def plan_in(file: PlanFile) -> Plan:
    """The plan of a file, without what it would do. Raises PlanFileError."""
    try:
        told = msgspec.convert(dict(file.document), _Plan)
    except msgspec.ValidationError as error:
        raise PlanFileError(f"The file is not a plan of antrea-doctor: {error}.") from error
    for line in _lines(told):
        try:
            words_of(line)
        except ValueError as error:
            raise PlanFileError(f"The file holds a command that antrea-doctor did not write: {line[:80]!a}.") from error
    return Plan(
        remedy=told.remedy,
        service=told.service,
        prerequisites=tuple(
            Prerequisite(item.title, item.state, item.evidence, item.settles) for item in told.prerequisites
        ),
        steps=tuple(map(_step, told.steps)),
        blocked_by=told.blocked_by,
        asks=told.asks,
        context=told.context or "",
        cluster=told.cluster or "",
    )


def reopened(file: PlanFile, case: Case) -> Plan:
    """The same with what its steps would make of the Service as it is now. Raises PlanFileError."""
    plan = plan_in(file)
    if not file.plan.applicable:
        return plan
    changes = [
        Step(item.title, "", (), changes=tuple(write.change for write in item.writes)) for item in file.plan.steps
    ]
    then = case_after(case, changes)
    return replace(plan, then=then, new_broken=breaks(case, then), admits=admission_changes(case, then))


def _lines(plan: _Plan) -> Iterator[str]:
    for step in plan.steps:
        yield from (*step.commands, *step.verify, *step.undo)
        for item in step.alternatives:
            yield from (*item.commands, *item.undo)


def _step(told: _Step) -> Step:
    alternatives = tuple(
        Alternative(
            item.title,
            item.note,
            _manifests(item.manifests),
            item.commands,
            item.owns,
            item.form,
            item.carries_out,
            item.undo,
        )
        for item in told.alternatives
    )
    return Step(
        title=told.title,
        why=told.why,
        commands=told.commands,
        manifests=_manifests(told.manifests),
        verify=told.verify,
        expect=told.expect,
        undo=told.undo,
        risk=told.risk,
        dangers=told.dangers,
        alternatives=alternatives,
        diff=told.diff,
        undo_manifests=_manifests(told.undo_manifests),
        operator_acts=told.operator_acts,
    )


def _manifests(told: tuple[_Manifest, ...]) -> tuple[Manifest, ...]:
    return tuple(Manifest(item.file_name, item.yaml) for item in told)
