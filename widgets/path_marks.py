"""What policies do with a known client, as marks in the drawing."""

from collections.abc import Mapping

from diagnostics.datapath.path import Path
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict
from widgets.drawing.labels import Letting, Marks, PolicyMark

_LETTING = {Decision.ALLOW: Letting.IN, Decision.DENY: Letting.OUT, Decision.UNKNOWN: Letting.UNKNOWN}


def marks_of(paths: tuple[Path, ...], verdicts: Mapping[Path, PolicyVerdict]) -> Marks:
    """A mark for each path that is judged; paths without policies are let in."""
    marks: dict[tuple[int, str], PolicyMark] = {}
    for number, path in enumerate(paths, 1):
        verdict = verdicts.get(path)
        if verdict:
            marks[number, ""] = PolicyMark(_LETTING.get(verdict.verdict, Letting.IN), verdict.decided_by)
    return marks
