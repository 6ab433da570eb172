"""Steps that change what Antrea's agents run: save, one edit of the ConfigMap, one restart, one proof.

antrea:build/charts/antrea/templates: Helm restarts agents by a checksum annotation; after an edit with kubectl they
must be restarted by hand, since the file is mounted by subPath. The agent Pod holds the OVS daemons too.
"""

from dataclasses import dataclass

from diagnostics.model.antrea import AGENT_CONFIG_KEY, Antrea
from diagnostics.model.case import Case
from diagnostics.model.meta import Meta
from diagnostics.model.write import Verb
from diagnostics.remedies.agent_conf import Setting, edited, unified_diff
from diagnostics.remedies.commands import Kubectl, Resource, helm_upgrade, helm_values
from diagnostics.remedies.manifests import manifest
from diagnostics.remedies.plan import Manifest, Restarted, Risk, Step

PATCH_FILE = "antrea-config.patch.yaml"
UNDO_FILE = "antrea-config.undo.yaml"
_MANAGED_BY = "app.kubernetes.io/managed-by"
_RELEASE = "meta.helm.sh/release-name"
_RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
_USUAL_NAME = "antrea-agent"


@dataclass(frozen=True, slots=True)
class HelmRelease:
    """The Helm release that owns Antrea's objects."""

    name: str
    namespace: str


@dataclass(frozen=True, slots=True)
class AgentChange:
    """What agents must run: `settings` to write (those that hold already are skipped), and whether to restart.

    `tables` are the OVS tables that prove it; `why` says what the change is for. `unsure` is true when nothing has to
    change as far as is known, but agents do not tell what they run.
    """

    settings: tuple[Setting, ...]
    restart: bool
    tables: tuple[str, ...]
    why: str
    dangers: tuple[str, ...] = ()
    unsure: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether any agent must change."""
        return bool(self.settings) or self.restart

    @property
    def sentence(self) -> str:
        """The settings as they are said."""
        return ", ".join(item.sentence for item in self.settings)


def helm_release(antrea: Antrea) -> HelmRelease | None:
    """The Helm release by the conventional label and annotations of the ConfigMap or the DaemonSet."""
    owners = (item.metadata for item in (antrea.config_map, antrea.daemon_set) if item is not None)
    for owner in owners:
        if owner.labels.get(_MANAGED_BY) == "Helm" or _RELEASE in owner.annotations:
            namespace = owner.annotations.get(_RELEASE_NAMESPACE, antrea.namespace)
            return HelmRelease(owner.annotations.get(_RELEASE, "antrea"), namespace)
    return None


def agent_steps(case: Case, kubectl: Kubectl, change: AgentChange) -> tuple[Step, ...]:
    """Save, edit, restart and prove; no step when nothing must change.

    Raises ConfEditError when the configuration cannot be edited safely, UnsafeValueError when a name cannot stand
    in a command.
    """
    if not change.is_needed:
        return (_look(case, kubectl, change),) if change.unsure else ()
    antrea = case.cluster.antrea
    restart = _restart(case, antrea, kubectl, change)
    if not change.settings:
        return (restart,)
    return (_save(antrea, kubectl), _edit(antrea, kubectl, change), restart)


def agents_name(antrea: Antrea) -> str:
    """Name of the agents' DaemonSet."""
    return antrea.daemon_set.metadata.name if antrea.daemon_set else _USUAL_NAME


def _save(antrea: Antrea, kubectl: Kubectl) -> Step:
    release = helm_release(antrea)
    name, file = antrea.config_map_name, f"{antrea.config_map_name}.bak.yaml"
    helm = (helm_values(kubectl.context, release.namespace, release.name, "helm-values.bak.yaml"),) if release else ()
    return Step(
        title="Save the configuration of the agents",
        why="So that you can see later what was there, whatever happens in between.",
        commands=(kubectl.get(Resource.CONFIG_MAPS, name, antrea.namespace, output="yaml", into=file),),
        alternatives=helm,
        verify=(kubectl.get(Resource.CONFIG_MAPS, name, antrea.namespace, output="name"),),
        expect=f"The file {file} holds the ConfigMap; keep it.",
    )


def _edit(antrea: Antrea, kubectl: Kubectl, change: AgentChange) -> Step:
    config_map = antrea.config_map
    if config_map is None:
        raise ValueError("a change of settings needs the ConfigMap")
    meta, before = config_map.metadata, config_map.data[AGENT_CONFIG_KEY]
    after = edited(before, change.settings)
    restart = _restart_commands(antrea, kubectl)
    release = helm_release(antrea)
    alternatives, dangers = _for_helm(release, antrea, kubectl, change) if release else ((), ())
    return Step(
        title=f"Edit the agents' configuration in ConfigMap {meta.key}",
        why=(
            f"{change.why} This sets {change.sentence}. "
            "Agents read the file only when they start, so nothing changes yet."
        ),
        commands=(kubectl.patch(Resource.CONFIG_MAPS, meta.name, meta.namespace, PATCH_FILE),),
        manifests=(_patch(PATCH_FILE, meta, after, guarded=True),),
        diff=unified_diff(before, after, AGENT_CONFIG_KEY),
        verify=(
            kubectl.get(
                Resource.CONFIG_MAPS,
                meta.name,
                meta.namespace,
                output="jsonpath={.data.antrea-agent\\.conf}",
            ),
        ),
        expect=f"The printed file says {change.sentence}.",
        undo=(kubectl.patch(Resource.CONFIG_MAPS, meta.name, meta.namespace, UNDO_FILE), *restart),
        undo_manifests=(_patch(UNDO_FILE, meta, before, guarded=False),),
        risk=Risk.CLUSTER_WIDE,
        dangers=(
            *dangers,
            "A conflict error means that somebody changed the ConfigMap after it was read here: plan again.",
            "Agents with a broken file do not start. The rollout then stops at the first Node; undo this step.",
        ),
        alternatives=alternatives,
    )


def _restart(case: Case, antrea: Antrea, kubectl: Kubectl, change: AgentChange) -> Step:
    mixed = (
        (f"Agents are of several releases ({', '.join(antrea.versions)}): finish the upgrade first.",)
        if len(antrea.versions) > 1
        else ()
    )
    pending = () if change.settings else ("Everything else that was changed in the ConfigMap since takes effect too.",)
    verify, expect = _proof(case, kubectl, change)
    return Step(
        title="Restart the agents and wait for every Node",
        why=f"{change.why} Only a restart makes agents read their file.",
        commands=_restart_commands(antrea, kubectl),
        verify=verify,
        expect=expect,
        risk=Risk.CLUSTER_WIDE,
        dangers=(
            "The agent Pod also holds Open vSwitch: traffic of Pods is interrupted for moments, Node by Node.",
            *change.dangers,
            *pending,
            *mixed,
        ),
        changes=(Restarted("DaemonSet", antrea.namespace, agents_name(antrea)),),
    )


def _look(case: Case, kubectl: Kubectl, change: AgentChange) -> Step:
    verify, expect = _proof(case, kubectl, change)
    return Step(
        title="See that every Node runs what this needs",
        why=f"{change.why} The configuration says so, but the agents did not tell what they run.",
        commands=(),
        verify=verify,
        expect=expect,
        operator_acts=True,
    )


def _proof(case: Case, kubectl: Kubectl, change: AgentChange) -> tuple[tuple[str, ...], str]:
    """The command that shows the tables of every agent, and what it must show."""
    fields = "".join(f'{{"\\t{table}="}}{{.ovsInfo.flowTable.{table}}}' for table in change.tables)
    output = f'jsonpath={{range .items[*]}}{{.metadata.name}}{fields}{{"\\n"}}{{end}}'
    marks = " and ".join(f"{table}=" for table in change.tables)
    nodes = sum(not node.is_windows for node in case.cluster.nodes.values())
    return (kubectl.get(Resource.AGENT_INFOS, output=output),), (
        f"Each of the {nodes} Linux Nodes shows a number after {marks}. "
        "Agents report about once a minute; go on only when no Node is missing."
    )


def _restart_commands(antrea: Antrea, kubectl: Kubectl) -> tuple[str, ...]:
    name = agents_name(antrea)
    return (kubectl.rollout_restart(name, antrea.namespace), kubectl.rollout_status(name, antrea.namespace))


def _for_helm(
    release: HelmRelease, antrea: Antrea, kubectl: Kubectl, change: AgentChange
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    settings = tuple(item.helm_value for item in change.settings)
    version = str(antrea.version) if antrea.version and len(antrea.versions) == 1 else ""
    command = helm_upgrade(kubectl.context, release.namespace, release.name, version, settings)
    return (command,), (
        f"Helm release {release.name} owns this ConfigMap: its next upgrade reverts a direct edit. "
        f"Use Helm instead (it also restarts the agents): {command}",
    )


def _patch(file: str, meta: Meta, text: str, *, guarded: bool) -> Manifest:
    """A merge patch with the whole file; guarded by the resourceVersion a concurrent change makes it fail."""
    version = {"resourceVersion": meta.resource_version} if guarded and meta.resource_version else {}
    return manifest(
        file,
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "data": {AGENT_CONFIG_KEY: text},
            "metadata": {"name": meta.name, "namespace": meta.namespace, **version},
        },
        Verb.MERGE,
    )
