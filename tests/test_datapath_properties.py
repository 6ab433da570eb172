"""What holds for every cluster that can be made up, not just for the rows of a table."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from asking import VANTAGES
from clusters import cluster, node_ip
from deployed import At, case_of, host, outside, pod, service
from diagnostics.datapath import antrea_proxy, kube_proxy
from diagnostics.datapath.crossing import arrive
from diagnostics.datapath.endpoints import usable
from diagnostics.datapath.path import Handler, Keeping, Outcome, Path, Place, SeenKind, Vantage
from diagnostics.datapath.topology import choice
from diagnostics.datapath.trace import (
    arriving_paths,
    external_paths,
    own_addresses,
    seen_addresses,
    seen_at,
    service_keeping,
    trace,
)
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case

NODES = 4

ZONES = {"node1": "a", "node2": "a", "node3": "b"}
HINTS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=2, unique=True).map(tuple)
NODE_HINTS = st.lists(st.sampled_from(["node1", "node2", "node4"]), min_size=1, max_size=2, unique=True).map(tuple)
ENDPOINTS = st.lists(
    st.one_of(
        st.builds(pod, st.integers(1, NODES), st.integers(1, 2)),
        st.builds(host, st.integers(1, NODES)),
        st.just(outside()),
        st.builds(lambda node: pod(node, named=False), st.integers(1, NODES)),
        st.builds(lambda node: pod(node, ready=False, terminating=True), st.integers(1, NODES)),
        st.builds(lambda node, zones: pod(node, for_zones=zones), st.integers(1, NODES), HINTS),
        st.builds(
            lambda node, zones, nodes: pod(node, for_zones=zones, for_nodes=nodes),
            st.integers(1, NODES),
            HINTS,
            NODE_HINTS,
        ),
    ),
    max_size=5,
    unique_by=lambda place: (place.node, place.host_network, place.address),
)
RUNNING = st.dictionaries(
    st.sampled_from([f"node{number}" for number in range(1, NODES + 1)]),
    st.one_of(
        st.fixed_dictionaries({}, optional={"proxy_all": st.booleans(), "dsr": st.booleans()}),
        st.just({"silent": True}),
        st.builds(lambda version: {"version": version}, st.sampled_from(["v2.0.0", "v1.6.0"])),
    ),
    max_size=2,
)
CLUSTERS = st.fixed_dictionaries(
    {
        "kube_proxy": st.sampled_from(["iptables", "nftables", "ipvs", None]),
        "proxy_all": st.booleans(),
        "dsr_gate": st.booleans(),
        "encap": st.sampled_from(["encap", "noEncap", "hybrid", "networkPolicyOnly"]),
        "encryption": st.sampled_from(["none", "wireGuard"]),
        "host_network_mode": st.sampled_from(["iptables", "nftables"]),
        "version": st.sampled_from(["v2.7.0", "v2.1.0", "v2.0.0"]),
        "kubelet": st.sampled_from(["v1.36.2", "v1.33.0", "v1.30.1"]),
        "agent": st.sampled_from([None, {"featureGates": {"PreferSameTrafficDistribution": True}}]),
        "cluster_cidr": st.sampled_from(["10.10.0.0/16", ""]),
        "no_snat": st.booleans(),
        "differing": RUNNING,
        "prefix": st.sampled_from([0, 24, 31]),
    }
)
SERVICES = st.fixed_dictionaries(
    {
        "etp": st.sampled_from(["Cluster", "Local"]),
        "itp": st.sampled_from(["Cluster", "Local"]),
        "mode": st.sampled_from(["", "dsr", "nat"]),
    }
)
VANTAGE = st.sampled_from(list(VANTAGES.values()))

Settings = dict[str, Any]


def made(of_cluster: Settings, of_service: Settings, endpoints: list[At]) -> Case:
    """`prefix` is the length that agents report of their transport subnet; 0 means that they report none."""
    wanted = {key: value for key, value in of_cluster.items() if key != "prefix"} | {"zones": ZONES}
    if of_cluster["prefix"]:
        told = {f"node{n}": {"transport_ips": (f"{node_ip(n)}/{of_cluster['prefix']}",)} for n in range(1, NODES + 1)}
        differing = of_cluster["differing"]
        wanted["differing"] = {name: {**facts, **differing.get(name, {})} for name, facts in told.items()}
    return case_of(cluster(NODES, **wanted), service(endpoints, **of_service))


def essence(path: Path) -> tuple[object, ...]:
    """What must be the same for a twin; addresses of endpoints are its own."""
    return (
        path.access,
        path.endpoint.place,
        path.endpoint.host_network,
        path.endpoint.outside,
        path.handler,
        path.outcome,
        path.seen.kind,
        path.share,
        path.wire,
        tuple(rewrite.id for rewrite in path.rewrites),
        path.direct_return,
    )


@given(CLUSTERS, SERVICES, ENDPOINTS, VANTAGE)
@settings(max_examples=120, deadline=None)
def test_no_rewrite_invents_an_address_that_nothing_in_the_cluster_owns(
    of_cluster: Settings, of_service: Settings, endpoints: list[At], vantage: Vantage
) -> None:
    case = made(of_cluster, of_service, endpoints)
    owners = own_addresses(case.cluster)
    for path in trace(case, vantage):
        if path.seen.ip and path.seen.kind not in (SeenKind.CLIENT, SeenKind.POD):
            assert path.seen.ip in owners
        if path.seen.kind in (SeenKind.CLIENT, SeenKind.POD):
            assert path.seen.ip == path.client.ip
        for rewrite in path.snat:
            assert rewrite.after in owners
            assert rewrite.before != rewrite.after
    assert seen_addresses(case) <= set(owners)


@given(CLUSTERS, SERVICES, ENDPOINTS, VANTAGE)
@settings(max_examples=120, deadline=None)
def test_the_shares_at_one_ingress_node_add_up_to_its_candidates(
    of_cluster: Settings, of_service: Settings, endpoints: list[At], vantage: Vantage
) -> None:
    case = made(of_cluster, of_service, endpoints)
    at_node: dict[tuple[object, str], list[Path]] = {}
    for path in trace(case, vantage, fold=False):
        at_node.setdefault((path.access, path.ingress), []).append(path)
    proxies = {Handler.KUBE_PROXY: kube_proxy, Handler.ANTREA_PROXY: antrea_proxy}
    for (_, ingress), paths in at_node.items():
        first = paths[0]
        backends = usable(case, first.access)
        assert {path.share.of for path in paths} in ({len(backends)}, {len(backends) + paths[0].share.endpoints})
        assert all(len(path.endpoint.addresses) == path.share.endpoints for path in paths)
        if first.handler not in proxies:
            continue
        arrival = arrive(case, first.access, ingress, first.client)
        local_only = proxies[first.handler].chooses_local_only(arrival)
        chosen = choice(case, first.access, ingress, first.handler, local_only=local_only).backends
        assert sum(path.share.endpoints for path in paths) == len(chosen)
        shown = [address for path in paths for address in path.endpoint.addresses]
        assert sorted(shown) == sorted(item.address for item in chosen)
        assert not local_only or {item.node for item in chosen} <= {ingress}
        if not local_only:
            assert {*chosen} <= {*backends}
            assert bool(chosen) == bool(backends), "hints never leave nothing"


@given(CLUSTERS, SERVICES, ENDPOINTS, VANTAGE)
@settings(max_examples=120, deadline=None)
def test_a_folded_path_says_of_its_twins_what_each_would_say_itself(
    of_cluster: Settings, of_service: Settings, endpoints: list[At], vantage: Vantage
) -> None:
    case = made(of_cluster, of_service, endpoints)
    folded = [
        (node, essence(path), seen_at(path, node, case.cluster))
        for path in trace(case, vantage)
        for node in (path.ingress, *path.twins)
    ]
    single = [(path.ingress, essence(path), path.seen) for path in trace(case, vantage, fold=False)]
    assert sorted(folded, key=repr) == sorted(single, key=repr)


@given(CLUSTERS, SERVICES, ENDPOINTS)
@settings(max_examples=120, deadline=None)
def test_taking_the_dsr_annotation_away_never_loses_a_connection(
    of_cluster: Settings, of_service: Settings, endpoints: list[At]
) -> None:
    with_dsr = outcomes(made(of_cluster, {**of_service, "mode": "dsr"}, endpoints))
    without_it = outcomes(made(of_cluster, {**of_service, "mode": ""}, endpoints))
    for key, reached in with_dsr.items():
        assert reached <= without_it[key]


@given(CLUSTERS, SERVICES, ENDPOINTS)
@settings(max_examples=120, deadline=None)
def test_taking_kube_proxy_away_from_a_cluster_with_proxy_all_never_turns_kept_into_lost(
    of_cluster: Settings, of_service: Settings, endpoints: list[At]
) -> None:
    of_cluster = {**of_cluster, "proxy_all": True, "differing": {}, "kube_proxy": "iptables"}
    of_service = {**of_service, "mode": ""}
    before = outcomes(made(of_cluster, of_service, endpoints))
    after = outcomes(made({**of_cluster, "kube_proxy": None}, of_service, endpoints))
    for key, reached in before.items():
        assert reached <= after[key]


@given(CLUSTERS, SERVICES, ENDPOINTS, VANTAGE)
@settings(max_examples=60, deadline=None)
def test_every_path_has_a_reason_and_what_reaches_no_endpoint_names_none(
    of_cluster: Settings, of_service: Settings, endpoints: list[At], vantage: Vantage
) -> None:
    for path in trace(made(of_cluster, of_service, endpoints), vantage):
        assert path.why.endswith(".")
        assert path.source
        assert (path.endpoint.place is Place.NONE) == (not path.endpoint.addresses)
        if path.outcome is Outcome.DELIVERED:
            assert path.rewrites[-1:] or path.seen.kind is SeenKind.UNKNOWN


@given(CLUSTERS, SERVICES, ENDPOINTS)
@settings(max_examples=60, deadline=None)
def test_what_holds_whatever_the_front_end_holds_for_both_answers(
    of_cluster: Settings, of_service: Settings, endpoints: list[At]
) -> None:
    case = made(of_cluster, of_service, endpoints)
    told = {
        answer: Case.of(case.snapshot.with_front_ends({"": answer}), case.key)
        for answer in (Arrives.LB_IP, Arrives.NODE_PORT)
    }
    ways = {answer: set(arriving_paths(item)) for answer, item in told.items()}
    assert set.union(*ways.values()) == set(external_paths(case)) == set(arriving_paths(case))
    if service_keeping(case) in (Keeping.KEEPS, Keeping.NEVER, Keeping.UNREACHABLE):
        possible = {service_keeping(case), Keeping.UNREACHABLE}
        assert {service_keeping(item) for item in told.values()} <= possible


def outcomes(case: Case) -> dict[tuple[object, str], set[str]]:
    """Endpoints that clients outside reach, by access and ingress Node."""
    found: dict[tuple[object, str], set[str]] = {}
    for path in trace(case, fold=False):
        if path.access.kind.is_external:
            reached = found.setdefault((path.access, path.ingress), set())
            if path.outcome is Outcome.DELIVERED:
                reached.update(path.endpoint.addresses)
    return found
