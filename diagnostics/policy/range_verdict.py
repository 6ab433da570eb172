"""What policies do with a whole range of clients on one Path."""

from diagnostics.datapath.path import Path
from diagnostics.model.case import Case
from diagnostics.policy.admitted import Admitted, admitted
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import judge, judge_outsider
from diagnostics.policy.ranges import AddressSet, address_text
from diagnostics.policy.verdict import PolicyVerdict


def judge_range(case: Case, path: Path, clients: AddressSet) -> PolicyVerdict:
    """The verdict for all of them where they fare alike, else `part`, with the ranges that fare each way.

    A range of the other family is left unknown.
    """
    family = path.access.family
    intervals = clients.family(family)
    if not intervals:
        why = f"There is no IPv{family} address in {clients}, and this path is IPv{family}."
        return PolicyVerdict(Decision.UNKNOWN, why=why, undecided=path.share.endpoints)
    example = address_text(family, intervals[0][0])
    if len(intervals) == 1 and intervals[0][0] == intervals[0][1]:
        return judge(case, path, example)
    found = admitted(case, path)
    if found is None:
        return judge_outsider(case, path, example)
    wanted = AddressSet.of_intervals(family, intervals)
    parts = found.within(wanted)
    if wanted in (parts.let_in, parts.kept_out):
        return judge_outsider(case, path, example, explain=True)
    decision = Decision.UNKNOWN if wanted == parts.undecided else Decision.PART
    return PolicyVerdict(decision, why=_told(parts))


def _told(parts: Admitted) -> str:
    ways = (
        ("Let in", parts.let_in),
        ("Kept out", parts.kept_out),
        ("Let in to some endpoints only", parts.sometimes),
        ("Cannot be told", parts.undecided),
    )
    return " ".join(f"{words}: {clients}." for words, clients in ways if clients)
