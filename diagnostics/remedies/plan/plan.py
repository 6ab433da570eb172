"""The form of a remedy and of the plan that it makes for one Service."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from diagnostics.model.case import Case
from diagnostics.model.finding import Finding
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.write import Verb, Write
from diagnostics.policy.difference import AdmissionChange


class Risk(StrEnum):
    """What an act does to others."""

    SAFE = "safe"
    DISTURBS = "disturbs"
    CLUSTER_WIDE = "cluster-wide"


class State(StrEnum):
    """Whether a prerequisite holds."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """A condition of the plan. `settles` says, if it is not met or unknown, what would settle it.

    `blocks` is true when no step of this plan can make it true: the plan is then not applicable.
    """

    title: str
    state: State
    evidence: str
    settles: str = ""
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file of one object; `file_name` is what the commands call it, `verb` what they do with it."""

    file_name: str
    yaml: str
    verb: Verb = Verb.APPLY


@dataclass(frozen=True, slots=True)
class Restarted:
    """All Pods of a DaemonSet or Deployment start anew, as `kubectl rollout restart` does it.

    Antrea's agents then run what their ConfigMap says. `node` narrows it to the Pod on one Node, as deleting that Pod
    does it.
    """

    kind: str
    namespace: str
    name: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What something in the cluster will do in answer to a step, as far as it can be foreseen; no hand writes it.

    A what-if needs it: the address that a load balancer gives is a consequence of the step, not a part of it.
    """

    write: Write


Change = Write | Restarted | Assumed


class Form(StrEnum):
    """The form of a step: by the tool that carries it out. `owner` is that of whatever owns the object here."""

    OWNER = "owner"
    KUBECTL = "kubectl"
    HELM = "helm"
    KUSTOMIZE = "kustomize"
    GIT = "git"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another form of what a step does: in a tool that owns the object, or keeps it in files.

    `title` names the tool ("With Helm"), `note` says what to do there. `manifests` are files for the tool, and
    `commands` its lines. `owns` is true when that tool owns the object here: its form then comes before the step's own.
    `carries_out` is true when the commands do what the step does; else they only show where it is to be done.
    `undo` are lines that take it back in the same tool.
    """

    title: str
    note: str = ""
    manifests: tuple[Manifest, ...] = ()
    commands: tuple[str, ...] = ()
    owns: bool = False
    form: Form = Form.OWNER
    carries_out: bool = False
    undo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One act: why, with which commands or manifests, how to prove it, how to undo it.

    `commands` and `verify` are whole POSIX shell command lines without a final newline. `dangers` are said where
    they bite. `expect` says what the proof must show. `alternatives` are forms to use instead of `commands`
    where something else owns the object. `diff` shows an edit of an existing object as a unified diff.
    `undo_manifests` are files that only the undo commands name. `changes` is what the commands do beyond writing
    the manifests; with both, a what-if knows the whole effect of the step, and so does the hand that applies it.
    `operator_acts` is true when the operator has to do what `expect` says between the commands and the proof, or,
    without commands, to judge it. `tables` are the OVS tables that every agent on Linux (on the restarted Node, if it
    is only one) reports once the step took effect.
    """

    title: str
    why: str
    commands: tuple[str, ...]
    manifests: tuple[Manifest, ...] = ()
    verify: tuple[str, ...] = ()
    expect: str = ""
    undo: tuple[str, ...] = ()
    risk: Risk = Risk.SAFE
    dangers: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    diff: str = ""
    undo_manifests: tuple[Manifest, ...] = ()
    changes: tuple[Change, ...] = ()
    operator_acts: bool = False
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What the operator is asked before planning: client ranges that must stay allowed.

    `api_server` is an address of the API server that needs no Service: `HOST:PORT` or a URL.
    """

    allow: tuple[str, ...] = ()
    kube_context: str = ""
    api_server: str = ""


@dataclass(frozen=True)
class Plan:
    """A way out for one Service.

    `then` is the Service as the steps would leave it (None when the plan is not applicable), and `after` the whole
    Snapshot of that; the engine runs on it again. `new_broken` are findings that the plan would add: such a plan is
    refused.
    `admits` is who would get in, and who would not any more, compared with today.
    `asks` names input that is still missing. `context` is the context that all commands name; empty: none does.
    `cluster` says where the facts come from: the server, or files.
    """

    remedy: str
    service: str
    prerequisites: tuple[Prerequisite, ...]
    steps: tuple[Step, ...]
    blocked_by: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    then: Case | None = field(default=None, compare=False)
    new_broken: tuple[Finding, ...] = ()
    context: str = ""
    admits: tuple[AdmissionChange, ...] = ()
    cluster: str = ""

    @property
    def after(self) -> Snapshot | None:
        """The Snapshot as the steps would make it."""
        return self.then.snapshot if self.then else None

    @property
    def applicable(self) -> bool:
        """Whether the steps may be followed."""
        return not self.blocked_by and not self.asks and not self.new_broken


@dataclass(frozen=True, slots=True)
class Remedy:
    """A way out: `slug`, a title, one sentence of what it gives and one of what it costs, and its planner."""

    slug: str
    title: str
    gives: str
    costs: str
    risk: Risk
    filters: bool
    make: Callable[[Case, Question], Plan]
