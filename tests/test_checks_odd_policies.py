"""Odd policies, fault cases 115 to 124: no check crashes, and unknown stays unknown.

How long 20,000 policies take is measured by tests/benchmarks.
"""

import pytest

from diagnostics.model.snapshot import Snapshot
from fault_cases import Shape, survives, untried
from shapes import Item, lab, pod

CATALOGUE = """
115 host bits · everybody · one address · IPv6 · v4-mapped · except the whole · except outside
116 from is empty · no ingress · ingress null, policyTypes absent · policyTypes without Ingress
117 named port that no Pod has · endPort below port
118 unknown tier · priority 0.5 · equal priorities
119 Pass · baseline · log-only
120 Service at rule level · Service mixed with Pods · Service deleted
121 group with ipBlocks in a group · group with service reference
122 both kinds of ClusterNetworkPolicy
123 many policies · policy that selects 50,000 Pods
124 FQDN, L7 and Node selectors
"""


def _network_policy(name: str = "p", **spec: object) -> Item:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "shop"}, "spec": {"podSelector": {}, **spec}}  # fmt: skip


def _allow(cidr: str, *excepted: str) -> Snapshot:
    block: Item = {"cidr": cidr, **({"except": list(excepted)} if excepted else {})}
    return lab(_network_policy(policyTypes=["Ingress"], ingress=[{"from": [{"ipBlock": block}]}]))


def _acnp(*rules: Item, **spec: object) -> Item:
    applied = {"appliedTo": [{"podSelector": {"matchLabels": {"app": "web"}}}]}
    return {"apiVersion": "crd.antrea.io/v1beta1", "kind": "ClusterNetworkPolicy", "metadata": {"name": "acnp"},
            "spec": {"priority": 5, "tier": "securityops", **applied, "ingress": list(rules), **spec}}  # fmt: skip


def _group(name: str, **spec: object) -> Item:
    return {"apiVersion": "crd.antrea.io/v1beta1", "kind": "ClusterGroup", "metadata": {"name": name}, "spec": spec}


DROP = {"action": "Drop", "from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}
GUARD = {"appliedTo": [{"service": {"name": "web", "namespace": "shop"}}]}
SHAPES = [
    Shape("115 host bits", _allow("203.0.113.77/24"), "AD010",
          says={"AD010": "kept out of 1 of 2 endpoints from a and b: 203.0.113.0/24"}),
    Shape("115 everybody", _allow("0.0.0.0/0"), clear="AD010 AD012"),
    Shape("115 one address", _allow("203.0.113.7/32"), "AD010"),
    Shape("115 IPv6 for an IPv4 Service", _allow("2001:db8::/32"), clear="AD010 AD012"),
    Shape("115 v4-mapped", _allow("::ffff:203.0.113.0/120"), clear="AD012"),
    Shape("115 except the whole", _allow("203.0.113.0/24", "203.0.113.0/24"), clear="AD010 AD012"),
    Shape("115 except outside", _allow("203.0.113.0/24", "198.51.100.0/24"), "AD010"),
    Shape("115 no range at all", _allow("everybody"), unknown="AD012",
          says={"AD012": "the range everybody at spec.ingress"}),
    Shape("116 from is empty", lab(_network_policy(ingress=[{"from": []}])), clear="AD013"),
    Shape("116 no ingress", lab(_network_policy(policyTypes=["Ingress"])), "AD013",
          says={"AD013": "NetworkPolicy shop/p admits nobody to the Pods"}),
    Shape("116 policyTypes without Ingress", lab(_network_policy(policyTypes=["Egress"])), clear="AD013"),
    Shape("116 ingress null, policyTypes absent", lab(_network_policy(ingress=None)), "AD013"),
    Shape("117 named port that no Pod has", lab(_network_policy(ingress=[{"ports": [{"port": "nobody"}]}])), "AD013",
          says={"AD013": "admits nobody at port 8080/TCP"}),
    Shape("117 another port than the Pods'", lab(_network_policy(ingress=[{"ports": [{"port": 9999}], "from": [
        {"ipBlock": {"cidr": "0.0.0.0/0"}}]}])), "AD013",
          says={"AD013": "add the port and an ipBlock for the clients"}),
    Shape("117 endPort below port", lab(_network_policy(ingress=[{"ports": [{"port": 9000, "endPort": 80}]}])), "AD013",
          says={"AD013": "admits nobody at port 8080/TCP"}),
    Shape("118 unknown tier", lab(_acnp(DROP, tier="brandnew")), "AD011"),
    Shape("118 priority 0.5", lab(_acnp(DROP, priority=0.5)), "AD011"),
    Shape("118 equal priorities", lab(
        _acnp(DROP), {**_acnp({**DROP, "action": "Allow"}), "metadata": {"name": "also"}}),
          unknown="AD010 AD011", says={"AD011": "Rules of the same tier, priority and place contradict each other"}),
    Shape("119 Pass", lab(_acnp({**DROP, "action": "Pass"})), clear="AD010 AD011"),
    Shape("119 baseline", lab(_acnp(DROP, tier="baseline")), "AD011"),
    Shape("119 baseline behind a NetworkPolicy", lab(_acnp(DROP, tier="baseline"), _network_policy(ingress=[{}])),
          "AD014", clear="AD011", says={"AD014": "isolates 2 of 2 Pods"}),
    Shape("119 log-only", lab(_acnp({**DROP, "action": "Allow", "enableLogging": True})), "AD015"),
    Shape("119 an action that nobody knows", lab(_acnp({**DROP, "action": "Log"})), clear="AD011 AD015"),
    Shape("120 Service at rule level", lab(_acnp({**DROP, **GUARD}, appliedTo=[])), "AD053"),
    Shape("120 Service mixed with Pods", lab(_acnp(DROP, appliedTo=[
        *GUARD["appliedTo"], {"podSelector": {"matchLabels": {"app": "web"}}}])), "AD055"),
    Shape("120 Service deleted", lab(_acnp(DROP, appliedTo=[{"service": {"name": "gone", "namespace": "shop"}}])),
          "AD058", says={"AD058": "applied to Service shop/gone, which does not exist"}),
    Shape("121 group with ipBlocks in a group", lab(_acnp({"action": "Drop", "from": [{"group": "outer"}]}),
          _group("outer", childGroups=["inner"]), _group("inner", ipBlocks=[{"cidr": "203.0.113.0/24"}])), "AD011",
          says={"AD011": "203.0.113.0/24"}),
    Shape("121 group with service reference", lab(_acnp(DROP, appliedTo=[{"group": "behind"}]),
          _group("behind", serviceReference={"name": "web", "namespace": "shop"})), "AD011"),
    Shape("121 group that is not there", lab(_acnp(DROP, appliedTo=[{"group": "gone"}]))),
    Shape("121 groups in a ring", lab(
        _acnp({"action": "Drop", "from": [{"group": "one"}]}),
        *(_group(name, childGroups=[other]) for name, other in (("one", "two"), ("two", "one")))), clear="AD011"),
    Shape("122 both kinds of ClusterNetworkPolicy", lab(_acnp(DROP), {
        "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": "up"},
        "spec": {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}, "ingress": [
            {"action": "Deny", "from": [{"namespaces": {}}]}]}}), "AD011", unknown="AD016",
          says={"AD011": "Antrea ClusterNetworkPolicy acnp rule 0"}),
    Shape("123 many policies", lab(*(_network_policy(f"p{at}", ingress=[{"from": [{"ipBlock": {
        "cidr": f"203.0.{at}.0/24"}}]}]) for at in range(200))), "AD010"),
    Shape("123 policy that selects 50,000 Pods", lab(
        _network_policy(policyTypes=["Ingress"]), *(pod(f"p{at}", "a", "") for at in range(50_000))), "AD013"),
    Shape("124 FQDN, L7 and Node selectors", lab(_acnp(
        {"action": "Allow", "from": [{"fqdn": "*.example"}]},
        {"action": "Allow", "l7Protocols": [{"http": {}}], "from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]},
        {"action": "Allow", "from": [{"nodeSelector": {}}]},
        {"action": "Allow", "toServices": [{"name": "web"}]},
        {"action": "Allow", "protocols": [{"igmp": {}}]})), unknown="AD010 AD012", says={
            "AD010": "the addresses of *.example; what the connection carries: the rule names layer-7 protocols"}),
    Shape("not understood", lab(_network_policy(ingress="all")), "AD090", unknown="AD010 AD013", gaps=1),
]  # fmt: skip


@pytest.mark.parametrize("shape", [pytest.param(shape, id=shape.name) for shape in SHAPES])
def test_odd_policies_get_a_sensible_answer_of_every_check(shape: Shape) -> None:
    survives(shape)


def test_every_fault_case_of_policies_is_tried() -> None:
    assert untried(CATALOGUE, SHAPES) == []
