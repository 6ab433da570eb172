"""Makes text that came from a cluster or a file harmless to a terminal.

Whoever may write an annotation can put escape sequences, bidi overrides or invisible characters into it.
Everything is replaced once, where it enters; newline and tab stay.
"""

import re

_C0 = "\x00-\x08\x0b-\x1f"
_DEL_C1 = "\x7f-\x9f"
_INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\ufeff\ufff9-\ufffb"
_LINES_AND_BIDI = "\u2028-\u202e"
_SURROGATES = "\ud800-\udfff"
_VARIATION_AND_TAGS = "\ufe00-\ufe0f\U000e0000-\U000e0fff"

UNSAFE = re.compile(f"[{_C0}{_DEL_C1}{_INVISIBLE}{_LINES_AND_BIDI}{_SURROGATES}{_VARIATION_AND_TAGS}]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """The text with every character that a terminal could obey, or an eye could not see, replaced."""
    return UNSAFE.sub(REPLACEMENT, text)


def one_line(text: str) -> str:
    """Plain text on a single line: newlines and tabs become spaces."""
    return " ".join(plain(text).split())
