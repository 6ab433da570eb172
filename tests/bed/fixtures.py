"""The bed as pytest fixtures: `control_plane`, `cluster`, `users`, `proxy`. tests/conftest.py makes them known.

A test that uses one of them carries the mark `bed`; where the programs are missing it is skipped, with the command
that provides them as the reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bed import objects
from bed.api import Api, Object
from bed.binaries import COMMAND, find
from bed.breaking_proxy import BreakingProxy
from bed.control_plane import ControlPlane
from bed.users import Users


@dataclass(frozen=True)
class Cluster:
    """An API server that was empty when the test began, seen as its admin."""

    url: str
    kubeconfig: Path
    api: Api

    def load(self, wanted: Iterable[Object]) -> int:
        """Create objects, status included, as `bed.objects.load` tells; how many there were."""
        return objects.load(self.api, wanted)


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The one control plane of the session; started by the first test that needs it."""
    if not (binaries := find()):
        pytest.skip(f"the test bed is missing; provide it with: {COMMAND}")
    plane = ControlPlane.start(binaries, tmp_path_factory.mktemp("bed"))
    yield plane
    plane.stop()


@pytest.fixture
def users(control_plane: ControlPlane, cluster: Cluster, tmp_path: Path) -> Users:
    """Makes users with few rights in the test's cluster; load its namespaces first."""
    return Users(cluster.api, tmp_path)


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> Cluster:
    """The server as it was right after its start, whatever earlier tests did."""
    assert control_plane.running, f"the control plane died\n{control_plane.last_words()}"
    control_plane.wipe()
    admin = Users(control_plane.api, tmp_path).admin()
    return Cluster(control_plane.url, admin.kubeconfig, control_plane.api)


@pytest.fixture
def proxy(control_plane: ControlPlane, cluster: Cluster) -> Iterator[BreakingProxy]:
    """A proxy before the test's cluster, passing everything on until told otherwise."""
    with BreakingProxy(cluster.url, control_plane.ca, control_plane.ca_file) as running:
        yield running
