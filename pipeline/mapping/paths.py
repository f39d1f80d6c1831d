"""Payload paths as people write them: ``menu.categories[0].items[3].price``.

In a template of a path ``[]`` stands for every entry of a list and ``*`` for every computed key.
"""

from __future__ import annotations

import json
import re

Part = str | int
ENTRY = "[]"
KEY = "*"

_SIMPLE = re.compile(r"[A-Za-z_@$-][\w@$-]*")
_PART = re.compile(
    r"""\.?(?P<name>[A-Za-z_@$-][\w@$-]*)          # a plain key
      | \.?(?P<star>\*)                           # every key
      | \[(?P<index>-?\d+)\]                      # an entry
      | (?P<entries>\[\])                         # every entry
      | \.?\[?(?P<quoted>"(?:[^"\\]|\\.)*")\]?    # a key with other characters
    """,
    re.VERBOSE,
)


class WrongPath(ValueError):
    """A path that cannot be read; the text says where."""


def parts_of(path: str) -> tuple[Part, ...]:
    """Read a path.

    >>> parts_of('menu.categories[0].items[]["a.b"]')
    ('menu', 'categories', 0, 'items', '[]', 'a.b')

    Raises:
        WrongPath: it cannot be read.
    """
    parts: list[Part] = []
    place = 0
    while place < len(path):
        match = _PART.match(path, place)
        if match is None or match.end() == place:
            raise WrongPath(f"The path {path!r} cannot be read from character {place + 1} on.")
        if match["name"] is not None:
            parts.append(match["name"])
        elif match["star"]:
            parts.append(KEY)
        elif match["index"] is not None:
            parts.append(int(match["index"]))
        elif match["entries"]:
            parts.append(ENTRY)
        else:
            parts.append(str(json.loads(match["quoted"])))
        place = match.end()
    return tuple(parts)


def below(path: str, key: str) -> str:
    """Give the path of a key under a path.

    >>> below("menu", "name"), below("", "name"), below("ids", "a.b")
    ('menu.name', 'name', 'ids["a.b"]')
    """
    if _SIMPLE.fullmatch(key):
        return f"{path}.{key}" if path else key
    return f"{path}[{json.dumps(key, ensure_ascii=False)}]"


def under(name: str, path: str) -> str:
    """Give a path of what has a name itself, such as a template.

    >>> under("extras", "[].name"), under("price", "amount"), under("price", ""), under("", "menu.name")
    ('extras[].name', 'price.amount', 'price', 'menu.name')
    """
    return f"{name}.{path}" if name and path and not path.startswith("[") else f"{name}{path}"


def shown(parts: tuple[Part, ...]) -> str:
    """Write a path.

    >>> shown(("menu", "items", "[]", 3, "a.b"))
    'menu.items[][3]["a.b"]'
    """
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text = f"{text}{ENTRY}" if part == ENTRY else f"{text}.{KEY}" if part == KEY else below(text, part)
    return text or "the payload"


def template_of(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Give a path's template, with every index as ``[]``."""
    return tuple(ENTRY if isinstance(part, int) else part for part in parts)
