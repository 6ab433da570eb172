"""A decision to live with a finding: which one, why, until when, and where that was said."""

from dataclasses import dataclass
from datetime import date

WHOLE_CLUSTER = "cluster"
"""Stands for a Service's name where a finding concerns the cluster as a whole."""

EVERY_SERVICE = "/*"
"""After the name of a namespace: all its Services, also those to come."""


def every_service_beside(subject: str) -> str:
    """`namespace/*` of `namespace/name`; what has no namespace stays as it is."""
    namespace, slash, _ = subject.partition("/")
    return namespace + EVERY_SERVICE if slash else subject


@dataclass(frozen=True, slots=True)
class Suppression:
    """A decision about one code of one Service. `subject` is `namespace/name`, `namespace/*`, or WHOLE_CLUSTER.

    It holds up to and with the day `until`, for ever when that is None. `said_by` is the option, the file with its
    entry, or the annotation.
    """

    code: str
    subject: str
    reason: str = ""
    until: date | None = None
    said_by: str = ""

    def is_over(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and self.until < today

    @property
    def why(self) -> str:
        """Reason and last day, for a person."""
        until = f"until {self.until.isoformat()}" if self.until else ""
        return ", ".join(part for part in (self.reason or "no reason given", until) if part)
