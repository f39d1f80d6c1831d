"""Steps that change what is remembered: trees of JSON that hang on a store."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.exchange import Answer
from sandbox.formulas import Formula, Template
from sandbox.steps import Context, step


@step("put")
class Put(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Puts a value at a path, whose objects are made on the way; at most ``keep`` stay there, the newest."""

    at: list[Template]
    value: Template
    into: Formula = Formula("store")
    keep: int = 0

    async def run(self, context: Context) -> Answer | None:
        value = self.value.make(context.names)
        *way, last = [template.make(context.names) for template in self.at]
        tree = _below(self.into.value(context.names), way)
        if last in tree and self.keep:
            del tree[last]  # what is put anew is the newest
        tree[last] = value
        while self.keep and len(tree) > self.keep:
            del tree[next(iter(tree))]
        return None


@step("remove")
class Remove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Takes away what is at a path, if anything is."""

    at: list[Template]
    into: Formula = Formula("store")

    async def run(self, context: Context) -> Answer | None:
        *way, last = [template.make(context.names) for template in self.at]
        _below(self.into.value(context.names), way).pop(last, None)
        return None


@step("merge")
class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Merges an object into the one at a path: objects field by field, everything else replaced."""

    value: Template
    into: Formula = Formula("store")
    at: list[Template] = []

    async def run(self, context: Context) -> Answer | None:
        way = [template.make(context.names) for template in self.at]
        _merge(_below(self.into.value(context.names), way), self.value.make(context.names))
        return None


@step("diff")
class Diff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Compares two documents by the ids of their lists; holds ``changes``: ``{LIST: {created, changed, deleted}}``."""

    before: Formula
    after: Formula
    lists: list[str]
    id: str

    async def run(self, context: Context) -> Answer | None:
        old, new = self.before.value(context.names) or {}, self.after.value(context.names) or {}
        changes: dict[str, dict[str, list[Any]]] = {}
        for name in self.lists:
            before = {entity[self.id]: entity for entity in old.get(name) or []}
            after = {entity[self.id]: entity for entity in new.get(name) or []}
            changes[name] = {
                "created": [one for one in after if one not in before],
                "changed": [one for one in after if one in before and after[one] != before[one]],
                "deleted": [one for one in before if one not in after],
            }
        context.names["changes"] = changes
        return None


def _below(tree: Any, way: list[Any]) -> dict[str, Any]:
    for key in way:
        inner = tree.get(key)
        if not isinstance(inner, dict):
            inner = tree[key] = {}
        tree = inner
    assert isinstance(tree, dict)
    return tree


def _merge(target: dict[str, Any], value: dict[str, Any]) -> None:
    waiting = [(target, value)]
    while waiting:
        into, new = waiting.pop()
        for key, inner in new.items():
            here = into.get(key)
            if isinstance(here, dict) and isinstance(inner, dict):
                waiting.append((here, inner))
            else:
                into[key] = inner
