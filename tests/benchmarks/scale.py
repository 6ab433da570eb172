"""A scan of a whole large cluster from a file, as a pipeline would run it: processor time and peak memory.

10,000 Services, a quarter of them exposed (more NodePorts than that the usual range does not hold), 150,000 endpoints,
20,000 policies, 200 Nodes.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from generated import generated
from policies_generated import with_policies

from diagnostics.kube.kinds import KINDS
from diagnostics.kube.recorded import RECORDING_VERSION
from diagnostics.model.snapshot import Snapshot

ROOT = Path(__file__).parents[2]
SERVICES, NODES, POLICIES = 10_000, 200, 20_000
SPREAD = (0, 2, 4, 8, 12, 16, 37)
LAUNCHER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""
# A process of its own, since the memory of whoever starts a process counts as that process's own at first.
MIX = (*["ClusterIP"] * 6, "NodePort", "LoadBalancer")


def scanned(form: str = "table") -> tuple[float, float]:
    """Seconds of processor time and MiB at most of `check -A -f FILE -o FORM`."""
    snapshot = with_policies(generated(SERVICES, NODES, spread=SPREAD, kinds=MIX), POLICIES)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        file.write_bytes(msgspec.json.encode({"apiVersion": "v1", "kind": "List", "items": list(objects(snapshot))}))
        del snapshot
        words = (sys.executable, "-m", "tui", "check", "-A", "-f", str(file), "-o", form)
        launched = (sys.executable, "-c", LAUNCHER, *words)
        done = subprocess.run(launched, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    code, seconds, mebibytes = done.stdout.split()
    if int(code) not in (0, 1, 4):
        raise SystemExit(f"{' '.join(words)} ended with {code}")
    return float(seconds), float(mebibytes)


def objects(snapshot: Snapshot) -> Iterator[dict[str, object]]:
    """The objects of a Snapshot as the API would give them, after the word that there are no others."""
    yield {"apiVersion": RECORDING_VERSION, "kind": "Recording", "complete": True}
    for kind in KINDS.values():
        version = f"{kind.group}/{kind.version}" if kind.group else kind.version
        for item in getattr(snapshot, kind.field):
            yield {"apiVersion": version, "kind": kind.kind, **msgspec.to_builtins(item)}
