"""What a picture is, told by its first bytes: its type, and its width and height as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import imagesize  # type: ignore[import-untyped]

_STARTS: tuple[tuple[str, int, tuple[bytes, ...]], ...] = (
    ("jpg", 0, (b"\xff\xd8\xff",)),
    ("png", 0, (b"\x89PNG\r\n\x1a\n",)),
    ("gif", 0, (b"GIF87a", b"GIF89a")),
    ("webp", 8, (b"WEBP",)),
    ("avif", 4, (b"ftypavif", b"ftypavis")),
    ("svg", 0, (b"<svg", b"<?xml")),
)
"""Type, at which byte its mark stands, the marks."""
OTHER = "another type"


@dataclass(frozen=True, slots=True)
class Header:
    """A picture's type, and its width and height in pixels."""

    type: str
    width: int
    height: int


def read_header(head: bytes) -> Header | None:
    """Read a picture's first bytes; None where they are no picture's, or its size does not stand in them.

    >>> read_header(b"GIF89a" + (640).to_bytes(2, "little") + (480).to_bytes(2, "little"))
    Header(type='gif', width=640, height=480)
    >>> read_header(b"<html>") is None
    True
    """
    width, height = imagesize.get(BytesIO(head))
    if width < 1 or height < 1:
        return None
    found = (name for name, at, marks in _STARTS if head[at:].startswith(marks))
    return Header(next(found, OTHER), round(width), round(height))
