"""What agents say of their own health, Node by Node."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from diagnostics.model.agent_info import AgentCondition, AntreaAgentInfo
from diagnostics.model.case import Cluster
from diagnostics.model.finding import Evidence, Severity

STALE_AFTER = 300.0  # seconds; agents report every 60 s


@dataclass(frozen=True, slots=True)
class AgentTrouble:
    """One trouble of the agent of a Node: `said` goes on after "the agent", `to_do` is what to do about it."""

    node: str
    severity: Severity
    said: str
    to_do: str
    evidence: Evidence


def agent_troubles(cluster: Cluster) -> tuple[AgentTrouble, ...]:
    """Conditions that do not hold, and reports older than five minutes when the Snapshot was taken.

    antrea:pkg/apis/crd/v1beta1/types.go AgentCondition, antrea:pkg/monitor/agent.go.
    """
    reports = (cluster.snapshot.agent_info_by_node.get(node) for node in cluster.nodes)
    return tuple(trouble for info in reports if info for trouble in _of(info, cluster.snapshot.taken_at))


def nodes_without_report(cluster: Cluster) -> tuple[str, ...]:
    """Nodes of which no agent has reported anything."""
    return tuple(node for node in cluster.nodes if node not in cluster.snapshot.agent_info_by_node)


def _of(info: AntreaAgentInfo, taken_at: float) -> Iterator[AgentTrouble]:
    for condition in info.agent_conditions:
        if condition.status != "True":
            said = f"reports {condition.type} {condition.status or 'without status'}"
            evidence = _evidence(info, condition, "status", condition.status or "empty")
            yield AgentTrouble(info.node, Severity.BROKEN, said, "read its log", evidence)
    beats = [(condition, _seconds(condition.last_heartbeat_time)) for condition in info.agent_conditions]
    known = [(condition, at) for condition, at in beats if at is not None]
    if taken_at and known:
        condition, last = max(known, key=lambda pair: pair[1])
        if taken_at - last > STALE_AFTER:
            said = f"has not reported for {int((taken_at - last) // 60)} minutes"
            evidence = _evidence(info, condition, "lastHeartbeatTime", condition.last_heartbeat_time)
            yield AgentTrouble(info.node, Severity.RISKY, said, "see whether it runs", evidence)


def _evidence(info: AntreaAgentInfo, condition: AgentCondition, field: str, value: str) -> Evidence:
    return Evidence(f"AntreaAgentInfo {info.metadata.name}", f"agentConditions[{condition.type}].{field}", value)


def _seconds(time: str) -> float | None:
    """RFC 3339 to seconds since the epoch; None when it is not one."""
    try:
        return datetime.fromisoformat(time).timestamp() if time else None
    except ValueError:
        return None
