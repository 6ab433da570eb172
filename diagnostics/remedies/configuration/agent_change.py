"""Steps that change what Antrea's agents run: save, one edit of the ConfigMap, one restart, one proof.

antrea:build/charts/antrea/templates: Helm restarts agents by a checksum annotation; after an edit with kubectl they
must be restarted by hand, since the file is mounted by subPath. The agent Pod holds the OVS daemons too.
"""

from dataclasses import dataclass

from diagnostics.model.antrea import AGENT_CONFIG_KEY, CONTROLLER_CONFIG_KEY, Antrea
from diagnostics.model.case import Case
from diagnostics.model.meta import Meta
from diagnostics.model.write import Verb
from diagnostics.remedies.configuration.agent_conf import Setting, edited, missing, unified_diff
from diagnostics.remedies.configuration.agent_forms import (
    SAVED_VALUES,
    agent_forms,
    agents_owner,
    helm_release,
    upgrade,
)
from diagnostics.remedies.configuration.known_settings import CONTROLLER_KNOWN_SINCE, refuse_unknown
from diagnostics.remedies.configuration.owner import Owner, Tool
from diagnostics.remedies.plan.commands import Kubectl, Resource, helm_values
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Alternative, Form, Manifest, Restarted, Risk, Step

PATCH_FILE = "antrea-config.patch.yaml"
UNDO_FILE = "antrea-config.undo.yaml"
_USUAL_NAME = "antrea-agent"
_CONTROLLER = "antrea-controller"
HOLD_BACK = Setting("agent.updateStrategy", "type", "OnDelete")
ROLL_OUT = Setting("agent.updateStrategy", "type", "RollingUpdate")


@dataclass(frozen=True, slots=True)
class AgentChange:
    """What agents must run: `settings` to write (those that hold already are skipped), and whether to restart.

    `tables` are the OVS tables that prove it; `why` says what the change is for. `unsure` is true when nothing has to
    change as far as is known, but agents do not tell what they run. `controller` are settings of the controller,
    written with the same edit; it is restarted after the agents. `canary` is true when one agent starts before the
    others: an owner that restarts agents by itself (Helm) must then be held back.
    """

    settings: tuple[Setting, ...]
    restart: bool
    tables: tuple[str, ...]
    why: str
    dangers: tuple[str, ...] = ()
    unsure: bool = False
    controller: tuple[Setting, ...] = ()
    canary: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether any agent must change."""
        return self.edits or self.restart

    @property
    def edits(self) -> bool:
        """Whether a file of the ConfigMap changes."""
        return bool(self.settings or self.controller)

    @property
    def sentence(self) -> str:
        """The settings as they are said."""
        both = [f"{item.sentence} (for the controller too)" for item in self.settings if item in self.controller]
        agents = [item.sentence for item in self.settings if item not in self.controller]
        alone = [f"{item.sentence} (for the controller)" for item in self.controller if item not in self.settings]
        return ", ".join((*agents, *both, *alone))


def agent_steps(case: Case, kubectl: Kubectl, change: AgentChange, *before_restart: Step) -> tuple[Step, ...]:
    """Save, edit, restart and prove, with steps of the caller before the restart; no step when nothing must change.

    Raises ConfEditError when the configuration cannot be edited safely, UnsafeValueError when a name cannot stand
    in a command.
    """
    if not change.is_needed:
        return (_look(case, kubectl, change),) if change.unsure else ()
    antrea = case.cluster.antrea
    restart = (*before_restart, _restart(case, antrea, kubectl, change), *_restart_controller(antrea, kubectl, change))
    if not change.edits:
        return restart
    return (_save(antrea, kubectl), _edit(antrea, kubectl, change), *restart)


def agents_name(antrea: Antrea) -> str:
    """Name of the agents' DaemonSet."""
    return antrea.daemon_set.metadata.name if antrea.daemon_set else _USUAL_NAME


def lacking(antrea: Antrea, key: str, wanted: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """The settings that the file under this key of the ConfigMap lacks; all of them where it could not be read.

    A file that the ConfigMap does not have lacks none: nothing would read one written there.
    """
    if antrea.config is None or antrea.config_map is None:
        return wanted
    return missing(antrea.config_map.data[key], wanted) if key in antrea.config_map.data else ()


def _save(antrea: Antrea, kubectl: Kubectl) -> Step:
    release = helm_release(antrea)
    name, file = antrea.config_map_name, f"{antrea.config_map_name}.bak.yaml"
    read = kubectl.get(Resource.CONFIG_MAPS, name, antrea.namespace, output="yaml", into=file)
    helm = (helm_values(kubectl.context, release.namespace, release.name, SAVED_VALUES),) if release else ()
    with_values = Alternative(
        "With Helm", "Save its values too.", commands=(read, *helm), owns=True, form=Form.HELM, carries_out=True
    )
    return Step(
        title="Save the configuration of the agents",
        why="So that you can see later what was there, whatever happens in between.",
        commands=(read,),
        alternatives=(with_values,) if helm else (),
        verify=(kubectl.get(Resource.CONFIG_MAPS, name, antrea.namespace, output="name"),),
        expect=f"The file {file} holds the ConfigMap; keep it.",
    )


def _edit(antrea: Antrea, kubectl: Kubectl, change: AgentChange) -> Step:
    config_map = antrea.config_map
    if config_map is None:
        raise ValueError("a change of settings needs the ConfigMap")
    meta, before = config_map.metadata, config_map.data[AGENT_CONFIG_KEY]
    refuse_unknown(antrea, before, change.settings)
    after = edited(before, change.settings)
    was, then = {AGENT_CONFIG_KEY: before}, {AGENT_CONFIG_KEY: after}
    if change.controller:
        was[CONTROLLER_CONFIG_KEY] = config_map.data.get(CONTROLLER_CONFIG_KEY, "")
        refuse_unknown(antrea, was[CONTROLLER_CONFIG_KEY], change.controller, CONTROLLER_KNOWN_SINCE)
        then[CONTROLLER_CONFIG_KEY] = edited(was[CONTROLLER_CONFIG_KEY], change.controller)
    restart = _restart_commands(antrea, kubectl)
    return Step(
        title=f"Edit the agents' configuration in ConfigMap {meta.key}",
        why=(
            f"{change.why} This sets {change.sentence}. "
            "Agents read the file only when they start, so nothing changes yet."
        ),
        commands=(kubectl.patch(Resource.CONFIG_MAPS, meta.name, meta.namespace, PATCH_FILE),),
        manifests=(_patch(PATCH_FILE, meta, then, guarded=True),),
        diff="\n".join(filter(None, (unified_diff(was[key], then[key], key) for key in then))),
        verify=(
            kubectl.get(
                Resource.CONFIG_MAPS,
                meta.name,
                meta.namespace,
                output="jsonpath={.data.antrea-agent\\.conf}",
            ),
        ),
        expect=f"The printed file says {change.sentence}.",
        undo=(
            kubectl.patch(Resource.CONFIG_MAPS, meta.name, meta.namespace, UNDO_FILE),
            *restart,
            *(line for step in _restart_controller(antrea, kubectl, change) for line in step.commands),
        ),
        undo_manifests=(_patch(UNDO_FILE, meta, was, guarded=False),),
        risk=Risk.CLUSTER_WIDE,
        dangers=(
            *_warning(antrea, meta),
            "A conflict error means that somebody changed the ConfigMap after it was read here: plan again.",
            "Agents with a broken file do not start. The rollout then stops at the first Node; undo this step.",
        ),
        alternatives=_forms(antrea, kubectl, change, meta, then),
    )


def _restart(case: Case, antrea: Antrea, kubectl: Kubectl, change: AgentChange) -> Step:
    mixed = (
        (f"Agents are of several releases ({', '.join(antrea.versions)}): finish the upgrade first.",)
        if len(antrea.versions) > 1
        else ()
    )
    pending = () if change.edits else ("Everything else that was changed in the ConfigMap since takes effect too.",)
    verify, expect = tables_proof(case, kubectl, change.tables)
    release = helm_release(antrea)
    forms = (_restart_by(release, antrea, kubectl, change),) if release and change.edits else ()
    return Step(
        title="Restart the agents and wait for every Node",
        why=f"{change.why} Only a restart makes agents read their file.",
        commands=_restart_commands(antrea, kubectl),
        alternatives=forms,
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
        tables=change.tables,
    )


def _restart_by(release: Owner, antrea: Antrea, kubectl: Kubectl, change: AgentChange) -> Alternative:
    """Helm restarts the agents with its edit, or, where one came first, when it is let go on."""
    wait = kubectl.rollout_status(agents_name(antrea), antrea.namespace)
    commands = (upgrade(release, antrea, kubectl, ROLL_OUT), wait) if change.canary else (wait,)
    note = "" if change.canary else "Helm restarts them with the edit: wait for the end."
    return Alternative("With Helm", note, commands=commands, owns=True, form=Form.HELM, carries_out=True)


def _restart_controller(antrea: Antrea, kubectl: Kubectl, change: AgentChange) -> tuple[Step, ...]:
    if not change.controller:
        return ()
    name, namespace, kind = _CONTROLLER, antrea.namespace, Resource.DEPLOYMENTS
    return (
        Step(
            title="Restart Antrea's controller",
            why=f"{change.why} The controller reads its file, too, only when it starts.",
            commands=(
                kubectl.rollout_restart(name, namespace, kind),
                kubectl.rollout_status(name, namespace, resource=kind),
            ),
            verify=(kubectl.get(kind, name, namespace, output='jsonpath={.status.readyReplicas}{"\\n"}'),),
            expect="It prints 1: the controller is ready again.",
            risk=Risk.DISTURBS,
            dangers=("While it is away, changes of policies wait; those in force stay in force.",),
            changes=(Restarted("Deployment", namespace, name),),
        ),
    )


def _look(case: Case, kubectl: Kubectl, change: AgentChange) -> Step:
    verify, expect = tables_proof(case, kubectl, change.tables)
    return Step(
        title="See that every Node runs what this needs",
        why=f"{change.why} The configuration says so, but the agents did not tell what they run.",
        commands=(),
        verify=verify,
        expect=expect,
        operator_acts=True,
        tables=change.tables,
    )


def tables_proof(case: Case, kubectl: Kubectl, tables: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The command that shows the tables of every agent, and what it must show."""
    fields = "".join(f'{{"\\t{table}="}}{{.ovsInfo.flowTable.{table}}}' for table in tables)
    output = f'jsonpath={{range .items[*]}}{{.metadata.name}}{fields}{{"\\n"}}{{end}}'
    marks = " and ".join(f"{table}=" for table in tables)
    nodes = sum(not node.is_windows for node in case.cluster.nodes.values())
    return (kubectl.get(Resource.AGENT_INFOS, output=output),), (
        f"Each of the {nodes} Linux Nodes shows a number after {marks}. "
        "Agents report about once a minute; go on only when no Node is missing."
    )


def _restart_commands(antrea: Antrea, kubectl: Kubectl) -> tuple[str, ...]:
    name = agents_name(antrea)
    return (kubectl.rollout_restart(name, antrea.namespace), kubectl.rollout_status(name, antrea.namespace))


def _warning(antrea: Antrea, meta: Meta) -> tuple[str, ...]:
    owner = agents_owner(antrea)
    known = owner is not None and owner.tool is not Tool.KUBECTL
    return (owner.warning(f"ConfigMap {meta.key}", sure=True),) if owner and known else ()


def _forms(
    antrea: Antrea, kubectl: Kubectl, change: AgentChange, meta: Meta, files: dict[str, str]
) -> tuple[Alternative, ...]:
    held = f"{HOLD_BACK.sentence} keeps Helm from restarting all agents at once." if change.canary else ""
    settings = dict.fromkeys((*change.settings, *change.controller, *((HOLD_BACK,) if held else ())))
    return agent_forms(antrea, kubectl, tuple(settings), meta, files, held)


def _patch(file: str, meta: Meta, files: dict[str, str], *, guarded: bool) -> Manifest:
    """A merge patch with whole files by their keys; a guarded one fails after a concurrent change."""
    version = {"resourceVersion": meta.resource_version} if guarded and meta.resource_version else {}
    return manifest(
        file,
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "data": files,
            "metadata": {"name": meta.name, "namespace": meta.namespace, **version},
        },
        Verb.MERGE,
    )
