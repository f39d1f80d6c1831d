"""Lines of generated code written aside, before it is known where their value goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.mapping.code import Value
from pipeline.mapping.nodes import Position

Line = tuple[int, str, Position | None]
MOST_TESTS = 6


@dataclass(slots=True)
class Captured:
    """Lines written aside, with the marks of the places where a value is stored."""

    lines: list[Line]
    stores: dict[str, Value]
    always: bool

    def direct(self, depth: int) -> Value | None:
        """Give the value where it is stored once, on every path, after plain statements."""
        if not self.always or len(self.stores) != 1:
            return None
        mark, value = next(iter(self.stores.items()))
        index = next(i for i, line in enumerate(self.lines) if line[1] == mark)
        return value if self.lines[index][0] == depth and index == len(self.lines) - 1 else None

    def resolved(self, store: Callable[[str], str]) -> list[Line]:
        """Give the lines with each mark replaced by a statement that stores its value."""
        return [
            (depth, store(self.stores[text].source), self.stores[text].position)
            if text in self.stores
            else (depth, text, position)
            for depth, text, position in self.lines
        ]


def guard_of(lines: list[Line], depth: int) -> str:
    """Give the condition without which an object made of ``if`` blocks stays empty; none where there is more to it."""
    tests = []
    for level, text, _ in lines[2:]:
        if level == depth:
            if not text.startswith("if ") or ":=" in text:
                return ""
            tests.append(text[3:-1])
    return " or ".join(f"({test})" for test in tests) if tests and len(tests) <= MOST_TESTS else ""
