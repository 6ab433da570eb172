"""Why the server does not do what it was asked to: the missing right, the other manager, what admission says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from diagnostics.kube.failures import Failure
from diagnostics.kube.harmless import harmless, without_nulls
from diagnostics.kube.resources import resource_of
from diagnostics.model.snapshot import Reason
from diagnostics.model.text import one_line
from diagnostics.model.writing import Refusal, Why

_LONGEST_SAID = 600
_NOT_OF_THE_SCHEMA = "failed to create typed patch object"  # server-side apply says so with 500
_MANAGER = re.compile(r'conflict with "([^"]*)"')
_NO_RIGHT = re.compile(r"\bcannot \w+ resource\b")
_CREATED_AGAIN = re.compile(r"uid mismatch|Precondition failed: UID")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was asked: a verb of RBAC, and the object."""

    verb: str
    api_version: str
    kind: str
    namespace: str = ""
    name: str = ""

    @property
    def object(self) -> str:
        """The object, for a sentence."""
        key = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {key}".strip()

    @property
    def right(self) -> str:
        """The right that it needs."""
        where = f" in namespace {self.namespace}" if self.namespace else ""
        return f'"{self.verb} {resource_of(self.api_version, self.kind)}"{where}'


class _Cause(msgspec.Struct):
    reason: str = ""
    message: str = ""
    field: str = ""


class _Details(msgspec.Struct):
    causes: list[_Cause] = msgspec.field(default_factory=list)


class _Status(msgspec.Struct):
    message: str = ""
    reason: str = ""
    details: _Details = msgspec.field(default_factory=_Details)


def refusal_of(failure: Failure, attempt: Attempt, body: bytes = b"") -> Refusal:
    """The Refusal behind a Failure; `body` is the answer, where there was one."""
    status = _status(body)
    said = _cut(status.message)
    match failure.status:
        case 403 if not said or _NO_RIGHT.search(said):
            return Refusal(
                Why.FORBIDDEN,
                f"The right {attempt.right} is missing.",
                "Ask an admin for it; `antrea-doctor rbac --allow-write` prints the rights that plans need.",
            )
        case 404 if attempt.name:
            return Refusal(
                Why.ABSENT, f"{attempt.object} is not there, or its kind or namespace is not. {said}".strip()
            )
        case 409:
            return _conflict(status, said, attempt)
        case 500 if _NOT_OF_THE_SCHEMA not in said:
            pass  # a fault of the server, or of a webhook: what it says stands in the Failure
        case 400 | 403 | 422 | 500:
            return Refusal(
                Why.REFUSED,
                f"The server refuses {attempt.object}: {said or failure.sentence}",
                "Nothing was changed by this. Plan again after what it names is settled.",
            )
    if failure.reason is Reason.FORBIDDEN:
        return Refusal(Why.FORBIDDEN, failure.sentence, failure.next_step)
    return Refusal(Why.UNREACHABLE, failure.sentence, failure.next_step)


def _conflict(status: _Status, said: str, attempt: Attempt) -> Refusal:
    managers = dict.fromkeys(
        found[1] for cause in status.details.causes if (found := _MANAGER.search(cause.message))
    ) or dict.fromkeys(_MANAGER.findall(status.message))
    fields = dict.fromkeys(cause.field for cause in status.details.causes if cause.field)
    if managers:
        return Refusal(
            Why.CONFLICT,
            f"{_named(managers)} manages {_named(fields) or 'fields'} of {attempt.object}, which this would change.",
            "Change it there, or let the owner give the field up; antrea-doctor never forces it.",
        )
    if status.reason == "AlreadyExists":
        return Refusal(Why.CONFLICT, f"{attempt.object} is there already.", "Plan again.")
    if _CREATED_AGAIN.search(status.message):
        return Refusal(Why.CONFLICT, f"{attempt.object} was deleted and made anew in between.", "Plan again.")
    if "object has been modified" in status.message or "resourceVersion" in status.message:
        return Refusal(Why.CONFLICT, f"{attempt.object} was changed by somebody else in between.", "Plan again.")
    return Refusal(Why.CONFLICT, f"{attempt.object} is not as expected: {said}", "Plan again.")


def _named(words: Sequence[str] | dict[str, None]) -> str:
    return ", ".join(_cut(word) for word in list(words)[:4])


def _status(body: bytes) -> _Status:
    try:
        return msgspec.json.decode(without_nulls(harmless(body)), type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Status()


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST_SAID else f"{line[:_LONGEST_SAID]}…"
