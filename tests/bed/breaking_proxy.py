"""A proxy on loopback between a client and an API server, which breaks on demand and records every request.

    with BreakingProxy(server_url, ca, ca_file) as proxy:
        kubeconfig = proxy.kubeconfig(original, folder)
        proxy.break_with(faults.status(503), path="/services", times=2)
        ...
        proxy.mend()
        assert all(each.method == "GET" for each in proxy.requests)

The client speaks TLS, the upstream if its URL says so; the client's token goes through untouched. Requests have
their body's length in the head; protocols other than HTTP (exec, port-forward) are not carried on.
"""

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import trustme
import yaml

from bed.certificates import Certificate, server_context
from bed.door import Door, Entrance
from bed.exchange import CutError, Exchange, Request
from bed.faults import AnswerFault, Fault

LONGEST_SILENCE = 300.0
"""Seconds the upstream may take; longer than any test, so that only faults are ever slow."""


@dataclass
class _Breakage:
    fault: AnswerFault
    pattern: re.Pattern[str]
    times_left: float


class BreakingProxy:
    """Passes everything on until told otherwise. Threads of its own, so a test just calls its methods."""

    def __init__(self, upstream: str, ca: trustme.CA, upstream_ca: Path | None = None) -> None:
        """Stand before the server at the URL `upstream`; show clients certificates issued by `ca`.

        `upstream_ca` is the file with the authority of an https upstream.
        """
        self._upstream = urlsplit(upstream)
        self._upstream_tls = ssl.create_default_context(cafile=str(upstream_ca)) if upstream_ca else None
        self._contexts = {kind: server_context(kind, ca) for kind in Certificate}
        self._certificate = Certificate.RIGHT
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._breakages: list[_Breakage] = []
        self._connections: set[socket.socket] = set()
        self._mended = threading.Event()
        self._entrance = Entrance(self._welcome)
        self.address = ("127.0.0.1", self._entrance.port)
        self.url = f"https://127.0.0.1:{self._entrance.port}"

    def __enter__(self) -> "BreakingProxy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def requests(self) -> list[Request]:
        """Every request that arrived since the last `forget`, oldest first, broken ones too."""
        with self._lock:
            return list(self._requests)

    def forget(self) -> None:
        """Empty the record."""
        with self._lock:
            self._requests.clear()

    def kubeconfig(self, original: Path, folder: Path) -> Path:
        """A copy of a kubeconfig in `folder` whose clusters are reached through this proxy."""
        config = yaml.safe_load(original.read_text())
        for each in config["clusters"]:
            each["cluster"]["server"] = self.url
        copy = folder / f"{original.stem}-through-proxy.kubeconfig"
        copy.write_text(json.dumps(config, indent=1))
        return copy

    def break_with(self, fault: Fault, path: str | None = None, times: int | None = None) -> None:
        """Break from now on until `mend`.

        Answers can be broken for some requests only: those whose path and query the regular expression `path` is
        found in, and only the first `times` of these. Of several faults the first that fits is taken. Faults of the
        whole port or certificate (ValueError if limited) end all connections there are.
        """
        if isinstance(fault, Door | Certificate):
            if path is not None or times is not None:
                raise ValueError("a port or a certificate cannot be broken for some requests only")
            if isinstance(fault, Door):
                self._entrance.set(fault)
            else:
                self._certificate = fault
            self._hang_up()
            return
        with self._lock:
            left = float("inf") if times is None else times
            self._breakages.append(_Breakage(fault, re.compile(path or ""), left))

    def mend(self) -> None:
        """End all faults. Requests that were stalled are not answered any more; their connections close."""
        with self._lock:
            self._breakages.clear()
            self._mended.set()
            self._mended = threading.Event()
        if self._certificate is not Certificate.RIGHT:
            self._certificate = Certificate.RIGHT
            self._hang_up()
        self._entrance.set(Door.OPEN)

    def close(self) -> None:
        """End it with all its connections."""
        with self._lock:
            self._mended.set()
        self._entrance.close()
        self._hang_up()

    def _welcome(self, connection: socket.socket) -> None:
        threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, raw: socket.socket) -> None:
        """Serve one connection of a client, over one of our own to the upstream."""
        upstream = self._connect()
        ends: list[socket.socket] = []
        # The client gives up, the upstream ends, a fault cuts, a test is over: all just end this conversation.
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, CutError), raw:
            raw.settimeout(LONGEST_SILENCE)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            context = self._contexts[self._certificate]
            client = context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
            with client, client.makefile("rb") as reader:
                upstream.connect()
                ends = [client, upstream.sock]
                with self._lock:
                    self._connections.update(ends)
                client.do_handshake()
                while line := reader.readline():
                    method, target, _ = line.decode("latin-1").split(" ", 2)
                    headers = http.client.parse_headers(reader)
                    length = int(headers.get("Content-Length", 0))
                    body = reader.read(length) if length else None
                    path, _, query = target.partition("?")
                    request = Request(method, path, query, body is not None or "Transfer-Encoding" in headers)
                    fault, mended = self._take(request)
                    exchange = Exchange(request, headers, body, client, upstream, mended)
                    fault(exchange)
                    if headers.get("Connection", "").lower() == "close":
                        break
        upstream.close()
        with self._lock:
            self._connections.difference_update(ends)

    def _take(self, request: Request) -> tuple[AnswerFault, threading.Event]:
        """Record a request, and say how to answer it and what will be set when that is mended."""
        with self._lock:
            self._requests.append(request)
            for each in self._breakages:
                if each.times_left > 0 and each.pattern.search(request.target):
                    each.times_left -= 1
                    return each.fault, self._mended
            return Exchange.pass_on, self._mended

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._upstream.hostname or "", self._upstream.port
        if self._upstream_tls:
            return http.client.HTTPSConnection(host, port, timeout=LONGEST_SILENCE, context=self._upstream_tls)
        return http.client.HTTPConnection(host, port, timeout=LONGEST_SILENCE)

    def _hang_up(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for each in connections:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own, which is unsafe while another thread reads.
                socket.socket.shutdown(each, socket.SHUT_RDWR)
