"""Whole processes, measured from outside: seconds, processor time, memory at most, exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCTOR = (sys.executable, "-m", "tui")
PROBE = str(Path(__file__).parent / "probe.py")
_LAUNCHER = """
import resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
seconds = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""
# A process of its own, since the memory of whoever starts a process counts as that process's own at first.


@dataclass(frozen=True)
class Took:
    """What a process took: seconds by the clock, of processor time, and MiB at most."""

    code: int
    seconds: float
    cpu: float
    mebibytes: float


def run(*words: str, accepted: Sequence[int] = (0,)) -> Took:
    """Runs a program to its end. Raises SystemExit when its exit code is not an accepted one."""
    launched = (sys.executable, "-c", _LAUNCHER, *words)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(launched, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    code, *numbers = done.stdout.split()
    if int(code) not in accepted:
        raise SystemExit(f"{' '.join(words)} ended with {code}")
    return Took(int(code), *map(float, numbers))


def probe(what: str, kubeconfig: Path) -> dict[str, float]:
    """One measurement of probe.py: seconds, cpu, mebibytes, requests, bytes."""
    words = (sys.executable, PROBE, what, str(kubeconfig))
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def milliseconds(*words: str) -> float:
    """Of processor time, which other programs on the machine stretch less than the clock's."""
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000
