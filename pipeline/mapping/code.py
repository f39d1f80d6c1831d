"""A growing block of Python source in which every line knows the mapping line behind it.

Generated source holds only names made here, fixed runtime names and ``repr`` of literals: no text
of a mapping or a menu is ever pasted into code.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from types import CodeType
from typing import Any, NamedTuple

from pipeline.mapping.nodes import Position
from pipeline.mapping.types import Type

LINES_PER_FILE = 1_000_000
NESTING = ("for ", "try:", "except ")
"""The statements of which Python allows 20 inside each other in one function."""


class Value(NamedTuple):
    """A Python expression and the static type of what it gives.

    ``atomic``: a local name, attribute of one or literal, which may be repeated at no cost.
    ``position``: where in the mapping the value is made, for errors.
    """

    source: str
    type: Type
    atomic: bool = False
    position: Position | None = None


class Code:
    """Lines of one module, with the constants they use.

    >>> code = Code()
    >>> with code.block("def double(x):"):
    ...     code.line(f"return x * {code.constant(2)}")
    >>> code.run("example")["double"](21)
    42
    """

    def __init__(self) -> None:
        self.lines: list[tuple[int, str, Position | None]] = []
        self.globals: dict[str, Any] = {}
        self.depth = 0
        self.nested = 0
        self.files: list[str] = []
        self._counts: dict[str, int] = {}

    def fresh(self, stem: str) -> str:
        """Make a name that no other part of the module uses; the stem is reduced to letters and digits."""
        stem = "".join(c for c in stem if c.isascii() and (c.isalnum() or c == "_")) or "value"
        number = self._counts[stem] = self._counts.get(stem, 0) + 1
        return f"{stem}_{number}"

    def constant(self, value: Any, stem: str = "constant") -> str:
        """Give an expression for a value: a literal where Python has one, else a global name."""
        if value is None or value is True or value is False or type(value) in (str, int):
            return repr(value)
        if type(value) is Decimal:
            stem = "decimal"
        name = self.fresh(f"{stem}_")
        self.globals[name] = value
        return name

    def function(self, function: Callable[..., Any]) -> str:
        """Make a runtime function known under its own name and give the name."""
        name = function.__name__
        known = self.globals.setdefault(name, function)
        if known is not function:
            name = self.fresh(name)
            self.globals[name] = function
        return name

    def line(self, text: str, position: Position | None = None) -> None:
        """Add one line at the present depth."""
        self.lines.append((self.depth, text, position))

    @contextmanager
    def block(self, head: str, position: Position | None = None) -> Iterator[None]:
        """Add a compound statement; what is added inside stands below it."""
        self.line(head, position)
        self.depth += 1
        before, nested = len(self.lines), self.nested
        if head.startswith("def "):
            self.nested = 0
        elif head.startswith(NESTING):
            self.nested += 1
        try:
            yield
        finally:
            if len(self.lines) == before:
                self.line("pass")
            self.depth -= 1
            self.nested = nested

    @contextmanager
    def aside(self) -> Iterator[list[tuple[int, str, Position | None]]]:
        """Collect lines apart from the rest, for :meth:`paste`."""
        kept, self.lines = self.lines, []
        try:
            yield self.lines
        finally:
            self.lines = kept

    def paste(self, lines: list[tuple[int, str, Position | None]]) -> None:
        """Add lines that were collected aside."""
        self.lines.extend(lines)

    def source(self) -> str:
        """Give the module's text."""
        return "\n".join("    " * depth + text for depth, text, _ in self.lines) + "\n"

    def compile(self, filename: str) -> CodeType:
        """Compile with every node's line number set to the mapping line behind it."""
        tree = ast.parse(self.source())
        origin = [self._packed(position) for _, _, position in self.lines]
        for node in ast.walk(tree):
            line = getattr(node, "lineno", None)
            if line is not None:
                mapped, column = origin[line - 1]
                node.lineno = node.end_lineno = mapped  # type: ignore[attr-defined]
                node.col_offset = column  # type: ignore[attr-defined]
                node.end_col_offset = column + 1  # type: ignore[attr-defined]
        return compile(tree, filename, "exec")

    def _packed(self, position: Position | None) -> tuple[int, int]:
        """Pack file and line into one line number, since a mapping may extend another file's."""
        if position is None:
            return 1, 0
        if position.file not in self.files:
            self.files.append(position.file)
        return self.files.index(position.file) * LINES_PER_FILE + position.line, position.column - 1

    def position_of(self, error: BaseException, filename: str) -> Position | None:
        """Tell which mapping position the innermost generated line of a traceback came from."""
        found: Position | None = None
        traceback = error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == filename:
                line, _, column, _ = next(islice(code.co_positions(), traceback.tb_lasti // 2, None))
                if line is not None and line > 1:
                    index, line = divmod(line, LINES_PER_FILE)
                    found = Position(self.files[index], line, (column or 0) + 1)
            traceback = traceback.tb_next
        return found

    def run(self, filename: str) -> dict[str, Any]:
        """Compile, execute and give the module's names."""
        namespace = dict(self.globals)
        exec(self.compile(filename), namespace)  # only names and repr() literals made above
        return namespace
