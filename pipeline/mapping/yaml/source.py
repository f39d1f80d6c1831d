"""YAML text → nodes that know their place, by the 1.2 core rules, within limits.

What YAML would read otherwise than people mean is a finding here: a formula that YAML splits or
cuts, a key twice, a tag, an alias to nothing. Where the meaning is beyond doubt the node is what was
meant, so that one mistake is told once.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import yaml

from pipeline.findings import Finding
from pipeline.mapping.mistakes import finding
from pipeline.mapping.nodes import Node, Position
from pipeline.mapping.yaml.failure import Failure
from pipeline.mapping.yaml.mistakes import explain
from pipeline.mapping.yaml.node_builder import Builder, Limits, Refused, too_large
from pipeline.mapping.yaml.scalars import LINE_BREAK

__all__ = ["Limits", "Loaded", "load"]

DEFAULT_LIMITS = Limits()

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file's tree and what is wrong with it; ``root`` is None where YAML cannot read it at all."""

    root: Node | None
    findings: tuple[Finding, ...]


def load(text: bytes | str, file: str, limits: Limits = DEFAULT_LIMITS) -> Loaded:
    r"""Read a mapping file; never raises.

    >>> load("price: = item.price", "x.yaml").root.get("price").value
    '= item.price'
    >>> [str(found.place) for found in load("a: 1\na: 2", "x.yaml").findings]
    ['x.yaml:2:1']
    """
    findings: list[Finding] = []
    try:
        return Loaded(_read(text, file, limits, findings), tuple(findings))
    except Refused as refused:
        return Loaded(None, _with_last(findings, refused.finding))


def _with_last(findings: list[Finding], last: Finding) -> tuple[Finding, ...]:
    """Add what ended the reading, unless it only follows from what was found on its line before."""
    assert last.place is not None
    others = [one for one in findings if (one.code, one.place) != (last.code, last.place)]
    if any(one.place is not None and one.place.line == last.place.line for one in others):
        return tuple(findings)
    return (*others, last)


def _read(given: bytes | str, file: str, limits: Limits, findings: list[Finding]) -> Node:
    if len(given) > limits.bytes:
        raise too_large(Position(file, 1, 1), f"This file is larger than {limits.bytes:,} bytes.")
    text = _decoded(given, file).removeprefix("\ufeff")
    _refuse_invisible(text, file)
    events = _Loader(text)
    try:
        return Builder(events, text, file, limits, findings).document()
    except yaml.MarkedYAMLError as error:
        raise Refused(explain(Failure.of(error, text, file))) from None
    except yaml.YAMLError:  # the reader's own, which has no mark
        raise Refused(_invisible(Position(file, 1, 1), "one")) from None
    finally:
        events.dispose()


def _decoded(given: bytes | str, file: str) -> str:
    if isinstance(given, str):
        return given
    if given.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Refused(_encoding(Position(file, 1, 1)))
    try:
        return given.decode("utf-8")
    except UnicodeDecodeError as error:
        good = given[: error.start].decode("utf-8").removeprefix("\ufeff")
        raise Refused(_encoding(_end_of(good, file))) from None


def _encoding(position: Position) -> Finding:
    return finding("yaml-encoding", position, "This file is not UTF-8 text.", "Save it again with the encoding UTF-8.")


def _end_of(text: str, file: str) -> Position:
    lines = LINE_BREAK.split(text)
    return Position(file, len(lines), len(lines[-1]) + 1)


def _refuse_invisible(text: str, file: str) -> None:
    match = _FORBIDDEN.search(text)
    if match:
        raise Refused(_invisible(_end_of(text[: match.start()], file), f"U+{ord(match[0]):04X}"))


def _invisible(position: Position, which: str) -> Finding:
    message = f"An invisible character ({which}) stands here that a mapping cannot hold."
    return finding("yaml-control-character", position, message, "Delete it and type the line again.")
