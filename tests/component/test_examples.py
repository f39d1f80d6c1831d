"""The shipped examples, each as a test; and what is told of examples that fail or cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.application import main
from pipeline.examples.folder import examples_beside
from pipeline.examples.form import read_examples
from pipeline.examples.run import run_example
from pipeline.mapping_files import mapping_files
from tests.platforms import PLATFORMS, compiled
from tests.shared_files import REPOSITORY

FILES, FINDINGS = examples_beside(mapping_files().values())
SHIPPED = [(each.file.platform, example) for each in FILES for example in each.file.examples]


def test_the_shipped_files_can_be_read() -> None:
    assert [str(finding) for finding in FINDINGS] == []
    assert {each.path.stem for each in FILES} == {each.file.platform for each in FILES}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_has_examples(platform: str) -> None:
    assert sum(name == platform for name, _ in SHIPPED) >= 5


@pytest.mark.parametrize(
    ("platform", "example"), SHIPPED, ids=[f"{platform}: {example.example}" for platform, example in SHIPPED]
)
def test_example(platform: str, example) -> None:
    assert [f"line {each.line}: {each.message}" for each in run_example(compiled(platform), example).problems] == []


MAPPING = """\
platform: pizza_post
title: Pizza Post
format: 1
store_settings:
  prefix: {description: In front of names, default: "-"}
payload:
  dishes:
    - $for: item in menu.items
      name: = item.name
      price: = item.price -> minor_units
      spicy:
        $if: item.extra.spicy
        $value: true
checks:
  - for: item in menu.items
    value: item.price
    at_most: 50
    say: "{item.name} is too expensive for Pizza Post."
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a mapping and room for examples, which is the current one."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "pizza_post.yaml").write_text(MAPPING)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, capsys):
    """Write examples and run them; gives exit code, stdout, stderr."""

    def run(text: str, *arguments: str):
        (folder / "examples" / "pizza_post.yaml").write_text(f"platform: pizza_post\nexamples:\n{text}")
        code = main(["test", "./pizza_post.yaml", *arguments])
        captured = capsys.readouterr()
        assert "this is a bug" not in captured.err
        return code, captured.out, captured.err

    return run


GOOD = """\
  - example: Cents
    menu: {items: [{name: Margherita, price: 12.99}]}
    expect: {"dishes[0].price": 1299}
"""


def test_a_good_example_passes(run) -> None:
    assert run(GOOD) == (0, "1 passed, 0 failed\n", "")


def test_a_failure_names_both_lines_and_both_values(run) -> None:
    code, out, _ = run(GOOD.replace("1299", "12.99"))
    assert code == 1
    assert out == (
        "FAILED Cents (pizza_post, examples/pizza_post.yaml:3)\n"
        "    examples/pizza_post.yaml:5: dishes[0].price: expected 12.99, found 1299\n"
        "    made by pizza_post.yaml:10: price: = item.price -> minor_units\n"
        "0 passed, 1 failed\n"
    )


def test_a_missing_field_is_told_with_the_reason(run) -> None:
    code, out, _ = run(GOOD.replace('"dishes[0].price": 1299', '"dishes[0].spicy": true'))
    assert code == 1
    assert "dishes[0].spicy: expected true, found nothing\n" in out
    assert "    because " in out
    assert "made by pizza_post.yaml:1" in out


def test_json_has_the_same(run) -> None:
    code, out, _ = run(GOOD.replace("1299", "1300"), "--format", "json")
    document = json.loads(out)
    assert (code, document["passed"], document["failed"]) == (1, 0, 1)
    (problem,) = document["examples"][0]["problems"]
    assert problem == {
        "message": "expected 1300, found 1299",
        "file": "examples/pizza_post.yaml",
        "line": 5,
        "field": "dishes[0].price",
        "mapping": "pizza_post.yaml:10",
        "rule": "price: = item.price -> minor_units",
        "reason": "",
    }


CASES = {
    "text is no number": ('expect: {"dishes[0].price": "1299"}', 'expected "1299", found 1299'),
    "numbers are compared by value": ('expect: {"dishes[0].price": 1299.00}', ""),
    "true is not 1": ('expect: {"dishes[0].price": true}', "expected true, found 1299"),
    "keys that are not named do not matter": ('expect: {"dishes[0]": {name: Margherita}}', ""),
    "a list has its length": (
        'expect: {"dishes": []}',
        'expected 0 entries, found 1 entry: [{"name":"Margherita","price":1299}]',
    ),
    "what is expected inside an object": (
        'expect: {"dishes[0]": {name: Funghi}}',
        'name: expected "Funghi", found "Margherita"',
    ),
    "a wildcard collects": ('expect: {"dishes[].price": [1299]}', ""),
    "a wildcard means each": ('expect: {"dishes[].price": 1299}', ""),
    "a filter finds": ("expect: {\"dishes[?name=='Margherita'].price\": 1299}", ""),
    "a filter that finds nothing": (
        "expect: {\"dishes[?name=='Funghi'].price\": 1299}",
        "expected 1299, found nothing: no entry fits the path",
    ),
    "absent": ('absent: "dishes[0].spicy"', ""),
    "not absent": ('absent: "dishes[0].name"', 'expected nothing, found "Margherita"'),
    "absent in a list of them": ('absent: ["dishes[0].spicy", "dishes[7].name"]', ""),
    "nothing is told": ("findings: [payload-schema-missing]", ""),
    "something else is told": ("findings: [too expensive]", "expected to be told `too expensive`, was told "),
    "it would be published": ("published: false", "It would be published, and the example says it would not."),
    "a path into a list": ('expect: {"dishes.price": 1299}', "`dishes` is a list: write `dishes[0].price`"),
    "a moment without a zone": ('now: "2031-05-01T12:00:00"\n    published: true', "`now` needs an instant"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_expectation(run, name: str) -> None:
    expectation, message = CASES[name]
    written = f"  - example: One\n    menu: {{items: [{{name: Margherita, price: 12.99}}]}}\n    {expectation}\n"
    code, out, err = run(written)
    assert err == ""
    assert code == (1 if message else 0), out
    assert message in out


def test_a_menu_that_is_refused(run) -> None:
    text = GOOD.replace("12.99", "51").replace("1299", "5100")
    code, out, _ = run(text)
    assert code == 1
    assert "It would not be published: " in out
    assert "Margherita is too expensive for Pizza Post." in out
    assert run(text + "    published: false\n    findings: [too expensive]\n")[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "hint"),
    [
        ("example:", "exampel:", 3, "has no key", "Did you mean `example`?"),
        ("expect:", "expects:", 5, "has no key", "Did you mean `expect`?"),
        ("price: 12.99", "prise: 12.99", 4, "The menu has no field `prise`", "Did you mean `price`?"),
        ("dishes[0].price", "dishes[0.price", 5, "cannot be read", ""),
        ("menu: {", "menu: [{", 4, "", ""),
    ],
)
def test_mistakes_are_told_where_they_are(folder, old: str, new: str, line: int, message: str, hint: str) -> None:
    path = folder / "examples" / "wrong.yaml"
    path.write_text(f"platform: pizza_post\nexamples:\n{GOOD.replace(old, new)}")
    _, findings = read_examples(path)
    assert findings
    there = [one for one in findings if one.place is not None and one.place.line == line]
    assert any(message.lower() in one.message.lower() and hint in one.hint for one in there), findings


def test_a_named_menu(run, folder) -> None:
    (folder / "examples" / "menus").mkdir()
    everything = REPOSITORY / "mappings" / "examples" / "menus" / "everything.json"
    (folder / "examples" / "menus" / "everything.json").write_bytes(everything.read_bytes())
    (folder / "secret.json").write_bytes(everything.read_bytes())
    text = "  - {example: One, menu: everything, expect: {\"dishes[?name=='Burger'].name\": Burger}}\n"
    assert run(text)[0] == 0
    for name in ("evrything", "../../secret", "/etc/passwd"):
        code, out, _ = run(text.replace("everything", name))
        assert code == 1
        assert f"There is no menu `{name}`. There are: everything." in out


def test_without_examples_it_is_said(folder, capsys) -> None:
    assert main(["test", "./pizza_post.yaml"]) == 0
    assert capsys.readouterr().out == "There are no examples. docs/examples.md says how to write one.\n"


def test_settings_of_the_store_are_checked(run) -> None:
    code, out, _ = run(GOOD + "    store: {prefx: x}\n")
    assert code == 1
    assert "prefx" in out
