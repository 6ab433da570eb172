"""The table of the benchmarks: budgets, ratios, growth, and what could not be measured."""

from math import log

import pytest
from lines import Line, absent, exponent, log_factor, table


def test_a_budget_of_time_is_held_against_the_least_value_and_a_relative_one_against_medians() -> None:
    assert Line("a", (120.0, 140.0), limit=130).within
    assert not Line("a", (131.0, 140.0), limit=130).within
    yardstick = (100.0, 100.0, 400.0)
    assert Line("a", (90.0, 200.0, 900.0), yardstick=yardstick, limit=2, relative=True).within
    assert not Line("a", (90.0, 201.0, 900.0), yardstick=yardstick, limit=2, relative=True).within
    assert Line("a", (200.0, 230.0, 900.0), yardstick=yardstick, limit=2, relative=True, allowance=30).within


def test_what_is_absent_is_said_so_and_breaks_no_budget() -> None:
    line = absent("popeye", "not available here")
    assert line.within
    assert "popeye" in table([line])
    assert "not available here" in table([line])


def test_a_line_is_told_beside_what_was_stored() -> None:
    told = table([Line("a", (150.0,)), Line("b", (1.0,))], {"a": 100.0})
    assert "1.50" in told
    assert "new" in told


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_growth_is_found_as_an_exponent(power: float) -> None:
    sizes = (1_250, 2_500, 5_000)
    assert exponent(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)
    assert 1.1 < log_factor(sizes) < 1.2
    assert exponent(sizes, [size * log(size) for size in sizes]) == pytest.approx(log_factor(sizes))
