"""What each check says of small clusters in which good and bad Services stand side by side."""

import pytest

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.check import Scope
from diagnostics.model.finding import Verdict
from grid import CLUSTER, codes, load, names, results

SUBJECTS = [(name, subject) for name in names() for subject in load(name).expect]


@pytest.mark.parametrize(("name", "subject"), SUBJECTS)
def test_a_scenario_gives_the_expected_verdicts(name: str, subject: str) -> None:
    expected, got = load(name).expect[subject], results(name, subject)

    assert codes(got, Verdict.FOUND) == expected.get("found", [])
    reasons = [f"{result.code}: {result.reason}" for result in got if result.verdict is Verdict.UNKNOWN]
    assert codes(got, Verdict.UNKNOWN) == expected.get("unknown", []), reasons
    assert set(expected.get("passed", [])) <= set(codes(got, Verdict.PASSED))


@pytest.mark.parametrize("code", [check.code for check in CHECKS])
@pytest.mark.parametrize("verdict", ["found", "passed"])
def test_each_check_has_a_scenario_where_it_is_found_and_one_where_it_passes(code: str, verdict: str) -> None:
    stated = [(name, subject) for name, subject in SUBJECTS if code in load(name).expect[subject].get(verdict, [])]

    assert stated, f"No scenario says that {code} is {verdict}."


@pytest.mark.parametrize(("name", "subject"), SUBJECTS)
def test_findings_tell_who_where_and_what_to_look_at(name: str, subject: str) -> None:
    for result in results(name, subject):
        for finding in result.findings:
            assert finding.evidence, f"{result.code} gives no evidence"
            assert finding.message.endswith("."), finding.message
            assert "\n" not in finding.message
            assert " None" not in finding.message
            assert len(finding.message) <= 500
            for evidence in finding.evidence:
                kind, _, key = evidence.object.rpartition(" ")
                assert kind, f"{evidence.object} names no kind"
                assert key
                assert evidence.field
                assert evidence.value


@pytest.mark.parametrize(("name", "subject"), SUBJECTS)
def test_unknown_says_what_is_missing_and_others_need_no_excuse(name: str, subject: str) -> None:
    for result in results(name, subject):
        assert bool(result.reason) is (result.verdict is Verdict.UNKNOWN)
        assert bool(result.findings) is (result.verdict is Verdict.FOUND)
        assert "Please report it as a bug" not in result.reason


def test_no_finding_is_worse_than_its_check_announces() -> None:
    announced = {check.code: check.severity for check in CHECKS}
    for name, subject in SUBJECTS:
        for result in results(name, subject):
            if result.severity is not None:
                assert result.severity.rank >= announced[result.code].rank


def test_results_of_the_cluster_stand_apart() -> None:
    scopes = {check.code: check.scope for check in CHECKS}
    for name, subject in SUBJECTS:
        for result in results(name, subject):
            assert (scopes[result.code] is Scope.CLUSTER) is (subject == CLUSTER)
