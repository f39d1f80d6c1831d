"""``validate``: what it prints, its exit codes, its JSON, and ``--fix``."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from pipeline.cli.application import main
from pipeline.cli.commands.validate import KEYS
from pipeline.cli.diagnostics import MOST_SHOWN, Sources, diagnostics_text
from pipeline.findings import Finding, Place
from pipeline.mapping_files import mapping_files

GOOD = "platform: example\npayload: {name: = restaurant.name}\n"
WRONG = "platform: example\npayload:\n  name: = restaurant.nmae\n  beer: = restaurant.name * 2\n"


@pytest.fixture
def mapping(tmp_path):
    (tmp_path / "payloads").mkdir()
    (tmp_path / "payloads" / "example.json").write_text("{}")
    path = tmp_path / "example.yaml"

    def write(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_all_mappings_without_arguments(capsys):
    assert main(["validate"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"{len(mapping_files())} mappings checked: nothing wrong.\n"


def test_a_place_a_sentence_a_caret_and_a_hint(mapping, capsys):
    path = mapping(WRONG)
    assert main(["validate", str(path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == (
        f"{path}:3:22: error[unknown-field]: A restaurant has no field `nmae`.\n"
        "     3 |   name: = restaurant.nmae\n"
        "       |                      ^\n"
        "       = Did you mean `name`?\n"
        "\n"
        f"{path}:4:27: error[formula-arithmetic]: A formula cannot calculate with `*`.\n"
        "     4 |   beer: = restaurant.name * 2\n"
        "       |                           ^\n"
        "       = Write two lines: $from: restaurant.name, and below it $transform: [{multiply: 2}], or markup for"
        " percent.\n"
    )
    assert captured.err == "1 mapping checked: 2 errors.\n"


def test_json_is_a_list_of_seven_keys(mapping, capsys):
    path = mapping(WRONG)
    assert main(["validate", str(path), "--format", "json"]) == 1
    captured = capsys.readouterr()
    listed = json.loads(captured.out)
    assert [tuple(row) for row in listed] == [KEYS, KEYS]
    assert listed[0] == {
        "file": str(path), "line": 3, "column": 22, "severity": "error", "code": "unknown-field",
        "message": "A restaurant has no field `nmae`.", "hint": "Did you mean `name`?",
    }  # fmt: skip
    assert captured.err == ""


def test_json_of_nothing_wrong_is_an_empty_list(mapping, capsys):
    assert main(["validate", str(mapping(GOOD)), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_warnings_are_no_failure_unless_strict(mapping, capsys):
    path = str(mapping(GOOD + "tables: {days: {monday: 1}}\n"))
    assert main(["validate", path]) == 0
    assert "warning[unused-table]" in capsys.readouterr().out
    assert main(["validate", path, "--strict"]) == 1


@pytest.mark.parametrize("name", ["dordash", "nowhere.yaml", "tests"])
def test_a_mapping_that_is_not_there_is_wrong_usage(name, capsys):
    assert main(["validate", name]) == 2
    assert capsys.readouterr().err.startswith("Error: There is no ")


def test_findings_of_several_files_stand_by_file(mapping, tmp_path, capsys):
    path = mapping(WRONG)
    other = tmp_path / "another.yaml"
    other.write_text("platform: another\npayload: {a: = x.y}\n")
    assert main(["validate", str(path), str(other), str(path), "--format", "json"]) == 1
    files = [row["file"] for row in json.loads(capsys.readouterr().out)]
    assert files == sorted(files)
    assert files.count(str(path)) == 2


def test_a_platform_without_a_payload_schema_is_told_and_the_rest_is_checked(tmp_path, capsys):
    path = tmp_path / "fresh.yaml"
    path.write_text(WRONG.replace("example", "fresh"))
    assert main(["validate", str(path), "--format", "json"]) == 1
    listed = json.loads(capsys.readouterr().out)
    assert [row["code"] for row in listed] == ["payload-schema-missing", "unknown-field", "formula-arithmetic"]
    assert listed[0]["line"] == 1


def test_fix_repairs_in_place_and_says_so(mapping, capsys):
    path = mapping("# mine\n" + WRONG)
    path.chmod(0o640)
    assert main(["validate", str(path), "--fix"]) == 1
    captured = capsys.readouterr()
    assert path.read_text() == "# mine\n" + WRONG.replace("nmae", "name")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert f"{path}:4: repaired [unknown-field]: name: = restaurant.nmae  →  name: = restaurant.name\n" in captured.err
    assert "unknown-field" not in captured.out
    assert "formula-arithmetic" in captured.out
    assert [entry.name for entry in path.parent.iterdir() if entry.is_file()] == ["example.yaml"]


def test_fix_leaves_a_good_file_alone(mapping, capsys):
    path = mapping(GOOD)
    before = path.stat().st_mtime_ns
    assert main(["validate", str(path), "--fix"]) == 0
    assert path.stat().st_mtime_ns == before


def test_a_secret_is_shown_nowhere(mapping, capsys):
    secret = "sk_live_0123456789abcdef"
    path = mapping(GOOD + f"auth: {{type: headers, headers: {{Authorization: Bearer {secret}}}}}\n")
    for form in ("text", "json"):
        assert main(["validate", str(path), "--format", form]) == 1
        captured = capsys.readouterr()
        assert secret not in captured.out + captured.err
        assert "literal-secret" in captured.out


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"a: [\n" * 10_000, b"\x00", b"- " * 50_000, b"!!python/x: y"])
def test_hostile_files_are_told_in_a_sentence(data, tmp_path, capsys):
    path = tmp_path / "hostile.yaml"
    path.write_bytes(data)
    assert main(["validate", str(path), "--fix"]) == 1
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    assert f"{path}:" in captured.out
    assert path.read_bytes() == data


def test_many_findings_are_counted_not_listed(mapping, capsys):
    fields = "".join(f"  a{number}: = restaurant.x{number}\n" for number in range(MOST_SHOWN + 5))
    assert main(["validate", str(mapping(f"platform: example\npayload:\n{fields}"))]) == 1
    out = capsys.readouterr().out
    assert out.count("error[unknown-field]") == MOST_SHOWN
    assert out.rstrip().endswith("… and 5 more; --format json lists all.")


def test_long_lines_are_cut_around_the_place(tmp_path):
    path = tmp_path / "long.yaml"
    path.write_text("x" * 500 + "HERE" + "y" * 500)
    text = diagnostics_text([Finding("a-b", "error", "Long.", "", Place(str(path), 1, 501))], Sources())
    _, line, caret = text.splitlines()
    assert line[caret.index("^") :].startswith("HEREyyy")
    assert len(line) < 200
