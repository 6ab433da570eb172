"""Keeps findings from counting that somebody decided to live with; nothing is ever hidden by it.

Texts read `CODE=NAMESPACE/SERVICE`, then perhaps `:reason`, then perhaps `:until YYYY-MM-DD`; `NAMESPACE/*` means every
Service there, and what names the Service itself comes before it. There is no word for all namespaces: who answers for
one seldom answers for all. The annotation on a Service holds such texts without the Service, one a line or separated
by `;`, and may speak of that Service alone.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from diagnostics.checks.catalogue import check_by
from diagnostics.checks.check import Scope
from diagnostics.model.finding import Finding, Report, Result, Severity, Suppressed
from diagnostics.model.service import Service
from diagnostics.model.suppression import EVERY_SERVICE, WHOLE_CLUSTER, Suppression, every_service_beside
from diagnostics.model.text import one_line

ANNOTATION = "antrea-doctor/suppress"
LONGEST_REASON = 200
SHOWN = 40
MOST_IN_AN_ANNOTATION = 20
_UNTIL = re.compile(r":\s*until\s+(?P<day>[^:]*)$", re.IGNORECASE)
_SUBJECT = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?/([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\*)")


class SuppressionError(ValueError):
    """What was written is no suppression; the message is a sentence that says why."""


class State(StrEnum):
    """What became of a suppression."""

    USED = "used"
    UNUSED = "unused"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Remark:
    """What became of one suppression; `sentence` is empty when it did as it was told."""

    suppression: Suppression
    state: State
    sentence: str = ""


def parse_suppression(text: str, said_by: str) -> Suppression:
    """The suppression of `CODE=NAMESPACE/SERVICE[:reason[:until YYYY-MM-DD]]`. Raises SuppressionError."""
    target, colon, rest = text.partition(":")
    code, equals, subject = target.partition("=")
    if not equals:
        raise SuppressionError(f"{_shortened(text, SHOWN)!r} is no suppression; write CODE=NAMESPACE/SERVICE:reason.")
    reason, until = _reason_and_day(colon + rest)
    return suppression(code, subject, reason, until, said_by)


def suppression(code: str, subject: str, reason: str, until: str, said_by: str) -> Suppression:
    """A suppression out of texts; `until` may be empty. Raises SuppressionError."""
    check = check_by(code)
    if check is None:
        raise SuppressionError(f"{_shortened(code, SHOWN)!r} is no code of a check; list-checks names all.")
    subject = subject.strip()
    if check.scope is Scope.CLUSTER and subject != WHOLE_CLUSTER:
        raise SuppressionError(f"{check.code} concerns the whole cluster; write {check.code}={WHOLE_CLUSTER}.")
    if check.scope is Scope.SERVICE and not _SUBJECT.fullmatch(subject):
        raise SuppressionError(
            f"{_shortened(subject, SHOWN)!r} is no Service; write {check.code}=NAMESPACE/SERVICE or NAMESPACE/*."
        )
    return Suppression(check.code, subject, _shortened(reason), _day(until) if until.strip() else None, said_by)


def annotated(service: Service) -> tuple[list[Suppression], list[Remark]]:
    """What the annotation of a Service says about it, and the parts that are not heeded, each with the reason.

    Whoever may change a Service may write there, so each part needs a reason and a last day.
    """
    text = service.metadata.annotations.get(ANNOTATION, "")
    said_by = f"annotation {ANNOTATION} of Service {service.metadata.key}"
    parts = [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]
    heeded: list[Suppression] = []
    refused = []
    for part in parts[:MOST_IN_AN_ANNOTATION]:
        code, _, _ = part.partition(":")
        try:
            reason, until = _reason_and_day(part[len(code) :])
            found = suppression(code, service.metadata.key, reason, until, said_by)
            if not found.reason or found.until is None:
                raise SuppressionError(f"{found.code} needs a reason and a last day: CODE:reason:until YYYY-MM-DD.")
            heeded.append(found)
        except SuppressionError as error:
            meant = Suppression(_shortened(code, SHOWN), service.metadata.key, said_by=said_by)
            refused.append(Remark(meant, State.REFUSED, f"Not heeded, {said_by}: {error}"))
    if len(parts) > MOST_IN_AN_ANNOTATION:
        rest = Suppression("", service.metadata.key, said_by=said_by)
        more = f"Only the first {MOST_IN_AN_ANNOTATION} entries are heeded, {said_by}."
        refused.append(Remark(rest, State.REFUSED, more))
    return heeded, refused


class Suppressing:
    """Applies suppressions to the results of one run and keeps account of what became of each."""

    def __init__(self, said: Iterable[Suppression], today: date) -> None:
        self._today = today
        self._said: dict[tuple[str, str], list[Suppression]] = {}
        self._state: dict[Suppression, State] = {}
        self._needs_reason: set[Suppression] = set()
        self._refused: list[Remark] = []
        self._examined: set[str] = set()
        self._add(said)

    def report(self, report: Report, service: Service) -> Report:
        """The Report of a Service without the findings that do not count; those of the cluster stay as they are."""
        if ANNOTATION in service.metadata.annotations:
            heeded, refused = annotated(service)
            self._add(heeded)
            self._refused += refused
        return replace(report, results=self.results(report.results, report.service))

    def results(self, results: Sequence[Result], subject: str) -> tuple[Result, ...]:
        """The same for results about one subject."""
        self._examined |= {subject, every_service_beside(subject)}
        return tuple(
            self._without(result, said) if result.findings and (said := self._about(result.code, subject)) else result
            for result in results
        )

    def _about(self, code: str, subject: str) -> list[Suppression]:
        """What was said of this subject, then what was said of its whole namespace."""
        subjects = dict.fromkeys((subject, every_service_beside(subject)))
        return [item for name in subjects for item in self._said.get((code, name), ())]

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What became of each suppression that concerns what was examined, in the order of saying."""
        told = []
        for said, state in self._state.items():
            if said.subject in self._examined:
                told.append(Remark(said, state, self._sentence(said, state)))
        return (*told, *self._refused)

    def _add(self, said: Iterable[Suppression]) -> None:
        for item in said:
            self._said.setdefault((item.code, item.subject), []).append(item)
            self._state.setdefault(item, State.EXPIRED if item.is_over(self._today) else State.UNUSED)

    def _without(self, result: Result, said: Sequence[Suppression]) -> Result:
        holding = [item for item in said if self._state[item] is not State.EXPIRED]
        counting: list[Finding] = []
        suppressed: list[Suppressed] = []
        for finding in result.findings:
            by = next((item for item in holding if item.reason or finding.severity is not Severity.BROKEN), None)
            if by is None:
                counting.append(finding)
                self._needs_reason.update(holding)
                self._state.update((item, State.REFUSED) for item in holding if self._state[item] is State.UNUSED)
            else:
                suppressed.append(Suppressed(finding, by))
                self._state[by] = State.USED
        remedies = result.remedies if counting else ()
        return replace(result, findings=tuple(counting), suppressed=tuple(suppressed), remedies=remedies)

    def _sentence(self, said: Suppression, state: State) -> str:
        what = f"The suppression of {said.code} for {said.subject} ({said.said_by})"
        if said in self._needs_reason:
            return f"{what} needs a reason, since the finding is broken."
        match state:
            case State.EXPIRED:
                return f"{what} expired on {said.until}; the finding counts again."
            case State.UNUSED if said.subject.endswith(EVERY_SERVICE):
                return f"{what} suppresses nothing in what was examined."
            case State.UNUSED:
                return f"{what} suppresses nothing; it can be taken away."
        return ""


def _reason_and_day(text: str) -> tuple[str, str]:
    """Of `:reason:until DAY`, either part of which may be missing."""
    found = _UNTIL.search(text)
    reason = text[: found.start()] if found else text
    if found and not found["day"].strip():
        raise SuppressionError("After until stands no day; write until YYYY-MM-DD.")
    return reason.removeprefix(":").strip(), found["day"].strip() if found else ""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise SuppressionError(f"{_shortened(text, SHOWN)!r} is no day; write it like 2027-01-31.") from None


def _shortened(text: str, most: int = LONGEST_REASON) -> str:
    line = one_line(text)
    return line if len(line) <= most else f"{line[: most - 1]}…"
