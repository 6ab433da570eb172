"""One exchange with an API server: time limits, TLS, headers, a count of what was asked.

Authentication, TLS and proxies are those of the official loader (its Configuration and urllib3 pool). Nothing is
tried again here. The reading Connection sends only GETs through it; a ClusterWriter is the only other user.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import urllib3
from urllib3 import exceptions as http

from diagnostics.kube.contexts import Context, shown_server
from diagnostics.kube.credentials import Headers
from diagnostics.kube.failures import Failure, transport_failure
from diagnostics.kube.flight import POOLS, Flight
from diagnostics.kube.trouble import ContextError
from diagnostics.kube.unpacking import unpacker
from diagnostics.model.snapshot import Reason
from diagnostics.model.text import one_line

if TYPE_CHECKING:
    from kubernetes.client import Configuration

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 30.0
NO_LIMIT_SECONDS = 3600.0
THREADS = 4
LARGEST_ANSWER = 512 * 1024 * 1024
_CHUNK = 1 << 20
_TRANSPORT = (http.HTTPError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was asked of the server so far; `received` counts bytes on the wire, headers aside."""

    requests: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `body` goes with its `content_type`."""

    method: str
    path: str
    query: dict[str, str | int] | None = None
    body: bytes | None = None
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status, its body whole."""

    status: int
    body: bytes
    headers: urllib3.HTTPHeaderDict = field(default_factory=urllib3.HTTPHeaderDict)


@dataclass(frozen=True, slots=True)
class Broken:
    """No answer came. `again` is true when the connection ended as idle ones do, so that another try may help."""

    failure: Failure
    again: bool = False


class Wire:
    """One API server as one user. `seconds` limits each request as a whole, 0 means no limit; threads may share it."""

    def __init__(
        self, configuration: "Configuration", headers: Headers, context: Context, seconds: float | None
    ) -> None:
        self.server = context.server or shown_server(configuration.host)
        self.seconds = WHOLE_SECONDS if seconds is None else seconds or NO_LIMIT_SECONDS
        self._read_seconds = READ_SECONDS if seconds is None else self.seconds
        self._root = configuration.host.rstrip("/")
        self._headers = headers
        self._pool = _pool(configuration)
        self._lock = threading.Lock()
        self._traffic = Traffic()

    @property
    def traffic(self) -> Traffic:
        """What was asked so far."""
        return self._traffic

    def ask(self, question: Question, flight: Flight) -> Answer | Broken:
        """Sends it once. Blocks; raises ConnectionTrouble when a login fails."""
        headers = self._headers_for(question)
        left = max(flight.seconds_left, 0.001)
        limits = urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=min(self._read_seconds, left))
        self._count(requests=1)
        try:
            with flight:
                response = self._send(question, headers, limits)
                try:
                    body = self._read(response)
                finally:
                    response.close() if flight.broken_off.is_set() else response.release_conn()
        except _TRANSPORT as error:
            failure = transport_failure(error, self.server, self._read_seconds)
            return Broken(failure, isinstance(error, http.ProtocolError) and not failure.fatal)
        if body is None:
            size = f"The answer is larger than {LARGEST_ANSWER // 1024**2} MiB."
            return Broken(Failure(Reason.NOT_UNDERSTOOD, size, "", "Look at one namespace with -n."))
        if response.status == 401 and self._headers.have_changed(headers.get("Authorization", "")):
            return self.ask(question, flight)
        return Answer(response.status, body, response.headers)

    def stream(
        self, question: Question, flight: Flight, silence: float, take: Callable[[bytes], None]
    ) -> Answer | Broken | None:
        """Hands the pieces of an endless 2xx answer to `take` as they come; None when the server ends it properly.

        The first piece is empty and says that it began. It is given up when nothing comes for `silence` seconds.
        Blocks; raises what `take` and a login raise.
        """
        limits = urllib3.Timeout(connect=CONNECT_SECONDS, read=silence)
        self._count(requests=1)
        try:
            with flight:
                response = self._send(question, self._headers_for(question), limits)
                try:
                    if not 200 <= response.status < 300:
                        return Answer(response.status, self._read(response) or b"", response.headers)
                    take(b"")
                    for chunk in response.stream(_CHUNK, decode_content=True):
                        self._count(received=len(chunk))
                        take(chunk)
                finally:
                    response.close()
        except _TRANSPORT as error:
            return Broken(transport_failure(error, self.server, silence))
        return None

    def close(self) -> None:
        """Give back the idle connections."""
        self._pool.clear()

    def _headers_for(self, question: Question) -> urllib3.HTTPHeaderDict:
        headers = urllib3.HTTPHeaderDict()
        for name, value in self._headers.fresh():
            headers.add(name, value)
        if question.content_type:
            headers["Content-Type"] = question.content_type
        return headers

    def _send(
        self, question: Question, headers: urllib3.HTTPHeaderDict, limits: urllib3.Timeout
    ) -> urllib3.BaseHTTPResponse:
        return self._pool.request(
            question.method,
            f"{self._root}{question.path}{'?' + urlencode(question.query) if question.query else ''}",
            body=question.body,
            headers=headers,
            timeout=limits,
            retries=False,
            redirect=False,
            preload_content=False,
        )

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes | None:
        body = BytesIO()  # gives its bytes without a copy, where joining parts would need twice the memory
        unpacked = unpacker(response.headers.get("Content-Encoding", ""))
        for piece in response.stream(_CHUNK, decode_content=False):
            self._count(received=len(piece))
            body.write(unpacked(piece))
            if body.tell() > LARGEST_ANSWER:
                response.close()
                return None
        return body.getvalue()

    def _count(self, requests: int = 0, received: int = 0) -> None:
        with self._lock:
            now = self._traffic
            self._traffic = Traffic(now.requests + requests, now.received + received)


def _pool(configuration: "Configuration") -> urllib3.PoolManager:
    from kubernetes.client.rest import RESTClientObject

    configuration.connection_pool_maxsize = THREADS
    if not configuration.verify_ssl:  # the kubeconfig says so; a warning would only be written across the screen
        urllib3.disable_warnings(http.InsecureRequestWarning)
    try:
        pool: urllib3.PoolManager = RESTClientObject(configuration).pool_manager
    except (ImportError, http.HTTPError, ValueError) as error:
        proxy = shown_server(configuration.proxy or "")
        why = f"{one_line(str(error)).rstrip('.')}."
        next_step = "Check HTTPS_PROXY and proxy-url of the kubeconfig; a SOCKS proxy needs the package PySocks."
        raise ContextError(f"The proxy {proxy} cannot be used.", why, next_step) from error
    if type(pool) in (urllib3.PoolManager, urllib3.ProxyManager):
        pool.pool_classes_by_scheme = POOLS
    return pool
