"""The installed command in a real pseudo-terminal: keys go in, bytes and the screen that they make come out."""

import base64
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

import pyte

COMMAND = Path(sys.executable).parent / "antrea-doctor"


def _take_terminal() -> None:
    """Makes the pseudo-terminal the one of the session, so that a shell has job control."""
    ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A command in a pseudo-terminal of a size, with what its screen shows, started by a shell or not."""

    def __init__(
        self,
        *words: str,
        columns: int = 120,
        lines: int = 40,
        command: str = str(COMMAND),
        shell: bool = False,
        **environment: str,
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.received = b""
        master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        settings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        line = ["bash", "--norc", "-i"] if shell else [command, *words]
        self.process = subprocess.Popen(
            line,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=settings,
            start_new_session=True,
            preexec_fn=_take_terminal if shell else None,
        )
        if shell:
            os.write(master, f"{shlex.join([command, *words])}\n".encode())
        os.close(slave)
        self._master = master

    def read(self, seconds: float = 0.05) -> None:
        while select.select([self._master], [], [], seconds)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            self.received += data
            self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def wait_for(self, wanted: str, seconds: float = 20) -> str:
        end = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < end, f"{wanted!r} never came; the screen shows:\n{self.text}"
            self.read()
        return self.text

    def keys(self, text: str) -> None:
        os.write(self._master, text.encode())

    def ended(self, seconds: float = 10) -> int:
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.read()
        self.read()
        assert self.process.returncode is not None, f"still running; the screen shows:\n{self.text}"
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)


OpenTerminal = Callable[..., Terminal]


def copied(received: bytes) -> list[str]:
    """Texts that the terminal was asked to put into its clipboard (OSC 52)."""
    return [base64.b64decode(found).decode() for found in re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", received)]
