"""What of a cluster the way out can reach from here: objects to read, a hand to try and to change; or why not."""

from diagnostics.remedies.acting.hand import Eye, Hand
from tui.source import Seeing, SnapshotSource, Writing


def eye_of(source: SnapshotSource) -> Eye:
    """Reads single objects. Raises LookupError with a sentence."""
    eye = source.objects() if isinstance(source, Seeing) else None
    if eye is None:
        raise LookupError("This demo was changed by playing a plan, and its objects were not: choose it again with x.")
    return eye


def hand_of(source: SnapshotSource, *, may_write: bool) -> Hand:
    """Tries steps, and does them only with `may_write`. Raises LookupError with the sentence of `why_no_hand`."""
    if not isinstance(source, Writing):
        raise LookupError(why_no_hand(source))
    return source.writer(may_write=may_write)


def why_no_hand(source: SnapshotSource) -> str:
    """Why no step can be tried or applied here, in a sentence; empty when one can."""
    if isinstance(source, Writing):
        return ""
    if source.is_demo:
        return "A demo is a recording: it has no admission to ask. space marks a step; when all are, the demo changes."
    return "These are recorded objects: they have no admission to ask, and cannot be changed."
