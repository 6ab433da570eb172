"""Terms are found however people spell them, and a misspelled one gets a suggestion."""

import re

import pytest

from diagnostics.checks.glossary import TERMS, near_terms, term_by

ASKED_FOR = [
    "SNAT", "DNAT", "DSR", "ETP", "ITP", "hairpin", "masquerade", "proxyAll", "AntreaProxy", "kube-proxy",
    "antrea-gw0", "NodePort", "encap", "noEncap", "ACNP", "tier", "Pass", "baseline", "Gap",
    "passed", "found", "unknown", "not applicable", "broken", "risky", "note",
    *(f"S{number}" for number in range(1, 11)),
]  # fmt: skip


@pytest.mark.parametrize("name", ASKED_FOR)
def test_the_terms_of_the_trade_are_explained(name: str) -> None:
    term = term_by(name.upper())

    assert term is not None
    assert term.name.casefold() == name.casefold()


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_is_one_plain_paragraph(term) -> None:  # type: ignore[no-untyped-def]
    assert term.text.endswith(".")
    assert "\n" not in term.text
    assert 20 <= len(term.text) <= 500
    assert not re.search(r"[`*#]", term.text)


def test_no_name_or_alias_means_two_terms() -> None:
    names = [name.casefold() for term in TERMS for name in {term.name.casefold(), *map(str.casefold, term.aliases)}]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("externaltrafficpolicy", "ETP"),
        ("  direct   server return ", "DSR"),
        ("169.254.0.253", "virtual Service address"),
        ("x-forwarded-for", "PROXY protocol"),
        ("lb ip", "LoadBalancer IP"),
    ],
)
def test_aliases_lead_to_the_term(asked: str, name: str) -> None:
    term = term_by(asked)

    assert term is not None
    assert term.name == name


@pytest.mark.parametrize(
    ("asked", "name"), [("harpin", "hairpin"), ("masquarade", "masquerade"), ("proxyal", "proxyAll")]
)
def test_a_misspelled_term_gets_the_right_suggestion_first(asked: str, name: str) -> None:
    assert term_by(asked) is None
    assert near_terms(asked)[0] == name


def test_nonsense_gets_no_suggestion() -> None:
    assert near_terms("qqqqqqqqqqqq") == ()
