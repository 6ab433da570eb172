"""One answer out of several that are possible, as far as they agree."""

from dataclasses import replace

from diagnostics.datapath.crossing import UNSEEN, Way
from diagnostics.datapath.path import Outcome, Rewrite


def either(ways: tuple[Way, ...], settles: str) -> Way:
    """What holds whichever of the ways is real: the common outcome and source, else unknown with what settles it.

    Where the sources differ, the rewrites of all ways are listed, each saying that it is one possibility.
    """
    first = ways[0]
    basis = min((way.basis for way in ways), key=lambda item: item.strength)
    if all((way.outcome, way.seen) == (first.outcome, first.seen) for way in ways):
        return replace(first, basis=basis)
    outcome = first.outcome if all(way.outcome is first.outcome for way in ways) else Outcome.UNKNOWN
    seen = first.seen if all(way.seen == first.seen for way in ways) else UNSEEN
    return Way(outcome, seen, _possible_rewrites(ways), basis, first.source, f"{_alternatives(ways)} {settles}")


def _alternatives(ways: tuple[Way, ...]) -> str:
    shown = []
    for way in ways:
        delivered = way.outcome is Outcome.DELIVERED
        shown.append(
            f"{way.seen.ip or way.seen.kind.value} is seen" if delivered else f"connections are {way.outcome.value}"
        )
    return f"Either {' or '.join(dict.fromkeys(shown))}."


def _possible_rewrites(ways: tuple[Way, ...]) -> tuple[Rewrite, ...]:
    common = [rewrite for rewrite in ways[0].rewrites if all(rewrite in way.rewrites for way in ways)]
    others = [
        replace(rewrite, why=f"Possibly: {rewrite.why}")
        for way in ways
        for rewrite in way.rewrites
        if rewrite not in common
    ]
    return (*common, *others)
