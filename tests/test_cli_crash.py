"""A check that crashes costs one line, is said to be our own trouble in every format, and ends with 5."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.check import Check
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding
from headless import doctor

CODE = "AD075"


def _crashes(case: Case) -> Iterator[Finding]:
    raise ZeroDivisionError("nodes\x1b[31m")
    yield


@pytest.fixture(autouse=True)
def one_check_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    broken: tuple[Check, ...] = tuple(replace(item, find=_crashes) if item.code == CODE else item for item in CHECKS)
    monkeypatch.setattr("tui.cli.check.CHECKS", broken)


@pytest.mark.parametrize("more", ["", "--allow-incomplete", "--fail-on never", "--fail-on never --allow-incomplete"])
def test_the_exit_code_tells_our_own_fault_before_anything_else(more: str) -> None:
    assert doctor(f"check -A --demo seed {more}").code == 5


def test_the_other_answers_are_given_all_the_same() -> None:
    found = doctor("check shop/web --demo seed -o json").json["services"][0]["results"]

    assert [row["verdict"] for row in found if row["code"] == CODE] == ["unknown"]
    assert sum(row["verdict"] == "found" for row in found) > 0


@pytest.mark.parametrize("form", ["table", "wide", "markdown", "html", "junit"])
def test_every_format_says_whose_trouble_it_is_and_asks_for_a_report(form: str) -> None:
    out = doctor(f"check shop/web --demo seed -o {form}").out

    assert f"Our own trouble: a check failed, please report it: {CODE} × 1." in out
    assert "ZeroDivisionError: nodes" in out
    assert "\x1b" not in out


def test_machines_are_told_too() -> None:
    assert doctor("check shop/web --demo seed -o json").json["summary"]["crashed"] == {CODE: 1}
    junit = doctor("check shop/web --demo seed -o junit --allow-incomplete --fail-on never").out
    assert junit.count("<error ") == 1
