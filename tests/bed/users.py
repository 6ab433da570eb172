"""Users of the bed with exactly the rights a test gives them: ServiceAccounts with a token and a kubeconfig each."""

import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bed.api import Api, ApiError, Object

Rule = dict[str, Any]
"""A rule of a Role or ClusterRole, as in YAML."""

HOME = "default"
"""The namespace of ServiceAccounts whose rights hold everywhere: one that exists anyway."""

LONGEST_WAIT = 5.0
"""Seconds until which new rights have to hold."""

_numbers = itertools.count(1)  # a name is never used again, since rights wiped a moment ago may still be cached


def reading(group: str, *resources: str) -> Rule:
    """The rule to get, list and watch resources of an API group."""
    return {"apiGroups": [group], "resources": list(resources), "verbs": ["get", "list", "watch"]}


READ_WORKLOADS = [
    reading("", "services", "pods"),
    reading("discovery.k8s.io", "endpointslices"),
    reading("networking.k8s.io", "networkpolicies"),
    reading("apps", "daemonsets", "deployments", "replicasets"),
]
READ_NAMESPACES = [reading("", "namespaces")]
READ_NODES = [reading("", "nodes")]
READ_CONFIG_MAPS = [reading("", "configmaps")]
READ_ANTREA = [reading("crd.antrea.io", "*")]


@dataclass(frozen=True)
class User:
    """Somebody who may talk to the server."""

    name: str  # as the server calls him
    kubeconfig: Path
    api: Api


class Users:
    """Makes users. Their rights end with the next wipe."""

    def __init__(self, admin: Api, folder: Path) -> None:
        """Write the kubeconfigs into `folder`."""
        self._admin = admin
        self._folder = folder

    def admin(self) -> User:
        """Who may do everything."""
        return User("admin", self._kubeconfig("admin", self._admin.token), self._admin)

    def namespace_only(self, namespace: str) -> User:
        """Reads everything in one existing namespace, Antrea's kinds included, and nothing elsewhere."""
        rules = [*READ_WORKLOADS, *READ_CONFIG_MAPS, *READ_ANTREA]
        return self.with_rules(rules, namespace=namespace)

    def without_antrea(self) -> User:
        """Reads everything but Antrea's kinds."""
        return self.with_rules([*READ_WORKLOADS, *READ_NAMESPACES, *READ_NODES, *READ_CONFIG_MAPS])

    def without_config_maps(self) -> User:
        """Reads everything but ConfigMaps, those of kube-system among them."""
        return self.with_rules([*READ_WORKLOADS, *READ_NAMESPACES, *READ_NODES, *READ_ANTREA])

    def without_nodes(self) -> User:
        """Reads everything but Nodes."""
        return self.with_rules([*READ_WORKLOADS, *READ_NAMESPACES, *READ_CONFIG_MAPS, *READ_ANTREA])

    def with_role(self, role: Mapping[str, Any]) -> User:
        """Exactly the rights of a Role (in its namespace) or ClusterRole (everywhere), given as in YAML."""
        namespace = role["metadata"]["namespace"] if role["kind"] == "Role" else None
        return self.with_rules(role["rules"], namespace=namespace)

    def with_rules(self, rules: Sequence[Rule], namespace: str | None = None) -> User:
        """Exactly these rules, everywhere or in one existing namespace, on top of what everybody may."""
        name, home = f"user-{next(_numbers)}", namespace or HOME
        self._bind(name, home, [*rules, _mark(name)], everywhere=namespace is None)
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        answer = self._admin.send("POST", f"/api/v1/namespaces/{home}/serviceaccounts/{name}/token", request)
        token = answer["status"]["token"]
        api = self._admin.as_user(token)
        self._wait_until_in_force(api, name, home)
        return User(f"system:serviceaccount:{home}:{name}", self._kubeconfig(name, token, namespace), api)

    def _bind(self, name: str, home: str, rules: list[Rule], *, everywhere: bool) -> None:
        group = "rbac.authorization.k8s.io"
        role, root = ("ClusterRole", "") if everywhere else ("Role", f"/namespaces/{home}")
        self._admin.send("POST", f"/api/v1/namespaces/{home}/serviceaccounts", {"metadata": {"name": name}})
        roles = f"/apis/{group}/v1{root}/{role.lower()}"
        self._admin.send("POST", f"{roles}s", {"metadata": {"name": name}, "rules": rules})
        binding: Object = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": role, "name": name},
            "subjects": [{"kind": "ServiceAccount", "namespace": home, "name": name}],
        }
        self._admin.send("POST", f"{roles}bindings", binding)

    def _wait_until_in_force(self, api: Api, name: str, home: str) -> None:
        mark = {"group": "bed", "resource": "marks", "name": name, "verb": "get", "namespace": home}
        review = {"spec": {"resourceAttributes": mark}}
        end = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < end:
            try:
                answer = api.send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
                if answer["status"]["allowed"]:
                    return
            except ApiError:  # the account itself is not known yet
                pass
            time.sleep(0.01)
        raise TimeoutError(f"the rights of {name} do not hold after {LONGEST_WAIT:.0f} s")

    def _kubeconfig(self, name: str, token: str, namespace: str | None = None) -> Path:
        context = {"cluster": "bed", "user": name} | ({"namespace": namespace} if namespace else {})
        server = {"server": self._admin.url, "certificate-authority": str(self._admin.ca_file)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "bed",
            "clusters": [{"name": "bed", "cluster": server}],
            "contexts": [{"name": "bed", "context": context}],
            "users": [{"name": name, "user": {"token": token}}],
        }
        path = self._folder / f"{name}.kubeconfig"
        path.write_text(json.dumps(config, indent=1))  # JSON is YAML
        return path


def _mark(name: str) -> Rule:
    """A right to a thing that does not exist, unique to the user: once it holds, so do the others of the role."""
    return {"apiGroups": ["bed"], "resources": ["marks"], "resourceNames": [name], "verbs": ["get"]}
