"""The client field of the Examination screen takes an address or a range, and says on how many ways it gets in."""

import pytest
from textual.pilot import Pilot

from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.datapath.path import Outcome, SeenKind
from diagnostics.model.case import Case
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.range_verdict import judge_range
from diagnostics.policy.ranges import AddressSet
from driving import drive, press, words
from paths import a_path
from policies import antrea_policy, network_policy, with_objects
from tui.app import DoctorApp
from tui.client_field import example_address, judged, told, trouble_with
from tui.request import AppRequest
from widgets.drawing.labels import Letting
from widgets.path_marks import marks_of

OFFICE = network_policy("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}", "office")
CASE = case_of(with_objects(cluster(), OFFICE), service([pod(1)]))
PATH = a_path()


@pytest.mark.parametrize(
    ("client", "verdict"),
    [
        ("203.0.113.0/25", Decision.ALLOW),
        ("203.0.113.0/24", Decision.ALLOW),
        ("203.0.112.0/23", Decision.PART),
        ("0.0.0.0/0", Decision.PART),
        ("198.51.100.0/24", Decision.DENY),
        ("203.0.113.9/32", Decision.ALLOW),
        ("203.0.113.255/32", Decision.ALLOW),
        ("203.0.114.0/32", Decision.DENY),
        ("2001:db8::/32", Decision.UNKNOWN),
    ],
)
def test_a_range_is_let_in_kept_out_or_part_of_it_is(client: str, verdict: Decision) -> None:
    assert judge_range(CASE, PATH, AddressSet.of([client])).verdict is verdict


def test_a_part_says_which() -> None:
    why = judge_range(CASE, PATH, AddressSet.of(["203.0.112.0/23"])).why

    assert why == "Let in: 203.0.113.0/24. Kept out: 203.0.112.0/24."


def test_a_range_that_fares_alike_names_what_decides() -> None:
    inside = judge_range(CASE, PATH, AddressSet.of(["203.0.113.0/25"]))
    outside = judge_range(CASE, PATH, AddressSet.of(["198.51.100.0/24"]))

    assert inside.decided_by == "NetworkPolicy default/office rule 0"
    assert inside.without.startswith("deny by NetworkPolicy default/office")
    assert outside.decided_by.startswith("NetworkPolicy default/office: isolated")


def test_where_no_connection_arrives_no_policy_is_asked() -> None:
    found = judge_range(CASE, a_path(outcome=Outcome.LOST), AddressSet.of(["203.0.113.0/24"]))

    assert found.verdict is Decision.NONE
    assert "lost" in found.why


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("203.0.113.7", True), (" 203.0.113.7 ", True), ("203.0.113.0/24", True), ("203.0.113.7/24", True),
        ("2001:db8::/32", True), ("::1", True), ("203.0.113", False), ("203.0.113.0/33", False), ("office", False),
    ],
)  # fmt: skip
def test_the_field_takes_addresses_and_ranges(text: str, good: bool) -> None:
    assert (trouble_with(text) == "") is good


@pytest.mark.parametrize(
    ("client", "drawn"),
    [
        ("203.0.113.7", "203.0.113.7"), ("203.0.113.0/24", "203.0.113.1"), ("203.0.113.4/31", "203.0.113.4"),
        ("203.0.113.7/32", "203.0.113.7"), ("2001:db8::/32", "2001:db8::1"), ("", ""),
    ],
)  # fmt: skip
def test_a_range_is_drawn_by_its_first_host(client: str, drawn: str) -> None:
    assert example_address(client) == drawn


def test_the_line_says_on_how_many_ways_the_client_gets_in() -> None:
    paths = (PATH, a_path(SeenKind.GATEWAY, snat=("S2",)))

    assert told(judged(CASE, paths, "203.0.113.7")) == ", allowed on 1 of 2"
    assert told(judged(CASE, paths, "203.0.112.0/23")) == ", allowed on 0 of 2, part of the range on 1"
    assert judged(CASE, paths, "") == {}
    assert told({}) == ""


def test_marks_say_it_in_words_where_no_rule_does() -> None:
    paths = (PATH,)
    part = marks_of(paths, judged(CASE, paths, "0.0.0.0/0"))[1, ""]
    let_in = marks_of(paths, judged(case_of(cluster(), service([pod(1)])), paths, "203.0.113.0/24"))[1, ""]
    kept_out = marks_of(paths, judged(CASE, paths, "198.51.100.0/24"))[1, ""]

    assert (part.letting, part.by) == (Letting.PART, "part of the range")
    assert (let_in.letting, let_in.by) == (Letting.IN, "let in")
    assert kept_out.letting is Letting.OUT
    assert kept_out.by.startswith("NetworkPolicy default/office")


def test_a_range_typed_in_the_app_marks_the_drawing() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["i", *"203.0.112.0/23", "enter"])
        shown = words(app)
        assert "from 203.0.112.0/23, allowed on 0 of" in shown
        assert "part of the range on" in shown
        assert "◐" in shown
        await press(pilot, ["i", *["backspace"] * 14, *"nonsense"])
        assert "is not an IPv4 or IPv6 address" in words(app)

    drive(AppRequest(demo="proxy-all", service="shop/web"), scene)


def _case(text: str) -> Case:
    return case_of(with_objects(cluster(), text), service([pod(1)]))


def test_a_range_of_which_nothing_is_known_is_unknown() -> None:
    spec = "{priority: 1, appliedTo: [{podSelector: {}}], ingress: [{action: Drop, from: [{fqdn: example.com}]}]}"
    verdict = judge_range(_case(antrea_policy(spec)), PATH, AddressSet.of(["203.0.113.0/24"]))

    assert verdict.verdict is Decision.UNKNOWN
    assert verdict.why == "Cannot be told: 203.0.113.0/24."


def test_a_range_of_one_address_is_judged_as_that_address() -> None:
    """An address for Pods is left open where rules select Pods; only a range is taken as clients outside."""
    case = _case(network_policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"))

    assert judge_range(case, PATH, AddressSet.of(["10.10.1.77/32"])).verdict is Decision.UNKNOWN
    assert judge_range(case, PATH, AddressSet.of(["10.10.1.76/31"])).verdict is Decision.DENY
