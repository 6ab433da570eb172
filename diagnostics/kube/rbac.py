"""The rights that reading needs, and nothing more: what `antrea-doctor rbac` prints."""

from dataclasses import dataclass

from diagnostics.kube.kinds import KINDS, resource_name
from diagnostics.model.snapshot import Source

ROLE_NAME = "antrea-doctor"
CONFIG_MAPS = ("antrea-config", "antrea-windows-config", "kube-proxy", "kube-proxy-config")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a ClusterRole; `why` says what is lost without it."""

    group: str
    resources: tuple[str, ...]
    verb: str
    why: str
    names: tuple[str, ...] = ()


def _listed(why: str, *sources: Source, verb: str = "list") -> Rule:
    (group,) = {KINDS[source].group for source in sources}
    return Rule(group, tuple(resource_name(source) for source in sources), verb, why)


def _followed(why: str, *sources: Source) -> Rule:
    """Lists that the app keeps true by watching them; without that right it reads them on ctrl-r."""
    return _listed(f"{why}; watch: the app shows changes as they come", *sources, verb="list, watch")


RULES: tuple[Rule, ...] = (
    _followed("Services, the Nodes' addresses", Source.SERVICES, Source.NODES),
    _listed("backend Pods, labels of namespaces", Source.PODS, Source.NAMESPACES),
    Rule("", ("configmaps",), "get", "the configuration of Antrea and of kube-proxy, and no other", CONFIG_MAPS),
    _followed("where the endpoints of a Service are", Source.SLICES),
    _followed("whether Antrea and kube-proxy run", Source.DAEMON_SETS),
    _listed("policies of Kubernetes", Source.NETWORK_POLICIES),
    _followed("what the agents run", Source.AGENT_INFOS),
    _listed("policies of Antrea",
            Source.CLUSTER_POLICIES, Source.ANTREA_POLICIES, Source.TIERS,
            Source.CLUSTER_GROUPS, Source.GROUPS),
    _listed("which Pods an Egress speaks of", Source.EGRESSES),
    _listed("policies of cluster admins, where the cluster has such kinds",
            Source.ADMIN_POLICIES, Source.BASELINE_ADMIN_POLICIES, Source.UPSTREAM_CLUSTER_POLICIES),
)  # fmt: skip


WRITE_RULES: tuple[Rule, ...] = (
    Rule("", ("services",), "get, patch", "annotations and policies of Services"),
    Rule("", ("configmaps",), "get, patch", "the configuration of Antrea, and no other", CONFIG_MAPS[:2]),
    Rule("apps", ("daemonsets", "deployments"), "get, patch", "restarts of Antrea, and no others",
         ("antrea-agent", "antrea-agent-windows", "antrea-controller")),
    Rule("networking.k8s.io", ("networkpolicies",), "get, create, patch, delete", "policies on Pods"),
    Rule("crd.antrea.io", ("clusternetworkpolicies", "networkpolicies"), "get, create, patch, delete",
         "policies of Antrea"),
    Rule("crd.antrea.io", ("traceflows",), "get, create, delete", "proof by live traffic"),
)  # fmt: skip


def rbac_yaml() -> str:
    """A ClusterRole as YAML, without a final newline. Who gets it is for the operator to say."""
    return "\n".join(
        (
            "# Everything that antrea-doctor reads. Bind it to a user or group:",
            f"#   kubectl create clusterrolebinding {ROLE_NAME} --clusterrole={ROLE_NAME} --user=NAME",
            "# Antrea up to v1.6 has a hash in the name of its ConfigMap: add that name to resourceNames.",
            *_role(ROLE_NAME, RULES),
        )
    )


def write_rbac_yaml() -> str:
    """The ClusterRole for `--allow-write`, likewise: what applying, undoing and proving plans needs on top.

    Removing kube-proxy and canary restarts need more (delete DaemonSets or Pods); grant that for the day.
    """
    name = f"{ROLE_NAME}-write"
    return "\n".join(
        (
            "# What antrea-doctor changes with --allow-write, beside what it reads. Bind it only to whom you trust:",
            f"#   kubectl create clusterrolebinding {name} --clusterrole={name} --user=NAME",
            "# To remove kube-proxy, or to restart the agent of a single Node, the rights to delete DaemonSets and",
            "# ConfigMaps, or Pods, in that namespace are needed too: give them for the day.",
            *_role(name, WRITE_RULES),
        )
    )


def _role(name: str, rules: tuple[Rule, ...]) -> list[str]:
    lines = [
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: ClusterRole",
        "metadata:",
        f"  name: {name}",
        "rules:",
    ]
    for rule in rules:
        lines += [
            f"  # {rule.why}",
            f'  - apiGroups: ["{rule.group}"]',
            f"    resources: [{', '.join(rule.resources)}]",
        ]
        if rule.names:
            lines.append(f"    resourceNames: [{', '.join(rule.names)}]")
        lines.append(f"    verbs: [{rule.verb}]")
    return lines
