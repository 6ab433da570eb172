"""A finding that a screen shall be opened at, and what to show of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from diagnostics.model.finding import Finding, Report, Result
from diagnostics.remedies.comparison.way import Standing, Way


class Show(StrEnum):
    """What to show of a finding: its page, its hop in the drawing, or a way out."""

    PAGE = "page"
    HOP = "hop"
    WAY = "way"


@dataclass(frozen=True, slots=True)
class Aim:
    """A result of an examination, and the finding in it if there is one; known again after another examination."""

    result: Result
    finding: Finding | None = None
    show: Show = Show.PAGE

    def place_in(self, report: Report) -> tuple[Result, Finding | None] | None:
        """The same in another report: of the same words, else of the same object, else of the same code."""
        every = [
            (result, finding)
            for result in (*report.results, *report.cluster)
            if result.code == self.result.code
            for finding in result.findings or (None,)
        ]
        for same in (self._same_words, self._same_subject):
            for result, finding in every:
                if same(finding):
                    return result, finding
        return every[0] if every else None

    def _same_words(self, finding: Finding | None) -> bool:
        return (finding and finding.message) == (self.finding and self.finding.message)

    def _same_subject(self, finding: Finding | None) -> bool:
        return bool(finding and self.finding and finding.subject == self.finding.subject)


def ways_for(result: Result, ways: Sequence[Way]) -> tuple[tuple[Way, ...], str]:
    """The ways out that mend a result, the possible ones if there are any, and the question that chooses among them."""
    mending = tuple(way for slug in result.remedies for way in ways if way.slug == slug and way.plan)
    possible = tuple(way for way in mending if way.standing is not Standing.BLOCKED)
    if possible:
        return possible, "Which way out?"
    return mending, "None of these is possible here. Which one shall say why?"
