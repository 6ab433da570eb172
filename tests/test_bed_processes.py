"""What the bed starts is gone when the bed is gone, however it went. Needs no binaries."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bed.processes import Program

SLEEPER = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
STARTER = f"""
import sys, time
from pathlib import Path
from bed.processes import Program
print(Program({SLEEPER!r}, Path(sys.argv[1])).pid, flush=True)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    told = Path(f"/proc/{pid}/stat")  # where there is none, nothing can be said of zombies
    return not told.exists() or told.read_text().rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    """Whether a process ends within two seconds."""
    end = time.monotonic() + 2
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def start_elsewhere(folder: Path, ending: str) -> tuple["subprocess.Popen[str]", int]:
    """A Python that starts a sleeper and then does `ending`; it and the sleeper's process id."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER + ending, str(folder / "log")],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout
    return starter, int(starter.stdout.readline())


def test_stopping_kills_and_may_be_repeated(tmp_path: Path) -> None:
    program = Program(SLEEPER, tmp_path / "log")
    while program.last_words() != "here":
        time.sleep(0.01)
    assert program.running
    program.stop()
    program.stop()
    assert not program.running
    assert gone(program.pid)


@pytest.mark.parametrize("ending", ["", "raise RuntimeError", "sys.exit(3)"])
def test_it_ends_with_the_python_that_started_it(tmp_path: Path, ending: str) -> None:
    starter, sleeper = start_elsewhere(tmp_path, ending)
    starter.communicate(timeout=20)
    assert gone(sleeper)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_it_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    starter, sleeper = start_elsewhere(tmp_path, "time.sleep(60)")
    assert alive(sleeper)
    starter.send_signal(signal.SIGKILL)
    starter.communicate(timeout=20)
    assert gone(sleeper)
