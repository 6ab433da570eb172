"""Who owns an object: the tool that wrote it and will write it again, told by labels, annotations and field managers.

Argo CD: annotation `argocd.argoproj.io/tracking-id`, or by label alone, told by its field manager (argo-cd:docs
user-guide/resource_tracking). Flux: labels of kustomize-controller and helm-controller. Helm: its own label and
annotations. Carvel kapp, by which Tanzu installs Antrea: its labels. antrea-operator: field manager or owner.
Argo CD and Flux come first: they render Helm charts too.
"""

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.model.meta import Meta, OwnedMeta
from diagnostics.remedies.plan.commands import FIELD_MANAGER

MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
_ARGO_TRACKING = "argocd.argoproj.io/tracking-id"
_ARGO_INSTANCE = "argocd.argoproj.io/instance"
_ARGO = "argocd.argoproj.io/"
_FLUX_KUSTOMIZE = "kustomize.toolkit.fluxcd.io"
_FLUX_HELM = "helm.toolkit.fluxcd.io"
_RELEASE = "meta.helm.sh/release-name"
_RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
_KAPP = "kapp.k14s.io/app"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Tool(StrEnum):
    """What owns objects; the value is how it is called."""

    ARGO_CD = "Argo CD"
    FLUX = "Flux"
    FLUX_HELM = "Flux (HelmRelease)"
    HELM = "Helm"
    OPERATOR = "the Antrea operator"
    KAPP = "kapp"
    OTHER = "other"
    KUBECTL = "kubectl"


_MANAGERS: dict[str, Tool] = {
    "argocd-controller": Tool.ARGO_CD,
    "argocd-application-controller": Tool.ARGO_CD,
    "kustomize-controller": Tool.FLUX,
    "helm-controller": Tool.FLUX_HELM,
    "helm": Tool.HELM,
    "antrea-operator": Tool.OPERATOR,
    "kapp": Tool.KAPP,
}
_IN_GIT = (Tool.ARGO_CD, Tool.FLUX, Tool.FLUX_HELM)


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of one object. `name` and `namespace` are those of its application, release or Kustomization.

    `evidence` is the label, annotation or field manager that tells it.
    """

    tool: Tool
    evidence: str
    name: str = ""
    namespace: str = ""

    @property
    def called(self) -> str:
        """The owner as it stands at the start of a sentence."""
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        match self.tool:
            case Tool.ARGO_CD:
                return f"Argo CD application {self.name}" if self.name else "Argo CD"
            case Tool.FLUX:
                return f"Flux Kustomization {where}" if self.name else "Flux"
            case Tool.FLUX_HELM:
                return f"Flux HelmRelease {where}" if self.name else "A HelmRelease of Flux"
            case Tool.HELM:
                return f"Helm release {self.name}" if self.name else "Helm"
            case Tool.OPERATOR:
                return "The Antrea operator"
            case Tool.KAPP:
                return "A package of kapp (as on Tanzu)"
            case Tool.OTHER:
                return self.name
            case Tool.KUBECTL:
                return "A file applied with kubectl"

    @property
    def is_git(self) -> bool:
        """Whether what stands in git wins over what stands in the cluster."""
        return self.tool in _IN_GIT

    @property
    def when(self) -> str:
        """When it writes the object again."""
        match self.tool:
            case Tool.ARGO_CD:
                return "within seconds where self-heal is on, else at its next sync"
            case Tool.FLUX | Tool.FLUX_HELM:
                return "at its next reconciliation, usually within minutes"
            case Tool.HELM:
                return "at its next upgrade"
            case Tool.KUBECTL:
                return "when it is applied again"
            case _:
                return "whenever it looks again"

    def warning(self, what: str, *, sure: bool) -> str:
        """That a direct change does not last. `sure` is false where it adds what the owner may not know of."""
        verb = "takes a direct change back" if sure else "may take a direct change back"
        place = "Change it in git" if self.is_git else "Change it there"
        return f"{self.called} owns {what} ({self.evidence}) and {verb} {self.when}. {place}."


def owner_of(meta: Meta) -> Owner | None:
    """The owner of the object; None when nothing tells one. Field managers are known of few kinds (OwnedMeta)."""
    labels, notes = meta.labels, meta.annotations
    if tracking := notes.get(_ARGO_TRACKING, ""):
        return Owner(Tool.ARGO_CD, f"annotation {_ARGO_TRACKING}", tracking.partition(":")[0])
    if f"{_FLUX_HELM}/name" in labels:
        return _by_flux(Tool.FLUX_HELM, _FLUX_HELM, labels)
    if f"{_FLUX_KUSTOMIZE}/name" in labels:
        return _by_flux(Tool.FLUX, _FLUX_KUSTOMIZE, labels)
    if own := next((key for key in (*notes, *labels) if key.startswith(_ARGO)), ""):
        return Owner(Tool.ARGO_CD, own, labels.get(_ARGO_INSTANCE) or labels.get(INSTANCE, ""))
    by_manager = _by_manager(meta)
    if by_manager and by_manager.is_git:
        return by_manager
    if _RELEASE in notes or labels.get(MANAGED_BY) == "Helm":
        told = f"annotation {_RELEASE}" if _RELEASE in notes else f"label {MANAGED_BY}=Helm"
        name = notes.get(_RELEASE) or labels.get(INSTANCE, "")
        return Owner(Tool.HELM, told, name, notes.get(_RELEASE_NAMESPACE, meta.namespace))
    if _KAPP in labels:
        return Owner(Tool.KAPP, f"label {_KAPP}")
    if by_manager:
        return by_manager
    other = labels.get(MANAGED_BY, "")
    if other and other != FIELD_MANAGER:
        return Owner(Tool.OTHER, f"label {MANAGED_BY}={other}", other)
    return Owner(Tool.KUBECTL, f"annotation {_LAST_APPLIED}") if _LAST_APPLIED in notes else None


def _by_flux(tool: Tool, group: str, labels: dict[str, str]) -> Owner:
    key = f"{group}/name"
    return Owner(tool, f"label {key}", labels[key], labels.get(f"{group}/namespace", ""))


def _by_manager(meta: Meta) -> Owner | None:
    if not isinstance(meta, OwnedMeta):
        return None
    if install := next((item for item in meta.owner_references if item.kind == "AntreaInstall"), None):
        return Owner(Tool.OPERATOR, f"its owner is AntreaInstall {install.name}", install.name)
    for entry in meta.managed_fields:
        if tool := _MANAGERS.get(entry.manager):
            name = meta.labels.get(INSTANCE, "") if tool in (Tool.ARGO_CD, Tool.HELM) else ""
            return Owner(tool, f"field manager {entry.manager}", name)
    return None
