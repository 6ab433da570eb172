"""A token that stands in a file: whoever issues it writes a new one there before the old one runs out.

The official loader reads it once. kubectl reads it again after a minute, and so do we; also at once when the server
does not know the token any more.
"""

from pathlib import Path
from time import monotonic

FRESH_SECONDS = 60.0


class TokenFile:
    """The token in a file, read again when it may have changed. Not for several threads at once."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._token = ""
        self._read_at = float("-inf")

    def token(self) -> str:
        """The token, at most a minute old; the last one when the file cannot be read now. Empty if it never could."""
        if monotonic() - self._read_at > FRESH_SECONDS:
            self._read()
        return self._token

    def newest(self) -> str:
        """The token as the file has it now; the last one when it cannot be read."""
        self._read()
        return self._token

    def _read(self) -> None:
        try:
            self._token = self._path.read_text().strip() or self._token
        except (OSError, UnicodeDecodeError):
            return
        self._read_at = monotonic()
