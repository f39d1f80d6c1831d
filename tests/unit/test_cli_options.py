"""Options and tables that commands share."""

from __future__ import annotations

import itertools

import click
import pytest
from click.testing import CliRunner

from pipeline.cli.options import exit_code, platform_argument, store_option
from pipeline.cli.tables import table_text
from pipeline.findings import SEVERITY_ORDER, Finding
from pipeline.mapping_files import UnknownPlatform, find_mapping, mapping_files

GRAVE = {"error", "hold"}


@pytest.mark.parametrize("severities", [*itertools.combinations(SEVERITY_ORDER, 2), (), ("note",), ("warning",)])
@pytest.mark.parametrize("strict", [False, True])
def test_exit_code_follows_the_gravest_finding(severities, strict):
    findings = [Finding("code", severity, "message") for severity in severities]
    expected = GRAVE & set(severities) or (strict and "warning" in severities)
    assert exit_code(iter(findings), strict=strict) == int(bool(expected))


@click.command()
@platform_argument()
@store_option()
def probe(mapping_file, store):
    click.echo(f"{mapping_file} {sorted(store.items())}")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command that takes a platform and settings, where two platforms are known."""
    for name in ("pizza_post", "noodle_now"):
        (tmp_path / f"{name}.yaml").write_text(f"platform: {name}\n")
    monkeypatch.setattr("pipeline.mapping_files.FOLDER", tmp_path)
    monkeypatch.setattr(find_mapping, "__defaults__", (tmp_path,))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(probe, arguments)


def test_a_platform_is_a_name_or_a_path(run, tmp_path):
    assert run("pizza_post").stdout == "pizza_post.yaml []\n"
    assert run("./noodle_now.yaml").stdout == "noodle_now.yaml []\n"
    assert run(str(tmp_path / "noodle_now.yaml")).exit_code == 0


@pytest.mark.parametrize(
    ("platform", "sentence"),
    [
        (
            "piza-post",
            "Error: There is no platform `piza-post`. Did you mean `pizza_post`? Known are noodle_now, pizza_post.\n",
        ),
        ("xyz", "Error: There is no platform `xyz`. Known are noodle_now, pizza_post.\n"),
        ("./none.yaml", "Error: There is no mapping file ./none.yaml.\n"),
        ("../pizza_post", "Error: There is no mapping file ../pizza_post.\n"),
        ("../", "Error: ../ is a folder; a mapping is one file.\n"),
    ],
)
def test_an_unknown_platform_is_wrong_usage_told_in_a_sentence(run, platform, sentence):
    result = run(platform)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


def test_names_that_no_system_takes_are_only_unknown(run, tmp_path):
    for name in ("a\0b.yaml", "x" * 300, "x" * 5000 + ".yaml", ""):
        with pytest.raises(UnknownPlatform):
            find_mapping(name, tmp_path)


def test_known_platforms_are_the_mapping_files():
    assert all(path.is_file() for path in mapping_files().values())


def test_store_settings_are_key_value(run):
    result = run("pizza_post", "--store", "store_id=s-1", "--store", "note=a=b, c", "--store", " empty =")
    assert result.stdout == "pizza_post.yaml [('empty', ''), ('note', 'a=b, c'), ('store_id', 's-1')]\n"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["store_id"], "--store takes KEY=VALUE, such as store_id=s-1; `store_id` has no =."),
        (["=s-1"], "--store takes KEY=VALUE, such as store_id=s-1; `=s-1` has no key."),
        (["a=1", "a=2"], "--store a is given twice."),
    ],
)
def test_store_settings_that_are_none(run, given, sentence):
    result = run("pizza_post", *itertools.chain.from_iterable(("--store", text) for text in given))
    assert (result.exit_code, result.stderr) == (2, f"Error: {sentence}\n")


def test_a_table_keeps_columns_apart_and_lines_whole_in_a_pipe():
    long = "word " * 60
    lines = table_text(["id", "what"], [["餃子", long], ["i", "[bold]x[/bold]\x1b[2J"]]).splitlines()
    assert lines == ["id    what", f"餃子  {long.rstrip()}", "i     [bold]x[/bold]\\u001b[2J"]


def test_a_table_wraps_on_a_terminal():
    lines = table_text(["id", "what"], [["i-7", "word " * 60]], width=40).splitlines()
    assert max(map(len, lines)) <= 40
    assert sum(line.count("word") for line in lines) == 60
