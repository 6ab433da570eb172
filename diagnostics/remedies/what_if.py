"""What a plan would do, on paper: its effect is applied to a copy of the Snapshot and everything is computed again.

Not a second model: manifests are read back from their own text and decoded as a cluster's objects are, and the same
engine runs on the result. Server-side apply replaces an object of the same name; nothing else is touched.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

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
from diagnostics.model.finding import Finding, Report, Severity
from diagnostics.model.meta import Fact
from diagnostics.model.policies import AntreaPolicy, NetworkPolicy
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import ConfigMap
from diagnostics.policy.difference import admission_changes
from diagnostics.remedies.manifests import content_of
from diagnostics.remedies.plan import AgentsRestarted, Annotated, Change, Plan, Prerequisite, State, Step

AnyFact = TypeVar("AnyFact", bound=Fact)


def after_steps(snapshot: Snapshot, steps: Iterable[Step], service: str) -> Snapshot:
    """The Snapshot as the steps would leave it; `service` is the `namespace/name` that annotations are put on."""
    for step in steps:
        for item in step.manifests:
            snapshot = _applied(snapshot, content_of(item))
        for change in step.changes:
            snapshot = _changed(snapshot, change, service)
    return snapshot


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
    plan = Plan(remedy, case.key, prerequisites, () if blocked_by or asks else steps, blocked_by, asks, context=context)
    if not plan.applicable:
        return plan
    after = after_steps(case.snapshot, steps, case.key)
    then = Case.of(after, case.key)
    new_broken = newly_broken(examine(case, CHECKS), examine(then, CHECKS))
    return replace(plan, after=after, new_broken=new_broken, admits=admission_changes(case, then))


def in_the_way(prerequisites: Iterable[Prerequisite]) -> tuple[str, ...]:
    """Sentences on the prerequisites that are not met and that no step of the plan mends."""
    return tuple(
        f"Not met: {item.title}. {item.evidence} {item.settles}".rstrip()
        for item in prerequisites
        if item.blocks and item.state is State.UNMET
    )


def newly_broken(before: Report, after: Report) -> tuple[Finding, ...]:
    """Findings of severity broken that only the second report has, by code and subject."""
    known = {(code, finding.subject) for code, finding in _broken(before)}
    return tuple(finding for code, finding in _broken(after) if (code, finding.subject) not in known)


def after_case(plan: Plan) -> Case | None:
    """The Service as it would be; None when the plan does not go that far."""
    return Case.of(plan.after, plan.service) if plan.after else None


def after_paths(plan: Plan) -> tuple[Path, ...]:
    """The ways of external clients as they would be; empty when the plan does not go that far."""
    case = after_case(plan)
    return case.once(external_paths) if case else ()


def after_report(plan: Plan) -> Report | None:
    """All checks on the Service as it would be."""
    case = after_case(plan)
    return examine(case, CHECKS) if case else None


def _broken(report: Report) -> list[tuple[str, Finding]]:
    return [
        (result.code, finding)
        for result in (*report.results, *report.cluster)
        for finding in result.findings
        if finding.severity is Severity.BROKEN
    ]


def _applied(snapshot: Snapshot, content: dict[str, Any]) -> Snapshot:
    """The Snapshot with an object applied (or, for a ConfigMap, merged); objects it does not hold change nothing."""
    match str(content.get("apiVersion", "")).split("/")[0], content.get("kind"):
        case "v1", "ConfigMap":
            patch = msgspec.convert(content, ConfigMap, strict=False)
            return replace(snapshot, config_maps=tuple(_merged(item, patch) for item in snapshot.config_maps))
        case "networking.k8s.io", "NetworkPolicy":
            policy = msgspec.convert(content, NetworkPolicy, strict=False)
            return replace(snapshot, network_policies=_with(snapshot.network_policies, policy))
        case "crd.antrea.io", "ClusterNetworkPolicy":
            cluster_policy = msgspec.convert(content, AntreaPolicy, strict=False)
            return replace(snapshot, cluster_policies=_with(snapshot.cluster_policies, cluster_policy))
    return snapshot


def _merged(item: ConfigMap, patch: ConfigMap) -> ConfigMap:
    if item.metadata.key != patch.metadata.key:
        return item
    return msgspec.structs.replace(item, data={**item.data, **patch.data})


def _with(items: tuple[AnyFact, ...], item: AnyFact) -> tuple[AnyFact, ...]:
    key: Callable[[Any], str] = lambda fact: fact.metadata.key  # noqa: E731
    return (*(other for other in items if key(other) != key(item)), item)


def _changed(snapshot: Snapshot, change: Change, service: str) -> Snapshot:
    match change:
        case Annotated(key, value):
            return _annotated(snapshot, service, key, value)
        case AgentsRestarted():
            return _restarted(snapshot)


def _annotated(snapshot: Snapshot, key: str, annotation: str, value: str | None) -> Snapshot:
    item = snapshot.service_by_key[key]
    kept = {name: old for name, old in item.metadata.annotations.items() if name != annotation}
    notes = kept if value is None else {**kept, annotation: value}
    changed = msgspec.structs.replace(item, metadata=msgspec.structs.replace(item.metadata, annotations=notes))
    services = tuple(changed if other.metadata.key == key else other for other in snapshot.services)
    return replace(snapshot, services=services)


def _restarted(snapshot: Snapshot) -> Snapshot:
    """Agents on Linux run what the ConfigMap says; those that report no tables still report none."""
    antrea = find_antrea(snapshot)
    runs = {PROXY_ALL_TABLE: proxy_all_wanted(antrea), DSR_TABLE: dsr_gate_wanted(antrea)}
    windows = {node.metadata.name for node in snapshot.nodes if node.is_windows}
    infos = tuple(info if info.node in windows else _running(info, runs) for info in snapshot.agent_infos)
    return replace(snapshot, agent_infos=infos)


def _running(info: AntreaAgentInfo, runs: dict[str, bool | None]) -> AntreaAgentInfo:
    if not info.ovs_info.flow_table:
        return info
    tables = {name: count for name, count in info.ovs_info.flow_table.items() if runs.get(name) is not False}
    for table, wanted in runs.items():
        if wanted:
            tables.setdefault(table, 1)
    return msgspec.structs.replace(info, ovs_info=msgspec.structs.replace(info.ovs_info, flow_table=tables))
