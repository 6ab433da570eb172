"""Box-drawing characters by what meets in a cell: a bit mask of directions, each light or heavy."""

UP, RIGHT, DOWN, LEFT = 1, 2, 4, 8
HEAVY_SHIFT = 4  # the same four bits again, for heavy strokes

# Index = up + 3 * right + 9 * down + 27 * left, each 0 (nothing), 1 (light) or 2 (heavy).
_BY_WEIGHTS = " ╵╹╶└┖╺┕┗╷│╿┌├┞┍┝┡╻╽┃┎┟┠┏┢┣╴┘┚─┴┸╼┶┺┐┤┦┬┼╀┮┾╄┒┧┨┰╁╂┲╆╊╸┙┛╾┵┹━┷┻┑┥┩┭┽╃┯┿╇┓┪┫┱╅╉┳╈╋"


def _weight(mask: int, direction: int) -> int:
    return 2 if mask & direction << HEAVY_SHIFT else 1 if mask & direction else 0


JOINTS: tuple[str, ...] = tuple(
    _BY_WEIGHTS[_weight(mask, UP) + 3 * _weight(mask, RIGHT) + 9 * _weight(mask, DOWN) + 27 * _weight(mask, LEFT)]
    for mask in range(256)
)
"""The character of each mask; where light and heavy are both set, heavy wins."""


def _plain(character: str) -> str:
    if character in "─╴╶":
        return "-"
    if character in "━╸╺╼╾":
        return "="
    if character in "│╵╷":
        return "|"
    return "#" if character in "┃╹╻╿╽┏┓┗┛┣┫┳┻╋" else "+"


_NO_JOINTS = {"►": ">", "▼": "v", "╌": ".", "╍": "~", "┆": ":", "┇": ":"}
PLAIN = str.maketrans({**{character: _plain(character) for character in _BY_WEIGHTS[1:]}, **_NO_JOINTS})
"""Translation of line characters to ASCII, one for one: `- | +` for light, `= #` for heavy, `. ~ :` for dashes."""


def strokes(directions: int, heavy: bool) -> int:
    """The mask of some directions in one weight."""
    return directions << HEAVY_SHIFT if heavy else directions
