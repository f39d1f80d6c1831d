"""``python -m tests.transcript`` writes docs/validate-transcript.md: twenty mistakes, and what is printed of each."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.cli.diagnostics import Sources, diagnostics_text
from pipeline.mapping.validation import validate_file
from tests.shared_files import REPOSITORY

PAGE = REPOSITORY / "docs" / "validate-transcript.md"
HEAD = """\
# What `validate` says

Twenty mistakes, each put alone into a copy of a shipped mapping, and what `python cli.py validate` prints of it.
Made by `python -m tests.transcript`; a test keeps it true.
"""

# fmt: off
MISTAKES = [
    ("A field's name is misspelt", "doordash", "price: = item.price -> cents", "price: = item.prize -> cents"),
    ("The conversion to cents is forgotten", "doordash", "price: = item.price -> cents", "price: = item.price"),
    ("The `=` is forgotten", "doordash", "name: = category.name -> name", "name: category.name -> name"),
    ("A condition is negated with `!`", "ubereats", "$if: item.sold_out", "$if: !item.sold_out"),
    ("A truth value is compared", "doordash", "      $if: day.closed\n", "      $if: day.closed == true\n"),
    ("Text stands in double quotes", "ubereats", "image.type == 'gif'", 'image.type == "gif"'),
    ("A word that cannot be", "doordash", "image.type == 'jpg'", "image.type == 'jpeg'"),
    ("A formula with a comma inside braces", "doordash",
     ("            extras:\n              $use: extras\n              $with:\n"
     "                groups: = item.modifier_groups"),
     "            extras: {$use: extras, $with: {groups: = not_null(item.modifier_groups, menu.modifier_groups)}}"),
    ("A day is missing from a table", "doordash", "    sunday: SUN\n", ""),
    ("A field that the platform does not have", "doordash",
     "base_price: = not_null(item", "pickup_price: = not_null(item"),
    ("A required field is removed", "doordash", "            name: = item.name -> name\n", ""),
    ("An instruction is misspelt", "doordash", "            original_image_url:\n              $use: picture",
     "            original_image_url:\n              $usee: picture"),
    ("A template is not given what it needs", "doordash", "                image: = item.image\n", ""),
    ("A loop variable is renamed", "doordash",
     "- $for: group, position in groups", "- $for: extra, position in groups"),
    ("A line is indented too far", "doordash",
     "            is_alcohol: = item.is_alcohol", "             is_alcohol: = item.is_alcohol"),
    ("A quote is not closed", "doordash", 'say: "DoorDash refuses two categories with the same id (DD-R1)."',
     'say: "DoorDash refuses two categories with the same id (DD-R1).'),
    ("A setting is used that nobody declares", "doordash", "GET /api/v1/stores/{store.store_id}/store_menu",
     "GET /api/v1/stores/{store.shop}/store_menu"),
    ("A secret is written down", "doordash", "secret: = credentials.signing_secret", "secret: dGhpcyBpcyBhIHNlY3JldA"),
    ("A step waits for a webhook that is not there", "doordash", "webhook: menu_status", "webhook: menu_done"),
    ("An error rule stands behind a wider one", "doordash", "  - when: {status: 400, says: store does not exist}",
     "  - {when: {status: 4xx}, do: give_up}\n  - when: {status: 400, says: store does not exist}"),
]
# fmt: on


def transcript() -> str:
    """Give the page's text."""
    parts = [HEAD]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(REPOSITORY / "mappings" / "payloads", Path(folder) / "mappings" / "payloads")
        before = Path.cwd()
        os.chdir(folder)  # so that the page shows the paths that people see
        try:
            for number, (title, name, old, new) in enumerate(MISTAKES, 1):
                parts += [f"\n## {number}. {title}\n", *_told(name, old, new)]
        finally:
            os.chdir(before)
    return "\n".join(parts) + "\n"


def _told(name: str, old: str, new: str) -> Iterator[str]:
    text = (REPOSITORY / "mappings" / f"{name}.yaml").read_text("utf-8")
    if old not in text:
        raise ValueError(f"{name} has no longer: {old}")
    path = Path("mappings") / f"{name}.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    yield "```diff"
    yield from (f"- {line.rstrip()}" for line in old.splitlines())
    yield from (f"+ {line.rstrip()}" for line in ("***" if "secret:" in new else new).splitlines())
    yield "```\n\n```text"
    yield diagnostics_text(validate_file(path), Sources()).rstrip()
    yield "```"


if __name__ == "__main__":
    PAGE.write_text(transcript(), "utf-8")
    sys.stderr.write(f"Wrote {PAGE.name}.\n")
