"""The ways out of one Service beside each other, and the page of each."""

from collections.abc import Iterator, Sequence

from diagnostics.datapath.path import Basis, Keeping
from diagnostics.remedies.comparison.way import Standing, Way
from diagnostics.remedies.paper.shares import EVENLY
from diagnostics.remedies.plan.plan import Plan, State
from widgets.reading import Block, Reading, command, danger, heading, quiet
from widgets.row_list import Cell, Column, RowList
from widgets.tokens import badge, risk_mark, state_mark

_STANDING = {
    Standing.POSSIBLE: (State.MET, "ok"),
    Standing.ASKS: (State.UNKNOWN, "snat"),
    Standing.BLOCKED: (State.UNMET, "bad"),
}


class WayList(RowList[Way]):
    """Ways with what they change about the client's address."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        arrow = "->" if ascii_only else "→"

        def standing(way: Way) -> Cell:
            if way.standing not in _STANDING:
                return Cell(f"  {way.standing.value}", "dim")
            state, token = _STANDING[way.standing]
            return Cell(f"{state_mark(state, ascii_only).glyph} {way.standing.value}", token)

        def sees(way: Way, who: str) -> Cell:
            keeping: Keeping | None = getattr(way.sees, who, None)
            if keeping is None:
                return Cell("")
            mark = badge(keeping, ascii_only)
            return Cell(f"{mark.glyph} {mark.word}", mark.token)

        super().__init__(
            (
                Column("HERE", standing, 16),
                Column("WAY OUT", lambda way: Cell(way.title, "strong"), 24, grow=2),
                Column("CLIENT KEPT", lambda way: Cell(way.change.replace("→", arrow)), 14),
                Column("APP SEES IT", lambda way: sees(way, "application"), 13, from_width=76),
                Column("POD POLICY", lambda way: sees(way, "pod_policy"), 13, from_width=100),
                Column("SERVICE POLICY", lambda way: sees(way, "service_policy"), 15, from_width=100),
                Column("RISK", lambda way: Cell(risk_mark(way.risk, ascii_only).text), 15, from_width=120),
            ),
            id=id,
        )

    def list_ways(self, ways: Sequence[Way]) -> None:
        """Shows the ways out, in their order; the cursor stays on its way."""
        standing = self.current.slug if self.current else ""
        self.show(ways, next((place for place, way in enumerate(ways) if way.slug == standing), 0))


class WayPage(Reading):
    """What a way out gives and costs here, and what it needs."""

    def open(self, way: Way) -> None:
        """Shows a way out."""
        self.read(*_page(way))


def _page(way: Way) -> Iterator[Block]:
    yield heading(way.title)
    if way.because:
        said = f"{way.standing.value[0].upper()}{way.standing.value[1:]}. {way.because}"
        yield danger(said) if way.standing is Standing.BLOCKED else Block(said)
    if way.plan and way.standing is not Standing.BLOCKED:
        yield quiet("enter opens the steps.")
    yield Block(f"Gives: {way.gives}")
    for cost in way.costs:
        yield Block(f"Costs: {cost}")
    if way.change:
        yield Block(f"Client kept: {way.change} of the connections, {EVENLY}.")
    if way.sees:
        seen = way.sees
        yield Block(
            f"Who sees the client then: application {seen.application.value}, policies on the Pods "
            f"{seen.pod_policy.value}, a policy on the Service {seen.service_policy.value}."
        )
    yield quiet(f"Risk: {way.risk.value}. Reversible: {way.reversible or 'not worked out'}.")
    if way.basis is Basis.INFERRED:
        yield quiet("Inferred: read from code or concluded, not documented and not measured.")
    yield from (command(line) for line in way.recipe)
    if way.plan and way.plan.prerequisites:
        yield heading("Prerequisites")
        yield Block(_prerequisites(way.plan))


def _prerequisites(plan: Plan) -> str:
    return "\n".join(f"{item.state.value:<8} {item.title}: {item.evidence}" for item in plan.prerequisites)
