"""Which policies are applied to the Pods behind a Service, and to which of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from diagnostics.model.case import Case
from diagnostics.model.meta import LabelSelector
from diagnostics.model.policies import AppliedTo, GroupSpec, NetworkPolicy
from diagnostics.policy.backend_pods import BackendPod, backend_pods, missing_labels, namespace_labels
from diagnostics.policy.groups import resolve_group, service_selector
from diagnostics.policy.labels import matches


class Coverage(StrEnum):
    """How many of the Pods behind the Service are selected."""

    ALL = "all"
    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Selection:
    """Pods, by name, that are selected for certain, and those of which it cannot be told; `missing` says why."""

    certain: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()

    def __or__(self, other: "Selection") -> "Selection":
        if not other:
            return self
        if not self:
            return other
        certain = self.certain | other.certain
        possible = (self.possible | other.possible) - certain
        missing = tuple(dict.fromkeys((*self.missing, *other.missing))) if possible else ()
        return Selection(certain, possible, missing)

    def __bool__(self) -> bool:
        return bool(self.certain or self.possible)

    def coverage(self, pods: int) -> Coverage:
        """Coverage of this many Pods."""
        if self.possible and not self.certain:
            return Coverage.UNKNOWN
        if not self.certain:
            return Coverage.NONE
        return Coverage.ALL if len(self.certain) == pods else Coverage.SOME


NOTHING = Selection()


@lru_cache(maxsize=1024)
def in_order(pods: frozenset[str]) -> tuple[str, ...]:
    """Names of Pods sorted; the same tuple for the same Pods, since many policies select them alike."""
    return tuple(sorted(pods))


def selected_by_network_policy(case: Case, policy: NetworkPolicy) -> Selection:
    """Pods that a Kubernetes NetworkPolicy applies to: those of its namespace that `spec.podSelector` selects."""
    if policy.metadata.namespace != case.namespace:
        return NOTHING
    return case.once(_pods).select(policy.spec.pod_selector)


def selected_by_applied_to(case: Case, applied_to: Iterable[AppliedTo], namespace: str) -> Selection:
    """Pods that the `appliedTo` of an Antrea policy or rule selects; `namespace` is the policy's own, if any."""
    selection = NOTHING
    for entry in applied_to:
        selection |= _applied_to(case, entry, namespace)
    return selection


def selected_by_labels(case: Case, pods: LabelSelector | None, namespaces: LabelSelector) -> Selection:
    """Pods that a cluster-wide policy selects by labels of Pods and of namespaces."""
    return _by_selectors(case, pods, namespaces, "")


def _applied_to(case: Case, entry: AppliedTo, namespace: str) -> Selection:
    pods = case.once(_pods)
    if entry.service or entry.node_selector or entry.external_entity_selector:
        return NOTHING
    if entry.group:
        return _group(case, entry.group, namespace)
    if entry.service_account:
        if entry.service_account.namespace != case.namespace:
            return NOTHING
        return pods.perhaps(f"which Pods run as ServiceAccount {case.namespace}/{entry.service_account.name}")
    if entry.pod_selector is None and entry.namespace_selector is None:
        return pods.perhaps("what an empty entry of appliedTo selects")
    return _by_selectors(case, entry.pod_selector, entry.namespace_selector, namespace)


def _group(case: Case, name: str, namespace: str) -> Selection:
    resolved = resolve_group(case, name, namespace)
    selection = NOTHING
    for spec in resolved.specs:
        selection |= _group_spec(case, spec, namespace)
    for missing in resolved.missing:
        selection |= case.once(_pods).perhaps(missing)
    return selection


def _group_spec(case: Case, spec: GroupSpec, namespace: str) -> Selection:
    if spec.service_reference:
        if spec.service_reference.namespace != case.namespace:
            return NOTHING
        match service_selector(case, spec.service_reference):
            case str() as missing:
                return case.once(_pods).perhaps(missing)
            case LabelSelector() as selector:
                return case.once(_pods).select(selector)
        return NOTHING
    if spec.node_selector or spec.external_entity_selector or spec.ip_blocks:
        return NOTHING
    if spec.pod_selector is None and spec.namespace_selector is None:
        return NOTHING
    if namespace and spec.namespace_selector:
        return case.once(_pods).perhaps("a Group with a namespaceSelector, which Antrea may refuse in appliedTo")
    return _by_selectors(case, spec.pod_selector, spec.namespace_selector, namespace)


def _by_selectors(
    case: Case, pod_selector: LabelSelector | None, namespace_selector: LabelSelector | None, namespace: str
) -> Selection:
    here: bool | None = not namespace or namespace == case.namespace
    if namespace_selector is not None:
        here = matches(namespace_selector, namespace_labels(case, case.namespace))
    if here is False:
        return NOTHING
    chosen = case.once(_pods).select(pod_selector or LabelSelector())
    if here:
        return chosen
    labels_missing = f"labels of namespace {case.namespace}"
    return Selection(possible=chosen.certain | chosen.possible, missing=(*chosen.missing, labels_missing))


class _Pods:
    """The Pods of a Case grouped by the labels that a selector asks for, so that each group is compared once."""

    def __init__(self, pods: Sequence[BackendPod], missing: str) -> None:
        self._pods = pods
        self._missing = (missing,) if missing else ()
        self._everyone = frozenset(pod.name for pod in pods)
        self._groups: dict[tuple[str, ...], list[tuple[BackendPod, frozenset[str]]]] = {}

    def select(self, selector: LabelSelector) -> Selection:
        selection = NOTHING
        for example, members in self._grouped_by(_keys(selector)):
            answer = matches(selector, example.labels)
            if answer:
                selection |= Selection(members)
            elif answer is None:
                selection |= Selection(possible=members, missing=self._missing)
        return selection

    def perhaps(self, missing: str) -> Selection:
        return Selection(possible=self._everyone, missing=(missing,)) if self._everyone else NOTHING

    def _grouped_by(self, keys: tuple[str, ...]) -> list[tuple[BackendPod, frozenset[str]]]:
        if keys not in self._groups:
            members: dict[tuple[object, ...], list[BackendPod]] = {}
            for pod in self._pods:
                values = tuple(pod.labels.known.get(key) for key in keys)
                members.setdefault((pod.labels.complete, *values), []).append(pod)
            self._groups[keys] = [(group[0], frozenset(pod.name for pod in group)) for group in members.values()]
        return self._groups[keys]


def _pods(case: Case) -> _Pods:
    return _Pods(case.once(backend_pods), case.once(missing_labels))


def _keys(selector: LabelSelector) -> tuple[str, ...]:
    return tuple(sorted({*selector.match_labels, *(entry.key for entry in selector.match_expressions)}))
