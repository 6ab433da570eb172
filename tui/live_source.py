"""The live cluster as a source of the app."""

from collections.abc import Callable
from threading import Event

from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.news import News
from diagnostics.kube.objects import ObjectReader
from diagnostics.kube.writer import ClusterWriter
from diagnostics.model.snapshot import Snapshot
from tui.request import ConnectionOptions


def wish_of(options: ConnectionOptions) -> Wish:
    """What the options ask of the kubeconfig."""
    return Wish(
        kubeconfig=options.kubeconfig,
        context=options.context,
        namespace=options.namespace,
        as_user=options.as_user,
        as_groups=options.as_groups,
        request_timeout=options.request_timeout,
    )


class LiveSource:
    """A cluster by the kubeconfig. Opening it runs the login program, so open it before the screen is taken over."""

    is_demo = False

    def __init__(self, options: ConnectionOptions) -> None:
        self._cluster = LiveCluster.open(wish_of(options))
        self.title = f"context {self._cluster.context.name}"

    def overview(self, cancelled: Event) -> Snapshot:
        """What the list of Services needs."""
        return self._cluster.overview(cancelled)

    def follow(self, snapshot: Snapshot, tell: Callable[[News], None], cancelled: Event) -> None:
        """Follows the lists of the last overview until `cancelled` is set."""
        self._cluster.follow(snapshot, tell, cancelled)

    def forget_policies(self) -> None:
        """The next deepening asks anew for policies and namespaces, which are not followed."""
        self._cluster.forget_policies()

    def look_into(self, namespace: str) -> None:
        """From the next overview on, Services are read in this namespace where those of all must not be."""
        self._cluster.namespace = namespace

    def deepen(self, snapshot: Snapshot, key: str, cancelled: Event) -> Snapshot:
        """The same Snapshot with the policies and Pods of one Service."""
        return self._cluster.deepen(snapshot, key, cancelled)

    def deepen_all(self, snapshot: Snapshot, cancelled: Event) -> Snapshot:
        """The same Snapshot with the policies and Pods that matter to any of its Services."""
        return self._cluster.deepen_all(snapshot, cancelled=cancelled)

    def objects(self) -> ObjectReader:
        """Single objects, by GET only."""
        return self._cluster.objects()

    def writer(self, *, may_write: bool) -> ClusterWriter:
        """A hand that tries steps of plans, and does them only with `may_write`. Its calls block: not on the screen."""
        return self._cluster.writer(may_write=may_write)
