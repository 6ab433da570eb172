"""Makes a JSON body harmless and easy to decode, on its bytes, before any string of it exists.

Text from a cluster is hostile: whatever `diagnostics.model.text.plain` replaces in a string is replaced here in the
body, written as an escape or as raw UTF-8. Ordinary bodies are only looked at, at about 1 GB/s.
"""

import re

from diagnostics.model.text import REPLACEMENT, UNSAFE, plain

# Go writes <, > and & as \u003c, \u003e and \u0026: not worth a closer look.
_CALLS_FOR_A_LOOK = re.compile(rb"\\u(?!00(?:3[cCeE]|26))|\\[bfr]")
# An escape is real only after an even number of backslashes, and two halves of a surrogate pair are one character.
_ESCAPE = re.compile(
    rb"(?<!\\)((?:\\\\)*)"
    rb"(?:\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\[bfr])"
)
_DELETE = b"\x7f"
_REPLACED = REPLACEMENT.encode()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# A key of harmless characters: with these, and no backslash before it, its first quote can only be an opening one.
_NULL = re.compile(rb":\s*null(?=\s*[,}])")
_KEY_BEFORE = re.compile(rb'(,\s*)?(?<!\\)"[\w./$-]{0,100}"\s*\Z')
_COMMA = re.compile(rb"\s*,")
_WINDOW = 120


def harmless(body: bytes) -> bytes:
    """The JSON body with every dangerous character replaced, as `plain` would do with each of its strings."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if not body.isascii():
        body = without_raw(body)
    elif _DELETE in body:
        body = body.replace(_DELETE, _REPLACED)
    if _CALLS_FOR_A_LOOK.search(body):
        body = _ESCAPE.sub(_replace_escape, body)
    return body


def without_raw(body: bytes) -> bytes:
    """The body with raw dangerous characters and broken UTF-8 replaced; a carriage return becomes a space."""
    text = body.decode("utf-8", "replace").replace("\r", " ")
    return plain(text).encode() if UNSAFE.search(text) else text.encode()


def without_nulls(body: bytes) -> bytes:
    """The body without `"key":null`: null and absent mean the same in the API. Nulls of odd keys and of lists stay."""
    if b"null" not in body:
        return body
    kept, done = [], 0
    for null in _NULL.finditer(body):
        start = max(done, null.start() - _WINDOW)
        key = _KEY_BEFORE.search(body[start : null.start()])
        if not key or (key.start() == 0 and start > done):  # what stands before the key must be seen
            continue
        kept.append(body[done : start + key.start()])
        done = null.end()
        if not key[1] and (comma := _COMMA.match(body, done)):
            done = comma.end()
    kept.append(body[done:])
    return b"".join(kept)


def _replace_escape(match: re.Match[bytes]) -> bytes:
    backslashes, high, low, single = match.groups()
    if high:
        code = 0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)
    elif single:
        code = int(single, 16)
    else:
        return bytes(backslashes) + _REPLACED
    return bytes(backslashes) + _REPLACED if UNSAFE.match(chr(code)) else match[0]
