"""The terms of the trade, one plain paragraph each, for `explain TERM` and the help of the app."""

from difflib import get_close_matches

from diagnostics.checks.network_terms import NETWORK_TERMS
from diagnostics.checks.own_terms import OWN_TERMS
from diagnostics.checks.term import Term

TERMS: tuple[Term, ...] = (*NETWORK_TERMS, *OWN_TERMS)

NEAR = 0.6
SUGGESTED = 4

_BY_NAME = {name.casefold(): term for term in TERMS for name in (*term.aliases, term.name)}


def term_by(name: str) -> Term | None:
    """The term of this name or alias, without regard to case and surrounding blanks; None when there is none."""
    return _BY_NAME.get(" ".join(name.casefold().split()))


def near_terms(name: str) -> tuple[str, ...]:
    """Names of terms spelled much like this one, nearest first, for "did you mean"."""
    close = get_close_matches(" ".join(name.casefold().split()), _BY_NAME, n=SUGGESTED * 2, cutoff=NEAR)
    return tuple(dict.fromkeys(_BY_NAME[match].name for match in close))[:SUGGESTED]
