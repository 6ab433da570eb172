"""Unpacks an answer while it arrives, so that what came over the wire and what it holds are both known."""

import zlib
from collections.abc import Callable

from urllib3.exceptions import DecodeError

_GZIP = 16 + zlib.MAX_WBITS


def unpacker(encoding: str) -> Callable[[bytes], bytes]:
    """Turns the pieces of a body into those of its content; gzip is the only encoding that we ask for.

    What it returns raises DecodeError for damaged pieces.
    """
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        return bytes
    unpack = zlib.decompressobj(_GZIP)

    def unpacked(piece: bytes) -> bytes:
        try:
            return unpack.decompress(piece)
        except zlib.error as error:
            raise DecodeError(f"gzip: {error}") from error

    return unpacked
