"""The table of the language: each row's example is read by the row's own kind."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from pipeline.examples.form import Example, ExamplesFile
from pipeline.mapping.form import reference
from pipeline.mapping.form.auth import AUTH_TYPES, Auth
from pipeline.mapping.form.document import Mapping
from pipeline.mapping.form.grammar import FORMS, Form, Key, keys_of
from pipeline.mapping.form.instructions import INSTRUCTIONS, Instruction
from pipeline.mapping.form.kind import INVALID, Reader
from pipeline.mapping.form.kinds import duration_of
from pipeline.mapping.nearest import nearest
from pipeline.mapping.nodes import Table
from pipeline.mapping.transforms.registry import TRANSFORMS
from pipeline.mapping.yaml.source import load

KEYS = [(form.__name__, name, row) for form in FORMS.values() for name, row in keys_of(form).items()]


@pytest.mark.parametrize(("form", "name", "row"), KEYS, ids=[f"{form}.{name}" for form, name, _ in KEYS])
def test_every_example_is_one(form: str, name: str, row: Key) -> None:
    loaded = load(row.example, "example.yaml")
    assert not loaded.findings
    assert isinstance(loaded.root, Table)
    assert [entry.key for entry in loaded.root] == [name]
    reader = Reader()
    assert row.kind.read(loaded.root.entries[0].value, name, reader) is not INVALID
    assert reader.findings == []


@pytest.mark.parametrize("row", INSTRUCTIONS.values(), ids=lambda row: row.name)
def test_every_instruction_has_an_example(row: Instruction) -> None:
    loaded = load(row.example, "example.yaml")
    assert not loaded.findings
    assert isinstance(loaded.root, Table)
    assert [entry.key for entry in loaded.root] == [row.name]
    reader = Reader()
    assert row.kind.read(loaded.root.entries[0].value, row.name, reader) is not INVALID
    assert reader.findings == []


@pytest.mark.parametrize(("form", "name", "row"), KEYS, ids=[f"{form}.{name}" for form, name, _ in KEYS])
def test_every_key_is_documented_by_a_sentence(form: str, name: str, row: Key) -> None:
    assert re.fullmatch(r"[A-Z`].*[^.]\.", row.doc, re.DOTALL), (form, name, row.doc)


@pytest.mark.parametrize(
    ("name", "row"), [(name, row) for form in (ExamplesFile, Example) for name, row in keys_of(form).items()]
)
def test_every_example_in_a_file_of_examples_is_one(name: str, row: Key) -> None:
    test_every_example_is_one("", name, row)


def test_every_form_says_what_it_is() -> None:
    assert len(FORMS) > 30
    for form in FORMS.values():
        assert form.__doc__
        assert form.noun or form is Auth
    nouns = [form.noun for form in FORMS.values()]
    assert len(set(nouns)) == len(nouns)


def test_forms_of_other_files_are_not_forms_of_mappings() -> None:
    assert not {form.__name__ for form in (ExamplesFile, Example)} & FORMS.keys()
    reader = Reader()
    written = load("examples: []", "mapping.yaml").root
    assert written is not None
    Form(Mapping).read(written, "", reader)
    assert not any("example" in finding.hint for finding in reader.findings)


def test_rules_speak_of_keys_that_exist() -> None:
    for form in FORMS.values():
        for rule in form.rules:
            assert {*rule.keys, getattr(rule, "key", rule.keys[0])} <= keys_of(form).keys()


def test_auth_types_are_named_as_they_are_registered() -> None:
    for word, form in AUTH_TYPES.items():
        assert keys_of(form)["type"].kind.words == f"`{word}`"


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("500ms", timedelta(milliseconds=500)), ("2s", timedelta(seconds=2)), ("120m", timedelta(hours=2)),
        ("1h", timedelta(hours=1)), ("30d", timedelta(days=30)), ("0s", None), ("2", None), ("2 s", None),
        ("1.5h", None), ("-2s", None), ("2S", None), ("9999999d", None), ("", None), ("2s\n", None),
    ],
)  # fmt: skip
def test_durations(text: str, duration: timedelta | None) -> None:
    assert duration_of(text) == duration


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("tempaltes", ["tables", "templates"], "templates"), ("Publish", ["publish", "payload"], "publish"),
        ("store-settings", ["store_settings", "shape"], "store_settings"), ("x", ["y", "z"], None),
        ("colour", ["tables", "templates"], None), ("a" * 100_000, ["a" * 100_000], None), ("a", [], None),
    ],
    ids=["letters", "case", "dash", "short", "other", "huge", "none"],
)  # fmt: skip
def test_only_near_words_are_named(word: str, known: list[str], near: str | None) -> None:
    assert nearest(word, known) == near


def test_the_reference_names_everything() -> None:
    written = reference.text()
    for name in (*keys_of(Mapping), *INSTRUCTIONS):
        assert f"| `{name}` |" in written
    for form, name, row in KEYS:
        if form == "Auth":  # only what its types have in common
            continue
        assert row.doc.replace("|", "\\|") in written, (form, name)


def test_the_reference_knows_every_transform() -> None:
    written = reference.text()
    for name in TRANSFORMS:
        assert f"- `{name}`: " in written
