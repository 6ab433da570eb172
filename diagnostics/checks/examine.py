"""Runs checks on a Case and derives the verdicts; a crash costs one line, not the run."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from diagnostics.checks.check import Check, Scope
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Report, Result, Verdict
from diagnostics.model.snapshot import Gap, Source
from diagnostics.model.text import one_line

OF_THE_SYSTEM = (Source.DAEMON_SETS, Source.CONFIG_MAPS)


class CannotTell(Exception):  # noqa: N818 - an answer, not an error
    """Raised by a check that has its sources but still cannot decide; the message says what would settle it."""


def examine(case: Case, checks: Iterable[Check]) -> Report:
    """All results for a Case, in the order of the checks."""
    asked = tuple(checks)
    return Report(
        service=case.key,
        results=tuple(_run(check, case) for check in asked if check.scope is Scope.SERVICE),
        cluster=case.cluster.once(_OfCluster(asked, case)),
    )


def run(check: Check, case: Case) -> Result:
    """One check on one Case: not applicable, unknown, found or passed, in this order of asking.

    A check of the whole cluster is asked once for all Cases of a Cluster.
    """
    return case.cluster.once(_OfCluster((check,), case))[0] if check.scope is Scope.CLUSTER else _run(check, case)


@dataclass(frozen=True, slots=True)
class _OfCluster:
    """The questions of the cluster's checks; whichever Case asks them first, they are the same questions."""

    checks: tuple[Check, ...]
    case: Case = field(compare=False)

    def __call__(self, cluster: Cluster) -> tuple[Result, ...]:
        return tuple(_run(check, self.case) for check in self.checks if check.scope is Scope.CLUSTER)


def _run(check: Check, case: Case) -> Result:
    try:
        if not check.applies(case):
            return _bare(check, Verdict.NOT_APPLICABLE)
        gap = first_gap(check.needs, case)
        if gap:
            return _result(check, Verdict.UNKNOWN, reason=gap.sentence)
        findings = tuple(check.find(case))
    except CannotTell as answer:
        return _result(check, Verdict.UNKNOWN, reason=str(answer))
    except Exception as error:
        what = f"{type(error).__name__}: {one_line(str(error))}"
        trouble = f"This check failed ({what}). Please report it as a bug of antrea-doctor."
        return replace(_result(check, Verdict.UNKNOWN, reason=trouble), crashed=True)
    if not findings:
        return _bare(check, Verdict.PASSED)
    return replace(_bare(check, Verdict.FOUND), findings=findings, remedies=check.remedies)


def first_gap(sources: Iterable[Source], case: Case) -> Gap | None:
    """The first of the sources that was not read: of the system's, in Antrea's namespace."""
    for source in sources:
        namespace = case.cluster.antrea.namespace if source in OF_THE_SYSTEM else case.namespace
        gap = case.snapshot.gap(source, namespace)
        if gap:
            return gap
    return None


def _result(check: Check, verdict: Verdict, reason: str) -> Result:
    return replace(_bare(check, verdict), reason=reason)


@cache
def _bare(check: Check, verdict: Verdict) -> Result:
    """The result that says no more than the verdict: most are such, so thousands of Services share it."""
    return Result(code=check.code, slug=check.slug, title=check.title, verdict=verdict)
