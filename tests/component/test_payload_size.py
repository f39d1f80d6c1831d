"""A payload with more bytes than its platform takes is told before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.mapping.compiled import compile_file, compile_text
from pipeline.preview import Preview, preview
from pipeline.reading import read_menu
from tests.platforms import NOW
from tests.shared_files import REPOSITORY

MENU = (REPOSITORY / "tests" / "data" / "reading" / "menu.json").read_bytes()
EXACTLY = len('{"name":"Trattoria ¼"}'.encode())


def previewed(most: int | None) -> Preview:
    limit = f"max_bytes: {most}\n" if most is not None else ""
    text = f"platform: example\ntitle: The Example\n{limit}payload:\n  name: Trattoria ¼\n"
    mapping, findings = compile_text(text.encode(), Path("example.yaml"))
    assert mapping is not None, findings
    menu = read_menu(MENU).menu
    assert menu is not None
    return preview(mapping, menu, store={}, now=NOW)


def test_one_byte_too_many_is_an_error_with_both_numbers() -> None:
    made = previewed(EXACTLY - 1)
    (finding,) = [each for each in made.findings if each.code == "payload-too-large"]
    assert finding.severity == "error"
    assert f"has {EXACTLY:,} bytes; The Example takes {EXACTLY - 1:,} at most" in finding.message
    assert finding.place is not None
    assert finding.place.line == 3
    assert not made.publishable


@pytest.mark.parametrize("most", [EXACTLY, None])
def test_what_fits_is_not_told(most: int | None) -> None:
    made = previewed(most)
    assert [each.code for each in made.findings if each.code == "payload-too-large"] == []
    assert len(made.data()) == EXACTLY


def test_the_limit_of_a_shipped_mapping_is_the_published_one() -> None:
    limits = {
        path.stem: mapping.document.max_bytes
        for path in sorted((REPOSITORY / "mappings").glob("*.yaml"))
        if (mapping := compile_file(path)[0]) is not None
    }
    assert {name: most for name, most in limits.items() if most is not None} == {"doordash": 25_000_000}
