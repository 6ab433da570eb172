"""`antrea-doctor explain`: the page behind a code or a word, without any cluster, or whose an address is."""

from diagnostics.checks.catalogue import CHECKS, check_by
from diagnostics.checks.check import Check
from diagnostics.checks.glossary import TERMS, term_by
from tui.cli.call import Call
from tui.cli.near import did_you_mean
from tui.cli.output import Output
from tui.cli.stop import Exit, usage


def run(call: Call) -> int:
    """Prints the page; an unknown word is a usage error that names near ones."""
    if call.own.address:
        if call.own.target:
            raise usage("--address and a code or term exclude each other.")
        from tui.cli.explain_address import explain_address

        return explain_address(call, call.own.address)
    if call.own.target is None:
        raise usage("Say what to explain: CODE|TERM, or --address IP for an address of the cluster.")
    word = call.own.target.strip()
    Output(call).markdown(page_of(word))
    return Exit.OK


def page_of(word: str) -> str:
    """The page in Markdown. Raises Stop for a word that nothing is known about."""
    check = check_by(word)
    if check:
        return _check_page(check)
    term = term_by(word)
    if term:
        return f"# {term.name}\n\n{term.text}"
    slugs = [item.slug for item in CHECKS]  # no codes: one that is a digit off means something else
    terms = {name: item.name for item in TERMS for name in (item.name, *item.aliases)}
    hint = did_you_mean(word, slugs, aliases=terms, otherwise="list-checks names all codes.")
    raise usage(f"Nothing is known about {word!r}.{hint}")


def _check_page(check: Check) -> str:
    facts = [f"Severity: {check.severity.value}. Slug: {check.slug}. Reads: {', '.join(check.needs)}."]
    if check.remedies:
        facts.append(f"Ways out: {', '.join(check.remedies)}.")
    return f"# {check.code}: {check.title}\n\n{' '.join(facts)}\n\n{check.page}"
