"""What went wrong on the way to the API server, in words: one Failure for each way a request can fail."""

import socket
import ssl
from dataclasses import dataclass, replace

from urllib3 import exceptions as http

from diagnostics.kube.trouble import ConnectionTrouble
from diagnostics.model.snapshot import Reason
from diagnostics.model.text import one_line

_LONGEST_SAID = 300


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request brought nothing.

    `what` happened, `why` as far as it is known, `next_step` is what to do. `fatal` means that every other request
    to this server will fail in the same way. `status` is the HTTP status, 0 when there was no answer.
    """

    reason: Reason
    what: str
    why: str = ""
    next_step: str = ""
    fatal: bool = False
    status: int = 0

    @property
    def sentence(self) -> str:
        """What happened and why."""
        return f"{self.what} {self.why}".strip()

    @property
    def trouble(self) -> ConnectionTrouble:
        """The same as a reason to give up on the server."""
        return ConnectionTrouble(self.what, self.why, self.next_step)


def transport_failure(error: Exception, server: str, seconds: float) -> Failure:
    """The Failure behind an exception of urllib3; `seconds` is how long an answer was waited for."""
    cause = error
    while isinstance(cause, http.MaxRetryError) and cause.reason:
        cause = cause.reason
    tls = _tls_error(cause)
    if isinstance(cause, http.ProxyError):
        return Failure(
            Reason.UNREACHABLE,
            f"The proxy on the way to {server} does not let the connection through.",
            _said(cause.original_error),
            "Check HTTPS_PROXY, NO_PROXY and proxy-url of the kubeconfig.",
            fatal=True,
        )
    if tls:
        return _tls_failure(tls, server)
    if isinstance(cause, http.NameResolutionError):
        return Failure(
            Reason.UNREACHABLE,
            f"The name of {server} is not known.",
            "DNS has no answer for it.",
            "Check the VPN and the server in the kubeconfig.",
            fatal=True,
        )
    if isinstance(cause, http.NewConnectionError):  # a kind of ConnectTimeoutError to urllib3
        refused = isinstance(cause.__cause__, ConnectionRefusedError)
        return Failure(
            Reason.UNREACHABLE,
            f"{server} refuses the connection." if refused else f"{server} cannot be reached.",
            "Nothing listens on that port." if refused else _said(cause.__cause__ or cause),
            "Check that the control plane or the tunnel to it runs, and the server in the kubeconfig.",
            fatal=True,
        )
    if isinstance(cause, http.ConnectTimeoutError):
        return Failure(
            Reason.TIMED_OUT,
            f"{server} does not answer.",
            "No connection came about in time: the address is not reachable, or a firewall drops the packets.",
            "Check the VPN, the route and the server in the kubeconfig.",
            fatal=True,
        )
    if isinstance(cause, http.ReadTimeoutError):
        return timed_out(server, seconds)
    if isinstance(cause, http.DecodeError):
        return Failure(Reason.NOT_UNDERSTOOD, f"The answer of {server} is damaged: it cannot be unpacked (gzip).")
    if isinstance(cause, http.LocationValueError | http.LocationParseError):
        return Failure(
            Reason.UNREACHABLE,
            f"{server} is not the address of a server.",
            "",
            "Repair the server in the kubeconfig: https://HOST:PORT.",
            fatal=True,
        )
    return Failure(
        Reason.UNREACHABLE,
        f"The connection to {server} broke before the answer was complete.",
        _said(cause),
        "Try again; if it stays, look for a proxy or an overloaded server on the way.",
    )


def timed_out(server: str, seconds: float) -> Failure:
    """No complete answer in time."""
    return Failure(
        Reason.TIMED_OUT,
        f"{server} gave no complete answer within {seconds:g} s.",
        "It is overloaded, or something on the way holds the connection.",
        "Try again, or allow more time with --request-timeout.",
    )


def status_failure(status: int, said: str, server: str, location: str = "", retry_after: str = "") -> Failure:
    """The Failure behind an HTTP status other than 2xx; `said` is the server's own message, which may be empty."""
    return replace(_of_status(status, said, server, location, retry_after), status=status)


def _of_status(status: int, said: str, server: str, location: str, retry_after: str) -> Failure:
    message = f"It said: {_cut(said)}." if said else ""
    match status:
        case 401:
            return Failure(
                Reason.FORBIDDEN,
                f"{server} does not know who you are (401 Unauthorized).",
                message,
                "Log in again: the credentials of this context are missing, wrong or expired.",
                fatal=True,
            )
        case 403:
            return Failure(Reason.FORBIDDEN, "The right is missing (403 Forbidden).", message)
        case 404:
            return Failure(Reason.ABSENT, "There is no such thing (404 Not Found).", message)
        case 407:
            return Failure(
                Reason.UNREACHABLE,
                "The proxy on the way asks for a login (407).",
                message,
                "Check HTTPS_PROXY, NO_PROXY and proxy-url of the kubeconfig.",
                fatal=True,
            )
        case 410:
            return Failure(Reason.UNREACHABLE, "The list changed faster than it could be read (410 Gone).", message)
        case 429 | 503:
            wait = f" and asks to wait {_cut(retry_after)} s" if retry_after else ""
            return Failure(
                Reason.UNREACHABLE,
                f"{server} is too busy ({status}){wait}.",
                message,
                "Try again later.",
            )
    if 300 <= status < 400:
        where = f" to {_cut(location)}" if location else ""
        return Failure(
            Reason.NOT_UNDERSTOOD,
            f"{server} redirects{where} ({status}) instead of answering.",
            "That is a login page or a proxy, not an API server; the credentials were not sent there.",
            "Check the server in the kubeconfig: https instead of http, the port, the path.",
            fatal=True,
        )
    return Failure(Reason.UNREACHABLE, f"{server} answered with status {status}.", message, "Try again.")


def _tls_error(error: Exception) -> ssl.SSLError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError) and not isinstance(seen, TimeoutError):
            return seen
        inner = seen.args[0] if isinstance(seen, http.SSLError) and seen.args else None
        seen = inner if isinstance(inner, BaseException) else seen.__cause__
    return None


def _tls_failure(error: ssl.SSLError, server: str) -> Failure:
    what, next_step = f"{server} cannot be trusted.", "Do not go on before you know why; then repair the kubeconfig."
    text = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        if "expired" in error.verify_message:
            why = "Its certificate has expired."
            next_step = "Check the clock of this machine; else the certificate of the API server must be renewed."
        elif "mismatch" in error.verify_message or "not valid for" in error.verify_message:
            why = f"Its certificate is for another name: {_cut(error.verify_message)}."
            next_step = "Check the server in the kubeconfig, or set tls-server-name for a tunnel."
        else:
            why = f"Its certificate is not signed by the authority in the kubeconfig: {_cut(error.verify_message)}."
        return Failure(Reason.UNREACHABLE, what, why, next_step, fatal=True)
    if "WRONG_VERSION_NUMBER" in text or "HTTP_REQUEST" in text or "RECORD_LAYER_FAILURE" in text:
        why, next_step = (
            "It does not speak TLS.",
            "Check the server in the kubeconfig: http instead of https, the port.",
        )
        return Failure(Reason.UNREACHABLE, f"{server} is not an https server.", why, next_step, fatal=True)
    why = f"The TLS handshake failed: {_cut(error.reason or text)}."
    next_step = "Check the client certificate of this user and what stands between here and the server."
    return Failure(Reason.UNREACHABLE, f"{server} refuses a secure connection.", why, next_step, fatal=True)


def _said(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "DNS has no answer for its name."
    line = _cut(str(error))
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def _cut(text: str) -> str:
    line = one_line(text).rstrip(".")
    return line if len(line) <= _LONGEST_SAID else f"{line[:_LONGEST_SAID]}…"
