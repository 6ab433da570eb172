"""What a plan changes for clients outside, told from the graphs of today and after it."""

from diagnostics.datapath.graph import Change, changes, traffic
from diagnostics.datapath.path import Outcome, Path
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case

MOST_WAYS = 20_000
"""Ways from Nodes to endpoints that are compared one by one; a graph of more would take seconds."""


def what_changes(today: Case, planned: Case) -> str:
    """How many ways from an ingress Node to an endpoint change, and how; empty where there are too many to compare."""
    if len(today.cluster.nodes) * len(today.all_backends) > MOST_WAYS:
        return ""
    graphs = [
        traffic(path for path in trace(case, fold=False) if path.access.kind.is_external) for case in (today, planned)
    ]
    found = list(changes(*graphs))
    if not found:
        return "Nothing changes on the ways from clients outside to the endpoints."
    gained = sum(_keeps(item.after) and not _keeps(item.before) for item in found)
    lost = sum(_keeps(item.before) and not _keeps(item.after) for item in found)
    cut = sum(_is_cut(item) for item in found)
    parts = [f"{gained} begin to show the client's address"] if gained else []
    parts += [f"{lost} cease to show it" if gained else f"{lost} cease to show the client's address"] if lost else []
    parts += [f"{cut} no longer deliver"] if cut else []
    count = f"{len(found)} {'way changes' if len(found) == 1 else 'ways change'} from an ingress Node to an endpoint"
    return f"{count}: {', '.join(parts)}." if parts else f"{count}, none of them in whether the client is kept."


def _keeps(path: Path | None) -> bool:
    return path is not None and path.keeps_client


def _is_cut(change: Change) -> bool:
    was = change.before is not None and change.before.outcome is Outcome.DELIVERED
    return was and (change.after is None or change.after.outcome is not Outcome.DELIVERED)
