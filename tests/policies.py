"""Policies for tests, written as an operator writes them: YAML, read into the model's own structs."""

from dataclasses import replace

import msgspec
import yaml

from diagnostics.model.meta import Meta
from diagnostics.model.policies import AntreaPolicy, Group, NetworkPolicy, Tier
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.upstream_policies import UpstreamPolicy
from diagnostics.model.workload import ConfigMap, Namespace

_LISTS: dict[tuple[str, str], tuple[str, type]] = {
    ("networking.k8s.io", "NetworkPolicy"): ("network_policies", NetworkPolicy),
    ("crd.antrea.io", "ClusterNetworkPolicy"): ("cluster_policies", AntreaPolicy),
    ("crd.antrea.io", "NetworkPolicy"): ("antrea_policies", AntreaPolicy),
    ("crd.antrea.io", "Tier"): ("tiers", Tier),
    ("crd.antrea.io", "ClusterGroup"): ("cluster_groups", Group),
    ("crd.antrea.io", "Group"): ("groups", Group),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"): ("admin_policies", UpstreamPolicy),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"): ("baseline_admin_policies", UpstreamPolicy),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"): ("upstream_cluster_policies", UpstreamPolicy),
}

KUBERNETES = "networking.k8s.io/v1"
ANTREA = "crd.antrea.io/v1beta1"
ADMIN = "policy.networking.k8s.io/v1alpha1"
UPSTREAM = "policy.networking.k8s.io/v1alpha2"


def with_objects(snapshot: Snapshot, text: str) -> Snapshot:
    """The Snapshot with the policies, tiers, groups and namespaces of a YAML stream added."""
    for value in yaml.safe_load_all(text):
        if value["kind"] == "Namespace":
            item = Namespace(metadata=msgspec.convert(value["metadata"], Meta))
            snapshot = replace(snapshot, namespaces=(*snapshot.namespaces, item))
            continue
        field, kind = _LISTS[value["apiVersion"].split("/")[0], value["kind"]]
        item = msgspec.convert(value, kind)
        snapshot = replace(snapshot, **{field: (*getattr(snapshot, field), item)})  # type: ignore[arg-type]
    return snapshot


def network_policy(spec: str, name: str = "np", namespace: str = "default") -> str:
    """A Kubernetes NetworkPolicy of one `spec` in flow style, such as `{podSelector: {}}`."""
    return _object(KUBERNETES, "NetworkPolicy", spec, name, namespace)


def antrea_policy(spec: str, name: str = "acnp", namespace: str = "") -> str:
    """An Antrea ClusterNetworkPolicy, or with a namespace an Antrea NetworkPolicy, of one `spec` in flow style."""
    return _object(ANTREA, "NetworkPolicy" if namespace else "ClusterNetworkPolicy", spec, name, namespace)


def admin_policy(spec: str, name: str = "anp") -> str:
    """An AdminNetworkPolicy of one `spec` in flow style."""
    return _object(ADMIN, "AdminNetworkPolicy", spec, name, "")


def baseline_admin_policy(spec: str) -> str:
    """The BaselineAdminNetworkPolicy, a singleton, of one `spec` in flow style."""
    return _object(ADMIN, "BaselineAdminNetworkPolicy", spec, "default", "")


def upstream_policy(spec: str, name: str = "cnp") -> str:
    """A ClusterNetworkPolicy of policy.networking.k8s.io of one `spec` in flow style."""
    return _object(UPSTREAM, "ClusterNetworkPolicy", spec, name, "")


def with_gates(snapshot: Snapshot, **gates: bool) -> Snapshot:
    """The Snapshot with feature gates in the configuration of Antrea's controller."""
    text = yaml.safe_dump({"featureGates": gates})

    def changed(item: ConfigMap) -> ConfigMap:
        if item.metadata.name != "antrea-config":
            return item
        return msgspec.structs.replace(item, data={**item.data, "antrea-controller.conf": text})

    return replace(snapshot, config_maps=tuple(map(changed, snapshot.config_maps)))


def group(spec: str, name: str, namespace: str = "") -> str:
    """A ClusterGroup, or with a namespace a Group, of one `spec` in flow style."""
    return _object(ANTREA, "Group" if namespace else "ClusterGroup", spec, name, namespace)


def tier(name: str, priority: int) -> str:
    """A Tier."""
    return _object(ANTREA, "Tier", f"{{priority: {priority}}}", name, "")


def _object(version: str, kind: str, spec: str, name: str, namespace: str) -> str:
    where = f", namespace: {namespace}" if namespace else ""
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{where}}}\nspec: {spec}\n"
