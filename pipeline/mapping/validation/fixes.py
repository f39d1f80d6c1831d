"""Repairs of what can only be meant one way, as changes of a file's text by position.

A repair does what its finding's hint says, and nothing else in the file moves: comments, order and
spacing stay. It counts only if, read again, the file has lost the finding and has no new one there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from pipeline.findings import Finding
from pipeline.mapping.nodes import Node, Scalar, Sequence
from pipeline.mapping.validation import every_finding
from pipeline.mapping.validation.surroundings import stage
from pipeline.mapping.yaml.scalars import LINE_BREAK
from pipeline.mapping.yaml.source import load

MOST_REPAIRS = 200

_PATH = r"[A-Za-z_]\w*(?:\.\w+|\[\d*\])*"
_QUOTED = re.compile(r"`([^`]+)`")
_NEAR = re.compile(r"Did you mean `([^`]+)`\?")
_CONDITION = re.compile(rf"(?P<key>\$?(?:if|unless)):[ \t]+!\s*(?P<path>{_PATH})[ \t]*(?=#|$)")
_OPPOSITE = {"$if": "$unless", "$unless": "$if", "if": "unless", "unless": "if"}


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of a text: the characters from ``start`` to before ``end`` become ``replacement``."""

    start: int
    end: int
    replacement: str

    def applied(self, text: str) -> str:
        """Give the changed text.

        >>> Fix(2, 3, "== ").applied("a = b")
        'a ==  b'
        """
        return text[: self.start] + self.replacement + text[self.end :]


@dataclass(frozen=True, slots=True)
class Repair:
    """A fix that was made: the finding it cures, and its line before and after."""

    finding: Finding
    line: int
    before: str
    after: str


class Source:
    """A mapping's text, as fixes look at it."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.starts = [0, *(match.end() for match in LINE_BREAK.finditer(text))]

    def offset(self, line: int, column: int) -> int:
        """Give the offset of a place."""
        return min(self.starts[min(line, len(self.starts)) - 1] + column - 1, len(self.text))

    def line_number(self, offset: int) -> int:
        """Give the line of an offset."""
        return bisect_right(self.starts, offset)

    def line(self, number: int) -> str:
        """Give a line's text, without its end."""
        stop = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : stop].rstrip("\r\n")

    @cached_property
    def scalars(self) -> list[Scalar]:
        """All values that stand in the text letter by letter."""
        return [scalar for scalar in _scalars(load(self.text, self.file).root) if self.verbatim(scalar)]

    def verbatim(self, scalar: Scalar) -> bool:
        """Tell whether the text holds a value as it is."""
        value = scalar.value
        return isinstance(value, str) and self.text.startswith(
            value, self.offset(scalar.inner.line, scalar.inner.column)
        )

    def around(self, offset: int) -> tuple[int, str] | None:
        """Give offset and text of the value that stands around an offset."""
        for scalar in self.scalars:
            start = self.offset(scalar.inner.line, scalar.inner.column)
            if start <= offset <= start + len(str(scalar.value)):
                return start, str(scalar.value)
        return None


Maker = Callable[[Finding, int, Source], Iterator[Fix]]
MAKERS: dict[str, Maker] = {}


def repaired(text: str, path: Path) -> tuple[str, tuple[Repair, ...]]:
    """Repair what is certain in a mapping's text, one finding after the other."""
    repairs: list[Repair] = []
    findings = every_finding(text.encode(), path)
    while len(repairs) < MOST_REPAIRS:
        step = next(_certain(text, path, findings), None)
        if step is None:
            break
        text, repair, findings = step
        repairs.append(repair)
    return text, tuple(repairs)


def _certain(text: str, path: Path, findings: tuple[Finding, ...]) -> Iterator[tuple[str, Repair, tuple[Finding, ...]]]:
    source = Source(text, str(path))
    for finding in findings:
        place, maker = finding.place, MAKERS.get(finding.code)
        if maker is None or place is None or place.file != str(path):
            continue
        for fix in maker(finding, source.offset(place.line, place.column), source):
            changed = fix.applied(text)
            left = every_finding(changed.encode(), path)
            line = source.line_number(fix.start)
            column = fix.start - source.starts[line - 1] + len(fix.replacement)
            if changed != text and _cures(finding, line, column, findings, left):
                after = Source(changed, str(path)).line(line)
                yield changed, Repair(finding, line, source.line(line).strip(), after.strip()), left
                break


def _cures(finding: Finding, line: int, column: int, before: tuple[Finding, ...], after: tuple[Finding, ...]) -> bool:
    """Tell whether a finding is gone and nothing new is told of its line up to the end of the fix.

    What could not be read hid what stands behind it, so that new findings may stand there.
    """
    there = {(found.code, found.message) for found in before}
    hidden = stage(finding) == 0
    for found in after:
        if found.place is None or found.place.line != line or (hidden and found.place.column > column):
            continue
        if (found.code, found.place) == (finding.code, finding.place) or (found.code, found.message) not in there:
            return False
    return True


def _scalars(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif node is not None:
        for inner in node.items if isinstance(node, Sequence) else [entry.value for entry in node]:
            yield from _scalars(inner)


def _cure_of(*codes: str) -> Callable[[Maker], Maker]:
    def register(maker: Maker) -> Maker:
        MAKERS.update(dict.fromkeys(codes, maker))
        return maker

    return register


@_cure_of(
    "unknown-key", "unknown-instruction", "unknown-field", "unknown-name", "unknown-function", "transform-unknown",
    "unknown-template", "unknown-table", "unknown-webhook", "unknown-step", "unknown-saved", "saved-unknown",
    "payload-field-unknown", "payload-enum", "argument-unused", "webhook-setting-unknown",
)  # fmt: skip
def _near_name(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    near = _NEAR.match(finding.hint)
    wrong = _QUOTED.findall(finding.message)
    if near is None or not wrong:
        return
    # A message may name the record first; the word that is wrong stands at the place.
    here = next((word for word in wrong if source.text.startswith(word, at)), None)
    if here is not None:
        yield Fix(at, at + len(here), near[1])
        return
    number = source.line_number(at)
    for word in wrong:
        found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", source.line(number))]
        if len(found) == 1:
            start = source.starts[number - 1] + found[0]
            yield Fix(start, start + len(word), near[1])


@_cure_of("instruction-without-dollar")
def _dollar(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    yield Fix(at, at, "$")


@_cure_of("formula-without-equals")
def _equals(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    if re.match(r"[A-Za-z_(!]", source.text[at : at + 1]):
        yield Fix(at, at, "= ")


@_cure_of("formula-bare-number")
def _backticks(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    number = re.compile(r"-?\d+(?:\.\d+)?").match(source.text, at)
    if number:
        yield Fix(at, number.end(), f"`{number[0]}`")


@_cure_of("formula-double-quotes")
def _single_quotes(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    match = re.compile(r'\\?"([^"\\\'\r\n]*)\\?"').match(source.text, at)
    if match:
        yield Fix(at, match.end(), f"'{match[1]}'")
        yield Fix(at, match.end(), f"''{match[1]}''")  # inside YAML's single quotes


@_cure_of("formula-not")
def _brackets(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    whole = re.compile(rf'(?P<key>\$?(?:if|unless)):[ \t]+"!\s*(?P<path>{_PATH})"[ \t]*(?=#|$)')
    yield from _opposite(at, source, whole)
    match = re.compile(rf"!\s*({_PATH})").match(source.text, at)
    if match:
        yield Fix(at, match.end(), f"!({match[1]})")


@_cure_of("yaml-tag")
def _negation(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    yield from _opposite(at, source, _CONDITION)


def _opposite(at: int, source: Source, pattern: re.Pattern[str]) -> Iterator[Fix]:
    """``$if: !x`` is ``$unless: x``."""
    number = source.line_number(at)
    match = pattern.search(source.line(number))
    if match:
        start = source.starts[number - 1]
        blank = " " if match.end() < len(source.line(number)) else ""
        yield Fix(start + match.start(), start + match.end(), f"{_OPPOSITE[match['key']]}: {match['path']}{blank}")


@_cure_of("formula-bare-word")
def _comparison(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    word = re.compile(r"[A-Za-z]+").match(source.text, at)
    if word is None:
        return
    before = re.compile(rf"({_PATH})\s*[=!]=\s*$").search(source.text[source.starts[source.line_number(at) - 1] : at])
    if "Leave the comparison out" in finding.hint and before:
        yield Fix(at - len(before[0]), word.end(), before[1])
    elif "$unless" in finding.hint and before:
        condition = re.compile(rf"(?P<key>\$?(?:if|unless)):[ \t]+(?P<path>{_PATH})[ \t]*[=!]=[ \t]*\w+[ \t]*(?=#|$)")
        yield from _opposite(at, source, condition)
        yield Fix(at - len(before[0]), word.end(), f"!({before[1]})")
    elif "`" in finding.hint and "Write" in finding.hint:
        yield Fix(at, word.end(), f"`{_QUOTED.findall(finding.hint)[-1]}`")


@_cure_of("formula-split", "formula-comment", "formula-colon", "yaml-text-colon", "yaml-text-in-braces")
def _yaml_quotes(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    """The hint ends in the value as it is written with quotes."""
    tail = re.search(r"quotes(?: or on its own line)?: (?:(?P<key>[^\s:]+): )?(?P<quoted>[\"'].*[\"'])$", finding.hint)
    if tail is None:
        return
    try:
        raw = yaml.safe_load(tail["quoted"])
    except yaml.YAMLError:
        return
    number = source.line_number(at)
    line = source.line(number)
    if not isinstance(raw, str) or line.count(raw) != 1:
        return
    start = source.starts[number - 1] + line.index(raw)
    yield Fix(start, start + len(raw), tail["quoted"])


@_cure_of(
    "formula-operator", "formula-smart-quotes", "formula-semicolon", "formula-null-operators", "formula-dollar",
    "formula-double-equals", "formula-template-braces", "formula-transform-call", "formula-pipe",
    "formula-key-in-brackets", "formula-word-operator", "formula-in-operator", "formula-name-quotes",
    "formula-number-colon",
)  # fmt: skip
def _whole_expression(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    """The hint holds the formula as it should be."""
    hint = re.fullmatch(r"Write: (?:= )?(?P<formula>[^\n]+?)(?: \(to subtract, use the transform add\))?", finding.hint)
    around = source.around(at)
    if hint is None or around is None:
        return
    start, value = around
    loop = re.match(r"\s*\w+(?:\s*,\s*\w+)?\s+in\s+", value)
    head = re.match(r"[=\s]*", value)
    begin = loop.end() if loop else head.end() if head else 0
    if finding.code == "formula-double-equals":
        yield Fix(start, start + begin, "= ")
        return
    arrow = value.find(" ->", begin)
    for stop in (arrow if arrow > 0 else len(value), len(value)):
        yield Fix(start + begin, start + stop, hint["formula"])


@_cure_of("loop-order", "text-without-instruction")
def _whole_value(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    """The hint holds the value as it should be."""
    hint, around = re.fullmatch(r"Write: (?P<value>[^\n]+)", finding.hint), source.around(at)
    if hint is not None and around is not None:
        start, value = around
        yield Fix(start, start + len(value), hint["value"])


@_cure_of("yaml-missing-colon")
def _space_behind_colon(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    if "space is missing" in finding.message and source.text[at : at + 1] == ":":
        yield Fix(at + 1, at + 1, " ")


@_cure_of("wrong-kind")
def _word(finding: Finding, at: int, source: Source) -> Iterator[Fix]:
    truth = re.fullmatch(r"Write `(true|false)`, without quotes\.", finding.hint)
    written = re.compile(r"([\"']?)([\w-]+)\1").match(source.text, at)
    near = _NEAR.match(finding.hint)
    if written and (truth or near):
        quote = "" if truth else written[1]
        word = truth[1] if truth else near[1] if near else ""
        yield Fix(at, written.end(), f"{quote}{word}{quote}")
