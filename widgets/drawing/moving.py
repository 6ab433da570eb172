"""Moving a selection over the regions of a drawing by arrow keys."""

from enum import StrEnum

from widgets.drawing.drawing import Drawing, Region


class Direction(StrEnum):
    """Where an arrow key points."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"


def neighbour(drawing: Drawing, key: str, direction: Direction) -> Region | None:
    """The region to go to; None at the edge, and the first region when nothing is selected.

    Up and down go through the regions of a column in their order; left and right to the region of the next column
    that is level with this one, of the same path before others.
    """
    here = drawing.region(key)
    if here is None:
        return drawing.regions[0] if drawing.regions else None
    if direction in (Direction.UP, Direction.DOWN):
        column = sorted((item for item in drawing.regions if item.column == here.column), key=_reading_order)
        place = column.index(here) + (1 if direction is Direction.DOWN else -1)
        return column[place] if 0 <= place < len(column) else None
    step = 1 if direction is Direction.RIGHT else -1
    columns = sorted({item.column for item in drawing.regions if (item.column - here.column) * step > 0})
    if not columns:
        return None
    nearest = columns[0] if step > 0 else columns[-1]
    candidates = [item for item in drawing.regions if item.column == nearest]
    return min(candidates, key=lambda item: _distance(here, item, drawing.path))


def _reading_order(region: Region) -> tuple[int, int]:
    return region.y, -region.height


def _distance(here: Region, there: Region, path: int) -> tuple[bool, int, int]:
    related = path in there.paths if path in here.paths else bool(set(here.paths) & set(there.paths))
    return not related, abs(there.y - here.y), there.height
