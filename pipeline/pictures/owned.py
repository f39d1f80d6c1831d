"""A menu's pictures by address, each with the records that show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.findings import Record
from pipeline.mapping.form.pictures import Owner
from pipeline.menu import Menu


@dataclass(frozen=True, slots=True)
class Owned:
    """One picture's address, and what it is the picture of, by kind."""

    url: str
    owners: tuple[tuple[Owner, Record], ...]

    def of(self, kinds: tuple[Owner, ...]) -> tuple[Record, ...]:
        """Give the records of these kinds."""
        return tuple(record for kind, record in self.owners if kind in kinds)


def owned_pictures(menu: Menu) -> tuple[Owned, ...]:
    """Give a menu's distinct pictures in the menu's order; what is hidden shows none."""
    found: dict[str, dict[tuple[Owner, Record], None]] = {}
    for kind, record, url in _shown(menu):
        if url:
            found.setdefault(url, {})[kind, record] = None
    return tuple(Owned(url, tuple(owners)) for url, owners in found.items())


def _shown(menu: Menu) -> Iterator[tuple[Owner, Record, str | None]]:
    restaurant = menu.restaurant
    yield "restaurant", Record("restaurant", restaurant.restaurant_id, restaurant.name), restaurant.image_url
    for category in menu.categories:
        if not category.hidden:
            yield "categories", Record("category", category.category_id, category.name), category.image_url
    for item in menu.items:
        if not item.hidden:
            yield "items", Record("item", item.item_id, item.name), item.image_url
    for group in menu.modifier_groups:
        for option in group.options:
            if not option.hidden:
                yield "options", Record("option", option.option_id, option.name), option.image_url
