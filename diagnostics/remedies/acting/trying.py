"""Tries a step on the server before it is done: each change as a dry run, with the difference that it makes."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.checks.evidence import listed
from diagnostics.model.text import REPLACEMENT
from diagnostics.model.write import Verb, Write, merge_patch
from diagnostics.model.writing import Identity, Object, Refusal, Taken, Why, identity_of
from diagnostics.remedies.acting.hand import Eye, Hand, look_at
from diagnostics.remedies.acting.leaves import difference, own, value_at, wanted_leaves
from diagnostics.remedies.acting.losing import would_lose
from diagnostics.remedies.acting.managers import who_changed
from diagnostics.remedies.configuration.agent_conf import unified_diff
from diagnostics.remedies.files.filing import APPS, digest_of
from diagnostics.remedies.files.plan_file import Deed, FiledStep, FiledWrite, PlanFile
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Restarted

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_AGAIN = "Look at what changed, then plan again."


@dataclass(frozen=True, slots=True)
class Tried:
    """One request of a step: the object before and, by the server's dry run, after it, without noise.

    `number` is the index of the change within the step. `refusal` says why it would not be done.
    """

    number: int
    write: Write
    before: Object | None
    after: Object | None
    warnings: tuple[str, ...] = ()
    refusal: Refusal | None = None

    @property
    def diff(self) -> str:
        """A unified diff of the whole object; empty when nothing would change."""
        return unified_diff(_yaml(self.before), _yaml(self.after), f"{self.write.kind} {self.write.key}")

    @property
    def seen(self) -> Identity:
        """The object that it may be done to."""
        return identity_of(self.before) if self.before else Identity()


def stopped(refusal: Refusal, number: int = 0) -> Tried:
    """What there is to say when it does not come to a request."""
    return Tried(number, Write(Verb.MERGE, "", "", ""), None, None, refusal=refusal)


def try_step(hand: Hand, file: PlanFile, number: int, at: str) -> tuple[Tried, ...]:
    """Every request that the step still needs, tried. Ends at the first that would be refused.

    `at` is the time (RFC 3339) that a restart is noted with.
    """
    found: list[Tried] = []
    step = file.step(number)
    done = {saved.write for saved in step.saved if saved.state == "done"}
    for index, filed in enumerate(step.writes):
        if index in done:
            continue
        for item in _try_one(hand, file, step, index, filed, at):
            found.append(item)
            if item.refusal:
                return tuple(found)
    return tuple(found)


def requests_of(eye: Eye, change: Deed, at: str) -> tuple[Write, ...] | Refusal:
    """The writes that make the change; a restart is one of the Pod template, or the deletion of one Node's Pod."""
    if isinstance(change, Write):
        return (change,)
    if not change.node:
        noted = {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: at}}}}}
        return (merge_patch(APPS, change.kind, change.namespace, change.name, noted),)
    pods = pods_of(eye, change)
    if isinstance(pods, Refusal):
        return pods
    names = [str(value_at(pod, ("metadata", "name"))) for pod in pods]
    if not names:
        return Refusal(
            Why.ABSENT, f"{change.kind} {change.namespace}/{change.name} has no Pod on {change.node}.", _AGAIN
        )
    return tuple(Write(Verb.DELETE, "v1", "Pod", name, change.namespace) for name in names)


def pods_of(eye: Eye, change: Restarted) -> tuple[Object, ...] | Refusal:
    """The Pods of what is restarted, those on its Node if there is one."""
    owner = eye.look(APPS, change.kind, change.namespace, change.name)
    if isinstance(owner, Refusal):
        return owner
    labels = value_at(owner, ("spec", "selector", "matchLabels"))
    if not isinstance(labels, dict) or not labels:
        what = f"{change.kind} {change.namespace}/{change.name}"
        return Refusal(Why.ABSENT, f"{what} is not there or does not tell its Pods.", _AGAIN)
    pods = eye.listed("v1", "Pod", change.namespace, labels)
    if isinstance(pods, Refusal):
        return pods
    return tuple(pod for pod in pods if change.node in ("", value_at(pod, ("spec", "nodeName"))))


def _try_one(hand: Hand, file: PlanFile, step: FiledStep, index: int, filed: FiledWrite, at: str) -> Iterator[Tried]:
    requests = requests_of(hand, filed.change, at)
    if isinstance(requests, Refusal):
        yield stopped(requests, index)
        return
    for write in requests:
        before = look_at(hand, write)
        if isinstance(before, Refusal):
            yield Tried(index, write, None, None, refusal=before)
            return
        stop = None if filed.verb == "restart" else changed_since(file, filed, before) or _loses(write, before)
        if stop:
            yield Tried(index, write, before, None, refusal=stop)
        elif _made_by_the_step(step, write):
            yield Tried(index, write, None, write.body)
        elif write.verb is Verb.DELETE and before is None:
            yield Tried(index, write, None, None)
        else:
            yield tried(hand, index, write, before)


def _loses(write: Write, before: Object | None) -> Refusal | None:
    lost = would_lose(write, before) if before else ()
    if not lost:
        return None
    sentence = (
        f"{write.kind} {write.key} has fields that this patch would remove, since antrea-doctor does not know them: "
        f"{listed(lost)}."
    )
    return Refusal(Why.REFUSED, sentence, "Make this change by hand, and keep them.")


def tried(hand: Hand, index: int, write: Write, before: Object | None) -> Tried:
    """One request as a dry run."""
    seen = identity_of(before) if before else Identity()
    answer = hand.dry_run(write, seen)
    if isinstance(answer, Refusal):
        return Tried(index, write, before, None, refusal=_named(hand, write, answer))
    stop = _cannot_be_kept(write, before, answer)
    return Tried(index, write, before, answer.object, answer.warnings, stop)


def _named(hand: Hand, write: Write, refusal: Refusal) -> Refusal:
    """A conflict, with who changed the object where the server did not say."""
    if refusal.why is not Why.CONFLICT or "manages" in refusal.sentence:
        return refusal
    now = look_at(hand, write)
    if now is None or isinstance(now, Refusal):
        return refusal
    return Refusal(Why.CONFLICT, f"{refusal.sentence} Last changed by {who_changed(now)}.", refusal.next_step)


def changed_since(file: PlanFile, filed: FiledWrite, live: Object | None) -> Refusal | None:
    """Why the object is not what the plan was made from, nor what its steps made of it."""
    seen = filed.seen
    if seen is None:
        return None
    ours = [
        item
        for step in file.plan.steps
        for saved in (step.progress.saved if step.progress else ())
        if _same_object(step.writes[saved.write], filed)
        for item in (saved.after, saved.before)
    ]
    if live is None:
        gone = seen.there and filed.verb != "delete" and None not in ours
        return Refusal(Why.CONFLICT, f"{filed.object} is gone since the plan was made.", _AGAIN) if gone else None
    known = {identity_of(item) for item in ours if item} | {Identity(seen.uid, seen.resource_version)}
    if identity_of(live) in known:
        return None
    who = who_changed(live)
    uids = {item.uid for item in known if item.uid}
    if not seen.there and not uids:
        sentence = f"{filed.object} is there, and was not when the plan was made: {who} wrote it."
        return Refusal(Why.CONFLICT, sentence, _AGAIN)
    if uids and identity_of(live).uid not in uids:
        return Refusal(Why.CONFLICT, f"{filed.object} was deleted and made anew, by {who}.", _AGAIN)
    digests = {digest_of(filed, item) for item in ours if item} | {seen.digest}
    if digest_of(filed, live) in digests - {""}:
        return None
    return Refusal(Why.CONFLICT, f"{filed.object} was changed since the plan was made, last by {who}.", _AGAIN)


def _same_object(one: FiledWrite, other: FiledWrite) -> bool:
    return (one.kind, one.namespace, one.name) == (other.kind, other.namespace, other.name)


def _made_by_the_step(step: FiledStep, write: Write) -> bool:
    """Whether the namespace of the object comes into being within this very step: a dry run would not find it."""
    return any(item.kind == "Namespace" and item.name == write.namespace != "" for item in step.writes)


def _cannot_be_kept(write: Write, before: Object | None, answer: Taken) -> Refusal | None:
    """Characters that were made harmless on reading would be put back wrongly: better not begin."""
    if before is None:
        return None
    lost = own(before) if answer.object is None else difference(own(answer.object), own(before))
    doubtful = any(isinstance(leaf.value, str) and REPLACEMENT in leaf.value for leaf in wanted_leaves(lost))
    if not doubtful:
        return None
    sentence = f"What is in {write.kind} {write.key} now holds characters that could not be put back faithfully."
    return Refusal(Why.REFUSED, sentence, "Make this change by hand.")


def _yaml(item: Object | None) -> str:
    return manifest("object.yaml", own(item)).yaml + "\n" if item else ""
