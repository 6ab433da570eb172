"""Every Service of the cluster with its verdict; the first screen."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Paste
from textual.widgets import Footer, Input, Static

from diagnostics.datapath.path import Keeping
from diagnostics.model.case import Cluster
from diagnostics.model.snapshot import Reason, Snapshot, Source
from tui.actions import SERVICES, Command
from tui.screens.doctor_screen import DoctorScreen
from tui.unread import named, only_namespace
from widgets.notice import Notice
from widgets.row_list import RowList
from widgets.service_index import SORTS, ServiceIndex
from widgets.service_list import ServiceList
from widgets.title_line import TitleLine

LANGUAGE = "words, or risk:never type:LB ns:web policy:local, ns=web, ~letters"
NEEDS_CLUSTER = frozenset({"namespaces", "findings", "cluster"})


class ServicesScreen(DoctorScreen):
    """The list of Services, its filter and what could not be read."""

    COMMANDS_HERE: ClassVar = SERVICES
    WORDS_HERE: ClassVar = ("keeps", "sometimes", "never", "cannot tell", "externalTrafficPolicy", "SNAT")
    TITLE_HERE: ClassVar = "Services"
    LIVE_HERE: ClassVar = True
    AUTO_FOCUS: ClassVar = ""  # else the hidden field would take every key while there is no list

    def __init__(self) -> None:
        super().__init__()
        self._index = ServiceIndex()
        self._sort = SORTS[0]
        self._cluster: Cluster | None = None
        self._where = "The cluster"
        self._said = ""

    def compose(self) -> ComposeResult:
        """Filter above, list, the reason of the current row below."""
        yield TitleLine("Services")
        yield Notice(id="notice")
        yield Input(placeholder=LANGUAGE, id="filter", compact=True)
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
        if not len(self._index):
            self.query_one(Notice).say(
                "loading", f"Reading {where} …", "Services, endpoints, Nodes, Antrea and kube-proxy."
            )

    def show(self, cluster: Cluster, index: ServiceIndex) -> None:
        """Shows what was read."""
        services = self.query_one(ServiceList)
        self._cluster, self._index = cluster, index
        self.title_line.cluster(cluster)
        services.display = bool(len(index))
        self.refresh_bindings()
        if len(index):
            self.query_one(Notice).hush()
            self._arrange()
            if self.focused is None:
                services.focus()
        else:
            self.title_line.place("Services")
            self._say_why("")
            self._explain_absence(cluster.snapshot)

    def renew_list(self, cluster: Cluster, index: ServiceIndex) -> None:
        """Shows what has become of the cluster; what the operator looks at stays where it is."""
        was_empty = not len(self._index)
        if was_empty != (not len(index)):
            self.show(cluster, index)
            return
        self._cluster, self._index = cluster, index
        self.title_line.cluster(cluster)
        unknown = len(index) - index.keepings.total()
        self.title_line.state(f"verdicts: {len(index) - unknown} of {len(index)}" if unknown else "")
        if len(index):
            self._arrange(is_renewed=True)

    @property
    def _try_again(self) -> str:
        again, contexts, leave = (self.doctor.key_of(f"everywhere.{name}") for name in ("refresh", "contexts", "quit"))
        return f"{again} tries again, {contexts} chooses another context or the demo, {leave} leaves."

    def _explain_absence(self, snapshot: Snapshot) -> None:
        """Whether there are none, or whether nobody can tell, is a difference."""
        notice = self.query_one(Notice)
        unread = [gap for gap in snapshot.gaps if gap.source is Source.SERVICES]
        others = named(gap for gap in snapshot.gaps if gap.source is not Source.SERVICES)
        more = (f"Not read either: {others}. {self.doctor.key_of('services.cluster')} shows why.",) if others else ()
        if not unread:
            notice.say("empty", "No Services here.", "There are none where you may look.", *more, "", self._try_again)
            return
        hint = "If your rights are in one namespace only, name it: antrea-doctor -n NAMESPACE."
        hints = (hint,) if any(gap.reason is Reason.FORBIDDEN and not gap.namespace for gap in unread) else ()
        sentences = (gap.sentence for gap in unread)
        notice.say("trouble", "The Services could not be read.", *sentences, *hints, *more, "", self._try_again)

    def forget(self) -> None:
        """Drops everything of the cluster that was shown."""
        self._index, self._cluster = ServiceIndex(), None
        self.query_one(ServiceList).show(())
        self.query_one(ServiceList).display = False
        self._fill_filter("")
        self.refresh_bindings()
        self._say_why("")
        self.title_line.place("Services")

    def trouble(self, sentence: str) -> None:
        """Says why nothing new could be read; what was read before stays."""
        if not self.is_current:
            self.tell(sentence, trouble=True)
        title = f"{self._where} could not be read"
        title += " again: the list is as it was before." if len(self._index) else "."
        self.query_one(Notice).say("trouble", title, sentence, "", self._try_again)

    def warn(self, title: str, sentence: str) -> None:
        """Says above the list what could not be done; it stays until a Service is opened or the data is read anew."""
        self.query_one(Notice).say("gap", title, sentence)

    def _arrange(self, *, is_renewed: bool = False) -> None:
        services, words = self.query_one(ServiceList), self.query_one("#filter", Input).value
        services.list_services(self._index, self._sort, words, is_renewed=is_renewed)
        every, shown = len(self._index), len(services.items)
        self.title_line.place(f"Services ({shown} of {every})" if shown != every else f"Services ({every})")
        self.refresh_bindings()
        self._explain()

    def _explain(self) -> None:
        row = self.query_one(ServiceList).current
        counts = self._index.keepings
        words = ", ".join(f"{counts[keeping]} {keeping.value}" for keeping in Keeping if counts[keeping])
        note = f"{self._limits(self._cluster.snapshot)}{self._not_live}" if self._cluster else ""
        text = f"{row.key}: {row.reason}" if row else "No Service matches the filter. esc clears it."
        summary = f"Client addresses: {words}. Sorted by {self._sort}."
        self._say_why(f"{note}{text}\n{summary}")

    def _say_why(self, said: str) -> None:
        if said != self._said:  # ten times a second it may be the same
            self._said = said
            self.query_one("#why", Static).update(Content(said))

    def _limits(self, snapshot: Snapshot) -> str:
        """A line on what the list does not show; empty when all was read."""
        places = {source: place for source, place in snapshot.reads if place}
        unread = named(gap for gap in snapshot.gaps if gap.source not in places)
        only = only_namespace(snapshot)
        parts = [f"Only namespace {only} could be read." if only else "", f"Not read: {unread}." if unread else ""]
        shows = f"{self.doctor.key_of('services.cluster')} shows why.\n"
        return f"{' '.join(filter(None, parts))} {shows}" if any(parts) else ""

    @property
    def plain_text(self) -> str:
        """All rows that are shown, one a line, with the reason of each."""
        rows = self.query_one(ServiceList).items
        return "\n".join(f"{row.keeping.value if row.keeping else '...'} {row.key}: {row.reason}" for row in rows)

    @property
    def _not_live(self) -> str:
        """A line on why changes are not seen; empty when they are, or when nobody wants to see them."""
        why = self.doctor.why_not_live
        return f"Not live: {why} {self.doctor.key_of('everywhere.refresh')} reads again.\n" if why else ""

    def why_not(self, command: Command) -> str:
        """Nothing can be opened, filtered or examined before it was read."""
        if self._cluster is None and command.name in NEEDS_CLUSTER:
            return "The cluster has not been read yet."
        if command.name in ("open", "sort", "filter") and not len(self._index):
            return "There are no Services in the list."
        if command.name == "open" and self.query_one(ServiceList).current is None:
            return "No Service matches the filter."
        return ""

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

    def on_paste(self, event: Paste) -> None:
        """Pasted text is what to look for; a slash before it is the key that was meant to open the filter."""
        text = event.text.strip()
        if text and len(self._index):
            self.action_filter()
            self.query_one("#filter", Input).insert_text_at_cursor(text.splitlines()[0].removeprefix("/"))

    def filter_namespace(self, namespace: str) -> None:
        """Shows one namespace by the filter, where it can be seen and cleared; empty shows all."""
        self._fill_filter(f"ns={namespace}" if namespace else "")
        self.query_one(ServiceList).focus()

    def _fill_filter(self, text: str) -> None:
        field = self.query_one("#filter", Input)
        field.value = text
        field.display = bool(text)

    def on_row_list_sort_asked(self, event: RowList.SortAsked) -> None:
        """A click on the head of a column."""
        self._sort = event.sort
        self._arrange()

    def action_namespaces(self) -> None:
        """One namespace only."""
        self.doctor.show_namespaces()

    def action_sort(self) -> None:
        """The next order."""
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._arrange()

    def action_findings(self) -> None:
        """All findings of the cluster."""
        self.doctor.show_findings()

    def action_cluster(self) -> None:
        """Antrea and kube-proxy."""
        self.doctor.show_cluster()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters while typing."""
        if len(self._index):
            self._arrange()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list, filter kept."""
        self.query_one("#filter").display = bool(event.value)
        self.query_one(ServiceList).focus()

    def key_escape(self) -> None:
        """Clears the filter."""
        self._fill_filter("")
        self.query_one(ServiceList).focus()
