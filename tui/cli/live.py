"""The facts of a live cluster for a headless command."""

from diagnostics.datapath.path import VantageKind
from diagnostics.kube.live import LiveCluster
from diagnostics.kube.trouble import Trouble
from diagnostics.model.snapshot import Snapshot
from tui.cli.call import Call
from tui.cli.facts import Facts, progress
from tui.cli.stop import Exit, Stop
from tui.live_source import wish_of


def connect_live(call: Call) -> Facts:
    """Reads the cluster that the options name. Raises Stop when it cannot be reached or does not know the user."""
    try:
        cluster = LiveCluster.open(wish_of(call.request.connection))
        with progress(f"reading {cluster.context.name}"):
            snapshot = cluster.overview()
    except Trouble as trouble:
        raise Stop(Exit.NOT_CONNECTED, str(trouble)) from trouble

    client = call.request.client

    def deepen(keys: tuple[str, ...]) -> Snapshot:
        try:
            deeper = cluster.deepen(snapshot, keys[0]) if len(keys) == 1 else cluster.deepen_all(snapshot, keys)
            if client.kind is not VantageKind.POD or client.name in deeper.pod_by_key:
                return deeper
            return cluster.with_pod(deeper, client.name)
        except Trouble as trouble:
            raise Stop(Exit.NOT_CONNECTED, str(trouble)) from trouble

    return Facts(snapshot, cluster.namespace or "default", deepen)
