"""Catches real packets at Pods with Traceflows of live traffic, and leaves none of these behind.

antrea:docs/traceflow-guide.md. `status.capturedPacket.srcIP` of a trace with only a destination is the address that the
Pod and its policies see.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from diagnostics.model.write import Verb, Write
from diagnostics.model.writing import Identity, Object, Refusal, identity_of
from diagnostics.remedies.acting.hand import Hand, look_at
from diagnostics.remedies.acting.leaves import ABSENT, value_at
from diagnostics.remedies.acting.managers import made_by_us
from diagnostics.remedies.files.plan_file import FiledStep

EVERY = 2.0
"""Seconds between two looks."""

LONGER = 15.0
"""Seconds to wait beyond a trace's own timeout, for its end to be reported."""

_DEFAULT_TIMEOUT = 20


@dataclass(frozen=True, slots=True)
class Caught:
    """What one trace brought: the Pod's name, and the source it saw (empty: none, `why` says it)."""

    pod: str
    source: str = ""
    why: str = ""


@dataclass
class Catch:
    """All traces of a proof. `left` are objects that could not be deleted, `refusal` why it did not come to a trace."""

    caught: list[Caught] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    refusal: Refusal | None = None


def catch(
    hand: Hand,
    traces: tuple[Write, ...],
    waiting: Callable[[float], None],
    every: float = EVERY,
    stopped: Callable[[], bool] = lambda: False,
) -> Catch:
    """Creates the traces, waits until each has ended, and deletes them whatever happens.

    `waiting` hears how many seconds are left, `stopped` ends the wait early. Blocks for the longest timeout and LONGER.
    """
    result = Catch()
    begun: list[Write] = []
    try:
        for write in traces:
            begun.append(write)  # before it is sent: an interrupt may come while the server does it
            answer = hand.carry_out(write, Identity())
            if isinstance(answer, Refusal):
                result.refusal = answer
                return result
        _wait(hand, traces, waiting, every, stopped, result)
    finally:
        for write in begun:
            if not _deleted(hand, write):
                result.left.append(f"{write.kind} {write.key}")
    return result


def _deleted(hand: Hand, write: Write) -> bool:
    """Whether the trace is gone; one of the same name that somebody else made stays theirs."""
    live = look_at(hand, write)
    if live is None:
        return True
    if isinstance(live, Refusal):
        return False
    if not made_by_us(live):
        return True
    gone = Write(Verb.DELETE, write.api_version, write.kind, write.name, write.namespace)
    answer = hand.carry_out(gone, Identity(identity_of(live).uid))
    return not isinstance(answer, Refusal) or look_at(hand, write) is None


def _wait(
    hand: Hand,
    traces: tuple[Write, ...],
    waiting: Callable[[float], None],
    every: float,
    stopped: Callable[[], bool],
    result: Catch,
) -> None:
    open_ = list(traces)
    timeouts = [value_at(write.body, ("spec", "timeout")) for write in traces]
    longest = max(item if isinstance(item, int) else _DEFAULT_TIMEOUT for item in timeouts)
    end = time.monotonic() + longest + LONGER
    while open_ and time.monotonic() < end and not stopped():
        for write in tuple(open_):
            live = look_at(hand, write)
            pod = str(value_at(write.body, ("spec", "destination", "pod")))
            if isinstance(live, Refusal):
                continue  # a broken answer is no end: the next look may bring one
            caught = _ended(live, pod)
            if caught:
                result.caught.append(caught)
                open_.remove(write)
        if open_:
            waiting(max(end - LONGER - time.monotonic(), 0))
            time.sleep(every)
    for write in open_:
        pod = str(value_at(write.body, ("spec", "destination", "pod")))
        late = "The trace did not end in time: does Antrea's controller run?"
        result.caught.append(Caught(pod, "", "It was stopped before that." if stopped() else late))


def _ended(live: Object | None, pod: str) -> Caught | None:
    if live is None:
        return Caught(pod, "", "Somebody deleted the trace.")
    phase = value_at(live, ("status", "phase"))
    source = value_at(live, ("status", "capturedPacket", "srcIP"))
    if isinstance(source, str) and source and phase in ("Succeeded", "Running"):
        return Caught(pod, source)
    if phase in ("Succeeded", "Failed"):
        reason = value_at(live, ("status", "reason"))
        return Caught(pod, "", "" if reason is ABSENT else str(reason))
    return None


def traces_of(step: FiledStep) -> tuple[Write, ...]:
    """The Traceflows of a step that proves by live traffic; empty for any other step."""
    changes = [item.change for item in step.writes]
    return tuple(
        item for item in changes if isinstance(item, Write) and item.kind == "Traceflow" and item.verb is Verb.CREATE
    )


def is_live_proof(step: FiledStep) -> bool:
    """Whether the step does nothing but catch packets."""
    return bool(step.writes) and len(traces_of(step)) == len(step.writes)
