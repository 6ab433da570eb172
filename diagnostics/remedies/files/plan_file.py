"""A plan as a file that lives longer than the process: what each step writes, what was seen, how far it got.

It is the document of `plan -o json` with more in it, so that other programs read both alike. Fields that are not known
here are kept. A file is text from elsewhere: it is checked before anything of it is shown or done.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from diagnostics.model.text import UNSAFE
from diagnostics.model.write import Verb, Write
from diagnostics.remedies.files.plan_text import SCHEMA_VERSION
from diagnostics.remedies.plan.plan import Restarted

Deed = Write | Restarted

LARGEST_FILE = 64 * 1024 * 1024
_AGAIN = "Make it with `antrea-doctor plan NAMESPACE/SERVICE --remedy SLUG -o json`."


class PlanFileError(ValueError):
    """The file cannot be used; the message is a sentence that says why and what to do."""


class _Filed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class Seen(_Filed, frozen=True):
    """The object of a write when the plan was made; `digest` is of the facts that the plan was made from."""

    there: bool
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    digest: str = ""


class FiledWrite(_Filed, frozen=True):
    """One change of a step; `seen` is null where the plan did not look at the object."""

    verb: Literal["apply", "merge", "create", "delete", "restart"]
    api_version: str
    kind: str
    name: str
    namespace: str = ""
    node: str = ""
    body: dict[str, Any] | None = None
    seen: Seen | None = None

    @property
    def change(self) -> Deed:
        """The change, as the engine knows it."""
        if self.verb == "restart":
            return Restarted(self.kind, self.namespace, self.name, self.node)
        return Write(Verb(self.verb), self.api_version, self.kind, self.name, self.namespace, self.body)

    @property
    def object(self) -> str:
        """The object, for a sentence."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Saved(_Filed, frozen=True):
    """What was there before one write, and what is there since; null for nothing.

    `state`: begun until the server answered, then done, or unsure when no answer came. `after` is the dry run's
    answer until the real one is known.
    """

    write: int
    state: Literal["begun", "done", "unsure"]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class Observed(_Filed, frozen=True):
    """What live traffic showed at one Pod, and whether it fits what was predicted."""

    pod: str
    source: str
    fit: Literal["fits", "contradicts", "cannot tell"]
    why: str
    at: str


class Progress(_Filed, frozen=True):
    """How far a step got; `at` is when it was last touched (RFC 3339)."""

    state: Literal["begun", "done", "undone"]
    at: str
    saved: tuple[Saved, ...] = ()
    observed: tuple[Observed, ...] = ()


class FiledStep(_Filed, frozen=True):
    """One step of the file. `tables_lacked`: some agent lacked one of the `tables` when the plan was made.

    `told_done` is the operator's word: done by hand, or passed over knowingly. What reads say stands beside it.
    """

    title: str
    writes: tuple[FiledWrite, ...]
    why: str = ""
    commands: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    expect: str = ""
    undo: tuple[str, ...] = ()
    risk: str = ""
    dangers: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    tables_lacked: bool = False
    told_done: bool = False
    progress: Progress | None = None

    @property
    def saved(self) -> tuple[Saved, ...]:
        """What is saved and not taken back yet."""
        return self.progress.saved if self.progress and self.progress.state != "undone" else ()


class FiledPlan(_Filed, frozen=True):
    """The known part of the document."""

    remedy: str
    service: str
    steps: tuple[FiledStep, ...]
    applicable: bool
    context: str | None = None
    server: str = ""
    made_at: str = ""


class _Head(_Filed, frozen=True):
    schema_version: str
    remedy: str
    steps: list[dict[str, Any]]


@dataclass(frozen=True)
class PlanFile:
    """The whole document, and what is known of it."""

    document: Mapping[str, Any]
    plan: FiledPlan

    def step(self, number: int) -> FiledStep:
        """A step by its number, which starts at 1. Raises PlanFileError."""
        if not 1 <= number <= len(self.plan.steps):
            raise PlanFileError(f"There is no step {number}: the plan has {len(self.plan.steps)}.")
        return self.plan.steps[number - 1]

    def with_progress(self, number: int, progress: Progress) -> "PlanFile":
        """The same plan with this step that far."""
        document = deepcopy(dict(self.document))
        document["steps"][number - 1]["progress"] = msgspec.to_builtins(progress)
        steps = list(self.plan.steps)
        steps[number - 1] = msgspec.structs.replace(steps[number - 1], progress=progress)
        return replace(self, document=document, plan=msgspec.structs.replace(self.plan, steps=tuple(steps)))

    def with_told(self, numbers: Collection[int]) -> "PlanFile":
        """The same plan with the operator's word that these steps, and no others, are done."""
        document = deepcopy(dict(self.document))
        steps = []
        for number, step in enumerate(self.plan.steps, start=1):
            document["steps"][number - 1]["toldDone"] = number in numbers
            steps.append(msgspec.structs.replace(step, told_done=number in numbers))
        return replace(self, document=document, plan=msgspec.structs.replace(self.plan, steps=tuple(steps)))

    def encoded(self) -> bytes:
        """The file, ended with a newline; plain ASCII, so that no reader can mistake it."""
        return (json.dumps(self.document, indent=2, ensure_ascii=True) + "\n").encode()


def decode_plan(data: bytes) -> PlanFile:
    """The plan in a file. Raises PlanFileError."""
    if len(data) > LARGEST_FILE:
        raise PlanFileError(f"The file is larger than {LARGEST_FILE // 1024**2} MiB, so it is no plan.")
    if not data.strip():
        raise PlanFileError(f"The file is empty. {_AGAIN}")
    try:
        document = msgspec.json.decode(data)
        hidden = next((text for text in _texts(document) if UNSAFE.search(text)), None)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PlanFileError(f"The file is not JSON. {_AGAIN}") from error
    if hidden is not None:
        raise PlanFileError(
            f"The file holds control or invisible characters, at {hidden[:40]!a}: antrea-doctor did not write it so."
        )
    head = _converted(document, _Head)
    if head.schema_version != SCHEMA_VERSION:
        raise PlanFileError(
            f"The plan is of schema version {head.schema_version!a}, known is {SCHEMA_VERSION}. {_AGAIN}"
        )
    if any("writes" not in step for step in head.steps):
        raise PlanFileError(f"An older antrea-doctor made this plan: it does not say what its steps write. {_AGAIN}")
    return PlanFile(document, _converted(document, FiledPlan))


def _converted(document: Any, form: type[Any]) -> Any:
    try:
        return msgspec.convert(document, form)
    except msgspec.ValidationError as error:
        raise PlanFileError(f"The file is not a plan of antrea-doctor: {error}. {_AGAIN}") from error


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
