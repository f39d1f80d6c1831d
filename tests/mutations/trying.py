"""Making mutations by a seed, and whether ``validate`` finds them where they stand."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.findings import Finding
from pipeline.mapping.formulas.formula import is_formula
from pipeline.mapping.nodes import Node, Table
from pipeline.mapping.nodes import Sequence as ListNode
from pipeline.mapping.validation import validate_text
from pipeline.mapping.yaml.source import load
from tests.mutations import invisible, meaning, structure, words
from tests.mutations.making import INVISIBLE, OPERATORS
from tests.mutations.source import MAPPINGS, Source

KINDS = (words, structure, meaning, invisible)
"""The modules that fill the tables of operators."""


@dataclass(frozen=True)
class Mutation:
    """A mapping's text with one mistake in it."""

    operator: str
    mapping: str
    text: str
    lines: frozenset[int]
    codes: frozenset[str]
    what: str


def sources() -> list[Source]:
    return [Source(path.stem, path.read_text("utf-8")) for path in sorted(MAPPINGS.glob("*.yaml"))]


def make(name: str, source: Source, random_: random.Random) -> Mutation | None:
    """Make one mistake of a kind; None where the mapping has no place for it."""
    maker, codes = {**OPERATORS, **INVISIBLE}[name]
    edit = maker(source, random_)
    if edit is None:
        return None
    lines, where, what = edit
    text = "\n".join(lines) + "\n"
    if text == source.text or same_meaning(text, source.text):
        return None
    return Mutation(name, source.name, text, frozenset(where), codes, what)


def same_meaning(text: str, other: str) -> bool:
    """Tell whether two texts are the same mapping, written differently."""
    left, right = load(text, "m.yaml"), load(other, "m.yaml")
    return not left.findings and plain(left.root) == plain(right.root)


def plain(node: Node | None) -> object:
    """Give a node's values without their places."""
    if isinstance(node, Table):
        return {entry.key: plain(entry.value) for entry in node}
    if isinstance(node, ListNode):
        return [plain(item) for item in node]
    return None if node is None else (node.value, is_formula(node))


def mutations(seed: int, count: int, names: Sequence[str] = ()) -> Iterator[Mutation]:
    """Make so many mistakes, each at a random place of a random mapping."""
    random_ = random.Random(seed)
    known = sources()
    made = 0
    while made < count:
        mutation = make(random_.choice(list(names or OPERATORS)), random_.choice(known), random_)
        if mutation is not None:
            made += 1
            yield mutation


def found(mutation: Mutation, folder: Path) -> tuple[Finding, ...]:
    """Give what ``validate`` says of a mutation; ``folder`` holds the payload schemas."""
    return validate_text(mutation.text.encode(), folder / f"{mutation.mapping}.yaml")


def caught(mutation: Mutation, findings: Sequence[Finding]) -> bool:
    """Tell whether a finding with the right code stands on the right line."""
    return any(f.code in mutation.codes and f.place is not None and f.place.line in mutation.lines for f in findings)
