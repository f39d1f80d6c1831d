"""How deep entities may refer to each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sandbox.formulas import Formula


class Edge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """Entities of one list, by the field ``id``, refer to entities of another."""

    source: Formula
    to: str
    refers: Formula
    id: str


class Depth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most ``limit`` entities of the list ``counts`` on any path, and so no cycle either.

    Every path is followed level by level as a set of entities, so that neither a cycle nor many
    paths to one entity cost more than the limit times the document.
    """

    counts: str
    limit: int
    edges: list[Edge]
    say: str

    def problems(self, document: Any, names: dict[str, Any]) -> Iterator[str]:
        out: dict[tuple[str, Any], list[tuple[str, Any]]] = {}
        for edge in self.edges:
            name = edge.source.text.removesuffix("[]")
            for entity in edge.source.value(document) or []:
                targets = edge.refers.value(entity) or []
                targets = targets if isinstance(targets, list) else [targets]
                out.setdefault((name, entity.get(edge.id)), []).extend((edge.to, one) for one in targets)
        level = {node for node in out if node[0] == self.counts}
        for _ in range(self.limit):
            level = self._next(level, out)
        if level:
            yield f"{self.say}: {', '.join(sorted(str(one) for _, one in level)[:5])}"

    def _next(
        self, level: set[tuple[str, Any]], out: dict[tuple[str, Any], list[tuple[str, Any]]]
    ) -> set[tuple[str, Any]]:
        """Give the counted entities that are one further on a path, whatever lies between."""
        found: set[tuple[str, Any]] = set()
        waiting, seen = list(level), set(level)
        while waiting:
            for target in out.get(waiting.pop(), ()):
                if target[0] == self.counts:
                    found.add(target)
                elif target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return found
