"""A real API server that holds a generated cluster."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from etcd_load import Loaded, load
from generate import Size, objects

from bed.binaries import Binaries
from bed.control_plane import ControlPlane
from bed.users import Users

WARM = 3.0


@dataclass(frozen=True)
class Stage:
    """A server, how to reach it, and what it holds."""

    size: Size
    kubeconfig: Path
    loaded: Loaded

    @property
    def name(self) -> str:
        """For the table."""
        return f"{self.size.services} Services"


@contextmanager
def stage(binaries: Binaries, size: Size) -> Iterator[Stage]:
    """A control plane of its own while the block runs."""
    size = size.filled
    with TemporaryDirectory() as folder:
        plane = ControlPlane.start(binaries, Path(folder))
        try:
            loaded = load(plane, objects(size))
            told = f"{loaded.objects} objects, {loaded.bytes / 1e6:.0f} MB in {loaded.seconds:.0f} s"
            print(f"loaded {size.services} Services, {size.nodes} Nodes: {told}", file=sys.stderr, flush=True)
            time.sleep(WARM)  # the server still works on what was written
            yield Stage(size, Users(plane.api, Path(folder)).admin().kubeconfig, loaded)
        finally:
            plane.stop()
