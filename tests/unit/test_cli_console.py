"""What reaches a terminal or a pipe."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from pipeline.cli import console
from tests.shared_files import REPOSITORY


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – “quoted” 餃子 🍕", "plain – “quoted” 餃子 🍕"),
        ("a\x1b[2Jb", "a\\u001b[2Jb"),
        ("c1 \x9b31m", "c1 \\u009b31m"),
        ("right\u202eleft", "right\\u202eleft"),
        ("half \ud83c", "half \\ud83c"),
        ("line\r\nbreak\ttab", "line  break tab"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
    ],
)
def test_nothing_steers_the_terminal(text, shown):
    assert console.visible(text) == shown


@pytest.mark.parametrize(
    ("stream", "environment", "colours"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_only_on_a_terminal_and_never_with_no_color(monkeypatch, stream, environment, colours):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert console.colours_on(stream) is colours


def test_width_is_the_terminals_up_to_120(monkeypatch):
    monkeypatch.setenv("COLUMNS", "72")
    assert console.width_of(Terminal()) == 72
    monkeypatch.setenv("COLUMNS", "300")
    assert console.width_of(Terminal()) == 120


def test_lines_stay_whole_in_a_pipe():
    assert console.width_of(io.StringIO()) == console.UNWRAPPED


def test_a_closed_pipe_is_quiet_and_what_follows_on_stderr_is_still_told():
    script = (
        "from pipeline.cli.console import emit, tell\n"
        "for number in range(20000): emit('x' * 60)\n"
        "tell('told at the end')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "x" * 60 + "\n"
        process.stdout.close()
        told = process.stderr.read()
    assert (told, process.returncode) == ("told at the end\n", 0)


def test_any_text_can_be_written_in_any_character_set():
    script = "from pipeline.cli.console import *\nprepare_streams()\nemit('餃子 \\ud83c')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == "餃子 \\ud83c\n"
