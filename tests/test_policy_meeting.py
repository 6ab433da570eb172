"""Many addresses and many Nodes are judged as few: those that no rule tells apart."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import msgspec

from clusters import cluster
from deployed import case_of, pod, service, with_services
from diagnostics.datapath.path import AccessKind, Outcome, Path, Place, SeenKind
from diagnostics.datapath.trace import external_paths, trace
from diagnostics.model.case import Case, Cluster
from diagnostics.model.policies import NetworkPolicy
from diagnostics.policy import judge as judging
from diagnostics.policy.admitted import admitted
from diagnostics.policy.alike import Entries
from diagnostics.policy.evaluate import Decision
from diagnostics.policy.judge import judge
from diagnostics.policy.meeting import Meetings, meetings
from diagnostics.policy.rules import rules_on
from diagnostics.policy.sources import SourceAddress
from paths import a_path
from policies import antrea_policy, network_policy, with_objects

CLIENT = "203.0.113.10"


def _np(name: str, *sources: str) -> str:
    return network_policy(f"{{podSelector: {{}}, ingress: [{{from: [{', '.join(sources)}]}}]}}", name)


def _block(cidr: str) -> str:
    return f"{{ipBlock: {{cidr: {cidr}}}}}"


def _met(found: Meetings, address: str) -> list[str]:
    return [rule.policy for rule in found.of(SourceAddress(address))]


def test_an_address_meets_the_rules_that_name_it_and_those_that_name_more_than_addresses() -> None:
    policies = (
        _np("ten", _block("10.0.0.0/8")),
        _np("small", _block("10.1.0.0/16"), _block("192.0.2.7/32")),
        _np("pods", "{podSelector: {}}"),
        network_policy("{podSelector: {}, ingress: [{}]}", "all"),
    )
    found = case_of(with_objects(cluster(), "".join(policies)), service([pod(1)])).once(meetings)

    assert _met(found, "10.1.2.3") == ["default/ten", "default/small", "default/pods", "default/all"]
    assert _met(found, "10.2.0.0") == ["default/ten", "default/pods", "default/all"]
    assert _met(found, "192.0.2.7") == ["default/small", "default/pods", "default/all"]
    assert _met(found, "192.0.2.8") == _met(found, "2001:db8::1") == ["default/pods", "default/all"]
    assert len(_met(found, "")) == 4


def test_addresses_that_no_rule_tells_apart_get_one_tuple_and_others_another() -> None:
    policies = (_np("a", _block("10.0.0.0/8")), _np("b", _block("10.0.0.0/9"), _block("11.0.0.0/8")))
    found = case_of(with_objects(cluster(), "".join(policies)), service([pod(1)])).once(meetings)

    def of(address: str) -> object:
        return found.of(SourceAddress(address))

    assert of("10.0.0.1") is of("10.127.255.255")
    assert of("10.0.0.1") is not of("10.128.0.0")
    assert of("9.255.255.255") is of("12.0.0.0")
    assert of("11.0.0.0") is of("11.9.9.9")


def test_a_rule_that_names_an_address_and_something_unknown_tells_that_address_apart() -> None:
    """Both addresses may be meant by the rule, but only one of them certainly is."""
    sources = f"{_block('192.0.2.0/24')}, {{fqdn: example.com}}"
    text = antrea_policy(
        f"{{priority: 1, appliedTo: [{{podSelector: {{}}}}], ingress: [{{action: Drop, from: [{sources}]}}]}}"
    )
    case = case_of(with_objects(cluster(), text), service([pod(1)]))
    path = a_path()

    found = admitted(case, path)
    assert found is not None
    assert found.kept_out.cidrs == ("192.0.2.0/24",)
    assert not found.let_in
    assert judge(case, path, "192.0.2.9").verdict is Decision.DENY
    assert judge(case, path, "192.0.3.9").verdict is Decision.UNKNOWN


def test_by_cell_and_by_address_agree() -> None:
    policies = (_np("a", _block("10.0.0.0/8")), _np("b", _block("10.64.0.0/10")), _np("c", _block("0.0.0.0/0")))
    found = case_of(with_objects(cluster(), "".join(policies)), service([pod(1)])).once(meetings)
    cells = list(found.by_cell(4))

    assert cells[0][0][0] == 0
    assert cells[-1][0][1] == 2**32 - 1
    assert all(one[0][1] + 1 == other[0][0] for one, other in pairwise(cells))
    for (first, last), met in cells:
        for number in (first, last):
            assert found.of(SourceAddress(str(ipaddress.IPv4Address(number)))) is met


def _many_nodes(nodes: int, *policies: str, proxy_all: bool = False) -> Case:
    made = service([pod(number) for number in range(1, 4)])
    return case_of(with_objects(cluster(nodes, proxy_all=proxy_all), "".join(policies)), made)


def _remote(case: Case) -> Path:
    """The NodePort path to remote endpoints that stands for the most Nodes."""
    remote = (path for path in case.once(external_paths) if path.endpoint.place is Place.REMOTE)
    return max(remote, key=lambda path: len(path.twins))


def test_nodes_that_no_rule_tells_apart_are_one_entry() -> None:
    case = _many_nodes(200, _np("a", _block("203.0.113.0/24")))
    path = _remote(case)
    entries = case.once(Entries(path))

    assert sum(len(entry.nodes) for entry in entries) == len(path.twins) + 1
    assert len(entries) == 1
    assert len(entries[0].seen) == len(entries[0].nodes)
    assert entries[0].path.ingress == path.ingress


def test_a_rule_that_names_the_address_of_one_node_makes_it_an_entry_of_its_own() -> None:
    case = _many_nodes(200, _np("a", _block("10.10.77.1/32")))
    path = _remote(case)
    entries = case.once(Entries(path))

    assert [entry.nodes for entry in entries if len(entry.nodes) == 1] == [("node77",)]
    verdict = judge(case, path, CLIENT)
    assert verdict.verdict is Decision.UNKNOWN
    assert verdict.is_split
    assert verdict.allowed == path.share.endpoints
    assert verdict.denied == path.share.endpoints * len(path.twins)
    assert "through node77: let in to 3 of 3 endpoints" in verdict.why


def test_folded_and_unfolded_paths_are_judged_alike() -> None:
    policies = (_np("a", _block("10.10.2.1/32"), _block("10.10.5.1/32")), _np("b", _block("192.0.2.0/24")))
    for proxy_all in (False, True):
        case = _many_nodes(9, *policies, proxy_all=proxy_all)
        by_node = {}
        for path in trace(case, fold=False):
            verdict = judge(case, path, "192.0.2.7")
            by_node[path.access, path.ingress, path.endpoint.place] = (verdict.allowed, verdict.denied)
        for path in trace(case):
            verdict = judge(case, path, "192.0.2.7")
            nodes = (path.ingress, *path.twins)
            single = [by_node[path.access, node, path.endpoint.place] for node in nodes]
            if len({(bool(allowed), bool(denied)) for allowed, denied in single}) == 1:
                assert (verdict.allowed, verdict.denied) == single[0]
            else:
                assert (verdict.allowed, verdict.denied) == (sum(a for a, _ in single), sum(d for _, d in single))


def test_the_whole_range_takes_one_judgement_for_all_addresses_that_meet_the_same_rules(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    holes = ", ".join(_block(f"198.51.100.{number}/32") for number in range(0, 200, 2))
    case = case_of(with_objects(cluster(), _np("a", holes)), service([pod(1)]))
    asked: list[str] = []
    real = judging.judge_outsider

    def counted(case, path, address, **options):  # type: ignore[no-untyped-def]
        asked.append(address)
        return real(case, path, address, **options)

    monkeypatch.setattr("diagnostics.policy.admitted.judge_outsider", counted)
    found = admitted(case, a_path())

    assert found is not None
    assert len(found.let_in.v4) == 100
    assert len(asked) == 2
    assert admitted(case, a_path()) is found
    hidden = admitted(case, a_path(SeenKind.GATEWAY, kind=AccessKind.LOAD_BALANCER, snat=("S2",)))
    assert hidden is not None
    assert hidden.kept_out.covers_family(4)
    assert len(asked) == 3


def _policies(count: int, *, apply: int) -> tuple[NetworkPolicy, ...]:
    spec = {"ingress": [{"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}]}
    return tuple(
        msgspec.convert(
            {
                "metadata": {"name": f"np{number}", "namespace": "default" if number < apply else f"ns{number % 200}"},
                "spec": {**spec, "podSelector": {}},
            },
            NetworkPolicy,
        )
        for number in range(count)
    )


class Exhausted(tuple[NetworkPolicy, ...]):
    """Policies that somebody has gone over already."""

    def __iter__(self) -> Iterator[NetworkPolicy]:
        raise AssertionError("The policies are gone over once more.")


def test_a_scan_goes_over_the_policies_once_for_all_services_of_a_namespace() -> None:
    one, two = service([pod(1)], name="one"), service([pod(2)], name="two")
    snapshot = with_services(replace(cluster(), network_policies=_policies(2_000, apply=5)), one, two)
    shared = Cluster(snapshot)
    assert len(Case.of(snapshot, one.service.metadata.key, shared).once(rules_on)) == 5

    shared.snapshot = replace(snapshot, network_policies=Exhausted(snapshot.network_policies))
    assert len(Case.of(shared.snapshot, two.service.metadata.key, shared).once(rules_on)) == 5


def test_paths_that_deliver_nothing_admit_nobody_knows_whom() -> None:
    case = _many_nodes(2)

    assert admitted(case, a_path(outcome=Outcome.DROPPED)) is None
    assert admitted(case, a_path(outcome=Outcome.UNKNOWN)) is not None


def test_an_entry_reaches_the_endpoints_that_its_node_reaches() -> None:
    case = _many_nodes(5, _np("a", _block("10.10.2.1/32"), _block("10.10.5.1/32")))
    for path in case.once(external_paths):
        if path.access.kind is not AccessKind.NODE_PORT:
            continue
        for entry in case.once(Entries(path)):
            single = next(
                other
                for other in trace(case, fold=False)
                if (other.access, other.ingress, other.endpoint.place)
                == (path.access, entry.nodes[0], path.endpoint.place)
            )
            assert sorted(entry.path.endpoint.addresses) == sorted(single.endpoint.addresses)
            assert entry.path.seen == single.seen
