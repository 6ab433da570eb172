"""What a change of the whole cluster does to the other Services, computed with all checks."""

from collections.abc import Sequence
from itertools import islice

from diagnostics.checks.evidence import counted, listed
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Source
from diagnostics.remedies.paper.what_if import breaks, case_after
from diagnostics.remedies.plan.plan import Prerequisite, Step
from diagnostics.remedies.prerequisites.prerequisites import met_or

AT_MOST = 50
_SHOWN = 3


def others_stay_whole(case: Case, steps: Sequence[Step]) -> Prerequisite:
    """No other exposed Service gets a finding of severity broken that it does not have today.

    At most AT_MOST Services are examined, so that a plan for a cluster of thousands does not take minutes; whatever
    is left out, or has endpoints that were not read, is said.
    """
    title = "No other Service breaks (computed)"
    then = case_after(case, steps).cluster
    exposed = (
        other
        for service in case.snapshot.services
        if service.metadata.key != case.key
        and (other := Case.of(case.snapshot, service.metadata.key, case.cluster)).is_exposed
    )
    broken, judged, blind = [], 0, 0
    for other in islice(exposed, AT_MOST):
        if case.snapshot.gap(Source.SLICES, other.namespace):
            blind += 1
            continue
        judged += 1
        broken += [finding.message for finding in breaks(other, Case.of(then.snapshot, other.key, then))]
    left = sum(1 for _ in exposed)
    if broken:
        more = f" And {len(broken) - _SHOWN} more." if len(broken) > _SHOWN else ""
        way = "Mend or move these Services first, then plan again."
        return met_or(False, title, " ".join(broken[:_SHOWN]) + more, way)
    said = f"{counted(judged, 'other exposed Service')} examined before and after."
    if blind or left:
        parts = [f"{blind} whose endpoints were not read"] * bool(blind) + [f"{left} beyond these"] * bool(left)
        way = "antrea-doctor check -A before and after the plan shows them all."
        return met_or(None, title, f"{said} Not examined: {listed(parts)}.", way, blocks=False)
    return met_or(True, title, said, "")
