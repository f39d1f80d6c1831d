"""The program around its commands: exit codes, and no traceback whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline.cli import application
from pipeline.cli.errors import Failure, WrongUse
from tests.shared_files import REPOSITORY

SECRET = "sk_live_0123456789"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the program with one more command, ``probe``, that does what the test says."""

    def run(action, *arguments):
        command = click.Command("probe", callback=action)
        monkeypatch.setitem(application.COMMANDS, "probe", "probe_command")
        monkeypatch.setitem(sys.modules, "probe_command", type(sys)("probe_command"))
        sys.modules["probe_command"].command = command
        code = application.main(["probe", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def raising(error: BaseException):
    def action():
        raise error

    return action


def test_done_is_0_and_a_commands_own_code_is_kept(run):
    assert run(lambda: None)[0] == 0
    assert run(lambda: 1)[0] == 1
    assert run(lambda: click.get_current_context().exit(1))[0] == 1


@pytest.mark.parametrize(("error", "code"), [(WrongUse("There is no x."), 2), (Failure("x failed."), 1)])
def test_what_was_expected_is_one_sentence(run, error, code):
    assert run(raising(error)) == (code, "", f"Error: {error.message}\n")


def test_wrong_usage_is_2(run):
    code, out, err = run(lambda: None, "--nonsense")
    assert (code, out) == (2, "")
    assert "No such option" in err


def test_a_bug_is_one_sentence_without_its_data(run, monkeypatch):
    monkeypatch.delenv("MENU_SYNC_DEBUG", raising=False)
    code, out, err = run(raising(KeyError(SECRET)))
    assert (code, out) == (1, "")
    assert "KeyError" in err
    assert "this is a bug, please report it" in err
    assert len(err.splitlines()) == 1
    assert SECRET not in err


def test_debug_shows_the_traceback(run, monkeypatch):
    monkeypatch.setenv("MENU_SYNC_DEBUG", "1")
    assert "Traceback (most recent call last)" in run(raising(ZeroDivisionError("x")))[2]


def test_recursion_is_a_sentence_too(run):
    def endless():
        return endless()

    code, _, err = run(endless)
    assert code == 1
    assert "RecursionError" in err


def test_the_systems_refusal_is_named(run):
    error = PermissionError(13, "Permission denied", "/etc/x\x1b[2J")
    assert run(raising(error)) == (1, "", "Error: The system refused: Permission denied (/etc/x\\u001b[2J).\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_ctrl_c_is_quiet(run, error):
    code, out, err = run(raising(error))
    assert (code, out, err.strip()) == (130, "", "")


def test_an_unknown_command_names_a_near_one(capsys):
    assert application.main(["dryrun"]) == 2
    assert "dry-run" in capsys.readouterr().err


def test_without_a_command_the_help_is_shown(capsys):
    assert application.main([]) == 2
    captured = capsys.readouterr()
    assert all(name in captured.out + captured.err for name in application.COMMANDS)


def test_version(capsys):
    assert application.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("menu-sync, version ")


@pytest.mark.parametrize("name", application.COMMANDS)
def test_every_command_has_help_with_an_example_that_names_it(name, capsys):
    assert application.main([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"{Path(sys.argv[0]).name} {name}" in out or f"menu-sync {name}" in out
    assert "Example" in out


def test_ctrl_c_ends_the_real_program_without_a_traceback(tmp_path):
    menu = tmp_path / "menu"
    os.mkfifo(menu)  # nobody writes into it: reading waits until it is interrupted
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(menu)], cwd=REPOSITORY, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"\n")


PROGRAM = """
import signal, sys, types, click
from pipeline.cli import application
signal.signal(signal.SIGINT, signal.default_int_handler)  # else ignored where the tests run in a shell's background
def wait():
    print("started", flush=True)
    open(sys.argv[1]).read()
application.COMMANDS["wait"] = "wait_command"
sys.modules["wait_command"] = types.SimpleNamespace(command=click.Command("wait", callback=wait))
sys.exit(application.main(["wait"]))
"""
