"""A plan as a list: prerequisites with their state, then the steps with done marks; and the page of each row.

The mark `[x]` is the operator's word, or says that the app applied the step; where it stands by what was read is told
beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from diagnostics.remedies.acting.standing import StepStand
from diagnostics.remedies.plan.plan import Alternative, Plan, Prerequisite, State, Step
from diagnostics.remedies.plan.shells import DIALECTS, Dialect, Shell
from widgets.reading import Block, Reading, command, danger, heading, quiet
from widgets.row_list import Cell, Column, RowList
from widgets.step_outcome import Outcome, outcome_blocks, stand_blocks
from widgets.tokens import standing_mark, state_mark

_LONG = 40
_MARK, _MARK_WITH_STAND = 9, 16  # cells of `[x] done` and `[x] 10 ≠ drifted`


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row: a heading (`title` only), a prerequisite, or a step with its number from 1."""

    title: str
    prerequisite: Prerequisite | None = None
    step: Step | None = None
    number: int = 0
    done: bool = False
    stand: StepStand | None = None

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
            if row.step and row.stand:
                sign = standing_mark(row.stand.standing, ascii_only)
                return Cell(f"[{'x' if row.done else ' '}] {row.number} {sign.glyph} {sign.word}", sign.token)
            if row.step:
                return Cell("[x] done" if row.done else f"[ ] {row.number}", "ok" if row.done else "strong")
            return Cell(row.title, "group")

        self._mark = mark
        super().__init__(self._marked(_MARK), heading=False, id=id)

    def _marked(self, width: int) -> tuple[Column[PlanRow], ...]:
        return (Column("", self._mark, width), Column("", lambda row: Cell(row.title), 16, grow=1))

    def list_plan(
        self,
        plan: Plan,
        done: frozenset[int],
        cursor: int | None = None,
        stands: Mapping[int, StepStand] | None = None,
    ) -> None:
        """Shows a plan; without a cursor it starts on the first step that is not done."""
        rows = plan_rows(plan, done, stands or {})
        headings = frozenset(index for index, row in enumerate(rows) if row.is_heading)
        self._columns = self._marked(_MARK_WITH_STAND if stands else _MARK)
        first = next((index for index, row in enumerate(rows) if row.step and not row.done), 0)
        self.show(rows, first if cursor is None else cursor, headings)


def plan_rows(plan: Plan, done: frozenset[int], stands: Mapping[int, StepStand]) -> list[PlanRow]:
    """Rows of a plan, with headings; `done` holds step numbers from 1, as `stands` does."""
    met = sum(item.state is State.MET for item in plan.prerequisites)
    rows = [PlanRow(f"Prerequisites: {met} of {len(plan.prerequisites)} met")]
    rows += [PlanRow(item.title, prerequisite=item) for item in plan.prerequisites]
    if plan.steps:
        rows.append(PlanRow(f"Steps: {len(done)} of {len(plan.steps)} done"))
    for number, step in enumerate(plan.steps, 1):
        rows.append(PlanRow(step.title, step=step, number=number, done=number in done, stand=stands.get(number)))
    return rows


class StepPage(Reading):
    """The page of a prerequisite or step; commands are written for the operator's shell."""

    def __init__(self, *, shell: Shell = Shell.POSIX, id: str | None = None) -> None:
        super().__init__(id=id)
        self._dialect = DIALECTS[shell]

    def open(self, row: PlanRow, outcome: Outcome | None = None) -> None:
        """Shows a row, and first what came of the last thing done with it."""
        came = tuple(outcome_blocks(outcome)) if outcome else ()
        self.read(*came, *row_blocks(row, self._dialect))


def row_blocks(row: PlanRow, dialect: Dialect) -> Iterator[Block]:
    """The page of a row as blocks."""
    if row.prerequisite:
        item = row.prerequisite
        yield from (heading(item.title), Block(f"{item.state.value}. {item.evidence}"))
        yield from (heading("What settles it"), Block(item.settles)) if item.settles else ()
    elif row.step is None:
        yield heading(row.title)
    else:
        yield heading(f"Step {row.number}: {row.step.title}")
        yield from stand_blocks(row.stand) if row.stand else ()
        yield from _step_blocks(row.step, dialect)


def _step_blocks(step: Step, dialect: Dialect) -> Iterator[Block]:
    yield from (Block(step.why), quiet(f"Risk: {step.risk.value}"))
    yield from map(danger, step.dangers)
    owning = [item for item in step.alternatives if item.owns]
    if step.diff:
        yield from (heading("Change"), command(step.diff.rstrip()))
    for form in owning:
        yield from _alternative(form, dialect)
    if not step.diff:
        for manifest in step.manifests:
            yield from (heading(f"File {manifest.file_name}"), command(manifest.yaml.rstrip()))
    if step.commands:
        yield heading("Run, only if you change it directly all the same" if owning else "Run")
        yield from _lines(step.commands, dialect)
    for form in step.alternatives:
        if not form.owns:
            yield from _alternative(form, dialect)
    if step.verify or step.expect:
        yield heading("Prove it")
        yield from _lines(step.verify, dialect)
    if step.expect:
        yield Block(f"Expect: {step.expect}")
    if step.undo:
        yield heading("Undo")
        yield from _lines(step.undo, dialect)


def _alternative(item: Alternative, dialect: Dialect) -> Iterator[Block]:
    yield heading(item.title)
    yield from (Block(item.note),) if item.note else ()
    for manifest in item.manifests:
        lines = manifest.yaml.count("\n") + 1
        if lines > _LONG:
            yield quiet(f"File {manifest.file_name}: {lines} lines, in the plan with -o json")
        else:
            yield from (quiet(f"File {manifest.file_name}"), command(manifest.yaml))
    yield from _lines(item.commands, dialect)


def _lines(lines: tuple[str, ...], dialect: Dialect) -> Iterator[Block]:
    return (command(dialect.command(line)) for line in lines)
