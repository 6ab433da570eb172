"""Moves between clusters and screens: which one is looked at, what stands on the screen, what is copied where."""

import gc
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from threading import Event
from typing import Any

from textual.app import App, SuspendNotSupported

from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.text import one_line
from tui.aim import Aim
from tui.choices import Choice, choices_of
from tui.cli.connect import find_service
from tui.copying import Copied, copy
from tui.looking import Looker
from tui.lookout import Lookout
from tui.orders import Orders
from tui.request import AppRequest
from tui.screens.contexts import ContextsScreen
from tui.screens.doctor_screen import DoctorScreen
from tui.screens.services import ServicesScreen
from tui.settings import Settings
from tui.source import DemoSource, Followable, SnapshotSource, login_program_of, source_of
from tui.unread import only_namespace
from tui.verdicts import Display, Verdicts
from widgets.service_index import ServiceIndex

_LATER = ("tui.screens.examination", "tui.screens.findings", "tui.screens.cluster", "tui.screens.namespaces")


class Navigator(Orders):
    """One per app; screens ask it for everything that is not their own."""

    def __init__(
        self,
        app: App[Any],
        looker: Looker,
        request: AppRequest,
        write_to_terminal: Callable[[bytes], None],
        settings: Settings,
        keys: Mapping[str, str],
    ) -> None:
        super().__init__(request, settings, keys)
        self._app, self._write_to_terminal = app, write_to_terminal
        self._source: SnapshotSource | None = None
        self._cluster: Cluster | None = None
        self.service_index = ServiceIndex()
        self._front_ends = {"": request.front_end} if request.front_end else {}
        self.services = ServicesScreen()
        self.plan_files: dict[tuple[str, str], str] = {}
        if request.plan_file and request.service and request.view:
            self.plan_files[request.service, request.view.remedy] = request.plan_file
        self.has_started = False
        self.looker = looker
        self._lookout = Lookout(looker, self._show, self._not_read)
        self.why_not_live: str | None = None

    @property
    def source(self) -> SnapshotSource:
        """Where facts come from; screens that ask exist only when there is one."""
        if self._source is None:
            raise LookupError("No cluster has been chosen.")
        return self._source

    @property
    def is_working(self) -> bool:
        """Whether something that was heard of the cluster is not shown yet."""
        return self._lookout.is_working

    @property
    def has_source(self) -> bool:
        """Whether a cluster has been chosen."""
        return self._source is not None

    async def start(self) -> None:
        """The list of Services, then the cluster that was asked for."""
        await self._app.push_screen(self.services)
        self._open_source()
        self.has_started = True

    def _open_source(self) -> None:
        self.looker.ask("login", lambda cancelled: login_program_of(self._request), self._log_in, self._nowhere)

    def _log_in(self, program: str) -> None:
        """A login program may ask for a password: it gets the terminal for itself. Without one nothing is suspended."""
        if program:
            with suppress(SuspendNotSupported), self._app.suspend():
                print(f"antrea-doctor: logging in with {program} …")
                try:
                    self._begin(source_of(self._request))
                except Exception as error:
                    self._nowhere(error)
                return
        self.looker.ask("source", lambda cancelled: source_of(self._request), self._begin, self._nowhere)

    def _nowhere(self, error: Exception) -> None:
        self.services.title_line.state("")
        self.show_contexts(one_line(str(error)))

    def _begin(self, source: SnapshotSource) -> None:
        self._source = source
        if isinstance(self._app.screen, ContextsScreen):
            self._app.pop_screen()
        self.refresh()

    @property
    def _screens(self) -> list[DoctorScreen]:
        """All that are open, the first one first."""
        return [screen for screen in self._app.screen_stack if isinstance(screen, DoctorScreen) and screen.is_mounted]

    def refresh(self) -> None:
        """Reads the cluster anew; answers of an older reading are dropped."""
        if self._source is None:
            self._open_source()
            return
        source = self._source
        self.services.connecting(source.title)
        for screen in self._screens:
            screen.title_line.state("reading…")

        def work(cancelled: Event) -> Verdicts:
            snapshot = source.overview(cancelled).with_front_ends(self._front_ends)
            gc.freeze()  # facts live long: looking through them for garbage would hold up the screen
            return Verdicts(Cluster(snapshot), self._front_ends)

        self.looker.ask("overview", work, self._show_overview, self._not_read)

    def _not_read(self, error: Exception) -> None:
        for screen in self._screens:
            screen.title_line.state("could not read")
        self.services.trouble(one_line(str(error)))

    def _show_overview(self, verdicts: Verdicts) -> None:
        now = verdicts.display_now
        self._cluster, self.service_index, self.why_not_live = now.cluster, now.index, None
        self.services.show(now.cluster, now.index)
        for screen in self._screens:
            screen.show_liveness()
            screen.title_line.state("")
            screen.refresh_from(now.cluster)
        watched = self._source if self._request.watch and isinstance(self._source, Followable) else None
        self._lookout.begin(verdicts, watched)
        self._load_other_screens()
        wanted, self._request = self._request.service, replace(self._request, service=None)
        if wanted:
            self._open_wanted(wanted)

    def _load_other_screens(self) -> None:
        """What a list of Services does not need is imported beside it, so that it comes sooner."""
        self.looker.ask("screens", lambda cancelled: [import_module(name) for name in _LATER], _ignore, _ignore)

    def _show(self, display: Display) -> None:
        """What has become of the cluster since."""
        is_mended = self.why_not_live and not display.stale
        self._cluster, self.service_index, self.why_not_live = display.cluster, display.index, display.stale
        self.services.renew_list(display.cluster, display.index)
        for screen in self._screens:
            screen.show_liveness()
            if display.is_asked:
                screen.refresh_from(display.cluster)
            elif display.touched or display.everything:
                screen.renew(display.cluster, display.touched, everything=display.everything)
            if is_mended:
                screen.title_line.state("")

    def _open_wanted(self, wanted: str) -> None:
        if self._cluster is None:
            return
        try:
            key = find_service(self._cluster.snapshot, wanted, self._request.connection.namespace)
        except LookupError as error:
            self.services.warn(f"{one_line(wanted)} cannot be opened.", one_line(str(error)))
            return
        view = self._request.view
        self.open_service(key, view.kind.value if view else "path", view.remedy if view else "")

    def open_service(self, key: str, view: str = "path", remedy: str = "", aim: Aim | None = None) -> None:
        """Examines one Service."""
        from tui.screens.examination import ExaminationScreen

        if self._cluster and key in self._cluster.snapshot.service_by_key:
            case = Case.of(self._cluster.snapshot, key, self._cluster)
            first = "ways" if view == "remedy" else view
            self._app.push_screen(ExaminationScreen(case, first, remedy, self._request.client.ip, aim))

    def show_findings(self) -> None:
        """Examines every Service."""
        from tui.screens.findings import FindingsScreen

        if self._cluster:
            self._app.push_screen(FindingsScreen(self._cluster))

    def tell_front_end(self, key: str, arrives: Arrives | None) -> None:
        """Takes the operator's word for how packets reach one Service; None takes it back."""
        if self._cluster is None:
            return
        others = {name: said for name, said in self._front_ends.items() if name != key}
        self._front_ends = others | ({key: arrives} if arrives else {})
        front_ends = self._front_ends
        self._lookout.tell(lambda verdicts: verdicts.tell_front_ends(front_ends, key))

    def show_cluster(self) -> None:
        """Antrea and kube-proxy."""
        from tui.screens.cluster import ClusterScreen

        if self._cluster:
            self._app.push_screen(ClusterScreen(self._cluster))

    def show_namespaces(self) -> None:
        """The namespaces that have Services."""
        from tui.screens.namespaces import NamespacesScreen

        if self._cluster:
            self._app.push_screen(NamespacesScreen(self._cluster.snapshot, self.service_index.namespaces))

    def look_into(self, namespace: str) -> None:
        """One namespace: filtered where all were read, read where only one at a time may be. Empty means all."""
        if self._cluster is None:
            return
        self._back_to_services()
        if namespace and only_namespace(self._cluster.snapshot):
            self._forget()
            self.source.look_into(namespace)
            self.refresh()
        else:
            self.services.filter_namespace(namespace)

    def show_contexts(self, trouble: str = "") -> None:
        """Choose another cluster. Reading the kubeconfig may take a while, so it is done aside."""

        def show(found: tuple[tuple[Choice, ...], str]) -> None:
            rows, problem = found
            if isinstance(self._app.screen, ContextsScreen):
                self._app.pop_screen()
            self._app.push_screen(ContextsScreen(rows, trouble or problem))

        self.looker.ask("contexts", lambda cancelled: choices_of(self._request.connection), show, self._not_read)

    def use(self, context: str, demo: str) -> None:
        """Goes to another cluster: everything of the old one is dropped, running work included."""
        self._forget()
        self._request = _elsewhere(self._request, context, demo)
        self._back_to_services()
        self._source = None
        self._open_source()

    def _forget(self) -> None:
        """Drops what was read and ends what runs, so that nothing of it is taken for what is read next."""
        self._lookout.end()
        self.looker.cancel_all()
        self.why_not_live = None
        self._cluster, self.service_index, self._front_ends, self.plan_files = None, ServiceIndex(), {}, {}
        self.services.forget()

    def _back_to_services(self) -> None:
        while self._app.screen is not self.services:
            self._app.pop_screen()

    def play(self, after: Snapshot) -> bool:
        """In the demo, makes a plan come true; elsewhere does nothing and says so by False."""
        if not isinstance(self._source, DemoSource):
            return False
        self._source.play(after)
        self.refresh()
        return True

    def copy_text(self, text: str, what: str) -> None:
        """Copies text off the event loop and says which way it went."""
        if not text.strip():
            self._app.notify(f"There is nothing to copy: {what} is empty.", markup=False)
            return

        def to_terminal(data: bytes) -> None:
            self._app.call_from_thread(self._write_to_terminal, data)

        def tell(copied: Copied) -> None:
            self._app.notify(
                copied.sentence, title=f"Copied: {what}" if copied.proved else f"Copy: {what}", markup=False
            )

        def failed(error: Exception) -> None:
            self._app.notify(f"Nothing was copied: {one_line(str(error))}", severity="error", markup=False)

        self.looker.ask("copy", lambda cancelled: copy(text, to_terminal, by=self._settings.copy_by), tell, failed)


def _ignore(_: object) -> None:
    """A screen that cannot be imported says so when it is opened."""


def _elsewhere(request: AppRequest, context: str, demo: str) -> AppRequest:
    connection = replace(request.connection, context=context, namespace="")
    return replace(request, connection=connection, demo=demo or None, files=(), service=None, view=None)
