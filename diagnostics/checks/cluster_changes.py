"""What differs between two Snapshots in the objects that concern more than one Service: releases, Nodes, policies.

Only places that were read both times are compared: what could be read once only neither came nor went.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from diagnostics.checks.differences import Difference, fact_differences, value_differences
from diagnostics.model.agent_config import ConfigError, read_yaml
from diagnostics.model.antrea import running_on
from diagnostics.model.meta import Fact
from diagnostics.model.snapshot import Snapshot, Source
from diagnostics.model.workload import ConfigMap


class Became(StrEnum):
    """What happened to an object between two Snapshots."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """Objects of one kind with which the same happened; a change of the cluster itself has no names."""

    kind: str
    names: tuple[str, ...]
    became: Became
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    source: Source
    field: str
    word: str
    parts: tuple[str, ...] = ("spec",)


_KINDS = (
    _Kind(Source.NODES, "nodes", "Node", ("spec", "status")),
    _Kind(Source.DAEMON_SETS, "daemon_sets", "DaemonSet"),
    _Kind(Source.CONFIG_MAPS, "config_maps", "ConfigMap"),
    _Kind(Source.AGENT_INFOS, "agent_infos", "AntreaAgentInfo"),
    _Kind(Source.NAMESPACES, "namespaces", "Namespace", ("metadata.labels",)),
    _Kind(Source.NETWORK_POLICIES, "network_policies", "NetworkPolicy"),
    _Kind(Source.CLUSTER_POLICIES, "cluster_policies", "Antrea ClusterNetworkPolicy"),
    _Kind(Source.ANTREA_POLICIES, "antrea_policies", "Antrea NetworkPolicy"),
    _Kind(Source.TIERS, "tiers", "Tier"),
    _Kind(Source.CLUSTER_GROUPS, "cluster_groups", "ClusterGroup"),
    _Kind(Source.GROUPS, "groups", "Group"),
    _Kind(Source.EGRESSES, "egresses", "Egress", ("spec", "status")),
    _Kind(Source.ADMIN_POLICIES, "admin_policies", "AdminNetworkPolicy"),
    _Kind(Source.BASELINE_ADMIN_POLICIES, "baseline_admin_policies", "BaselineAdminNetworkPolicy"),
    _Kind(Source.UPSTREAM_CLUSTER_POLICIES, "upstream_cluster_policies", "ClusterNetworkPolicy"),
)


def cluster_changes(before: Snapshot, after: Snapshot) -> tuple[ObjectChange, ...]:
    """The changes, what concerns the whole cluster first; objects that changed alike stand together."""
    alike: dict[tuple[str, Became, tuple[Difference, ...]], list[str]] = {}
    for kind in _KINDS:
        for name, became, differences in _of_kind(kind, before, after):
            alike.setdefault((kind.word, became, differences), []).append(name)
    releases = tuple(value_differences(before.kubernetes_version, after.kubernetes_version, "version"))
    both_told = before.kubernetes_version and after.kubernetes_version
    kubernetes = (ObjectChange("Kubernetes", (), Became.CHANGED, releases),) if releases and both_told else ()
    found = (ObjectChange(word, tuple(names), became, what) for (word, became, what), names in alike.items())
    return (*kubernetes, *found)


def read_both_times(before: Snapshot, after: Snapshot, source: Source, namespace: str) -> bool:
    """Whether objects of that place can be compared."""
    return before.gap(source, namespace) is None and after.gap(source, namespace) is None


def _of_kind(kind: _Kind, before: Snapshot, after: Snapshot) -> Iterator[tuple[str, Became, tuple[Difference, ...]]]:
    was, now = ({item.metadata.key: item for item in getattr(each, kind.field)} for each in (before, after))
    for name in sorted({*was, *now}):
        old, new = was.get(name), now.get(name)
        if not read_both_times(before, after, kind.source, name.rpartition("/")[0]):
            continue
        if old is None or new is None:
            yield name, (Became.NEW if old is None else Became.GONE), ()
        elif differences := tuple(_between(kind, before, after, old, new)):
            yield name, Became.CHANGED, differences


def _between(kind: _Kind, before: Snapshot, after: Snapshot, old: Fact, new: Fact) -> Iterator[Difference]:
    match kind.source:
        case Source.AGENT_INFOS:
            name = new.metadata.name  # type: ignore[attr-defined]
            yield from value_differences(_runs(before, name), _runs(after, name), "")
        case Source.CONFIG_MAPS:
            was, now = _settings(old), _settings(new)
            for key in sorted({*was, *now}):
                yield from value_differences(was.get(key), now.get(key), key)
        case _:
            yield from fact_differences(old, new, *kind.parts)


def _runs(snapshot: Snapshot, node: str) -> dict[str, object]:
    """What an agent reports, without the numbers that change all the time."""
    running = running_on(snapshot, node)
    words = {True: "runs", False: "does not run", None: "not told"}
    return {
        "version": running.version,
        "AntreaProxy": words[running.proxy],
        "proxyAll": words[running.proxy_all],
        "DSR": words[running.dsr],
        "policies": words[running.policy],
    }


def _settings(config_map: Fact) -> dict[str, object]:
    """The data, each file of settings taken apart where it is YAML."""
    assert isinstance(config_map, ConfigMap)
    return {key: _parsed(text) for key, text in config_map.data.items()}


def _parsed(text: str) -> object:
    try:
        found = read_yaml(text)
    except ConfigError:
        return text
    return msgspec.to_builtins(found) if isinstance(found, dict) else text
