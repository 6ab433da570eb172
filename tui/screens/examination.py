"""One Service: the drawn way with every SNAT point, the findings, the ways out."""

from collections.abc import Sequence
from threading import Event
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import ContentSwitcher, Footer, Static

from diagnostics.checks.catalogue import check_by, group_of
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.path import Access
from diagnostics.datapath.summary import by_access, reason
from diagnostics.datapath.trace import service_keeping, trace
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Gap, Source
from diagnostics.model.text import one_line
from diagnostics.remedies.catalogue import REMEDIES
from tui.actions import EXAMINATION
from tui.client_field import HINT, QUESTION, example_address, judged, told, trouble_with
from tui.dialogs import AskScreen
from tui.examination import Examination, Standpoint, look_closely, standpoints
from tui.screens.doctor_screen import DoctorScreen
from tui.screens.remedy import RemedyScreen
from tui.unread import named
from widgets.finding_detail import FindingDetail
from widgets.notice import Notice
from widgets.path_pane import PathPane
from widgets.result_list import ResultList
from widgets.row_list import RowList
from widgets.title_line import TitleLine
from widgets.tokens import badge
from widgets.way_list import WayList, WayPage

EXAMINATION_WORK = "examination"
VIEWS = ("path", "findings", "ways")


class ExaminationScreen(DoctorScreen):
    """What is known of one Service, in three views."""

    COMMANDS_HERE: ClassVar = EXAMINATION
    WORDS_HERE: ClassVar = ("SNAT", "DNAT", "antrea-gw0", "kube-proxy", "AntreaProxy", "DSR", "externalTrafficPolicy")
    TITLE_HERE: ClassVar = "Examination"

    def __init__(self, case: Case, view: str = "path", remedy: str = "", client_ip: str = "") -> None:
        super().__init__()
        self._case = case
        self._view, self._open_remedy, self._client = view, remedy, client_ip
        self._examination: Examination | None = None
        self._access = 0
        self._standpoint = 0

    def compose(self) -> ComposeResult:
        """Verdict, tabs, and one of the three views."""
        yield TitleLine(self._case.key)
        yield Static(id="verdict")
        yield Static(id="tabs")
        with ContentSwitcher(initial=self._view, id="views"):
            yield PathPane(ascii_only=self.doctor.ascii_only, id="path")
            with Container(id="findings"):
                yield Notice(id="notice")
                yield ResultList(ascii_only=self.doctor.ascii_only, id="results")
                yield FindingDetail(id="detail")
            with Container(id="ways"):
                yield WayList(ascii_only=self.doctor.ascii_only, id="way-list")
                yield WayPage(id="way-page")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Draws from what the list knew, then reads policies and Pods."""
        self._show_case()
        self.action_view(self._view)
        self._look()

    def _look(self) -> None:
        self.title_line.state("examining…")
        self.query_one("#notice", Notice).say("loading", "Examining …", "Policies, Pods and every check.")
        source, snapshot, key = self.doctor.source, self._case.snapshot, self._case.key

        def work(cancelled: Event) -> Examination:
            return look_closely(source, snapshot, key, cancelled)

        self.doctor.looker.ask(EXAMINATION_WORK, work, self._show, self._trouble)

    def action_back(self) -> None:
        """Ends the examination too: its answer would find no screen."""
        self.doctor.looker.cancel(EXAMINATION_WORK)
        super().action_back()

    def _trouble(self, error: Exception) -> None:
        self.title_line.state("could not examine")
        sentence = one_line(str(error))
        notice = self.query_one("#notice", Notice)
        notice.say("trouble", "The Service could not be examined.", sentence, "ctrl-r tries again.")
        self.tell(sentence, trouble=True)

    def _show(self, examination: Examination) -> None:
        unread = [gap for gap in examination.case.snapshot.gaps if gap not in self._case.snapshot.gaps]
        self._examination = examination
        self._case = examination.case
        self.title_line.state("")
        self._say_unread(unread)
        self.query_one(ResultList).list_report(examination.report, group_of)
        self.query_one(WayList).list_ways(examination.ways)
        self._show_case()
        for screen in self.app.screen_stack:
            if isinstance(screen, RemedyScreen) and screen.is_mounted:
                screen.show_newer(self._case)
        if self._open_remedy:
            self._open_way(self._open_remedy)
            self._open_remedy = ""

    def _say_unread(self, gaps: Sequence[Gap]) -> None:
        """Names what could not be read for this Service alone; the list names the rest."""
        notice = self.query_one("#notice", Notice)
        if gaps:
            notice.say("gap", f"Not read for this Service: {named(gaps)}.", gaps[0].sentence)
        else:
            notice.hush()

    def refresh_from(self, cluster: Cluster) -> None:
        """Looks again with a newer reading of the cluster."""
        if self._case.key not in cluster.snapshot.service_by_key:
            gap = cluster.snapshot.gap(Source.SERVICES, self._case.namespace)
            now = f"could not be read again ({gap.sentence})" if gap else "is not there any more"
            self.title_line.state("could not read" if gap else "gone")
            sentence = f" Service {self._case.key} {now}: below is how it was. esc goes back to the list."
            self.query_one("#verdict", Static).update(Content(sentence))
            return
        self._case = Case.of(cluster.snapshot, self._case.key, cluster)
        self._show_case()
        self._look()

    @property
    def _standpoints(self) -> tuple[Standpoint, ...]:
        return standpoints(self._case, example_address(self._client))

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
        self._show_path()

    def _show_tabs(self) -> None:
        report = self._examination.report if self._examination else None
        found = sum(len(result.findings) for result in report.found) if report else 0
        unknown = f", {len(report.unknown)} unknown" if report and report.unknown else ""
        names = {
            "path": "1 Path",
            "findings": f"2 Findings ({found}{unknown})" if report else "2 Findings (…)",
            "ways": f"3 Ways out ({len(self._examination.ways)})" if self._examination else "3 Ways out (…)",
        }
        parts = [(f" {title} ", "bold reverse" if view == self._view else "") for view, title in names.items()]
        self.query_one("#tabs", Static).update(Content.assemble(*parts))

    def _show_path(self) -> None:
        case, places = self._case, self._standpoints
        place = places[self._standpoint % len(places)]
        paths = trace(case, place.vantage)
        accesses = by_access(paths)
        if not accesses:
            self.query_one(PathPane).explain_absence(reason(case))
            return
        number = self._access % len(accesses)
        access, shown = list(accesses.items())[number]
        verdicts = judged(case, shown, self._client)
        whom = (not self._standpoint and self._client) or place.words
        title = f"{_name(access)} ({number + 1} of {len(accesses)}), from {whom}{told(verdicts)}"
        reached = self._examination.reached if self._examination else {}
        self.query_one(PathPane).show(case, shown, title=title, verdicts=verdicts, reached=reached)

    def action_view(self, view: str) -> None:
        """One of the three views."""
        self._view = view
        self.query_one("#views", ContentSwitcher).current = view
        self._show_tabs()
        match view:
            case "path":
                self.query_one("#path", PathPane).focus_drawing()
            case "findings":
                self.query_one(ResultList).focus()
            case "ways":
                self.query_one(WayList).focus()

    def action_next_access(self) -> None:
        """The next address of the Service."""
        self._access += 1
        self._show_path()

    def action_next_vantage(self) -> None:
        """The next place of the client."""
        self._standpoint = (self._standpoint + 1) % len(self._standpoints)
        self._access = 0
        self._show_path()

    def action_front_end(self) -> None:
        """The next answer to how packets reach the Nodes: as the cluster tells, with the LB IP, by NodePort."""
        case = self._case
        if case.once(front_end) is None:
            self.tell("No load balancer stands before this Service: clients dial its NodePorts or externalIPs.")
            return
        said = case.snapshot.front_ends
        answer = _NEXT_ANSWER[said.get(case.key)]
        others = {key: way for key, way in said.items() if key != case.key}
        told = case.snapshot.with_front_ends(others | ({case.key: answer} if answer else {}))
        found = front_end(Case.of(told, case.key))
        self.tell(found.why if found else "")
        self.doctor.tell_front_end(case.key, answer)

    def action_ask_client(self) -> None:
        """Asks for the client's address or range."""

        def take(answer: str | None) -> None:
            if answer is not None:
                self._client = answer
                self._standpoint = 0
                self._show_path()

        self.app.push_screen(AskScreen(QUESTION, HINT, self._client, trouble_with), take)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """The page beside a list follows its cursor."""
        if isinstance(event.row_list, ResultList):
            result = event.item.result
            titles = {remedy.slug: remedy.title for remedy in REMEDIES}
            self.query_one(FindingDetail).explain(event.item, check_by(result.code) if result else None, titles)
        elif isinstance(event.row_list, WayList):
            self.query_one(WayPage).open(event.item)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter opens a way out, or moves into the page of a finding."""
        if isinstance(event.row_list, WayList):
            if event.item.plan:
                self._open_way(event.item.slug)
            else:
                self.query_one(WayPage).focus()
        else:
            self.query_one(FindingDetail).focus()

    def _open_way(self, slug: str) -> None:
        remedy = next((item for item in REMEDIES if item.slug == slug), None)
        if remedy is None:
            self.tell(f"There is no way out called {slug}.", trouble=True)
        elif self._examination:
            self.app.push_screen(RemedyScreen(self._examination.case, remedy))

    def action_copy(self) -> None:
        """The drawing, the finding, or the way out, as text."""
        match self._view:
            case "path":
                self.copy_text(self.query_one("#path", PathPane).text, "the drawing")
            case "findings":
                self.copy_text(self.query_one(FindingDetail).text, "the finding")
            case "ways":
                self.copy_text(self.query_one(WayPage).text, "the way out")


_NEXT_ANSWER = {None: Arrives.LB_IP, Arrives.LB_IP: Arrives.NODE_PORT, Arrives.NODE_PORT: None}
_COLOURS = {"snat": "$text-warning", "ok": "$text-success", "bad": "$text-error", "dim": "$text-muted"}


def _name(access: Access) -> str:
    where = f"[{access.address}]" if ":" in access.address else access.address
    return f"{access.kind.value} {where}:{access.port}" if access.address else f"{access.kind.value} {access.port}"
