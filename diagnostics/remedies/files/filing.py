"""Makes the file of a plan: its document, and for each step what it writes and the objects as the plan saw them."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from diagnostics.model.antrea import find_antrea
from diagnostics.model.meta import Fact, Meta
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.write import Verb, Write
from diagnostics.model.writing import Object
from diagnostics.remedies.files.plan_file import Deed, FiledWrite, Seen
from diagnostics.remedies.plan.manifests import effects
from diagnostics.remedies.plan.on_snapshot import fact_of, held_fact, is_held
from diagnostics.remedies.plan.plan import Assumed, Plan, Restarted, Step

APPS = "apps/v1"


def filed(document: Mapping[str, Any], plan: Plan, snapshot: Snapshot, release: str) -> dict[str, Any]:
    """The document of the plan, with everything that applying, verifying and undoing it later needs.

    `snapshot` is what the plan was made from, `release` that of antrea-doctor.
    """
    taken = snapshot.taken_at
    steps = [{**told, **_more(step, snapshot)} for told, step in zip(document["steps"], plan.steps, strict=True)]
    antrea = find_antrea(snapshot)
    versions = {"antreaDoctor": release, "kubernetes": snapshot.kubernetes_version, "antrea": list(antrea.versions)}
    return {
        **document,
        "server": snapshot.origin,
        "madeAt": rfc3339(taken) if taken else "",
        "versions": versions,
        "steps": steps,
    }


def rfc3339(seconds: float) -> str:
    """Seconds since the epoch as Kubernetes reads times; to the millisecond, so that no two restarts look alike."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace(".000", "").replace("+00:00", "Z")


def digest(fact: Fact) -> str:
    """A hash of the facts that plans are made from: without status, and without what the server counts by itself."""
    content = msgspec.to_builtins(fact)
    meta = content.pop("metadata", {})
    content.pop("status", None)
    told = {"labels": meta.get("labels"), "annotations": meta.get("annotations"), **content}
    return hashlib.sha256(json.dumps(_filled(told), sort_keys=True).encode()).hexdigest()


def digest_of(write: FiledWrite, item: Object) -> str:
    """The same hash of an object as it stands; empty where the engine knows no facts of its kind."""
    fact = fact_of(write.api_version.rpartition("/")[0], write.kind, item)
    return digest(fact) if fact is not None else ""


def filed_write(change: Deed, snapshot: Snapshot | None = None) -> FiledWrite:
    """One change, with the object as it stands in the Snapshot."""
    match change:
        case Write(verb, api_version, kind, name, namespace, body):
            seen = _seen(snapshot, change.group, kind, change.key) if snapshot else None
            return FiledWrite(
                verb=verb.value,
                api_version=api_version,
                kind=kind,
                name=name,
                namespace=namespace,
                body=dict(body) if body is not None else None,
                seen=seen,
            )
        case Restarted(kind, namespace, name, node):
            seen = _seen(snapshot, "apps", kind, f"{namespace}/{name}") if snapshot else None
            return FiledWrite(
                verb="restart", api_version=APPS, kind=kind, name=name, namespace=namespace, node=node, seen=seen
            )


def deeds(step: Step) -> tuple[Deed, ...]:
    """What the step itself does, without what others will do in answer."""
    return tuple(change for change in effects(step) if not isinstance(change, Assumed))


def _more(step: Step, snapshot: Snapshot) -> dict[str, Any]:
    writes = [msgspec.to_builtins(filed_write(change, snapshot)) for change in deeds(step)]
    lacked = any(info.runs(table) is False for info in snapshot.agent_infos for table in step.tables)
    tables = {"tables": list(step.tables), "tablesLacked": lacked}
    acts = {"operatorActs": step.operator_acts}
    return {"writes": writes, **tables, **acts, "proof": _proof(step), "progress": None}


def _seen(snapshot: Snapshot, group: str, kind: str, key: str) -> Seen | None:
    if not is_held(group, kind):
        return None
    fact = held_fact(snapshot, group, kind, key)
    if fact is None:
        return Seen(there=False)
    meta: Meta = fact.metadata  # type: ignore[attr-defined]  # every object has it
    return Seen(
        there=True,
        uid=meta.uid,
        resource_version=meta.resource_version,
        generation=meta.generation,
        digest=digest(fact),
    )


def _proof(step: Step) -> list[dict[str, Any]]:
    """What shows by reading that the step took effect, for other programs."""
    found: list[dict[str, Any]] = []
    for change in deeds(step):
        match change:
            case Restarted(kind, namespace, name):
                found.append({"observe": "rollout", "object": f"{kind} {namespace}/{name}"})
            case Write(Verb.CREATE, kind="Traceflow"):
                found.append({"observe": "live traffic", "object": f"Traceflow {change.key}"})
            case Write():
                found.append({"observe": "object", "object": f"{change.kind} {change.key}"})
                if change.group == "crd.antrea.io" and change.verb is not Verb.DELETE:
                    found.append({"observe": "realised", "object": f"{change.kind} {change.key}"})
    if step.tables:
        found.append({"observe": "flow tables", "tables": list(step.tables)})
    return found


def _filled(value: Any) -> Any:
    """Without what is empty: a release that reads more fields gives the same hash where these are not set."""
    if isinstance(value, dict):
        return {key: inner for key, old in value.items() if (inner := _filled(old))}
    if isinstance(value, list | tuple):
        return [_filled(inner) for inner in value]
    return value
