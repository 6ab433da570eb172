"""`antrea-doctor path`: every path class of Services, with the address that each place sees."""

from collections.abc import Iterator

from diagnostics.datapath.path import Path, RewriteKind, SeenKind, Vantage, VantageKind
from diagnostics.datapath.summary import reason
from diagnostics.datapath.trace import trace
from diagnostics.model.antrea import find_antrea
from diagnostics.model.case import Case
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from tui.cli.call import Call
from tui.cli.connect import choose, connect
from tui.cli.documents import SCHEMA_VERSION, service_paths
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
    cases = list(facts.cases(choose(call, facts)))
    client = call.request.client
    say_gaps(dict.fromkeys(gap for case in cases for gap in case.snapshot.gaps))
    if facts.snapshot.services and find_antrea(facts.snapshot).present is False:
        say("Antrea was not found in this cluster (explain AD087): only kube-proxy is taken into account.")
    if call.output in ("json", "yaml"):
        services = [service_paths(case, judged(case, client, fold=False)) for case in cases]
        output.data({"schemaVersion": SCHEMA_VERSION, "services": services}, call.output)
        return Exit.OK
    for number, case in enumerate(cases):
        if number:
            output.text("")
        _show(output, call.output, case, client)
    return Exit.OK


def judged(case: Case, client: ClientChoice, *, fold: bool) -> tuple[Judged, ...]:
    """Each path of the Service with what the policies say; for nothing that no proxy handles.

    Without the client's address only "no policy applies" can be told.
    """
    if not case.service.is_proxied:
        say(f"{case.key}: {reason(case)}")
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
    rows = judged(case, client, fold=True)
    title = f"{case.key}: {case.service.spec.type}"
    if case.is_exposed:
        title += f", externalTrafficPolicy {case.service.external_policy}"
    headings = (*_COLUMNS, *_WIDE) if form == "wide" else _COLUMNS
    grid = Grid(headings, [(*_row(case, item), *(_wide(item[0]) if form == "wide" else ())) for item in rows])
    sentences = [reason(case), *dict.fromkeys(path.why for path, _ in rows if path.why)]
    if form == "markdown":
        output.text(f"## {title}\n")
        if rows:
            output.markdown_grid(grid)
        output.text("\n" + "\n".join(f"- {sentence}" for sentence in sentences))
        return
    output.heading(title)
    if rows:
        output.grid(grid)
        output.text("")
    for sentence in sentences:
        output.sentence(sentence)


def _row(case: Case, item: Judged) -> tuple[str, ...]:
    path, verdict = item
    access, group = path.access, path.endpoint
    dialled = access.address or case.cluster.node_ip(path.ingress, access.family)
    family_safe = f"[{dialled}]" if ":" in dialled else dialled
    return (
        f"{access.kind.value} {family_safe}:{access.port}/{access.protocol}",
        _ingress(path),
        f"{path.share.endpoints} of {path.share.of} {group.place.value}" + (f" on {group.node}" if group.node else ""),
        path.handler.value,
        path.outcome.value,
        _seen(path),
        "; ".join(f"{item.id} {item.before} → {item.after}" for item in path.snat) or "-",
        f"{verdict.verdict}" + (f": {verdict.decided_by}" if verdict.decided_by else ""),
    )


def _ingress(path: Path) -> str:
    if not path.twins:
        return path.ingress or "-"
    more = len(path.twins)
    return f"{path.ingress} and {more} more {'Node' if more == 1 else 'Nodes'}"


def _seen(path: Path) -> str:
    seen = path.seen
    where = f" of {seen.node}" if seen.node and seen.kind in (SeenKind.GATEWAY, SeenKind.NODE) else ""
    return " ".join(part for part in (f"{seen.kind.value}{where}", seen.ip) if part)


def _wide(path: Path) -> Iterator[str]:
    addresses = path.endpoint.addresses
    more = f" and {len(addresses) - 4} more" if len(addresses) > 4 else ""
    yield ", ".join(addresses[:4]) + more or "-"
    yield path.wire.value
    yield "; ".join(f"{'→' if item.kind is RewriteKind.SNAT else 'to'} {item.where}" for item in path.rewrites) or "-"
    yield path.basis.value
    yield path.source
