"""All kinds of policies against a slow oracle, for Pods as clients: it reads the same manifests its own way.

Kinds of policy.networking.k8s.io mean Pods and namespaces alone, so the universe here is a few callers in namespaces.
"""

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
from diagnostics.model.workload import Pod, PodSpec, PodStatus
from diagnostics.policy.judge import judge
from paths import a_path
from policies import with_gates, with_objects

Json = Any
PORT = 8080
TEAMS = {"default": "web", "front": "web", "back": "ops"}
CALLERS = [("front", "red"), ("front", "blue"), ("back", "red")]
ANTREA_TIERS = {"platform": 200, "application": 250, "baseline": 253}
VERDICT = {"Allow": "allow", "Accept": "allow", "Deny": "deny", "Drop": "deny"}

namespaces = st.sampled_from([{}, {"matchLabels": {"team": "web"}}, {"matchLabels": {"team": "ops"}}])
colours = st.sampled_from([{}, {"matchLabels": {"colour": "red"}}])
peers = st.lists(
    st.one_of(
        st.builds(lambda chosen: {"namespaces": chosen}, namespaces),
        st.builds(lambda here, who: {"pods": {"namespaceSelector": here, "podSelector": who}}, namespaces, colours),
    ),
    min_size=1,
    max_size=2,
)
subjects = st.one_of(
    st.builds(lambda chosen: {"namespaces": chosen}, namespaces),
    st.just({"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}}),
    st.just({"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "db"}}}}),
)
old_ports = st.sampled_from(
    [
        [],
        [{"portNumber": {"protocol": "TCP", "port": PORT}}],
        [{"portRange": {"protocol": "TCP", "start": 1, "end": 80}}],
    ]
)
protocols = st.sampled_from([[], [{"tcp": {"destinationPort": {"number": PORT}}}], [{"udp": {}}]])


def rules(actions: Sequence[str], field: str, ports: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Up to two ingress rules of a kind of policy.networking.k8s.io."""
    rule = st.fixed_dictionaries({"action": st.sampled_from(actions), "from": peers, field: ports})
    return st.lists(rule, max_size=2)


old = rules(["Allow", "Deny", "Pass"], "ports", old_ports)
admins = st.lists(
    st.fixed_dictionaries({"priority": st.integers(0, 2), "subject": subjects, "ingress": old}), max_size=2
)
baselines = st.lists(
    st.fixed_dictionaries({"subject": subjects, "ingress": rules(["Allow", "Deny"], "ports", old_ports)}), max_size=1
)
clusterwide = st.lists(
    st.fixed_dictionaries(
        {
            "tier": st.sampled_from(["Admin", "Baseline"]),
            "priority": st.integers(0, 2),
            "subject": subjects,
            "ingress": rules(["Accept", "Deny", "Pass"], "protocols", protocols),
        }
    ).filter(lambda spec: spec["tier"] == "Admin" or all(rule["action"] != "Pass" for rule in spec["ingress"])),
    max_size=2,
)
antreas = st.lists(
    st.builds(
        lambda tier, action, chosen: {
            "tier": tier,
            "priority": 5,
            "appliedTo": [{"podSelector": {}}],
            "ingress": [{"action": action, "from": [{"namespaceSelector": chosen}]}],
        },
        st.sampled_from(sorted(ANTREA_TIERS)),
        st.sampled_from(["Allow", "Drop", "Pass"]),
        namespaces,
    ).filter(lambda spec: spec["tier"] != "baseline" or spec["ingress"][0]["action"] != "Pass"),
    max_size=2,
)
kubernetes = st.lists(
    st.builds(lambda chosen: {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": chosen}]}]}, namespaces),
    max_size=1,
)


def held(selector: Mapping[str, Json], labels: Mapping[str, str]) -> bool:
    """The oracle's reading of the selectors above."""
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def chosen(entry: Mapping[str, Json], namespace: str, labels: Mapping[str, str]) -> bool:
    """Whether a subject or peer means a Pod."""
    team = {"team": TEAMS[namespace]}
    if "namespaces" in entry:
        return held(entry["namespaces"], team)
    return held(entry["pods"]["namespaceSelector"], team) and held(entry["pods"]["podSelector"], labels)


def open_port(rule: Mapping[str, Json]) -> bool:
    """Whether TCP to PORT is meant: of the port lists above only these are."""
    ports = rule.get("ports", []) + rule.get("protocols", [])
    return not ports or "portNumber" in ports[0] or "tcp" in ports[0]


def upstream_keys(
    specs: Sequence[Json], place: Mapping[str, int], caller: tuple[str, str]
) -> list[tuple[tuple[int, float, int], str]]:
    """Order key and action of each rule that means the caller."""
    return [
        ((place[spec.get("tier", "")], spec.get("priority", 1), index), rule["action"])
        for spec in specs
        if chosen(spec["subject"], "default", {"app": "web"})
        for index, rule in enumerate(spec["ingress"])
        if open_port(rule) and any(chosen(peer, caller[0], {"colour": caller[1]}) for peer in rule["from"])
    ]


def expected(found: list[tuple[tuple[int, float, int], str]], nps: Sequence[Json], namespace: str) -> set[str]:
    """Every answer that is left open: policies of one place have no order among them."""

    def first(lowest: int, highest: int) -> set[str]:
        here = [item for item in found if lowest <= item[0][0] <= highest]
        return {action for key, action in here if key == min(here)[0]}

    def later() -> set[str]:
        if nps:
            admits = any(
                held(peer["namespaceSelector"], {"team": TEAMS[namespace]})
                for np in nps
                for rule in np["ingress"]
                for peer in rule["from"]
            )
            return {"allow" if admits else "deny"}
        return {VERDICT[action] for action in first(253, 254)} or {"allow"}

    regular = first(0, 252)
    answers = set() if regular else later()
    for action in regular:
        answers |= later() if action == "Pass" else {VERDICT[action]}
    return answers


def built(kinds: Mapping[tuple[str, str], Sequence[Json]]) -> Case:
    """The same policies as a Case, with the callers as Pods and every namespace with its team."""
    objects = [
        {"kind": "Namespace", "metadata": {"name": name, "labels": {"team": team}}} for name, team in TEAMS.items()
    ]
    for (version, kind), specs in kinds.items():
        for number, spec in enumerate(specs):
            meta = {"name": f"p{number}", **({"namespace": "default"} if kind == "NetworkPolicy" else {})}
            objects.append({"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec})
    gates = with_gates(cluster(nodes=1), AdminNetworkPolicy=True, ClusterNetworkPolicy=True)
    snapshot = with_objects(gates, "\n---\n".join(json.dumps(item) for item in objects))
    case = case_of(snapshot, service([pod(1)]))
    pods = tuple(_caller(number, caller) for number, caller in enumerate(CALLERS))
    return Case.of(replace(case.snapshot, pods=(*case.snapshot.pods, *pods)), case.key)


def _caller(number: int, caller: tuple[str, str]) -> Pod:
    meta = msgspec.structs.replace(Pod().metadata, name=f"c{number}", namespace=caller[0], labels={"colour": caller[1]})
    return Pod(metadata=meta, spec=PodSpec(node_name="node1"), status=PodStatus(pod_ip=f"10.10.1.{200 + number}"))


@settings(max_examples=250, deadline=None)
@given(admins, baselines, clusterwide, antreas, kubernetes)
def test_every_caller_gets_the_answer_of_the_oracle(
    anps: list[Json], banps: list[Json], cnps: list[Json], acnps: list[Json], nps: list[Json]
) -> None:
    case = built(
        {
            ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"): anps,
            ("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"): banps,
            ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"): cnps,
            ("crd.antrea.io/v1beta1", "ClusterNetworkPolicy"): acnps,
            ("networking.k8s.io/v1", "NetworkPolicy"): nps,
        }
    )
    for number, caller in enumerate(CALLERS):
        found = upstream_keys(anps, {"": 251}, caller) + upstream_keys(banps, {"": 254}, caller)
        found += upstream_keys(cnps, {"Admin": 220, "Baseline": 254}, caller)
        found += [
            ((ANTREA_TIERS[spec["tier"]], 5, 0), spec["ingress"][0]["action"])
            for spec in acnps
            if held(spec["ingress"][0]["from"][0]["namespaceSelector"], {"team": TEAMS[caller[0]]})
        ]
        answers = expected(found, nps, caller[0])
        client = Vantage(VantageKind.POD, f"10.10.1.{200 + number}", "node1", f"{caller[0]}/c{number}")
        verdict = judge(case, a_path(SeenKind.POD, client=client), client.ip)
        ours = {"none": "allow"}.get(verdict.verdict.value, verdict.verdict.value)
        assert ours == (answers.pop() if len(answers) == 1 else "unknown"), (caller, verdict)
