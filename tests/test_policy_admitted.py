"""Who is let in on a Path, as exact ranges."""

import ipaddress
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters import cluster, pod_ip
from deployed import case_of, pod, service
from diagnostics.datapath.path import Outcome, Path, Place, SeenKind
from diagnostics.model.case import Case
from diagnostics.policy.admitted import Admitted, admitted
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import judge
from diagnostics.policy.ranges import AddressSet
from paths import a_path
from policies import antrea_policy, network_policy, with_objects

KEPT = a_path(SeenKind.CLIENT)
HIDDEN = a_path(SeenKind.GATEWAY, place=Place.REMOTE)


def make(text: str) -> Case:
    """The Case of a Service with a Pod on each of two Nodes that run proxyAll."""
    return case_of(with_objects(cluster(proxy_all=True), text), service([pod(1), pod(2)]))


def known(case: Case, path: Path = KEPT) -> Admitted:
    """Who is let in, on a Path that connections arrive by."""
    found = admitted(case, path)
    assert found is not None
    return found


def allow(*blocks: str) -> str:
    """A NetworkPolicy that admits these ipBlocks, in flow style, to every Pod."""
    peers = ", ".join(f"{{ipBlock: {block}}}" for block in blocks)
    return network_policy(f"{{podSelector: {{}}, ingress: [{{from: [{peers}]}}]}}")


def test_without_policies_everybody_is_let_in_and_under_default_deny_nobody() -> None:
    assert known(make("")).who == "everybody"
    assert known(make(network_policy("{podSelector: {}}"))).who == "nobody"


def test_where_the_client_is_kept_the_ranges_of_the_policy_are_let_in() -> None:
    case = make(allow("{cidr: 203.0.113.0/24, except: [203.0.113.128/25]}", "{cidr: 198.51.100.7/32}"))
    assert known(case).let_in.cidrs == ("198.51.100.7/32", "203.0.113.0/25")
    assert known(case).who == "198.51.100.7/32, 203.0.113.0/25"


@pytest.mark.parametrize(
    ("block", "who"), [("{cidr: 203.0.113.0/24}", "nobody"), ("{cidr: 10.10.1.0/24}", "everybody")]
)
def test_where_the_gateway_is_seen_a_range_lets_in_everybody_or_nobody(block: str, who: str) -> None:
    assert known(make(allow(block)), HIDDEN).who == who


def test_a_policy_on_the_service_filters_clients_even_where_the_pod_sees_the_gateway() -> None:
    rule = "{action: Drop, from: [{ipBlock: {cidr: 0.0.0.0/0, except: [203.0.113.0/24]}}]}"
    guard = antrea_policy(f"{{appliedTo: [{{service: {{name: web, namespace: default}}}}], ingress: [{rule}]}}")
    assert known(make(guard), HIDDEN).let_in == AddressSet.of(["203.0.113.0/24"])
    assert known(make(guard + allow("{cidr: 203.0.113.0/24}")), HIDDEN).who == "nobody"


def test_what_cannot_be_evaluated_stays_apart_from_what_is_let_in() -> None:
    pod_rules = "[{action: Drop, from: [{fqdn: example.com}]}]"
    everywhere = make(antrea_policy(f"{{appliedTo: [{{podSelector: {{}}}}], ingress: {pod_rules}}}"))
    assert known(everywhere).who == "cannot tell"
    rules = "[{action: Allow, from: [{ipBlock: {cidr: 203.0.113.0/24}}]}, {action: Drop, from: [{fqdn: example.com}]}]"
    partly = make(antrea_policy(f"{{appliedTo: [{{podSelector: {{}}}}], ingress: {rules}}}"))
    assert known(partly).let_in.cidrs == ("203.0.113.0/24",)
    assert "203.0.113.1" not in known(partly).undecided
    assert "198.51.100.7" in known(partly).undecided


def test_clients_that_only_some_pods_let_in_are_let_in_sometimes() -> None:
    case = make(network_policy("{podSelector: {matchLabels: {track: canary}}}"))
    first, second = case.snapshot.pods
    labels = {"app": "web", "track": "canary"}
    canary = msgspec.structs.replace(first, metadata=msgspec.structs.replace(first.metadata, labels=labels))
    both = a_path(endpoints=(pod_ip(1), pod_ip(2)))
    found = admitted(Case.of(replace(case.snapshot, pods=(canary, second)), case.key), both)
    assert found is not None
    assert found.sometimes == AddressSet.of(["0.0.0.0/0"])
    assert found.who == "sometimes 0.0.0.0/0"
    unread = msgspec.structs.replace(canary, metadata=msgspec.structs.replace(canary.metadata, name="renamed"))
    found = admitted(Case.of(replace(case.snapshot, pods=(unread, second)), case.key), both)
    assert found is not None
    assert found.undecided == AddressSet.of(["0.0.0.0/0"])


def test_a_few_holes_are_told_as_exceptions() -> None:
    case = make(allow("{cidr: 0.0.0.0/0, except: [192.0.2.128/25]}"))
    assert known(case).who == "everybody but 192.0.2.128/25"


def test_labels_of_pods_do_not_blur_what_holds_for_clients_outside() -> None:
    peers = "{ipBlock: {cidr: 203.0.113.0/24}}, {podSelector: {}}"
    case = make(network_policy(f"{{podSelector: {{}}, ingress: [{{from: [{peers}]}}]}}"))
    assert known(case).who == "203.0.113.0/24"


def test_no_set_is_given_where_no_connection_arrives() -> None:
    assert admitted(make(""), a_path(outcome=Outcome.DROPPED)) is None


def block(start: int, bits: int, hole: int) -> str:
    """An ipBlock of 2 to the power `bits` addresses around 198.18.0.`start` without 198.18.0.`hole`."""
    return f"{{cidr: 198.18.0.{start >> bits << bits}/{32 - bits}, except: [198.18.0.{hole}/32]}}"


blocks = st.lists(st.builds(block, st.integers(0, 31), st.integers(0, 5), st.integers(0, 31)), min_size=1, max_size=4)


@settings(max_examples=30, deadline=None)
@given(blocks)
def test_the_sets_agree_with_judging_each_address(made: list[str]) -> None:
    case = make(allow(*made))
    found = known(case)
    for number in range(34):
        address = str(ipaddress.IPv4Address("198.18.0.0") + number)
        assert (address in found.let_in) == (judge(case, KEPT, address).verdict is Decision.ALLOW)
    assert found.let_in | found.kept_out == AddressSet.of(["0.0.0.0/0"])
