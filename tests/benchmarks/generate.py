"""Writes a generated cluster as one JSON List, for `antrea-doctor -f` or the test bed.

python tests/benchmarks/generate.py --services 1000 --policies 2000 > cluster.json
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import msgspec

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "benchmarks")]

from dressing import Object  # noqa: E402 - needs the path above
from generated import generated  # noqa: E402
from policies_generated import with_policies  # noqa: E402
from realistic import realistic  # noqa: E402

from diagnostics.kube.recorded import RECORDING_VERSION  # noqa: E402
from diagnostics.model.snapshot import Snapshot  # noqa: E402

SPREAD = (0, 2, 4, 8, 12, 16, 37)
"""On how many Nodes the Services run, 1 or 2 Pods on each: 15 endpoints a Service in the mean."""
MIX = (*["ClusterIP"] * 8, "NodePort", "LoadBalancer")
"""Ten thousand Services then need 2,000 NodePorts of the 2,768 that there are."""


@dataclass(frozen=True)
class Size:
    """How much of everything. `nodes` and `policies` below 0 follow from the Services: a tenth, and twice as many."""

    services: int
    nodes: int = -1
    policies: int = -1
    pods: bool = True
    seed: int = 1

    @property
    def filled(self) -> "Size":
        """The same with every number said."""
        nodes = self.nodes if self.nodes >= 0 else max(self.services // 10, 10)
        policies = self.policies if self.policies >= 0 else self.services * 2
        return replace(self, nodes=nodes, policies=policies)


def facts(size: Size) -> Snapshot:
    """The cluster as the engine would have read it."""
    size = size.filled
    made = generated(size.services, size.nodes, size.seed, spread=SPREAD, kinds=MIX)
    return with_policies(made, size.policies, size.seed)


def objects(size: Size) -> Iterator[Object]:
    """The cluster as its API server would give it."""
    return realistic(facts(size), size.seed, pods=size.pods)


def write(size: Size, file: BinaryIO) -> None:
    """One List; it says of itself that there is nothing else in the cluster."""
    recording = {"apiVersion": RECORDING_VERSION, "kind": "Recording", "complete": True}
    file.write(b'{"apiVersion":"v1","kind":"List","items":[\n' + msgspec.json.encode(recording))
    for each in objects(size):
        file.write(b",\n" + msgspec.json.encode(each))
    file.write(b"\n]}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes what is asked for to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=1000, help="up to 10000 (default 1000), 15 endpoints each")
    parser.add_argument("--nodes", type=int, default=-1, help="up to 5000 (default: one for 10 Services)")
    parser.add_argument("--policies", type=int, default=-1, help="up to 20000 (default: two for each Service)")
    parser.add_argument("--without-pods", action="store_true", help="no Pods: nine tenths of the bytes are theirs")
    parser.add_argument("--seed", type=int, default=1, help="the same number gives the same bytes (default 1)")
    asked = parser.parse_args(arguments)
    size = Size(asked.services, asked.nodes, asked.policies, not asked.without_pods, asked.seed)
    write(size, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
