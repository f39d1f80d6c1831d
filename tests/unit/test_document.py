from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.findings import Finding
from pipeline.mapping.form.auth import OAuth2
from pipeline.mapping.form.document import Mapping, read_document, read_mapping
from pipeline.mapping.form.references import all_steps
from pipeline.mapping.form.steps import AvailabilityUpdate
from pipeline.mapping.nodes import Scalar, Sequence, Table
from pipeline.mapping.yaml.source import load
from tests.unit.document_files import FOLDER, documents, expected, told

MINIMAL = "platform: example\npayload: {}\n"


def read(text: str) -> tuple[Mapping | None, list[Finding]]:
    loaded = load(text, "m.yaml")
    assert not loaded.findings
    return read_document(loaded.root, "m.yaml")


@pytest.mark.parametrize("path", documents("good"), ids=lambda path: path.stem)
def test_a_good_document_has_no_findings(path: Path) -> None:
    mapping, findings = read_mapping(path)
    assert findings == []
    assert mapping is not None
    assert mapping.file == str(path)


@pytest.mark.parametrize("path", documents("bad"), ids=lambda path: path.stem)
def test_every_wrong_line_is_told_where_it_stands(path: Path) -> None:
    assert expected(path), "a file of wrong lines has to mark some"
    _, findings = read_mapping(path)
    assert told(findings) == expected(path)
    assert findings == sorted(findings, key=lambda finding: (finding.place.line, finding.place.column))  # type: ignore[union-attr]


@pytest.mark.parametrize("path", documents("bad"), ids=lambda path: path.stem)
def test_findings_are_sentences_without_secrets(path: Path) -> None:
    _, findings = read_mapping(path)
    for finding in findings:
        assert finding.message.endswith(".")
        assert not finding.hint or finding.hint[-1] in ".?`"
        assert not re.search(r"s3cr3t|hunter2|4711|Bearer abc|\babc\b", str(finding))


def test_values_are_read() -> None:
    mapping, _ = read_mapping(FOLDER / "good" / "menu.yaml")
    assert mapping is not None
    assert (mapping.platform, mapping.title, mapping.label, mapping.format) == (
        "doordash", "DoorDash Marketplace", "DoorDash Marketplace", 1,
    )  # fmt: skip
    shape = mapping.shape
    assert shape is not None
    assert shape.prices is not None
    assert shape.ids is not None
    assert shape.leave_out is not None
    assert shape.prices.channels == ("doordash", "delivery")
    assert shape.prices.round_to == Decimal("0.05")
    assert isinstance(shape.prices.markup_percent, Scalar)
    assert shape.ids.replace == {"/": "-", ";": ""}
    assert len(shape.leave_out.items) == 1
    assert len(shape.leave_out.options) == 2
    assert shape.leave_out.categories == ()
    assert mapping.tables["cereals"].entries == {
        "gluten": ["wheat", "rye", "barley"], "12:30": "half", "no": Decimal("1.50"), "celery": None,
    }  # fmt: skip
    assert mapping.tables["cereals"].name == "cereals"
    assert isinstance(mapping.chains["cents"], Sequence)
    assert isinstance(mapping.let, Table)
    assert [check.severity for check in mapping.checks][:2] == ["warning", "hold"]
    settings = mapping.store_settings
    assert settings["markup_percent"].plain(settings["markup_percent"].default) == Decimal(0)
    assert settings["service"].values == ("delivery", "pickup")
    assert settings["service"].type_name == "enum"
    assert settings["hours"].plain(settings["hours"].default)[1].end == "01:30"
    assert [name for name, form in settings.items() if form.is_required] == ["store_id", "page_size", "tags", "pin"]
    assert settings["pin"].secret
    assert settings["pin"].position.line == 117


def test_calls_are_read() -> None:
    mapping, _ = read_mapping(FOLDER / "good" / "calls.yaml")
    assert mapping is not None
    assert mapping.environments["sandbox"]["tenant"] == "test"
    assert isinstance(mapping.auth, OAuth2)
    assert (mapping.auth.client, mapping.auth.tokens, mapping.auth.limits[0].per) == (
        "basic",
        "account",
        timedelta(hours=1),
    )
    assert mapping.retry is not None
    assert mapping.retry.statuses == (408, 425, 429, "5xx")
    steps = {step.step: step for step in all_steps(mapping.publish)}
    assert list(steps) == ["images", "upload", "menu", "call", "hosted", "file", "wait"]
    assert steps["upload"].success == (200, "2xx")
    assert steps["menu"].position.line == 40
    assert steps["wait"].wait is not None
    assert steps["wait"].wait.timeout == timedelta(minutes=120)
    assert steps["wait"].outcome is not None
    assert steps["wait"].outcome.done == ("success", "true")
    assert steps["wait"].outcome.failed == ("failed", "failed_validation", "17")
    assert [(rule.do.word, rule.do.argument) for rule in mapping.errors] == [
        ("wait_for_other_job", None), ("refresh_token", None), ("forget", "external_menu_id"),
        ("wait", timedelta(seconds=60)), ("run", "menu"), ("give_up", None),
    ]  # fmt: skip
    assert mapping.errors[2].when.status == (403, "5xx")
    assert mapping.errors[0].when.says == ("already have a job in_progress",)
    assert isinstance(mapping.availability_update, AvailabilityUpdate)
    assert [step.step for step in mapping.availability_steps] == ["items"]
    assert mapping.read_menu is not None
    assert mapping.read_menu.compare is not None
    assert isinstance(mapping.read_menu.compare.name_, Scalar)


def test_what_is_left_out_has_its_default() -> None:
    mapping, findings = read(MINIMAL)
    assert findings == []
    assert mapping is not None
    assert (mapping.title, mapping.label, mapping.shape, mapping.auth) == (None, "example", None, None)
    assert (mapping.tables, mapping.checks, mapping.publish, mapping.availability_steps) == ({}, (), (), ())


def test_a_wrong_part_is_left_out_and_the_rest_is_read() -> None:
    mapping, findings = read(
        MINIMAL + "limits: [{requests: x, per: 1s}, {requests: 7, per: 1s}]\nretry: {attempts: no, backoff: 3s}\n"
    )
    assert [finding.code for finding in findings] == ["wrong-kind", "wrong-kind"]
    assert mapping is not None
    assert mapping.retry is not None
    assert [limit.requests for limit in mapping.limits] == [7]
    assert (mapping.retry.attempts, mapping.retry.backoff) == (2, timedelta(seconds=3))


@pytest.mark.parametrize("text", ["- a", "just text", "5", "~"])
def test_what_is_no_mapping_says_so(text: str) -> None:
    mapping, findings = read(text)
    assert mapping is None
    assert [finding.code for finding in findings] == ["not-a-mapping"]


def test_a_missing_file_is_a_finding() -> None:
    mapping, findings = read_mapping(FOLDER / "nothing.yaml")
    assert mapping is None
    assert [finding.code for finding in findings] == ["file-unreadable"]


def test_a_piece_that_yaml_cut_off_is_told_as_such() -> None:
    here = load("payload: {a: 1}", "m.yaml").root
    assert isinstance(here, Table)
    position = here.position
    cut = Table((_entry("markup", "= not_null(store.a", here), _entry("store.b)", None, here)), position)
    root = Table((_entry("platform", "example", here), here.entries[0].__class__("payload", position, cut)), position)
    _, findings = read_document(root, "m.yaml")
    assert [finding.code for finding in findings] == ["split-formula"]
    assert "needs quotes or its own line" in findings[0].hint


def _entry(key: str, value: str | None, near: Table):  # type: ignore[no-untyped-def]
    return near.entries[0].__class__(key, near.position, Scalar(value, near.position, near.position))


def test_a_hostile_document_is_told_and_not_repeated() -> None:
    _, findings = read(MINIMAL + "retry: {attempts: " + "9" * 30 + "}\n" + "z" * 900 + ": 1\n")
    assert len(findings) == 2
    assert all(len(finding.message) < 300 for finding in findings)


LONG = 5_000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("".join(f"unknown_{number}: 1\n" for number in range(LONG)), "unknown-key"),
        ("templates:\n" + "".join(f"  t{number}: {{$use: u{number}}}\n" for number in range(LONG)), "unknown-template"),
        ("let:\n" + "".join(f"  l{number}: {{$fro: a}}\n" for number in range(LONG)), "unknown-instruction"),
        ("transforms:\n" + "".join(f"  c{n}: [c{(n + 1) % LONG}]\n" for n in range(LONG)), "chain-recursive"),
        ("errors:\n" + "- {when: {status: 400}, do: run away}\n" * LONG, "unknown-step"),
    ],
    ids=["keys", "templates", "instructions", "chains", "errors"],
)  # fmt: skip
def test_thousands_of_problems_are_counted(text: str, code: str) -> None:
    _, findings = read(MINIMAL + text)
    assert {finding.code for finding in findings} == {code, "more-problems"}
    assert findings[-1].code == "more-problems"
    assert len(findings) - 1 + findings[-1].count == LONG


def test_a_long_chain_of_chains_is_no_circle() -> None:
    _, findings = read(MINIMAL + "transforms:\n  c0: [strip]\n" + "".join(f"  c{n + 1}: [c{n}]\n" for n in range(LONG)))
    assert findings == []


def test_many_environments_are_refused() -> None:
    _, findings = read(
        MINIMAL + "environments:\n" + "".join(f"  e{number}: {{n{number}: x}}\n" for number in range(LONG))
    )
    assert [finding.code for finding in findings] == ["too-many"]


@pytest.mark.parametrize("path", documents("extends"), ids=lambda path: path.stem)
def test_extends_tells_what_is_wrong_in_its_own_file(path: Path) -> None:
    _, findings = read_mapping(path)
    if path.stem == "loop_a":  # the loop is closed by the other file
        assert told(findings) == expected(path.with_stem("loop_b"))
    elif path.stem == "loop_b":
        assert told(findings) == [("extends-cycle", "loop_a.yaml", 2, 10)]
    else:
        assert told(findings) == expected(path)


@pytest.mark.parametrize(("files", "codes"), [(6, []), (7, ["extends-cycle"])])
def test_a_chain_of_extends_is_bounded(tmp_path: Path, files: int, codes: list[str]) -> None:
    for number in range(files):
        above = f"extends: part_{number + 1}\n" if number < files - 1 else ""
        (tmp_path / f"part_{number}.yaml").write_text(
            f"platform: part_{number}\n{above}payload: {{n{number}: {number}}}\n"
        )
    mapping, findings = read_mapping(tmp_path / "part_0.yaml")
    assert [finding.code for finding in findings] == codes
    if not codes:
        assert mapping is not None
        assert plain(mapping.payload) == {f"n{number}": number for number in range(files)}


def test_what_extends_another_is_held_to_its_payload_schema_unless_it_has_its_own(tmp_path: Path) -> None:
    schemas = tmp_path / "payloads"
    schemas.mkdir()
    for name, above in (("city", "country"), ("country", "world"), ("world", None)):
        extends = f"extends: {above}\n" if above else "payload: {a: 1}\n"
        (tmp_path / f"{name}.yaml").write_text(f"platform: {name}\n{extends}")
    mapping, _ = read_mapping(tmp_path / "city.yaml")
    assert mapping is not None
    assert mapping.schema_file(tmp_path) == schemas / "city.json"
    for name in ("world", "country", "city"):
        (schemas / f"{name}.json").write_text("{}")
        assert mapping.schema_file(tmp_path) == schemas / f"{name}.json"


def test_extends_merges_by_key() -> None:
    mapping, findings = read_mapping(FOLDER / "extends" / "country.yaml")
    assert findings == []
    assert mapping is not None
    assert mapping.shape is not None
    assert (mapping.platform, mapping.title, mapping.extends) == ("country", "Base", "base")
    assert (mapping.shape.empty_categories, mapping.shape.same_names, mapping.shape.sizes) == ("drop", "keep", "keep")
    assert {name: table.entries for name, table in mapping.tables.items()} == {
        "days": {"monday": "MON", "tuesday": "DI", "sunday": "SO"}
    }
    assert plain(mapping.payload) == {
        "name": "= restaurant.name", "nested": {"kept": 1, "changed": 22, "added": None}, "rows": [{"c": 3}],
    }  # fmt: skip
    assert [step.step for step in mapping.publish] == ["only"]
    assert mapping.store_settings["store_id"].description == "Id"


def test_extended_parts_know_their_own_file() -> None:
    mapping, _ = read_mapping(FOLDER / "extends" / "country.yaml")
    assert mapping is not None
    assert isinstance(mapping.payload, Table)
    name, rows = mapping.payload.get("name"), mapping.payload.get("rows")
    assert name is not None
    assert rows is not None
    assert Path(name.position.file).name == "base.yaml"
    assert (Path(rows.position.file).name, rows.position.line) == ("country.yaml", 9)


def test_extends_goes_over_several_files() -> None:
    mapping, findings = read_mapping(FOLDER / "extends" / "city.yaml")
    assert [finding.code for finding in findings] == ["wrong-kind", "unknown-key"]
    assert mapping is not None
    assert (mapping.platform, mapping.title) == ("city", "City")
    assert [step.step for step in mapping.publish] == ["only"]


def plain(node: object) -> object:
    if isinstance(node, Table):
        return {entry.key: plain(entry.value) for entry in node}
    if isinstance(node, Sequence):
        return [plain(item) for item in node]
    assert isinstance(node, Scalar)
    return node.value
