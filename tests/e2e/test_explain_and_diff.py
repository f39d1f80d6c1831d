"""The guide's commands print what it shows, and the commands' answers hold together."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_readme import NOT_COPIED, matches, steps
from tests.shared_files import EXAMPLE_MENUS, REPOSITORY

GUIDE = REPOSITORY / "docs" / "explain-and-diff.md"
MENU = EXAMPLE_MENUS / "de-little-dragon.json"


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
    }
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def asked(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "cli.py", *arguments], REPOSITORY)


def test_the_guide_s_commands_print_what_it_shows(tmp_path: Path) -> None:
    copy = tmp_path / "menu-sync"
    shutil.copytree(REPOSITORY, copy, ignore=NOT_COPIED)
    found = steps(GUIDE.read_text(encoding="utf-8"))
    assert len(found) >= 8
    for step in found:
        done = run(["bash", "-c", step.command], copy)
        told = f"{GUIDE.name}:{step.line}: $ {step.command}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, told
        assert matches(step.printed, done.stdout), told


def test_explain_answers_what_dry_run_shows() -> None:
    payload = json.loads(asked("dry-run", "grubhub", "--menu", str(MENU)).stdout)
    answer = json.loads(
        asked("explain", "grubhub", "--menu", str(MENU), "--field", "items[7].price", "--format", "json").stdout
    )
    (field,) = answer["fields"]
    assert field["value"] == payload["items"][7]["price"]
    assert field["loops"][0]["record"]["id"] == payload["items"][7]["external_id"]
    line = asked("explain", "grubhub", "--menu", str(MENU), "--format", "json", "--line", str(field["mapping"]["line"]))
    made = {entry["field"]: entry["count"] for entry in json.loads(line.stdout)["made"]}
    assert made["items[].price"] == len(payload["items"])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--field", "items[0].price", "--line", "3"], 2, "one of --field, --line and --dish"),
        ([], 2, "one of --field, --line and --dish"),
        (["--field", "items.price"], 2, "write `items[0].price` or `items[].price`"),
        (["--line", "x"], 2, "--line takes a line's number"),
        (["--line", "other.yaml:3"], 1, "is no part of this mapping"),
        (["--dish", "Pekingsupe"], 1, "The menu has no dish `Pekingsupe`. Did you mean 2 Peking-Suppe?"),
        (["--field", "items[?name=='Pekingsuppe'].price"], 1, "Did you mean 2 Peking-Suppe?"),
    ],
)
def test_what_cannot_be_explained_is_told(arguments: list[str], code: int, says: str) -> None:
    done = asked("explain", "grubhub", "--menu", str(MENU), *arguments)
    assert done.returncode == code
    assert says in done.stderr
    assert done.stdout == ""


def test_diff_tells_both_parts_as_json(tmp_path: Path) -> None:
    menu = json.loads(MENU.read_bytes())
    menu["items"][4]["price"] = "99.50"
    new = tmp_path / "new.json"
    new.write_text(json.dumps(menu), encoding="utf-8")
    mapping = tmp_path / "old.yaml"
    text = (REPOSITORY / "mappings" / "grubhub.yaml").read_text(encoding="utf-8")
    mapping.write_text(text.replace("description: = item.description", "about: = item.description"), encoding="utf-8")
    done = asked(
        "diff", "grubhub", "--menu", str(MENU), "--menu", str(new), "--mapping", str(mapping), "--format", "json"
    )
    assert done.returncode == 0, done.stderr
    difference = json.loads(done.stdout)
    assert [change["code"] for change in difference["menu"]] == ["price"]
    assert difference["menu"][0]["new"] == 99.5
    assert {change["code"] for change in difference["mapping"]} == {"description"}
    assert difference["counts"] == {"price": 1, "description": len(difference["mapping"])}
    assert difference["movement"]["suspicious"] is False


def test_diff_says_when_a_publish_would_be_held(tmp_path: Path) -> None:
    menu = json.loads(MENU.read_bytes())
    menu["items"] = menu["items"][:20]
    new = tmp_path / "new.json"
    new.write_text(json.dumps(menu), encoding="utf-8")
    done = asked("diff", "grubhub", "--menu", str(MENU), "--menu", str(new))
    assert "A publish would be held back for someone to look at: 235 of 255 dishes are gone." in done.stdout
    raw = asked("diff", "grubhub", "--menu", str(MENU), "--menu", str(new), "--raw")
    assert raw.stdout.startswith("- ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--menu", str(MENU)], "Give two menus"),
        (["--menu", str(MENU), "--menu", str(MENU), "--menu", str(MENU)], "Give two menus"),
        (["--menu", str(MENU), "--menu", "no-such.json"], "There is no file no-such.json"),
        (["--menu", str(MENU), "--mapping", "no-such.yaml"], "There is no mapping file no-such.yaml"),
    ],
)
def test_wrong_use_of_diff_is_told(arguments: list[str], says: str) -> None:
    done = asked("diff", "grubhub", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
