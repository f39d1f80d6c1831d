"""Random expressions over all kinds of nodes, and documents on which they give something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.mapping.expressions.functions import FUNCTIONS

NAMES = ["a", "b", "c", "d", '"e f"']
LEAVES = [*NAMES, *NAMES, "@", "*", "[]", "[*]", "[0]", "[::-1]"]
LITERALS = [
    "`0`", "`1`", "`2`", "`-1`", "`1.5`", "`2.0`", "`true`", "`false`", "`null`", "`[]`", "`{}`", "`[0, 1]`", '`["x"]`',
    '`{"a": 1}`', "`[[1], [2, [3]]]`", '`[{"a": 2, "b": "y"}, {"a": 1}]`', '`"x"`', "''", "'x'", "'1.50'", "' 7 '",
    "':='",
]  # fmt: skip
SLICES = ["::", "1:", ":1", "::-1", "-2:", "5:0:-2", "::2", "0:9:0"]
ORDERS = ["==", "!=", "<", "<=", ">", ">="]
# E is an expression, N a name, I an index, S a slice, O a comparison, C a call.
FORMS = [
    "E.N", "E.N", "E.N.N", "E[I]", "E[S]", "E[S].N", "E[*]", "E[*].E", "E[]", "E[].E", "E[][I]", "E.*", "E.*.N",
    "E[?E]", "E[?E].E", "E[?E O E]", "E[?E O L].N", "E.[E, E]", "E.{a: E, d: E}", "[E, E]", "{a: E, b: E}", "E | E",
    "(E | E)", "(E) || (E)", "E && E", "E || E", "!E", "!(E)", "(E)", "(E) O (E)", "E O E", "E O L", "C", "C", "C",
    "E.C", "E[].C",
]  # fmt: skip
TEXTS = ["", "x", "y", "xy", "1", "2.5", "nan", "1e999", " 12_3 ", "é", "\ud800", "true"]
NUMBERS = [0, 1, 2, -3, 1.0, 0.1, 2.5, -0.0, 10**20, 1e300]


class Grammar:
    """Makes expressions and documents; ``choose`` picks one of several."""

    def __init__(self, choose: Callable[[Sequence[Any]], Any]) -> None:
        self.choose = choose

    def expression(self, size: int) -> str:
        """Make an expression of about so many parts."""
        if size <= 1:
            return str(self.choose([*LEAVES, *LITERALS] if self.choose([0, 1]) else NAMES))
        form = self.choose(FORMS)
        parts = form.count("E") + form.count("C")
        written = []
        for letter in form:
            if letter in "EC":
                inner = max(1, (size - 1) // parts)
                written.append(self.expression(inner) if letter == "E" else self.call(inner))
            elif letter in "NISOL":
                options = {"N": NAMES, "I": ["0", "1", "-1", "5"], "S": SLICES, "O": ORDERS, "L": LITERALS}[letter]
                written.append(self.choose(options))
            else:
                written.append(letter)
        return "".join(written)

    def call(self, size: int) -> str:
        """Make a call, now and then with an argument too many."""
        name = self.choose(sorted(FUNCTIONS))
        function = FUNCTIONS[name]
        count = len(function.parameters) + self.choose([0] * 30 + [1])
        if function.variadic:
            count += self.choose([0, 1, 2])
        arguments = []
        for index in range(count):
            reference = function.parameter(index).kinds == ("expression",) and index < len(function.parameters)
            arguments.append(("&" if reference else "") + self.expression(max(1, size // count)))
        return f"{name}({', '.join(arguments)})"

    def document(self) -> Any:
        """Make a document, mostly an object of the names that expressions use."""
        if self.choose([0, 1, 2, 3]):
            return {name.strip('"'): self.value(3) for name in NAMES if self.choose([1, 1, 0])}
        return self.value(4)

    def value(self, depth: int) -> Any:
        """Make a JSON value."""
        kind = self.choose(["number", "text", "word", "numbers", "texts", "records", "list", "object"])
        if kind == "word" or depth == 0:
            return self.choose([None, True, False, [], {}, *NUMBERS])
        if kind == "number":
            return self.choose(NUMBERS)
        if kind == "text":
            return self.choose(TEXTS)
        size = range(self.choose([0, 1, 2, 3, 4]))
        if kind == "numbers":
            return [self.choose(NUMBERS) for _ in size]
        if kind == "texts":
            return [self.choose(TEXTS) for _ in size]
        if kind == "records":
            return [{"a": self.choose(NUMBERS), "b": self.choose(TEXTS), "c": self.value(depth - 1)} for _ in size]
        if kind == "list":
            return [self.value(depth - 1) for _ in size]
        return {self.choose(["a", "b", "c", "d", "e f"]): self.value(depth - 1) for _ in size}
