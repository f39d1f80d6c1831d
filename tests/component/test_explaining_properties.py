"""Explanations of random fields of the real menus: the steps end at the payload's value, the line holds the rule."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.explaining import Explainer
from pipeline.mapping.compiler.origins import Recording
from pipeline.preview import preview
from pipeline.reading import read_menu
from pipeline.violations import display_path
from tests.platforms import NOW, PLATFORMS, SETTINGS, compiled, menu_files, menu_name

FIELDS = 30
Case = pytest.mark.parametrize("path", menu_files(), ids=menu_name)
Platform = pytest.mark.parametrize("platform", PLATFORMS)


@cache
def explainer(platform: str, path: Path) -> Explainer:
    """Make one explainer per menu and platform."""
    menu = read_menu(path.read_bytes()).menu
    assert menu is not None
    mapping = compiled(platform)
    return Explainer(mapping, menu, preview(mapping, menu, store=SETTINGS[platform], now=NOW))


def recorded(asked: Explainer) -> tuple[Any, Recording]:
    """Make the recording that an explainer has, once more."""
    return asked.mapping.record(asked.shaped.restaurant, asked.shaped.menu, asked.facts)


def fields_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Give every place of a payload with its value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*path, key), inner
        yield from fields_of(inner, (*path, key))


@Platform
@Case
def test_the_steps_end_at_the_value_and_the_line_holds_the_rule(platform: str, path: Path) -> None:
    asked = explainer(platform, path)
    payload, _ = recorded(asked)
    every = list(fields_of(payload))
    leaves = [field for field in every if not isinstance(field[1], dict | list)]
    chosen = random.Random(f"{platform} {path.name}").sample(leaves, min(FIELDS, len(leaves)))
    chosen += random.Random(path.name).sample(every, min(10, len(every)))
    for where, value in chosen:
        explained = asked.fields(display_path(where))
        assert explained.total == 1
        field = explained.fields[0]
        assert field.value == value
        assert type(field.value) is type(value)
        assert field.reason is None
        if not field.inside:
            assert field.result == value, where
            assert type(field.result) is type(value)
            assert field.steps
        key = [part for part in where[: len(where)] if isinstance(part, str)][-1]
        if field.inside or isinstance(where[-1], int):
            assert field.line
        elif "$key" not in field.line and "$use" not in field.line:
            assert f"{key}:" in field.line, (where, field.line)


@Platform
@Case
def test_every_field_that_is_not_there_has_its_reason(platform: str, path: Path) -> None:
    asked = explainer(platform, path)
    payload, recording = recorded(asked)
    absent = []
    for where, value in [((), payload), *fields_of(payload)]:
        for layer in recording.layers(value) if isinstance(value, dict) else ():
            keys = [field.key for field in recording.scenes[layer.site].fields]
            absent += [(*where, key) for key in keys if key not in value]
    for where in random.Random(path.name).sample(absent, min(FIELDS, len(absent))):
        field = asked.fields(display_path(where)).fields[0]
        assert not field.present
        assert field.reason is not None, where
        assert field.reason.message.endswith((".", ")", "!")), field.reason
        assert field.reason.code in {
            "source-null", "condition", "object-empty", "loop-null", "empty-omitted", "unknown-word", "default-null",
        }, field.reason  # fmt: skip
        assert f"{where[-1]}:" in field.line
