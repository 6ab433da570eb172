"""Where the app's facts come from: a live cluster, files, or a demo that can be changed by playing a plan."""

from threading import Event
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from diagnostics.model.snapshot import Snapshot
from tui.request import AppRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from diagnostics.kube.news import News
    from diagnostics.remedies.acting.hand import Eye, Hand


class SnapshotSource(Protocol):
    """Gives Snapshots; both calls block and may raise an error whose text is a sentence for the operator."""

    title: str
    is_demo: bool

    def overview(self, cancelled: Event) -> Snapshot:
        """What the list of Services needs."""
        ...

    def look_into(self, namespace: str) -> None:
        """From the next overview on, Services are read in this namespace where those of all must not be."""
        ...

    def deepen(self, snapshot: Snapshot, key: str, cancelled: Event) -> Snapshot:
        """The same Snapshot with the policies and Pods of one Service."""
        ...

    def deepen_all(self, snapshot: Snapshot, cancelled: Event) -> Snapshot:
        """The same Snapshot with the policies and Pods that matter to any of its Services."""
        ...


@runtime_checkable
class Followable(Protocol):
    """A source that can tell what becomes of its cluster."""

    def follow(self, snapshot: Snapshot, tell: "Callable[[News], None]", cancelled: Event) -> None:
        """Follows the last overview until `cancelled` is set; `tell` is called in this thread."""
        ...

    def forget_policies(self) -> None:
        """The next deepening asks anew for what is not followed."""
        ...


@runtime_checkable
class Seeing(Protocol):
    """A source that can show single objects as they stand; None when it no longer can."""

    def objects(self) -> "Eye | None":
        """Reads objects. Its calls block."""
        ...


@runtime_checkable
class Writing(Protocol):
    """A source whose cluster can be asked what it would say to a change."""

    def writer(self, *, may_write: bool) -> "Hand":
        """A hand that tries steps of plans, and does them only with `may_write`. Its calls block."""
        ...


class DemoSource:
    """A recorded cluster shipped with the app; `play` changes it as a plan's steps would change a real one."""

    is_demo = True

    def __init__(self, name: str) -> None:
        self.title = f"demo {name}"
        self._name = name
        self._played: Snapshot | None = None

    def overview(self, cancelled: Event) -> Snapshot:
        """The recording, or what playing plans has made of it."""
        from diagnostics.kube.recorded import read_demo

        return self._played or read_demo(self._name)

    def look_into(self, namespace: str) -> None:
        """A recording holds all namespaces."""

    def deepen(self, snapshot: Snapshot, key: str, cancelled: Event) -> Snapshot:
        """A recording holds everything already."""
        return snapshot

    def deepen_all(self, snapshot: Snapshot, cancelled: Event) -> Snapshot:
        """A recording holds everything already."""
        return snapshot

    def objects(self) -> "Eye | None":
        """The recorded objects; after a plan was played only its facts are known, not its objects."""
        from diagnostics.kube.objects import RecordedObjects
        from diagnostics.kube.recorded import demo_objects_of

        return None if self._played else RecordedObjects(demo_objects_of(self._name), complete=True)

    def play(self, after: Snapshot) -> None:
        """Makes the result of a plan the state of the demo."""
        self._played = after


class FileSource:
    """Files given with `-f`; they are read again on refresh."""

    is_demo = False

    def __init__(self, files: tuple[str, ...]) -> None:
        self.title = f"files {' '.join(files)}"
        self._files = files
        self._stdin: Snapshot | None = None

    def objects(self) -> "Eye | None":
        """The objects in the files as they are now."""
        from diagnostics.kube.objects import RecordedObjects
        from diagnostics.kube.recorded import file_objects_of

        return RecordedObjects(file_objects_of(self._files), complete=False)

    def overview(self, cancelled: Event) -> Snapshot:
        """What the files hold. Standard input can be read once only, so it is kept."""
        from diagnostics.kube.recorded import read_files

        if "-" not in self._files:
            return read_files(self._files)
        self._stdin = self._stdin or read_files(self._files)
        return self._stdin

    def look_into(self, namespace: str) -> None:
        """Files are read as a whole."""

    def deepen(self, snapshot: Snapshot, key: str, cancelled: Event) -> Snapshot:
        """Files hold everything already."""
        return snapshot

    def deepen_all(self, snapshot: Snapshot, cancelled: Event) -> Snapshot:
        """Files hold everything already."""
        return snapshot


def login_program_of(request: AppRequest) -> str:
    """The program that must log the user in before the cluster can be asked; empty when there is none.

    Raises ContextError.
    """
    if request.demo is not None or request.files:
        return ""
    from diagnostics.kube.contexts import choose, read_contexts

    return choose(read_contexts(request.connection.kubeconfig), request.connection.context).login_program


def source_of(request: AppRequest) -> SnapshotSource:
    """The source that a request asks for. Raises an error with a sentence when there is nothing to connect to."""
    if request.demo is not None:
        return DemoSource(request.demo)
    if request.files:
        return FileSource(request.files)
    from tui.live_source import LiveSource

    return LiveSource(request.connection)
