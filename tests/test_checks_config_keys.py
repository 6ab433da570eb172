"""AD049: what agents would trip over, or silently leave alone, in their configuration."""

import pytest

from diagnostics.model.config_mistakes import Mistake, config_mistakes


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("trafficEncapMode: encap\ntrafficEncapMode: noEncap", [Mistake("trafficEncapMode", "2 times")]),
        ("antreaProxy: {proxyAll: true, proxyAll: false}", [Mistake("antreaProxy.proxyAll", "2 times")]),
        ("antreaProxy: {proxyAll: true}\nantreaProxy:\n", [Mistake("antreaProxy", "2 times")]),
        ("proxyAll: true", [Mistake("proxyAll", "true", "antreaProxy.proxyAll")]),
        (
            "featureGates: {proxyAll: true}",
            [Mistake("featureGates.proxyAll", "true", "antreaProxy.proxyAll")],
        ),
        (
            "antreaProxy: {LoadBalancerModeDSR: true}",
            [Mistake("antreaProxy.LoadBalancerModeDSR", "true", "featureGates.LoadBalancerModeDSR")],
        ),
        (
            "antreaProxy: {trafficEncapMode: encap}",
            [Mistake("antreaProxy.trafficEncapMode", "encap", "trafficEncapMode")],
        ),
        ("wireGuard: {port: 51820}\nmulticast: {enable: true}\nfoo: 1", []),
        ("featureGates: {LoadBalancerModeDSR: true}\nantreaProxy: {proxyAll: true}\nnoSNAT: true", []),
    ],
)
def test_keys_that_stand_twice_or_in_a_wrong_section_are_named(text: str, mistakes: list[Mistake]) -> None:
    assert list(config_mistakes(text)) == mistakes


@pytest.mark.parametrize(
    "text", ["", "# nothing", "featureGates:\nantreaProxy:\n", "a:\n\tb: 1", "- a", "text", "a: &a [*a]"]
)
def test_empty_sections_and_what_is_no_map_have_none(text: str) -> None:
    assert config_mistakes(text) == ()
