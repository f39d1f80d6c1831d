"""Files are read within a size and written whole or not at all."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from pipeline.cli import files
from pipeline.cli.errors import Failure, WrongUse


def test_output_is_written_with_usual_permissions_and_told_on_stderr(tmp_path, capsys):
    files.write_output("text", str(tmp_path / "out.json"))
    assert (tmp_path / "out.json").read_text() == "text\n"
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o666 & ~mask
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"Wrote {tmp_path / 'out.json'}.\n"


def test_an_existing_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "out.json"
    target.write_text("old")
    target.chmod(0o640)
    files.write_output("new", str(target))
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new\n", 0o640)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    target = tmp_path / "out.json"
    target.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(Failure, match=r"out\.json cannot be written: No space left on device\."):
        files.write_output("new", str(target))
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    files.write_output("new", str(tmp_path / "link.json"))
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new\n"


def test_a_device_is_written_to_and_not_replaced():
    files.write_output("gone", os.devnull)
    assert not os.path.isfile(os.devnull)  # noqa: PTH113


@pytest.mark.parametrize("name", [None, "-"])
def test_stdout(name, capsys):
    files.write_output("data", name)
    assert capsys.readouterr() == ("data\n", "")


def test_the_output_is_never_an_input(tmp_path, monkeypatch):
    menu = tmp_path / "menu.json"
    menu.write_text("{}")
    (tmp_path / "link.json").symlink_to(menu)
    monkeypatch.chdir(tmp_path)
    for output in ("menu.json", "link.json", str(menu), f"../{tmp_path.name}/menu.json"):
        with pytest.raises(WrongUse, match="would overwrite its own input"):
            files.check_output(output, ["-", None, menu])
    files.check_output("other.json", [menu])


def test_an_output_without_a_place_is_refused_before_any_work(tmp_path):
    with pytest.raises(WrongUse, match="is a folder"):
        files.check_output(str(tmp_path), [])
    with pytest.raises(WrongUse, match="is a folder"):
        files.check_output(str(tmp_path / "out.json") + "/", [])
    with pytest.raises(WrongUse, match="There is no folder"):
        files.check_output(str(tmp_path / "none" / "out.json"), [])
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(WrongUse, match="is no file name"):
            files.check_output(name, [])


def test_inputs_that_cannot_be_read(tmp_path):
    with pytest.raises(WrongUse, match=r"There is no file .*menu\.json \(asked for as the menu\)\."):
        files.read_file(str(tmp_path / "menu.json"), "the menu")
    with pytest.raises(WrongUse, match="is a folder"):
        files.read_file(str(tmp_path), "the menu")
    with pytest.raises(WrongUse, match="is no file name"):
        files.read_file("a\0b", "the menu")


def test_what_may_never_end_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # nobody writes into it
    for name in ("/dev/zero", str(tmp_path / "pipe")):
        with pytest.raises(WrongUse, match=r"is a pipe or a device, which may never end\. Write the menu into a file"):
            files.read_file(name, "the menu")


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 1024 * 1024)
    with Path("/dev/zero").open("rb") as endless:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(endless))
        with pytest.raises(Failure, match=r"- is larger than 1 MB, which no menu is\."):
            files.read_file("-", "the menu")


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff{}")))
    assert files.read_file("-", "the menu") == b"\xff{}"
