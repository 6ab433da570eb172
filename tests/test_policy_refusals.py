"""What Antrea's webhook would refuse is told with the field and Antrea's own reason."""

import msgspec
import pytest
import yaml

from diagnostics.model.policies import AntreaPolicy
from diagnostics.policy.refusals import refusals

SERVICE = "{service: {name: web, namespace: shop}}"
PODS = "{podSelector: {}}"
BLOCK = "from: [{ipBlock: {cidr: 192.0.2.0/24}}]"


def _refused(spec: str) -> list[tuple[str, str]]:
    value = {"metadata": {"name": "draft"}, "spec": yaml.safe_load(spec)}
    return list(refusals(msgspec.convert(value, AntreaPolicy)))


@pytest.mark.parametrize(
    "spec",
    [
        f"{{appliedTo: [{PODS}], ingress: [{{action: Drop}}]}}",
        f"{{appliedTo: [{SERVICE}], ingress: [{{action: Drop, {BLOCK}}}]}}",
        f"{{appliedTo: [{SERVICE}], ingress: [{{action: Drop}}]}}",
        f"{{ingress: [{{action: Drop, appliedTo: [{PODS}]}}, {{action: Allow, appliedTo: [{SERVICE}]}}]}}",
        f"{{appliedTo: [{PODS}], ingress: [{{name: a, action: Drop}}, {{name: b, action: Drop}}, {{action: Drop}}]}}",
        f"{{appliedTo: [{PODS}], ingress: [{{action: Drop}}, {{action: Drop}}]}}",
        "{appliedTo: [{podSelector: {}, namespaceSelector: {}}], ingress: [{action: Drop}]}",
        "{appliedTo: [{group: g}, {podSelector: {}}], ingress: [{action: Drop, from: [{group: h}]}]}",
        f"{{tier: baseline, appliedTo: [{PODS}], ingress: [{{action: Drop}}]}}",
        f"{{tier: platform, appliedTo: [{PODS}], ingress: [{{action: Pass}}]}}",
        f"{{appliedTo: [{PODS}]}}",
    ],
)
def test_a_good_policy_is_accepted(spec: str) -> None:
    assert _refused(spec) == []


@pytest.mark.parametrize(
    ("spec", "field", "why"),
    [
        (f"{{appliedTo: [{PODS}], ingress: [{{appliedTo: [{PODS}]}}]}}", "spec.appliedTo", "both spec and rules"),
        ("{ingress: [{action: Drop}]}", "spec.ingress[].appliedTo", "needs to be set in either spec or rules"),
        (f"{{ingress: [{{appliedTo: [{PODS}]}}, {{action: Drop}}]}}", "spec.ingress[].appliedTo",
         "either be set in all rules or in none"),
        ("{appliedTo: [{group: g, podSelector: {}}]}", "spec.appliedTo[0]", "group cannot be set with other peers"),
        ("{appliedTo: [{group: g, service: {name: a, namespace: b}}]}", "spec.appliedTo[0]", "group cannot be set"),
        ("{appliedTo: [{podSelector: {}, service: {name: a, namespace: b}}]}", "spec.appliedTo[0]",
         "service cannot be set with other peers"),
        ("{appliedTo: [{serviceAccount: {name: a, namespace: b}, podSelector: {}}]}", "spec.appliedTo[0]",
         "serviceAccount cannot be set with other peers"),
        ("{appliedTo: [{nodeSelector: {}, podSelector: {}}]}", "spec.appliedTo[0]", "nodeSelector cannot be set"),
        (f"{{appliedTo: [{SERVICE}, {PODS}]}}", "spec.appliedTo", "cannot be applied to Services and other peers"),
        (f"{{ingress: [{{appliedTo: [{PODS}, {SERVICE}]}}]}}", "spec.ingress[0].appliedTo",
         "cannot be applied to Services and other peers"),
        (f"{{appliedTo: [{SERVICE}], ingress: [{{from: [{{podSelector: {{}}}}]}}]}}", "spec.ingress[0].from[0]",
         "can only use ipBlock"),
        (f"{{ingress: [{{appliedTo: [{SERVICE}], {BLOCK}}}, {{appliedTo: [{SERVICE}], from: [{{fqdn: a.b}}]}}]}}",
         "spec.ingress[1].from[0]", "can only use ipBlock"),
        (f"{{appliedTo: [{PODS}], ingress: [{{from: [{{group: g, podSelector: {{}}}}]}}]}}", "spec.ingress[0].from[0]",
         "group cannot be set with other peers in rules"),
        (f"{{appliedTo: [{PODS}], ingress: [{{name: a}}, {{name: a}}]}}", "spec.ingress[].name", "must be unique"),
        (f"{{tier: Baseline, appliedTo: [{PODS}], ingress: [{{action: Pass}}]}}", "spec.ingress[0].action",
         "should not be set for Baseline Tier"),
    ],
)  # fmt: skip
def test_a_bad_policy_is_refused_at_its_field(spec: str, field: str, why: str) -> None:
    ((where, said),) = _refused(spec)

    assert where == field
    assert why in said
