"""Paths built by hand for tests of what stands on them: one class of connections to Pods of one Service."""

from clusters import CLIENT, NODE_PORT, TARGET_PORT, gateway, node_ip, pod_ip
from diagnostics.datapath.path import (
    Access,
    AccessKind,
    Basis,
    EndpointGroup,
    Handler,
    Outcome,
    Path,
    Place,
    Rewrite,
    RewriteKind,
    SeenKind,
    SeenSource,
    Share,
    Vantage,
    VantageKind,
    Wire,
)

OUTSIDE = Vantage(VantageKind.EXTERNAL, CLIENT)


def a_path(
    seen: SeenKind = SeenKind.CLIENT,
    *,
    kind: AccessKind = AccessKind.NODE_PORT,
    handler: Handler = Handler.ANTREA_PROXY,
    ingress: int = 1,
    endpoints: tuple[str, ...] | None = None,
    place: Place = Place.LOCAL,
    client: Vantage = OUTSIDE,
    outcome: Outcome = Outcome.DELIVERED,
    snat: tuple[str, ...] = (),
    port: int = TARGET_PORT,
    protocol: str = "TCP",
    host_network: bool = False,
    direct_return: bool = False,
    seen_ip: str = "",
    family: int = 4,
) -> Path:
    """A Path through Node `ingress` to the first Pod there, or on Node 2 when `place` is remote.

    `snat` lists ids of rewrites of the source, each to the Node's own address.
    """
    known = {SeenKind.CLIENT: client.ip, SeenKind.POD: client.ip}
    known |= {SeenKind.GATEWAY: gateway(ingress, family), SeenKind.NODE: node_ip(ingress, family)}
    if endpoints is None:
        endpoints = (pod_ip(ingress if place is Place.LOCAL else 2, 0, family),)
    return Path(
        access=Access(kind, "", NODE_PORT, protocol, "http", family),
        client=client,
        ingress=f"node{ingress}",
        endpoint=EndpointGroup(place, endpoints, "", host_network),
        handler=handler,
        outcome=outcome,
        seen=SeenSource(seen, seen_ip or known.get(seen, ""), f"node{ingress}"),
        rewrites=tuple(
            Rewrite(name, RewriteKind.SNAT, "there", client.ip, node_ip(ingress), Basis.INFERRED, "") for name in snat
        ),
        share=Share(len(endpoints), len(endpoints)),
        wire=Wire.SAME_NODE if place is Place.LOCAL else Wire.TUNNEL,
        target_port=port,
        basis=Basis.INFERRED,
        source="",
        why="",
        direct_return=direct_return,
    )
