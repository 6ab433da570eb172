"""Which station of a path a region of the drawing stands for."""

from diagnostics.datapath.hops import HopKind
from diagnostics.datapath.path import Outcome, Path, Wire
from widgets.drawing.drawing import Region, RegionKind

_HOPS: dict[RegionKind, HopKind] = {
    RegionKind.CLIENT: HopKind.CLIENT,
    RegionKind.ENTRY: HopKind.ENTRY,
    RegionKind.INGRESS: HopKind.INGRESS,
    RegionKind.TWINS: HopKind.INGRESS,
    RegionKind.WAY: HopKind.WIRE,
    RegionKind.RETURN: HopKind.WIRE,
    RegionKind.BACKEND: HopKind.BACKEND,
    RegionKind.POD: HopKind.POD,
    RegionKind.MORE: HopKind.BACKEND,
}


def hop_kind(region: Region, path: Path) -> HopKind:
    """The station that a region stands for; a lane stands for its Node when something happens there, or no wire is."""
    crosses = path.wire not in (Wire.SAME_NODE, Wire.NONE)
    if region.kind is RegionKind.WAY and (path.snat or path.outcome is not Outcome.DELIVERED or not crosses):
        return HopKind.INGRESS
    return _HOPS[region.kind]
