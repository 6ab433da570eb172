"""Clusters with their Paths, built by hand as the datapath would fold them: for tests of the drawing."""

from collections.abc import Iterable

from diagnostics.datapath.path import (
    EXTERNAL_CLIENT,
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
from widgets.drawing.labels import Labels

LOAD_BALANCER = Access(AccessKind.LOAD_BALANCER, "198.51.100.20", 80, "TCP")
LOAD_BALANCER_V6 = Access(AccessKind.LOAD_BALANCER, "2001:db8:51::20", 80, "TCP", family=6)
NODE_PORT = Access(AccessKind.NODE_PORT, "", 30080, "TCP")
CLIENT_V6 = Vantage(VantageKind.EXTERNAL, "2001:db8::10")


class DrawnCluster:
    """Nodes with endpoints: `counts[i]` is the number of endpoints on Node i."""

    def __init__(self, *counts: int, names: tuple[str, ...] = (), family: int = 4) -> None:
        self.family = family
        self.nodes = names or tuple(_node_name(index, len(counts)) for index in range(len(counts)))
        self.endpoints = {
            node: tuple(self._ip(index, 10 + number) for number in range(count))
            for index, (node, count) in enumerate(zip(self.nodes, counts))
        }
        self.gateways = {node: self._ip(index, 1) for index, node in enumerate(self.nodes)}
        self.node_ips = {
            node: f"172.18.{index // 250}.{index % 250 + 2}" if family == 4 else f"fd00:18::{index + 2:x}"
            for index, node in enumerate(self.nodes)
        }
        self.total = sum(counts)
        self.home = {address: node for node, addresses in self.endpoints.items() for address in addresses}

    def _ip(self, node: int, host: int) -> str:
        return f"10.{20 + node // 250}.{node % 250}.{host}" if self.family == 4 else f"fd00:10:20:{node:x}::{host:x}"

    def labels(self, policy: str = "ETP Cluster") -> Labels:
        """Labels as a Case would give them."""
        return Labels(
            service="shop/web",
            policy=policy,
            pods={address: f"web-{number}" for number, address in enumerate(self.home)},
            nodes=self.home,
            gateways=self.gateways,
            node_ips=self.node_ips,
        )

    def path(
        self,
        node: str,
        place: Place,
        *,
        after: tuple[str, ...] = (),
        handler: Handler = Handler.ANTREA_PROXY,
        outcome: Outcome = Outcome.DELIVERED,
        wire: Wire = Wire.TUNNEL,
        access: Access | None = None,
        twins: Iterable[str] = (),
        direct_return: bool = False,
        seen: SeenKind = SeenKind.GATEWAY,
    ) -> Path:
        """One path; `after` holds the address after each SNAT, in order."""
        local = self.endpoints.get(node, ())
        addresses: tuple[str, ...] = ()
        if place is Place.LOCAL:
            addresses = local
        elif place is Place.REMOTE:
            addresses = tuple(address for address in self.home if address not in local)
        homes = {self.home[address] for address in addresses}
        client = EXTERNAL_CLIENT if self.family == 4 else CLIENT_V6
        source = SeenSource(seen, after[-1], node) if after else SeenSource(SeenKind.CLIENT, client.ip)
        return Path(
            access=access or (LOAD_BALANCER if self.family == 4 else LOAD_BALANCER_V6),
            client=client,
            ingress=node,
            endpoint=EndpointGroup(place, addresses, homes.pop() if len(homes) == 1 else ""),
            handler=handler,
            outcome=outcome,
            seen=source if outcome is Outcome.DELIVERED else SeenSource(SeenKind.UNKNOWN),
            rewrites=tuple(
                Rewrite("S2", RewriteKind.SNAT, f"{node} OVS", before, behind, Basis.DOCUMENTED, "antrea:x", "Because.")
                for before, behind in zip((client.ip, *after), after)
            ),
            share=Share(len(addresses), self.total),
            wire=Wire.SAME_NODE if place is Place.LOCAL else wire if place is Place.REMOTE else Wire.NONE,
            target_port=8080 if addresses else 0,
            basis=Basis.DOCUMENTED,
            source="antrea:x",
            why="It is so.",
            direct_return=direct_return,
            twins=tuple(twins),
        )

    def kube_proxy(self, folded: bool = True, access: Access | None = None) -> tuple[Path, ...]:
        """ETP Cluster through kube-proxy in encap mode: every endpoint sees the gateway of the ingress Node."""
        return self._everywhere(folded, Handler.KUBE_PROXY, access=access)

    def antrea_proxy(self, folded: bool = True, direct: bool = False) -> tuple[Path, ...]:
        """ETP Cluster through AntreaProxy in encap mode: kept at local endpoints; with `direct` (DSR) everywhere."""
        return self._everywhere(folded, Handler.ANTREA_PROXY, direct=direct)

    def _everywhere(
        self, folded: bool, handler: Handler, direct: bool = False, access: Access | None = None
    ) -> tuple[Path, ...]:
        alike: dict[tuple[str, int], list[str]] = {}
        for node in self.nodes:
            alike.setdefault(("" if folded else node, len(self.endpoints[node])), []).append(node)
        paths = []
        for (_, count), (lead, *twins) in alike.items():
            gateway = (self.gateways[lead],)
            if count:
                after = gateway if handler is Handler.KUBE_PROXY else ()
                paths.append(self.path(lead, Place.LOCAL, after=after, handler=handler, twins=twins, access=access))
            if count < self.total:
                after = () if direct else gateway
                paths.append(
                    self.path(
                        lead,
                        Place.REMOTE,
                        after=after,
                        handler=handler,
                        twins=twins,
                        access=access,
                        direct_return=direct,
                    )
                )
        return tuple(paths)

    def local_only(self) -> tuple[Path, ...]:
        """ETP Local through kube-proxy: kept where an endpoint runs, dropped elsewhere."""
        paths = [
            self.path(node, Place.LOCAL, handler=Handler.KUBE_PROXY) for node in self.nodes if self.endpoints[node]
        ]
        lead, *twins = [node for node in self.nodes if not self.endpoints[node]]
        nowhere = self.path(lead, Place.NONE, handler=Handler.KUBE_PROXY, outcome=Outcome.DROPPED, twins=twins)
        return (*paths, nowhere)


def _node_name(index: int, count: int) -> str:
    return f"node-{'abcdefghijklmnopqrstuvwxyz'[index]}" if count <= 26 else f"node-{index:04}"
