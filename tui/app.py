"""The app: which cluster is looked at, which screens stand on each other, and what is copied where."""

import asyncio
import os
import signal
from collections.abc import Iterable
from dataclasses import replace
from threading import Event
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from diagnostics.datapath.summary import ServiceSummary, summarise
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.text import one_line
from tui.choices import Choice, choices_of
from tui.copying import Copied, copy
from tui.looking import Looker
from tui.request import AppRequest, ColorMode
from tui.screens.cluster import ClusterScreen
from tui.screens.contexts import ContextsScreen
from tui.screens.doctor_screen import DoctorScreen
from tui.screens.examination import ExaminationScreen
from tui.screens.services import ServicesScreen
from tui.source import DemoSource, SnapshotSource, source_of

Overview = tuple[Cluster, tuple[ServiceSummary, ...]]


class DoctorApp(App[int]):
    """antrea-doctor in a terminal."""

    CSS_PATH = "app.tcss"
    TITLE = "antrea-doctor"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, request: AppRequest) -> None:
        super().__init__()
        self._request = request
        self._source: SnapshotSource | None = None
        self._cluster: Cluster | None = None
        self.looker = Looker(self)
        self.fault: Exception | None = None

    @property
    def ascii_only(self) -> bool:
        """Whether the terminal cannot show box characters."""
        return self._request.ascii_only

    @property
    def source(self) -> SnapshotSource:
        """Where facts come from; screens that ask exist only when there is one."""
        if self._source is None:
            raise LookupError("No cluster has been chosen.")
        return self._source

    @property
    def has_source(self) -> bool:
        """Whether a cluster has been chosen."""
        return self._source is not None

    async def on_mount(self) -> None:
        """Paints the first screen, then asks the cluster."""
        if not os.environ.get("TEXTUAL_THEME") and not self.is_headless and self._few_colours():
            self.theme = "ansi-dark"
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 128 + number)
        await self.push_screen(ServicesScreen())
        self.call_after_refresh(self._start)

    def _few_colours(self) -> bool:
        never = self._request.color is ColorMode.NEVER or bool(os.environ.get("NO_COLOR"))
        return never or self.console.color_system in (None, "standard")

    def _start(self) -> None:
        self.looker.ask("source", lambda cancelled: source_of(self._request), self._begin, self._nowhere)

    def _nowhere(self, error: Exception) -> None:
        self.services.title_line.state("")
        self.show_contexts(one_line(str(error)))

    def _begin(self, source: SnapshotSource) -> None:
        self._source = source
        self.read_cluster()

    @property
    def services(self) -> ServicesScreen:
        """The first screen; it stays at the bottom of the stack."""
        return next(screen for screen in self.screen_stack if isinstance(screen, ServicesScreen))

    def read_cluster(self) -> None:
        """Reads the cluster anew; answers of an older reading are dropped."""
        source = self.source
        self.services.connecting(source.title)

        def work(cancelled: Event) -> Overview:
            snapshot = source.overview(cancelled)
            cluster = Cluster(snapshot)
            return cluster, tuple(summarise(Case(cluster, service)) for service in snapshot.services)

        self.looker.ask("overview", work, self._show_overview, self._not_read)

    def _not_read(self, error: Exception) -> None:
        self.services.trouble(one_line(str(error)))

    def _show_overview(self, overview: Overview) -> None:
        cluster, rows = overview
        self._cluster = cluster
        self.services.show(cluster, rows)
        for screen in self.screen_stack:
            if isinstance(screen, ExaminationScreen):
                screen.refresh_from(cluster)
        wanted, self._request = self._request.service, replace(self._request, service=None)
        if wanted:
            self._open_wanted(wanted)

    def _open_wanted(self, wanted: str) -> None:
        from tui.cli.connect import find_service

        if self._cluster is None:
            return
        try:
            key = find_service(self._cluster.snapshot, wanted, self._request.connection.namespace)
        except LookupError as error:
            self.services.tell(one_line(str(error)), trouble=True)
            return
        view = self._request.view
        self.open_service(key, view.kind.value if view else "path", view.remedy if view else "")

    def open_service(self, key: str, view: str = "path", remedy: str = "") -> None:
        """Examines one Service."""
        if self._cluster and key in self._cluster.snapshot.service_by_key:
            case = Case.of(self._cluster.snapshot, key, self._cluster)
            first = "ways" if view == "remedy" else view
            self.push_screen(ExaminationScreen(case, first, remedy, self._request.client.ip))

    def show_cluster(self) -> None:
        """Antrea and kube-proxy."""
        if self._cluster:
            self.push_screen(ClusterScreen(self._cluster))

    def show_contexts(self, trouble: str = "") -> None:
        """Choose another cluster. Reading the kubeconfig may take a while, so it is done aside."""

        def show(found: tuple[tuple[Choice, ...], str]) -> None:
            rows, problem = found
            self.push_screen(ContextsScreen(rows, trouble or problem))

        self.looker.ask("contexts", lambda cancelled: choices_of(self._request.connection), show, self._not_read)

    def use(self, context: str, demo: str) -> None:
        """Goes to another cluster: everything of the old one is dropped, running work included."""
        self.looker.cancel_all()
        self._request = _elsewhere(self._request, context, demo)
        self._source, self._cluster = None, None
        while not isinstance(self.screen, ServicesScreen):
            self.pop_screen()
        self.services.forget()
        self._start()

    def play(self, after: Snapshot) -> bool:
        """In the demo, makes a plan come true; elsewhere does nothing and says so by False."""
        if not isinstance(self._source, DemoSource):
            return False
        self._source.play(after)
        self.read_cluster()
        return True

    def copy_text(self, text: str, what: str) -> None:
        """Copies text off the event loop and says which way it went."""
        if not text.strip():
            self.notify(f"There is nothing to copy: {what} is empty.", markup=False)
            return

        def to_terminal(data: bytes) -> None:
            self.call_from_thread(self._write_raw, data)

        def tell(copied: Copied) -> None:
            self.notify(copied.sentence, title=f"Copied: {what}" if copied.proved else f"Copy: {what}", markup=False)

        def failed(error: Exception) -> None:
            self.notify(f"Nothing was copied: {one_line(str(error))}", severity="error", markup=False)

        self.looker.ask("copy", lambda cancelled: copy(text, to_terminal), tell, failed)

    def _write_raw(self, data: bytes) -> None:
        """Hands bytes to the terminal between two frames. Textual offers no public way for a wrapped OSC 52."""
        if self._driver is not None:
            self._driver.write(data.decode("ascii"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette holds the commands of the screen and Textual's own for themes and pictures."""
        if isinstance(screen, DoctorScreen):
            for item in screen.commands_everywhere:
                action = item.action
                yield SystemCommand(
                    f"{item.label} ({item.shown_keys})", item.help, lambda action=action: self._do(screen, action)
                )
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command

    async def _do(self, screen: DoctorScreen, action: str) -> None:
        await screen.run_action(action)

    def action_refresh(self) -> None:
        """Reads the cluster again."""
        if self._source:
            self.read_cluster()
        else:
            self._start()

    async def action_quit(self) -> None:
        """Leaves at once; nobody waits for running work."""
        self.looker.cancel_all()
        self.exit(0)

    def _handle_exception(self, error: Exception) -> None:
        """A fault of ours: Textual would print a traceback with local values, so the caller of the app gets it."""
        self.fault = self.fault or error
        self.looker.cancel_all()
        self.exit()


def run_app(request: AppRequest) -> int:
    """Runs the app and gives the exit code. A fault of the app is raised once the terminal is restored."""
    if request.color is ColorMode.NEVER:
        os.environ["NO_COLOR"] = "1"
    app = DoctorApp(request)
    code = app.run()
    if app.fault:
        raise app.fault
    return code if code is not None else 0


def _elsewhere(request: AppRequest, context: str, demo: str) -> AppRequest:
    connection = replace(request.connection, context=context, namespace="")
    return replace(request, connection=connection, demo=demo or None, files=(), service=None, view=None)
