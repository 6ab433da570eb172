"""Makes the Paths of one access at one ingress Node out of a datapath's answers."""

from dataclasses import dataclass, replace

from diagnostics.datapath.crossing import Arrival, Way
from diagnostics.datapath.endpoints import EndpointClass
from diagnostics.datapath.handler import Handled
from diagnostics.datapath.path import Basis, EndpointGroup, Path, Place, Share, Wire


@dataclass(frozen=True, slots=True)
class PathMaker:
    """Makes the Paths of one access at one ingress Node out of a datapath's answers."""

    arrival: Arrival
    answer: Handled
    twins: tuple[str, ...]
    of: int
    note: str = ""

    def to(self, item: EndpointClass, way: Way) -> Path:
        """The Path of a class of endpoints."""
        wire = item.wires[0] if len(item.wires) == 1 else Wire.EITHER
        share = Share(len(item.group.addresses), self.of)
        note = f" {self.note}" if self.note else ""
        if item.unplaced:
            note += f" The Node of {item.unplaced} endpoints is not named in their slice; they are taken as remote."
        return self._path(item.group, replace(way, why=way.why + note), share, wire, item.target_port)

    def without_endpoint(self, way: Way) -> Path:
        """The Path of connections that reach no endpoint."""
        return self._path(EndpointGroup(Place.NONE), way, Share(0, self.of), Wire.NONE, 0)

    def _path(self, endpoint: EndpointGroup, way: Way, share: Share, wire: Wire, target_port: int) -> Path:
        arrival = self.arrival
        return Path(
            access=arrival.access,
            client=arrival.client,
            ingress=arrival.node,
            endpoint=endpoint,
            handler=self.answer.handler,
            outcome=way.outcome,
            seen=way.seen,
            rewrites=(*arrival.before, *way.rewrites),
            share=share,
            wire=wire,
            target_port=target_port,
            basis=Basis.INFERRED if self.answer.basis is Basis.INFERRED else way.basis,
            source=way.source,
            why=way.why,
            direct_return=way.direct_return,
            twins=self.twins,
        )
