"""Where YAML's parser gave up, with the lines around it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Self

import yaml

from pipeline.mapping.nodes import Position
from pipeline.mapping.yaml.scalars import LINE_BREAK

_KEY_LINE = re.compile(
    r"""(?P<indent>[ \t]*)(?P<dashes>(?:-[ \t]+)*)
        (?:(?P<key>"[^"\r\n]*"|'[^'\r\n]*'|[^\s"'#{}\[\]&*!|>%@`,:-][^\r\n:#]*?)[ \t]*:(?:[ \t]+|(?=[\r\n]|\Z)))?
        (?P<value>[^\r\n]*)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Where the parser gave up: ``index`` and, where what it was reading began, ``context_index``."""

    text: str
    file: str
    problem: str
    context: str
    index: int
    context_index: int
    line_starts: tuple[int, ...]

    @classmethod
    def of(cls, error: yaml.MarkedYAMLError, text: str, file: str) -> Self:
        """Take over what the parser says, whichever of the two it is."""
        starts = (0, *(match.end() for match in LINE_BREAK.finditer(text)))
        mark = error.problem_mark or error.context_mark
        index = min(mark.index, len(text)) if mark else 0
        context = error.context_mark.index if error.context_mark else index
        return cls(text, file, error.problem or "", error.context or "", index, min(context, index), starts)

    def position(self, index: int) -> Position:
        """Give the position of an offset."""
        line = bisect_right(self.line_starts, index)
        return Position(self.file, line, index - self.line_starts[line - 1] + 1)

    def line_start(self, index: int) -> int:
        """Give the offset at which the line of an offset starts."""
        return self.line_starts[bisect_right(self.line_starts, index) - 1]

    def line_end(self, index: int) -> int:
        """Give the offset at which the line of an offset ends."""
        match = LINE_BREAK.search(self.text, index)
        return match.start() if match else len(self.text)

    def value(self, index: int) -> tuple[str, str, int]:
        """Give key, value and the value's offset on the line of an offset, read as ``key: value``."""
        match = _KEY_LINE.match(self.text, self.line_start(index))
        assert match is not None  # every part may be empty
        return match["key"] or "", match["value"].rstrip(), match.start("value")

    @property
    def in_flow(self) -> bool:
        """Tell whether the parser was inside ``{ }`` or ``[ ]``."""
        return "flow" in self.context
