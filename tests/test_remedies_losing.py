"""A patch that writes a list anew takes nothing away that the plan has not read."""

from typing import Any

import pytest

from diagnostics.model.write import merge_patch
from diagnostics.remedies.acting.losing import would_lose

RULE: dict[str, Any] = {
    "from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
    "ports": [{"port": 80}],
}


def lost(rules: list[dict[str, Any]], **spec: Any) -> tuple[str, ...]:
    live = {"metadata": {"name": "x", "namespace": "shop"}, "spec": {"podSelector": {}, "ingress": rules, **spec}}
    body: dict[str, Any] = {"spec": {"ingress": []}}
    return would_lose(merge_patch("networking.k8s.io/v1", "NetworkPolicy", "shop", "x", body), live)


def test_known_fields_may_go_with_the_rule_that_the_plan_takes_away() -> None:
    assert lost([RULE, {"from": [{"podSelector": {"matchLabels": {"a": "b"}}, "namespaceSelector": {}}]}]) == ()


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({**RULE, "when": {"hour": 3}}, "spec.ingress[1].when"),
        ({"from": [{"fqdn": "*.example.org"}]}, "spec.ingress[1].from[0].fqdn"),
        ({"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "zone": "b"}}]}, "spec.ingress[1].from[0].ipBlock.zone"),
    ],
)
def test_fields_that_are_not_known_are_named_wherever_they_stand(rule: dict[str, Any], field: str) -> None:
    assert lost([RULE, rule]) == (field,)


def test_what_the_patch_does_not_write_anew_is_none_of_its_business() -> None:
    assert lost([RULE], egress=[{"new": 1}], tier="new") == ()


def test_empty_values_mean_nothing_that_could_be_lost() -> None:
    assert lost([{**RULE, "new": [], "off": False}]) == ()
