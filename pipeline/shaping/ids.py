"""Ids as a platform allows them, and option keys that are unique over the whole menu."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256

from msgspec.structs import replace

from pipeline.menu import Menu
from pipeline.shaping.report import Report
from pipeline.shaping.views import OptionView, SizeView

SEPARATOR = "~"
"""Stands between the parts of an id that is made of others; ``ids.replace`` applies to it, too."""


def id_replacer(table: Mapping[str, str]) -> Callable[[str], str]:
    """Give the function that replaces every text of ``table`` in an id, in one pass.

    What a replacement wrote is not replaced again; of two texts that fit, the longer one counts.

    >>> id_replacer({"/": "-", "-": "_"})("a/b-c")
    'a-b_c'
    """
    texts = sorted((text for text in table if text), key=len, reverse=True)
    if not texts:
        return str
    pattern = re.compile("|".join(map(re.escape, texts)))
    return lambda text: pattern.sub(lambda found: table[found[0]], text)


def replace_ids(menu: Menu, table: Mapping[str, str], report: Report) -> Menu:
    """Give the menu with every id and every reference to it replaced; two that become equal are an error.

    Sizes and options are changed, too. The given menu stays as it is.
    """
    if not _any_id_holds(menu, table):
        return menu
    new = id_replacer(table)
    wanted = ", ".join(f"{old!r} as {by!r}" for old, by in table.items())

    def changed(kind: str, records: Iterable[tuple[str, str]]) -> None:
        """Tell what was replaced among one kind's (id, name), and which became equal."""
        by_new: dict[str, dict[str, str]] = {}
        for old, name in records:
            by_new.setdefault(new(old), {})[old] = name
        for key, olds in by_new.items():
            for old, name in olds.items():
                if old != key:
                    report.add("ids-replaced", kind, old, name, wanted)
                if len(olds) > 1:
                    report.add("id-collision", kind, old, name, f"namely {key}")

    changed("category", ((category.category_id, category.name) for category in menu.categories))
    changed("item", ((item.item_id, item.name) for item in menu.items))
    changed("modifier_group", ((group.modifier_group_id, group.name) for group in menu.modifier_groups))
    for group in menu.modifier_groups:
        changed("option", ((option.option_id, f"{option.name} ({group.name})") for option in group.options))
    for item in menu.items:
        changed("size", ((size.size_id, f"{size.name} ({item.name})") for size in item.sizes))

    return replace(
        menu,
        categories=[
            replace(
                category,
                category_id=new(category.category_id),
                parent_category=category.parent_category and new(category.parent_category),
            )
            for category in menu.categories
        ],
        items=[
            replace(
                item,
                item_id=new(item.item_id),
                category=item.category and new(item.category),
                categories=item.categories and [new(category) for category in item.categories],
                sizes=[replace(size, size_id=new(size.size_id)) for size in item.sizes],
                bundle=[replace(entry, item_id=new(entry.item_id)) for entry in item.bundle],
                modifier_groups=[new(group) for group in item.modifier_groups],
            )
            for item in menu.items
        ],
        modifier_groups=[
            replace(
                group,
                modifier_group_id=new(group.modifier_group_id),
                options=[
                    replace(
                        option,
                        option_id=new(option.option_id),
                        modifier_groups=[new(nested) for nested in option.modifier_groups],
                    )
                    for option in group.options
                ],
            )
            for group in menu.modifier_groups
        ],
    )


def _any_id_holds(menu: Menu, texts: Iterable[str]) -> bool:
    """Tell whether any record's id holds one of the texts; references name records that are there."""
    ids = [category.category_id for category in menu.categories]
    for item in menu.items:
        ids.append(item.item_id)
        ids += [size.size_id for size in item.sizes]
    for group in menu.modifier_groups:
        ids.append(group.modifier_group_id)
        ids += [option.option_id for option in group.options]
    together = "\n".join(ids)
    return any(text in together for text in texts if text)


def keys_may_clash(item_ids: Collection[str], group_ids: Collection[str], separator: str) -> bool:
    """Tell whether keys have to be compared one by one.

    They differ where no id of an item or group holds the separator, and none is both: a key's first
    separator then ends its owner's id, so that the key can be read in one way only.
    """
    return (
        not separator
        or separator in "\n".join(item_ids)
        or separator in "\n".join(group_ids)
        or not set(item_ids).isdisjoint(group_ids)
    )


def make_keys_unique(
    item_ids: Iterable[str], sizes: Iterable[SizeView], options: Iterable[OptionView], separator: str, report: Report
) -> None:
    """Change the keys of options and sizes that another record has already.

    A key is ``group~option`` or ``item~size``. One that is taken gets an ending made of its own two
    ids, whatever the order of the records; items keep their ids.
    """
    items, sizes, options = set(item_ids), list(sizes), list(options)
    keys = [option.key for option in options] + [size.key for size in sizes]
    if len(items.union(keys)) == len(items) + len(keys):
        return
    owned: list[tuple[OptionView | SizeView, str, str]] = []
    owned += [(option, option.group_id, option.option_id) for option in options]
    owned += [(size, size.item_id, size.size_id) for size in sizes]
    taken = Counter([*keys, *items])
    clashing = [entry for entry in owned if taken[entry[0].key] > 1]
    for record, owner, own in sorted(clashing, key=lambda entry: entry[1:]):
        kind = "option" if isinstance(record, OptionView) else "size"
        report.add("key-made-unique", kind, record.key, record.name or own)
        digest = sha256(f"{kind}\0{owner}\0{own}".encode()).hexdigest()
        length = 8
        while (key := f"{record.key}{separator}{digest[:length]}") in taken and length < len(digest):
            length += 1
        record.key = key
        taken[key] += 1
