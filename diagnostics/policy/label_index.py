"""Policies by what a Service must have to do with them, so that of thousands only a few are asked whether they apply.

What the index leaves out selects none of the Service's Pods for certain; what it gives still has to be asked.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from diagnostics.model.meta import LabelSelector
from diagnostics.model.policies import AntreaPolicy, AppliedTo, NetworkPolicy

Policy = TypeVar("Policy")
Label = tuple[str, str]
Key = Label | str | None
"""A label that every selected Pod has, a Service as `namespace/name`, or None where the policy must always be asked."""


class LabelIndex(Generic[Policy]):
    """Policies in their order, found by labels of Pods and by the name of a Service."""

    def __init__(self, policies: Iterable[Policy], keys_of: Callable[[Policy], Iterable[Key]]) -> None:
        self._every = tuple(policies)
        self._by_key: dict[Key, list[int]] = {}
        for place, policy in enumerate(self._every):
            for key in dict.fromkeys(keys_of(policy)):
                self._by_key.setdefault(key, []).append(place)

    def of(self, labels: Iterable[Label] | None, service: str) -> tuple[Policy, ...]:
        """Those that may select a Pod with one of these labels, or the Service; all, when labels are not known."""
        if labels is None:
            return self._every
        places = {place for key in (None, service, *labels) for place in self._by_key.get(key, ())}
        return tuple(self._every[place] for place in sorted(places))


def keys_of_network_policy(policy: NetworkPolicy) -> Iterator[Key]:
    """The one key of a Kubernetes NetworkPolicy."""
    yield _label(policy.spec.pod_selector)


def keys_of_antrea_policy(policy: AntreaPolicy) -> Iterator[Key]:
    """A key for each entry of `appliedTo`, of the policy and of its rules."""
    yield from map(_key, policy.spec.applied_to)
    yield from (_key(entry) for rule in policy.spec.ingress for entry in rule.applied_to)


def _key(entry: AppliedTo) -> Key:
    if entry.service:
        return f"{entry.service.namespace}/{entry.service.name}"
    if entry.group or entry.service_account or entry.pod_selector is None:
        return None
    return _label(entry.pod_selector)


def _label(selector: LabelSelector) -> Key:
    return min(selector.match_labels.items(), default=None)
