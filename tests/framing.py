"""Fragments of mappings, laid into the smallest mapping that they can be a part of."""

from __future__ import annotations

import re

DISH = """\
platform: example
payload:
  dishes:
    - $for: item in menu.items
      id: = item.item_id
"""
NAME = "      name: = item.name\n"


def framed(fragment: str, where: str) -> str:
    """Give the mapping: of fields of one ``dish``, of top-level ``sections``, or of a whole ``file``."""
    if where == "file":
        return fragment
    if where == "sections":
        head = "platform: example\n" if not re.search(r"^platform:", fragment, re.MULTILINE) else ""
        payload = "" if re.search(r"^payload:", fragment, re.MULTILINE) else "payload: {name: = restaurant.name}\n"
        return head + fragment + payload
    name = NAME if not re.search(r"^name:", fragment, re.MULTILINE) else ""
    return DISH + name + "".join(f"      {line}\n" for line in fragment.splitlines())


def shift(fragment: str, where: str) -> tuple[int, int]:
    """Give how many lines and columns a fragment is moved."""
    if where == "dish":
        return framed(fragment, where).count("\n") - len(fragment.splitlines()), 6
    return (int(where == "sections" and not re.search(r"^platform:", fragment, re.MULTILINE)), 0)
