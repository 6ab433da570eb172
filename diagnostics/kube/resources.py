"""Where an object of a kind stands in the API: the kinds that plans write or prove themselves by, and no others.

Others are refused: a plan file is not trusted to name just anything, such as rights or Secrets.
"""

import re
from urllib.parse import quote

from diagnostics.kube.kinds import CRD_GROUP, KINDS, resource_name
from diagnostics.model.text import UNSAFE

_PLURALS: dict[tuple[str, str], tuple[str, bool]] = {
    ("apps", "Deployment"): ("deployments", True),
    (CRD_GROUP, "Traceflow"): ("traceflows", False),
} | {(kind.group, kind.kind): (resource_name(source), kind.namespaced) for source, kind in KINDS.items()}
_VERSION = re.compile(r"v\d+((alpha|beta)\d+)?")


class UnknownResourceError(ValueError):
    """An object that is not written here; the message is a sentence."""


def resource_of(api_version: str, kind: str) -> str:
    """`resource.group` as kubectl and rules of RBAC spell it. Raises UnknownResourceError."""
    group, plural, _ = _found(api_version, kind)
    return f"{plural}.{group}" if group else plural


def collection_path(api_version: str, kind: str, namespace: str = "") -> str:
    """The path of a list, or of where objects are created. Raises UnknownResourceError."""
    group, plural, namespaced = _found(api_version, kind)
    if namespaced != bool(namespace):
        need = "needs a namespace" if namespaced else "has no namespace"
        raise UnknownResourceError(f"A {kind} {need}.")
    root = f"/apis/{api_version}" if group else f"/api/{api_version}"
    within = f"/namespaces/{_segment(namespace)}" if namespace else ""
    return f"{root}{within}/{plural}"


def object_path(api_version: str, kind: str, namespace: str, name: str) -> str:
    """The path of one object. Raises UnknownResourceError."""
    return f"{collection_path(api_version, kind, namespace)}/{_segment(name)}"


def _found(api_version: str, kind: str) -> tuple[str, str, bool]:
    group, _, version = api_version.rpartition("/")
    found = _PLURALS.get((group, kind))
    if not found or not _VERSION.fullmatch(version):
        raise UnknownResourceError(f"antrea-doctor does not touch objects of kind {kind!a} of {api_version!a}.")
    return group, *found


def _segment(name: str) -> str:
    """k8s:staging/src/k8s.io/apimachinery/pkg/api/validation/path IsValidPathSegmentName."""
    if not name or name in (".", "..") or any(mark in name for mark in "/%\n\t") or UNSAFE.search(name):
        raise UnknownResourceError(f"{name!a} is not the name of a Kubernetes object.")
    return quote(name, safe="")
