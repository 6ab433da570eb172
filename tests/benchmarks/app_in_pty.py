"""The app in a pseudo-terminal, watched by its bytes alone: what a terminal would draw is of no interest here."""

import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCTOR = (sys.executable, "-m", "tui")
SIZE = struct.pack("HHHH", 40, 120, 0, 0)
_TICKS = os.sysconf("SC_CLK_TCK")


class NothingPaintedError(Exception):
    """What was waited for did not come; the message ends in the last bytes."""


class AppInPty:
    """A running program. Times are seconds since it was started, by the clock."""

    def __init__(self, words: Sequence[str]) -> None:
        self._leader, follower = pty.openpty()
        ioctl(follower, termios.TIOCSWINSZ, SIZE)
        environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", "PYTHONPATH": str(ROOT)}
        self.began = time.perf_counter()
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=follower, stdout=follower, stderr=follower, env=environ)
        os.close(follower)
        self.seen = b""

    def until(self, marker: bytes, after: bytes = b"", patience: float = 60.0) -> float:
        """When the marker was painted, behind the first `after`. Raises NothingPaintedError."""
        while marker not in (self.seen.partition(after)[2] if after else self.seen):
            if not self._read(patience - self.seconds):
                raise NothingPaintedError(f"{marker!r} was not painted: {self.seen[-400:]!r}")
        return self.seconds

    def answer_to(self, keys: str, quiet: float = 0.15, patience: float = 5.0) -> float:
        """Seconds until the last byte of the answer to keys, which is over when nothing comes for `quiet` seconds."""
        os.write(self._leader, keys.encode())
        pressed = last = time.perf_counter()
        while self._read(quiet if last > pressed else patience):
            last = time.perf_counter()
        return last - pressed

    def first_answer_to(self, keys: str, patience: float = 5.0) -> float:
        """Seconds until the first byte after keys."""
        os.write(self._leader, keys.encode())
        pressed = time.perf_counter()
        self._read(patience)
        return time.perf_counter() - pressed

    def wait_for_rest(self, patience: float = 60.0) -> None:
        """Until it works for less than a twentieth of a second in one: an app that follows a cluster still paints."""
        ends_at, before = self.seconds + patience, -1.0
        while self.seconds < ends_at and self.cpu_seconds - before > 0.05:
            before = self.cpu_seconds
            self.drain(1.0)

    def drain(self, seconds: float) -> None:
        """Lets it run, taking what it paints."""
        ends_at = time.perf_counter() + seconds
        while (left := ends_at - time.perf_counter()) > 0:
            self._read(left)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self.began

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def peak_mebibytes(self) -> float:
        """Resident memory at most."""
        return self._status("VmHWM")

    @property
    def mebibytes(self) -> float:
        """Resident memory now."""
        return self._status("VmRSS")

    def _status(self, name: str) -> float:
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

    def _read(self, seconds: float) -> bool:
        """Takes what comes within so many seconds; whether anything came."""
        if seconds <= 0 or not select.select([self._leader], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._leader, 1 << 16)
        except OSError:  # the program ended
            return False
        self.seen += data
        return bool(data)

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()
        os.close(self._leader)


@contextmanager
def app_in_pty(*words: str) -> Iterator[AppInPty]:
    """The program while the block runs."""
    app = AppInPty(words)
    try:
        yield app
    finally:
        app.close()
