"""What `check` found, and what it comes to: the same numbers and sentences for every format."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from diagnostics.checks.evidence import counted
from diagnostics.checks.suppress import Remark
from diagnostics.model.finding import Finding, Report, Result, Severity, Suppressed, Verdict
from diagnostics.model.snapshot import Gap
from diagnostics.model.suppression import WHOLE_CLUSTER

SUPPRESSED = "suppressed"
CLEAN = "clean"
WORDS = (*(severity.value for severity in Severity), Verdict.UNKNOWN.value, SUPPRESSED, CLEAN)
"""What a Service comes to, worst first."""


@dataclass(frozen=True)
class Checked:
    """One report for each Service, the results that concern the whole cluster once, gaps, and suppressions.

    `wanted` is the number of Services that were to be examined: more than there are reports after an interrupt.
    """

    reports: tuple[Report, ...]
    cluster: tuple[Result, ...]
    gaps: tuple[Gap, ...]
    remarks: tuple[Remark, ...] = ()
    wanted: int = 0

    @property
    def sections(self) -> Iterator[tuple[str, tuple[Result, ...]]]:
        """Each Service with its results, then the cluster with its own."""
        yield from ((report.service, report.results) for report in self.reports)
        yield WHOLE_CLUSTER, self.cluster

    @property
    def all_results(self) -> Iterator[Result]:
        """Every result, those of the cluster once."""
        return (result for _, results in self.sections for result in results)

    @property
    def is_cut_short(self) -> bool:
        """Whether an interrupt left Services out."""
        return len(self.reports) < self.wanted

    @cached_property
    def services(self) -> Mapping[str, int]:
        """Number of Services by what they come to, worst first."""
        found = Counter(_worst(report.results) for report in self.reports)
        return {word: found[word] for word in WORDS if found[word]}

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Number of subjects by code, of findings that count."""
        return dict(sorted(Counter(result.code for result in self.all_results if result.findings).items()))

    @cached_property
    def suppressed_codes(self) -> Mapping[str, int]:
        """Number of findings by code that are suppressed."""
        found: Counter[str] = Counter()
        for result in self.all_results:
            if result.suppressed:
                found[result.code] += len(result.suppressed)
        return dict(sorted(found.items()))

    @property
    def suppressed(self) -> int:
        """Number of findings that are suppressed."""
        return sum(self.suppressed_codes.values())

    @cached_property
    def unknown(self) -> int:
        """Number of answers that could not be told."""
        return sum(result.verdict is Verdict.UNKNOWN for result in self.all_results)

    @cached_property
    def crashed(self) -> Mapping[str, int]:
        """Number of subjects by code of the checks that failed there: our own trouble."""
        return dict(sorted(Counter(result.code for result in self.all_results if result.crashed).items()))


def summary(checked: Checked) -> list[str]:
    """Services by verdict, codes by count, what is suppressed, and how much could not be told."""
    told = ", ".join(f"{count} {word}" for word, count in checked.services.items())
    lines = [f"{counted(len(checked.reports), 'Service')} checked{': ' if told else ''}{told}."]
    if checked.is_cut_short:
        lines.append(interrupted(checked))
    if checked.codes:
        lines.append(f"Found: {_listed(checked.codes)}.")
    codes = f": {_listed(checked.suppressed_codes)}" if checked.suppressed else ""
    lines.append(f"{counted(checked.suppressed, 'finding')} suppressed{codes}.")
    lines += [remark.sentence for remark in checked.remarks if remark.sentence]
    if checked.crashed:
        lines.append(f"Our own trouble: a check failed, please report it: {_listed(checked.crashed)}.")
    if checked.unknown:
        lines.append(f"{counted(checked.unknown, 'answer')} could not be told.")
    return lines


def interrupted(checked: Checked) -> str:
    """How far an interrupted run came."""
    return f"Interrupted: {len(checked.reports)} of {counted(checked.wanted, 'Service')} were examined."


def fails(severity: Severity, fail_on: str) -> bool:
    """Whether a finding of this severity makes the run fail."""
    return fail_on != "never" and severity.rank <= Severity(fail_on).rank


def findings(results: Sequence[Result]) -> list[tuple[Result, Finding]]:
    """The findings that count, worst first, then by code."""
    found = [(result, finding) for result in results for finding in result.findings]
    return sorted(found, key=lambda item: (item[1].severity.rank, item[0].code))


def suppressed(results: Sequence[Result]) -> list[tuple[Result, Suppressed]]:
    """The findings that are suppressed, in the order of the checks."""
    return [(result, item) for result in results for item in result.suppressed]


def unknown(results: Sequence[Result]) -> list[Result]:
    """The checks that could not be decided."""
    return [result for result in results if result.verdict is Verdict.UNKNOWN]


def _worst(results: Sequence[Result]) -> str:
    severities = [result.severity for result in results if result.severity is not None]
    if severities:
        return min(severities, key=lambda item: item.rank).value
    if any(result.verdict is Verdict.UNKNOWN for result in results):
        return Verdict.UNKNOWN.value
    return SUPPRESSED if any(result.suppressed for result in results) else CLEAN


def _listed(codes: Mapping[str, int]) -> str:
    return ", ".join(f"{code} × {count}" for code, count in codes.items())
