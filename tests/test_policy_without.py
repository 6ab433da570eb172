"""What would decide without the rule that decides, and where that rule stands."""

import pytest

from clusters import cluster, pod_ip
from deployed import case_of, pod, service
from diagnostics.datapath.path import Outcome, Place, SeenKind
from diagnostics.model.case import Case
from diagnostics.policy.judge import PolicyVerdict, judge, judge_outsider
from paths import a_path
from policies import antrea_policy, network_policy, with_objects

CLIENT = "203.0.113.10"
ISOLATE = network_policy("{podSelector: {}, policyTypes: [Ingress]}", "shut")
ADMIT = network_policy("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}", "office")


def _case(*texts: str) -> Case:
    return case_of(with_objects(cluster(proxy_all=True), "".join(texts)), service([pod(1), pod(2)]))


def _judged(*texts: str) -> PolicyVerdict:
    return judge(_case(*texts), a_path(), CLIENT)


def _acnp(name: str, action: str, priority: int = 5, rule: str = "") -> str:
    named = f"name: {rule}, " if rule else ""
    ingress = f"[{{{named}action: {action}, from: [{{ipBlock: {{cidr: 203.0.113.0/24}}}}]}}]"
    return antrea_policy(f"{{priority: {priority}, appliedTo: [{{podSelector: {{}}}}], ingress: {ingress}}}", name)


@pytest.mark.parametrize(
    ("texts", "without"),
    [
        pytest.param((_acnp("a", "Drop"),), "allow", id="nothing else applies"),
        pytest.param((_acnp("a", "Drop", 1), _acnp("b", "Allow", 2)), "allow by Antrea ClusterNetworkPolicy b rule 0",
                     id="the next rule"),
        pytest.param((_acnp("a", "Allow"), ISOLATE),
                     "deny by NetworkPolicy default/shut: isolated, no rule admits 203.0.113.10 to port 8080/TCP",
                     id="Kubernetes' isolation"),
        pytest.param((ADMIT,),
                     "deny by NetworkPolicy default/office: isolated, no rule admits 203.0.113.10 to port 8080/TCP",
                     id="its own isolation"),
        pytest.param((ISOLATE,), "allow", id="an isolating policy"),
        pytest.param((_acnp("a", "Pass"), _acnp("b", "Drop", 6), ADMIT),
                     "deny by NetworkPolicy default/office: isolated, no rule admits 203.0.113.10 to port 8080/TCP",
                     id="Pass still passes"),
    ],
)  # fmt: skip
def test_a_verdict_says_what_would_decide_without_what_decides(texts: tuple[str, ...], without: str) -> None:
    assert _judged(*texts).without.startswith(without.split(":")[0])


def test_nothing_decides_so_nothing_can_be_taken_away() -> None:
    assert _judged(_acnp("a", "Drop").replace("203.0.113.0/24", "198.51.100.0/24")).without == ""
    assert _judged().without == ""


def test_without_one_of_two_isolating_policies_the_other_decides() -> None:
    verdict = _judged(ISOLATE, network_policy("{podSelector: {}, policyTypes: [Ingress]}", "closed"))

    assert verdict.decided_by.startswith("NetworkPolicy default/shut and 1 more")
    assert verdict.without == "allow"


def test_a_split_verdict_explains_who_is_kept_out() -> None:
    case = _case(network_policy("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.10.1.1/32}}]}]}", "one"))
    path = a_path(SeenKind.GATEWAY, place=Place.REMOTE, ingress=2, endpoints=(pod_ip(1),))

    assert judge(case, path, CLIENT).without == "allow"


def test_the_deciding_rule_is_found_in_its_yaml() -> None:
    verdict = _judged(_acnp("a", "Drop", rule="no-office"))

    assert (verdict.rule_name, verdict.rule_path) == ("no-office", "spec.ingress[0]")
    assert _judged(ADMIT).rule_path == "spec.ingress[0]"
    assert _judged(ADMIT).rule_name == ""
    assert _judged(ISOLATE).rule_path == ""


def test_a_rule_on_the_service_is_taken_away_there() -> None:
    on_service = (
        "{priority: 1, appliedTo: [{service: {name: web, namespace: default}}], "
        "ingress: [{action: Drop, from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}"
    )
    verdict = judge(_case(antrea_policy(on_service, "guard"), ISOLATE), a_path(place=Place.REMOTE), CLIENT)

    assert verdict.decided_by == "Antrea ClusterNetworkPolicy guard rule 0"
    assert verdict.without.startswith("deny by NetworkPolicy default/shut")


def test_only_who_asks_gets_it_worked_out() -> None:
    case = _case(_acnp("a", "Drop"))

    assert judge_outsider(case, a_path(), CLIENT).without == ""
    assert judge_outsider(case, a_path(), CLIENT, explain=True).without == "allow"
    assert judge(case, a_path(outcome=Outcome.LOST), CLIENT).without == ""
