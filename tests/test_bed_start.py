"""A control plane that cannot start says why and leaves nothing behind. Stubs stand in for its programs."""

import sys
from pathlib import Path

import pytest

from bed import control_plane
from bed.binaries import Binaries
from bed.control_plane import ControlPlane, StartError

SLEEPS = "import time; print('serving', flush=True); time.sleep(60)"


def stubs(folder: Path, kube_apiserver: str, etcd: str) -> Binaries:
    """Programs that run these lines of Python."""
    binaries = Binaries.within(folder)
    for path, script in ((binaries.kube_apiserver, kube_apiserver), (binaries.etcd, etcd)):
        path.write_text(f"#!{sys.executable}\n{script}\n")
        path.chmod(0o755)
    return binaries


class Watched(ControlPlane):
    """One that can be looked at although its start failed."""

    latest: "Watched"

    def __init__(self, binaries: Binaries, folder: Path) -> None:
        super().__init__(binaries, folder)
        Watched.latest = self


@pytest.mark.parametrize(
    ("kube_apiserver", "etcd", "patience", "reason"),
    [
        ("import sys; sys.exit('unknown flag')", SLEEPS, 30.0, "unknown flag"),
        (SLEEPS, "import sys; sys.exit('no space left')", 30.0, "no space left"),
        (SLEEPS, SLEEPS, 0.5, "in vain for /readyz"),
    ],
    ids=["kube-apiserver dies", "etcd dies", "neither gets ready"],
)
def test_why_it_did_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kube_apiserver: str, etcd: str, patience: float, reason: str
) -> None:
    monkeypatch.setattr(control_plane, "LONGEST_START", patience)
    with pytest.raises(StartError, match=reason):
        Watched.start(stubs(tmp_path, kube_apiserver, etcd), tmp_path / "data")
    assert len(Watched.latest.pids) == 2
    assert not any(program.running for program in Watched.latest._programs)
