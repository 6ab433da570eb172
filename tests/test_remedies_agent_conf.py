"""Edits of antrea-agent.conf change the intended lines and nothing else."""

import pytest
import yaml

from diagnostics.model.agent_config import parse_agent_config
from diagnostics.remedies.configuration.agent_conf import ConfEditError, Setting, edited, unified_diff

PROXY_ALL = Setting("antreaProxy", "proxyAll", True)
DSR = Setting("featureGates", "LoadBalancerModeDSR", True)
NFTABLES = Setting("", "hostNetworkMode", "nftables")

COMMENTED = """\
# What the agents do.
featureGates:
# Other things
#  Traceflow: true

# Answer clients directly.
#  LoadBalancerModeDSR: false

# The bridge
ovsBridge: br-int
antreaProxy:
  # Serve all Services.
  proxyAll: false
  skipServices:
  defaultLoadBalancerMode: "nat"
#hostNetworkMode: "iptables"
"""


def changed(before: str, after: str) -> list[str]:
    lines = unified_diff(before, after, "conf").splitlines()
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


def test_a_comment_becomes_the_key_and_a_value_is_replaced_in_its_line() -> None:
    assert changed(COMMENTED, edited(COMMENTED, (DSR, PROXY_ALL, NFTABLES))) == [
        "-#  LoadBalancerModeDSR: false",
        "+  LoadBalancerModeDSR: true",
        "-  proxyAll: false",
        "+  proxyAll: true",
        '-#hostNetworkMode: "iptables"',
        "+hostNetworkMode: nftables",
    ]


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("featureGates:\nantreaProxy:\n", ["+  LoadBalancerModeDSR: true", "+  proxyAll: true"]),
        ("featureGates: ~\nantreaProxy: {}\n", ["-featureGates: ~", "+featureGates: ", "+  LoadBalancerModeDSR: true",
            "-antreaProxy: {}", "+antreaProxy: {proxyAll: true}"]),
        ("antreaProxy:\n    enable: true\n", ["+    proxyAll: true", "+featureGates:", "+  LoadBalancerModeDSR: true"]),
        ("featureGates: {Egress: true}\nantreaProxy:\n  proxyAll: true\n", ["-featureGates: {Egress: true}",
            "+featureGates: {LoadBalancerModeDSR: true, Egress: true}"]),
        ("featureGates:\n  LoadBalancerModeDSR: false # why\nantreaProxy: {proxyAll: false}", [
            "-  LoadBalancerModeDSR: false # why", "+  LoadBalancerModeDSR: true # why",
            "-antreaProxy: {proxyAll: false}", "+antreaProxy: {proxyAll: true}"]),
        ("antreaProxy:\n  proxyAll:\nfeatureGates:\n  Egress: true\n# end\novsBridge: br-int", [
            "-  proxyAll:", "+  proxyAll: true", "+  LoadBalancerModeDSR: true"]),
        ("", ["+antreaProxy:", "+  proxyAll: true", "+featureGates:", "+  LoadBalancerModeDSR: true"]),
    ],
)  # fmt: skip
def test_trimmed_files_get_only_the_lines_they_need(before: str, lines: list[str]) -> None:
    after = edited(before, (PROXY_ALL, DSR))
    assert sorted(changed(before, after)) == sorted(lines)
    config = parse_agent_config(after)
    assert config.antrea_proxy.proxy_all
    assert config.feature_gates["LoadBalancerModeDSR"]


def test_windows_line_ends_stay() -> None:
    before = COMMENTED.replace("\n", "\r\n")
    assert edited(before, (DSR, PROXY_ALL)) == edited(COMMENTED, (DSR, PROXY_ALL)).replace("\n", "\r\n")


def test_what_is_set_already_is_left_alone() -> None:
    after = edited(COMMENTED, (DSR, PROXY_ALL))
    assert edited(after, (DSR, PROXY_ALL)) == after


def test_a_key_of_the_same_name_elsewhere_is_not_touched() -> None:
    before = "other:\n#  LoadBalancerModeDSR: false\n  proxyAll: false\nfeatureGates:\n  Egress: true\n"
    after = edited(before, (DSR,))
    assert yaml.safe_load(after)["other"] == {"proxyAll": False}
    assert "#  LoadBalancerModeDSR: false" in after


def test_quotes_of_a_replaced_text_stay() -> None:
    before = COMMENTED.replace('"nat"', '"dsr"')
    assert edited(before, (Setting("antreaProxy", "defaultLoadBalancerMode", "nat"),)) == COMMENTED


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("antreaProxy:\n  proxyAll: false\nantreaProxy:\n  enable: true\n", "twice"),
        ("antreaProxy:\n  proxyAll: false\n  proxyAll: false\n", "twice"),
        ("antreaProxy: [a]\n", "not a map"),
        ("antreaProxy: text\n", "not a map"),
        ("- a\n", "not a YAML map"),
        ("antreaProxy: {\n", "not YAML"),
        ("antreaProxy:\n  proxyAll: {a: b}\n", "not a single value"),
        ("antreaProxy:\n  proxyAll: false # lost\ufffd\n", "replaced at reading"),
        ("no: &no false\nantreaProxy:\n  proxyAll: *no\n", "change more"),
    ],
)
def test_a_file_that_cannot_be_edited_safely_is_refused_with_the_reason(before: str, why: str) -> None:
    with pytest.raises(ConfEditError, match=why):
        edited(before, (PROXY_ALL,))
