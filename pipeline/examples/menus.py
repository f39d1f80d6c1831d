"""A small menu as an example writes it: only what matters, the rest filled in.

Ids are made of names, a dish without a category stands in ``Menu``, the restaurant is open from
11:00 to 22:00 every day, and groups may be named by their name. Every field must be one of the
internal menu's, because a misspelt one would be kept as a further field and change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.mapping.form.kind import INVALID, Invalid, Kind, Reader, Schema, Schemas
from pipeline.mapping.nodes import Node, Scalar, Sequence, Table
from pipeline.mapping.types import Type, fields_of, record_of
from pipeline.menu import DAYS, Menu
from pipeline.reading.limits import MAX_DIGITS

Json = dict[str, Any]
MENU = "Menu"
RESTAURANT: Json = {
    "restaurant_id": "rest_example",
    "name": "Example Kitchen",
    "currency": "USD",
    "locale": "en-US",
    "timezone": "America/New_York",
    "hours": [{"day": day, "start": "11:00", "end": "22:00"} for day in DAYS],
}
_IDS = {"categories": "category_id", "items": "item_id", "modifier_groups": "modifier_group_id"}
_INNER_IDS = {"options": "option_id", "sizes": "size_id"}


@dataclass(frozen=True, slots=True)
class WrittenMenu(Kind):
    """A small menu in place, or the name of one beside the examples."""

    @property
    def words(self) -> str:
        return "the name of a menu in `menus/`, or a small menu: `items:` and what else matters"

    def read(self, node: Node, label: str, reader: Reader) -> str | Json | Invalid:
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            return node.value
        if not isinstance(node, Table):
            return self.refuse(node, label, reader)
        before = len(reader.findings)
        _check(node, record_of(Menu), label, reader)
        return complete(plain(node)) if len(reader.findings) == before else INVALID

    def schema(self, schemas: Schemas) -> Schema:
        return {"type": ["string", "object"]}


def plain(node: Node) -> Any:
    """Give a node's plain value; numbers stay exact."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    return {entry.key: plain(entry.value) for entry in node}


def complete(written: Json) -> Json:
    """Fill a small menu in.

    >>> menu = complete({"items": [{"name": "Fish Soup", "price": Decimal("4.50")}]})
    >>> menu["items"]
    [{'item_id': 'fish-soup', 'category': 'menu', 'name': 'Fish Soup', 'price': '4.50'}]
    >>> menu["categories"]
    [{'category_id': 'menu', 'name': 'Menu'}]
    """
    menu: Json = _texts(written)
    menu["restaurant"] = {**RESTAURANT, **(menu.get("restaurant") or {})}
    for key, id_name in _IDS.items():
        menu[key] = [_named(record, id_name) for record in _list(menu.get(key))]
    groups = {group.get("name"): group.get("modifier_group_id") for group in menu["modifier_groups"]}
    categories = {category.get("name"): category.get("category_id") for category in menu["categories"]}
    for category in menu["categories"]:
        if "parent_category" in category:
            category["parent_category"] = categories.get(category["parent_category"], category["parent_category"])
    for position, item in enumerate(menu["items"]):
        if "category" not in item and "categories" not in item:
            item = {"item_id": item.pop("item_id"), "category": MENU, **item}
            menu["items"][position] = item
        for name in [item.get("category"), *_list(item.get("categories"))]:
            if isinstance(name, str) and name not in categories and name not in categories.values():
                categories[name] = _id(name)
                menu["categories"].append({"category_id": _id(name), "name": name})
        if isinstance(item.get("category"), str):
            item["category"] = categories.get(item["category"], item["category"])
        if "categories" in item:
            item["categories"] = [categories.get(name, name) for name in _list(item["categories"])]
        _inner(item, groups)
    for group in menu["modifier_groups"]:
        _inner(group, groups)
    return menu


def _inner(record: Json, groups: dict[Any, Any]) -> None:
    """Complete the options or sizes of a record and its references to groups."""
    if "modifier_groups" in record:
        record["modifier_groups"] = [groups.get(name, name) for name in _list(record["modifier_groups"])]
    for key, id_name in _INNER_IDS.items():
        if key in record:
            record[key] = [_named(inner, id_name) for inner in _list(record[key])]
            for inner in record[key]:
                _inner(inner, groups)


def _named(record: Any, id_name: str) -> Json:
    """Give a record with an id; a text alone is its name."""
    if isinstance(record, str):
        record = {"name": record}
    return {id_name: _id(str(record.get("name", ""))), **record} if isinstance(record, dict) else {"name": record}


def _id(name: str) -> str:
    return "-".join(name.lower().split())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> Any:
    """Give prices as a text of digits, so that none is lost; an exponent that is out of all reason stays.

    >>> _texts([Decimal("4.50"), Decimal("1E+3"), Decimal("1E+999999999")])
    ['4.50', '1000', '1E+999999999']
    """
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < MAX_DIGITS else str(value)
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    return value


def _check(node: Node, kind: Type, label: str, reader: Reader) -> None:
    """Report every field that the internal menu does not have."""
    if kind.kind == "record" and kind.record is not None and isinstance(node, Table):
        known = fields_of(kind.record)
        for entry in node:
            if entry.key not in known:
                message = f"The menu has no field `{entry.key[:60]}` in `{label}`."
                listed = f"It has: {', '.join(known)}."
                reader.problem("menu-field", entry.position, message, reader.near(entry.key, known, listed))
            else:
                _check(entry.value, known[entry.key], f"{label}.{entry.key}", reader)
    elif kind.kind == "list" and kind.item is not None and isinstance(node, Sequence):
        for item in node:
            _check(item, kind.item, label, reader)
    elif kind.kind == "map" and kind.item is not None and isinstance(node, Table):
        for entry in node:
            _check(entry.value, kind.item, f"{label}.{entry.key}", reader)
