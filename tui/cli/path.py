"""`antrea-doctor path`: every path class of Services, with the address that each place sees."""

from collections.abc import Iterator

from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.path import Path, Vantage, VantageKind
from diagnostics.datapath.summary import reason
from diagnostics.datapath.trace import trace
from diagnostics.model.antrea import find_antrea
from diagnostics.model.case import Case
from diagnostics.model.snapshot import Gap
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from tui.cli.call import Call
from tui.cli.connect import choose, connect
from tui.cli.documents import SCHEMA_VERSION, Document, service_paths
from tui.cli.gaps import say_gaps
from tui.cli.output import Grid, Output
from tui.cli.path_diagram import dot, links, mermaid
from tui.cli.path_row import COLUMNS, WIDE, Judged, policy_name, row_of, wide_of
from tui.cli.stop import Exit, usage
from tui.cli.talk import say
from tui.request import ClientChoice
from tui.vantage import vantage_of

_DIAGRAMS = {"mermaid": mermaid, "dot": dot}


def run(call: Call) -> int:
    """Prints the paths of the chosen Services."""
    output = Output(call)
    facts = connect(call)
    client = call.request.client
    services = []
    gaps: dict[Gap, None] = {}
    for number, case in enumerate(facts.cases(choose(call, facts))):
        gaps |= dict.fromkeys(case.snapshot.gaps)
        if call.output in ("json", "yaml"):
            services.append(_document(case, client))
            continue
        if number:
            output.text("")
        _show(output, call.output, case, client)
    if call.output in ("json", "yaml"):
        output.data({"schemaVersion": SCHEMA_VERSION, "services": services}, call.output)
    say_gaps(gaps)
    if facts.snapshot.services and find_antrea(facts.snapshot).present is False:
        say("Antrea was not found in this cluster (explain AD087): only kube-proxy is taken into account.")
    return Exit.OK


def _document(case: Case, client: ClientChoice) -> Document:
    if not case.service.is_proxied:
        say(f"{case.key}: {reason(case)}")
    return service_paths(case, judged(case, client, fold=False))


def judged(case: Case, client: ClientChoice, *, fold: bool) -> tuple[Judged, ...]:
    """Each path of the Service with what the policies say; for nothing that no proxy handles.

    Without the client's address only "no policy applies" can be told.
    """
    if not case.service.is_proxied:
        return ()
    try:
        vantage = vantage_of(client, case)
    except LookupError as error:
        if client.kind is VantageKind.SELF:  # this Service has no such client; others may
            say(f"{case.key}: {error.args[0]}")
            return ()
        raise usage(str(error.args[0])) from error
    known = bool(client.ip) or client.kind is not VantageKind.EXTERNAL
    return tuple(_judge(case, path, vantage, known) for path in trace(case, vantage, fold=fold))


def _judge(case: Case, path: Path, vantage: Vantage, known: bool) -> Judged:
    verdict = judge(case, path, path.client.ip or vantage.ip)
    if known or verdict.verdict is Decision.NONE:
        return path, verdict
    return path, PolicyVerdict(Decision.UNKNOWN)


def _show(output: Output, form: str, case: Case, client: ClientChoice) -> None:
    everything = judged(case, client, fold=True)
    rows = everything if form == "wide" else meant(case, everything)
    title = f"{case.key}: {case.service.spec.type}"
    if case.is_exposed:
        title += f", externalTrafficPolicy {case.service.external_policy}"
    if form in _DIAGRAMS:
        client_words = rows[0][0].client.ip if rows else client.kind.value
        found = links(f"client {client_words}", ((*row_of(case, item), *wide_of(item)) for item in rows))
        output.exact(_DIAGRAMS[form](title, found))
        return
    headings = (*COLUMNS, *WIDE) if form == "wide" else COLUMNS
    grid = Grid(headings, [(*row_of(case, item), *(wide_of(item) if form == "wide" else ())) for item in rows])
    sentences = list(_sentences(case, client, rows))
    if len(rows) < len(everything):
        sentences.append("The ClusterIP is left out, since clients outside seldom reach it; -o wide shows it.")
    if form == "markdown":
        output.text(f"## {title}\n")
        if rows:
            output.markdown_grid(grid)
            output.text("")
        output.text("\n".join(f"- {sentence}" for sentence in sentences))
        return
    output.heading(title)
    if rows and output.fits(grid):
        output.grid(grid)
    elif rows:
        output.blocks(["\n".join(_block(row)) for row in grid.rows])
    if rows:
        output.text("")
    for sentence in sentences:
        output.sentence(sentence)


def meant(case: Case, rows: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """The paths that clients of this kind are meant to take."""
    return tuple(
        item
        for item in rows
        if item[0].access.kind.is_external or item[0].client.kind is not VantageKind.EXTERNAL or not case.is_exposed
    )


def _sentences(case: Case, client: ClientChoice, rows: tuple[Judged, ...]) -> Iterator[str]:
    """What it comes to, then each reason once, with the ingress Nodes for which it holds alike."""
    if client.kind is VantageKind.EXTERNAL or not rows:
        yield reason(case)
    before = case.once(front_end)
    if before and client.kind is VantageKind.EXTERNAL:
        yield before.why
    if case.service.is_proxied and not rows:
        yield f"No address of the Service is of the family of {client.ip or 'this client'}."
    alike: dict[str, list[str]] = {}
    for path, _ in rows:
        if path.why:
            nodes = alike.setdefault(path.why.replace(path.ingress, "\0") if path.ingress else path.why, [])
            nodes += [node for node in (path.ingress, *path.twins) if node not in nodes]
    for why, nodes in alike.items():
        others = f" Likewise by {', '.join(nodes[1:4])}{_more(nodes[4:])}." if "\0" in why and len(nodes) > 1 else ""
        yield why.replace("\0", nodes[0] if nodes else "") + others
    yield from {
        (verdict.verdict, policy_name(verdict)): f"Policy {verdict.verdict.value}: {verdict.why}"
        for _, verdict in reversed(rows)
        if verdict.why and verdict.decided_by
    }.values()
    if any(verdict.verdict is Decision.UNKNOWN and not verdict.why for _, verdict in rows):
        yield "Policies apply; --client-ip IP tells whether they let that client in."


def _more(nodes: list[str]) -> str:
    return f" and {len(nodes)} more" if nodes else ""


def _block(row: tuple[str, ...]) -> Iterator[str]:
    """A row that is too wide for the terminal, as lines."""
    access, ingress, endpoints, handler, outcome, seen, snat, policy, *more = row
    yield f"{access} by {ingress}, {handler}" + (f", to {endpoints}" if endpoints != "-" else "")
    yield "; ".join(
        f"{word} {text}".strip()
        for word, text in (("", outcome), ("sees", seen), ("SNAT", snat), ("policy", policy))
        if text != "-"
    )
    yield from (f"{word}: {text}" for word, text in zip(WIDE, more) if text != "-")
