"""docs/validate-transcript.md shows what is really printed."""

from __future__ import annotations

import re

from tests.transcript import MISTAKES, PAGE, transcript


def without_lines(page: str) -> str:
    """Leave line numbers out: they change with every line that a shipped mapping gets."""
    return re.sub(r"(?<=yaml:)\d+|^ *\d+(?= \|)|(?<=line )\d+|(?<=lines )[\d, ]+", "", page, flags=re.MULTILINE)


def test_the_page_is_true() -> None:
    told = without_lines(PAGE.read_text("utf-8"))
    assert told == without_lines(transcript()), "python -m tests.transcript writes it again"


def test_each_mistake_is_told_once_with_a_place_and_a_remedy() -> None:
    told = PAGE.read_text("utf-8")
    blocks = re.findall(r"```text\n(.*?)\n```", told, re.DOTALL)
    assert len(blocks) == len(MISTAKES) == 20
    for block in blocks:
        assert re.match(r"mappings/\w+\.yaml:\d+:\d+: (error|warning)\[[a-z-]+\]: [^\n]+\.\n", block)
        assert len(re.findall(r"^mappings/", block, re.MULTILINE)) == 1
        assert block.splitlines()[2].rstrip().endswith("^")
        assert block.splitlines()[3].startswith("       = ")
