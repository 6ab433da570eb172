"""`antrea-doctor snapshot diff`: what changed between two saved files, or between one and the cluster now."""

from collections.abc import Iterable, Iterator

from diagnostics.checks.cluster_changes import ObjectChange
from diagnostics.checks.evidence import counted
from diagnostics.checks.snapshot_changes import FindingChange, ServiceChange, SnapshotChanges, snapshot_changes
from diagnostics.kube.recorded import from_objects
from diagnostics.kube.storing import stored
from diagnostics.model.finding import Verdict
from diagnostics.model.snapshot import Snapshot
from tui.cli.call import Call
from tui.cli.connect import connect
from tui.cli.facts import progress
from tui.cli.gaps import gap_sentences
from tui.cli.near import did_you_mean
from tui.cli.output import Output
from tui.cli.snapshot_diff_document import changes_document
from tui.cli.snapshot_words import read_saved, whence
from tui.cli.stop import Exit, usage
from tui.cli.talk import say

_NAMED = 3


def run(call: Call) -> int:
    """Prints what changed; 1 when anything did. Raises Stop."""
    before, recording = read_saved(call.own.before)
    after, server = _after(call, before)
    _check_services(call.own.services, before, after)
    servers = recording.server, server
    if all(servers) and servers[0] != servers[1]:
        say(f"These are two clusters: {servers[0]} and {servers[1]}.")
    with progress("comparing"):
        changes = snapshot_changes(before, after, call.own.services or None)
    output = Output(call)
    if call.output in ("json", "yaml"):
        output.data(changes_document(changes, (before, after), servers), call.output)
    else:
        _show(output, changes, (before, after), servers)
    return Exit.OK if changes.is_same else Exit.FINDINGS


def _after(call: Call, before: Snapshot) -> tuple[Snapshot, str]:
    """The newer state and where it is from; of a cluster what would be saved, so that both hold the same fields."""
    if call.own.after:
        snapshot, recording = read_saved(call.own.after)
        return snapshot, recording.server
    facts = connect(call)
    services = facts.snapshot.service_by_key
    keys = tuple(key for key in services if key in (call.own.services or services))
    with progress(f"reading what concerns {counted(len(keys), 'Service')}"):
        snapshot = facts.deepen(keys) if keys else facts.snapshot
    return from_objects(stored(snapshot, ""), origin=snapshot.origin), snapshot.origin


def _check_services(wanted: list[str], before: Snapshot, after: Snapshot) -> None:
    known = {*before.service_by_key, *after.service_by_key}
    for key in wanted:
        if key not in known:
            raise usage(f"Neither side has a Service {key!r}.{did_you_mean(key, known)}")


def _show(output: Output, changes: SnapshotChanges, sides: tuple[Snapshot, Snapshot], servers: tuple[str, str]) -> None:
    for word, snapshot, server in zip(("before", "after"), sides, servers, strict=True):
        output.sentence(f"{word + ':':8}{whence(snapshot, server)}.")
    output.text("")
    if changes.is_same:
        output.sentence(f"Nothing changed: {counted(changes.compared, 'Service')} compared.")
        return
    if changes.cluster or changes.findings:
        output.heading("The cluster")
        _lines(output, (line for change in changes.cluster for line in _object_lines(change)))
        _lines(output, map(_finding_line, changes.findings))
        output.text("")
    output.heading(f"{counted(len(changes.services), 'Service')} of {changes.compared} differ")
    for service in changes.services:
        output.text("")
        output.heading(_headline(service))
        _lines(output, _service_lines(service))
    if changes.gaps_gone or changes.gaps_new:
        output.text("")
    for title, gaps in (("Not read before, but after", changes.gaps_gone), ("Not read after", changes.gaps_new)):
        for sentence in gap_sentences(gaps):
            output.sentence(f"{title}: {sentence}")


def _lines(output: Output, lines: Iterable[str]) -> None:
    for line in lines:
        output.set_in(line)


def _object_lines(change: ObjectChange) -> Iterator[str]:
    others = f" and {len(change.names) - _NAMED} more" if len(change.names) > _NAMED else ""
    what = f"{change.kind} {', '.join(change.names[:_NAMED])}{others}".rstrip()
    if not change.differences:
        yield f"{change.became.value}: {what}"
    yield from (f"{what}: {difference.sentence}" for difference in change.differences)


def _headline(change: ServiceChange) -> str:
    if change.before is None or change.after is None:
        verdict = change.after or change.before
        return f"{change.key}: {change.became.value}{f', {verdict.value}' if verdict else ''}"
    if change.before is change.after:
        return f"{change.key}: {change.after.value} as before"
    return f"{change.key}: {change.before.value}, then {change.after.value}"


def _service_lines(change: ServiceChange) -> Iterator[str]:
    before, after = change.reasons
    if before != after:
        yield from (f"{word} {text}" for word, text in (("before:", before), ("after: ", after)) if text)
    yield from (difference.sentence for difference in change.differences)
    for word, addresses in (("gone", change.endpoints_gone), ("new", change.endpoints_new)):
        if addresses:
            more = f" and {len(addresses) - _NAMED} more" if len(addresses) > _NAMED else ""
            yield f"endpoints {word}: {', '.join(addresses[:_NAMED])}{more}"
    yield from change.ways
    yield from change.admission
    yield from map(_finding_line, change.findings)


def _finding_line(change: FindingChange) -> str:
    named = f"{change.code} {change.finding.severity.value}: {change.finding.message}"
    if change.now is None and change.after is Verdict.UNKNOWN:
        return f"cannot be told any more: {named} ({change.why_unknown})"
    if change.was is None:
        return f"{'new, could not be told before' if change.before is Verdict.UNKNOWN else 'new'}: {named}"
    if change.now is None:
        return f"gone: {named}"
    return f"was {change.was.value}: {named}"
