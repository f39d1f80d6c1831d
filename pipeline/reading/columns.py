"""One field of many records at once: that most menus lack it is found at a fraction of a loop's cost."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter
from typing import Any

from msgspec import Struct

from pipeline.menu import Menu, Option


def options_of(menu: Menu) -> list[Option]:
    """Give the options of all modifier groups, in their order."""
    return list(chain.from_iterable(column(menu.modifier_groups, "options")))


def column(records: Iterable[Struct], field: str) -> Iterable[Any]:
    """Give one field of each record."""
    return map(attrgetter(field), records)


def filled(records: Iterable[Struct], field: str) -> Iterable[Any]:
    """Give one field of those records where it holds something."""
    return filter(None, column(records, field))
