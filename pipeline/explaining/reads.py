"""What a formula reads: the paths in it that start at a name, each with its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.mapping.expressions.values import element, field
from pipeline.mapping.formulas.expression_parser import Tree
from pipeline.mapping.formulas.formula import Formula
from pipeline.mapping.paths import below
from pipeline.mapping.rules.rules import Computed, Nested, Rule, Text, Use

Path = tuple[str | int, ...]
_LEFT_FIRST = frozenset({
    "index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """A path in a formula and what stands there; ``source`` says what a template's parameter was given."""

    path: str
    value: Any
    source: str = ""


def paths_in(tree: Tree) -> Iterator[Path]:
    """Give the longest plain paths of an expression that start at a name.

    >>> import jmespath
    >>> list(paths_in(jmespath.compile("a.b[0].c == 'x' || length(d.e[?f].g)").parsed))
    [('a', 'b', 0, 'c'), ('d', 'e')]
    """
    path, whole = _plain(tree)
    if path:
        yield path
        if whole:
            return
    kind, children = tree.get("type"), tree.get("children", [])
    if kind == "expref":
        return
    if path or kind in _LEFT_FIRST or kind == "subexpression":
        if not path and children:
            yield from paths_in(children[0])
        return
    for child in children:
        if isinstance(child, dict):
            yield from paths_in(child)


def written(path: Path) -> str:
    """Write a path as a formula would."""
    text = ""
    for part in path:
        text = f"{text}[{part}]" if isinstance(part, int) else below(text, part)
    return text


def reads_of(formula: Formula, known: Mapping[str, Any], sources: Mapping[str, str]) -> tuple[Read, ...]:
    """Give what a formula reads, with the values of the names in force."""
    found: dict[str, Read] = {}
    for path in paths_in(formula.tree):
        head = str(path[0])
        if head not in known:
            continue
        value = known[head]
        length = 1
        for part in path[1:]:
            if value is None:  # what is null is named, not what would stand below it
                break
            value = element(value, part) if isinstance(part, int) else field(value, part)
            length += 1
        text = written(path[:length])
        found[text] = Read(text, value, sources.get(head, ""))
    return tuple(found.values())


def source_text(rule: Rule) -> str:
    """Say in the mapping's own words what a rule reads; empty where that is not one formula."""
    match rule.body:
        case Computed(formula):
            return " -> ".join([formula.text, *(link.name for link in formula.links)])
        case Nested(inner):
            return source_text(inner)
        case Text(parts):
            return "".join(part if isinstance(part, str) else f"{{{part.text}}}" for part in parts)
        case Use(template):
            return f"template {template}"
    return ""


def _plain(tree: Tree) -> tuple[Path, bool]:
    """Give the plain path that a tree begins with, and whether it is all of the tree."""
    kind, children = tree.get("type"), tree.get("children", [])
    if kind in ("field", "index"):
        return (tree["value"],), True
    if kind in ("subexpression", "index_expression"):
        path: Path = ()
        for child in children:
            more, whole = _plain(child)
            path = (*path, *more)
            if not whole:
                return path, False
        return path, bool(path)
    if kind in ("projection", "value_projection", "filter_projection", "flatten", "pipe") and children:
        return _plain(children[0])[0], False
    return (), False
