"""Which of two versions of a menu is the newer one."""

from __future__ import annotations

import re
from datetime import datetime

_DIGITS = re.compile(r"([0-9]+)")


def newest_version(first: str | None, second: str | None) -> str | None:
    """Give the newer of two menu versions; the second where neither is.

    Instants are compared as such, everything else by its numbers and the text between them. None is
    older than any version.

    >>> newest_version("v9", "v10"), newest_version("7", None)
    ('v10', '7')
    >>> newest_version("2026-03-01T12:00:00.5Z", "2026-03-01T13:00:00.25+01:00")
    '2026-03-01T12:00:00.5Z'
    """
    return first if is_newer(first, second) else second


def is_newer(version: str | None, than: str | None) -> bool:
    """Tell whether ``version`` is newer than the other.

    >>> is_newer("v6", "v7"), is_newer("v7", "v7"), is_newer("v7", None)
    (False, False, True)
    """
    if version is None or than is None:
        return than is None and version is not None
    mine, other = _instant(version), _instant(than)
    if mine is not None and other is not None:
        return mine > other
    return _parts(version) > _parts(than)


def _instant(version: str) -> datetime | None:
    if not (version[:4].isdecimal() and version[4:5] == "-"):
        return None
    try:
        instant = datetime.fromisoformat(version)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _parts(version: str) -> list[tuple[int, str]]:
    """Numbers by length and digits, so that no length of them costs more than reading them."""
    parts = []
    for index, part in enumerate(_DIGITS.split(version)):
        digits = part.lstrip("0")
        parts.append((len(digits), digits) if index % 2 else (0, part))
    return parts
