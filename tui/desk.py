"""What screens may ask of the app around them, and the app of what it loads after its first frame."""

from collections.abc import Mapping
from typing import Protocol

from diagnostics.model.arriving import Arrives
from diagnostics.model.snapshot import Snapshot
from diagnostics.remedies.plan.shells import Shell
from tui.aim import Aim
from tui.looking import Looker
from tui.request import ConnectionOptions
from tui.source import SnapshotSource
from widgets.service_index import ServiceIndex


class Desk(Protocol):
    """Moves between clusters and screens. `tui/navigator.py` is the one that does."""

    looker: Looker
    has_started: bool
    keys: Mapping[str, str]
    """Keys that the operator chose, by the id of the command."""
    plan_files: dict[tuple[str, str], str]
    """Where plans of this cluster are kept, by Service and remedy."""

    @property
    def allow_write(self) -> bool:
        """Whether the app may change the cluster, each time after a question."""
        ...

    @property
    def shell(self) -> Shell:
        """The shell that commands are written for."""
        ...

    @property
    def client_ip(self) -> str:
        """The address of the operator's client; empty when it was not given."""
        ...

    @property
    def ascii_only(self) -> bool:
        """Whether the terminal cannot show box characters."""
        ...

    @property
    def source(self) -> SnapshotSource:
        """Where facts come from. Raises LookupError before a cluster was chosen."""
        ...

    @property
    def why_not_live(self) -> str | None:
        """Why changes of the cluster are not followed, empty when they are; None where nobody wants to follow."""
        ...

    @property
    def is_working(self) -> bool:
        """Whether something that was heard of the cluster is not shown yet."""
        ...

    @property
    def has_source(self) -> bool:
        """Whether a cluster has been chosen."""
        ...

    async def start(self) -> None:
        """Shows the first screen and reads the cluster that was asked for."""
        ...

    def refresh(self) -> None:
        """Reads the cluster anew."""
        ...

    def key_of(self, command_id: str) -> str:
        """The key of a command as a person reads it, for sentences that name it."""
        ...

    @property
    def connection(self) -> ConnectionOptions:
        """How the kubeconfig is read."""
        ...

    @property
    def service_index(self) -> ServiceIndex:
        """The Services of the cluster on display."""
        ...

    def open_service(self, key: str, view: str = "path", remedy: str = "", aim: Aim | None = None) -> None:
        """Examines one Service, and goes to the finding `aim`."""
        ...

    def show_findings(self) -> None:
        """Examines every Service."""
        ...

    def tell_front_end(self, key: str, arrives: Arrives | None) -> None:
        """Takes the operator's word for how packets reach one Service; None takes it back."""
        ...

    def show_cluster(self) -> None:
        """Shows Antrea and kube-proxy."""
        ...

    def show_namespaces(self) -> None:
        """Offers the namespaces."""
        ...

    def look_into(self, namespace: str) -> None:
        """Shows one namespace; reads it where only one at a time may be read. Empty means all."""
        ...

    def show_contexts(self, trouble: str = "") -> None:
        """Offers other clusters, and says why if none could be used."""
        ...

    def use(self, context: str, demo: str) -> None:
        """Goes to another cluster."""
        ...

    def play(self, after: Snapshot) -> bool:
        """In a demo makes a plan come true; False elsewhere."""
        ...

    def copy_text(self, text: str, what: str) -> None:
        """Copies text and says which way it went."""
        ...


class HasDesk(Protocol):
    """The app, as far as screens know it."""

    @property
    def desk(self) -> Desk:
        """Raises LookupError while the app is loading."""
        ...
