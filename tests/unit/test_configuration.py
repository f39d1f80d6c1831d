"""Settings, their page and ``.env.example`` say the same; older names are understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.configuration import NOT_GIVEN, TELEMETRY, groups, text
from pipeline.settings import OLDER, SINGLE_TABLES, Settings, load_settings, looked_for
from tests.shared_files import REPOSITORY

EXAMPLE = (REPOSITORY / ".env.example").read_text()
_LINE = re.compile(r"^#? ?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)


def test_every_setting_is_explained_and_has_a_section() -> None:
    page = text()
    named = [name for names in groups().values() for name in names]
    assert sorted([*named, *NOT_GIVEN]) == sorted(Settings.model_fields)
    for name in named:
        field = Settings.model_fields[name]
        assert field.description, name
        assert f"| `{name.upper()}` |" in page


def test_examples_are_valid() -> None:
    for name, field in Settings.model_fields.items():
        for example in field.examples or ():
            if not example.startswith("@"):
                loaded, findings = load_settings({name.upper(): example}, env_file=None)
                assert loaded is not None, (name, findings)
                assert getattr(loaded, name) != field.get_default(call_default_factory=True, validated_data={}), name


def test_the_example_file_names_every_setting_and_nothing_else() -> None:
    written = {name for name, _ in _LINE.findall(EXAMPLE)}
    settings = {name.upper() for names in groups().values() for name in names}
    assert settings - set(SINGLE_TABLES) <= written
    assert written - settings <= {part for name in TELEMETRY for part in name.split("`, `")}


def test_the_example_file_works_as_it_is_and_with_every_line_in_force(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.write_text(
        re.sub(r"^# (?=[A-Z][A-Z0-9_]+=)", "", EXAMPLE, flags=re.MULTILINE).replace(
            "@platforms", f"@{tmp_path}/platforms"
        )
    )
    (tmp_path / "platforms.local.json").write_text("{}")
    for file in (REPOSITORY / ".env.example", whole):
        loaded, findings = load_settings({}, env_file=file)
        assert loaded is not None, findings
        assert findings == []


@pytest.mark.parametrize(
    ("older", "value", "name", "means"),
    [
        ("MENU_SERVICE_BASE_URL", "https://menus.example", "menu_service_url", "https://menus.example"),
        ("ADMIN_API_KEY", "k-0123456789abcdef", "api_keys", "admin:operator:k-0123456789abcdef"),
        ("RETRY_DELAY_SECONDS", "7.5", "retry_backoff", 7.5),
    ],
)
def test_older_names_are_understood_and_the_newer_told(older: str, value: str, name: str, means: object) -> None:
    loaded, findings = load_settings({older: value}, env_file=None)
    assert loaded is not None
    found = getattr(loaded, name)
    assert (found.get_secret_value() if hasattr(found, "get_secret_value") else found) == means
    (finding,) = findings
    assert (finding.code, finding.severity) == ("setting-renamed", "note")
    assert OLDER[older][0] in finding.hint
    assert value not in str(finding)


@pytest.mark.parametrize("name", SINGLE_TABLES)
def test_single_tables_can_be_named_and_the_prefix_is_told(name: str) -> None:
    loaded, findings = load_settings({name: "menus-of-old"}, env_file=None)
    assert loaded is not None
    assert getattr(loaded, name.lower()) == "menus-of-old"
    (finding,) = findings
    assert (finding.code, finding.severity) == ("setting-renamed", "note")
    assert "DYNAMODB_TABLE_PREFIX" in finding.hint


def test_the_newer_name_wins() -> None:
    given = {"MENU_SERVICE_BASE_URL": "https://old.example", "MENU_SERVICE_URL": "https://new.example"}
    loaded, findings = load_settings(given, env_file=None)
    assert loaded is not None
    assert loaded.menu_service_url == "https://new.example"
    assert "wins" in findings[0].message


def test_a_wrong_value_of_an_older_name_names_both() -> None:
    loaded, findings = load_settings({"RETRY_DELAY_SECONDS": "soon"}, env_file=None)
    assert loaded is None
    (wrong,) = [finding for finding in findings if finding.severity == "error"]
    assert "RETRY_BACKOFF" in wrong.message
    assert "RETRY_DELAY_SECONDS" in wrong.hint


def test_what_is_missing_says_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        looked_for("API_KEYS")
        == f"Looked for API_KEYS in the environment and in {tmp_path}/.env (there is no such file)."
    )
    (tmp_path / ".env").write_text("PORT=9\n")
    assert looked_for("API_KEYS") == f"Looked for API_KEYS in the environment and in {tmp_path}/.env."
