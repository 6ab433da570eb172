"""How checks are run: verdicts in their order of asking, and a crash that costs one line."""

from collections.abc import Iterator

from clusters import cluster
from deployed import case_of, service
from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.check import Scope, check
from diagnostics.checks.examine import CannotTell, examine, run
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Severity, Verdict
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source

FINDING = Finding(Severity.RISKY, "Service shop/web", "Something is wrong.", (Evidence("Service shop/web", "a", "b"),))


@check("AD900", "All is well here today", severity=Severity.RISKY, needs=(), remedies=("use-dsr",))
def finds(case: Case) -> Iterator[Finding]:
    """A page."""
    yield FINDING


@check("AD901", "The second finding is never reached", severity=Severity.RISKY, needs=())
def crashes(case: Case) -> Iterator[Finding]:
    """A page."""
    yield FINDING
    raise ZeroDivisionError("nodes\x1b[31m\nof nobody")


@check("AD902", "The answer can be given", severity=Severity.RISKY, needs=(), scope=Scope.CLUSTER)
def hesitates(case: Case) -> Iterator[Finding]:
    """A page."""
    yield FINDING
    raise CannotTell("Ask again with more rights.")


@check("AD903", "The tiers are read", severity=Severity.RISKY, needs=(Source.TIERS,))
def needs_tiers(case: Case) -> Iterator[Finding]:
    """A page."""
    yield from ()


@check("AD904", "Nobody asks this", severity=Severity.RISKY, needs=(Source.TIERS,), applies=lambda case: False)
def never_applies(case: Case) -> Iterator[Finding]:
    """A page."""
    yield FINDING


def _case() -> Case:
    return case_of(cluster(nodes=1), service())


def _with_tiers(case: Case, read: bool) -> Case:
    base = case.snapshot
    gap = Gap(Source.TIERS, Reason.FORBIDDEN, "The user may not list them.")
    reads = {entry for entry in base.reads if entry[0] is not Source.TIERS} | ({(Source.TIERS, "")} if read else set())
    fields = {name: getattr(base, name) for name in Snapshot.__dataclass_fields__}
    return Case.of(Snapshot(**{**fields, "reads": frozenset(reads), "gaps": (gap,)}), case.key)


def test_findings_bring_the_remedies_of_their_check() -> None:
    result = run(finds, _case())

    assert (result.verdict, result.findings, result.remedies) == (Verdict.FOUND, (FINDING,), ("use-dsr",))


def test_a_crashing_check_costs_one_line_and_is_our_own_trouble() -> None:
    report = examine(_case(), (crashes, finds))

    broken, fine = report.results
    assert broken.verdict is Verdict.UNKNOWN
    assert broken.findings == ()
    assert "ZeroDivisionError" in broken.reason
    assert "bug of antrea-doctor" in broken.reason
    assert "\n" not in broken.reason
    assert "\x1b" not in broken.reason
    assert broken.crashed
    assert not fine.crashed
    assert fine.verdict is Verdict.FOUND


def test_a_check_that_cannot_tell_is_unknown_and_keeps_no_half_of_its_findings() -> None:
    report = examine(_case(), (hesitates,))

    assert [result.reason for result in report.cluster] == ["Ask again with more rights."]
    assert [result.findings for result in report.unknown] == [()]


def test_a_missing_source_is_unknown_with_the_sentence_of_its_gap_and_never_passed() -> None:
    missing = run(needs_tiers, _with_tiers(_case(), read=False))

    assert missing.verdict is Verdict.UNKNOWN
    assert missing.reason == "tiers.crd.antrea.io: forbidden. The user may not list them."
    assert run(needs_tiers, _with_tiers(_case(), read=True)).verdict is Verdict.PASSED


def test_what_does_not_apply_is_asked_before_what_is_missing() -> None:
    assert run(never_applies, _with_tiers(_case(), read=False)).verdict is Verdict.NOT_APPLICABLE


def test_results_keep_the_order_of_the_checks() -> None:
    report = examine(_case(), CHECKS)

    for scope, results in ((Scope.SERVICE, report.results), (Scope.CLUSTER, report.cluster)):
        assert [result.code for result in results] == [item.code for item in CHECKS if item.scope is scope]


def test_a_question_about_the_cluster_is_asked_once_for_all_its_services() -> None:
    asked: list[str] = []

    @check("AD905", "The cluster is fine", severity=Severity.NOTE, needs=(), scope=Scope.CLUSTER)
    def counts(case: Case) -> Iterator[Finding]:
        """A page."""
        asked.append(case.key)
        yield FINDING

    one = _case()
    other = Case(one.cluster, one.service)

    assert run(counts, one) == run(counts, other)
    assert asked == [one.key]
    run(counts, Case.of(one.snapshot, one.key))
    assert asked == [one.key, one.key]
