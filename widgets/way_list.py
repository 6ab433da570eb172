"""The ways out of one Service: possible or not, and why."""

from collections.abc import Sequence

from diagnostics.remedies.plan import Plan, Remedy, State
from widgets.reading import Block, Reading, danger, heading, quiet
from widgets.row_list import Cell, Column, RowList
from widgets.tokens import risk_mark, state_mark

Way = tuple[Remedy, Plan]


class WayList(RowList[Way]):
    """Remedies with what stands in their way."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        def possible(way: Way) -> Cell:
            plan = way[1]
            if plan.blocked_by or plan.new_broken:
                return Cell(f"{state_mark(State.UNMET, ascii_only).glyph} not possible", "bad")
            if plan.asks:
                return Cell(f"{state_mark(State.UNKNOWN, ascii_only).glyph} asks first", "snat")
            return Cell(f"{state_mark(State.MET, ascii_only).glyph} possible", "ok")

        super().__init__(
            (
                Column("POSSIBLE", possible, 15),
                Column("WAY OUT", lambda way: Cell(way[0].title, "strong"), 26, grow=2),
                Column("STEPS", lambda way: Cell(str(len(way[1].steps)) if way[1].steps else ""), 6),
                Column("RISK", lambda way: Cell(risk_mark(way[0].risk, ascii_only).text), 15, from_width=76),
                Column("GIVES", lambda way: Cell(way[0].gives, "dim"), 20, grow=4, from_width=110),
            ),
            id=id,
        )

    def list_ways(self, ways: Sequence[Way]) -> None:
        """Shows the ways out, possible ones first."""
        self.show(sorted(ways, key=lambda way: bool(way[1].blocked_by or way[1].new_broken)))


class WayPage(Reading):
    """What a way out gives and costs here, and what it needs."""

    def open(self, way: Way) -> None:
        """Shows a way out."""
        remedy, plan = way
        blocks = [heading(remedy.title), Block(f"Gives: {remedy.gives}\nCosts: {remedy.costs}")]
        blocks += [danger(text) for text in plan.blocked_by]
        blocks += [danger(f"Would break: {finding.message}") for finding in plan.new_broken]
        blocks += [heading("Prerequisites"), Block(_prerequisites(plan))]
        blocks += [Block(f"Asks: {text}") for text in plan.asks]
        if not plan.blocked_by:
            blocks.insert(2, quiet("enter opens the steps."))
        self.read(*blocks)


def _prerequisites(plan: Plan) -> str:
    lines = [f"{item.state.value:<8} {item.title}: {item.evidence}" for item in plan.prerequisites]
    return "\n".join(lines) or "None."
