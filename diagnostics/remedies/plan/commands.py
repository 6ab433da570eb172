"""Builds kubectl and helm command lines; the only place where values are quoted for a shell.

Every line names the context, the namespace of a namespaced object, and the full resource with its API group. A
value that could not be written back faithfully (control or invisible characters, or the mark that stands for one
replaced at reading) is refused rather than changed: the command would reach another object.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from diagnostics.model.text import REPLACEMENT, UNSAFE

FIELD_MANAGER = "antrea-doctor"


class Resource(StrEnum):
    """Resources by the full name that kubectl takes."""

    SERVICES = "services"
    NODES = "nodes"
    PODS = "pods"
    CONFIG_MAPS = "configmaps"
    NAMESPACES = "namespaces"
    DAEMON_SETS = "daemonsets.apps"
    DEPLOYMENTS = "deployments.apps"
    SLICES = "endpointslices.discovery.k8s.io"
    CLUSTER_POLICIES = "clusternetworkpolicies.crd.antrea.io"
    ANTREA_POLICIES = "networkpolicies.crd.antrea.io"
    NETWORK_POLICIES = "networkpolicies.networking.k8s.io"
    AGENT_INFOS = "antreaagentinfos.crd.antrea.io"
    TRACEFLOWS = "traceflows.crd.antrea.io"
    ARGO_APPLICATIONS = "applications.argoproj.io"
    FLUX_KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io"
    HELM_RELEASES = "helmreleases.helm.toolkit.fluxcd.io"
    ANTREA_INSTALLS = "antreainstalls.operator.antrea.vmware.com"
    CLUSTER_POLICY_STATS = "antreaclusternetworkpolicystats.stats.antrea.io"


class UnsafeValueError(ValueError):
    """A value that no command line can carry safely; the message names it and says what to do."""


def quoted(value: str) -> str:
    """One shell word. Raises UnsafeValueError for control, invisible or replaced characters."""
    if UNSAFE.search(value) or any(mark in value for mark in ("\n", "\t", REPLACEMENT)):
        raise UnsafeValueError(
            f"{value!a} has characters that cannot stand in a command. Rename it, or write the command by hand."
        )
    return shlex.quote(value)


def object_name(name: str) -> str:
    """The name of an object as a shell word. Raises UnsafeValueError when kubectl would read it as something else.

    k8s:staging/src/k8s.io/apimachinery/pkg/api/validation/path IsValidPathSegmentName, and no leading dash.
    """
    if not name or name in (".", "..") or name.startswith("-") or any(mark in name for mark in "/%"):
        raise UnsafeValueError(f"{name!a} is not the name of a Kubernetes object.")
    return quoted(name)


def line(*words: str, into: str = "") -> str:
    """A command line of these words, each quoted; `into` names the file that takes its output."""
    command = " ".join(quoted(word) for word in words)
    return f"{command} > {quoted(into)}" if into else command


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl against one context of the kubeconfig; an empty context is left out."""

    context: str = ""

    def get(
        self,
        resource: Resource,
        name: str = "",
        namespace: str = "",
        *,
        output: str,
        into: str = "",
        missing_ok: bool = False,
    ) -> str:
        """Reads one object, or all when no name is given. `output` is the value of `-o`.

        With `missing_ok` an object that is not there is no error: nothing is printed.
        """
        target = (self._name(name),) if name else ()
        calm = ("--ignore-not-found=true",) if missing_ok else ()
        return self._line("get", namespace, (resource.value, *target, "-o", output, *calm), into)

    def everywhere(self, resource: Resource, labels: str, *, output: str) -> str:
        """Reads the objects with these labels in all namespaces."""
        return self._line("get", "", (resource.value, "-A", "-l", labels, "-o", output))

    def find(self, resource: Resource, name: str, *, output: str) -> str:
        """Reads the objects of that name in whatever namespace they are."""
        return self._line("get", "", (resource.value, "-A", f"--field-selector=metadata.name={name}", "-o", output))

    def kustomize(self, verb: str) -> str:
        """`apply` or `diff` of the kustomization in the working folder."""
        return self._line(verb, "", ("-k", "."))

    def api_server(self) -> str:
        """Prints the address of the API server that the kubeconfig names for the context."""
        return self._line("config", "", ("view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"))

    def patch(self, resource: Resource, name: str, namespace: str, file: str) -> str:
        """A merge patch out of a file; with `metadata.resourceVersion` in it a concurrent change makes it fail."""
        return self._line(
            "patch",
            namespace,
            (
                resource.value,
                self._name(name),
                "--type=merge",
                f"--patch-file={file}",
                f"--field-manager={FIELD_MANAGER}",
            ),
        )

    def try_patch(self, resource: Resource, name: str, namespace: str, file: str, *, into: str) -> str:
        """What the server would make of the object by that patch, into a file; changes nothing."""
        rest = (resource.value, self._name(name), "--type=merge", f"--patch-file={file}", "--dry-run=server")
        return self._line("patch", namespace, (*rest, f"--field-manager={FIELD_MANAGER}", "-o", "yaml"), into)

    def merge(self, resource: Resource, name: str, namespace: str, change: Mapping[str, object]) -> str:
        """A small merge patch that stands in the command itself."""
        said = json.dumps(change, ensure_ascii=False)
        rest = (resource.value, self._name(name), "--type=merge", f"--patch={said}", f"--field-manager={FIELD_MANAGER}")
        return self._line("patch", namespace, rest)

    def annotate(self, resource: Resource, name: str, namespace: str, key: str, value: str | None) -> str:
        """Sets an annotation, or removes it when the value is None."""
        change = (f"{key}-",) if value is None else (f"{key}={value}", "--overwrite")
        manager = f"--field-manager={FIELD_MANAGER}"
        return self._line("annotate", namespace, (resource.value, self._name(name), *change, manager))

    def dry_run(self, file: str, namespace: str = "") -> str:
        """Asks the API server and admission what they would say; changes nothing."""
        return self._apply(file, namespace, "--dry-run=server", "--validate=strict")

    def apply(self, file: str, namespace: str = "") -> str:
        """Server-side apply of a file."""
        return self._apply(file, namespace, "--validate=strict")

    def create(self, file: str) -> str:
        """Creates the cluster-scoped object of a file; fails when it is there already."""
        return self._line("create", "", ("--validate=strict", f"--field-manager={FIELD_MANAGER}", "-f", file))

    def try_create(self, file: str) -> str:
        """Reads a file as `create` would and prints the object's name; asks the server only for its schema."""
        return self._line("create", "", ("--dry-run=client", "-o", "name", "-f", file))

    def stripped(self, file: str, change: Mapping[str, object], *, into: str) -> str:
        """A copy of a file with a merge patch applied on this machine; the cluster is not touched."""
        rest = ("--local", "--type=merge", f"--patch={json.dumps(change)}", "-o", "yaml", "-f", file)
        return self._line("patch", "", rest, into)

    def delete(self, resource: Resource, name: str, namespace: str = "") -> str:
        """Deletes one object; no complaint when it is gone already."""
        return self._line("delete", namespace, (resource.value, self._name(name), "--ignore-not-found=true"))

    def pods(self, labels: str, namespace: str, *, output: str, node: str = "") -> str:
        """Reads the Pods with these labels, on one Node or on all."""
        return self._line("get", namespace, (Resource.PODS.value, *_of(labels, node), "-o", output))

    def logs(self, pod: str, namespace: str, container: str) -> str:
        """Prints the end of the log of one container."""
        return self._line("logs", namespace, (self._name(pod), "-c", container, "--tail=50"))

    def delete_pods(self, labels: str, namespace: str, node: str) -> str:
        """Deletes the Pods with these labels on one Node and waits until they are gone."""
        return self._line("delete", namespace, (Resource.PODS.value, *_of(labels, node)))

    def rollout_restart(self, name: str, namespace: str, resource: Resource = Resource.DAEMON_SETS) -> str:
        """Restarts the Pods of a DaemonSet (Node by Node) or Deployment."""
        return self._line("rollout", namespace, ("restart", resource.value, self._name(name)))

    def rollout_status(
        self, name: str, namespace: str, timeout: str = "10m", resource: Resource = Resource.DAEMON_SETS
    ) -> str:
        """Waits until all Pods of a DaemonSet or Deployment are of the newest generation and ready."""
        return self._line("rollout", namespace, ("status", resource.value, self._name(name), f"--timeout={timeout}"))

    def _apply(self, file: str, namespace: str, *flags: str) -> str:
        return self._line("apply", namespace, ("--server-side", f"--field-manager={FIELD_MANAGER}", *flags, "-f", file))

    def _line(self, verb: str, namespace: str, rest: tuple[str, ...], into: str = "") -> str:
        where = ("--context", self.context) if self.context else ()
        within = ("-n", self._name(namespace)) if namespace else ()
        return line("kubectl", *where, *within, verb, *rest, into=into)

    @staticmethod
    def _name(name: str) -> str:
        object_name(name)
        return name


def _of(labels: str, node: str) -> tuple[str, ...]:
    return ("-l", labels, *((f"--field-selector=spec.nodeName={node}",) if node else ()))


def helm_values(context: str, namespace: str, release: str, into: str = "") -> str:
    """Reads the values of a Helm release, into a file or to look at."""
    return _helm(context, namespace, "get", "values", release, "-o", "yaml", into=into)


def helm_upgrade(
    context: str,
    namespace: str,
    release: str,
    version: str,
    *,
    settings: tuple[str, ...] = (),
    values: str = "",
    only: bool = False,
) -> str:
    """Sets values of Antrea's Helm release and leaves all others: `settings` as `key=value`, `values` by a file.

    antrea:docs/helm.md. `version` keeps the chart at the release that runs; empty leaves it out. With `only` all other
    values go back to those of the chart.
    """
    pinned = ("--version", version) if version else ()
    others = "--reset-values" if only else "--reuse-values"
    said = (*(("-f", values) if values else ()), *(word for setting in settings for word in ("--set", setting)))
    return _helm(context, namespace, "upgrade", release, "antrea/antrea", *pinned, others, *said)


def _helm(context: str, namespace: str, *words: str, into: str = "") -> str:
    where = ("--kube-context", context) if context else ()
    return line("helm", *where, "-n", namespace, *words, into=into)
