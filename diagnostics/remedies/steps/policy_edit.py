"""Edits of the rules of a policy that is there: the smallest change, as a merge patch that loses nothing else.

A merge patch replaces a list as a whole, so all ingress rules are written again out of the facts that were read. What
the facts do not hold in full (layer-7 protocols, text that had to be made harmless) is refused with a sentence. An
empty `from` means everybody (k8s:staging/src/k8s.io/api/networking/v1 NetworkPolicyIngressRule): a rule that loses its
last source goes as a whole.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from diagnostics.model.case import Case
from diagnostics.model.policies import AntreaPolicy, NetworkPolicy
from diagnostics.model.text import REPLACEMENT
from diagnostics.model.write import Verb
from diagnostics.policy.ranges import AddressSet
from diagnostics.policy.rules import KUBERNETES
from diagnostics.remedies.configuration.agent_conf import unified_diff
from diagnostics.remedies.plan.commands import Resource
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Manifest
from diagnostics.remedies.steps.proof import api_version

EXCEPT_SINCE = "2.2"
_KEEPS_MEANING_WHEN_EMPTY = frozenset({"podSelector", "namespaceSelector", "nodeSelector", "externalEntitySelector"})
_VERBATIM = frozenset({"protocols", "matchLabels"})
_PLACE = re.compile(r"spec\.ingress\[(\d+)\]\.from\[(\d+)\]\.ipBlock\.(?:cidr|except)")
Policy = NetworkPolicy | AntreaPolicy


class EditError(ValueError):
    """The rule cannot be edited without losing something; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A range in a policy: the policy's full title, the rule and the source by their numbers."""

    policy: str
    rule: int
    source: int


def place_of(policy: str, field: str) -> Place:
    """The place that a field path such as `spec.ingress[0].from[1].ipBlock.cidr` names. Raises EditError."""
    found = _PLACE.fullmatch(field)
    if found is None:
        raise EditError(f"{policy} has the range at {field}, which is not an ipBlock of its own: edit it where it is.")
    return Place(policy, int(found[1]), int(found[2]))


class PolicyEdit:
    """A policy with rules as they would be; made for one plan and used up by it."""

    def __init__(self, case: Case, title: str) -> None:
        """`title` is kind and key, as findings name it. Raises EditError when it cannot be edited safely."""
        self._case = case
        self.title = title
        self.policy, self._resource, self._version, self._kind = _found(case, title)
        self._before = [_plain(rule) for rule in self.policy.spec.ingress]
        self._after = copy.deepcopy(self._before)
        if REPLACEMENT in str(self._before):
            raise EditError(f"{title} has characters that could not be read: edit it by hand.")
        if any(rule.get("l7Protocols") for rule in self._before):
            raise EditError(f"{title} has layer-7 rules, which are not read in full: edit it by hand.")

    @property
    def resource(self) -> Resource:
        """What kubectl calls it."""
        return self._resource

    def narrow(self, place: Place, hidden: AddressSet) -> None:
        """The source no longer means these addresses; what is left of it stays."""
        source = self._sources(place)[place.source]
        block = source["ipBlock"]
        left = AddressSet.of([block["cidr"]], block.get("except", ())) - hidden
        if not left:
            self._sources(place)[place.source] = {}
        elif self._knows_except:
            carved = (AddressSet.of([block["cidr"]]) & hidden) | AddressSet.of(block.get("except", ()))
            block["except"] = list(carved.cidrs)
        else:
            self._sources(place)[place.source] = {"pieces": list(left.cidrs)}

    def widen(self, place: Place, addresses: AddressSet, *, spare: bool) -> None:
        """The rule means these addresses too; with `spare` it leaves them out of a source that it drops."""
        if spare:
            block = self._sources(place)[place.source]["ipBlock"]
            wanted = AddressSet.of(block.get("except", ())) | (AddressSet.of([block["cidr"]]) & addresses)
            block["except"] = list(wanted.cidrs)
            return
        known = AddressSet.of(each["ipBlock"]["cidr"] for each in self._sources(place) if "ipBlock" in each)
        self._sources(place).extend({"ipBlock": {"cidr": cidr}} for cidr in (addresses - known).cidrs)

    @property
    def diff(self) -> str:
        """The change of the rules as a unified diff of YAML."""
        return unified_diff(self._text(self._before), self._text(self._rules()), f"{self.title} spec.ingress")

    def patch(self, file: str) -> Manifest:
        """The merge patch; a change by somebody else since the reading makes it fail."""
        version = self.policy.metadata.resource_version
        return self._manifest(file, self._rules(), {"resourceVersion": version} if version else {})

    def undo(self, file: str) -> Manifest:
        """The merge patch that writes the old rules again."""
        return self._manifest(file, self._before, {})

    @property
    def _knows_except(self) -> bool:
        return isinstance(self.policy, NetworkPolicy) or self._case.cluster.antrea.at_least(EXCEPT_SINCE) is True

    def _sources(self, place: Place) -> list[dict[str, Any]]:
        sources: list[dict[str, Any]] = self._after[place.rule]["from"]
        return sources

    def _rules(self) -> list[dict[str, Any]]:
        """The rules as written: emptied sources are gone, and rules whose last source is gone with them."""
        found = []
        for rule in self._after:
            sources = [each for source in rule.get("from", ()) for each in _pieces(source)]
            if sources or "from" not in rule:
                found.append({key: sources if key == "from" else value for key, value in rule.items()})
        return found

    def _text(self, rules: list[dict[str, Any]]) -> str:
        return manifest("", {"ingress": rules}).yaml

    def _manifest(self, file: str, rules: list[dict[str, Any]], guard: dict[str, str]) -> Manifest:
        meta = self.policy.metadata
        where = {"namespace": meta.namespace} if meta.namespace else {}
        content = {
            "apiVersion": self._version,
            "kind": self._kind,
            "metadata": {"name": meta.name, **where, **guard},
            "spec": {"ingress": rules},
        }
        return manifest(file, content, Verb.MERGE)


def _pieces(source: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "pieces" in source:
        yield from ({"ipBlock": {"cidr": cidr}} for cidr in source["pieces"])
    elif source:
        yield source


def _found(case: Case, title: str) -> tuple[Policy, Resource, str, str]:
    for kubernetes in case.snapshot.network_policies:
        if title == f"{KUBERNETES} {kubernetes.metadata.key}":
            return kubernetes, Resource.NETWORK_POLICIES, "networking.k8s.io/v1", KUBERNETES
    for antrea in (*case.snapshot.cluster_policies, *case.snapshot.antrea_policies):
        if title == f"{antrea.kind} {antrea.metadata.key}":
            if antrea.metadata.namespace:
                return antrea, Resource.ANTREA_POLICIES, api_version(case), "NetworkPolicy"
            return antrea, Resource.CLUSTER_POLICIES, api_version(case), "ClusterNetworkPolicy"
    raise EditError(f"{title} is of a kind that is not edited here: change it by hand.")


def _plain(rule: Any) -> dict[str, Any]:
    """A rule as it stands in YAML: what is not set is left out."""
    kept = _kept(msgspec.to_builtins(rule))
    assert isinstance(kept, dict)
    return kept


def _kept(value: Any, key: str = "") -> Any:
    if key in _VERBATIM:
        return value
    if isinstance(value, dict):
        found = {name: _kept(item, name) for name, item in value.items()}
        return {name: item for name, item in found.items() if not _is_unset(name, item)}
    return [_kept(item) for item in value] if isinstance(value, list) else value


def _is_unset(name: str, item: Any) -> bool:
    if item == {} and name in _KEEPS_MEANING_WHEN_EMPTY:
        return False
    return item is None or item is False or item in ("", [], {})
