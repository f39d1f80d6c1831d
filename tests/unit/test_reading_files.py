"""Files that are no menus: one clear sentence each, with the place where it is known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.findings import Finding
from pipeline.reading import read_file, read_menu
from pipeline.reading.limits import MAX_BYTES

MENU = (Path(__file__).parents[1] / "data" / "reading" / "menu.json").read_bytes()


def only(path: Path) -> Finding:
    reading = read_file(path)
    assert reading.menu is None
    (finding,) = reading.findings
    assert finding.severity == "error"
    assert finding.message.count(".") >= 1
    return finding


@pytest.mark.parametrize(
    ("data", "code", "says", "position"),
    [
        (b"", "menu-json-empty", "is empty", None),
        (b" \n\t ", "menu-json-empty", "is empty", None),
        (b"\xef\xbb\xbf", "menu-json-empty", "is empty", None),
        (b"hello", "menu-json-invalid", "line 1, column 1, a value is expected", (1, 1)),
        (b"<!doctype html>\n<html>", "menu-json-invalid", "line 1, column 1", (1, 1)),
        (b'{"items": [\n  {"price": 1.2.3}]}', "menu-json-invalid", "line 2, column 16, a comma", (2, 16)),
        (b'{"items" 1}', "menu-json-invalid", "a colon is expected", (1, 10)),
        (b"{'items': 1}", "menu-json-invalid", "double quotes", (1, 2)),
        (b'{"a": "x\ny"}', "menu-json-invalid", "line break", (1, 9)),
        (b'{"a": "\\q"}', "menu-json-invalid", "backslash", (1, 8)),
        (b'{"a": "\\u12"}', "menu-json-invalid", "four hexadecimal digits", (1, 9)),
        (b'{"a": 1} {"b": 2}', "menu-json-invalid", "more text follows", (1, 10)),
        (b'{"a": [1, 2', "menu-json-cut-off", "line 1, column 12", (1, 12)),
        (b'{"a": "unfini', "menu-json-cut-off", "no closing quote", (1, 7)),
        (b'{"a":\n', "menu-json-cut-off", "a value is expected", None),
        (MENU[:1_000], "menu-json-cut-off", "too early", None),
        (b'{"a": "\xe4\n"}', "menu-encoding", "line 1, column 8", (1, 8)),
        (b'{"a":\n "caf\xe9"}', "menu-encoding", "line 2, column 6", (2, 6)),
        ('{"a": 1}'.encode("utf-16"), "menu-encoding", "UTF-16", None),
        (b"[" * 200_000, "menu-json-depth", "nested too deeply", None),
        (b'{"items": ' + b'{"a": ' * 200_000, "menu-json-depth", "nested too deeply", None),
        (b"[]", "menu-form", "a list", None),
        (b"null", "menu-form", "null", None),
        (b'"menu"', "menu-form", "a text", None),
        (b"12", "menu-form", "a number", None),
        (b'{"error": "not found"}', "menu-form", "without restaurant, categories and items", None),
    ],
)
def test_content_that_is_no_menu(
    tmp_path: Path, data: bytes, code: str, says: str, position: tuple[int, int] | None
) -> None:
    path = tmp_path / "menu.json"
    path.write_bytes(data)
    finding = only(path)
    assert finding.code == code
    assert says in finding.message
    if position:
        assert finding.place is not None
        assert (finding.place.file, finding.place.line, finding.place.column) == (str(path), *position)


def test_a_byte_order_mark_at_the_start_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "menu.json"
    path.write_bytes(b"\xef\xbb\xbf" + MENU)
    reading = read_file(path)
    assert reading.findings == ()
    assert reading == read_menu(MENU)


def test_missing_folder_and_device(tmp_path: Path) -> None:
    assert only(tmp_path / "none.json").code == "menu-file-missing"
    assert only(tmp_path).message.endswith("is a folder.")
    assert only(Path("/dev/zero")).message.endswith("a pipe or a device.")
    assert only(Path("a\0b")).code == "menu-file-unreadable"
    assert only(Path("x" * 5_000)).code == "menu-file-unreadable"
    os.mkfifo(tmp_path / "pipe")
    assert only(tmp_path / "pipe").code == "menu-file-unreadable"
    (tmp_path / "file").touch()
    assert only(tmp_path / "file" / "menu.json").code == "menu-file-missing"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "menu.json"
    path.write_bytes(MENU)
    path.chmod(0)
    assert only(path).code == "menu-file-unreadable"


def test_a_file_of_50_mb_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "menu.json"
    with path.open("wb") as file:
        file.truncate(2 * MAX_BYTES)
    finding = only(path)
    assert finding.code == "menu-too-large"
    assert "50 MB; at most 25 MB" in finding.message


def test_bytes_over_the_limit() -> None:
    (finding,) = read_menu(MENU + b" " * MAX_BYTES).findings
    assert finding.code == "menu-too-large"
