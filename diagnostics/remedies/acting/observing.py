"""What shows that a change took effect: a rollout that ended, tables in every agent, a policy on every Node.

Every count is the cluster's own. k8s:staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go tells when a
rollout has ended; antrea:pkg/controller/networkpolicy/status_controller.go what a policy's status counts, and that the
message of its condition RealizationFailure names the Nodes that failed. Which Nodes are merely late is told nowhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from diagnostics.checks.evidence import listed
from diagnostics.model.antrea import POLICY_TABLE
from diagnostics.model.write import Write
from diagnostics.model.writing import Object, Refusal
from diagnostics.remedies.acting.hand import Eye
from diagnostics.remedies.acting.leaves import ABSENT, value_at
from diagnostics.remedies.acting.standing import Stand, Standing
from diagnostics.remedies.acting.trying import pods_of
from diagnostics.remedies.files.plan_file import FiledWrite
from diagnostics.remedies.plan.plan import Restarted

_CRD = "crd.antrea.io"
_AGENT_INFOS = ("crd.antrea.io/v1beta1", "AntreaAgentInfo")


@dataclass(frozen=True, slots=True)
class Before:
    """What was before a restart, or what it left: by the file's word or by what our own hand did.

    `made_at` is when the plan was made (RFC 3339, by this machine's clock). `generation` is what our own restart gave
    the object, 0 if there was none, `pods` are the uids of the Pods that it deleted.
    """

    made_at: str
    generation: int = 0
    pods: frozenset[str] = frozenset()


def restarted(eye: Eye, filed: FiledWrite, change: Restarted, before: Before) -> Stand:
    """Whether the Pods started anew since the plan was made, and all of them run.

    Without a restart of ours the generation must have grown since the plan saw it, or every Pod must be younger than
    the plan.
    """
    live = eye.look(filed.api_version, filed.kind, filed.namespace, filed.name)
    if isinstance(live, Refusal):
        return Stand(Standing.UNKNOWN, f"{filed.object} could not be read. {live.sentence}", filed.object)
    if live is None:
        return Stand(Standing.DRIFTED, f"{filed.object} is gone.", filed.object)
    generation, observed = _number(live, "metadata", "generation"), _number(live, "status", "observedGeneration")
    since = filed.seen.generation if filed.seen else 0
    began = generation >= before.generation if before.generation else bool(since) and generation > since
    if change.node or not began:
        return _by_pods(eye, filed, change, before)
    if observed < generation:
        return Stand(Standing.OPEN, f"{filed.object}: the restart has not been taken up yet.", filed.object)
    wanted, new, available = _counts(live)
    if new < wanted or available < wanted:
        why = f"{filed.object}: {new} of {wanted} Pods are new, {available} available."
        return Stand(Standing.OPEN, why, filed.object)
    return Stand(Standing.DONE, f"{filed.object}: all {wanted} Pods started anew and are available.", filed.object)


def tables_run(eye: Eye, tables: tuple[str, ...], only_node: str = "") -> Stand:
    """Whether the agent of every Linux Node (or of one Node) reports these OVS tables (AD082 tells more)."""
    nodes, infos = eye.listed("v1", "Node"), eye.listed(*_AGENT_INFOS)
    if isinstance(nodes, Refusal):
        return Stand(Standing.UNKNOWN, f"The Nodes could not be read. {nodes.sentence}")
    if isinstance(infos, Refusal):
        return Stand(Standing.UNKNOWN, f"What the agents run could not be read. {infos.sentence}")
    wanted = [name for node in nodes if not _is_windows(node) and only_node in ("", name := _name(node))]
    running = {_name(info): value_at(info, ("ovsInfo", "flowTable")) for info in infos}
    silent = [name for name in wanted if not isinstance(running.get(name), Mapping) or not running[name]]
    missing = {
        table: [name for name in wanted if name not in silent and table not in running[name]] for table in tables
    }
    lacking = [f"{table} is missing on {listed(names)}" for table, names in missing.items() if names]
    if lacking:
        return Stand(Standing.OPEN, f"{'; '.join(lacking)}. Agents report about once a minute.", "AntreaAgentInfo")
    if silent or not wanted:
        return Stand(Standing.UNKNOWN, f"No tables are reported for {listed(silent) or 'any Node'}.", "AntreaAgentInfo")
    return Stand(Standing.DONE, f"{listed(tables)} on {len(wanted)} of {len(wanted)} Linux Nodes.", "AntreaAgentInfo")


def realised(eye: Eye, write: Write) -> Iterator[Stand]:
    """Whether a policy of Antrea is installed on every Node that it concerns; nothing for other kinds."""
    if write.group != _CRD or not write.kind.endswith("NetworkPolicy"):
        return
    what = f"{write.kind} {write.key}"
    live = eye.look(write.api_version, write.kind, write.namespace, write.name)
    if not isinstance(live, Mapping):
        return
    phase = value_at(live, ("status", "phase"))
    if phase is ABSENT or _number(live, "status", "observedGeneration") < _number(live, "metadata", "generation"):
        yield Stand(Standing.OPEN, f"{what}: Antrea's controller has not taken it up yet.", what, "status.phase")
        return
    current, desired = (_number(live, "status", f"{word}NodesRealized") for word in ("current", "desired"))
    if phase == "Realized" and current == desired:
        yield Stand(Standing.DONE, f"{what} is realised on {current} of {desired} Nodes.", what)
        return
    why = f"{what} is {phase}: realised on {current} of {desired} Nodes. {_late(eye, live)}".rstrip()
    yield Stand(Standing.OPEN, why, what, "status.currentNodesRealized")


def _late(eye: Eye, live: Object) -> str:
    """The Nodes that failed, as far as the status names them; else those whose agents could not do it."""
    conditions = value_at(live, ("status", "conditions"))
    for condition in conditions if isinstance(conditions, list) else ():
        if isinstance(condition, Mapping) and condition.get("type") == "RealizationFailure":
            return f"{str(condition.get('message') or '').rstrip('.')}."
    infos = eye.listed(*_AGENT_INFOS)
    if isinstance(infos, Refusal):
        return "The status does not name the others."
    unable = [_name(info) for info in infos if _cannot(info)]
    said = f" These agents cannot, or do not report health: {listed(unable)}." if unable else ""
    return f"The status does not name the others.{said}"


def _cannot(info: Object) -> bool:
    tables = value_at(info, ("ovsInfo", "flowTable"))
    conditions = value_at(info, ("agentConditions",))
    told = conditions if isinstance(conditions, list) else []
    unwell = any(isinstance(item, Mapping) and item.get("status") == "False" for item in told)
    return unwell or (isinstance(tables, Mapping) and bool(tables) and POLICY_TABLE not in tables)


def _by_pods(eye: Eye, filed: FiledWrite, change: Restarted, before: Before) -> Stand:
    where = f" on {change.node}" if change.node else ""
    pods = pods_of(eye, change)
    if isinstance(pods, Refusal) or not before.made_at or not (pods or change.node):
        if change.node:
            why = pods.sentence if isinstance(pods, Refusal) else "The plan does not tell when it was made."
            return Stand(Standing.UNKNOWN, f"{filed.object}{where}: {why}", filed.object)
        return Stand(Standing.OPEN, f"{filed.object} was not restarted since the plan was made.", filed.object)
    old = [_name(pod) for pod in pods if not _is_new(pod, before)]
    if old or not pods:
        why = f"{filed.object}{where}: {listed(old) or 'no Pod'} was not started anew since the plan was made."
        return Stand(Standing.OPEN, why, filed.object)
    waiting = [_name(pod) for pod in pods if not _is_ready(pod)]
    if waiting:
        return Stand(Standing.OPEN, f"{filed.object}{where}: {listed(waiting)} is not ready yet.", filed.object)
    return Stand(Standing.DONE, f"{filed.object}{where}: every Pod started after the plan was made.", filed.object)


def _counts(live: Object) -> tuple[int, int, int]:
    """Pods wanted, of the newest template, and available."""
    if live.get("kind") == "DaemonSet":
        names = ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
        wanted, new, available = (_number(live, "status", name) for name in names)
        return wanted, new, available
    replicas = value_at(live, ("spec", "replicas"))
    wanted = replicas if isinstance(replicas, int) else 1
    return wanted, _number(live, "status", "updatedReplicas"), _number(live, "status", "availableReplicas")


def _number(item: Object, *way: str) -> int:
    value: Any = value_at(item, way)
    return value if isinstance(value, int) else 0


def _name(item: Object) -> str:
    return str(value_at(item, ("metadata", "name")))


def _is_windows(node: Object) -> bool:
    return bool(value_at(node, ("metadata", "labels", "kubernetes.io/os")) == "windows")


def _is_new(pod: Object, before: Before) -> bool:
    if before.pods:  # two clocks need not agree
        return str(value_at(pod, ("metadata", "uid"))) not in before.pods
    return _younger(pod, before.made_at)


def _younger(pod: Object, than: str) -> bool:
    try:
        born = datetime.fromisoformat(str(value_at(pod, ("metadata", "creationTimestamp"))))
        return born > datetime.fromisoformat(than)
    except (ValueError, TypeError):
        return False


def _is_ready(pod: Object) -> bool:
    conditions = value_at(pod, ("status", "conditions"))
    return any(
        isinstance(item, Mapping) and item.get("type") == "Ready" and item.get("status") == "True"
        for item in (conditions if isinstance(conditions, list) else ())
    )
