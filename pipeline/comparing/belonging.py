"""What each record of a shaped menu belongs to: dishes to categories, groups to dishes, options to groups."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.comparing.portraits import Identity
from pipeline.shaping.views import MenuView


class Belonging:
    """Owners and contents of every record of one shaped menu."""

    def __init__(self, menu: MenuView) -> None:
        self._owners: dict[Identity, list[Identity]] = {}
        self._contents: dict[Identity, list[Identity]] = {}
        self._names: dict[Identity, str] = {}
        for category in menu.all_categories:
            here = ("category", category.category_id)
            self._names[here] = " / ".join(category.path) or category.name
            self._hold(here, (("item", item.item_id) for item in category.items))
            self._hold(here, (("category", inner.category_id) for inner in category.subcategories))
        for item in menu.items:
            self._names["item", item.item_id] = item.name
            groups = (("modifier group", group.modifier_group_id) for group in item.modifier_groups)
            self._hold(("item", item.item_id), groups)
        for group in menu.modifier_groups:
            here = ("modifier group", group.modifier_group_id)
            self._names[here] = group.name
            self._hold(here, (("option", option.key) for option in group.options))
        for option in menu.options:
            self._names["option", option.key] = option.name
            groups = (("modifier group", group.modifier_group_id) for group in option.modifier_groups)
            self._hold(("option", option.key), groups)

    def owners(self, identity: Identity) -> list[Identity]:
        """Give what a record belongs to."""
        return self._owners.get(identity, [])

    def contents(self, identity: Identity) -> list[Identity]:
        """Give what belongs to a record, in order; to the restaurant, its whole categories."""
        if identity[0] == "restaurant":
            return [key for key in self._names if key[0] == "category"]
        return self._contents.get(identity, [])

    def names(self, identities: Iterable[Identity]) -> tuple[str, ...]:
        """Give the names of records."""
        return tuple(dict.fromkeys(self._names.get(identity, identity[1]) for identity in identities))

    def _hold(self, owner: Identity, inside: Iterable[Identity]) -> None:
        for identity in inside:
            self._owners.setdefault(identity, []).append(owner)
            self._contents.setdefault(owner, []).append(identity)
