"""The answer of the policy engine for one client on one Path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from diagnostics.policy.evaluate import Decision


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """What policies do with a client on one Path.

    `verdict` is allow or deny only when all endpoints of the class fare the same through all its ingress Nodes; none
    when no policy applies to any of them. Otherwise it is unknown: either some let the client in and some keep it
    out (`is_split`), or what is needed is not known, and `why` says what would settle it.

    `allowed`, `denied` and `undecided` are numbers of endpoints; where the ingress Nodes of a folded Path differ,
    they are summed over these. `decided_by` names the deciding rule or the isolating policy, and is empty when
    nothing matched. `at` is the Node where it was decided, or how many; `compared_with` the source address there.
    """

    verdict: Decision
    decided_by: str = ""
    at: str = ""
    compared_with: str = ""
    why: str = ""
    allowed: int = 0
    denied: int = 0
    undecided: int = 0

    @property
    def is_split(self) -> bool:
        """Whether the same client is let in to some endpoints and kept out of others."""
        return bool(self.allowed and self.denied)

    @property
    def shares(self) -> str:
        """The numbers in words, such as `let in to 2, kept out of 1 of 3 endpoints`."""
        of = self.allowed + self.denied + self.undecided
        parts = ((self.allowed, "let in to"), (self.denied, "kept out of"), (self.undecided, "cannot tell for"))
        told = ", ".join(f"{words} {number}" for number, words in parts if number)
        return f"{told} of {of} endpoint{'s' * (of != 1)}" if told else "no endpoint"


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer for endpoints that fare alike, through one ingress Node."""

    verdict: Decision
    by: str = ""
    at: tuple[str, ...] = ()
    compared_with: str = ""
    why: str = ""


def over_endpoints(answers: Sequence[tuple[Judged, int]]) -> PolicyVerdict:
    """One verdict through one ingress Node, from answers with their numbers of endpoints."""
    if not answers:
        return PolicyVerdict(Decision.NONE, why="There is no endpoint.")
    count = {decision: sum(n for answer, n in answers if answer.verdict is decision) for decision in Decision}
    allowed, denied = count[Decision.ALLOW] + count[Decision.NONE], count[Decision.DENY]
    undecided = count[Decision.UNKNOWN]
    verdict = _common(allowed, denied, undecided, applies=bool(count[Decision.ALLOW]))
    telling = Decision.DENY if denied else verdict
    shown = [answer for answer, _ in answers if answer.verdict is telling]
    return PolicyVerdict(
        verdict,
        "; ".join(_distinct(answer.by for answer in shown)),
        _some((place for answer in shown for place in answer.at), "Nodes"),
        _some((answer.compared_with for answer in shown), "addresses"),
        " ".join(sentence(why) for why in _distinct(answer.why for answer in shown)),
        allowed,
        denied,
        undecided,
    )


def sentence(text: str) -> str:
    """The text with a capital first letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "." if text else ""


def over_nodes(verdicts: Sequence[tuple[str, PolicyVerdict]]) -> PolicyVerdict:
    """One verdict for all ingress Nodes of a class: that of the first where all agree."""
    first = verdicts[0][1]
    if len({(item.verdict, bool(item.allowed), bool(item.denied)) for _, item in verdicts}) == 1:
        compared = _some((item.compared_with for _, item in verdicts), "addresses")
        return replace(first, at=_some((item.at for _, item in verdicts), "Nodes"), compared_with=compared)
    every = [item for _, item in verdicts]
    allowed, denied = sum(item.allowed for item in every), sum(item.denied for item in every)
    undecided = sum(item.undecided for item in every)
    telling = min(every, key=lambda item: (not item.denied, not item.undecided, item.verdict is Decision.NONE))
    told: dict[str, list[str]] = {}
    for node, item in verdicts:
        told.setdefault(item.shares, []).append(node)
    parts = [f"through {_some(nodes, 'Nodes')}: {words}" for words, nodes in told.items()]
    why = f"It depends on the Node that the client reaches. {'; '.join(parts)}."
    return PolicyVerdict(
        _common(allowed, denied, undecided, applies=any(item.verdict is Decision.ALLOW for item in every)),
        telling.decided_by,
        telling.at,
        telling.compared_with,
        why,
        allowed,
        denied,
        undecided,
    )


def _common(allowed: int, denied: int, undecided: int, *, applies: bool) -> Decision:
    if undecided or (allowed and denied):
        return Decision.UNKNOWN
    if denied:
        return Decision.DENY
    return Decision.ALLOW if applies else Decision.NONE


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))


def _some(names: Iterable[str], kind: str) -> str:
    """Up to three names, else their number."""
    distinct = _distinct(names)
    return ", ".join(distinct) if len(distinct) < 4 else f"{len(distinct)} {kind}"
