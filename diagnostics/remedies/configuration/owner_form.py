"""What a step does, said in the form of whatever owns the object, with the warning that a direct change goes back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from diagnostics.model.snapshot import Snapshot
from diagnostics.model.write import Verb, Write
from diagnostics.remedies.configuration.owner import Owner, Tool, owner_of
from diagnostics.remedies.plan.commands import Kubectl, Resource, helm_values
from diagnostics.remedies.plan.manifests import effects, manifest
from diagnostics.remedies.plan.on_snapshot import standing
from diagnostics.remedies.plan.plan import Alternative, Form, Manifest, Step

_ARGO_SOURCE = 'jsonpath={range .items[*]}{.spec.source}{.spec.sources}{"\\n"}{end}'
_FLUX_SOURCE = 'jsonpath={.spec.sourceRef}{"\\t"}{.spec.path}{"\\n"}'
_FLUX_VALUES = 'jsonpath={.spec.chart.spec}{"\\n"}{.spec.values}{"\\n"}'


def with_owners(snapshot: Snapshot, kubectl: Kubectl, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with a warning and a form for each object that something owns.

    Steps that tell other forms themselves stay as they are. Raises UnsafeValueError when the name of an owner cannot
    stand in a command.
    """
    return tuple(step if step.alternatives else _with_owner(snapshot, kubectl, step) for step in steps)


def look_at(owner: Owner, kubectl: Kubectl) -> tuple[str, ...]:
    """Commands that show where the owner takes its objects from."""
    match owner.tool:
        case Tool.ARGO_CD if owner.name:
            return (kubectl.find(Resource.ARGO_APPLICATIONS, owner.name.rpartition("_")[2], output=_ARGO_SOURCE),)
        case Tool.FLUX if owner.name:
            return (kubectl.get(Resource.FLUX_KUSTOMIZATIONS, owner.name, owner.namespace, output=_FLUX_SOURCE),)
        case Tool.FLUX_HELM if owner.name:
            return (kubectl.get(Resource.HELM_RELEASES, owner.name, owner.namespace, output=_FLUX_VALUES),)
        case Tool.HELM if owner.name:
            return (helm_values(kubectl.context, owner.namespace, owner.name),)
    return ()


def _with_owner(snapshot: Snapshot, kubectl: Kubectl, step: Step) -> Step:
    owned = list(_owned(snapshot, step))
    dangers = tuple(
        owner.warning(f"{write.kind} {write.key}", sure=write.verb is not Verb.MERGE) for write, owner in owned
    )
    forms = tuple(_form(write, owner, kubectl) for write, owner in owned)
    return replace(step, dangers=(*step.dangers, *dangers), alternatives=forms) if owned else step


def _owned(snapshot: Snapshot, step: Step) -> Iterator[tuple[Write, Owner]]:
    seen = set()
    for change in effects(step):
        if not isinstance(change, Write) or (change.kind, change.key) in seen:
            continue
        seen.add((change.kind, change.key))
        fact = standing(snapshot, change)
        owner = owner_of(fact.metadata) if fact is not None else None
        if owner and owner.tool is not Tool.KUBECTL:
            yield change, owner


def _form(write: Write, owner: Owner, kubectl: Kubectl) -> Alternative:
    what = f"{write.kind} {write.key}"
    files = (_fragment(write),) if write.verb is Verb.MERGE else ()
    means = "take it out there" if write.verb is Verb.DELETE else "write it there, as in this file"
    if owner.is_git:
        note = f"{owner.called} takes {what} from git: {means}. To undo it, revert that commit. This shows from where:"
        return Alternative(
            f"With {owner.tool.value}: change it in git", note, files, look_at(owner, kubectl), owns=True, form=Form.GIT
        )
    if owner.tool is Tool.HELM:
        note = (
            f"{what} comes from the chart of {owner.called}. If the chart has a value for it, set that; else change "
            "the chart. Its values now:"
        )
        return Alternative("With Helm", note, files, look_at(owner, kubectl), owns=True, form=Form.HELM)
    return Alternative("With its owner", f"{owner.called} writes {what}: {means}.", files, owns=True)


def _fragment(write: Write) -> Manifest:
    """The merge patch as a piece of the object: also a patch for kustomize."""
    body: dict[str, Any] = dict(write.body or {})
    namespace = {"namespace": write.namespace} if write.namespace else {}
    meta = {"name": write.name, **namespace, **body.pop("metadata", {})}
    content = {"apiVersion": write.api_version, "kind": write.kind, "metadata": meta, **body}
    return manifest(f"{write.name}.piece.yaml", content)
