"""Images of mappings give what the mappings give, also where values fail, and are refused where anything differs."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pipeline.build import BuildFailed, images
from pipeline.mapping import image
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping.image import ImageRefused, open_mapping, read_beside
from pipeline.preview import Preview, preview
from pipeline.reading import read_menu
from tests.platforms import NOW, PLATFORMS, SETTINGS, compiled, menu_files, menu_name
from tests.shared_files import REPOSITORY


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of mappings with their images."""
    folder = tmp_path_factory.mktemp("built") / "mappings"
    shutil.copytree(REPOSITORY / "mappings", folder, ignore=shutil.ignore_patterns("examples", "sandbox", "compiled"))
    images(folder)
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """Give a folder of mappings that may be changed."""
    return shutil.copytree(built, tmp_path / "mappings")


def read(folder: Path, platform: str) -> CompiledMapping:
    mapping = read_beside(folder / f"{platform}.yaml")
    assert mapping is not None
    return mapping


def shown(mapping: CompiledMapping, menu: Path) -> Preview:
    reading = read_menu(menu.read_bytes())
    assert reading.menu is not None
    return preview(mapping, reading.menu, store=SETTINGS[mapping.platform], now=NOW)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("menu", menu_files(), ids=menu_name)
def test_an_image_gives_what_the_mapping_gives(built: Path, platform: str, menu: Path) -> None:
    ours, theirs = shown(read(built, platform), menu), shown(compiled(platform), menu)
    assert ours.data() == theirs.data()
    assert [(each.code, each.message, each.records) for each in ours.findings] == [
        (each.code, each.message, each.records) for each in theirs.findings
    ]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_image_talks_as_the_mapping_does(built: Path, platform: str) -> None:
    ours, theirs = read(built, platform).conversation, compiled(platform).conversation
    for part in ("publish", "availability", "item_update"):
        assert [step.name for step in getattr(ours, part)] == [step.name for step in getattr(theirs, part)]
    assert ours.webhooks.keys() == theirs.webhooks.keys()
    assert len(ours.errors) == len(theirs.errors)
    assert [said(limit) for limit in ours.limits] == [said(limit) for limit in theirs.limits]


def said(form: Any) -> dict[str, Any]:
    """Give what a form says, without its place, which tells the file as it was named."""
    return {field.name: getattr(form, field.name) for field in fields(form) if field.name != "node"}


def test_an_image_is_read_without_compiling(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def compiles(*_: object) -> None:
        pytest.fail("something was compiled")

    monkeypatch.setattr(image, "compile_file", compiles)
    for platform in PLATFORMS:
        mapping, findings = open_mapping(built / f"{platform}.yaml")
        assert mapping is not None
        assert findings == ()
        assert shown(mapping, REPOSITORY / "tests/data/small/menu.json").payload


MAPPING = """
platform: {platform}
payload:
  dishes:
    - $for: item in menu.items
      name: = item.name
      factor: {{$from: item.price, $transform: [{{multiply: = item.extra.factor}}]}}
"""


def test_where_a_value_fails_the_record_is_named_as_ever(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "example.yaml").write_text(MAPPING.format(platform="example"))
    images(folder)
    menu = json.loads((REPOSITORY / "tests/data/small/menu.json").read_text())
    for place, item in enumerate(menu["items"]):
        item["factor"] = "two" if place == 1 else 2
    reading = read_menu(json.dumps(menu).encode())
    assert reading.menu is not None
    mapping = read(folder, "example")
    ours = preview(mapping, reading.menu, store={}, now=NOW)
    whole, _ = compile_file(folder / "example.yaml")
    assert whole is not None
    theirs = preview(whole, reading.menu, store={}, now=NOW)
    assert any(menu["items"][1]["name"] in str(record) for each in ours.findings for record in each.records)
    assert ours.findings == theirs.findings
    assert ours.payload == theirs.payload
    assert mapping.payload.source() == whole.payload.source()


def test_an_image_of_other_yaml_is_refused_and_the_yaml_used(copy: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = copy / f"{PLATFORMS[0]}.yaml"
    file.write_text(file.read_text() + "\n# changed\n")
    with pytest.raises(ImageRefused, match=r"made of something else \(mappings\)"):
        read_beside(file)
    mapping, _ = open_mapping(file)
    assert mapping is not None
    assert "compiled from its YAML" in caplog.text
    assert shown(mapping, REPOSITORY / "tests/data/small/menu.json").payload


def changed(copy: Path, **head: Any) -> Path:
    path = copy / "compiled" / f"{PLATFORMS[0]}{image.ENDING}"
    first, _, body = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps({**json.loads(first), **head}).encode() + b"\n" + body)
    return copy / f"{PLATFORMS[0]}.yaml"


@pytest.mark.parametrize("name", ["engine", "python", "format", "platform", "body"])
def test_an_image_of_another_engine_is_refused(copy: Path, name: str) -> None:
    with pytest.raises(ImageRefused, match=rf"\({name}\)"):
        read_beside(changed(copy, **{name: "another"}))


def test_a_damaged_image_is_refused(copy: Path) -> None:
    path = copy / "compiled" / f"{PLATFORMS[0]}{image.ENDING}"
    data = bytearray(path.read_bytes())
    data[-500] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(ImageRefused, match=r"\(body\)"):
        read_beside(copy / f"{PLATFORMS[0]}.yaml")
    path.write_bytes(b"nonsense")
    with pytest.raises(ImageRefused, match="head cannot be read"):
        read_beside(copy / f"{PLATFORMS[0]}.yaml")


class Foreign:
    """What an image must never make."""

    def __reduce__(self) -> Any:
        return os.system, ("true",)


def test_an_image_makes_nothing_but_mappings(copy: Path) -> None:
    import hashlib

    body = pickle.dumps(Foreign())
    path = copy / "compiled" / f"{PLATFORMS[0]}{image.ENDING}"
    head = json.loads(path.read_bytes().partition(b"\n")[0])
    path.write_bytes(json.dumps({**head, "body": hashlib.sha256(body).hexdigest()}).encode() + b"\n" + body)
    with pytest.raises(ImageRefused, match="which no mapping is made of"):
        read_beside(copy / f"{PLATFORMS[0]}.yaml")


def test_a_mapping_with_errors_gets_no_image(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "broken.yaml").write_text("platform: broken\npayload: {name: = menu.nothing}\n")
    with pytest.raises(BuildFailed, match="broken has errors"):
        images(folder)
