"""A way out as it stands for one Service: what a comparison of all ways shows of it."""

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.datapath.path import Basis
from diagnostics.remedies.paper.shares import Sees, Shares
from diagnostics.remedies.plan.plan import Plan, Risk


class Standing(StrEnum):
    """Whether a way can be gone here; the value is the phrase shown."""

    POSSIBLE = "possible"
    ASKS = "asks first"
    BLOCKED = "not possible"
    NOTHING_TO_DO = "nothing to do"
    OUTSIDE = "outside Antrea"
    AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class Way:
    """One way out for one Service.

    `because` says in a sentence what stands in the way, or on what it depends. `before` and `after` are shares of
    connections, `sees` who sees the client afterwards; both are None where that cannot be computed. `costs` are
    sentences computed for this cluster. `plan` is there where the tool can walk the operator through it; `recipe` holds
    sentences and commands for the others. `basis` is the weakest ground of what is claimed.
    """

    slug: str
    title: str
    standing: Standing
    because: str
    gives: str
    costs: tuple[str, ...]
    risk: Risk
    reversible: str
    before: Shares | None = None
    after: Shares | None = None
    sees: Sees | None = None
    basis: Basis = Basis.DOCUMENTED
    plan: Plan | None = None
    recipe: tuple[str, ...] = ()

    @property
    def change(self) -> str:
        """Shares before and after, such as `0 % → 100 %`."""
        if self.before is None or self.after is None:
            return ""
        return f"{self.before.text} → {self.after.text}" if self.before != self.after else f"{self.after.text} as now"
