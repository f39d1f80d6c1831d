"""A picture held against what one platform says of pictures: each rule a function, all in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from operator import ge, le
from typing import TypeAlias
from urllib.parse import urlsplit

from pipeline.findings import Finding, Record
from pipeline.mapping.form.pictures import PictureLimits
from pipeline.mapping.nodes import Node
from pipeline.mapping.rules.reader import place
from pipeline.pictures.header import OTHER, Header

FIELD = "image_url"


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a picture: its address, and where it could be fetched its length and its header.

    ``whole`` is false where it has more than ``length`` bytes and the rest was not read.
    """

    url: str
    length: int
    header: Header | None
    whole: bool = True


Problem: TypeAlias = tuple[str, str, str, str]
"""Code, the key that says so, what the picture is, what to do; ``{platform}`` takes stands before it."""
Rule: TypeAlias = Callable[[PictureLimits, Look], "Problem | None"]


def address_findings(limits: PictureLimits, label: str, url: str, records: tuple[Record, ...]) -> Iterator[Finding]:
    """Give what the platform refuses a picture's address for; nothing has to be fetched for it."""
    yield from _told(_ADDRESS, limits, label, Look(url, 0, None), records)


def picture_findings(limits: PictureLimits, label: str, look: Look, records: tuple[Record, ...]) -> Iterator[Finding]:
    """Give what the platform refuses the picture itself for."""
    yield from _told(_PICTURE, limits, label, look, records)


def _told(
    rules: tuple[Rule, ...], limits: PictureLimits, label: str, look: Look, records: tuple[Record, ...]
) -> Iterator[Finding]:
    for rule in rules:
        problem = rule(limits, look)
        if problem is not None:
            code, key, message, hint = problem
            node = limits.node.get(key)
            where = place(node.position if isinstance(node, Node) else limits.position)
            yield Finding(code, "error", f"{label} takes {message}", hint, where, records, FIELD)


def _query(limits: PictureLimits, look: Look) -> Problem | None:
    if limits.query == "allowed" or "?" not in look.url.partition("#")[0]:
        return None
    return "picture-address", "query", "no address with a question mark in it.", "Give the picture a plain address."


def _ending(limits: PictureLimits, look: Look) -> Problem | None:
    if not limits.endings or _path(look.url).lower().endswith(tuple(ending.lower() for ending in limits.endings)):
        return None
    return "picture-address", "endings", f"addresses that end in {_or(limits.endings)}.", "Name the picture so."


def _type(limits: PictureLimits, look: Look) -> Problem | None:
    if look.header is None or not limits.types or look.header.type in limits.types:
        return None
    is_ = "is of another type" if look.header.type == OTHER else f"is a {look.header.type}"
    return "picture-type", "types", f"{_or(limits.types)} pictures, and this one {is_}.", "Save it as one of these."


def _bytes(limits: PictureLimits, look: Look) -> Problem | None:
    if limits.max_bytes is None or look.length <= limits.max_bytes:
        return None
    has = f"{look.length:,} bytes" if look.whole else f"more than {look.length - 1:,} bytes"
    words = f"pictures of at most {limits.max_bytes:,} bytes, and this one has {has}."
    return "picture-bytes", "max_bytes", words, "Save it smaller or with more compression."


def _size(limits: PictureLimits, look: Look) -> Problem | None:
    if look.header is None:
        return None
    width, height = look.header.width, look.header.height
    bounds = (
        ("min_width", limits.min_width, ge, width, "at least {} pixels wide"),
        ("min_height", limits.min_height, ge, height, "at least {} pixels high"),
        ("max_width", limits.max_width, le, width, "at most {} pixels wide"),
        ("max_height", limits.max_height, le, height, "at most {} pixels high"),
    )
    broken = [row for row in bounds if row[1] is not None and not row[2](row[3], row[1])]
    if not broken:
        return None
    said = " and ".join(words.format(bound) for _, bound, _, _, words in broken)
    words = f"pictures that are {said}, and this one is {width} × {height}."
    return "picture-size", broken[0][0], words, "Make it anew in that size; do not enlarge a small one."


def _ratio(limits: PictureLimits, look: Look) -> Problem | None:
    if limits.ratio is None or look.header is None:
        return None
    wide, high = limits.ratio
    width, height = look.header.width, look.header.height
    # Width by height, crosswise, so that nothing is divided: exact, and one pixel more or less is equal.
    apart = abs(Decimal(width * high - height * wide))
    if apart <= max(Decimal(max(wide, high)), height * wide * limits.ratio_tolerance_percent / 100):
        return None
    words = f"pictures of {wide}:{high}, and this one is {_proportion(width, height)} ({width} × {height})."
    return "picture-ratio", "ratio", words, "Crop it to that shape."


_ADDRESS: tuple[Rule, ...] = (_query, _ending)
_PICTURE: tuple[Rule, ...] = (_type, _bytes, _size, _ratio)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return url


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} or {words[-1]}"


def _proportion(width: int, height: int) -> str:
    """Say width to height in small numbers, or to one.

    >>> _proportion(1600, 1200), _proportion(1000, 333)
    ('4:3', '3.00:1')
    """
    common = gcd(width, height)
    if max(width, height) // common < 100:
        return f"{width // common}:{height // common}"
    return f"{width / height:.2f}:1"
