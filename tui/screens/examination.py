"""One Service: the drawn way with every SNAT point, the findings, the ways out."""

from collections.abc import Sequence
from threading import Event
from time import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import ContentSwitcher, Footer, Static

from diagnostics.checks.spoken_of import path_spoken_of
from diagnostics.datapath.summary import reason
from diagnostics.datapath.trace import service_keeping
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Finding, Result
from diagnostics.model.snapshot import Gap, Source
from diagnostics.model.text import one_line
from diagnostics.remedies.offered.catalogue import REMEDIES
from tui.actions import EXAMINATION, Command
from tui.aim import Aim, Show, ways_for
from tui.choosing import ChooseScreen, Option
from tui.examination import Examination, look_closely, with_ways
from tui.screens.examination_words import COPIED, tab_names, why_not_here
from tui.screens.path_screen import PathScreen
from tui.screens.remedy import RemedyScreen
from tui.screens.renewal import Renewal
from tui.source import Followable
from tui.unread import named
from tui.viewpoint import Viewpoint
from widgets.findings_pane import FindingsPane
from widgets.path_pane import PathPane
from widgets.row_list import RowList
from widgets.title_line import TitleLine
from widgets.tokens import badge
from widgets.view_tabs import ViewTabs
from widgets.ways_pane import WaysPane

EXAMINATION_WORK = "examination"


class ExaminationScreen(PathScreen):
    """What is known of one Service, in three views."""

    COMMANDS_HERE: ClassVar = EXAMINATION
    WORDS_HERE: ClassVar = ("SNAT", "DNAT", "antrea-gw0", "kube-proxy", "AntreaProxy", "DSR", "externalTrafficPolicy")
    TITLE_HERE: ClassVar = "Examination"
    LIVE_HERE: ClassVar = True

    def __init__(
        self, case: Case, view: str = "path", remedy: str = "", client_ip: str = "", aim: Aim | None = None
    ) -> None:
        super().__init__(case, client_ip)
        self._view, self._open_remedy, self._aim = view, remedy, aim
        self._examination: Examination | None = None
        self._known_gaps = case.snapshot.gaps
        self._renewal = Renewal(self, self._look_again)
        self._came_from: tuple[str, Viewpoint] | None = None
        self._is_passage = False

    def compose(self) -> ComposeResult:
        """Verdict, tabs, and one of the three views."""
        yield TitleLine(self._case.key)
        yield Static(id="verdict")
        yield ViewTabs(id="tabs")
        with ContentSwitcher(initial=self._view, id="views"):
            yield PathPane(ascii_only=self.doctor.ascii_only, id="path")
            yield FindingsPane(ascii_only=self.doctor.ascii_only, id="findings")
            yield WaysPane(ascii_only=self.doctor.ascii_only, id="ways")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Draws from what the list knew, then reads policies and Pods."""
        self._show_case()
        self._turn_to(self._view)
        self._look()

    @property
    def _findings(self) -> FindingsPane:
        return self.query_one(FindingsPane)

    def _look(self) -> None:
        self.title_line.state("examining…")
        self._say("loading", "Examining …", "Policies, Pods and every check.")
        self._renewal.looked()
        self._known_gaps = self._case.snapshot.gaps
        source, snapshot, key = self.doctor.source, self._case.snapshot, self._case.key

        def work(cancelled: Event) -> Examination:
            seen = look_closely(source, snapshot, key, cancelled)
            self.doctor.looker.tell(cancelled, self._show_report, seen)
            return with_ways(seen)

        self.doctor.looker.ask(EXAMINATION_WORK, work, self._show, self._trouble)

    def _look_again(self, cluster: Cluster) -> None:
        """The same for what was followed: all stays as it is until everything is known."""
        source, snapshot, key = self.doctor.source, cluster.snapshot, self._case.key
        self._known_gaps = snapshot.gaps
        if isinstance(source, Followable):
            source.forget_policies()

        def show(examination: Examination) -> None:
            self._show_report(examination)
            self._show(examination)

        self.doctor.looker.ask(
            EXAMINATION_WORK,
            lambda cancelled: with_ways(look_closely(source, snapshot, key, cancelled)),
            show,
            self._trouble,
        )

    def renew(self, cluster: Cluster, touched: frozenset[str], *, everything: bool) -> None:
        """Looks again when this Service is touched; says so when it went away."""
        if self._case.key not in cluster.snapshot.service_by_key:
            if self._case.key in touched:
                self.refresh_from(cluster)
        elif everything or self._case.key in touched:
            self._renewal.take(cluster)

    @property
    def _ways(self) -> WaysPane:
        return self.query_one(WaysPane)

    def _say(self, state: str, title: str, *lines: str) -> None:
        """Above the findings and above the ways out: both wait for the examination."""
        for notice in (self._findings.notice, self._ways.notice):
            notice.say(state, title, *lines)

    def action_back(self) -> None:
        """To the finding that led to the hop on display; else the examination ends, as its answer finds no screen."""
        if self._came_from:
            (view, self._viewpoint), self._came_from = self._came_from, None
            self.show_path()
            self._turn_to(view)
            return
        self.doctor.looker.cancel(EXAMINATION_WORK)
        super().action_back()

    def _trouble(self, error: Exception) -> None:
        self.title_line.state("could not examine")
        sentence = one_line(str(error))
        title = "The Service could not be examined" + (" again: below is how it was." if self._examination else ".")
        self._say("trouble", title, sentence, f"{self.doctor.key_of('everywhere.refresh')} tries again.")
        self.tell(sentence, trouble=True)

    def _show_report(self, examination: Examination) -> None:
        """What was found, while the ways out are still compared."""
        unread = [gap for gap in examination.case.snapshot.gaps if gap not in self._known_gaps]
        self._examination = examination
        self._case, self._reached = examination.case, examination.reached
        self.title_line.state("")
        self.title_line.deeper(time())
        self._say_unread(unread)
        self._ways.notice.say("loading", "Comparing the ways out …", "Each is tried on paper, on the whole cluster.")
        row = self._findings.current
        standing = self._aim or (Aim(row.result, row.finding) if row and row.result else None)
        place = standing.place_in(examination.report) if standing else None
        self._findings.show(examination.report, place)
        self._show_case()

    def _show(self, examination: Examination) -> None:
        self._examination = examination
        aim, self._aim = self._aim, None
        place = aim.place_in(examination.report) if aim else None
        self._ways.notice.hush()
        self._ways.show(examination.ways or ())
        self._show_tabs()
        for screen in self.app.screen_stack:
            if isinstance(screen, RemedyScreen) and screen.is_mounted:
                screen.show_newer(self._case)
        if self._open_remedy:
            self._open_way(self._open_remedy)
            self._open_remedy = ""
        if aim and place:
            self._go_on(aim.show, *place)
        elif aim:
            self.tell(f"{aim.result.code} is not found here any more.")

    def _go_on(self, show: Show, result: Result, finding: Finding | None) -> None:
        """From another screen's finding to its hop or way out; the way back leads to that screen."""
        if show is Show.HOP and finding:
            self._show_hop(finding)
            self._came_from = None
        elif show is Show.WAY:
            self._show_way(result, is_passage=True)

    def _say_unread(self, gaps: Sequence[Gap]) -> None:
        """Names what could not be read for this Service alone; the list names the rest."""
        if gaps:
            self._findings.notice.say("gap", f"Not read for this Service: {named(gaps)}.", gaps[0].sentence)
        else:
            self._findings.notice.hush()

    def refresh_from(self, cluster: Cluster) -> None:
        """Looks again with a newer reading of the cluster."""
        if self._case.key not in cluster.snapshot.service_by_key:
            gap = cluster.snapshot.gap(Source.SERVICES, self._case.namespace)
            now = f"could not be read again ({gap.sentence})" if gap else "is not there any more"
            self.title_line.state("could not read" if gap else "gone")
            back = self.doctor.key_of("examination.back")
            sentence = f" Service {self._case.key} {now}: below is how it was. {back} goes back."
            self.query_one("#verdict", Static).update(Content(sentence))
            return
        self._case = Case.of(cluster.snapshot, self._case.key, cluster)
        self._show_case()
        self._look()

    def _show_case(self) -> None:
        case = self._case
        self.title_line.cluster(case.cluster)
        self.title_line.place(case.key)
        mark = badge(service_keeping(case), self.doctor.ascii_only)
        head = Content.assemble(
            (f" {mark.glyph} {mark.word} ", f"bold {_COLOURS.get(mark.token, '')}"), f" {reason(case)}"
        )
        self.query_one("#verdict", Static).update(head)
        self._show_tabs()
        self.show_path()

    def _show_tabs(self) -> None:
        self.query_one(ViewTabs).show(tab_names(self._examination, self.doctor.key_of), self._view)

    def action_view(self, view: str) -> None:
        """One of the three views."""
        self._came_from = None
        self._turn_to(view)

    def on_view_tabs_asked(self, event: ViewTabs.Asked) -> None:
        """A click on a tab."""
        self.action_view(event.view)

    def _turn_to(self, view: str) -> None:
        self._view = view
        self.query_one("#views", ContentSwitcher).current = view
        self._show_tabs()
        match view:
            case "path":
                self.query_one("#path", PathPane).focus_drawing()
            case "findings":
                self._findings.focus_list()
            case "ways":
                self._ways.focus_list()
        self.refresh_bindings()

    def why_not(self, command: Command) -> str:
        """Most commands belong to one of the views."""
        here = why_not_here(command, self._view, self._examination, self.doctor.key_of)
        return here or super().why_not(command)

    @property
    def word_here(self) -> str:
        """The code of the finding under the cursor."""
        row = self._findings.current if self._view == "findings" else None
        return row.result.code if row and row.result else ""

    def action_show_hop(self) -> None:
        """From the finding under the cursor to its hop in the drawing; esc comes back."""
        row = self._findings.current
        if row and row.finding:
            self._show_hop(row.finding)
        else:
            self.tell("Nothing was found there, so there is no hop to show.")

    def _show_hop(self, finding: Finding) -> None:
        path = path_spoken_of(self._case, finding)
        seen = self._viewpoint.onto(self._case, path) if path else None
        if seen is None:
            self.tell("This finding speaks of no hop in the drawing: its evidence names what to look at.")
            return
        self._came_from = (self._view, self._viewpoint)
        self._viewpoint, number = seen
        self.show_path(number)
        self._turn_to("path")

    def action_way_out(self) -> None:
        """From the finding under the cursor to the way out that mends it, or to a choice of several."""
        row = self._findings.current
        if row and row.result:
            self._show_way(row.result)

    def _show_way(self, result: Result, *, is_passage: bool = False) -> None:
        compared = self._examination.ways if self._examination else None
        if compared is None:
            self.tell("The ways out are still being compared: try again in a moment.")
            return
        ways, question = ways_for(result, compared)

        def go(slug: str | None) -> None:
            if slug:
                self._open_way(slug)
                self._is_passage = is_passage

        if not ways:
            self.tell(f"No way out mends {result.code}: its page says what to do.")
        elif len(ways) == 1:
            go(ways[0].slug)
        else:
            options = [Option(way.title, f"{way.standing.value}. {way.because}", way.slug) for way in ways]
            self.app.push_screen(ChooseScreen(question, options), go)

    def on_screen_resume(self) -> None:
        """Goes on to the screen before when this one was only passed on the way to a way out."""
        if self._is_passage and self.app.screen is self:  # a resume may come late, under the way out already
            self.action_back()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter opens a way out."""
        self._open_way(event.item.slug)

    def _open_way(self, slug: str) -> None:
        remedy = next((item for item in REMEDIES if item.slug == slug), None)
        if remedy is None:
            self.tell(f"There is no way out called {slug}.", trouble=True)
        elif self._examination:
            self.app.push_screen(RemedyScreen(self._examination.case, remedy))

    @property
    def plain_text(self) -> str:
        """The drawing, the finding, or the way out."""
        match self._view:
            case "path":
                return self.query_one("#path", PathPane).text
            case "findings":
                return self._findings.text
            case _:
                return self._ways.text

    def action_copy(self) -> None:
        """What the view is about, as text."""
        self.copy_text(self.plain_text, COPIED[self._view])


_COLOURS = {"snat": "$text-warning", "ok": "$text-success", "bad": "$text-error", "dim": "$text-muted"}
