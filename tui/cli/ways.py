"""`antrea-doctor plan` without a remedy: all ways out of one Service beside each other."""

from collections.abc import Iterator, Sequence

from diagnostics.datapath.path import Keeping
from diagnostics.remedies.comparison.way import Way
from diagnostics.remedies.paper.shares import EVENLY, Shares
from tui.cli.documents import SCHEMA_VERSION, Document
from tui.cli.output import Grid, Output

SEEN_WORDS = {
    Keeping.KEEPS: "yes",
    Keeping.SOMETIMES: "some",
    Keeping.NEVER: "no",
    Keeping.CANNOT_TELL: "unknown",
    Keeping.UNREACHABLE: "nobody",
    Keeping.NOT_EXPOSED: "nobody",
}
"""Whether somebody sees the client's own address, in one word."""


def print_ways(output: Output, service: str, ways: Sequence[Way], form: str) -> None:
    """The comparison as text, JSON or YAML."""
    if form != "text":
        output.data(ways_document(service, ways), form)
        return
    output.heading(f"Ways out for Service {service}")
    headings = ("way out", "here", "client kept", "app sees it", "pod policy", "service policy", "risk")
    output.grid(Grid(headings, [_row(way) for way in ways]))
    output.text("")
    output.sentence(f"CLIENT KEPT: part of the connections that show the client's own address, {EVENLY}.")
    for way in ways:
        output.text("")
        output.blocks(["\n".join((f"{way.slug}: {way.title}", *_said(way, service)))])


def ways_document(service: str, ways: Sequence[Way]) -> Document:
    """The JSON contract of the comparison."""
    return {"schemaVersion": SCHEMA_VERSION, "service": service, "ways": [_document(way) for way in ways]}


def _row(way: Way) -> tuple[str, ...]:
    seen = way.sees
    words = tuple(SEEN_WORDS[item] for item in (seen.application, seen.pod_policy, seen.service_policy)) if seen else ()
    return (way.slug, way.standing.value, way.change, *(words or ("", "", "")), way.risk.value)


def _said(way: Way, service: str) -> Iterator[str]:
    if way.because:
        yield f"{way.standing.value[0].upper()}{way.standing.value[1:]}. {way.because}"
    yield f"Gives: {way.gives}"
    yield from (f"Costs: {cost}" for cost in way.costs)
    if way.reversible:
        yield f"Reversible: {way.reversible}."
    yield f"Ground: {way.basis.value}."
    yield from (f"Run: {line}" if "\n" not in line else f"Apply:\n{line}" for line in way.recipe)
    if way.plan and way.plan.steps:
        yield f"Steps: {len(way.plan.steps)}, see antrea-doctor plan {service} --remedy {way.slug}"


def _document(way: Way) -> Document:
    seen = way.sees
    return {
        "slug": way.slug,
        "title": way.title,
        "standing": way.standing.value,
        "because": way.because or None,
        "gives": way.gives,
        "costs": list(way.costs),
        "risk": way.risk.value,
        "reversible": way.reversible or None,
        "basis": way.basis.value,
        "before": _shares(way.before),
        "after": _shares(way.after),
        "seesClient": {
            "application": seen.application.value,
            "podPolicy": seen.pod_policy.value,
            "servicePolicy": seen.service_policy.value,
        }
        if seen
        else None,
        "hasPlan": way.plan is not None,
        "recipe": list(way.recipe),
    }


def _shares(shares: Shares | None) -> Document | None:
    """Parts of one, to four digits."""
    if shares is None:
        return None
    parts = {"own": shares.own, "hidden": shares.hidden, "failing": shares.failing, "unknown": shares.unknown}
    return {name: round(float(part), 4) for name, part in parts.items()}
