"""What is said on stderr, beside the data on stdout."""

import sys

from diagnostics.model.text import plain


def say(sentence: str) -> None:
    """One remark for the operator; harmless to the terminal wherever its words come from."""
    if sys.stderr is not None:
        print(plain(sentence), file=sys.stderr)
