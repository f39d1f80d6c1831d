"""What people see in their editor while they write a mapping: completion, hover, red lines.

Needs node and ``npm ci`` in tests/editor; skipped without them, but never in continuous integration.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.editor.language_server import SERVER, LanguageServer, language_server
from tests.shared_files import REPOSITORY

NUMBERS = count(1)
HEAD = "# yaml-language-server: $schema=../mappings.schema.json\nplatform: example\n"


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    if not SERVER.is_file() or shutil.which("node") is None:
        message = "the YAML language server is not installed: npm ci in tests/editor"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with language_server(REPOSITORY) as running:
        yield running


def opened(server: LanguageServer, text: str) -> str:
    """Open a document that stands among the mappings, and give its address."""
    uri = (REPOSITORY / "mappings" / f"draft{next(NUMBERS)}.yaml").as_uri()
    document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
    server.notify("textDocument/didOpen", {"textDocument": document})
    return uri


def at(text: str, mark: str) -> dict[str, int]:
    """Give the place behind a text that stands in a document."""
    before = text[: text.index(mark) + len(mark)]
    return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


def completions(server: LanguageServer, text: str, mark: str) -> list[str]:
    uri = opened(server, text)
    found = server.request("textDocument/completion", {"textDocument": {"uri": uri}, "position": at(text, mark)})
    items = found["items"] if isinstance(found, dict) else found or []
    return [item["label"] for item in items]


def hover(server: LanguageServer, text: str, mark: str) -> str:
    uri = opened(server, text)
    found = server.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": at(text, mark)})
    contents: Any = found["contents"] if found else ""
    return str(contents["value"]) if isinstance(contents, dict) else str(contents)


def test_instructions_are_offered(server: LanguageServer) -> None:
    text = HEAD + "payload:\n  dishes:\n    - $f\n"
    offered = completions(server, text, "- $f")
    assert {"$for", "$from"} <= set(offered)


def test_sections_are_offered(server: LanguageServer) -> None:
    text = HEAD + "payload: {a: 1}\nsto\n"
    assert "store_settings" in completions(server, text, "\nsto")


def test_words_of_a_key_are_offered(server: LanguageServer) -> None:
    text = HEAD + "shape:\n  empty_categories: \npayload: {a: 1}\n"
    assert {"drop", "keep"} <= set(completions(server, text, "empty_categories: "))


def test_transforms_are_offered(server: LanguageServer) -> None:
    text = HEAD + "transforms:\n  clean:\n    - col\npayload: {a: 1}\n"
    assert "collapse_spaces" in completions(server, text, "- col")


@pytest.mark.parametrize(
    ("text", "mark", "says"),
    [
        ("payload:\n  a:\n    $unless: item.sold_out\n    $value: 1\n", "$unl", "exists only if this does not hold"),
        ("payload: {a: 1}\nretry: {attempts: 2}\n", "attem", "Example"),
        ("payload: {a: 1}\nstore_settings: {}\n", "store_s", "set for each restaurant"),
    ],
)
def test_keys_explain_themselves(server: LanguageServer, text: str, mark: str, says: str) -> None:
    assert says in hover(server, HEAD + text, mark)


def test_shipped_mappings_have_no_red_lines(server: LanguageServer) -> None:
    for path in sorted((REPOSITORY / "mappings").glob("*.yaml")):
        assert server.diagnostics(opened(server, path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("payload:\n  a:\n    $iff: item.sold_out\n    $value: 1\n", 4),
        ("payload: {a: 1}\nshap: {sizes: keep}\n", 3),
        ("payload: {a: 1}\nshape:\n  sizes: drop\n", 4),
        ("payload: {a: 1}\nretry:\n  attempts: twice\n", 4),
        ("payload: {a: 1\nshape: {}\n", 3),
    ],
)
def test_mistakes_are_marked(server: LanguageServer, text: str, line: int) -> None:
    found = server.diagnostics(opened(server, HEAD + text))
    assert line in [problem["range"]["start"]["line"] for problem in found]
