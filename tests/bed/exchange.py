"""One request through the breaking proxy, and all the ways to answer it, decent and not."""

import http.client
import os
import socket
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qs

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "te", "trailer"}
PIECE = 65536

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """What the proxy records of a request."""

    method: str
    path: str
    query: str  # as sent, without the question mark
    has_body: bool

    @property
    def target(self) -> str:
        """Path and query as in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The decoded query."""
        return parse_qs(self.query, keep_blank_values=True)


@dataclass(frozen=True)
class Answer:
    """What the upstream said, its body whole and not compressed."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class CutError(Exception):
    """The client's connection has ended on purpose."""


class Exchange:
    """A request waiting for its answer. `mended` is set when the fault it may suffer is over."""

    def __init__(
        self,
        request: Request,
        headers: Message,
        body: bytes | None,
        client: socket.socket,
        upstream: http.client.HTTPConnection,
        mended: threading.Event,
    ) -> None:
        self.request = request
        self.mended = mended
        self._headers = headers
        self._body = body
        self._client = client
        self._upstream = upstream

    def pass_on(self) -> None:
        """Answer as the upstream does, piece by piece as it comes."""
        with self._ask() as answer:
            headers = [pair for pair in answer.getheaders() if pair[0].lower() not in HOP_BY_HOP]
            length = answer.getheader("Content-Length")
            if self.request.method == "HEAD" or answer.status in (204, 304):
                self.begin(answer.status, headers)
            elif length is not None:
                self.begin(answer.status, [*headers, ("Content-Length", length)])
                while piece := answer.read1(PIECE):
                    self.send(piece)
            else:
                self.begin(answer.status, [*headers, ("Transfer-Encoding", "chunked")])
                while piece := answer.read1(PIECE):
                    self.send(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.send(b"0\r\n\r\n")

    def fetch(self) -> Answer:
        """The upstream's answer, not yet passed on; of a watch only what comes first."""
        del self._headers["Accept-Encoding"]
        watching = "watch" in self.request.parameters
        with self._ask() as answer:
            headers = [pair for pair in answer.getheaders() if pair[0].lower() not in HOP_BY_HOP]
            body = answer.read1(PIECE) if watching else answer.read()
        if watching:
            self._upstream.close()
        return Answer(answer.status, headers, body)

    def reply(self, status: int, headers: Headers, body: bytes, length: int | None = None) -> None:
        """Send an answer; a `length` other than that of the body is a lie."""
        self.begin(status, [*headers, ("Content-Length", str(len(body) if length is None else length))])
        self.send(body)

    def begin(self, status: int, headers: Headers) -> None:
        """Send the head of an answer."""
        lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, '')}"]
        lines += [f"{key}: {value}" for key, value in headers]
        self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._client.sendall(data)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait so long or until mended; whether it is mended."""
        return self.mended.wait(seconds)

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self._client.detach())
        raise CutError

    def hang_up(self) -> None:
        """End the connection in the ordinary way."""
        raise CutError

    def _ask(self) -> http.client.HTTPResponse:
        kept = {key: value for key, value in self._headers.items() if key.lower() not in HOP_BY_HOP | {"host"}}
        self._upstream.request(self.request.method, self.request.target, self._body, kept)
        return self._upstream.getresponse()
