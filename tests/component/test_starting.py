"""What is told at a start: what is missing, where it was looked for, and what is written for nobody."""

from __future__ import annotations

import json

import pytest

from pipeline.settings import load_settings
from pipeline.sync.starting import start_findings
from pipeline.sync.tools import Shelf

UBEREATS = {"client_id": "c-1", "client_secret": "s-1"}
GRUBHUB = {"partner_key": "p-2", "client_id": "c-2", "secret_key": "s-2"}
WHOLE = {
    "MENU_SERVICE_URL": "http://127.0.0.1:1", "SIGNING_KEY": "sixteen characters, or more",
    "PUBLIC_BASE_URL": "https://sync.example.com",
}  # fmt: skip


def told(configs: dict[str, object], **variables: str) -> list[tuple[str, str, str, str]]:
    settings, findings = load_settings({"PLATFORM_CONFIGS": json.dumps(configs), **variables}, env_file=None)
    assert settings is not None
    assert findings == []
    found = start_findings(settings, Shelf(settings))
    return [(each.severity, each.field, each.message, each.hint) for each in found]


def test_nothing_is_told_where_nothing_is_missing() -> None:
    assert told({"ubereats": UBEREATS, "grubhub": GRUBHUB}, **WHOLE) == []
    assert told({"ubereats": UBEREATS}, MENU_SERVICE_URL="http://127.0.0.1:1") == []


@pytest.mark.parametrize("name", list(WHOLE))
def test_what_is_missing_is_told_with_where_it_was_looked_for(name: str) -> None:
    variables = {key: value for key, value in WHOLE.items() if key != name}
    ((severity, field, message, hint),) = told({"grubhub": GRUBHUB}, **variables)
    assert (severity, field) == ("warning", name)
    assert message.startswith(name)
    assert f"Looked for {name} in the environment and in " in hint


def test_no_account_at_all_is_told() -> None:
    ((_, field, message, _),) = told({}, **WHOLE)
    assert (field, message) == ("PLATFORM_CONFIGS", "No platform has an account yet, so nothing can be published.")


def test_a_platform_that_nobody_knows_is_told() -> None:
    ((severity, _, message, hint),) = told({"uber-eats": UBEREATS, "grubhub": GRUBHUB}, **WHOLE)
    assert severity == "warning"
    assert "names `uber-eats`, for which there is no mapping" in message
    assert hint == "Did you mean `ubereats`?"


def test_a_switched_off_platform_needs_nothing() -> None:
    variables = {"MENU_SERVICE_URL": "http://127.0.0.1:1", "ENABLE_GRUBHUB_SYNC": "false"}
    assert told({"ubereats": UBEREATS, "grubhub": {"client_id": "c-2"}}, **variables) == []


def test_an_incomplete_account_is_an_error() -> None:
    found = told({"ubereats": {"client_id": "c-1"}}, **WHOLE)
    assert [(severity, field) for severity, field, _, _ in found] == [("error", "UBEREATS_CLIENT_SECRET")]
