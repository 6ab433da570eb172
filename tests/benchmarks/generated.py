"""A large cluster made by a seeded generator: the same number gives the same cluster on every machine."""

import random
from collections.abc import Iterator, Sequence
from itertools import cycle

from clusters import cluster
from deployed import At, Deployed, host, pod, service, with_services
from diagnostics.model.snapshot import Snapshot

KINDS = ("ClusterIP", "ClusterIP", "NodePort", "LoadBalancer", "LoadBalancer")
POD_RANGE = "10.0.0.0/10"
"""Holds the podCIDRs of 5,000 Nodes and none of the clusterIPs."""


def generated(
    services: int,
    nodes: int,
    seed: int = 1,
    *,
    proxy_all: bool = True,
    spread: Sequence[int] = (0, 1, 2, 3, 5, 8, 20),
    kinds: Sequence[str] = KINDS,
) -> Snapshot:
    """Services of all kinds, spread over the Nodes as schedulers do, some with hints.

    Each has endpoints on as many Nodes as one of `spread` says, with one or two Pods there.
    """
    dice = random.Random(seed)
    names = [f"node{number}" for number in range(1, nodes + 1)]
    zones = {name: "abc"[index % 3] for index, name in enumerate(names)}
    node_ports = cycle(range(30000, 32768))
    made = [_service(dice, number, nodes, zones, spread, kinds, node_ports) for number in range(services)]
    base = cluster(nodes, proxy_all=proxy_all, dsr_gate=True, zones=zones, cluster_cidr=POD_RANGE)
    return with_services(base, *made)


def _service(
    dice: random.Random,
    number: int,
    nodes: int,
    zones: dict[str, str],
    spread: Sequence[int],
    kinds: Sequence[str],
    node_ports: Iterator[int],
) -> Deployed:
    kind = dice.choice(kinds)
    hinted = dice.random() < 0.1
    places = dice.sample(range(1, nodes + 1), min(nodes, dice.choice(spread)))
    endpoints: list[At] = [
        host(place)
        if dice.random() < 0.02
        else pod(place, dice.choice((1, 1, 2)), for_zones=(zones[f"node{place}"],) if hinted else ())
        for place in places
    ]
    third, fourth = divmod(number, 250)
    return service(
        endpoints,
        name=f"web-{number}",
        namespace=f"team-{number % 200}",
        kind=kind,
        etp=dice.choice(("Cluster", "Cluster", "Cluster", "Local")),
        mode=dice.choice(("", "", "", "dsr")),
        node_port=next(node_ports) if kind != "ClusterIP" else 0,
        lb_ips=(f"198.18.{third % 256}.{fourth + 1}",),
        external_ips=(f"198.19.{third % 256}.{fourth + 1}",) if dice.random() < 0.05 else (),
        cluster_ip=f"10.{96 + third // 256}.{third % 256}.{fourth + 2}",  # the first is the API server's own
    )
