"""The drawing with all that explains it: what is looked at, the packet at each hop, and why."""

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from diagnostics.datapath.hops import Hop, HopKind, hops
from diagnostics.datapath.path import Path
from diagnostics.model.case import Case
from diagnostics.policy.judge import PolicyVerdict
from widgets.drawing.labels import Marks, labels_of
from widgets.notice import Notice
from widgets.path_marks import marks_of
from widgets.path_view import PathView
from widgets.reading import Block, Reading, heading, quiet
from widgets.ribbon import Ribbon


class PathPane(Container):
    """Paths of one access from one vantage: title, drawing, ribbon and the reason of the selected hop."""

    DEFAULT_CSS = """
    PathPane {
        layout: vertical;
        & > #looking-at { height: 1; padding: 0 1; color: $text-accent; text-style: bold; }
        & > #drawn { height: 1fr; }
        & #path-view { height: 1fr; min-height: 6; }
        & #explained { height: auto; }
        & Ribbon { height: auto; max-height: 7; border-top: solid $panel; padding: 0 1; }
        & #hop { height: 4; border-top: solid $panel; }
    }
    """

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._case: Case | None = None
        self._hops: tuple[Hop, ...] = ()
        self._verdicts: Mapping[Path, PolicyVerdict] = {}
        self._reached: Mapping[str, str] = {}

    def compose(self) -> ComposeResult:
        """Drawing above, words below; beside each other where the screen is wide."""
        yield Static(id="looking-at")
        absence = Notice(id="absence")
        absence.display = False
        yield absence
        with Container(id="drawn"):
            yield PathView(ascii_only=self._ascii_only, id="path-view")
            with Container(id="explained"):
                yield Ribbon(ascii_only=self._ascii_only, id="ribbon")
                yield Reading(id="hop")

    @property
    def text(self) -> str:
        """Title, drawing and the ribbon of the selected path as plain text, for copying."""
        title = str(self.query_one("#looking-at", Static).content)
        return "\n\n".join((title, self.query_one(PathView).text(), self.query_one(Ribbon).text()))

    def focus_drawing(self) -> None:
        """Gives the keys to the drawing."""
        self.query_one(PathView).focus()

    def explain_absence(self, sentence: str) -> None:
        """Says why there is nothing to draw."""
        self.query_one("#drawn").display = False
        self.query_one("#looking-at", Static).update("")
        self.query_one("#absence", Notice).say("empty", "There is no proxied way to draw.", sentence)

    def show(
        self,
        case: Case,
        paths: tuple[Path, ...],
        *,
        title: str,
        verdicts: Mapping[Path, PolicyVerdict] | None = None,
        reached: Mapping[str, str] | None = None,
        number: int = 0,
    ) -> None:
        """Shows Paths of one access from one vantage.

        `verdicts` are what policies do with a known client, `reached` what to say of an endpoint address, `number`
        the path to select (0 leaves it to the drawing).
        """
        self._case, self._verdicts, self._reached = case, verdicts or {}, reached or {}
        self.query_one("#absence", Notice).hush()
        self.query_one("#drawn").display = True
        self.query_one("#looking-at", Static).update(Content(title))
        access = paths[0].access
        marks: Marks = marks_of(paths, self._verdicts)
        self.query_one(PathView).show(paths, labels_of(case, access.kind, access.family), marks, number)

    def on_path_view_path_selected(self, event: PathView.PathSelected) -> None:
        """Ribbon and reason follow the selection."""
        if self._case is None:
            return
        self._hops = hops(event.path, self._case)
        self.query_one(Ribbon).show(self._hops, event.number, event.hop)
        self.query_one("#hop", Reading).read(
            *self._hop_blocks(event.path, event.number, event.hop, event.region.subject)
        )

    def on_path_view_hop_chosen(self, event: PathView.HopChosen) -> None:
        """Enter moves into the reason, to scroll it."""
        self.query_one("#hop", Reading).focus()

    def _hop_blocks(self, path: Path, number: int, kind: HopKind, subject: str) -> tuple[Block, ...]:
        blocks = [Block(f"Path {number}: {path.why}")]
        if subject in self._reached:
            blocks.insert(0, Block(self._reached[subject]))
        verdict = self._verdicts.get(path)
        if verdict:
            compared = f" (compared with {verdict.compared_with})" if verdict.compared_with else ""
            by = f" by {verdict.decided_by}" if verdict.decided_by else ""
            blocks.append(Block(f"Policies: {verdict.verdict}{by}{compared}. {verdict.why}".rstrip()))
            if verdict.rule_path:
                blocks.append(quiet(f"Deciding rule: {' '.join((verdict.rule_path, verdict.rule_name)).rstrip()}"))
            if verdict.without:
                blocks.append(quiet(f"Without it: {verdict.without}"))
        for rewrite in path.snat:
            blocks.append(heading(f"{rewrite.id} SNAT {rewrite.before} → {rewrite.after}"))
            why = "" if rewrite.why == path.why else rewrite.why
            blocks.append(Block(f"At {rewrite.where}. {why}".rstrip()))
            blocks.append(quiet(f"{rewrite.basis.value}: {rewrite.source}"))
        for hop in self._hops:
            if hop.kind is kind and hop.why:
                blocks += [heading(hop.title), Block(hop.why), *([quiet(hop.source)] if hop.source else [])]
        blocks.append(quiet(f"Why we believe it: {path.basis.value}, {path.source}"))
        return tuple(blocks)
