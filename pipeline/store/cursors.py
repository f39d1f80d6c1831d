"""Cursors: where a list goes on. Opaque to callers, and read as if strangers had made them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from pipeline.store.protocol import BadCursor

MAX_CHARACTERS = 8_000

Key = tuple[int | str, ...]


def write_cursor(name: str, key: Sequence[int | str]) -> str:
    """Give the cursor that goes on behind ``key`` in the list ``name``.

    >>> read_cursor("errors", write_cursor("errors", [17, "err_1"]), (int, str))
    (17, 'err_1')
    """
    text = json.dumps([name, *key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(name: str, cursor: str, kinds: tuple[type, ...]) -> Key:
    """Give the key in a cursor; raises :class:`BadCursor` where the list ``name`` never gave it."""
    try:
        if len(cursor) > MAX_CHARACTERS:
            raise ValueError
        text = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        given = json.loads(text.decode())
        if not isinstance(given, list) or [type(part) for part in given] != [str, *kinds]:
            raise ValueError
        if any(isinstance(part, int) and abs(part) >= 2**63 for part in given):
            raise ValueError
        key = tuple(given[1:])
        if write_cursor(name, key) != cursor:  # another list's, or written in another way
            raise ValueError
    except (ValueError, binascii.Error, RecursionError):
        raise BadCursor("This is not a cursor that this list gave: start again without one") from None
    return key
