"""`antrea-doctor snapshot show`: what is in a saved file."""

from datetime import UTC, datetime

from diagnostics.kube.recorded import Recording
from diagnostics.model.antrea import find_antrea
from diagnostics.model.snapshot import Gap, Snapshot
from diagnostics.model.text import one_line
from tui.cli.call import Call
from tui.cli.documents import SCHEMA_VERSION, Document
from tui.cli.gaps import gap_sentences
from tui.cli.output import Grid, Output
from tui.cli.snapshot_words import counts, read_saved, whence
from tui.cli.stop import Exit


def run(call: Call) -> int:
    """Prints it. Raises Stop for a file that cannot be used."""
    output = Output(call)
    snapshot, recording = read_saved(call.own.file)
    if call.output in ("json", "yaml"):
        output.data(_document(snapshot, recording), call.output)
        return Exit.OK
    output.heading(f"{whence(snapshot, recording.server)}.")
    if recording.scope:
        output.sentence(f"Policies and Pods for {one_line(recording.scope)}.")
    elif recording.reads is None:
        output.sentence("Not saved by `snapshot save`: nobody knows what was left out.")
    output.text("")
    output.grid(Grid(("objects", "count"), [(source.value, str(n)) for source, n in counts(snapshot).items() if n]))
    output.text("")
    for sentence in gap_sentences(snapshot.gaps):
        output.sentence(f"Not read: {sentence}")
    if not snapshot.gaps:
        output.sentence("Whatever was asked for could be read.")
    return Exit.OK


def _document(snapshot: Snapshot, recording: Recording) -> Document:
    taken_at = datetime.fromtimestamp(snapshot.taken_at, UTC).isoformat() if snapshot.taken_at else None
    return {
        "schemaVersion": SCHEMA_VERSION,
        "context": snapshot.context,
        "server": one_line(recording.server),
        "takenAt": taken_at,
        "kubernetesVersion": snapshot.kubernetes_version,
        "antreaVersions": list(find_antrea(snapshot).versions),
        "scope": one_line(recording.scope) or None,
        "counts": {source.value: number for source, number in counts(snapshot).items()},
        "notRead": [gap_document(gap) for gap in snapshot.gaps],
    }


def gap_document(gap: Gap) -> Document:
    """A source that could not be read."""
    return {
        "source": gap.source.value,
        "namespace": gap.namespace or None,
        "reason": gap.reason.value,
        "detail": gap.detail,
        "partial": gap.partial,
    }
