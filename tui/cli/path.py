"""`antrea-doctor path`: every path class of Services, with the address that each place sees."""

from collections.abc import Iterator

from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.path import Outcome, Path, Place, SeenKind, Vantage, VantageKind
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
from tui.cli.stop import Exit, usage
from tui.cli.talk import say
from tui.request import ClientChoice
from tui.vantage import vantage_of

Judged = tuple[Path, PolicyVerdict]

_COLUMNS = ("access", "ingress Node", "endpoints", "handler", "outcome", "source seen", "SNAT", "policy")
_WIDE = ("endpoint addresses", "wire", "where", "basis", "source")


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
    rows = everything if form == "wide" else _meant(case, everything)
    title = f"{case.key}: {case.service.spec.type}"
    if case.is_exposed:
        title += f", externalTrafficPolicy {case.service.external_policy}"
    headings = (*_COLUMNS, *_WIDE) if form == "wide" else _COLUMNS
    grid = Grid(headings, [(*_row(case, item), *(_wide(item[0]) if form == "wide" else ())) for item in rows])
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


def _meant(case: Case, rows: tuple[Judged, ...]) -> tuple[Judged, ...]:
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
        (verdict.verdict, _policy_name(verdict)): f"Policy {verdict.verdict.value}: {verdict.why}"
        for _, verdict in reversed(rows)
        if verdict.why and verdict.decided_by
    }.values()
    if any(verdict.verdict is Decision.UNKNOWN and not verdict.why for _, verdict in rows):
        yield "Policies apply; --client-ip IP tells whether they let that client in."


def _policy_name(verdict: PolicyVerdict) -> str:
    return verdict.decided_by.partition(": ")[0]


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
    yield from (f"{word}: {text}" for word, text in zip(_WIDE, more) if text != "-")


def _row(case: Case, item: Judged) -> tuple[str, ...]:
    path, verdict = item
    access = path.access
    dialled = access.address or case.cluster.node_ip(path.ingress, access.family)
    family_safe = f"[{dialled}]" if ":" in dialled else dialled
    return (
        f"{access.kind.value} {family_safe}:{access.port}/{access.protocol}",
        _ingress(path),
        _endpoints(path),
        path.handler.value,
        path.outcome.value,
        _seen(path),
        "; ".join(f"{item.id} {item.before} → {item.after}" for item in path.snat) or "-",
        ": ".join(part for part in (verdict.verdict.value, _policy_name(verdict)) if part),
    )


def _ingress(path: Path) -> str:
    if not path.twins:
        return path.ingress or "-"
    more = len(path.twins)
    return f"{path.ingress} and {more} more {'Node' if more == 1 else 'Nodes'}"


def _endpoints(path: Path) -> str:
    if path.endpoint.place is Place.NONE:
        return "-"
    where = f" on {path.endpoint.node}" if path.endpoint.node else ""
    return f"{path.share.endpoints} of {path.share.of} {path.endpoint.place.value}{where}"


def _seen(path: Path) -> str:
    seen = path.seen
    if path.outcome not in (Outcome.DELIVERED, Outcome.UNKNOWN):
        return "-"
    where = f" of {seen.node}" if seen.node and seen.kind in (SeenKind.GATEWAY, SeenKind.NODE) else ""
    return " ".join(part for part in (f"{seen.kind.value}{where}", seen.ip) if part)


def _wide(path: Path) -> Iterator[str]:
    addresses = path.endpoint.addresses
    more = f" and {len(addresses) - 4} more" if len(addresses) > 4 else ""
    yield ", ".join(addresses[:4]) + more or "-"
    yield path.wire.value
    yield "; ".join(f"{item.id} {item.where}" for item in path.rewrites) or "-"
    yield path.basis.value
    yield path.source
