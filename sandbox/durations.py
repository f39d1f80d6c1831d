"""Lengths of time as data files write them: ``500ms``, ``20s``, ``5m``, ``1h``, ``30d``."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(float):
    """Seconds, read from a text with a unit.

    >>> Duration.read("5m")
    300.0
    """

    @classmethod
    def read(cls, text: object) -> Duration:
        """Read a text; raises ValueError with what is wanted."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", str(text))
        if found is None:
            raise ValueError(f"`{text}` is no length of time; write one such as 500ms, 20s, 5m, 1h or 30d")
        return cls(float(found[1]) * _UNITS[found[2]])
