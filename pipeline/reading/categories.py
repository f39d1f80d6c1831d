"""Categories: their tree, and which one each dish stands in, so that no dish is lost."""

from __future__ import annotations

from pipeline.menu import Category, Item, Menu
from pipeline.reading.limits import MAX_LEVELS
from pipeline.reading.problems import Problems, counted, record_of, shown
from pipeline.reading.walks import cycles, levels

OTHER = "Other"


def check_tree(menu: Menu, problems: Problems) -> None:
    """Check that parents exist and no category stands in itself; such a category moves to the top."""
    by_id = {category.category_id: category for category in menu.categories}
    for category in menu.categories:
        parent = category.parent_category
        if parent is not None and parent not in by_id:
            if ("category", parent) not in problems.left_out:
                problems.add(
                    "menu-category-unknown-parent",
                    f"The parent category {shown(parent)} does not exist.",
                    (record_of(category),),
                    "parent_category",
                    "Add that category, or let this one stand at the top with null.",
                )
            category.parent_category = None
    links = {key: [category.parent_category] for key, category in by_id.items() if category.parent_category}
    for cycle in cycles(links):
        names = " → ".join(shown(by_id[key].name) for key in (*cycle.some, cycle.first))
        problems.add(
            "menu-category-cycle",
            f"Categories are each other's parents: {names}.",
            tuple(record_of(by_id[key]) for key in cycle.some),
            "parent_category",
            "Let one of them stand at the top: write null as its parent_category.",
        )
        by_id[cycle.last].parent_category = None
        del links[cycle.last]
    if links:
        _check_depth(by_id, levels(links), problems)


def _check_depth(by_id: dict[str, Category], depth: dict[str, int], problems: Problems) -> None:
    deep = [key for key, level in depth.items() if level > MAX_LEVELS]
    if deep:
        problems.add(
            "menu-category-depth",
            f"Categories are nested more than {MAX_LEVELS} levels deep.",
            (record_of(by_id[deep[0]]),),
            "parent_category",
            "Put them under fewer parents; platforms show one or two levels.",
        )
    for key in deep:
        if depth[key] % MAX_LEVELS == 1:
            by_id[key].parent_category = None


class Placement:
    """Finds, or makes, the category that a dish's tag means."""

    def __init__(self, menu: Menu) -> None:
        self.menu = menu
        self.ids = {category.category_id for category in menu.categories}
        self.by_name: dict[str, Category] = {}
        for category in menu.categories:
            self.by_name.setdefault(_folded(category.name), category)
        self.made: dict[str, Category] = {}
        self.last = max((category.display_order for category in menu.categories), default=-1)
        self.by_name_items: list[Item] = []
        self.made_items: list[Item] = []
        self.placeless: list[Item] = []

    def place(self, item: Item) -> None:
        """Give a dish ids of categories in place of tags."""
        further = list(dict.fromkeys(self._id_of(tag, item) for tag in item.categories or () if tag.strip()))
        if item.category is not None and item.category.strip():
            item.category = self._id_of(item.category, item)
        elif further:
            item.category = further[0]
        else:
            item.category = None
            self.placeless.append(item)
        if item.categories is not None:
            item.categories = further

    def _id_of(self, tag: str, item: Item) -> str:
        if tag in self.ids:
            return tag
        named = self.by_name.get(_folded(tag))
        if named is not None:
            self.by_name_items.append(item)
            return named.category_id
        made = self.made.get(_folded(tag))
        if made is None:
            made = self.made[_folded(tag)] = self._make(tag.strip(), tag.strip()[:1_000])
        self.made_items.append(item)
        return made.category_id

    def place_rest(self) -> None:
        """Put the dishes without any category into a last one."""
        if self.placeless:
            key = _folded(OTHER)
            other = self.by_name.get(key) or self.made.get(key) or self._make(OTHER, "other")
            for item in self.placeless:
                item.category = other.category_id

    def _make(self, name: str, category_id: str) -> Category:
        """Add a category at the end of the top level."""
        number = 2
        wanted = category_id
        while category_id in self.ids:
            category_id, number = f"{wanted}-{number}", number + 1
        self.ids.add(category_id)
        self.last += 1
        made = Category(category_id=category_id, name=name, display_order=self.last)
        self.menu.categories.append(made)
        return made


def place_items(menu: Menu, problems: Problems) -> None:
    """Give every dish a category that exists, and tell where that was not plain."""
    placement = Placement(menu)
    ids = placement.ids
    for item in menu.items:
        if item.category not in ids or item.categories:
            placement.place(item)
    placement.place_rest()
    for code, items, words in (
        ("menu-category-by-name", placement.by_name_items, "by its name instead of its id; the category was found"),
        ("menu-category-made", placement.made_items, f"that does not exist; made: {_names(placement.made)}"),
    ):
        items = list({item.item_id: item for item in items}.values())
        if items:
            message = f"{counted(len(items), 'item')} {'names' if len(items) == 1 else 'name'} a category {words}."
            hint = "Write the category_id of a category of this menu."
            problems.collect(code, message, [record_of(item) for item in items], "category", hint)
    if placement.placeless:
        problems.collect(
            "menu-category-none",
            f"{counted(len(placement.placeless), 'item')} without a category; put into a last category {OTHER}.",
            [record_of(item) for item in placement.placeless],
            "category",
            "Give them a category, so that guests find them.",
        )


def _names(made: dict[str, Category]) -> str:
    names = [shown(category.name) for category in made.values()]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
