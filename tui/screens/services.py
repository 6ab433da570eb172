"""Every Service of the cluster with its verdict; the first screen."""

from collections import Counter
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Footer, Input, Static

from diagnostics.datapath.path import Keeping
from diagnostics.datapath.summary import ServiceSummary
from diagnostics.model.case import Cluster
from diagnostics.model.snapshot import Reason, Snapshot, Source
from tui.actions import SERVICES
from tui.screens.doctor_screen import DoctorScreen
from tui.unread import named
from widgets.notice import Notice
from widgets.row_list import RowList
from widgets.service_list import SORTS, ServiceList
from widgets.title_line import TitleLine

TRY_AGAIN = "ctrl-r tries again, x chooses another context or the demo, q leaves."


class ServicesScreen(DoctorScreen):
    """The list of Services, its filter and what could not be read."""

    COMMANDS_HERE: ClassVar = SERVICES
    WORDS_HERE: ClassVar = ("keeps", "sometimes", "never", "cannot tell", "externalTrafficPolicy", "SNAT")
    TITLE_HERE: ClassVar = "Services"
    AUTO_FOCUS: ClassVar = ""  # else the hidden field would take every key while there is no list

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ServiceSummary, ...] = ()
        self._sort = SORTS[0]
        self._cluster: Cluster | None = None
        self._where = "The cluster"

    def compose(self) -> ComposeResult:
        """Filter above, list, the reason of the current row below."""
        yield TitleLine("Services")
        yield Notice(id="notice")
        yield Input(placeholder="words, or risk:never type:LB ns:web policy:local", id="filter", compact=True)
        yield ServiceList(ascii_only=self.doctor.ascii_only, id="services")
        yield Static(id="why")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """The field appears only when asked for."""
        self.query_one("#filter").display = False
        self.query_one(ServiceList).display = False

    def connecting(self, where: str) -> None:
        """First paint: which cluster is asked."""
        self._where = f"{where[:1].upper()}{where[1:]}"
        if not self._rows:
            self.query_one(Notice).say(
                "loading", f"Reading {where} …", "Services, endpoints, Nodes, Antrea and kube-proxy."
            )

    def show(self, cluster: Cluster, rows: tuple[ServiceSummary, ...]) -> None:
        """Shows what was read."""
        self._cluster, self._rows = cluster, rows
        self.title_line.cluster(cluster)
        self.query_one(ServiceList).display = bool(rows)
        if rows:
            self.query_one(Notice).hush()
            self._arrange()
            self.query_one(ServiceList).focus()
        else:
            self.title_line.place("Services")
            self.query_one("#why", Static).update("")
            self._explain_absence(cluster.snapshot)

    def _explain_absence(self, snapshot: Snapshot) -> None:
        """Whether there are none, or whether nobody can tell, is a difference."""
        notice = self.query_one(Notice)
        unread = [gap for gap in snapshot.gaps if gap.source is Source.SERVICES]
        others = named(gap for gap in snapshot.gaps if gap.source is not Source.SERVICES)
        more = (f"Not read either: {others}. i shows why.",) if others else ()
        if not unread:
            notice.say("empty", "No Services here.", "There are none where you may look.", *more, "", TRY_AGAIN)
            return
        hint = "If your rights are in one namespace only, name it: antrea-doctor -n NAMESPACE."
        hints = (hint,) if any(gap.reason is Reason.FORBIDDEN and not gap.namespace for gap in unread) else ()
        sentences = (gap.sentence for gap in unread)
        notice.say("trouble", "The Services could not be read.", *sentences, *hints, *more, "", TRY_AGAIN)

    def forget(self) -> None:
        """Drops everything of the cluster that was shown."""
        self._rows, self._cluster = (), None
        self.query_one(ServiceList).show(())
        self.query_one(ServiceList).display = False
        self.query_one("#why", Static).update("")
        self.title_line.place("Services")

    def trouble(self, sentence: str) -> None:
        """Says why nothing new could be read; what was read before stays."""
        if not self.is_current:
            self.tell(sentence, trouble=True)
        title = f"{self._where} could not be read"
        title += " again: the list is as it was before." if self._rows else "."
        self.query_one(Notice).say("trouble", title, sentence, "", TRY_AGAIN)

    def fill(self, rows: tuple[ServiceSummary, ...], progress: str) -> None:
        """Shows more verdicts as they come in; `progress` says how far that is."""
        self._rows = rows
        self.title_line.state(progress)
        self._arrange()

    def warn(self, title: str, sentence: str) -> None:
        """Says above the list what could not be done; it stays until a Service is opened or the data is read anew."""
        self.query_one(Notice).say("gap", title, sentence)

    def _arrange(self) -> None:
        services = self.query_one(ServiceList)
        services.list_services(self._rows, self._sort, self.query_one("#filter", Input).value)
        every, shown = len(self._rows), len(services.items)
        self.title_line.place(f"Services ({shown} of {every})" if shown != every else f"Services ({every})")
        self._explain()

    def _explain(self) -> None:
        row = self.query_one(ServiceList).current
        counts = Counter(item.keeping for item in self._rows if item.keeping)
        words = ", ".join(f"{counts[keeping]} {keeping.value}" for keeping in Keeping if counts[keeping])
        note = _limits(self._cluster.snapshot) if self._cluster else ""
        text = f"{row.key}: {row.reason}" if row else "No Service matches the filter. esc clears it."
        summary = f"Client addresses: {words}. Sorted by {self._sort}."
        self.query_one("#why", Static).update(Content(f"{note}{text}\n{summary}"))

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """The reason follows the cursor."""
        self._explain()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Opens the Service."""
        self.query_one(Notice).hush()
        self.doctor.open_service(event.item.key)

    def action_open(self) -> None:
        """Opens the Service under the cursor."""
        self.query_one(ServiceList).action_choose()

    def action_filter(self) -> None:
        """Opens the filter field."""
        field = self.query_one("#filter", Input)
        field.display = True
        self.set_focus(field)  # at once: what is typed next belongs to the field

    def action_sort(self) -> None:
        """The next order."""
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._arrange()

    def action_findings(self) -> None:
        """All findings of the cluster."""
        if self._cluster:
            self.doctor.show_findings()

    def action_cluster(self) -> None:
        """Antrea and kube-proxy."""
        if self._cluster:
            self.doctor.show_cluster()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters while typing."""
        if self._rows:
            self._arrange()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list, filter kept."""
        self.query_one("#filter").display = bool(event.value)
        self.query_one(ServiceList).focus()

    def key_escape(self) -> None:
        """Clears the filter."""
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False
        self.query_one(ServiceList).focus()


def _limits(snapshot: Snapshot) -> str:
    """A line on what the list does not show; empty when all was read."""
    places = {source: place for source, place in snapshot.reads if place}
    unread = named(gap for gap in snapshot.gaps if gap.source not in places)
    only = places.get(Source.SERVICES) if snapshot.gap(Source.SERVICES) else None
    parts = [f"Only namespace {only} could be read." if only else "", f"Not read: {unread}." if unread else ""]
    return f"{' '.join(filter(None, parts))} i shows why.\n" if any(parts) else ""
