"""Settings and accounts: what is missing is named with the places where it was looked for, secrets are never shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.accounts import account_of
from pipeline.settings import Settings, load_settings
from tests.platforms import compiled

SECRET = "sk_live_9876543210"


def settings(**variables: str) -> Settings:
    loaded, findings = load_settings(variables, env_file=None)
    assert loaded is not None, [str(finding) for finding in findings]
    return loaded


def account(platform: str, config: dict[str, Any] | None = None, **variables: str) -> Any:
    configs = json.dumps({platform: config}) if config is not None else ""
    return account_of(compiled(platform).document, settings(PLATFORM_CONFIGS=configs, **variables))


def test_defaults_need_nothing() -> None:
    loaded = settings()
    assert (loaded.sync_store, str(loaded.sync_database), loaded.port) == ("sqlite", "menu-sync.db", 8001)
    assert loaded.platform_configs == {}


def test_a_file_and_the_environment_are_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("MENU_SERVICE_URL=https://menus.example\nPORT=9001\n# a comment\nAPI_KEYS='a:b:c'\n")
    loaded, findings = load_settings({"PORT": "9002"}, env_file=tmp_path / "env")
    assert findings == []
    assert loaded is not None
    assert (loaded.menu_service_url, loaded.port) == ("https://menus.example", 9002)
    assert loaded.api_keys.get_secret_value() == "a:b:c"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORT": "many"}, "PORT"),
        ({"SYNC_STORE": "postgres"}, "SYNC_STORE"),
        ({"MENU_SERVICE_URL": "menus.example"}, "MENU_SERVICE_URL: is an address"),
        ({"PLATFORM_CONFIGS": "@/no/such/file.json"}, "/no/such/file.json (from PLATFORM_CONFIGS) cannot be read"),
        ({"PLATFORM_CONFIGS": '{"doordash": '}, "PLATFORM_CONFIGS is no JSON (line 1, column"),
        ({"PLATFORM_CONFIGS": '{"doordash": "yes"}'}, "PLATFORM_CONFIGS is not an object of objects"),
    ],
)
def test_what_cannot_be_meant_is_named(variables: dict[str, str], words: str) -> None:
    loaded, findings = load_settings(variables, env_file=None)
    assert loaded is None
    assert any(words in finding.message for finding in findings), findings


def test_platform_configs_come_from_a_file_or_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "configs.json"
    file.write_text('{"acme": {"api_key": "from a file"}}')
    assert settings(PLATFORM_CONFIGS=f"@{file}").platform_configs == {"acme": {"api_key": "from a file"}}
    asked: list[tuple[str, str]] = []

    def secret(name: str, region: str) -> str:
        asked.append((name, region))
        return '{"acme": {"api_key": "from a secret"}}'

    variables = {"PLATFORM_CONFIGS": "menu-sync/platforms", "AWS_REGION": "eu-west-3"}
    loaded, _ = load_settings(variables, env_file=None, secret=secret)
    assert loaded is not None
    assert loaded.platform_configs["acme"] == {"api_key": "from a secret"}
    assert asked == [("menu-sync/platforms", "eu-west-3")]


def test_a_missing_credential_says_where_it_was_looked_for() -> None:
    made = account("doordash", {"developer_id": "d-1", "key_id": "k-1", "signing_secret": SECRET})
    assert not made.usable
    (finding,) = [finding for finding in made.findings if finding.severity == "error"]
    assert "`webhook_token`" in finding.message
    assert "PLATFORM_CONFIGS.doordash.webhook_token" in finding.hint
    assert "DOORDASH_WEBHOOK_TOKEN" in finding.hint


def test_a_credential_that_a_platform_does_not_use_names_what_it_needs() -> None:
    made = account("doordash", None, DOORDASH_CLIENT_ID="c-1", DOORDASH_DEVELOPER_ID="d-1")
    told = [finding for finding in made.findings if finding.code == "credential-unused"]
    assert len(told) == 1
    assert "does not use `client_id`" in told[0].message
    assert all(name in told[0].hint for name in ("developer_id", "key_id", "signing_secret"))


def test_credentials_from_the_environment_make_an_account() -> None:
    made = account("ubereats", None, UBEREATS_CLIENT_ID="c-1", UBEREATS_CLIENT_SECRET=SECRET)
    assert made.usable
    assert made.plain_credentials() == {"client_id": "c-1", "client_secret": SECRET}
    assert made.environment["base_url"].startswith("https://")
    assert SECRET not in repr(made)
    assert SECRET not in repr(settings(UBEREATS_CLIENT_SECRET=SECRET))


def test_base_url_of_the_configuration_wins_and_defaults_reach_every_store() -> None:
    config = {"client_id": "c", "client_secret": "s", "base_url": "http://127.0.0.1:9/u/", "markup_percent": 3}
    made = account("ubereats", {**config, "stores": {"r": {"store_id": "s-1"}}})
    assert made.environment["base_url"] == "http://127.0.0.1:9/u"
    assert (made.defaults, made.stores) == ({"markup_percent": 3}, {"r": {"store_id": "s-1"}})


@pytest.mark.parametrize(("word", "enabled"), [("false", False), ("0", False), ("true", True), ("YES", True)])
def test_a_platform_can_be_switched_off(word: str, enabled: bool) -> None:
    made = account("ubereats", {"client_id": "c", "client_secret": "s"}, ENABLE_UBEREATS_SYNC=word)
    assert (made.enabled, made.usable) == (enabled, enabled)


def test_an_unknown_environment_and_key_are_told_with_what_is_near() -> None:
    config = {"client_id": "c", "client_secret": "s", "environment": "prodution", "client_sercet": "x"}
    messages = " ".join(f"{finding.message} {finding.hint}" for finding in account("ubereats", config).findings)
    assert "Did you mean `production`?" in messages
    assert "Did you mean `client_secret`?" in messages


def test_the_fingerprint_changes_with_the_credentials_and_tells_nothing() -> None:
    one = account("ubereats", {"client_id": "c", "client_secret": SECRET})
    two = account("ubereats", {"client_id": "c", "client_secret": SECRET + "1"})
    assert one.fingerprint != two.fingerprint
    assert SECRET not in one.fingerprint
