"""The engine against a slow oracle that reads the same manifests its own way, address by address."""

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.datapath.path import SeenKind, Vantage, VantageKind
from diagnostics.model.case import Case
from diagnostics.policy.judge import judge
from paths import a_path
from policies import with_objects

ADDRESSES = [f"198.18.0.{number}" for number in range(16)]
PORT = 8080
LABELS = {"app": "web", "track": "blue"}
TIERS = {"": 250, "emergency": 50, "platform": 200, "baseline": 253, "corner": 120}
Json = Any
ANTREA = "crd.antrea.io/v1beta1"
CORNER: Json = {"apiVersion": ANTREA, "kind": "Tier", "metadata": {"name": "corner"}, "spec": {"priority": 120}}


def network(start: int, bits: int) -> str:
    """The block of 2 to the power `bits` addresses that holds 198.18.0.`start`."""
    return f"198.18.0.{start >> bits << bits}/{32 - bits}"


cidrs = st.builds(network, st.integers(0, 15), st.integers(0, 4))
blocks = st.one_of(
    st.just({"cidr": "0.0.0.0/0"}),
    st.builds(lambda cidr: {"cidr": cidr}, cidrs),
    st.builds(lambda holes: {"cidr": "198.18.0.0/28", "except": holes}, st.lists(cidrs, max_size=2)),
)
peers = st.lists(st.builds(lambda block: {"ipBlock": block}, blocks), max_size=2)
ports = st.lists(
    st.sampled_from([{"port": PORT}, {"port": 80}, {"port": 8000, "endPort": 9000}, {"protocol": "UDP"}]), max_size=2
)
selectors = st.sampled_from(
    [
        {},
        {"matchLabels": {"app": "web"}},
        {"matchLabels": {"app": "db"}},
        {"matchLabels": {"app": "web", "track": "blue"}},
        {"matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["green"]}]},
        {"matchExpressions": [{"key": "track", "operator": "DoesNotExist"}]},
    ]
)
kubernetes_specs = st.fixed_dictionaries(
    {"podSelector": selectors, "ingress": st.lists(st.fixed_dictionaries({"from": peers, "ports": ports}), max_size=2)},
    optional={"policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]])},
)


def antrea_specs(tiers: Sequence[str], actions: Sequence[str]) -> st.SearchStrategy[Json]:
    """Specs of ClusterNetworkPolicies in these tiers with these actions."""
    rule = st.fixed_dictionaries({"action": st.sampled_from(actions), "from": peers, "ports": ports})
    applied_to = st.builds(lambda selector: {"podSelector": selector}, selectors)
    return st.fixed_dictionaries(
        {
            "tier": st.sampled_from(tiers),
            "priority": st.sampled_from([1, 1.5, 2]),
            "appliedTo": st.lists(applied_to, min_size=1, max_size=2),
            "ingress": st.lists(rule, max_size=3),
        }
    )


regular = antrea_specs(["", "emergency", "platform", "corner"], ["Allow", "Drop", "Reject", "Pass"])
baseline = antrea_specs(["baseline"], ["Allow", "Drop", "Reject"])


def selects(selector: Mapping[str, Json]) -> bool:
    """The oracle's reading of the few selectors above, for a Pod with LABELS."""
    wanted = selector.get("matchLabels", {})
    held = all(LABELS.get(key) == value for key, value in wanted.items())
    for item in selector.get("matchExpressions", []):
        held = held and item["operator"] == "NotIn"  # track is blue: not green, and it exists
    return held


def means(rule: Mapping[str, Json], address: str) -> bool:
    """Whether a rule means a TCP connection of the address to PORT."""
    ip = ipaddress.ip_address(address)
    sources = [peer["ipBlock"] for peer in rule["from"]]
    by_source = not sources or any(
        ip in ipaddress.ip_network(block["cidr"])
        and not any(ip in ipaddress.ip_network(hole) for hole in block.get("except", []))
        for block in sources
    )
    by_port = not rule["ports"] or any(
        entry.get("protocol", "TCP") == "TCP"
        and entry.get("port", PORT) <= PORT <= entry.get("endPort", entry.get("port", PORT))
        for entry in rule["ports"]
    )
    return by_source and by_port


def by_kubernetes(specs: Sequence[Json], address: str) -> str:
    """allow, deny, or "" when no policy isolates the Pod."""
    isolating = [s for s in specs if selects(s["podSelector"]) and "Ingress" in s.get("policyTypes", ["Ingress"])]
    if not isolating:
        return ""
    return "allow" if any(means(rule, address) for spec in isolating for rule in spec["ingress"]) else "deny"


def expected(antrea: Sequence[Json], kubernetes: Sequence[Json], address: str) -> set[str]:
    """Every answer that Antrea's documentation leaves open."""
    applied = [spec for spec in antrea if any(selects(entry["podSelector"]) for entry in spec["appliedTo"])]
    ordered = sorted(
        ((TIERS[spec["tier"]], spec["priority"], index), rule["action"])
        for spec in applied
        for index, rule in enumerate(spec["ingress"])
        if means(rule, address)
    )

    def first(lowest: int, highest: int) -> set[str]:
        here = [item for item in ordered if lowest <= item[0][0] <= highest]
        return {action for key, action in here if key == here[0][0]}

    def later() -> set[str]:
        decided = by_kubernetes(kubernetes, address)
        if decided:
            return {decided}
        return {said[action] for action in first(253, 253)} or {"allow"}

    said = {"Allow": "allow", "Drop": "deny", "Reject": "deny"}
    regular = first(0, 252)
    answers: set[str] = set() if regular else later()
    for action in regular:
        answers |= later() if action == "Pass" else {said[action]}
    return answers


def built(antrea: Sequence[Json], kubernetes: Sequence[Json]) -> Case:
    """The same policies as a Case."""
    objects = [CORNER]
    for number, spec in enumerate(antrea):
        meta = {"name": f"acnp{number}"}
        objects.append({"apiVersion": ANTREA, "kind": "ClusterNetworkPolicy", "metadata": meta, "spec": spec})
    for number, spec in enumerate(kubernetes):
        named = {"name": f"np{number}", "namespace": "default"}
        objects.append({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": named, "spec": spec})
    deployed = service([pod(1)])
    (only,) = deployed.pods
    labelled = msgspec.structs.replace(only, metadata=msgspec.structs.replace(only.metadata, labels=LABELS))
    text = "\n---\n".join(json.dumps(item) for item in objects)
    return case_of(with_objects(cluster(nodes=1), text), replace(deployed, pods=(labelled,)))


@settings(max_examples=150, deadline=None)
@given(st.lists(regular | baseline, max_size=4), st.lists(kubernetes_specs, max_size=3))
def test_every_address_gets_the_answer_of_the_oracle(antrea: list[Json], kubernetes: list[Json]) -> None:
    case = built(antrea, kubernetes)
    for address in ADDRESSES:
        path = a_path(SeenKind.CLIENT, client=Vantage(VantageKind.EXTERNAL, address))
        verdict = judge(case, path, address)
        answers = expected(antrea, kubernetes, address)
        ours = {"none": "allow"}.get(verdict.verdict.value, verdict.verdict.value)
        assert ours == (answers.pop() if len(answers) == 1 else "unknown"), (address, verdict)
