"""`CODE=NAMESPACE/*`: a decision for every Service of a namespace, and for no other."""

from datetime import date

import pytest

from diagnostics.checks.suppress import State, Suppressing, parse_suppression
from diagnostics.model.finding import Finding, Result, Severity, Verdict
from headless import doctor

TODAY = date(2026, 11, 1)
BLIND = Result("AD010", "s", "t", Verdict.FOUND, (Finding(Severity.BROKEN, "NetworkPolicy shop/x", "It is blind."),))


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.cli.suppressions.today", lambda: TODAY)


def suppressing(*texts: str) -> Suppressing:
    return Suppressing([parse_suppression(text, "here") for text in texts], TODAY)


def test_every_service_of_the_namespace_is_meant_and_none_of_another() -> None:
    suppress = suppressing("AD010=shop/*:moves in March")

    for subject, counts in (("shop/web", False), ("shop/api", False), ("shopping/web", True), ("depot/web", True)):
        assert bool(suppress.results([BLIND], subject)[0].findings) is counts, subject


def test_what_names_the_service_comes_before_what_names_the_namespace() -> None:
    suppress = suppressing("AD010=shop/*:all of them", "AD010=shop/web:this one")

    reasons = [suppress.results([BLIND], name)[0].suppressed[0].by.reason for name in ("shop/web", "shop/api")]

    assert reasons == ["this one", "all of them"]


def test_when_the_own_decision_is_over_that_for_the_namespace_holds() -> None:
    suppress = suppressing("AD010=shop/*:all", "AD010=shop/web:mine:until 2026-10-31")

    assert suppress.results([BLIND], "shop/web")[0].suppressed[0].by.reason == "all"
    assert [remark.state for remark in suppress.remarks] == [State.USED, State.EXPIRED]


def test_it_needs_a_reason_for_what_is_broken_and_ends_on_its_day() -> None:
    for text in ("AD010=shop/*", "AD010=shop/*:known:until 2026-10-31"):
        assert suppressing(text).results([BLIND], "shop/web")[0].findings


def test_one_that_fits_nothing_says_so_without_asking_to_be_taken_away() -> None:
    suppress = suppressing("AD010=shop/*:x", "AD010=depot/*:x")
    suppress.results([], "shop/web")

    assert [remark.sentence for remark in suppress.remarks] == [
        "The suppression of AD010 for shop/* (here) suppresses nothing in what was examined."
    ]


def test_nothing_of_the_whole_cluster_is_meant() -> None:
    suppress = suppressing("AD010=shop/*:x")

    assert suppress.results([BLIND], "cluster") == (BLIND,)


def test_the_count_is_shown_and_the_exit_code_follows() -> None:
    without = doctor("check -n legacy --demo seed -o json")
    codes = {row["code"] for item in without.json["services"] for row in item["results"] if row["verdict"] == "found"}
    options = [word for code in sorted(codes) for word in ("--suppress", f"{code}=legacy/*:being moved")]
    ran = doctor(["check", "-n", "legacy", "--demo", "seed", "-o", "json", "--allow-incomplete", *options])
    cluster = [row["code"] for row in ran.json["cluster"] if row["severity"] in ("broken", "risky")]

    assert without.code == 1
    assert ran.json["summary"]["suppressed"] > 0
    assert not any(
        row["severity"] and not row["suppressed"] for item in ran.json["services"] for row in item["results"]
    )
    assert ran.code == (1 if cluster else 0)
