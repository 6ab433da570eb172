"""Lines of the table: what was measured, several times, beside a yardstick of the same run and a budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from statistics import median

MILLISECONDS, MEBIBYTES, PERCENT, EXPONENT, COUNT = "ms", "MiB", "%", "n^", ""


@dataclass(frozen=True)
class Line:
    """One measurement. `values` empty says that it could not be measured here; `why` then tells the reason.

    `limit` is a multiple of the yardstick when `relative`, plus `allowance` in the line's unit; 0 means no budget.
    Work of others on the machine only adds, so budgets are held against the least value, and ratios are of medians.
    """

    what: str
    values: tuple[float, ...]
    unit: str = MILLISECONDS
    yardstick: tuple[float, ...] = ()
    limit: float = 0.0
    relative: bool = False
    allowance: float = 0.0
    why: str = ""

    @property
    def median(self) -> float:
        """Of the values; 0 when there are none."""
        return median(self.values) if self.values else 0.0

    @property
    def ratio(self) -> float:
        """Times the yardstick; 0 without one."""
        return self.median / median(self.yardstick) if self.yardstick and self.values else 0.0

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        if not self.limit or not self.values:
            return True
        most = self.limit * median(self.yardstick) + self.allowance if self.relative else self.limit
        return (self.median if self.relative else min(self.values)) <= most

    @property
    def budget(self) -> str:
        """In words; empty without one."""
        if not self.limit:
            return ""
        more = f" + {self.allowance:g}" if self.allowance else ""
        return f"{self.limit:g} x{more}" if self.relative else f"{self.limit:g} {self.unit}".strip()


def absent(what: str, why: str) -> Line:
    """A measurement that is not possible here."""
    return Line(what, (), why=why)


def table(lines: Sequence[Line], before: dict[str, float] | None = None) -> str:
    """All lines; with what was measured `before`, how many times that they are now."""
    width = max(len(line.what) for line in lines)
    then = f"  {'x stored':>8}" if before is not None else ""
    rows = [f"{'what':{width}}  {'median':>12}  {'least':>9}  {'ratio':>6}{then}  {'budget':>13}"]
    for line in lines:
        if not line.values:
            rows.append(f"{line.what:{width}}  {'-':>12}  {line.why}")
            continue
        ratio = f"{line.ratio:.2f}" if line.ratio else ""
        number = f"{_told(line.median)} {line.unit:3}"
        if before is not None:
            stored = before.get(line.what, 0.0)
            then = f"  {line.median / stored if stored else 0:8.2f}" if stored else f"  {'new':>8}"
        over = "" if line.within else "  OVER"
        least = _told(min(line.values))
        row = f"{line.what:{width}}  {number:>12}  {least:>9}  {ratio:>6}{then}  {line.budget:>13}{over}"
        rows.append(row.rstrip())
    return "\n".join(rows)


def _told(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def in_turn(runs: int, measures: Sequence[Callable[[], float]]) -> list[tuple[float, ...]]:
    """What each measures; the first round warms caches and does not count.

    One of each in a round, so that the load of the machine strikes all alike.
    """
    rounds = [[measure() for measure in measures] for _ in range(runs + 1)][1:]
    return list(zip(*rounds))


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """k of cost ~ n^k by least squares over the logarithms."""
    xs, ys = [log(size) for size in sizes], [log(cost) for cost in costs]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def log_factor(sizes: Sequence[int]) -> float:
    """What n log n looks like as an exponent over these sizes: a little more than 1."""
    return exponent(sizes, [size * log(size) for size in sizes])
