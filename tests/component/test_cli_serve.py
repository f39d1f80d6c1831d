"""``serve``, where it does not get as far as serving."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.application import main

Serve = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Serve:
    """Give a call of ``serve`` that has to fail, with what is told on stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNC_DATABASE", str(tmp_path / "sync.db"))

    def call(*arguments: str, keys: str) -> str:
        monkeypatch.setenv("API_KEYS", keys)
        assert main(["serve", *arguments]) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "Serving on" not in captured.err
        assert "Traceback" not in captured.err
        return captured.err

    return call


GOOD = "ana:operator:a-key-of-many-characters"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("", "API_KEYS is not set, so nobody could use the admin API"),
        ("ana:boss:a-key-of-many-characters", "there is no such role"),
        ("a-key-of-many-characters", "it has 1 parts between colons"),
    ],
)
def test_without_good_keys_nothing_is_served(refused: Serve, keys: str, told: str):
    words = refused(keys=keys)
    assert told in words
    assert "API_KEYS=alice:operator:KEY" in words
    assert "a-key-of-many-characters" not in words


def test_a_port_that_is_taken_is_told_before_anything_is_begun(refused: Serve):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        words = refused("--port", str(port), keys=GOOD)
    assert f"Nothing can listen on 127.0.0.1, port {port}: Address already in use." in words
    assert "--port" in words


def test_an_address_that_is_not_of_this_machine_is_told(refused: Serve):
    assert "Nothing can listen on 192.0.2.1" in refused("--host", "192.0.2.1", "--port", "0", keys=GOOD)
