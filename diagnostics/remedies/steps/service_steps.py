"""Steps that change the Service itself: saved first, patched by a small file, put back by another."""

from collections.abc import Mapping
from typing import Any

from diagnostics.model.case import Case
from diagnostics.model.write import Verb
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Manifest, Step
from diagnostics.remedies.steps.proof import object_suffix

PATCH_FILE = "service.patch.yaml"
UNDO_FILE = "service.undo.yaml"


def save_service(case: Case, kubectl: Kubectl) -> Step:
    """Keeps the Service as it is in a file."""
    name, file = case.service.metadata.name, f"{object_suffix(case)}.service.bak.yaml"
    return Step(
        title=f"Save Service {case.key}",
        why="So that you can see later what was there, whatever happens in between.",
        commands=(kubectl.get(Resource.SERVICES, name, case.namespace, output="yaml", into=file),),
        verify=(kubectl.get(Resource.SERVICES, name, case.namespace, output="name"),),
        expect=f"The file {file} holds the Service; keep it.",
    )


def service_patch(
    case: Case,
    kubectl: Kubectl,
    spec: Mapping[str, Any],
    annotations: Mapping[str, str | None] | None = None,
    *,
    file: str = PATCH_FILE,
) -> tuple[Manifest, str]:
    """A merge patch of some fields and annotations of the Service, and the command that sends it; None removes."""
    name, namespace = case.service.metadata.name, case.namespace
    meta: dict[str, object] = {"name": name, "namespace": namespace}
    if annotations:
        meta["annotations"] = dict(annotations)
    content = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": dict(spec)}
    return manifest(file, content, Verb.MERGE), kubectl.patch(Resource.SERVICES, name, namespace, file)


def read_service(case: Case, kubectl: Kubectl, *fields: str) -> str:
    """Prints fields of the Service in one line; each is a JSONPath such as `.spec.type`."""
    shown = " ".join(f"{{{field}}}" for field in fields)
    return kubectl.get(
        Resource.SERVICES, case.service.metadata.name, case.namespace, output=f'jsonpath={shown}{{"\\n"}}'
    )
