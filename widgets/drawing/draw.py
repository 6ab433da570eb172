"""Paths to a drawing: the one entrance to this package."""

from collections.abc import Collection

from diagnostics.datapath.path import Path
from widgets.drawing.columns import draw_columns
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
    """Draws the Paths of one access from one vantage. Raises ValueError when there is no path; else as `draw_scene`."""
    if not paths:
        raise ValueError("nothing to draw: no path")
    scene = scene_of(paths, labels or Labels(), marks)
    return draw_scene(
        scene, width=width, height=height, path=path, selected=selected, opened=opened, ascii_only=ascii_only
    )


def draw_scene(
    scene: Scene,
    *,
    width: int,
    height: int = 0,
    path: int = 1,
    selected: str = "",
    opened: Collection[str] = (),
    ascii_only: bool = False,
) -> Drawing:
    """Draws a scene.

    `width` and `height` are the cells there are (height 0: as many as needed; it only chooses airy or dense, the
    drawing may be higher). `path` is the number of the path drawn heavy, `selected` the key of the selected region,
    `opened` the keys of unfolded regions.
    """
    words = Words(ascii_only)
    if width < NARROWEST:
        return draw_outline(scene, words, width, path, selected, frozenset(opened))
    return draw_columns(scene, words, width, height, path, selected, frozenset(opened))
