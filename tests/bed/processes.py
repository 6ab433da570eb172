"""A program that the bed starts, and that ends when the bed ends, however that happens."""

import atexit
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before the fork, where loading is unsafe


class Program:
    """A running program, its output in a log file. It leads a process group of its own.

    It is killed by `stop`, at the exit of Python, and on Linux also when the starting thread dies without either:
    so start it from a thread that lives as long as the program should.
    """

    def __init__(self, command: Sequence[str | Path], log: Path) -> None:
        self.log = log
        starter = os.getpid()

        def die_with_starter() -> None:
            if _libc is not None:
                _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != starter:  # it died before the line above
                    os._exit(1)

        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=die_with_starter,
            )
        atexit.register(self.stop)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Kill it with all it started; nothing that it keeps is wanted afterwards. Does nothing the second time."""
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
        atexit.unregister(self.stop)
