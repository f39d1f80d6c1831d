"""``platforms`` and ``schema``."""

from __future__ import annotations

import json

import pytest

from pipeline.cli.application import main
from pipeline.cli.commands.platforms import EXAMPLE, HEADINGS
from pipeline.mapping_files import mapping_files


def test_every_mapping_is_a_row(capsys):
    assert main(["platforms"]) == 0
    captured = capsys.readouterr()
    headings, *rows = captured.out.splitlines()
    assert all(heading in headings for heading in HEADINGS)
    assert [row.split()[0] for row in rows] == list(mapping_files())
    assert captured.err == ""


def test_json_tells_what_each_platform_needs(capsys):
    assert main(["platforms", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [platform["platform"] for platform in listed] == list(mapping_files())
    for platform in listed:
        assert platform.keys() == EXAMPLE[0].keys()
        for part in ("credentials", "store_settings"):
            assert all(entry.keys() == EXAMPLE[0][part][0].keys() for entry in platform[part])


def test_a_broken_mapping_is_told_and_the_others_are_listed(tmp_path, monkeypatch, capsys):
    (tmp_path / "good.yaml").write_text("platform: good\ntitle: Good Food\nformat: 1\npayload: {a: 1}\n")
    (tmp_path / "broken.yaml").write_text("platform: [\n")
    monkeypatch.setattr(
        "pipeline.cli.commands.platforms.mapping_files", lambda: {p.stem: p for p in sorted(tmp_path.glob("*.yaml"))}
    )
    assert main(["platforms"]) == 1
    captured = capsys.readouterr()
    assert "Good Food" in captured.out
    assert "broken.yaml:" in captured.err


@pytest.mark.parametrize("arguments", [(), ("--output", "other.json")])
def test_the_schema_is_written(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    assert main(["schema", *arguments]) == 0
    (written,) = tmp_path.iterdir()
    assert written.name == (arguments[1] if arguments else "mappings.schema.json")
    assert json.loads(written.read_text())["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert capsys.readouterr() == ("", f"Wrote {written.name}.\n")


def test_the_schema_on_stdout(capsys):
    assert main(["schema", "--output", "-"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)
    assert captured.err == ""
