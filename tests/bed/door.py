"""The listening socket of the breaking proxy: open, refusing, or a black hole, always on the same loopback port."""

import contextlib
import socket
import threading
from collections.abc import Callable
from enum import Enum, auto

LONGEST_ACCEPT = 0.05
"""Seconds after which the accepting thread looks whether it is still wanted."""


class Door(Enum):
    """How the port meets a client."""

    OPEN = auto()
    REFUSING = auto()  # as if nobody listened
    BLACK_HOLE = auto()  # as if the packets were lost on the way: no answer to the SYN, on Linux


class Entrance:
    """The port. `welcome` is called in the accepting thread with each new connection."""

    def __init__(self, welcome: Callable[[socket.socket], None]) -> None:
        self._welcome = welcome
        self._sockets: list[socket.socket] = []
        self._accepting: threading.Thread | None = None
        self._wanted = threading.Event()
        self._changing = threading.Lock()
        self._state: Door | None = None
        self._closed = False
        self.port = 0
        self.port = self._bind().getsockname()[1]
        self.set(Door.OPEN)

    def set(self, door: Door) -> None:
        """Open or close it; returns when that holds."""
        with self._changing:
            if door is not self._state and not self._closed:
                self._end()
                self._state = door
                self._become(door)

    def close(self) -> None:
        """Free the port for good."""
        with self._changing:
            self._closed = True
            self._end()

    def _become(self, door: Door) -> None:
        listener = self._bind()
        if door is Door.OPEN:
            listener.listen(128)
            listener.settimeout(LONGEST_ACCEPT)
            self._wanted.set()
            self._accepting = threading.Thread(target=self._accept, args=(listener,), daemon=True)
            self._accepting.start()
        elif door is Door.BLACK_HOLE:
            listener.listen(0)
            for _ in range(2):  # the queue is full then, and Linux drops what more comes
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", self.port))
                self._sockets.append(filler)
        # A socket that is bound but does not listen refuses, and keeps the port for us.

    def _end(self) -> None:
        self._wanted.clear()
        if self._accepting:
            self._accepting.join()
            self._accepting = None
        while self._sockets:
            self._sockets.pop().close()

    def _bind(self) -> socket.socket:
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", self.port))
        self._sockets.append(bound)
        return bound

    def _accept(self, listener: socket.socket) -> None:
        while self._wanted.is_set():
            with contextlib.suppress(TimeoutError):
                self._welcome(listener.accept()[0])
