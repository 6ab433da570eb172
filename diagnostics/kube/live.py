"""A live cluster: what the Services screen needs, and what the examination of one Service needs on top.

Every request is a GET of a list or of a named ConfigMap; no Secrets, no exec, never all Pods. An overview takes at
most 10 requests and deepening at most 10 (11 without the right to list namespaces), as long as no list needs a second
page; up to 3 more at the first deepening of a cluster that serves kinds of policy.networking.k8s.io. Deepening for all
Services at once takes 9 requests, and one for each namespace in which a policy or Egress is applied to Pods.
"""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from packaging.version import Version

from diagnostics.kube.backend_pods import all_pods, backend_pods
from diagnostics.kube.connection import Connection
from diagnostics.kube.contexts import Context, choose, read_contexts
from diagnostics.kube.credentials import Headers, load_configuration
from diagnostics.kube.following import follow
from diagnostics.kube.merging import with_parts
from diagnostics.kube.news import News
from diagnostics.kube.objects import ObjectReader
from diagnostics.kube.overview import details, give_up_if_useless, kubernetes_version, overview_of
from diagnostics.kube.pod_policies import namespaces_with_pod_policies
from diagnostics.kube.reading import Part, read_list, read_one
from diagnostics.kube.together import Get, Task, together
from diagnostics.kube.upstream import UPSTREAM, read_upstream
from diagnostics.kube.wire import Traffic, Wire
from diagnostics.kube.writer import ClusterWriter
from diagnostics.model.antrea import find_antrea
from diagnostics.model.snapshot import Snapshot, Source
from diagnostics.model.text import one_line

PODS_BY_SERVICE_AT_MOST = 3
"""Of so many Services of a namespace the Pods are asked for one Service after the other; of more, all Pods there."""
_V1BETA1_SINCE = Version("1.13")
_LASTING = (403, 404)
_OVERVIEW = (Source.SERVICES, Source.SLICES, Source.NODES, Source.DAEMON_SETS, Source.AGENT_INFOS)
_OF_CLUSTER = (Source.CLUSTER_POLICIES, Source.TIERS, Source.CLUSTER_GROUPS, Source.EGRESSES)
_OF_NAMESPACE = (Source.NETWORK_POLICIES, Source.ANTREA_POLICIES, Source.GROUPS)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cluster, and as whom; empty means the kubeconfig's own. The same as kubectl's options of these names.

    `request_timeout` is in seconds for each request as a whole: None for our default, 0 for no limit.
    """

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    as_user: str = ""
    as_groups: Sequence[str] = ()
    request_timeout: float | None = None


class LiveCluster:
    """One cluster as one user. `context` is what was chosen, `namespace` the current one (empty when none is set)."""

    def __init__(self, wire: Wire, context: Context, namespace: str = "") -> None:
        self._wire = wire
        self._connection = Connection(wire)
        self._shared: dict[tuple[Source, str], Part] = {}
        self._versions: dict[tuple[Source, str], str] = {}
        self.context = context
        self.namespace = namespace or context.namespace

    @classmethod
    def open(cls, wish: Wish) -> "LiveCluster":
        """Reads the kubeconfig and runs its login program, so call it before the screen is taken over.

        Nothing is asked of the server yet. Raises ContextError or ConnectionTrouble.
        """
        contexts = read_contexts(wish.kubeconfig)
        context = choose(contexts, wish.context)
        configuration = load_configuration(context, contexts.files)
        headers = Headers(configuration, context, wish.as_user, wish.as_groups)
        return cls(Wire(configuration, headers, context, wish.request_timeout), context, wish.namespace)

    def objects(self) -> ObjectReader:
        """Single objects, by GET only."""
        return ObjectReader(self._connection)

    def writer(self, *, may_write: bool) -> ClusterWriter:
        """A hand of its own for changes, made only for whoever asks; without `may_write` it only sends dry runs."""
        return ClusterWriter(self._wire, may_write=may_write)

    @property
    def traffic(self) -> Traffic:
        """Requests and bytes so far."""
        return self._connection.traffic

    def close(self) -> None:
        """Give back the idle connections."""
        self._connection.close()

    def overview(self, cancelled: threading.Event | None = None) -> Snapshot:
        """Services, EndpointSlices, Nodes, what runs, and the configuration of Antrea and kube-proxy.

        Raises ConnectionTrouble when the server is of no use, Cancelled soon after `cancelled` is set.
        """
        self._shared = {}
        snapshot = Snapshot(context=self.context.name, origin=one_line(self._connection.server), taken_at=time.time())
        tasks: list[Task] = [kubernetes_version, *(overview_of(source, self.namespace) for source in _OVERVIEW)]
        version, *parts = together(self._connection, tasks, cancelled)
        self._versions = {place: part.version for part in parts for place in part.reads if part.version}
        snapshot = replace(with_parts(snapshot, parts), kubernetes_version=version)
        if not snapshot.reads:
            give_up_if_useless(parts, self._connection.server)
        return with_parts(snapshot, together(self._connection, details(snapshot), cancelled))

    def follow(self, snapshot: Snapshot, tell: Callable[[News], None], cancelled: threading.Event) -> None:
        """Follows the lists of the last overview until `cancelled` is set, and tells what becomes of the Snapshot."""
        follow(self._wire, snapshot, self._versions, tell, cancelled)

    def forget_policies(self) -> None:
        """The next deepening asks anew for what is not followed; only what can never be read stays known."""
        self._shared = {place: part for place, part in self._shared.items() if part.failure}

    def deepen(self, snapshot: Snapshot, service_key: str, cancelled: threading.Event | None = None) -> Snapshot:
        """The Snapshot with the policies that may concern one Service, its namespace's labels and its backend Pods.

        Lists of policies are asked for once after each overview and then reused, until they are forgotten. Raises as
        `overview` does, and KeyError for an unknown Service.
        """
        service = snapshot.service_by_key[service_key]
        namespace = service.metadata.namespace
        wanted = [(source, "") for source in _OF_CLUSTER] + [(source, namespace) for source in _OF_NAMESPACE]
        old = _is_old(snapshot)
        tasks: list[Task] = [self._once(source, where, old) for source, where in wanted]
        tasks.append(self._namespaces((namespace,)))
        tasks.append(backend_pods(snapshot, service_key))
        tasks.append(self._upstream_once())
        *parts, upstream = together(self._connection, tasks, cancelled)
        return with_parts(snapshot, [*(part for part in parts if part), *upstream])

    def deepen_all(
        self, snapshot: Snapshot, service_keys: Collection[str] | None = None, cancelled: threading.Event | None = None
    ) -> Snapshot:
        """The Snapshot with all that `deepen` would add for each of these Services; for every one, when none are given.

        Lists of policies are read for the whole cluster, or for the one namespace of these Services. Without the right
        to that, they are read namespace by namespace, and a partial Gap says so. Pods are read where a policy may be
        applied to them. Raises as `deepen` does.
        """
        keys = snapshot.service_by_key if service_keys is None else service_keys
        by_namespace: dict[str, list[str]] = {}
        for key in keys:
            by_namespace.setdefault(snapshot.service_by_key[key].metadata.namespace, []).append(key)
        namespaces, old = tuple(by_namespace), _is_old(snapshot)
        tasks: list[Task] = [_alone(self._once(source, "", old)) for source in _OF_CLUSTER]
        tasks += [self._of_namespaces(source, namespaces, old) for source in _OF_NAMESPACE]
        tasks += [_alone(self._namespaces(namespaces)), self._upstream_once()]
        found = together(self._connection, tasks, cancelled)
        deeper = with_parts(snapshot, [part for parts in found for part in parts])
        pods: list[Task] = []
        for namespace in namespaces_with_pod_policies(deeper, namespaces):
            few = by_namespace[namespace] if len(by_namespace[namespace]) <= PODS_BY_SERVICE_AT_MOST else ()
            pods += [backend_pods(deeper, key) for key in few] or [all_pods(namespace)]
        return with_parts(deeper, together(self._connection, pods, cancelled)) if pods else deeper

    def with_pod(self, snapshot: Snapshot, pod_key: str, cancelled: threading.Event | None = None) -> Snapshot:
        """The Snapshot with one more Pod, `namespace/name`, such as a client; unchanged when there is no such Pod."""
        namespace, _, name = pod_key.partition("/")

        def task(get: Get) -> Part:
            part = read_list(get, Source.PODS, namespace, query={"fieldSelector": f"metadata.name={name}"})
            return replace(part, reads=frozenset())  # the other Pods there were not read

        return with_parts(snapshot, together(self._connection, [task], cancelled))

    def _once(self, source: Source, namespace: str, old: bool) -> Task:
        def task(get: Get) -> Part:
            part = self._shared.get((source, namespace))
            if part is None:
                part = read_list(get, source, namespace, old_version=old)
                if part.failure is None or part.failure.status in _LASTING:
                    self._shared[source, namespace] = part
            return part

        return task

    def _of_namespaces(self, source: Source, namespaces: Sequence[str], old: bool) -> Task:
        """A list of the whole cluster, or of each namespace where that is the only one or all that is allowed."""

        def task(get: Get) -> tuple[Part, ...]:
            if len(namespaces) == 1:
                return (self._once(source, namespaces[0], old)(get),)
            part: Part = self._once(source, "", old)(get)
            if not part.forbidden:
                return (part,)
            one_by_one = f" {len(namespaces)} namespaces were asked for one by one."
            gaps = tuple(replace(gap, detail=gap.detail + one_by_one, partial=True) for gap in part.gaps)
            return (replace(part, gaps=gaps), *(self._once(source, name, old)(get) for name in namespaces))

        return task

    def _upstream_once(self) -> Task:
        def task(get: Get) -> tuple[Part, ...]:
            known = tuple(self._shared[source, ""] for source in UPSTREAM if (source, "") in self._shared)
            if len(known) == len(UPSTREAM):
                return known
            parts = read_upstream(get)
            if all(part.failure is None or part.failure.status in _LASTING for part in parts):
                self._shared.update(((part.source, ""), part) for part in parts)
            return parts

        return task

    def _namespaces(self, names: Sequence[str]) -> Task:
        def task(get: Get) -> Part:
            part: Part = self._once(Source.NAMESPACES, "", False)(get)
            if not part.forbidden:
                return part
            own = [item for name in names for item in read_one(get, Source.NAMESPACES, name).items]
            reads = frozenset((Source.NAMESPACES, item.metadata.name) for item in own)
            return replace(part, items=tuple(own), reads=reads) if own else part

        return task


def _alone(task: Task) -> Task:
    """A task of one Part as one of several."""
    return lambda get: (task(get),)


def _is_old(snapshot: Snapshot) -> bool:
    version = find_antrea(snapshot).version
    return version is not None and version < _V1BETA1_SINCE
