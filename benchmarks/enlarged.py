"""Real menus, enlarged: copies of their dishes and groups under new ids and names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def enlarged(path: Path, items: int) -> bytes:
    """Give a menu with so many dishes, made of the real one's; each copy has modifier groups of its own."""
    menu: dict[str, Any] = json.loads(path.read_text("utf-8"))
    dishes: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    copy = 0
    while len(dishes) < items:
        groups += [_group(group, copy) for group in menu["modifier_groups"]]
        dishes += [_dish(dish, copy) for dish in menu["items"][: items - len(dishes)]]
        copy += 1
    return json.dumps({**menu, "items": dishes, "modifier_groups": groups}, ensure_ascii=False).encode()


def _dish(dish: dict[str, Any], copy: int) -> dict[str, Any]:
    return {
        **dish,
        "item_id": f"{dish['item_id']}.{copy}",
        "name": f"{dish['name']} {copy}",
        "modifier_groups": [f"{group}.{copy}" for group in dish.get("modifier_groups", ())],
    }


def _group(group: dict[str, Any], copy: int) -> dict[str, Any]:
    options = [
        {**option, "modifier_groups": [f"{inner}.{copy}" for inner in option.get("modifier_groups", ())]}
        for option in group["options"]
    ]
    return {**group, "modifier_group_id": f"{group['modifier_group_id']}.{copy}", "options": options}
