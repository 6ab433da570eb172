"""What a terminal without UTF-8 is sent: every character that is not ASCII gives way to one that is as wide.

The drawing and the marks have ASCII twins of their own (`widgets/tokens.py`); this is for all else: borders, scroll
bars, dots between words, and names from the cluster.
"""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_TWINS = {
    **dict.fromkeys("─━╌┄–—−▔▁╸╺", "-"),
    **dict.fromkeys("│┃▊▎▌▐▏▕║", "|"),
    **dict.fromkeys("▸►→›", ">"),
    **dict.fromkeys("◂◄←‹", "<"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
    **dict.fromkeys("▂▃▄▅▆▇█▀", "#"),
    **dict.fromkeys("‘’", "'"),
    "·": "-",
    "•": "*",
    "…": ".",
    "×": "x",
    "✓": "v",
    "✗": "x",
    "⇄": "!",
    "±": "~",
}


class AsciiFilter(LineFilter):
    """Replaces what the terminal cannot show, cell by cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


def in_ascii(text: str) -> str:
    """The text in ASCII, as wide as before: letters lose their accents, what has no twin becomes question marks."""
    return "".join(map(_twin, text))


@lru_cache(1024)
def _twin(character: str) -> str:
    if character.isascii():
        return character
    letter = unicodedata.normalize("NFKD", character)[0]
    plain = _TWINS.get(character) or (letter if letter.isascii() else "?")
    return (plain * cell_len(character))[: cell_len(character)]
