"""GET requests to one API server: few retries, and answers that are no list as Failures.

Everything sent from here is a GET: there is no way to write.
"""

import msgspec

from diagnostics.kube.contexts import shown_server
from diagnostics.kube.failures import Failure, status_failure, timed_out
from diagnostics.kube.flight import Flight
from diagnostics.kube.wire import Answer, Broken, Question, Traffic, Wire
from diagnostics.model.snapshot import Reason

LONGEST_PAUSE = 10.0
RETRIES = 2
_PAUSE_WITHOUT_WORD = 1.0


class _Status(msgspec.Struct):
    message: str = ""


class Connection:
    """One API server as one user, for reading; threads may share it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def server(self) -> str:
        """The server as it is shown."""
        return self._wire.server

    @property
    def seconds(self) -> float:
        """How long a request may take as a whole."""
        return self._wire.seconds

    @property
    def traffic(self) -> Traffic:
        """What was asked so far."""
        return self._wire.traffic

    def get(self, path: str, query: dict[str, str | int] | None, flight: Flight) -> bytes | Failure:
        """The body of a 2xx answer, else why there is none. Blocks; raises ConnectionTrouble when a login fails."""
        failure = Failure(Reason.NOT_READ, "It was not asked for.")
        for attempt in range(RETRIES + 1):
            outcome, pause = self._once(Question("GET", path, query), flight)
            if isinstance(outcome, bytes):
                return outcome
            failure = outcome
            if pause is None or attempt == RETRIES or pause > flight.seconds_left:
                break
            if flight.broken_off.wait(pause):
                break
        late = flight.seconds_left <= 0 and not failure.fatal
        return timed_out(self.server, self.seconds) if late else failure

    def close(self) -> None:
        """Give back the idle connections."""
        self._wire.close()

    def _once(self, question: Question, flight: Flight) -> tuple[bytes | Failure, float | None]:
        """The body or a Failure, and after how many seconds it may be worth another try."""
        answer = self._wire.ask(question, flight)
        if isinstance(answer, Broken):
            return answer.failure, 0.0 if answer.again else None
        if 200 <= answer.status < 300:
            return answer.body, None
        return failure_of(answer, self.server), _pause(answer.status, answer.headers.get("Retry-After", ""))


def failure_of(answer: Answer, server: str) -> Failure:
    """The Failure behind an answer that is not 2xx."""
    location = shown_server(answer.headers.get("Location", ""))
    after = answer.headers.get("Retry-After", "")
    return status_failure(answer.status, _message(answer.body), server, location, after)


def _message(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Status).message
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _pause(status: int, retry_after: str) -> float | None:
    """Seconds until another try: what the server asks for, up to LONGEST_PAUSE; None when it is not worth one."""
    if status not in (429, 503):
        return None
    if not retry_after:
        return _PAUSE_WITHOUT_WORD
    try:
        pause = float(retry_after)
    except ValueError:  # a date; servers of Kubernetes send seconds
        return _PAUSE_WITHOUT_WORD
    return max(pause, 0.0) if pause <= LONGEST_PAUSE else None
