"""Antrea and kube-proxy as configured and as running, and what could not be read."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Footer

from diagnostics.model.case import Cluster
from tui.actions import CLUSTER
from tui.screens.doctor_screen import DoctorScreen
from widgets.cluster_page import cluster_blocks
from widgets.reading import Reading
from widgets.title_line import TitleLine


class ClusterScreen(DoctorScreen):
    """One page of facts."""

    COMMANDS_HERE: ClassVar = CLUSTER
    WORDS_HERE: ClassVar = ("proxyAll", "kube-proxy", "AntreaProxy", "antrea-gw0", "encap", "DSR")
    TITLE_HERE: ClassVar = "Cluster"
    LIVE_HERE: ClassVar = True

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster

    def compose(self) -> ComposeResult:
        """The page."""
        yield TitleLine("Cluster")
        yield Reading(id="facts")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Fills the page."""
        self.refresh_from(self._cluster)
        self.query_one(Reading).focus()

    def refresh_from(self, cluster: Cluster) -> None:
        """Shows a newer reading."""
        self.title_line.cluster(cluster)
        self.query_one(Reading).read(*cluster_blocks(cluster))

    def renew(self, cluster: Cluster, touched: frozenset[str], *, everything: bool) -> None:
        """Services are not on this page."""
        if everything:
            self.refresh_from(cluster)

    def action_copy(self) -> None:
        """Copies the page."""
        self.copy_text(self.plain_text, "the page")
