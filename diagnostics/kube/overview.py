"""What an overview asks for beside its lists: the release, and how Antrea and kube-proxy are configured."""

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from diagnostics.kube.failures import Failure
from diagnostics.kube.harmless import harmless
from diagnostics.kube.reading import Part, read_list, read_one
from diagnostics.kube.together import Get, Task
from diagnostics.kube.trouble import ConnectionTrouble
from diagnostics.model.antrea import WINDOWS_CONFIG_MAP, config_map_name, find_antrea
from diagnostics.model.kube_proxy import KUBE_PROXY_NAMESPACE
from diagnostics.model.snapshot import Reason, Snapshot, Source
from diagnostics.model.text import one_line
from diagnostics.model.workload import DaemonSet

_FALLS_BACK = (Source.SERVICES, Source.SLICES)
_USELESS = (Reason.UNREACHABLE, Reason.TIMED_OUT, Reason.NOT_UNDERSTOOD)


class _Version(msgspec.Struct, rename="camel"):
    git_version: str = ""


def kubernetes_version(get: Get) -> str:
    """The release of the API server; empty when it does not tell."""
    body = get("/version")
    if isinstance(body, Failure):
        if body.fatal or not body.status:
            raise body.trouble
        return ""
    try:
        return one_line(msgspec.json.decode(harmless(body), type=_Version).git_version)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def overview_of(source: Source, namespace: str) -> Task:
    """A list of the whole cluster; without the right to that, of one namespace."""

    def task(get: Get) -> Part:
        part = read_list(get, source, cached=True)
        if not (part.forbidden and namespace and source in _FALLS_BACK):
            return part
        own = read_list(get, source, namespace, cached=True)
        return Part(source, own.items, own.reads, (*part.gaps, *own.gaps), own.failure, own.version)

    return task


def details(snapshot: Snapshot) -> list[Task]:
    """What is asked once the lists are there: the configuration of Antrea, and what tells about kube-proxy."""
    antrea = find_antrea(snapshot)
    tasks: list[Task] = [_antrea_config(config_map_name(antrea.daemon_set), antrea.namespace)]
    kube_proxy = next((item for item in snapshot.daemon_sets if item.metadata.name == "kube-proxy"), None)
    tasks.append(_kube_proxy_config(kube_proxy) if kube_proxy else _kube_proxy_pods(snapshot))
    if any(node.is_windows for node in snapshot.nodes):
        tasks.append(_config_beside(WINDOWS_CONFIG_MAP, antrea.namespace))
    return tasks


def _antrea_config(name: str, namespace: str) -> Task:
    def task(get: Get) -> Part:
        part = read_one(get, Source.CONFIG_MAPS, name, namespace)
        if part.gaps:
            return replace(part, gaps=tuple(replace(gap, namespace="") for gap in part.gaps))
        return replace(part, reads=frozenset({(Source.CONFIG_MAPS, "")}))  # no other ConfigMap is ever needed

    return task


def _kube_proxy_config(daemon_set: DaemonSet | None) -> Task:
    volumes = daemon_set.spec.template.spec.volumes if daemon_set else []
    named = (volume.config_map.name for volume in volumes if volume.config_map)
    name = next((name for name in named if name.startswith("kube-proxy")), "kube-proxy")
    return _config_beside(name, KUBE_PROXY_NAMESPACE)


def _config_beside(name: str, namespace: str) -> Task:
    """A ConfigMap beside that of Antrea's Linux agents: without it the rest can still be told."""

    def task(get: Get) -> Part:
        part = read_one(get, Source.CONFIG_MAPS, name, namespace)
        return replace(part, gaps=tuple(replace(gap, partial=True) for gap in part.gaps))

    return task


def _kube_proxy_pods(snapshot: Snapshot) -> Task:
    """Pods of kube-proxy where there is no DaemonSet: static Pods carry one of two labels."""
    can_know = snapshot.gap(Source.DAEMON_SETS) is None
    labels = ("k8s-app=kube-proxy", "component=kube-proxy") if can_know else ("k8s-app=kube-proxy",)

    def task(get: Get) -> Part:
        part = Part(Source.PODS)
        for label in labels:
            part = read_list(get, Source.PODS, KUBE_PROXY_NAMESPACE, query={"labelSelector": label})
            if part.items or part.failure:
                return part
        return part

    return task


def give_up_if_useless(parts: Iterable[Part], server: str) -> None:
    """Raises ConnectionTrouble when no list came and not for want of rights."""
    parts = list(parts)
    gaps = [gap for part in parts for gap in part.gaps]
    if gaps and all(gap.reason in _USELESS for gap in gaps):
        failure = next((part.failure for part in parts if part.failure), None)
        if failure:
            raise ConnectionTrouble(failure.what, failure.why, failure.next_step or "Try again.")
        raise ConnectionTrouble(
            f"{server} cannot be used.", gaps[0].detail, "Check the server in the kubeconfig, and try again."
        )
