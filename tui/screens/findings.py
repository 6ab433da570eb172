"""Findings of the whole cluster: they come in while the scan runs."""

from threading import Event
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Footer, Input, Static

from diagnostics.model.case import Cluster
from diagnostics.model.text import one_line
from tui.actions import FINDINGS, Command
from tui.aim import Aim, Show
from tui.scan import ScanNews, scan
from tui.screens.doctor_screen import DoctorScreen
from tui.unread import named
from widgets.cluster_findings import ClusterFindings, FindingRow, counted, finding_rows
from widgets.notice import Notice
from widgets.row_list import RowList
from widgets.title_line import TitleLine

SCAN = "scan"
OF_FINDINGS = frozenset({"open", "show-hop", "way-out", "copy", "filter"})
HINT = "words, or severity:broken code:AD010 ns:web verdict:unknown"


class FindingsScreen(DoctorScreen):
    """Every Service examined."""

    COMMANDS_HERE: ClassVar = FINDINGS
    WORDS_HERE: ClassVar = ("broken", "risky", "note", "unknown")
    TITLE_HERE: ClassVar = "Findings"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster
        self._rows: list[FindingRow] = []
        self._is_scanning = False
        self._news = ScanNews(0, len(cluster.snapshot.services), ())

    def compose(self) -> ComposeResult:
        """Filter above, list, the whole sentence of the current row below."""
        yield TitleLine("Findings")
        yield Notice(id="notice")
        yield Input(placeholder=HINT, id="filter", compact=True)
        yield ClusterFindings(ascii_only=self.doctor.ascii_only, id="found")
        yield Static(id="why")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Starts the scan."""
        self.query_one("#filter").display = False
        self.title_line.cluster(self._cluster)
        self.query_one(ClusterFindings).focus()
        self.refresh_from(self._cluster)

    def refresh_from(self, cluster: Cluster) -> None:
        """Scans again, on a newer reading."""
        self._cluster = cluster
        self.title_line.cluster(cluster)
        self.title_line.state("scanning…")
        self._is_scanning = True
        if not self._rows:
            self.query_one(Notice).say("loading", "Examining every Service …", "Findings are listed as they come in.")
        self.refresh_bindings()
        source, looker = self.doctor.source, self.doctor.looker

        def work(cancelled: Event) -> ScanNews:
            return scan(source, cluster.snapshot, cancelled, lambda news: looker.tell(cancelled, self._show, news))

        looker.ask(SCAN, work, self._finish, self._trouble)

    def _finish(self, news: ScanNews) -> None:
        self._ends("")
        self._show(news)
        if not self._rows:
            notice = self.query_one(Notice)
            notice.say("empty", "Nothing found.", f"{news.done} Services were examined, and all checks passed.")

    def _ends(self, how: str) -> None:
        self._is_scanning = False
        self.title_line.state(how)
        self.refresh_bindings()

    def _trouble(self, error: Exception) -> None:
        self._ends("could not scan")
        title = "The cluster could not be scanned" + (" again: the list is as it was before." if self._rows else ".")
        again = f"{self.doctor.key_of('everywhere.refresh')} tries again."
        self.query_one(Notice).say("trouble", title, one_line(str(error)), again)

    def _show(self, news: ScanNews) -> None:
        self._news = news
        self._rows = finding_rows(news.reports)
        if self._rows:
            self.query_one(Notice).hush()
        self._arrange()

    def _arrange(self) -> None:
        found = self.query_one(ClusterFindings)
        found.list_findings(self._rows, self.query_one("#filter", Input).value)
        done, of = self._news.done, self._news.of
        known = sum(row.finding is not None for row in found.items)
        unknown = f", {len(found.items) - known} unknown" if known < len(found.items) else ""
        self.title_line.place(f"Findings ({known}{unknown}) in {f'{done} of {of}' if done < of else of} Services")
        self.refresh_bindings()
        self._explain()

    def _explain(self) -> None:
        row = self.query_one(ClusterFindings).current
        text = row.title if row else "No finding matches the filter."
        unread = named(self._cluster.snapshot.gaps)
        limits = f" Not read: {unread}. What needs that is unknown." if unread else ""
        self.query_one("#why", Static).update(Content(f"{text}\n{counted(self._rows)}.{limits}" if self._rows else ""))

    def why_not(self, command: Command) -> str:
        """Without a finding there is nowhere to go; without a scan there is nothing to stop."""
        if command.name in OF_FINDINGS and not self._rows:
            return "Nothing has been found yet." if self._is_scanning else "There are no findings in the list."
        if command.name in OF_FINDINGS - {"filter"} and self.query_one(ClusterFindings).current is None:
            return "No finding matches the filter."
        if command.name == "stop" and not self._is_scanning:
            return "The scan has ended."
        return super().why_not(command)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """The whole sentence follows the cursor."""
        self._explain()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Opens the findings of that Service."""
        self.action_open()

    def action_open(self) -> None:
        """The Service at the finding under the cursor, or the cluster page."""
        row = self.query_one(ClusterFindings).current
        if row and not row.service:
            self.doctor.show_cluster()
        else:
            self._go_to(Show.PAGE)

    @property
    def word_here(self) -> str:
        """The code of the finding under the cursor."""
        row = self.query_one(ClusterFindings).current
        return row.result.code if row else ""

    def action_show_hop(self) -> None:
        """The hop in the drawing that the finding speaks of."""
        self._go_to(Show.HOP)

    def action_way_out(self) -> None:
        """The way out of the finding."""
        self._go_to(Show.WAY)

    def _go_to(self, show: Show) -> None:
        row = self.query_one(ClusterFindings).current
        if row and row.service:
            self.doctor.open_service(row.service, "findings", aim=Aim(row.result, row.finding, show))
        elif row:
            enter = self.doctor.key_of("findings.open")
            self.tell(f"This finding concerns the whole cluster, no hop and no Service. {enter} shows Antrea.")

    def action_stop(self) -> None:
        """Stops the scan; what was found stays."""
        self.doctor.looker.cancel(SCAN)
        self._ends("stopped")
        again = f"{self.doctor.key_of('everywhere.refresh')} starts again."
        stopped = f"Stopped after {self._news.done} of {self._news.of} Services."
        if self._rows:
            self.tell(f"{stopped} {again}")
        else:
            self.query_one(Notice).say("empty", stopped, "Nothing was found until then.", again)

    @property
    def plain_text(self) -> str:
        """All rows that are shown, one a line."""
        rows = self.query_one(ClusterFindings).items
        return "\n".join(f"{row.word} {row.result.code} {row.service or '(cluster)'} {row.title}" for row in rows)

    def action_copy(self) -> None:
        """All rows that are shown, as text."""
        self.copy_text(self.plain_text, "the findings")

    def action_back(self) -> None:
        """Ends the scan too."""
        self.doctor.looker.cancel(SCAN)
        super().action_back()

    def action_filter(self) -> None:
        """Opens the filter field."""
        field = self.query_one("#filter", Input)
        field.display = True
        self.set_focus(field)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters while typing."""
        self._arrange()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list, filter kept."""
        self.query_one("#filter").display = bool(event.value)
        self.query_one(ClusterFindings).focus()
