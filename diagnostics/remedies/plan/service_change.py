"""Changes of the Service itself, as writes."""

from typing import Any

from diagnostics.model.case import Case
from diagnostics.model.write import Write, merge_patch


def annotation(case: Case, key: str, value: str | None) -> Write:
    """The Service carries the annotation, or no longer when the value is None."""
    return _patch(case, {"metadata": {"annotations": {key: value}}})


def fields(case: Case, **spec: Any) -> Write:
    """The Service's `spec` has these fields, named as in the API; None takes one away."""
    return _patch(case, {"spec": spec})


def _patch(case: Case, change: dict[str, Any]) -> Write:
    return merge_patch("v1", "Service", case.namespace, case.service.metadata.name, change)
