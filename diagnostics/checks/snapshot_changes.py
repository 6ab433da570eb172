"""What changed between two Snapshots in the words of the engine: verdicts, findings, ways, and who is let in."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.cluster_changes import Became, ObjectChange, cluster_changes, read_both_times
from diagnostics.checks.differences import Difference, fact_differences
from diagnostics.checks.examine import examine
from diagnostics.datapath.comparison import what_changes
from diagnostics.datapath.path import Keeping
from diagnostics.datapath.summary import reason
from diagnostics.datapath.trace import external_paths, service_keeping
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Finding, Report, Result, Severity, Verdict
from diagnostics.model.snapshot import Gap, Snapshot, Source
from diagnostics.policy.difference import admission_changes

_OF_POLICIES = (
    "nodes", "pods", "namespaces", "config_maps", "agent_infos", "network_policies", "cluster_policies",
    "antrea_policies", "tiers", "cluster_groups", "groups", "admin_policies", "baseline_admin_policies",
    "upstream_cluster_policies",
)  # fmt: skip
"""What decides who is let in, beside the ways themselves."""


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A finding that one Snapshot has and the other has not, or with another severity.

    `before` and `after` are what its check said of the Service (or the cluster) each time: a finding that is gone
    because it can no longer be told has `after` unknown. `was` is the severity before, `finding` the newest of it.
    """

    code: str
    finding: Finding
    was: Severity | None
    now: Severity | None
    before: Verdict
    after: Verdict
    why_unknown: str = ""


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """What became of a Service; `reasons` are the sentences behind the verdict, before and after it.

    `ways` and `admission` tell in sentences what changes on the ways from Nodes to Pods and who gets in.
    """

    key: str
    became: Became
    before: Keeping | None
    after: Keeping | None
    reasons: tuple[str, str]
    differences: tuple[Difference, ...] = ()
    endpoints_gone: tuple[str, ...] = ()
    endpoints_new: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    admission: tuple[str, ...] = ()
    findings: tuple[FindingChange, ...] = ()


@dataclass(frozen=True, slots=True)
class SnapshotChanges:
    """All that differs. `compared` counts the Services that were looked at; the gaps are those of one side only."""

    cluster: tuple[ObjectChange, ...]
    findings: tuple[FindingChange, ...]
    services: tuple[ServiceChange, ...]
    gaps_gone: tuple[Gap, ...]
    gaps_new: tuple[Gap, ...]
    compared: int

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.cluster or self.findings or self.services or self.gaps_gone or self.gaps_new)


def snapshot_changes(before: Snapshot, after: Snapshot, keys: Collection[str] | None = None) -> SnapshotChanges:
    """What changed; of these Services only, when any are given. Services that could be read once only are left out."""
    clusters = Cluster(before), Cluster(after)
    wanted = sorted(
        key
        for key in {*before.service_by_key, *after.service_by_key}
        if (keys is None or key in keys) and read_both_times(before, after, Source.SERVICES, key.partition("/")[0])
    )
    same_policies = all(getattr(before, name) == getattr(after, name) for name in _OF_POLICIES)
    reports: list[tuple[Report, Report]] = []
    services = []
    for key in wanted:
        cases = [
            Case.of(cluster.snapshot, key, cluster) if key in cluster.snapshot.service_by_key else None
            for cluster in clusters
        ]
        change = _service(key, cases[0], cases[1], reports, same_policies=same_policies)
        if change:
            services.append(change)
    cluster_reports = reports[0] if reports else None
    return SnapshotChanges(
        cluster=cluster_changes(before, after),
        findings=_findings(cluster_reports[0].cluster, cluster_reports[1].cluster) if cluster_reports else (),
        services=tuple(services),
        gaps_gone=tuple(gap for gap in before.gaps if gap not in after.gaps),
        gaps_new=tuple(gap for gap in after.gaps if gap not in before.gaps),
        compared=len(wanted),
    )


def _service(
    key: str, old: Case | None, new: Case | None, reports: list[tuple[Report, Report]], *, same_policies: bool
) -> ServiceChange | None:
    was, now = _examined(old), _examined(new)
    change = ServiceChange(
        key,
        Became.NEW if old is None else Became.GONE if new is None else Became.CHANGED,
        before=service_keeping(old) if old else None,
        after=service_keeping(new) if new else None,
        reasons=(reason(old) if old else "", reason(new) if new else ""),
        findings=_findings(was.results if was else (), now.results if now else ()),
    )
    if not (old and new and was and now):
        return change
    reports.append((was, now))
    change = replace(
        change,
        differences=fact_differences(old.service, new.service, "metadata.annotations", "spec", "status"),
        endpoints_gone=_addresses(old, new),
        endpoints_new=_addresses(new, old),
        ways=tuple(_ways(old, new)),
        admission=() if same_policies and _same_paths(old, new) else _admission(old, new),
    )
    return change if _differs(change) else None


def _examined(case: Case | None) -> Report | None:
    return examine(case, CHECKS) if case else None


def _differs(change: ServiceChange) -> bool:
    told = (change.differences, change.endpoints_gone, change.endpoints_new, change.ways, change.admission)
    return change.before is not change.after or any(told) or bool(change.findings)


def _same_paths(old: Case, new: Case) -> bool:
    return old.once(external_paths) == new.once(external_paths)


def _ways(old: Case, new: Case) -> Iterator[str]:
    if _same_paths(old, new):
        return
    found = what_changes(old, new)
    if not found.changed:
        return
    yield found.summary
    yield from (f"SNAT point {point.words} is gone." for point in found.snat_gone)
    yield from (f"SNAT point {point.words} is new." for point in found.snat_new)
    for turn in found.turns:
        was, now = (outcome.value if outcome else "no such way" for outcome in (turn.before, turn.after))
        yield f"{turn.ways} {'way' if turn.ways == 1 else 'ways'}: {was}, then {now}."


def _admission(old: Case, new: Case) -> tuple[str, ...]:
    return tuple(change.sentence for change in admission_changes(old, new))


def _addresses(one: Case, other: Case) -> tuple[str, ...]:
    """Addresses of usable endpoints that only the first has."""
    known = {backend.address for backend in other.all_backends}
    return tuple(sorted({backend.address for backend in one.all_backends} - known))


def _findings(before: tuple[Result, ...], after: tuple[Result, ...]) -> tuple[FindingChange, ...]:
    """Findings of one side only, by code and subject, and those whose severity changed; worst first."""
    old, new = ({result.code: result for result in results} for results in (before, after))
    changes = []
    for code in dict.fromkeys((*old, *new)):
        was, now = old.get(code), new.get(code)
        found, then = _by_subject(was), _by_subject(now)
        for subject in dict.fromkeys((*found, *then)):
            first, last = found.get(subject), then.get(subject)
            newest = last or first
            if newest and (first and first.severity) != (last and last.severity):
                changes.append(
                    FindingChange(
                        code,
                        newest,
                        was=first.severity if first else None,
                        now=last.severity if last else None,
                        before=was.verdict if was else Verdict.NOT_APPLICABLE,
                        after=now.verdict if now else Verdict.NOT_APPLICABLE,
                        why_unknown=now.reason if now and now.verdict is Verdict.UNKNOWN else "",
                    )
                )
    return tuple(sorted(changes, key=lambda change: (change.now is None, change.finding.severity.rank, change.code)))


def _by_subject(result: Result | None) -> dict[str, Finding]:
    return {finding.subject: finding for finding in result.findings} if result else {}
