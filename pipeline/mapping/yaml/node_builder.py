"""The YAML parser's events → nodes; what YAML reads otherwise than people mean is told on the way."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml.events import AliasEvent, ScalarEvent, SequenceStartEvent

from pipeline.findings import Finding, Severity
from pipeline.mapping.formulas.delimiters import unbalanced, yaml_quoted
from pipeline.mapping.mistakes import finding
from pipeline.mapping.nodes import Entry, Node, Position, Scalar, Sequence, Table
from pipeline.mapping.yaml.flow_formulas import LOOP_KEYS, comment_cut, formula_end, holds_formula
from pipeline.mapping.yaml.scalars import LINE_BREAK, NumberTooLong, plain_value, runs_of

Event: TypeAlias = Any
"""An event of the parser; which of its fields there are depends on its class."""

_COLON = re.compile(r"(?:\s|#[^\n]*\n)*+:")
_TEMPLATE = re.compile(r"\{\s*([A-Za-z_][\w.]*(?:\s*(?:->|\|)[^{}]*)?)\s*\}\}")
_LINE_END = re.compile("[\r\n]")
_CUT = re.compile(r"[ \t]+(#(?:\d[^\r\n]*|\w+[ \t]*$))", re.MULTILINE)
"""What looks like the rest of a text: `#1` and more, or one word behind a `#`; a comment has a space there."""
_OPENING_QUOTES, _CLOSING_QUOTES = "“”„«‘’‚", "”“»’‘"
_PATH_START = re.compile(r"[A-Za-z_]\w*(\.\w+)+")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a mapping file may be; ``nodes`` counts what aliases repeat, too."""

    bytes: int = 1_000_000
    depth: int = 100
    nodes: int = 100_000
    aliases: int = 1_000


class Refused(Exception):
    """Ends the reading; becomes a finding at the edge of this module."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found.code)
        self.finding = found


def too_large(position: Position, message: str) -> Refused:
    """Make what refuses a file beyond the limits."""
    return Refused(finding("yaml-limit", position, message, "Split the mapping up, with templates and extends."))


@dataclass(slots=True)
class _Anchored:
    """What an anchor names; ``node`` is None while it is still being read."""

    node: Node | None = None
    nodes: int = 0
    height: int = 0


def _is_scalar(event: Event) -> bool:
    return isinstance(event, ScalarEvent)


class Builder:
    """Makes nodes of the parser's events, which are read one at a time, so limits hold at once."""

    def __init__(self, events: Any, text: str, file: str, limits: Limits, findings: list[Finding]) -> None:
        self.next: Callable[[], Event] = events.get_event
        self.text = text
        self.file = file
        self.limits = limits
        self.findings = findings
        self.nodes = 0
        self.deepest = 0
        self.aliases = 0
        self.anchors: dict[str, _Anchored] = {}
        self.split_end = 0  # where the last formula ends that YAML has split: what starts before is its remainder
        self.line_starts: list[int] = []

    def document(self) -> Node:
        """Read the one document; raises ``Refused`` at a limit, and the parser's own errors."""
        self.next()  # the stream's start
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            raise Refused(
                finding("yaml-empty", Position(self.file, 1, 1), "This file is empty.", "Begin with platform: NAME.")
            )
        root = self._node(self.next(), 0)
        self.next()  # the document's end
        event = self.next()
        if isinstance(event, yaml.DocumentStartEvent):
            message = "A second document begins here, and a mapping file holds one."
            self._tell("yaml-documents", self._position(event), message, "Take the line --- out, or make two files.")
        return root

    def _node(self, event: Event, depth: int, key: str = "", flow: bool = False) -> Node:
        """Read one node whose first event is given; ``key`` is the key that it stands under."""
        self.nodes += 1
        if depth > self.deepest:
            self.deepest = depth
        if self.nodes > self.limits.nodes:
            raise too_large(self._position(event), f"This file holds more than {self.limits.nodes:,} values.")
        if depth > self.limits.depth:
            raise too_large(self._position(event), f"This file is nested deeper than {self.limits.depth} levels.")
        if type(event) is AliasEvent:
            return self._alias(event, depth)
        if event.tag is not None:
            return self._tagged(event, depth, key)
        if event.anchor is not None:
            return self._anchored(event, depth, key, flow)
        return self._content(event, depth, key, flow)

    def _content(self, event: Event, depth: int, key: str, flow: bool) -> Node:
        if _is_scalar(event):
            return self._scalar(event, key, flow)
        if type(event) is SequenceStartEvent:
            return self._sequence(event, depth, key)
        return self._table(event, depth)

    def _scalar(self, event: Event, key: str, flow: bool) -> Scalar:
        mark = event.start_mark
        position = Position(self.file, mark.line + 1, mark.column + 1)
        if event.style:
            runs = runs_of(self.text, event.value, mark, event.end_mark.index, event.style)
            inner = Position(self.file, *runs.pop(0)[1:]) if event.style in "|>" else position.right(1)
            return Scalar(event.value, position, inner, True, tuple(runs))
        value = event.value
        end = event.end_mark.index
        if holds_formula(value, key):
            stop = self._whole_formula(value, mark.index, end, key, flow)
            if stop is not None:
                whole = re.sub(r"\s*\n\s*", " ", self.text[mark.index : stop])
                return Scalar(whole, position, position, False, tuple(runs_of(self.text, whole, mark, stop)))
        elif self.text.startswith(" #{", end):
            message = "The text ends here, because ` #` starts a comment in YAML."
            self._tell("formula-comment", self._place(end + 1), message, "Put the whole text in quotes.")
        runs = runs_of(self.text, value, mark, end) if event.end_mark.line != mark.line else []
        try:
            plain = plain_value(value)
            if isinstance(plain, str) and not holds_formula(value, key):
                self._not_meant(plain, position, key, end)
            return Scalar(plain, position, position, False, tuple(runs))
        except NumberTooLong:
            message = "This number has more digits than any platform takes."
            self._tell("yaml-number", position, message, "Put it in quotes if it is text, such as a code.")
            return Scalar(value, position, position)

    def _not_meant(self, value: str, position: Position, key: str, end: int) -> None:
        """Tell of a text that YAML ends at a ` #` which looks like a part of it, or whose quotes are not YAML's."""
        label = f"{key}: " if key else ""
        if len(value) > 2 and value[0] in _OPENING_QUOTES and value[-1] in _CLOSING_QUOTES:
            hint = f"Write: {label}{yaml_quoted(value[1:-1])}"
            self._tell("yaml-smart-quotes", position, "Curly quotes are letters of the text in YAML.", hint, "warning")
        rest = _CUT.match(self.text, end)
        if rest is not None:
            whole = yaml_quoted(f"{value}{rest[0]}".rstrip())
            hint = f"Write: {label}{whole}. Where a comment is meant, put a space behind the #."
            message = f"The text ends here as `{value}`, because ` #` starts a comment in YAML."
            self._tell("yaml-comment", self._place(rest.start(1)), message, hint, "warning")

    def _whole_formula(self, value: str, start: int, end: int, key: str, flow: bool) -> int | None:
        """Give where a formula really ends that YAML has split or cut, after telling so."""
        if unbalanced(value) is None and not (flow and key in LOOP_KEYS):
            return None
        stop = formula_end(self.text, start, key) if flow else None
        if stop is not None and stop > end:
            self.split_end = stop
            message = "YAML splits a formula with , [ ] { } that stands inside { } or [ ]."
            self._tell(
                "formula-split", self._place(end), message, self._quoting(start, stop, key, " or on its own line")
            )
            return stop
        stop = comment_cut(self.text, start, end)
        if stop is not None:
            message = "The formula is cut off here, because ` #` starts a comment in YAML."
            self._tell(
                "formula-comment", self._place(self.text.index("#", end)), message, self._quoting(start, stop, key)
            )
        return stop

    def _quoting(self, start: int, stop: int, key: str, otherwise: str = "") -> str:
        label = f"{key}: " if key and self.text[max(start - 40, 0) : start].rstrip().endswith(":") else ""
        return f"Put it in quotes{otherwise}: {label}{yaml_quoted(self.text[start:stop])}"

    def _sequence(self, event: Event, depth: int, key: str) -> Sequence:
        flow = bool(event.flow_style)
        items: list[Node] = []
        while not isinstance(inner := self.next(), yaml.SequenceEndEvent):
            remainder = inner.start_mark.index < self.split_end
            item = self._node(inner, depth + 1, key, flow)
            if not remainder:
                items.append(item)
        return Sequence(tuple(items), self._position(event))

    def _table(self, event: Event, depth: int) -> Node:
        flow = bool(event.flow_style)
        entries: dict[str, Entry] = {}
        bare: list[Scalar] = []
        while not isinstance(inner := self.next(), yaml.MappingEndEvent):
            remainder = inner.start_mark.index < self.split_end
            name = self._key(inner, depth, flow, remainder)
            key = str(name.value) if name else ""
            value = self._node(self.next(), depth + 1, key, flow)
            if name is None or remainder:
                continue
            if flow and self._has_no_colon(inner.end_mark.index, value):
                bare.append(name)
            if key in entries:
                line = entries[key].position.line
                message = f"`{key}` stands here a second time; the first is on line {line}."
                self._tell("yaml-key-twice", name.position, message, "Keep one of the two.")
            else:
                entries[key] = Entry(key, name.position, value)
        if bare and len(entries) == len(bare) and _PATH_START.match(str(bare[0].value)):
            return self._text_in_braces(event)
        for name in bare:
            message = f"`{name.value}` has no colon and no value."
            hint = f"Write {name.value}: VALUE, or put the text in quotes."
            self._tell("yaml-key-without-value", name.position, message, hint)
        return Table(tuple(entries.values()), self._position(event))

    def _key(self, event: Event, depth: int, flow: bool, remainder: bool) -> Scalar | None:
        """Read a key, which is text; None where it is none. A remainder of a split formula is no news."""
        if not _is_scalar(event) or event.tag is not None or event.anchor is not None:
            position = self._position(event)
            before = len(self.findings)
            self._node(event, depth + 1, "", flow)
            del self.findings[before:]
            if not remainder:
                self._odd_key(event, position)
            return None
        self.nodes += 1
        position = self._position(event)
        plain = not event.style
        if remainder:
            return Scalar(event.value, position, position)
        if plain and event.value == "<<":
            hint = "Use a template: $use: NAME, or extends: PLATFORM."
            self._tell("yaml-merge", position, "`<<` does not merge anything here.", hint)
            return None
        if plain and not event.value:
            self._tell("yaml-key-missing", position, "No key stands before this colon.", "Write KEY: VALUE.")
            return None
        if plain and event.value.startswith("="):
            stop = _LINE_END.search(self.text, event.start_mark.index)
            line = self.text[event.start_mark.index : stop.start() if stop else None].rstrip()
            colon = self._place(event.end_mark.index)
            hint = "Put the formula in quotes" + (f": {yaml_quoted(line)}" if not flow else ".")
            self._tell("formula-colon", colon, "YAML reads `: ` in a formula as the end of a key.", hint)
            return None
        return Scalar(event.value, position, position, not plain)

    def _odd_key(self, event: Event, position: Position) -> None:
        at = event.start_mark.index
        match = _TEMPLATE.match(self.text, at)
        if match and self.text[at - 1 : at] == "{":
            place = self._place(at - 1)
            hint = f"Write: = {match[1].strip()}"
            self._tell("formula-template-braces", place, "YAML reads double braces as an object in an object.", hint)
            return
        self._tell(
            "yaml-key-form", position, "A key is plain text here.", "Write KEY: VALUE, with KEY in quotes if need be."
        )

    def _text_in_braces(self, event: Event) -> Scalar:
        """``{item.name}`` is text that lacks its quotes, not an object."""
        start = event.start_mark.index
        written = self.text[start : self.text.find("}", start) + 1]
        message = "YAML reads a text that starts with a brace as an object."
        self._tell(
            "yaml-text-in-braces",
            self._position(event),
            message,
            f"Put the whole text in quotes: {yaml_quoted(written)}",
        )
        return Scalar(written, self._position(event), self._position(event), True)

    def _anchored(self, event: Event, depth: int, key: str, flow: bool) -> Node:
        if _is_scalar(event) and not event.value and not event.style:
            position = self._position(event)
            written = self.text[event.start_mark.index : event.end_mark.index]
            message = f"YAML reads `{written}` as a name for an empty value."
            self._tell("yaml-anchor-empty", position, message, f'Put it in quotes if it is text: "{written}"')
            return Scalar(written, position, position)
        known = self.anchors[event.anchor] = _Anchored()
        nodes, deepest = self.nodes, self.deepest
        self.deepest = depth
        known.node = self._content(event, depth, key, flow)
        known.nodes = self.nodes - nodes + 1
        known.height = self.deepest - depth
        self.deepest = max(deepest, self.deepest)
        return known.node

    def _alias(self, event: Event, depth: int) -> Node:
        position = self._position(event)
        known = self.anchors.get(event.anchor)
        if known is None:
            message = f"YAML reads `*{event.anchor}` as a reference, and nothing has the name &{event.anchor}."
            self._tell("yaml-alias", position, message, f'Put it in quotes if it is text: "*{event.anchor}"')
            return Scalar(f"*{event.anchor}", position, position)
        if known.node is None:
            message = f"`*{event.anchor}` stands inside what it refers to."
            self._tell("yaml-reference-loop", position, message, "Use a template with $use, which may use itself.")
            return Scalar(None, position, position)
        self.aliases += 1
        self.nodes += known.nodes
        self.deepest = max(self.deepest, depth + known.height)
        if self.aliases > self.limits.aliases:
            raise too_large(
                position, f"This file refers to others of its parts more than {self.limits.aliases:,} times."
            )
        if self.nodes > self.limits.nodes:
            raise too_large(
                position, f"With what is repeated by *, this file holds more than {self.limits.nodes:,} values."
            )
        if depth + known.height > self.limits.depth:
            raise too_large(
                position, f"With what is repeated by *, this file is nested deeper than {self.limits.depth} levels."
            )
        return known.node

    def _tagged(self, event: Event, depth: int, key: str) -> Node:
        """A tag is never wanted; ``!item.sold_out`` is a negation that YAML takes for one."""
        position = self._position(event)
        start = event.start_mark.index
        message = "YAML reads what starts with ! as a tag, which a mapping has no use for."
        if not _is_scalar(event):
            self._tell("yaml-tag", position, message, "Take it out.")
            event.tag = None
            return self._content(event, depth, key, False)
        written = self.text[start : event.end_mark.index].rstrip()
        expression = written.removeprefix("!").strip()
        if written.startswith("!!") or not re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", expression):
            self._tell("yaml-tag", position, message, f"Take it out, or put the text in quotes: {yaml_quoted(written)}")
            return Scalar(event.value, position, position, True)
        hint = f'Write $unless: {expression}, or, in quotes and brackets: "!({expression})"'
        self._tell("yaml-tag", position, f"YAML reads `{written}` as a tag, not as a negation.", hint)
        return Scalar(f"!({expression})", position, position)

    def _has_no_colon(self, key_end: int, value: Node) -> bool:
        if not isinstance(value, Scalar) or value.value is not None:
            return False
        return not _COLON.match(self.text, key_end)

    def _place(self, index: int) -> Position:
        """Give the position of an offset in the text."""
        if not self.line_starts:
            self.line_starts = [0, *(match.end() for match in LINE_BREAK.finditer(self.text))]
        line = bisect_right(self.line_starts, index)
        return Position(self.file, line, index - self.line_starts[line - 1] + 1)

    def _position(self, event: Event) -> Position:
        return Position(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _tell(self, code: str, position: Position, message: str, hint: str, severity: Severity = "error") -> None:
        self.findings.append(finding(code, position, message, hint, severity))
