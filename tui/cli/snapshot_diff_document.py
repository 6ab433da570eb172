"""`snapshot diff -o json`: what changed between two Snapshots, field by field."""

from datetime import UTC, datetime

from diagnostics.checks.cluster_changes import ObjectChange
from diagnostics.checks.differences import Difference
from diagnostics.checks.snapshot_changes import FindingChange, ServiceChange, SnapshotChanges
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.text import one_line
from tui.cli.documents import SCHEMA_VERSION, Document
from tui.cli.snapshot_show import gap_document


def changes_document(changes: SnapshotChanges, sides: tuple[Snapshot, Snapshot], servers: tuple[str, str]) -> Document:
    """The whole."""
    before, after = (_side(snapshot, server) for snapshot, server in zip(sides, servers, strict=True))
    return {
        "schemaVersion": SCHEMA_VERSION,
        "same": changes.is_same,
        "before": before,
        "after": after,
        "compared": changes.compared,
        "cluster": {
            "objects": [_object(change) for change in changes.cluster],
            "findings": [_finding(change) for change in changes.findings],
        },
        "services": [_service(change) for change in changes.services],
        "notReadBefore": [gap_document(gap) for gap in changes.gaps_gone],
        "notReadAfter": [gap_document(gap) for gap in changes.gaps_new],
    }


def _side(snapshot: Snapshot, server: str) -> Document:
    taken_at = datetime.fromtimestamp(snapshot.taken_at, UTC).isoformat() if snapshot.taken_at else None
    return {"context": snapshot.context, "server": one_line(server), "takenAt": taken_at}


def _object(change: ObjectChange) -> Document:
    return {
        "kind": change.kind,
        "names": list(change.names),
        "became": change.became.value,
        "differences": [_difference(item) for item in change.differences],
    }


def _difference(item: Difference) -> Document:
    return {"field": item.field, "before": item.before, "after": item.after}


def _finding(change: FindingChange) -> Document:
    return {
        "code": change.code,
        "subject": change.finding.subject,
        "message": change.finding.message,
        "severity": {
            "before": change.was.value if change.was else None,
            "after": change.now.value if change.now else None,
        },
        "verdict": {"before": change.before.value, "after": change.after.value},
        "whyUnknown": change.why_unknown or None,
    }


def _service(change: ServiceChange) -> Document:
    namespace, _, name = change.key.partition("/")
    return {
        "namespace": namespace,
        "name": name,
        "became": change.became.value,
        "clientAddress": {
            "before": change.before.value if change.before else None,
            "after": change.after.value if change.after else None,
        },
        "why": {"before": change.reasons[0], "after": change.reasons[1]},
        "differences": [_difference(item) for item in change.differences],
        "endpoints": {"gone": list(change.endpoints_gone), "new": list(change.endpoints_new)},
        "ways": list(change.ways),
        "admission": list(change.admission),
        "findings": [_finding(item) for item in change.findings],
    }
