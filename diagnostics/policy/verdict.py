"""The answer of the policy engine for one client on one Path."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from diagnostics.policy.applied_rule import AppliedRule
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.rules import Isolation


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """What policies do with a client on one Path.

    `verdict` is allow or deny only when all endpoints of the class fare the same through all its ingress Nodes; none
    when no policy applies to any of them. Otherwise it is unknown: either some let the client in and some keep it
    out (`is_split`), or what is needed is not known, and `why` says what would settle it.

    `allowed`, `denied` and `undecided` are numbers of endpoints; where the ingress Nodes of a folded Path differ,
    they are summed over these. `decided_by` names the deciding rule or the isolating policy, and is empty when
    nothing matched. `at` is the Node where it was decided, or how many; `compared_with` the source address there.
    `rule_name` and `rule_path` (as `spec.ingress[0]`) lead to the deciding rule in its YAML, where one rule decides;
    `without` says in words what would decide if it did not exist.
    """

    verdict: Decision
    decided_by: str = ""
    at: str = ""
    compared_with: str = ""
    why: str = ""
    allowed: int = 0
    denied: int = 0
    undecided: int = 0
    rule_name: str = ""
    rule_path: str = ""
    without: str = ""

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
    """The answer for endpoints that fare alike, through ingress Nodes that fare alike.

    `decider` is what decides, if one rule or isolation does; `without` then tells what would decide without it.
    """

    verdict: Decision
    by: str = ""
    at: tuple[str, ...] = ()
    compared_with: tuple[str, ...] = ()
    why: str = ""
    decider: AppliedRule | tuple[Isolation, ...] | None = None
    without: Callable[[], str] = str


@dataclass(frozen=True, slots=True)
class Through:
    """The verdict through ingress Nodes that fare alike, with all places and addresses that it was decided at."""

    nodes: tuple[str, ...]
    verdict: PolicyVerdict
    at: tuple[str, ...] = ()
    compared_with: tuple[str, ...] = ()


def over_endpoints(nodes: tuple[str, ...], answers: Sequence[tuple[Judged, int]], *, explain: bool = False) -> Through:
    """One verdict through each of these ingress Nodes, from answers with their numbers of endpoints.

    With `explain` it is also worked out what would decide without what decides.
    """
    if not answers:
        return Through(nodes, PolicyVerdict(Decision.NONE, why="There is no endpoint."))
    count = {decision: sum(n for answer, n in answers if answer.verdict is decision) for decision in Decision}
    allowed, denied = count[Decision.ALLOW] + count[Decision.NONE], count[Decision.DENY]
    undecided = count[Decision.UNKNOWN]
    verdict = _common(allowed, denied, undecided, applies=bool(count[Decision.ALLOW]))
    telling = Decision.DENY if denied else verdict
    shown = [answer for answer, _ in answers if answer.verdict is telling]
    deciding = next((answer for answer in shown if answer.decider is not None), None)
    rule = deciding.decider if deciding and isinstance(deciding.decider, AppliedRule) else None
    one = PolicyVerdict(
        verdict,
        "; ".join(_distinct(answer.by for answer in shown)),
        why=" ".join(sentence(why) for why in _distinct(answer.why for answer in shown)),
        allowed=allowed,
        denied=denied,
        undecided=undecided,
        rule_name=rule.name if rule else "",
        rule_path=rule.path if rule else "",
        without=deciding.without() if explain and deciding else "",
    )
    at = _distinct(place for answer in shown for place in answer.at)
    compared = _distinct(address for answer in shown for address in answer.compared_with)
    return Through(nodes, one, tuple(at), tuple(compared))


def sentence(text: str) -> str:
    """The text with a capital first letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "." if text else ""


def over_nodes(through: Sequence[Through]) -> PolicyVerdict:
    """One verdict for all ingress Nodes of a class: that of the first where all agree."""
    first = through[0].verdict
    every = [item.verdict for item in through]
    if len({(item.verdict, bool(item.allowed), bool(item.denied)) for item in every}) == 1:
        return _placed(first, through)
    allowed = sum(item.verdict.allowed * len(item.nodes) for item in through)
    denied = sum(item.verdict.denied * len(item.nodes) for item in through)
    undecided = sum(item.verdict.undecided * len(item.nodes) for item in through)
    telling = min(through, key=lambda item: _order_of_telling(item.verdict))
    told: dict[str, list[str]] = {}
    for item in through:
        told.setdefault(item.verdict.shares, []).extend(item.nodes)
    parts = [f"through {_some(nodes, 'Nodes')}: {words}" for words, nodes in told.items()]
    return replace(
        _placed(telling.verdict, [telling]),
        verdict=_common(allowed, denied, undecided, applies=any(item.verdict is Decision.ALLOW for item in every)),
        why=f"It depends on the Node that the client reaches. {'; '.join(parts)}.",
        allowed=allowed,
        denied=denied,
        undecided=undecided,
    )


def _placed(verdict: PolicyVerdict, through: Sequence[Through]) -> PolicyVerdict:
    return replace(
        verdict,
        at=_some((place for item in through for place in item.at), "Nodes"),
        compared_with=_some((address for item in through for address in item.compared_with), "addresses"),
    )


def _order_of_telling(verdict: PolicyVerdict) -> tuple[bool, bool, bool]:
    """Lowest for what an operator should hear first: who is kept out, then what is not known."""
    return not verdict.denied, not verdict.undecided, verdict.verdict is Decision.NONE


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
