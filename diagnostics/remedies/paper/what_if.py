"""What a plan would do, on paper: its effect is applied to a copy of the Snapshot and everything is computed again.

Not a second model: what a step writes changes the facts as it would change the cluster, and the same engine runs on
the result.
"""

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.datapath.path import Path
from diagnostics.datapath.trace import external_paths
from diagnostics.model.agent_info import AntreaAgentInfo
from diagnostics.model.antrea import (
    DSR_TABLE,
    PROXY_ALL_TABLE,
    dsr_gate_wanted,
    find_antrea,
    proxy_all_wanted,
)
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Report, Result, Severity
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.write import Write
from diagnostics.policy.difference import admission_changes
from diagnostics.remedies.configuration.agent_change import agents_name
from diagnostics.remedies.configuration.owner_form import with_owners
from diagnostics.remedies.plan.commands import Kubectl
from diagnostics.remedies.plan.manifests import effects
from diagnostics.remedies.plan.on_snapshot import case_in, is_held, written
from diagnostics.remedies.plan.plan import Assumed, Change, Plan, Prerequisite, Restarted, State, Step

Turned = tuple[Result, Finding]
"""A finding that a plan makes go or come, with the result that it belongs to."""

_CAN_BREAK = tuple(check for check in CHECKS if check.severity is Severity.BROKEN)
"""A check's severity is the worst that it can find."""


def after_steps(snapshot: Snapshot, steps: Iterable[Step]) -> Snapshot:
    """The Snapshot as the steps would leave it."""
    for step in steps:
        for change in effects(step):
            snapshot = _changed(snapshot, change)
    return snapshot


def case_after(case: Case, steps: Iterable[Step]) -> Case:
    """The Service as the steps would leave it.

    A plan, its prerequisites and the comparison ask for the same more than once: they share one answer, with all that
    was computed on it.
    """
    asked = tuple(change for step in steps for change in effects(step) if _is_felt(change))
    known = case.once(_what_ifs)
    for changes, then in known:
        if changes == asked:
            return then
    snapshot = case.snapshot
    for change in asked:
        snapshot = _changed(snapshot, change)
    then = case_in(snapshot, case)
    known.append((asked, then))
    return then


def _what_ifs(case: Case) -> list[tuple[tuple[Change, ...], Case]]:
    return [((), case)]


def _is_felt(change: Change) -> bool:
    """Whether the engine has facts of it at all; a Traceflow, for one, changes none."""
    return not isinstance(change, Write) or is_held(change.group, change.kind)


def concluded(
    case: Case,
    remedy: str,
    prerequisites: tuple[Prerequisite, ...],
    steps: tuple[Step, ...],
    *,
    blocked_by: tuple[str, ...] = (),
    asks: tuple[str, ...] = (),
    context: str = "",
) -> Plan:
    """The plan; without steps when something stands in its way, else with its result examined by all checks."""
    blocked_by = (*in_the_way(prerequisites), *blocked_by)
    steps = () if blocked_by or asks else with_owners(case.snapshot, Kubectl(context), steps)
    origin = case.snapshot.origin
    plan = Plan(remedy, case.key, prerequisites, steps, blocked_by, asks, context=context, cluster=origin)
    if not plan.applicable:
        return plan
    then = case_after(case, steps)
    return replace(plan, then=then, new_broken=breaks(case, then), admits=admission_changes(case, then))


def in_the_way(prerequisites: Iterable[Prerequisite]) -> tuple[str, ...]:
    """Sentences on the prerequisites that are not met and that no step of the plan mends."""
    return tuple(
        f"Not met: {item.title}. {item.evidence} {item.settles}".rstrip()
        for item in prerequisites
        if item.blocks and item.state is State.UNMET
    )


def breaks(now: Case, then: Case) -> tuple[Finding, ...]:
    """Findings of severity broken that only `then` has, by code and subject.

    Asks no more than can answer that: the checks that can find such, and those of today only where some are found.
    """
    if not any(finding.severity is Severity.BROKEN for _, finding in _findings(then.once(_worst))):
        return ()
    new = only_found_in(then.once(_worst), now.once(_worst))
    return tuple(finding for _, finding in new if finding.severity is Severity.BROKEN)


def _worst(case: Case) -> Report:
    return examine(case, _CAN_BREAK)


def gone_and_new(today: Case, then: Case) -> tuple[tuple[Turned, ...], tuple[Turned, ...]]:
    """The findings that only today has, and those that only `then` has, by code and subject."""
    before, after = today.once(_whole), then.once(_whole)
    return only_found_in(before, after), only_found_in(after, before)


def _whole(case: Case) -> Report:
    return examine(case, CHECKS)


def only_found_in(one: Report, other: Report) -> tuple[Turned, ...]:
    """Findings that the other report has not, by code and subject, each with the result that it belongs to."""
    known = {(result.code, finding.subject) for result, finding in _findings(other)}
    return tuple((result, finding) for result, finding in _findings(one) if (result.code, finding.subject) not in known)


def after_paths(plan: Plan) -> tuple[Path, ...]:
    """The ways of external clients as they would be; empty when the plan does not go that far."""
    return plan.then.once(external_paths) if plan.then else ()


def after_report(plan: Plan) -> Report | None:
    """All checks on the Service as it would be."""
    return plan.then.once(_whole) if plan.then else None


def _findings(report: Report) -> list[tuple[Result, Finding]]:
    return [(result, finding) for result in (*report.results, *report.cluster) for finding in result.findings]


def _changed(snapshot: Snapshot, change: Change) -> Snapshot:
    match change:
        case Write():
            return written(snapshot, change)
        case Assumed(write):
            return written(snapshot, write)
        case Restarted("DaemonSet", namespace, name, node):
            antrea = find_antrea(snapshot)
            ours = (namespace, name) == (antrea.namespace, agents_name(antrea))
            return _restarted(snapshot, node) if ours else snapshot
    return snapshot


def _restarted(snapshot: Snapshot, node: str) -> Snapshot:
    """Agents on Linux (on one Node, or on all) run what the ConfigMap says; silent ones still report nothing."""
    antrea = find_antrea(snapshot)
    runs = {PROXY_ALL_TABLE: proxy_all_wanted(antrea), DSR_TABLE: dsr_gate_wanted(antrea)}
    others = {item.metadata.name for item in snapshot.nodes if item.is_windows}
    infos = tuple(
        info if info.node in others or node not in ("", info.node) else _running(info, runs)
        for info in snapshot.agent_infos
    )
    return snapshot.changed(agent_infos=infos)


def _running(info: AntreaAgentInfo, runs: dict[str, bool | None]) -> AntreaAgentInfo:
    if not info.ovs_info.flow_table:
        return info
    tables = {name: count for name, count in info.ovs_info.flow_table.items() if runs.get(name) is not False}
    for table, wanted in runs.items():
        if wanted:
            tables.setdefault(table, 1)
    return msgspec.structs.replace(info, ovs_info=msgspec.structs.replace(info.ovs_info, flow_table=tables))
