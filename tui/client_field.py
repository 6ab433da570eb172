"""The client that an operator asks about on the Examination screen: one address, or a whole range."""

import ipaddress
from collections.abc import Iterable, Mapping

from diagnostics.datapath.path import Path
from diagnostics.model.case import Case
from diagnostics.model.text import one_line
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import PolicyVerdict, judge
from diagnostics.policy.range_verdict import judge_range
from diagnostics.policy.ranges import AddressSet

QUESTION = "Which address or range does the client have?"
HINT = "Outside the cluster, for example 203.0.113.7 or 203.0.113.0/24. Empty takes it back."


def trouble_with(text: str) -> str:
    """What is wrong with an answer; empty when it is an address or a CIDR."""
    try:
        ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return f"{one_line(text.strip())} is not an IPv4 or IPv6 address. A range is 203.0.113.0/24."
    return ""


def example_address(client: str) -> str:
    """The address to draw for the client: its own, or the first that a host of the range can have."""
    if "/" not in client:
        return client
    network = ipaddress.ip_network(client, strict=False)
    return str(network[1] if network.num_addresses > 2 else network[0])


def judged(case: Case, paths: Iterable[Path], client: str) -> dict[Path, PolicyVerdict]:
    """What policies do with the client on each Path; nothing when none is asked about."""
    if not client:
        return {}
    if "/" not in client:
        return {path: judge(case, path, client) for path in paths}
    clients = AddressSet.of([client])
    return {path: judge_range(case, path, clients) for path in paths}


def told(verdicts: Mapping[Path, PolicyVerdict]) -> str:
    """How the client fares over all Paths shown, such as `, allowed on 2 of 9`; empty when none is asked about."""
    if not verdicts:
        return ""
    allowed = sum(verdict.verdict in (Decision.ALLOW, Decision.NONE) for verdict in verdicts.values())
    part = sum(verdict.verdict is Decision.PART for verdict in verdicts.values())
    partly = f", part of the range on {part}" if part else ""
    return f", allowed on {allowed} of {len(verdicts)}{partly}"
