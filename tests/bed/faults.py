"""What the breaking proxy can do to a client, each under the name of what an operator would call it.

Three sorts: states of the port (Door), certificates (Certificate), and functions that answer one exchange wrongly.
"""

import gzip
import json
from collections.abc import Callable

from bed.certificates import Certificate
from bed.door import Door
from bed.exchange import Exchange

AnswerFault = Callable[[Exchange], None]
Fault = Door | Certificate | AnswerFault

refuse = Door.REFUSING
black_hole = Door.BLACK_HOLE
wrong_name = Certificate.WRONG_NAME
unknown_authority = Certificate.UNKNOWN_AUTHORITY
expired_certificate = Certificate.EXPIRED

JSON = "application/json"
REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


def _status_object(code: int, message: str) -> bytes:
    outcome = "Success" if code < 300 else "Failure"
    told = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": outcome, "message": message, "code": code}
    return json.dumps(told | ({"reason": REASONS[code]} if code in REASONS else {})).encode()


def answer(status: int, body: bytes, content_type: str = JSON, **headers: str) -> AnswerFault:
    """This answer instead of the upstream's, which is not asked. Underscores in header names become hyphens."""
    named = [("Content-Type", content_type), *((key.replace("_", "-"), value) for key, value in headers.items())]
    return lambda exchange: exchange.reply(status, named, body)


def status(code: int, retry_after: int | None = None, message: str = "broken on purpose") -> AnswerFault:
    """A Kubernetes Status of this HTTP code, with Retry-After in seconds where given."""
    headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
    return answer(code, _status_object(code, message), **headers)


def stall(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.wait()
    exchange.hang_up()


def stall_in_body(exchange: Exchange) -> None:
    """Answer half, then fall silent."""
    _send_half(exchange)
    stall(exchange)


def reset_in_body(exchange: Exchange) -> None:
    """Answer half, then reset the connection."""
    _send_half(exchange)
    exchange.reset()


def wrong_length(exchange: Exchange) -> None:
    """Promise one byte more than comes, then close."""
    whole = exchange.fetch()
    exchange.reply(whole.status, whole.headers, whole.body, length=len(whole.body) + 1)
    exchange.hang_up()


def drip(interval: float) -> AnswerFault:
    """The right answer, one byte each `interval` seconds; the rest at once when mended."""

    def dripping(exchange: Exchange) -> None:
        whole = exchange.fetch()
        exchange.begin(whole.status, [*whole.headers, ("Content-Length", str(len(whole.body)))])
        for sent in range(len(whole.body)):
            if exchange.wait(interval):
                exchange.send(whole.body[sent:])
                return
            exchange.send(whole.body[sent : sent + 1])

    return dripping


def truncated_json(exchange: Exchange) -> None:
    """The first half of the right answer as if it were all."""
    whole = exchange.fetch()
    exchange.reply(whole.status, whole.headers, whole.body[: len(whole.body) // 2])


not_json = answer(200, b"everything is fine\n")
"""200 and JSON by its heading, not by its text."""

captive_portal = answer(200, b"<!DOCTYPE html><title>Sign in</title><form></form>", "text/html; charset=utf-8")
"""The sign-in page of a network in between."""


def redirect(location: str) -> AnswerFault:
    """302 to somewhere else."""
    return answer(302, b"", Location=location)


def status_instead_of_list(exchange: Exchange) -> None:
    """200 with a Status object where another kind was asked for."""
    exchange.reply(200, [("Content-Type", JSON)], _status_object(200, "not what was asked for"))


def expired_continue(exchange: Exchange) -> None:
    """Serves the first page; each further one is 410 as if the continue token had expired."""
    if "continue" in exchange.request.parameters:
        gone(exchange)
    else:
        exchange.pass_on()


gone = status(410, message="the version asked for is no longer kept")
"""410 Expired, to a list or a watch."""


def broken_gzip(exchange: Exchange) -> None:
    """The right answer compressed, with a spoilt middle."""
    whole = exchange.fetch()
    packed = bytearray(gzip.compress(whole.body))
    middle = len(packed) // 2
    packed[middle : middle + 8] = b"\xff" * 8
    exchange.reply(whole.status, [*whole.headers, ("Content-Encoding", "gzip")], bytes(packed))


def _send_half(exchange: Exchange) -> None:
    whole = exchange.fetch()
    exchange.reply(whole.status, whole.headers, whole.body[: len(whole.body) // 2], length=len(whole.body))
