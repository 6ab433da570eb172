"""Sets of addresses are exact: every operator agrees with sets of single addresses, and text comes back as CIDRs."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.policy.ranges import AddressSet, RangeError

UNIVERSE = [str(ipaddress.IPv4Address("10.0.0.0") + number) for number in range(64)]
UNIVERSE += [str(ipaddress.IPv6Address("fd00::") + number) for number in range(16)]


def _network(numbers: tuple[int, int, bool]) -> str:
    start, length, is_v6 = numbers
    if is_v6:
        return f"fd00::{start % 16:x}/{128 - length % 5}"
    return f"10.0.0.{start}/{32 - length}"


cidrs = st.lists(st.tuples(st.integers(0, 63), st.integers(0, 6), st.booleans()).map(_network), max_size=6)


def _brute(ranges: list[str]) -> set[str]:
    networks = [ipaddress.ip_network(text, strict=False) for text in ranges]
    return {a for a in UNIVERSE if any(ipaddress.ip_address(a) in network for network in networks)}


def _members(addresses: AddressSet) -> set[str]:
    return {address for address in UNIVERSE if address in addresses}


@given(cidrs, cidrs)
def test_operators_agree_with_sets_of_single_addresses(one: list[str], other: list[str]) -> None:
    left, right = AddressSet.of(one), AddressSet.of(other)
    assert _members(left | right) == _brute(one) | _brute(other)
    assert _members(left & right) == _brute(one) & _brute(other)
    assert _members(left - right) == _brute(one) - _brute(other)
    assert _members(AddressSet.of(one, excluded=other)) == _brute(one) - _brute(other)
    assert (left <= right) == (_brute(one) <= _brute(other))
    assert bool(left) == bool(_brute(one))


@given(cidrs, cidrs)
def test_equal_sets_are_equal_values_and_come_back_from_their_cidrs(one: list[str], other: list[str]) -> None:
    left, right = AddressSet.of(one), AddressSet.of(other)
    assert (left - right) | (left & right) == left
    assert AddressSet.of(left.cidrs) == left
    everything = AddressSet.everything()
    assert everything - (everything - left) == left


def test_a_hole_in_everything_is_printed_as_the_fewest_cidrs() -> None:
    assert str(AddressSet.of(["0.0.0.0/0"], ["128.0.0.0/1"])) == "0.0.0.0/1"
    assert AddressSet.of(["10.0.0.0/24"], ["10.0.0.128/25", "10.0.0.0/26"]).cidrs == ("10.0.0.64/26",)
    assert str(AddressSet.nothing()) == "no address"


def test_neighbours_are_joined_and_families_stay_apart() -> None:
    joined = AddressSet.of(["10.0.0.0/25", "10.0.0.128/25", "::/0"])
    assert joined.cidrs == ("10.0.0.0/24", "::/0")
    assert joined.covers_family(6)
    assert not joined.covers_family(4)


def test_a_single_address_and_host_bits_are_understood() -> None:
    assert AddressSet.of(["192.0.2.7"]).cidrs == ("192.0.2.7/32",)
    assert AddressSet.of(["192.0.2.7/24"]).cidrs == ("192.0.2.0/24",)


@pytest.mark.parametrize("text", ["", "office", "10.0.0.0/33", "10.0.0", "010.0.0.1", "10.0.0.1-10.0.0.9", "::/129"])
def test_text_that_is_no_range_is_named_in_the_error(text: str) -> None:
    with pytest.raises(RangeError, match="neither an address nor a CIDR") as caught:
        AddressSet.of([text])
    assert repr(text) in str(caught.value)


def test_text_that_is_no_address_is_in_no_set() -> None:
    assert "office" not in AddressSet.everything()
    assert "" not in AddressSet.everything()
