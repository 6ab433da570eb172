"""Paths to a drawing: the one entrance to this package."""

from collections.abc import Collection

from diagnostics.datapath.path import Path
from widgets.drawing.columns import Arrangement, arrange
from widgets.drawing.drawing import Drawing
from widgets.drawing.labels import Labels, Marks
from widgets.drawing.outline import draw_outline
from widgets.drawing.scene import Scene, scene_of
from widgets.drawing.words import Words

NARROWEST = 68  # cells below which columns do not fit


def draw(
    paths: tuple[Path, ...],
    labels: Labels | None = None,
    marks: Marks | None = None,
    *,
    width: int,
    height: int = 0,
    path: int = 1,
    selected: str = "",
    opened: Collection[str] = (),
    ascii_only: bool = False,
) -> Drawing:
    """Draws the Paths of one access from one vantage. Raises ValueError when there is no path; else as `Board.draw`."""
    if not paths:
        raise ValueError("nothing to draw: no path")
    board = Board(scene_of(paths, labels or Labels(), marks))
    return board.draw(width=width, height=height, path=path, selected=selected, opened=opened, ascii_only=ascii_only)


class Board:
    """A scene, and where everything stood when it was last drawn: moving the selection paints, and places nothing."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._asked: tuple[object, ...] = ()
        self._arrangement: Arrangement | None = None

    def draw(
        self,
        *,
        width: int,
        height: int = 0,
        path: int = 1,
        selected: str = "",
        opened: Collection[str] = (),
        ascii_only: bool = False,
    ) -> Drawing:
        """Draws the scene.

        `width` and `height` are the cells there are (height 0: as many as needed; it only chooses airy or dense, the
        drawing may be higher). `path` is the number of the path drawn heavy, `selected` the key of the selected
        region, `opened` the keys of unfolded regions.
        """
        words, unfolded = Words(ascii_only), frozenset(opened)
        if width < NARROWEST:
            return draw_outline(self.scene, words, width, path, selected, unfolded)
        asked = (width, height, unfolded, ascii_only)
        if self._arrangement is None or asked != self._asked:
            self._asked, self._arrangement = asked, arrange(self.scene, words, width, height, unfolded)
        return self._arrangement.drawing(path, selected)
