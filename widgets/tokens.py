"""How meanings look: for each a glyph, its ASCII twin, a word and a style token. Meaning is never colour alone.

Style tokens: `snat` (the source address is changed, or attention), `ok`, `bad`, `dim`, or nothing. Widgets give
them colours by theme variables; glyph and word carry the meaning where there are none.
"""

from dataclasses import dataclass

from diagnostics.datapath.path import Keeping, Outcome, Path, SeenKind
from diagnostics.model.finding import Severity, Verdict
from diagnostics.remedies.acting.standing import Standing
from diagnostics.remedies.plan.plan import Risk, State


@dataclass(frozen=True, slots=True)
class Mark:
    """A meaning as it is shown: a glyph that the terminal has, a word, a style token."""

    glyph: str
    word: str
    token: str

    @property
    def text(self) -> str:
        """Glyph and word."""
        return f"{self.glyph} {self.word}"


@dataclass(frozen=True, slots=True)
class Sign:
    """A meaning before the terminal is known: `glyph` is one cell wide, `plain` its ASCII twin."""

    glyph: str
    plain: str
    word: str
    token: str = ""

    def mark(self, ascii_only: bool = False) -> Mark:
        """As this terminal can show it."""
        return Mark(self.plain if ascii_only else self.glyph, self.word, self.token)


SNAT = Sign("⇄", "!!", "SNAT", "snat")
KEPT = Sign("=", "=", "client kept", "ok")
SOURCE_UNKNOWN = Sign("?", "?", "source unknown", "snat")
DIRECT_RETURN = Sign("⇠", "<-", "answers go straight to the client", "ok")
ARROW = Sign("→", "->", "to")
ELLIPSIS = Sign("…", "..", "shortened", "dim")
NO_FURTHER = Sign("✗", "xx", "ends here", "bad")
DOT = Sign("·", "-", "")
UNFOLD = Sign("[+]", "[+]", "unfold", "dim")
FOLD = Sign("[-]", "[-]", "fold", "dim")

LET_IN = Sign("✓", "ok", "let in", "ok")
KEPT_OUT = Sign("✗", "xx", "kept out", "bad")
LET_IN_PART = Sign("◐", "~", "part of the range", "snat")
POLICY_UNKNOWN = Sign("?", "?", "policy unknown", "snat")

_SEVERITIES: dict[Severity, Sign] = {
    Severity.BROKEN: Sign("✗", "xx", "broken", "bad"),
    Severity.RISKY: Sign("!", "!", "risky", "snat"),
    Severity.NOTE: Sign("·", "-", "note", "dim"),
}

_VERDICTS: dict[Verdict, Sign] = {
    Verdict.FOUND: Sign("✗", "xx", "found", "bad"),
    Verdict.UNKNOWN: Sign("?", "?", "unknown", "snat"),
    Verdict.PASSED: Sign("✓", "ok", "passed", "ok"),
    Verdict.NOT_APPLICABLE: Sign("–", "-", "not applicable", "dim"),
}

_KEEPINGS: dict[Keeping, Sign] = {
    Keeping.KEEPS: Sign("=", "=", "keeps", "ok"),
    Keeping.SOMETIMES: Sign("±", "+-", "sometimes", "snat"),
    Keeping.NEVER: Sign("⇄", "!!", "never", "snat"),
    Keeping.CANNOT_TELL: Sign("?", "?", "cannot tell", "snat"),
    Keeping.UNREACHABLE: Sign("✗", "xx", "unreachable", "bad"),
    Keeping.NOT_EXPOSED: Sign("–", "-", "not exposed", "dim"),
}

_OUTCOMES: dict[Outcome, Sign] = {
    Outcome.DELIVERED: Sign("✓", "ok", "delivered", "ok"),
    Outcome.DROPPED: Sign("✗", "xx", "dropped: client times out", "bad"),
    Outcome.REJECTED: Sign("✗", "xx", "rejected", "bad"),
    Outcome.LOST: Sign("✗", "xx", "lost", "bad"),
    Outcome.UNHANDLED: Sign("✗", "xx", "nobody listens", "bad"),
    Outcome.UNKNOWN: Sign("?", "?", "unknown", "snat"),
}

_STATES: dict[State, Sign] = {
    State.MET: Sign("✓", "ok", "met", "ok"),
    State.UNMET: Sign("✗", "xx", "unmet", "bad"),
    State.UNKNOWN: Sign("?", "?", "unknown", "snat"),
}

_STANDINGS: dict[Standing, Sign] = {
    Standing.DONE: Sign("✓", "ok", "done", "ok"),
    Standing.OPEN: Sign("○", "..", "open", "snat"),
    Standing.DRIFTED: Sign("≠", "!=", "drifted", "bad"),
    Standing.UNKNOWN: Sign("?", "?", "unknown", "snat"),
    Standing.UNCHECKED: Sign("·", "-", "by eye", "dim"),
}

_RISKS: dict[Risk, Sign] = {
    Risk.SAFE: Sign("✓", "ok", "safe", "ok"),
    Risk.DISTURBS: Sign("!", "!", "disturbs", "snat"),
    Risk.CLUSTER_WIDE: Sign("!!", "!!", "cluster-wide", "bad"),
}


def severity_mark(severity: Severity, ascii_only: bool = False) -> Mark:
    """How a severity looks."""
    return _SEVERITIES[severity].mark(ascii_only)


def verdict_mark(verdict: Verdict, ascii_only: bool = False) -> Mark:
    """How the verdict of a check looks."""
    return _VERDICTS[verdict].mark(ascii_only)


def badge(keeping: Keeping, ascii_only: bool = False) -> Mark:
    """How the answer for a whole Service looks."""
    return _KEEPINGS[keeping].mark(ascii_only)


def outcome_mark(outcome: Outcome, ascii_only: bool = False) -> Mark:
    """How the end of a class of connections looks."""
    return _OUTCOMES[outcome].mark(ascii_only)


def state_mark(state: State, ascii_only: bool = False) -> Mark:
    """How the state of a prerequisite looks."""
    return _STATES[state].mark(ascii_only)


def standing_mark(standing: Standing, ascii_only: bool = False) -> Mark:
    """How it looks where a step stands by what was read."""
    return _STANDINGS[standing].mark(ascii_only)


def risk_mark(risk: Risk, ascii_only: bool = False) -> Mark:
    """How the risk of a step looks."""
    return _RISKS[risk].mark(ascii_only)


def fate_mark(path: Path, ascii_only: bool = False) -> Mark:
    """What becomes of the client's address on a path, or of the connection when it is not delivered."""
    if path.outcome is not Outcome.DELIVERED:
        return outcome_mark(path.outcome, ascii_only)
    if path.seen.kind is SeenKind.UNKNOWN:
        return SOURCE_UNKNOWN.mark(ascii_only)
    return (KEPT if path.keeps_client and not path.snat else SNAT).mark(ascii_only)
