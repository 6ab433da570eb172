"""What could not be read, short enough for one line of a screen."""

from collections.abc import Iterable

from diagnostics.model.snapshot import Gap, Snapshot, Source

NAMED_AT_MOST = 3


def named(gaps: Iterable[Gap]) -> str:
    """The resources of gaps, in their order and each once; empty when there are none."""
    names = list(dict.fromkeys(gap.source.value.split(".")[0] for gap in gaps))
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def only_namespace(snapshot: Snapshot) -> str:
    """The one namespace whose Services could be read, where those of all could not; else empty."""
    places = {source: place for source, place in snapshot.reads if place}
    return places.get(Source.SERVICES, "") if snapshot.gap(Source.SERVICES) else ""
