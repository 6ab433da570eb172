"""What the commands on saved Snapshots say of one: where it is from, when, how much is in it."""

import time
from datetime import UTC, datetime

from diagnostics.checks.evidence import counted
from diagnostics.kube.kinds import KINDS
from diagnostics.kube.recorded import Recording, RecordingError, read_described
from diagnostics.model.antrea import find_antrea
from diagnostics.model.snapshot import Snapshot, Source
from diagnostics.model.text import one_line
from tui.cli.stop import usage

_TOLD = (
    (Source.SERVICES, "Service"),
    (Source.NODES, "Node"),
    (Source.PODS, "Pod"),
)
_POLICIES = (
    Source.NETWORK_POLICIES,
    Source.CLUSTER_POLICIES,
    Source.ANTREA_POLICIES,
    Source.ADMIN_POLICIES,
    Source.BASELINE_ADMIN_POLICIES,
    Source.UPSTREAM_CLUSTER_POLICIES,
)
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def read_saved(name: str) -> tuple[Snapshot, Recording]:
    """The Snapshot of a file, folder or `-`, and what it says of itself. Raises Stop."""
    try:
        return read_described((name,))
    except RecordingError as error:
        raise usage(str(error)) from error


def counts(snapshot: Snapshot) -> dict[Source, int]:
    """Number of objects of each Source."""
    return {source: len(getattr(snapshot, kind.field)) for source, kind in KINDS.items()}


def amount(snapshot: Snapshot) -> str:
    """The numbers that matter: `12 Services, 3 Nodes, 40 Pods, 5 policies`."""
    found = counts(snapshot)
    policies = sum(found[source] for source in _POLICIES)
    parts = [counted(found[source], word) for source, word in _TOLD]
    return f"{', '.join(parts)}, {policies} {'policy' if policies == 1 else 'policies'}"


def whence(snapshot: Snapshot, server: str) -> str:
    """Which cluster, of which releases, and when."""
    name = snapshot.context or "a cluster without a name"
    where = f" ({one_line(server)})" if server and one_line(server) != name else ""
    antrea = ", ".join(find_antrea(snapshot).versions)
    parts = [
        f"{name}{where}",
        f"Kubernetes {snapshot.kubernetes_version or 'of an unknown release'}",
        f"Antrea {antrea}" if antrea else "no release of Antrea told",
        f"read {when(snapshot.taken_at)}",
    ]
    return ", ".join(parts)


def when(taken_at: float) -> str:
    """A moment in UTC, and how long ago it was."""
    if not taken_at:
        return "at an unknown time"
    moment = datetime.fromtimestamp(taken_at, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC{_age(time.time() - taken_at)}"


def _age(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            return f" ({counted(int(seconds // size), unit)} ago)"
    return ""
