"""One request under way, which another thread may break off at any moment.

Time limits of urllib3 are for single reads: a body that drips one byte a second never ends. And a blocked read ends
only when its socket is shut down. So each request is a Flight that knows its socket, and whoever waits for the answer
ends it when its time is up or nobody wants it any more.
"""

import contextlib
import socket
import threading
import time
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_here = threading.local()


class Flight:
    """A request from its start to the last byte, `seconds` long at most."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds
        self.broken_off = threading.Event()
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    @property
    def seconds_left(self) -> float:
        """How long it may still take; not positive when the time is up."""
        return self.ends_at - time.monotonic()

    def use(self, connected: Any) -> None:
        """This socket carries it from now on."""
        with self._lock:
            self._socket = connected
            if self.broken_off.is_set():
                self._shut()

    def break_off(self) -> None:
        """End it now, from any thread: its reader gets an error at once."""
        with self._lock:
            self.broken_off.set()
            self._shut()

    def land(self) -> None:
        """It is over: its socket belongs to others."""
        with self._lock:
            self._socket = None

    def __enter__(self) -> "Flight":
        _here.flight = self
        return self

    def __exit__(self, *_: object) -> None:
        _here.flight = None
        self.land()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # not SSLSocket's own, which pulls TLS away under a reading thread
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _take_off(connection: HTTPConnection) -> None:
    flight = getattr(_here, "flight", None)
    if flight is not None and connection.sock is not None:
        flight.use(connection.sock)


class _FlyingHTTP(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _take_off(self)

    def request(self, *args: Any, **options: Any) -> None:
        _take_off(self)
        super().request(*args, **options)


class _FlyingHTTPS(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _take_off(self)

    def request(self, *args: Any, **options: Any) -> None:
        _take_off(self)
        super().request(*args, **options)


class FlyingHTTPPool(HTTPConnectionPool):
    """A pool whose connections tell the Flight of their thread which socket they use."""

    ConnectionCls = _FlyingHTTP


class FlyingHTTPSPool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _FlyingHTTPS


POOLS = {"http": FlyingHTTPPool, "https": FlyingHTTPSPool}
