"""The draft as a tree, and as YAML text with remarks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$-]*")
_PLAIN_TEXT = re.compile(r"[A-Za-z][\w ,\[\]/.-]*[\w\].]|[A-Za-z]")
_FORMULA_NEEDS_QUOTES = re.compile(r"[:#]\s|\s#|:$|^[=]?\s*[\[{&*!|>'\"%@`]")
_INVISIBLE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(slots=True)
class Leaf:
    """A formula or a literal; ``check`` is a remark for the person who finishes the draft."""

    value: Any
    formula: bool = False
    check: str = ""
    sample: Any = None
    line: int = 0


@dataclass(slots=True)
class Branch:
    """Keys with what stands below them."""

    entries: list[tuple[str, Tree]] = field(default_factory=list)
    check: str = ""

    def put(self, key: str, tree: Tree) -> None:
        """Add a key."""
        self.entries.append((key, tree))


@dataclass(slots=True)
class Row:
    """A list."""

    entries: list[Tree] = field(default_factory=list)
    check: str = ""


Tree: TypeAlias = "Leaf | Branch | Row"


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Give all leaves."""
    if isinstance(tree, Leaf):
        yield tree
    elif isinstance(tree, Row):
        for entry in tree.entries:
            yield from leaves(entry)
    else:
        for _, entry in tree.entries:
            yield from leaves(entry)


def lines(tree: Branch, first: int, indent: str = "  ") -> list[str]:
    """Write a tree as YAML, and note each leaf's line; ``first`` is the first line's number."""
    written: list[str] = []

    def write(text: str, check: str, leaf: Leaf | None = None) -> None:
        if leaf is not None:
            leaf.line = first + len(written)
        written.append(f"{text}  # check: {' '.join(check.split())}" if check else text)

    def branch(node: Branch, pad: str, start: str) -> None:
        for number, (key, inner) in enumerate(node.entries):
            head = f"{start if number == 0 else pad}{_key(key)}:"
            value(inner, pad, head)

    def value(node: Tree, pad: str, head: str) -> None:
        if isinstance(node, Leaf):
            write(f"{head} {scalar(node)}", node.check, node)
        elif not node.entries:
            write(f"{head} {'{}' if isinstance(node, Branch) else '[]'}", node.check)
        elif isinstance(node, Branch):
            write(head, node.check)
            branch(node, f"{pad}  ", f"{pad}  ")
        else:
            write(head, node.check)
            for entry in node.entries:
                item(entry, f"{pad}  ")

    def item(node: Tree, pad: str) -> None:
        if isinstance(node, Leaf):
            write(f"{pad}- {scalar(node)}", node.check, node)
        elif not node.entries:
            write(f"{pad}- {'{}' if isinstance(node, Branch) else '[]'}", node.check)
        elif isinstance(node, Branch):
            if node.check:
                write(f"{pad}# check: {node.check}", "")
            branch(node, f"{pad}  ", f"{pad}- ")
        else:
            write(f"{pad}-", node.check)
            for entry in node.entries:
                item(entry, f"{pad}  ")

    branch(tree, indent, indent)
    return written


def scalar(leaf: Leaf) -> str:
    r"""Write a leaf's value.

    >>> scalar(Leaf("= item.name", formula=True)), scalar(Leaf("12:30")), scalar(Leaf("= x"))
    ('= item.name', '"12:30"', "'\\= x'")
    """
    value = leaf.value
    if leaf.formula:
        return quoted(value) if _FORMULA_NEEDS_QUOTES.search(value) else str(value)
    if isinstance(value, str):
        if value.startswith("="):
            return "'\\" + value.replace("'", "''") + "'"
        plain = _PLAIN_TEXT.fullmatch(value) and value.lower() not in _YAML_WORDS and "  " not in value
        return value if plain else quoted(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value)


def quoted(text: str) -> str:
    """Write a text in double quotes; what YAML takes in no file is escaped."""
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _YAML_WORDS else quoted(key)
