"""The README's commands do what it says.

Lines that start with ``$`` in its ``console`` blocks are commands, the lines below them what they
print (``...`` stands for any lines, ``…`` for any characters). They run in order, in a copy of the
repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.shared_files import REPOSITORY

README = REPOSITORY / "README.md"

ALREADY_DONE = ("make install", "source .venv/bin/activate")
"""What makes the environment that this test runs in; CI runs them from a fresh clone."""

NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "node_modules", "*.db", "*.db-*", "*.egg-info",
    "htmlcov", "build", "test-artifacts",
)  # fmt: skip
"""What other tests may be writing, and what is none of the repository's files."""


class Step(NamedTuple):
    line: int
    command: str
    printed: str


def steps(text: str) -> list[Step]:
    """Give the commands of all ``console`` blocks with what is shown below each."""
    found: list[Step] = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append(Step(number, line[2:], ""))
        elif inside and found:
            found[-1] = found[-1]._replace(printed=found[-1].printed + line + "\n")
    return found


def matches(shown: str, printed: str) -> bool:
    """Tell whether what was printed is what is shown, with its dots for what may be anything."""
    pattern = re.escape(shown.strip()).replace(r"\.\.\.", r"[\s\S]*").replace("…", "[^\n]*")
    return re.fullmatch(pattern, "\n".join(line.rstrip() for line in printed.strip().splitlines())) is not None


def make_targets(command: str) -> bool:
    return command.startswith("make ")


def test_the_readme_has_commands_and_shows_what_they_print():
    found = steps(README.read_text())
    assert len(found) > 8
    assert any(step.printed for step in found)
    assert set(ALREADY_DONE) <= {step.command for step in found}


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("price …", "price 12", True),
        ("a…", "ab\nc", False),
        ("1 [x] (y)", "1 [x] (y)", True),
        ("a", "b", False),
    ],
)
def test_what_is_shown_is_compared(shown, printed, same):
    assert matches(shown, printed) is same


def test_the_commands_print_what_the_readme_shows(tmp_path):
    copy = tmp_path / "menu-sync"
    shutil.copytree(REPOSITORY, copy, ignore=NOT_COPIED)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
    }
    ran = 0
    for step in steps(README.read_text()):
        if step.command in ALREADY_DONE or make_targets(step.command):
            continue
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        told = f"README.md:{step.line}: $ {step.command}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, told
        assert not step.printed or matches(step.printed, done.stdout), told
        ran += 1
    assert ran > 4


def test_the_make_commands_exist():
    commands = [step.command for step in steps(README.read_text()) if make_targets(step.command)]
    assert "make test" in commands
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", f"{command} --dry-run"], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
