"""A Snapshot as Kubernetes objects that can be given away: the fields that the engine reads, and no others.

The facts are the list of what is stored. Left out of them is what the engine does not need to know in full: of
annotations all that no check asks for (what kubectl keeps there of a whole object among them), of ConfigMaps all but
the configuration of Antrea and kube-proxy, of containers their arguments. Environments, Secrets and the rest of a Pod
are not among the facts at all.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from diagnostics.kube.documents import KubeObject
from diagnostics.kube.kinds import KINDS
from diagnostics.kube.recording import RECORDING_KIND, RECORDING_VERSION, Recording, noted
from diagnostics.model.agent_config import ConfigError, read_yaml
from diagnostics.model.antrea import AGENT_CONFIG_KEY, CONTROLLER_CONFIG_KEY
from diagnostics.model.kube_proxy import KUBE_PROXY_CONFIG_KEYS
from diagnostics.model.meta import Fact, LabelSelector, Meta
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import ConfigMap, Container, Pod

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
ANNOTATIONS = (
    "antrea-doctor/",
    "service.antrea.io/",
    "node.antrea.io/",
    "service.kubernetes.io/topology-",
    # load balancers
    "service.beta.kubernetes.io/",
    "metallb.io/",
    "metallb.universe.tf/",
    "kube-vip.io/",
    "purelb.io/",
    "networking.gke.io/load-balancer-type",
    "cloud.google.com/l4-rbs",
    "loadbalancer.openstack.org/",
    "load-balancer.hetzner.cloud/",
    # who owns an object, and on which platform
    "argocd.argoproj.io/",
    "meta.helm.sh/",
    "kubeadm.alpha.kubernetes.io/cri-socket",
    "kubernetes.azure.com/cluster",
    "node.openshift.io/os_id",
)
"""Beginnings of the annotation keys that are stored with their values."""
DATA_KEYS = (AGENT_CONFIG_KEY, CONTROLLER_CONFIG_KEY, *KUBE_PROXY_CONFIG_KEYS)
"""Keys of ConfigMaps that are stored."""
KUBECONFIG_KEYS = ("kubeconfig.conf", "kubeconfig")
"""Keys of which the servers alone are stored: a kubeconfig may hold credentials."""
_TELLS_NOTHING: tuple[object, ...] = (None, "", 0, [], {})


class _Server(msgspec.Struct, frozen=True):
    server: str = ""


class _Cluster(msgspec.Struct, frozen=True):
    cluster: _Server = msgspec.field(default_factory=_Server)


class _Kubeconfig(msgspec.Struct, frozen=True):
    clusters: list[_Cluster] = msgspec.field(default_factory=list)


def stored(snapshot: Snapshot, scope: str) -> Iterator[KubeObject]:
    """The Recording and then each object; `scope` says for which Services policies and Pods were read."""
    yield {"apiVersion": RECORDING_VERSION, "kind": RECORDING_KIND, **msgspec.to_builtins(_recording(snapshot, scope))}
    for kind in KINDS.values():
        version = f"{kind.group}/{kind.version}" if kind.group else kind.version
        for fact in getattr(snapshot, kind.field):
            yield {"apiVersion": version, "kind": kind.kind, **_fields(fact)}


def _recording(snapshot: Snapshot, scope: str) -> Recording:
    reads, gaps = noted(snapshot)
    taken_at = datetime.fromtimestamp(snapshot.taken_at, UTC).isoformat() if snapshot.taken_at else ""
    return Recording(
        context=snapshot.context,
        server=snapshot.origin,
        scope=scope,
        kubernetes_version=snapshot.kubernetes_version,
        taken_at=taken_at,
        reads=reads,
        gaps=gaps,
    )


def _fields(fact: Fact) -> dict[str, Any]:
    """The fields of a fact as the API spells them, without those that say no more than their absence would."""
    found = {}
    for name, key, default in _layout(type(fact)):
        value = _value(getattr(fact, name))
        if value not in _TELLS_NOTHING or isinstance(getattr(fact, name), LabelSelector) or value != _value(default()):
            found[key] = value
    return _LEFT_OUT.get(type(fact), dict)(found) if not isinstance(fact, Meta) else _meta(found)


def _value(value: Any) -> Any:
    match value:
        case Fact():
            return _fields(value)
        case list():
            return [_value(item) for item in value]
        case _:
            return value


@cache
def _layout(of: type[Fact]) -> tuple[tuple[str, str, Callable[[], Any]], ...]:
    """Name, key in the API and maker of the default of each field."""
    return tuple((item.name, item.encode_name, _maker(item)) for item in msgspec.structs.fields(of))


def _maker(item: msgspec.structs.FieldInfo) -> Callable[[], Any]:
    if item.default_factory is not msgspec.NODEFAULT:
        return item.default_factory  # type: ignore[no-any-return]
    default = item.default
    return lambda: default


def _meta(found: dict[str, Any]) -> dict[str, Any]:
    notes = {key: value for key, value in found.get("annotations", {}).items() if key.startswith(ANNOTATIONS)}
    if LAST_APPLIED in found.get("annotations", {}):
        notes[LAST_APPLIED] = ""  # that kubectl applied it tells who owns it
    rest = {key: value for key, value in found.items() if key != "annotations"}
    return rest | ({"annotations": notes} if notes else {})


def _data(found: dict[str, Any]) -> dict[str, Any]:
    data = found.get("data", {})
    kept = {key: text for key, text in data.items() if key in DATA_KEYS}
    kept |= {key: _servers(text) for key, text in data.items() if key in KUBECONFIG_KEYS}
    return {**found, "data": kept}


def _servers(kubeconfig: str) -> str:
    """A kubeconfig with nothing but the addresses of its servers; empty when it is none."""
    try:
        clusters = msgspec.convert(read_yaml(kubeconfig), _Kubeconfig, strict=False).clusters
    except (ConfigError, msgspec.ValidationError):
        return ""
    return msgspec.json.encode(_Kubeconfig(clusters)).decode()  # which is YAML, too


def _container(found: dict[str, Any]) -> dict[str, Any]:
    program = [word for word in found.get("command", ()) if word.endswith("kube-proxy")]
    rest = {key: value for key, value in found.items() if key not in ("args", "command")}
    return rest | ({"command": program} if program else {})


def _pod(found: dict[str, Any]) -> dict[str, Any]:
    spec = {key: value for key, value in found.get("spec", {}).items() if key != "volumes"}
    return {**found, "spec": spec}


_LEFT_OUT: dict[type[Fact], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ConfigMap: _data,
    Container: _container,
    Pod: _pod,
}
"""What is left out of some kinds of fact."""
