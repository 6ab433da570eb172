"""What the drawing needs to know besides the Paths: names and addresses by which people know the places."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from diagnostics.datapath.path import AccessKind
from diagnostics.model.case import Case


class Letting(StrEnum):
    """Whether policies let connections in; `part` of a range of clients that do not all fare alike."""

    IN = "in"
    OUT = "out"
    PART = "part"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PolicyMark:
    """What policies do with a path at its endpoints; `by` names the policy that decides."""

    letting: Letting
    by: str = ""


Marks = Mapping[tuple[int, str], PolicyMark]
"""Marks by path number (from 1, its place in the tuple drawn) and endpoint address; "" = all its endpoints."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Names and addresses. Everything may be missing: the drawing then shows what the Paths tell.

    `pods` = Pod name by endpoint address, `nodes` = Node name by endpoint address, `gateways` and `node_ips` =
    addresses by Node name in the family drawn, `policy` = words like "ETP Cluster".
    """

    service: str = ""
    policy: str = ""
    pods: Mapping[str, str] = field(default_factory=dict)
    nodes: Mapping[str, str] = field(default_factory=dict)
    gateways: Mapping[str, str] = field(default_factory=dict)
    node_ips: Mapping[str, str] = field(default_factory=dict)


def labels_of(case: Case, kind: AccessKind, family: int = 4) -> Labels:
    """The labels of a Service for drawing one of its accesses."""
    cluster, spec = case.cluster, case.service.spec
    external = kind.is_external
    policy = spec.external_traffic_policy if external else spec.internal_traffic_policy
    return Labels(
        service=case.key,
        policy=f"{'ETP' if external else 'ITP'} {policy or 'Cluster'}",
        pods={backend.address: backend.pod for backend in case.all_backends if backend.pod},
        nodes={backend.address: backend.node for backend in case.all_backends if backend.node},
        gateways={name: cluster.gateway_ip(name, family) for name in cluster.nodes},
        node_ips={name: cluster.node_ip(name, family) for name in cluster.nodes},
    )
