"""The policy on the NodePort Service: everybody but the allowed clients and the cluster itself is dropped.

antrea:docs/antrea-network-policy.md, appliedTo.service. It is compared with the address before any SNAT of Antrea,
on the Node that the client dials. There is no rule that allows: an Allow would skip the Pods' own policies for one
share of the connections. `ports` stay empty since they would mean the Pods' ports.
"""

from collections.abc import Iterator

from diagnostics.model.case import Case
from diagnostics.policy.ranges import AddressSet
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Manifest
from diagnostics.remedies.prerequisites.cluster_ranges import families_of
from diagnostics.remedies.steps.proof import api_version, object_suffix

FILE = "nodeport-policy.yaml"
EXCEPT_SINCE = "2.2"
TIER, PRIORITY = "securityops", 5
_EVERYBODY = {4: "0.0.0.0/0", 6: "::/0"}


def service_policy_name(case: Case) -> str:
    """A name that no two Services share."""
    return f"doctor-{object_suffix(case)}"


def service_policy(case: Case, spared: AddressSet) -> Manifest:
    """An Antrea ClusterNetworkPolicy that drops all but `spared`, each family by itself.

    Before v2.2 `ipBlock` has no `except`: a rule with action Pass comes first then (it leaves the decision to the
    Pods' policies, as no rule would).
    """
    knows_except = case.cluster.antrea.at_least(EXCEPT_SINCE) is True
    rules = [rule for family in families_of(case.service) for rule in _rules(family, spared, knows_except)]
    service = {"name": case.service.metadata.name, "namespace": case.namespace}
    content = {
        "apiVersion": api_version(case),
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": service_policy_name(case)},
        "spec": {"priority": PRIORITY, "tier": TIER, "appliedTo": [{"service": service}], "ingress": rules},
    }
    return manifest(FILE, content)


def _rules(family: int, spared: AddressSet, knows_except: bool) -> Iterator[dict[str, object]]:
    cidrs = [cidr for cidr in spared.cidrs if (":" in cidr) == (family == 6)]
    everybody: dict[str, object] = {"cidr": _EVERYBODY[family]}
    if knows_except and cidrs:
        everybody["except"] = cidrs
    elif cidrs:
        blocks = [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]
        yield {"name": f"leave-to-pods-ipv{family}", "action": "Pass", "from": blocks}
    yield {
        "name": f"drop-others-ipv{family}",
        "action": "Drop",
        "enableLogging": True,
        "from": [{"ipBlock": everybody}],
    }
