"""Policies for a generated cluster, by one seed always the same: most in namespaces, some for the whole cluster."""

import random
from collections.abc import Iterator
from dataclasses import replace

from diagnostics.model.meta import LabelSelector, Meta, OwnedMeta
from diagnostics.model.policies import (
    AntreaPeer,
    AntreaPolicy,
    AntreaPolicySpec,
    AntreaRule,
    AppliedTo,
    IngressRule,
    IPBlock,
    NamespacedName,
    NetworkPolicy,
    NetworkPolicySpec,
    Peer,
    PolicyPort,
)
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import Namespace

PER_CLUSTER_POLICY = 40
"""One policy of so many is cluster-wide; of the others every fourth is Antrea's."""


def with_policies(snapshot: Snapshot, number: int, seed: int = 1) -> Snapshot:
    """The Snapshot with this many policies on its Services' Pods, and its namespaces."""
    dice = random.Random(seed)
    kubernetes, antrea, of_cluster = [], [], []
    for at in range(number):
        service = dice.choice(snapshot.services)
        name, namespace = service.metadata.name, service.metadata.namespace
        pods = dice.choice((LabelSelector(match_labels={"app": name}), LabelSelector(match_labels={"tier": "db"})))
        if at % PER_CLUSTER_POLICY == 0:
            of_cluster.append(_of_cluster(dice, at, name, namespace))
        elif at % 4 == 0:
            spec = _antrea(dice, [AppliedTo(pod_selector=pods)])
            antrea.append(AntreaPolicy(metadata=OwnedMeta(name=f"annp-{at}", namespace=namespace), spec=spec))
        else:
            everyone = LabelSelector() if dice.random() < 0.02 else pods
            policy = NetworkPolicySpec(pod_selector=everyone, policy_types=["Ingress"], ingress=list(_rules(dice)))
            kubernetes.append(NetworkPolicy(metadata=OwnedMeta(name=f"np-{at}", namespace=namespace), spec=policy))
    names = dict.fromkeys(service.metadata.namespace for service in snapshot.services)
    return replace(
        snapshot,
        network_policies=tuple(kubernetes),
        antrea_policies=tuple(antrea),
        cluster_policies=tuple(of_cluster),
        namespaces=tuple(Namespace(metadata=Meta(name=name, labels={"team": name})) for name in names),
    )


def _rules(dice: random.Random) -> Iterator[IngressRule]:
    for _ in range(dice.choice((1, 1, 2, 4))):
        peers = [_range(dice) if dice.random() < 0.25 else Peer(pod_selector=LabelSelector()) for _ in range(2)]
        yield IngressRule(peers=peers, ports=[PolicyPort(port=8080)])


def _range(dice: random.Random) -> Peer:
    return Peer(ip_block=_block(dice))


def _block(dice: random.Random) -> IPBlock:
    return IPBlock(cidr=f"203.0.{dice.randrange(256)}.0/{dice.choice((24, 28, 32))}")


def _of_cluster(dice: random.Random, at: int, name: str, namespace: str) -> AntreaPolicy:
    applied = dice.choice(
        (
            AppliedTo(service=NamespacedName(name=name, namespace=namespace)),
            AppliedTo(namespace_selector=LabelSelector(match_labels={"team": namespace})),
            AppliedTo(pod_selector=LabelSelector(match_labels={"app": name})),
            AppliedTo(pod_selector=LabelSelector(match_labels={"tier": "db"})),
        )
    )
    return AntreaPolicy(metadata=OwnedMeta(name=f"acnp-{at}"), spec=_antrea(dice, [applied]))


def _antrea(dice: random.Random, applied_to: list[AppliedTo]) -> AntreaPolicySpec:
    action = dice.choice(("Allow", "Allow", "Drop"))
    rules = [AntreaRule(name=f"r{at}", action=action, peers=[AntreaPeer(ip_block=_block(dice))]) for at in range(2)]
    return AntreaPolicySpec(priority=dice.randrange(1, 100), applied_to=applied_to, ingress=rules)
