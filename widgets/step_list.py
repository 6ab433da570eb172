"""A plan as a list: prerequisites with their state, then the steps with done marks; and the page of each row."""

from dataclasses import dataclass

from diagnostics.remedies.plan import Alternative, Plan, Prerequisite, State, Step
from widgets.reading import Block, Reading, command, danger, heading, quiet
from widgets.row_list import Cell, Column, RowList
from widgets.tokens import state_mark

_LONG = 40


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row: a heading (`title` only), a prerequisite, or a step with its number from 1."""

    title: str
    prerequisite: Prerequisite | None = None
    step: Step | None = None
    number: int = 0
    done: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether the cursor skips it."""
        return self.prerequisite is None and self.step is None


class StepList(RowList[PlanRow]):
    """Prerequisites and steps of a plan."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        def mark(row: PlanRow) -> Cell:
            if row.prerequisite:
                sign = state_mark(row.prerequisite.state, ascii_only)
                return Cell(f"{sign.glyph} {sign.word}", sign.token)
            if row.step:
                return Cell("[x] done" if row.done else f"[ ] {row.number}", "ok" if row.done else "strong")
            return Cell(row.title, "group")

        super().__init__(
            (Column("", mark, 9), Column("", lambda row: Cell(row.title), 16, grow=1)),
            heading=False,
            id=id,
        )

    def list_plan(self, plan: Plan, done: frozenset[int], cursor: int | None = None) -> None:
        """Shows a plan; without a cursor it starts on the first step that is not done."""
        rows = plan_rows(plan, done)
        headings = frozenset(index for index, row in enumerate(rows) if row.is_heading)
        first = next((index for index, row in enumerate(rows) if row.step and not row.done), 0)
        self.show(rows, first if cursor is None else cursor, headings)


def plan_rows(plan: Plan, done: frozenset[int]) -> list[PlanRow]:
    """Rows of a plan, with headings; `done` holds step numbers from 1."""
    met = sum(item.state is State.MET for item in plan.prerequisites)
    rows = [PlanRow(f"Prerequisites: {met} of {len(plan.prerequisites)} met")]
    rows += [PlanRow(item.title, prerequisite=item) for item in plan.prerequisites]
    if plan.steps:
        rows.append(PlanRow(f"Steps: {len(done)} of {len(plan.steps)} done"))
    for number, step in enumerate(plan.steps, 1):
        rows.append(PlanRow(step.title, step=step, number=number, done=number in done))
    return rows


class StepPage(Reading):
    """The page of a prerequisite or step."""

    def open(self, row: PlanRow) -> None:
        """Shows a row."""
        self.read(*row_blocks(row))


def row_blocks(row: PlanRow) -> tuple[Block, ...]:
    """The page of a row as blocks."""
    if row.prerequisite:
        item = row.prerequisite
        blocks = [heading(item.title), Block(f"{item.state.value}. {item.evidence}")]
        return (*blocks, heading("What settles it"), Block(item.settles)) if item.settles else tuple(blocks)
    if row.step is None:
        return (heading(row.title),)
    step = row.step
    blocks = [heading(f"Step {row.number}: {step.title}"), Block(step.why), quiet(f"Risk: {step.risk.value}")]
    blocks += [danger(text) for text in step.dangers]
    owning = [item for item in step.alternatives if item.owns]
    if step.diff:
        blocks += [heading("Change"), command(step.diff.rstrip())]
    for form in owning:
        blocks += _alternative(form)
    if not step.diff:
        for manifest in step.manifests:
            blocks += [heading(f"File {manifest.file_name}"), command(manifest.yaml.rstrip())]
    if step.commands:
        title = "Run, only if you change it directly all the same" if owning else "Run"
        blocks += [heading(title), *(command(text) for text in step.commands)]
    for form in step.alternatives:
        if not form.owns:
            blocks += _alternative(form)
    if step.verify or step.expect:
        blocks += [heading("Prove it"), *(command(text) for text in step.verify)]
    if step.expect:
        blocks.append(Block(f"Expect: {step.expect}"))
    if step.undo:
        blocks += [heading("Undo"), *(command(text) for text in step.undo)]
    return tuple(blocks)


def _alternative(item: Alternative) -> list[Block]:
    blocks = [heading(item.title), *([Block(item.note)] if item.note else [])]
    for manifest in item.manifests:
        lines = manifest.yaml.count("\n") + 1
        if lines > _LONG:
            blocks.append(quiet(f"File {manifest.file_name}: {lines} lines, in the plan with -o json"))
        else:
            blocks += [quiet(f"File {manifest.file_name}"), command(manifest.yaml)]
    return [*blocks, *(command(text) for text in item.commands)]
