"""The one hand that changes a cluster: a Write as a request, tried first, then carried out if that is allowed.

Every request names the field manager, is validated strictly and never forced. Without `may_write` nothing but dry
runs can leave, whoever asks: the guard stands where requests are sent. A request is never sent twice: whether the
first one was carried out could not be told.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from diagnostics.kube.connection import Connection, failure_of
from diagnostics.kube.flight import Flight
from diagnostics.kube.objects import ObjectReader, as_object, in_time
from diagnostics.kube.refusals import Attempt, refusal_of
from diagnostics.kube.resources import UnknownResourceError, collection_path, object_path
from diagnostics.kube.wire import Answer, Broken, Question, Wire
from diagnostics.model.text import one_line
from diagnostics.model.write import Verb, Write
from diagnostics.model.writing import Identity, Refusal, Taken, Why

FIELD_MANAGER = "antrea-doctor"
_JSON, _MERGE, _APPLY = "application/json", "application/merge-patch+json", "application/apply-patch+yaml"
_RIGHTS = {Verb.APPLY: "patch", Verb.MERGE: "patch", Verb.CREATE: "create", Verb.DELETE: "delete"}
_WARNING = re.compile(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"')
_CREATED = 201
_NEVER_SENT = "Nothing was sent: antrea-doctor was started without --allow-write."


class ClusterWriter(ObjectReader):
    """Reads, tries and carries out Writes as one user. Blocks; raises ConnectionTrouble when a login fails."""

    def __init__(self, wire: Wire, *, may_write: bool) -> None:
        super().__init__(Connection(wire))
        self._wire = wire
        self.may_write = may_write

    def dry_run(self, write: Write, seen: Identity) -> Taken | Refusal:
        """What the server and admission would say; nothing is stored."""
        return self._send(write, seen, dry=True)

    def carry_out(self, write: Write, seen: Identity) -> Taken | Refusal:
        """Does it, provided that the object is still the one that was seen.

        `Why.UNSURE` means that no answer came: look before anything else.
        """
        return self._send(write, seen, dry=False)

    def _send(self, write: Write, seen: Identity, *, dry: bool) -> Taken | Refusal:
        if not dry and not self.may_write:
            return Refusal(Why.FORBIDDEN, _NEVER_SENT, "Start it with --allow-write to change the cluster.")
        try:
            question = _question(write, seen, dry=dry)
        except UnknownResourceError as error:
            return Refusal(Why.REFUSED, str(error))
        flight = Flight(self._wire.seconds)
        with in_time(flight):
            answer = self._wire.ask(question, flight)
        attempt = Attempt(_RIGHTS[write.verb], write.api_version, write.kind, write.namespace, write.name)
        if isinstance(answer, Broken):
            return _no_answer(answer, attempt, dry=dry)
        if not 200 <= answer.status < 300:
            refusal = refusal_of(failure_of(answer, self.server), attempt, answer.body)
            if answer.status >= 500 and not dry and refusal.why is not Why.REFUSED:
                return replace(refusal, why=Why.UNSURE)
            return refusal
        return _taken(write, answer)


def _question(write: Write, seen: Identity, *, dry: bool) -> Question:
    path = object_path(write.api_version, write.kind, write.namespace, write.name)
    query: dict[str, str | int] = {"dryRun": "All"} if dry else {}
    if write.verb is Verb.DELETE:
        wanted = {"uid": seen.uid, "resourceVersion": seen.resource_version}
        held = {key: value for key, value in wanted.items() if value}
        body: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions"} | ({"preconditions": held} if held else {})
        if (
            dry
        ):  # with a body the server does not look at the query: k8s:staging/src/k8s.io/apiserver handlers/delete.go
            body["dryRun"] = ["All"]
        return Question("DELETE", path, query, msgspec.json.encode(body), _JSON)
    query |= {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
    match write.verb:
        case Verb.CREATE:
            path = collection_path(write.api_version, write.kind, write.namespace)
            return Question("POST", path, query, msgspec.json.encode(_named(write)), _JSON)
        case Verb.APPLY:
            body = _held(_named(write), seen)
            return Question("PATCH", path, query, msgspec.json.encode(body), _APPLY)
        case Verb.MERGE:
            body = _held(dict(write.body or {}), seen)
            return Question("PATCH", path, query, msgspec.json.encode(body), _MERGE)


def _named(write: Write) -> dict[str, Any]:
    """The whole object with its identity, whatever the body says of it."""
    meta = dict((write.body or {}).get("metadata") or {}) | {"name": write.name}
    if write.namespace:
        meta["namespace"] = write.namespace
    return {**(write.body or {}), "apiVersion": write.api_version, "kind": write.kind, "metadata": meta}


def _held(body: Mapping[str, Any], seen: Identity) -> dict[str, Any]:
    """The body with what the server compares first: uid and resourceVersion. Those of the plan itself stay."""
    held = {"uid": seen.uid, "resourceVersion": seen.resource_version}
    meta = {key: value for key, value in held.items() if value} | dict(body.get("metadata") or {})
    return {**body, "metadata": meta} if meta else dict(body)


def _taken(write: Write, answer: Answer) -> Taken | Refusal:
    warnings = tuple(
        one_line(re.sub(r"\\(.)", r"\1", text))
        for line in answer.headers.getlist("Warning")
        for text in _WARNING.findall(line)
    )
    if write.verb is Verb.DELETE:
        return Taken(None, warnings)
    found = as_object(answer.body)
    if isinstance(found, Refusal):
        return replace(found, why=Why.UNSURE)
    return Taken(found, warnings, answer.status == _CREATED)


def _no_answer(broken: Broken, attempt: Attempt, *, dry: bool) -> Refusal:
    refusal = refusal_of(broken.failure, attempt)
    if dry or broken.failure.fatal:  # nothing reached the server
        return refusal
    return Refusal(
        Why.UNSURE,
        f"{refusal.sentence} Whether {attempt.object} was changed is not known.",
        "Look with `antrea-doctor verify` before anything else.",
    )
