"""The words on the drawing: shares, rewrites, ends, and what Pods see; shortened to the room there is."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells

from diagnostics.datapath.path import (
    Access,
    AccessKind,
    Handler,
    Outcome,
    Path,
    Place,
    Rewrite,
    SeenKind,
    Vantage,
    VantageKind,
    Wire,
)
from widgets import tokens
from widgets.drawing.labels import Letting, PolicyMark
from widgets.drawing.scene import Sight

HANDLERS: dict[Handler, str] = {
    Handler.KUBE_PROXY: "kube-proxy",
    Handler.ANTREA_PROXY: "AntreaProxy",
    Handler.NONE: "no handler",
    Handler.UNDEFINED: "unclear who wins",
}

_WIRES: dict[Wire, str] = {
    Wire.SAME_NODE: "local",
    Wire.TUNNEL: "tunnel",
    Wire.WIREGUARD: "WireGuard",
    Wire.ROUTED: "routed",
    Wire.EITHER: "tunnel or routed",
    Wire.NONE: "",
}

_CLIENTS: dict[VantageKind, str] = {
    VantageKind.EXTERNAL: "client",
    VantageKind.NODE: "client: Node",
    VantageKind.POD: "client: Pod",
    VantageKind.SELF: "client: the Pod itself",
}

_LETTINGS: dict[Letting, tokens.Sign] = {
    Letting.IN: tokens.LET_IN,
    Letting.OUT: tokens.KEPT_OUT,
    Letting.PART: tokens.LET_IN_PART,
    Letting.UNKNOWN: tokens.POLICY_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with its style."""

    text: str
    style: str = "text"


@dataclass(frozen=True, slots=True)
class Words:
    """Texts for one terminal: with glyphs, or in ASCII only."""

    ascii_only: bool = False

    def sign(self, sign: tokens.Sign) -> str:
        """The glyph that the terminal has."""
        return sign.plain if self.ascii_only else sign.glyph

    def shorten(self, text: str, room: int) -> str:
        """The text in at most `room` cells; what does not fit is left out in the middle."""
        if cell_len(text) <= room:
            return text
        dots = self.sign(tokens.ELLIPSIS)
        keep = room - len(dots)
        if keep < 2:
            return next(iter(chop_cells(text, room)), "") if room > 0 else ""
        tail = keep // 2
        head_part = next(iter(chop_cells(text, keep - tail)), "")
        start = len(text)
        while start and cell_len(text[start - 1 :]) <= tail:
            start -= 1
        return head_part + dots + text[start:]

    def client(self, vantage: Vantage) -> str:
        """Title of the client."""
        return _CLIENTS[vantage.kind]

    def client_lines(self, vantage: Vantage) -> tuple[str, ...]:
        """The client's address, and the name of the Pod or Node that it is."""
        name = {VantageKind.POD: vantage.name, VantageKind.NODE: vantage.node}.get(vantage.kind, "")
        return tuple(text for text in (vantage.ip, name) if text) or ("?",)

    def entry(self, access: Access) -> str:
        """The address that the client dials."""
        protocol = "" if access.protocol == "TCP" else f"/{access.protocol}"
        if access.kind is AccessKind.NODE_PORT:
            return f"any Node:{access.port}{protocol}"
        return f"{endpoint(access.address, access.port)}{protocol}"

    def label(self, number: int, path: Path, spelled: bool = False) -> str:
        """Number, share and way of a lane; `spelled` says of what the share is."""
        wire, share = _WIRES[path.wire], path.share
        if not share.endpoints:
            return f"#{number}"
        of = f"{share.of} endpoint{'s' if share.of > 1 else ''}{',' if wire else ''}" if spelled else f"{share.of}"
        return f"#{number}: {share.endpoints} of {of} {wire}".rstrip()

    def end(self, path: Path, brief: bool = False) -> Line:
        """What becomes of a connection that is not delivered."""
        mark = tokens.outcome_mark(path.outcome, self.ascii_only)
        return Line(mark.text.partition(":")[0] if brief else mark.text, mark.token)

    def happenings(self, path: Path, node: str = "", brief: bool = False) -> Iterator[Line]:
        """What happens to the source address, as lines below the lane; `brief` leaves out the address before."""
        for rewrite in path.snat:
            yield self.snat(rewrite, brief)
        if path.outcome is Outcome.DELIVERED and path.snat and path.seen.kind is SeenKind.UNKNOWN:
            yield Line(f"{self.sign(tokens.SOURCE_UNKNOWN)} which one cannot be told", "snat")
        if path.outcome is Outcome.DELIVERED:
            mark = tokens.fate_mark(path, self.ascii_only)
            if not path.snat:
                if path.seen.kind in (SeenKind.GATEWAY, SeenKind.NODE, SeenKind.VIRTUAL):
                    yield Line(f"{mark.text} to {path.seen.ip or 'an address not known'}", "bar")
                else:
                    yield Line(mark.text, mark.token)
            if path.direct_return:
                back = self.sign(tokens.DIRECT_RETURN)
                yield Line(f"{back} answers go {'directly' if brief else 'straight to the client'}", "ok")
                if path.endpoint.place is Place.REMOTE:
                    yield Line("1st: Node picked here" if brief else "1st choice: this Node picks a Node", "dim")
                    yield Line("2nd: Pod picked there" if brief else "2nd choice: that Node picks its Pod", "dim")
        elif path.endpoint.place is Place.NONE and path.outcome in (Outcome.DROPPED, Outcome.REJECTED):
            yield Line("no endpoint on this Node" if path.share.of else "the Service has no endpoint", "dim")
        elif path.outcome is Outcome.LOST:
            yield Line("accepted, but no way on" if brief else "accepted, but no working way on", "dim")

    def snat(self, rewrite: Rewrite, brief: bool = False) -> Line:
        """A SNAT point: before and after, or only after."""
        sign, after = self.sign(tokens.SNAT), rewrite.after or "an address not known"
        if brief or not rewrite.before:
            return Line(f"{sign} SNAT to {after}", "bar")
        return Line(f"{sign} SNAT {rewrite.before} {self.sign(tokens.ARROW)} {after}", "bar")

    def sight(self, sight: Sight, room: int) -> Line:
        """The source that Pods see on one path, and what policies make of it."""
        kept = sight.kind in (SeenKind.CLIENT, SeenKind.POD)
        style = "bad" if sight.mark and sight.mark.letting is Letting.OUT else "ok" if kept else "snat"
        texts = self.sight_texts(sight)
        return Line(self.shorten(next((text for text in texts if cell_len(text) <= room), texts[-1]), room), style)

    def sight_texts(self, sight: Sight) -> list[str]:
        """The ways to say what Pods see, the longest first."""
        first = sight.ips[0] if sight.ips else ""
        if sight.kind is SeenKind.UNKNOWN:
            variants = ["sees an unknown source", "sees ?"]
        elif sight.kind in (SeenKind.CLIENT, SeenKind.POD):
            variants = [f"sees client {first}", "sees the client"]
        elif sight.count == 1:
            variants = [f"sees {first or 'an address not known'}"]
        else:
            listed = [
                f"sees {', '.join(sight.ips[:shown])} +{sight.count - shown}{more}"
                for more in ("", " more")
                for shown in range(1, len(sight.ips))
            ]
            whole = [f"sees {', '.join(sight.ips)}"] if sight.count == len(sight.ips) else []
            kind = "Node IPs" if sight.kind is SeenKind.NODE else "gateways"
            variants = [*whole, *reversed(listed), f"sees {sight.count} {kind}"]
        marks = [self.policy(sight.mark)]
        if sight.mark:
            sign = _LETTINGS[sight.mark.letting]
            marks += [f" {self.sign(sign)} {sign.word}", f" {self.sign(sign)}"]
        return [f"#{sight.number} {variant}{mark}" for mark in dict.fromkeys(marks) for variant in variants]

    def policy(self, mark: PolicyMark | None) -> str:
        """The mark of policies after a sight; nothing when there is none."""
        if mark is None:
            return ""
        return f" {self.sign(_LETTINGS[mark.letting])} {mark.by}".rstrip()

    def wrapped(self, line: Line, room: int) -> list[Line]:
        """A line in rows of at most `room` cells; nothing is lost."""
        rows = [""]
        for word in line.text.split(" "):
            for index, part in enumerate(chop_cells(word, max(room, 1)) or [""]):
                joined = f"{rows[-1]} {part}" if rows[-1] and not index else part
                if index or (rows[-1] and cell_len(joined) > room):
                    rows.append(part)
                else:
                    rows[-1] = joined
        return [Line(row, line.style) for row in rows]


def endpoint(address: str, port: int) -> str:
    """Address and port, IPv6 in brackets; a port of 0 is left out."""
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
