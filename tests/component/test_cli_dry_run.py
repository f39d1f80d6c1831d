"""``dry-run``: from the words on the command line to payload, findings and exit code."""

from __future__ import annotations

import io
import json
import sys

import pytest

from pipeline.cli.application import main
from pipeline.cli.commands.dry_run import command
from pipeline.findings import Finding, as_json
from pipeline.mapping_files import mapping_files
from tests.shared_files import EXAMPLE_MENUS, bad_menus, real_menus

MAPPING = """\
platform: pizza_post
title: Pizza Post
format: 1
environments:
  sandbox: {base_url: "https://sandbox.example"}
  production: {base_url: "https://example"}
store_settings:
  store_id: {description: The store, example: s-example}
payload:
  store: = store.store_id
  host: = environment.base_url
  dishes:
    - $for: item in menu.items
      id: = item.item_id
      name: = item.name
      price: = item.price
"""

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"dishes": {"items": {"properties": {"price": {"maximum": 50}}}}},
}


def menu(*prices: str) -> dict:
    """Make a menu of one category with dishes of these prices."""
    return {
        "restaurant": {
            "restaurant_id": "rest_001",
            "name": "Da Nino",
            "currency": "EUR",
            "locale": "it-IT",
            "timezone": "Europe/Rome",
        },
        "categories": [{"category_id": "c-1", "name": "Pizze", "display_order": 0}],
        "items": [
            {"item_id": f"i-{number}", "name": f"Pizza {number}", "price": price, "category": "c-1"}
            for number, price in enumerate(prices, 1)
        ],
        "modifier_groups": [],
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a mapping, its payload schema and a menu, which is the current one."""
    (tmp_path / "pizza_post.yaml").write_text(MAPPING)
    (tmp_path / "payloads").mkdir()
    (tmp_path / "payloads" / "pizza_post.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "menu.json").write_text(json.dumps(menu("8.50", "11.00")))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, capsys):
    """Run ``dry-run`` on the mapping; gives exit code, stdout, stderr."""

    def run(*arguments, platform=str(folder / "pizza_post.yaml")):
        code = main(["dry-run", platform, *arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        assert "this is a bug" not in captured.err
        return code, captured.out, captured.err

    return run


STORE = ("--menu", "menu.json", "--store", "store_id=s-7")


def test_the_payload_is_all_of_stdout(run):
    code, out, err = run(*STORE)
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "store": "s-7",
        "host": "https://sandbox.example",
        "dishes": [
            {"id": "i-1", "name": "Pizza 1", "price": 8.50},
            {"id": "i-2", "name": "Pizza 2", "price": 11.00},
        ],
    }
    assert '"price": 8.50' in out


def test_what_is_assumed_is_told_on_stderr(run):
    code, out, err = run("--menu", "menu.json")
    assert code == 0
    assert json.loads(out)["store"] == "s-example"
    assert "s-example" in err
    assert "store_id" in err


def test_strict_fails_on_warnings_alone(run, folder):
    (folder / "menu.json").write_text(
        json.dumps({**menu("8.50"), "items": [{**menu("8.50")["items"][0], "category": "x-new"}]})
    )
    assert run(*STORE)[0] == 0
    code, out, err = run(*STORE, "--strict")
    assert code == 1
    assert "warning" in err
    assert json.loads(out)["dishes"][0]["id"] == "i-1"


def test_a_mapping_that_says_nothing_of_publishing_has_no_requests(run):
    code, out, err = run(*STORE, "--show", "requests")
    assert (code, err) == (0, "")
    assert out == "# Nothing would be sent: the mapping does not say yet how its payload is published (`publish`).\n"


def test_a_publish_without_a_step_to_do_has_no_requests(run, folder):
    (folder / "pizza_post.yaml").write_text(
        f"{MAPPING}publish: [{{step: menu, if: external_menu_id, request: PUT /menu}}]\n"
    )
    code, out, _ = run(*STORE, "--show", "requests")
    assert (code, out) == (0, "# Nothing would be sent: for this menu, no step under `publish` is to be done.\n")


def test_another_environment(run):
    assert json.loads(run(*STORE, "--environment", "production")[1])["host"] == "https://example"
    code, out, err = run(*STORE, "--environment", "prodution")
    assert (code, out) == (2, "")
    assert err == (
        "Error: Pizza Post has no environment `prodution`. Did you mean `production`? It has sandbox, production.\n"
    )


def test_an_error_makes_1_and_what_could_be_made_is_still_printed(run, folder):
    (folder / "menu.json").write_text(json.dumps(menu("8.50", "99.00")))
    code, out, err = run(*STORE)
    assert code == 1
    assert json.loads(out)["dishes"][1]["price"] == 99
    assert "error" in err
    assert "Pizza 2" in err


def test_a_menu_with_a_wrong_dish_still_gives_the_others(run, folder):
    (folder / "menu.json").write_text(json.dumps(menu("8.50", "-3.00", "11.00")))
    code, out, err = run(*STORE)
    assert code == 1
    assert {dish["id"] for dish in json.loads(out)["dishes"]} >= {"i-1", "i-3"}
    assert "Pizza 2" in err
    assert "price" in err


def test_a_menu_from_standard_input(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(menu("4.20")).encode())))
    code, out, _ = run("--menu", "-", "--store", "store_id=s-7")
    assert (code, len(json.loads(out)["dishes"])) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name a menu's FILE by --menu, or a restaurant by --restaurant"),
        (("--menu", "none.json"), "There is no file none.json"),
        (("--menu", "."), "is a folder"),
        (("--menu", "menu.json", "--output", "menu.json"), "would overwrite its own input"),
        (("--menu", "menu.json", "--output", "pizza_post.yaml"), "would overwrite its own input"),
        (("--menu", "menu.json", "--show", "nothing"), "is not one of"),
    ],
)
def test_wrong_usage_is_2_and_does_nothing(run, folder, arguments, sentence):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_output_goes_to_a_file_and_not_to_stdout(run, folder):
    code, out, err = run(*STORE, "--output", "payload.json")
    assert (code, out, err) == (0, "", "Wrote payload.json.\n")
    assert json.loads((folder / "payload.json").read_text())["store"] == "s-7"


def test_where_nothing_was_made_an_older_output_stays(run, folder):
    (folder / "payload.json").write_text("older")
    (folder / "menu.json").write_text("{")
    code, out, err = run(*STORE, "--output", "payload.json")
    assert (code, out) == (1, "")
    assert "error" in err
    assert (folder / "payload.json").read_text() == "older"


def test_a_broken_mapping_is_told_by_line(run, folder):
    (folder / "pizza_post.yaml").write_text(MAPPING.replace("item.price", "item.prise"))
    code, out, err = run(*STORE)
    assert (code, out) == (1, "")
    assert "pizza_post.yaml:16:" in err
    assert "price" in err


def test_a_file_that_is_no_mapping_is_told(run, folder):
    (folder / "pizza_post.yaml").write_bytes(b"\xff\xfe\x00{[")
    code, out, err = run(*STORE)
    assert (code, out) == (1, "")
    assert "error" in err


def test_without_a_payload_schema_it_says_that_it_was_not_checked(run, folder):
    (folder / "payloads" / "pizza_post.json").unlink()
    code, out, err = run(*STORE)
    assert code == 0
    assert json.loads(out)["store"] == "s-7"
    assert "not checked" in err


def test_the_summary_is_readable(run):
    code, out, err = run(*STORE, "--show", "summary")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "Da Nino on Pizza Post: would be published"
    assert out.splitlines()[1] == "1 category, 2 dishes, 0 modifier groups, 0 options; 0 sold out"
    assert out.splitlines()[-1].split() == ["Pizze", "2", "8.50", "–", "11.00"]


@pytest.mark.parametrize("show", ["payload", "summary"])
def test_json_has_everything_in_one_object(run, folder, show):
    (folder / "menu.json").write_text(json.dumps(menu("8.50", "99.00")))
    code, out, err = run(*STORE, "--format", "json", "--show", show)
    document = json.loads(out)
    assert (code, err) == (1, "")
    example = command.json_examples["--format json --show summary" if show == "summary" else "--format json"]
    assert list(document) == list(example)
    assert show == "payload" or list(document[show]) == list(example[show])
    assert show == "payload" or list(document[show]["by_category"][0]) == list(example[show]["by_category"][0])
    assert (document["platform"], document["publishable"], document["schema_checked"]) == ("pizza_post", False, True)
    assert document[show]
    assert document["findings"]
    keys = set(as_json(Finding("code", "note", "message")))
    assert all(set(finding) == keys for finding in document["findings"])


def test_json_without_a_payload_says_null(run, folder):
    (folder / "menu.json").write_text("{")
    code, out, _ = run(*STORE, "--format", "json")
    document = json.loads(out)
    assert (code, document["payload"], document["publishable"]) == (1, None, False)
    assert document["findings"][0]["severity"] == "error"


@pytest.mark.parametrize("platform", mapping_files())
@pytest.mark.parametrize("path", sorted(EXAMPLE_MENUS.glob("*.json")), ids=lambda path: path.stem)
def test_every_platform_takes_the_example_menus(run, platform, path):
    code, out, err = run("--menu", str(path), platform=platform)
    assert code == 0, err
    assert json.loads(out)


@pytest.mark.parametrize("platform", mapping_files())
@pytest.mark.parametrize("path", [*real_menus(), *bad_menus()], ids=lambda path: path.stem)
def test_no_menu_ends_in_a_traceback(run, platform, path):
    code, out, err = run("--menu", str(path), platform=platform)
    assert code in (0, 1)
    assert (code == 1) == any(line.startswith(("error", "hold")) for line in err.splitlines())
    assert code == 1 or json.loads(out)


@pytest.mark.parametrize("path", bad_menus(), ids=lambda path: path.stem)
def test_a_bad_menu_is_told(run, path):
    """An unknown category is a free tag, and control characters are taken out: both are warnings."""
    code, _, err = run("--menu", str(path))
    assert err
    assert code == int(path.stem not in ("05-unknown-category", "11-control-characters"))
