"""What an examination says: evidence, findings, verdicts, results, reports."""

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.model.suppression import Suppression


class Severity(StrEnum):
    """How bad a finding is."""

    BROKEN = "broken"
    RISKY = "risky"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


class Verdict(StrEnum):
    """The outcome of one check. "Could not look" is never shown or counted as passed."""

    FOUND = "found"
    UNKNOWN = "unknown"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Object, field path and value that led to a finding, so that `kubectl get` can verify it."""

    object: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it should be. `subject` names the object; `message` is one sentence to act on."""

    severity: Severity
    subject: str
    message: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that is still true, and the decision that keeps it from counting."""

    finding: Finding
    by: Suppression


@dataclass(frozen=True, slots=True)
class Result:
    """One check on one Case (or on the cluster): its verdict and why.

    `reason` is filled for unknown: the missing right or fact. `remedies` are slugs, best first. A finding stands
    either in `findings` or, when somebody decided to live with it, in `suppressed`; the verdict stays found.
    `crashed` marks an unknown that is our own trouble: the check failed, and no right or fact would settle it.
    """

    code: str
    slug: str
    title: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    remedies: tuple[str, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    crashed: bool = False

    @property
    def severity(self) -> Severity | None:
        """The worst severity found."""
        return min((finding.severity for finding in self.findings), key=lambda item: item.rank, default=None)


@dataclass(frozen=True, slots=True)
class Report:
    """All results of one Case; results that concern the whole cluster stand apart."""

    service: str
    results: tuple[Result, ...]
    cluster: tuple[Result, ...] = ()

    @property
    def found(self) -> tuple[Result, ...]:
        """Results with findings, worst first."""
        hits = [result for result in (*self.results, *self.cluster) if result.severity is not None]
        return tuple(sorted(hits, key=lambda result: (result.severity.rank if result.severity else 9, result.code)))

    @property
    def unknown(self) -> tuple[Result, ...]:
        """Results that could not be decided."""
        return tuple(item for item in (*self.results, *self.cluster) if item.verdict is Verdict.UNKNOWN)
