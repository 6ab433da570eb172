"""A change of the agents' configuration in the form of what owns it: Helm values, git, kustomize, an operator.

antrea:docs/helm.md; the chart's values are named like the keys of the files (antrea:build/charts/antrea/values.yaml).
antrea-operator: spec.antreaAgentConfig of AntreaInstall holds the whole file. Tanzu: AntreaConfig in the management
cluster.
"""

from collections.abc import Mapping

from diagnostics.model.antrea import AGENT_CONFIG_KEY, Antrea
from diagnostics.model.meta import Meta
from diagnostics.remedies.configuration.agent_conf import Setting
from diagnostics.remedies.configuration.owner import Owner, Tool, owner_of
from diagnostics.remedies.configuration.owner_form import look_at
from diagnostics.remedies.plan.commands import Kubectl, Resource, helm_upgrade
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Alternative, Form, Manifest

VALUES_FILE = "antrea-values.yaml"
SAVED_VALUES = "helm-values.bak.yaml"
KUSTOMIZE_FILE = "antrea-config.kustomize.yaml"
_OPERATOR_NAMESPACE, _OPERATOR_OBJECT = "antrea-operator", "antrea-install"


def agents_owner(antrea: Antrea) -> Owner | None:
    """The owner of Antrea's objects, by the ConfigMap, else by the DaemonSet."""
    found = [owner_of(item.metadata) for item in (antrea.config_map, antrea.daemon_set) if item is not None]
    owners = [owner for owner in found if owner]
    return next((owner for owner in owners if owner.tool is not Tool.KUBECTL), next(iter(owners), None))


def helm_release(antrea: Antrea) -> Owner | None:
    """The Helm release, where Helm itself owns Antrea's objects."""
    owner = agents_owner(antrea)
    return owner if owner and owner.tool is Tool.HELM and owner.name else None


def upgrade(
    release: Owner, antrea: Antrea, kubectl: Kubectl, *settings: Setting, values: str = "", only: bool = False
) -> str:
    """The line that changes values of the release and keeps its chart at the release that runs.

    With `only` the release has the values of the file and no others.
    """
    version = str(antrea.version) if antrea.version and len(antrea.versions) == 1 else ""
    said = tuple(item.helm_value for item in settings)
    where = (kubectl.context, release.namespace, release.name, version)
    return helm_upgrade(*where, settings=said, values=values, only=only)


def agent_forms(
    antrea: Antrea, kubectl: Kubectl, settings: tuple[Setting, ...], meta: Meta, files: Mapping[str, str], held: str
) -> tuple[Alternative, ...]:
    """The forms of an edit: that of the owner where one is known, else the one for files kept by oneself.

    `settings` are as Helm takes them, `files` the whole texts by their keys in the ConfigMap `meta`. `held` says what
    keeps Helm from restarting all agents; empty where nothing does.
    """
    owner = agents_owner(antrea)
    tool = owner.tool if owner else Tool.KUBECTL
    values = _values(settings)
    if owner is None or tool is Tool.KUBECTL:
        return (_kustomize(kubectl, meta, files, applied=owner is not None),)
    if tool is Tool.HELM and owner.name:
        restart = held or "Helm also restarts the agents."
        note = f"{restart} The chart is that of https://charts.antrea.io."
        commands = (upgrade(owner, antrea, kubectl, values=values.file_name),)
        back = (upgrade(owner, antrea, kubectl, values=SAVED_VALUES, only=True),)
        form = Alternative("With Helm", note, (values,), commands, True, Form.HELM, carries_out=True, undo=back)
        return (form,)
    if tool is Tool.FLUX_HELM:
        note = (
            f"Write this under spec.values of {owner.called}, in git. To undo it, revert that commit. {held}".rstrip()
        )
        return (Alternative("With Flux: change it in git", note, (values,), look_at(owner, kubectl), True, Form.GIT),)
    if owner.is_git:
        note = (
            f"{owner.called} takes Antrea from git: this shows from where. For a Helm chart, add {values.file_name} to "
            f"its values; for manifests, use {KUSTOMIZE_FILE} as a patch of kustomize. To undo "
            f"it, revert that commit. {held}".rstrip()
        )
        both = (values, _patch(meta, files))
        title = f"With {tool.value}: change it in git"
        return (Alternative(title, note, both, look_at(owner, kubectl), True, Form.GIT),)
    return (_by_operator(owner, kubectl, values, files),)


def _values(settings: tuple[Setting, ...]) -> Manifest:
    tree: dict[str, object] = {}
    for setting in settings:
        *sections, key = setting.name.split(".")
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})  # type: ignore[assignment]
        branch[key] = setting.value
    return manifest(VALUES_FILE, tree)


def _patch(meta: Meta, files: Mapping[str, str]) -> Manifest:
    content = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "data": dict(files),
        "metadata": {"name": meta.name, "namespace": meta.namespace},
    }
    return manifest(KUSTOMIZE_FILE, content)


def _kustomize(kubectl: Kubectl, meta: Meta, files: Mapping[str, str], *, applied: bool) -> Alternative:
    why = "Antrea was applied from files: change them too, or the next apply takes it back. " if applied else ""
    note = (
        f"{why}In kustomization.yaml add {KUSTOMIZE_FILE} under patches, as a path. It is this step's file without "
        "its resourceVersion. A key of data is one string, so the patch holds the whole text: make it again after an "
        "upgrade of Antrea. Where configMapGenerator makes this ConfigMap, change the file that it reads instead. Look "
        "at the difference before you apply: the folder may hold other changes."
    )
    commands = (kubectl.kustomize("diff"), kubectl.kustomize("apply"))
    return Alternative("With kustomize", note, (_patch(meta, files),), commands, form=Form.KUSTOMIZE)


def _by_operator(owner: Owner, kubectl: Kubectl, values: Manifest, files: Mapping[str, str]) -> Alternative:
    if owner.tool is Tool.OPERATOR:
        others = " and that of the controller in antreaControllerConfig" if len(files) > 1 else ""
        note = (
            f"The operator takes {AGENT_CONFIG_KEY} from spec.antreaAgentConfig of AntreaInstall {_OPERATOR_OBJECT}"
            f"{others}, and restarts the agents: set these keys in that text. It reads now:"
        )
        text = "jsonpath={.spec.antreaAgentConfig}"
        look = kubectl.get(Resource.ANTREA_INSTALLS, _OPERATOR_OBJECT, _OPERATOR_NAMESPACE, output=text)
        return Alternative("With the Antrea operator", note, (values,), (look,), owns=True)
    if owner.tool is Tool.KAPP:
        note = (
            "On Tanzu the ConfigMap is made from the object AntreaConfig of this cluster, in the management cluster: "
            "set these keys under spec.antrea.config. A key that it does not have cannot be set by it: ask the vendor."
        )
        return Alternative("With AntreaConfig (Tanzu)", note, (values,), owns=True)
    return Alternative(
        "With its owner", f"{owner.called} writes this ConfigMap: set these keys there.", (values,), owns=True
    )
