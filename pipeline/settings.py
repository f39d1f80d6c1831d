"""What the program is told by its environment and ``.env``: stores, the menu service, the platforms' accounts.

Nothing here reads a mapping; :mod:`pipeline.accounts` holds the platforms' part against what they need.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from pipeline.findings import Finding

ENV_FILE = ".env"
MOST_BYTES = 4 * 1024 * 1024
OBJECTS = {
    "PLATFORM_CONFIGS": '{"a_platform": {"api_key": "…", "stores": {"rest_001": {"store_id": "s-1"}}}}',
    "RESTAURANTS": '{"rest_001": {"name": "Da Nino", "currency": "EUR", "timezone": "Europe/Rome"}}',
}
"""The variables that hold objects, with what they look like."""
SecretSource = Callable[[str, str], str]
"""Gives the value of a secret by its name and AWS region."""


class Settings(BaseModel):
    """All settings but the platforms' own; each field is the environment variable of its name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    sync_store: Literal["sqlite", "dynamodb"] = "sqlite"
    sync_database: Path = Path("menu-sync.db")
    dynamodb_endpoint: str = ""
    dynamodb_table_prefix: str = "menu-sync-"
    snapshot_bucket: str = ""
    aws_region: str = "us-east-1"
    event_bus_name: str = ""
    event_sources: tuple[str, ...] = ()
    """EventBridge sources whose events are meant for us; any, where none is given. Separated by commas."""
    event_detail_types: tuple[str, ...] = ()
    event_pause: float = Field(10.0, ge=0, le=900)
    """So many seconds a restaurant's changes are gathered before its menu is published."""
    dead_letter_queue_url: str = ""
    """Where messages that are no events go, with the reason."""
    work_queue_url: str = ""
    """Where operations are handed to other processes; without it they are run by who asks for them."""
    public_base_url: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    host: str = "127.0.0.1"
    port: int = Field(8001, ge=0, le=65535)
    api_keys: SecretStr = SecretStr("")
    api_requests_per_minute: int = Field(600, ge=0, le=1_000_000)
    """So often a key may ask; 0: as often as it likes."""
    cors_origins: str = ""
    """Web pages elsewhere that may use the API: ``https://ops.example.org``, several with commas; empty: none."""
    signing_key: SecretStr = SecretStr("")
    menu_service_url: str = ""
    menu_service_api_key: SecretStr = SecretStr("")
    restaurant_currency: str = "USD"
    restaurant_timezone: str = "UTC"
    restaurant_locale: str = "en-US"
    restaurants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """``{rest_001: {name, currency, timezone, locale}}``, for a menu service that gives lists alone."""
    platform_configs: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    variables: dict[str, str] = Field(default_factory=dict, repr=False)
    """The whole environment, for ``{PLATFORM}_{CREDENTIAL}`` and ``ENABLE_{PLATFORM}_SYNC``."""

    @property
    def origins(self) -> tuple[str, ...]:
        """The web pages of :attr:`cors_origins`."""
        return tuple(filter(None, (origin.strip().rstrip("/") for origin in self.cors_origins.split(","))))

    @field_validator("public_base_url", "menu_service_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("is an address and starts with https:// (or http:// on this machine)")
        return value.rstrip("/")

    @field_validator("event_sources", "event_detail_types", mode="before")
    @classmethod
    def _separated(cls, value: Any) -> Any:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value


def load_settings(
    environment: Mapping[str, str] | None = None,
    *,
    env_file: Path | None = Path(ENV_FILE),
    secret: SecretSource | None = None,
) -> tuple[Settings | None, list[Finding]]:
    """Read the settings; None where one of them cannot be meant. The environment wins over ``.env``.

    ``secret`` gives ``PLATFORM_CONFIGS`` where it is a secret's name; by default AWS Secrets Manager.
    """
    given = os.environ if environment is None else environment
    filed = dotenv_values(env_file) if env_file is not None and env_file.is_file() else {}
    variables = {**{name: value for name, value in filed.items() if value is not None}, **given}
    values: dict[str, Any] = {
        name: variables[name.upper()]
        for name in Settings.model_fields
        if variables.get(name.upper()) not in (None, "")
        and name not in ("platform_configs", "restaurants", "variables")
    }
    values["variables"] = variables
    findings: list[Finding] = []
    region = values.get("aws_region", "us-east-1")
    for name, example in OBJECTS.items():
        values[name.lower()] = _objects(name, example, variables, region, secret or _aws_secret, findings)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        findings += [_told(problem) for problem in error.errors(include_input=False, include_url=False)]
        return None, findings
    return (None if any(finding.severity == "error" for finding in findings) else settings), findings


def _told(problem: Any) -> Finding:
    name = ".".join(str(part) for part in problem["loc"]).upper()
    reason = problem["msg"].removeprefix("Value error, ")
    hint = f"Set {name} in the environment or in {ENV_FILE}."
    return Finding("setting-wrong", "error", f"{name}: {reason}.", hint, field=name)


def _objects(
    name: str, example: str, variables: Mapping[str, str], region: str, secret: SecretSource, findings: list[Finding]
) -> dict[str, Any]:
    """Read a variable that holds an object of objects: JSON, ``@file``, or the name of a secret that holds it."""
    text = variables.get(name, "").strip()
    if not text:
        return {}
    where, looks = name, f"It looks like {example}."

    def refused(message: str, hint: str) -> dict[str, Any]:
        findings.append(Finding("setting-wrong", "error", message, hint, field=name))
        return {}

    if text.startswith("@"):
        where = f"{text[1:]} (from {name})"
        try:
            with Path(text[1:]).open("rb") as file:
                text = file.read(MOST_BYTES).decode()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            return refused(f"{where} cannot be read: {reason}.", "Check the path behind the @.")
    elif not text.startswith("{"):
        where = f"The secret that {name} names"
        try:
            text = secret(text, region)
        except Exception as error:  # noqa: BLE001 - whatever the library says, people are told; its text may hold secrets
            hint = f"{name} is JSON, @file, or the name of a secret that this program may read."
            return refused(f"{where} cannot be read ({type(error).__name__}).", hint)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        return refused(f"{where} is no JSON{line}.", looks)
    if not isinstance(value, dict) or not all(isinstance(config, dict) for config in value.values()):
        return refused(f"{where} is not an object of objects.", looks)
    return value


def _aws_secret(name: str, region: str) -> str:
    import boto3  # type: ignore[import-untyped]  # only where a secret is named: it takes a third of a second to import

    client: Any = boto3.client("secretsmanager", region_name=region)
    return str(client.get_secret_value(SecretId=name)["SecretString"])
