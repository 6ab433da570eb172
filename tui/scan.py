"""All Services examined one after another, off the event loop, telling how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from time import monotonic

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Report
from diagnostics.model.snapshot import Snapshot
from tui.source import SnapshotSource

SECONDS_BETWEEN_NEWS = 0.3


@dataclass(frozen=True, slots=True)
class ScanNews:
    """How far a scan is: Services examined, Services in all, and the reports so far."""

    done: int
    of: int
    reports: tuple[Report, ...]


def scan(source: SnapshotSource, snapshot: Snapshot, cancelled: Event, tell: Callable[[ScanNews], None]) -> ScanNews:
    """Examines every Service; stops early when cancelled. `tell` hears of progress a few times a second."""
    deeper = source.deepen_all(snapshot, cancelled)
    cluster = Cluster(deeper)
    reports: list[Report] = []
    told_at = monotonic()
    for service in sorted(deeper.services, key=lambda item: item.metadata.key):
        if cancelled.is_set():
            break
        reports.append(examine(Case(cluster, service), CHECKS))
        if monotonic() - told_at > SECONDS_BETWEEN_NEWS:
            tell(ScanNews(len(reports), len(deeper.services), tuple(reports)))
            told_at = monotonic()
    return ScanNews(len(reports), len(deeper.services), tuple(reports))
