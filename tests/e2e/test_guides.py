"""Two guides are followed by the letter: examples, and a new platform from its sample on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.test_explain_and_diff import run
from tests.e2e.test_readme import NOT_COPIED, Step, make_targets, matches, steps
from tests.shared_files import REPOSITORY

DOCS = REPOSITORY / "docs"
SAMPLE = {
    "shopCode": "pp-1122",
    "currency": "USD",
    "openingTimes": [
        {"day": "MON", "from": "11:00", "to": "21:30"},
        {"day": "TUE", "from": "11:15", "to": "21:45"},
    ],
    "categories": [{"id": "cat-a", "title": "Starters"}, {"id": "cat-b", "title": "Pizza"}],
    "items": [
        {"id": "it-1", "categoryId": "cat-a", "name": "Bruschetta", "description": "Toast, basil", "price": 650,
         "available": True, "modifierGroupIds": ["g-1"]},
        {"id": "it-2", "categoryId": "cat-b", "name": "Diavola", "description": "Hot salami", "price": 1299,
         "available": False, "modifierGroupIds": []},
    ],
    "modifierGroups": [
        {"id": "g-1", "name": "Extras", "min": 0, "max": 2, "options": [
            {"id": "o-1", "name": "Cheese", "price": 120}, {"id": "o-2", "name": "Olives", "price": 90},
        ]},
    ],
}  # fmt: skip
"""What the platform's documentation would show."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the repository, to be worked in."""
    made = tmp_path / "menu-sync"
    shutil.copytree(REPOSITORY, made, ignore=NOT_COPIED)
    return made


def follow(copy: Path, guide: str, found: list[Step]) -> dict[str, str]:
    """Do what a guide says, step by step; gives what each command printed."""
    printed = {}
    for step in found:
        done = run(["bash", "-c", step.command], copy)
        told = f"{guide}:{step.line}: $ {step.command}\n{done.stdout}{done.stderr}"
        broken = [line for line in done.stdout.splitlines() if "BROKEN" in line]
        assert done.returncode == bool(broken), told
        assert all(line.startswith("nothing but html") for line in broken), told
        assert not step.printed or matches(step.printed, done.stdout), told
        printed[step.command.removeprefix("python cli.py ")] = done.stdout
    return printed


def test_examples_are_run_as_their_guide_says(copy: Path) -> None:
    printed = follow(copy, "examples.md", steps((DOCS / "examples.md").read_text(encoding="utf-8")))
    assert {"test doordash", "test --stress doordash"} <= printed.keys()


def test_a_new_platform_comes_into_being_as_its_guide_says(copy: Path) -> None:
    (copy / "sample.json").write_text(json.dumps(SAMPLE), encoding="utf-8")
    guide = (DOCS / "new-platform.md").read_text(encoding="utf-8")
    on_this_machine, _, at_the_platform = guide.partition("## 8. On the platform's sandbox")
    assert at_the_platform
    printed = follow(copy, "new-platform.md", steps(on_this_machine))
    (command,) = [each for each in printed if each.startswith("dry-run") and each.endswith("us-dominos-4336.json")]
    payload = json.loads(printed[command])
    assert (payload["shopCode"], payload["currency"], len(payload["items"])) == ("pp-1122", "USD", 64)
    assert payload["items"][0]["price"] == 899
    assert "a huge menu" in printed["test --stress pizza_post"]
    assert make_targets(steps(at_the_platform)[-1].command)
