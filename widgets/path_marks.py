"""What policies do with a known client, as marks in the drawing."""

from collections.abc import Mapping

from diagnostics.datapath.path import Path
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict
from widgets.drawing.labels import Letting, Marks, PolicyMark
from widgets.tokens import KEPT_OUT, LET_IN, LET_IN_PART, POLICY_UNKNOWN, Sign

_LETTING: dict[Decision, tuple[Letting, Sign]] = {
    Decision.ALLOW: (Letting.IN, LET_IN),
    Decision.NONE: (Letting.IN, LET_IN),
    Decision.DENY: (Letting.OUT, KEPT_OUT),
    Decision.PART: (Letting.PART, LET_IN_PART),
    Decision.UNKNOWN: (Letting.UNKNOWN, POLICY_UNKNOWN),
}


def marks_of(paths: tuple[Path, ...], verdicts: Mapping[Path, PolicyVerdict]) -> Marks:
    """A mark for each path that is judged, with what decides or else in words; without policies it is let in."""
    marks: dict[tuple[int, str], PolicyMark] = {}
    for number, path in enumerate(paths, 1):
        verdict = verdicts.get(path)
        if verdict:
            letting, sign = _LETTING[verdict.verdict]
            marks[number, ""] = PolicyMark(letting, verdict.decided_by or sign.word)
    return marks
