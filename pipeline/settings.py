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


OLDER: dict[str, tuple[str, Callable[[str], str]]] = {
    "MENU_SERVICE_BASE_URL": ("MENU_SERVICE_URL", str),
    "ADMIN_API_KEY": ("API_KEYS", "admin:operator:{}".format),
    "RETRY_DELAY_SECONDS": ("RETRY_BACKOFF", str),
}
"""Names of former versions, with what they are called now and how their value is written now."""
RESTAURANT_DEFAULTS = {
    "currency": "restaurant_currency",
    "timezone": "restaurant_timezone",
    "locale": "restaurant_locale",
}
"""What every restaurant is taken to have where nothing else says it, with the setting of each."""
SINGLE_TABLES = ("DYNAMODB_SYNC_STATUS_TABLE", "DYNAMODB_SYNC_ERRORS_TABLE")


def setting(default: Any, doc: str, example: str = "", **limits: Any) -> Any:
    """Declare a setting: its default, a sentence on what it means, and an example."""
    return Field(default, description=doc, examples=[example] if example else None, **limits)


class Settings(BaseModel):
    """All settings but the platforms' own; each field is the environment variable of its name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    menu_service_url: str = setting("", "Where menus come from.", "https://menus.example.com")
    menu_service_api_key: SecretStr = setting(SecretStr(""), "Sent to the menu service as `X-API-Key`.")
    restaurant_currency: str = setting(
        "USD", "Restaurants' currency, where the menu service gives lists alone.", "EUR", min_length=3, max_length=3
    )
    restaurant_timezone: str = setting("UTC", "Their time zone, likewise.", "Europe/Rome")
    restaurant_locale: str = setting("en-US", "Their language and country, likewise.", "it-IT")
    restaurants: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="What is other for single restaurants, by id: `name`, `currency`, `timezone`, `locale`. "
        "JSON, `@FILE`, or the name of a secret of AWS Secrets Manager.",
        examples=[OBJECTS["RESTAURANTS"]],
    )
    platform_configs: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        repr=False,
        description="The platforms' accounts: credentials, `environment`, `base_url`, and under `stores` which "
        "restaurants are on the platform, with their store settings. JSON, `@FILE`, or the name of a secret of AWS "
        "Secrets Manager. `python cli.py platforms` tells what each platform needs.",
        examples=["@platforms.local.json"],
    )
    retry_backoff: float | None = setting(
        None, "Seconds before the first retry, in place of what each mapping says.", "5", ge=0, le=900
    )
    sync_store: Literal["sqlite", "dynamodb"] = setting("sqlite", "Where state is kept.", "dynamodb")
    sync_database: Path = setting(Path("menu-sync.db"), "SQLite's file.", "/var/lib/menu-sync/menu-sync.db")
    dynamodb_table_prefix: str = setting("menu-sync-", "How the names of the DynamoDB tables begin.", "prod-menus-")
    dynamodb_sync_status_table: str = setting("", "The status table's name, where it is not PREFIX + `sync-status`.")
    dynamodb_sync_errors_table: str = setting("", "The error table's name, where it is not PREFIX + `sync-errors`.")
    dynamodb_endpoint: str = setting("", "Another DynamoDB than AWS's own.", "http://127.0.0.1:8002")
    snapshot_bucket: str = setting("", "The S3 bucket for what is too large for DynamoDB.", "prod-menu-snapshots")
    aws_region: str = setting("us-east-1", "The AWS region.", "eu-west-1")
    event_bus_name: str = setting("", "The EventBridge bus that the deployment's rule listens to.", "menu-events")
    event_sources: tuple[str, ...] = setting(
        (), "EventBridge sources whose events are meant for us, with commas; any, where none is given.", "menu.service"
    )
    event_detail_types: tuple[str, ...] = setting((), "Detail types, likewise.", "MenuUpdated,ItemUpdated")
    event_pause: float = setting(
        10.0, "So many seconds a restaurant's changes are gathered before its menu is published.", "30", ge=0, le=900
    )
    dead_letter_queue_url: str = setting(
        "", "The SQS queue where messages that are no events go, with the reason.",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/menu-sync-rejected",
    )  # fmt: skip
    work_queue_url: str = setting(
        "", "The SQS queue that hands operations to other processes; without it they are run by who asks for them.",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/menu-sync-work",
    )  # fmt: skip
    lease_seconds: float = setting(
        90.0, "So long does a process that died keep others out of its work, in seconds.", "30", ge=1, le=900
    )
    host: str = setting("127.0.0.1", "The address that `serve` listens on.", "0.0.0.0")  # noqa: S104 - an example
    port: int = setting(8001, "Its port.", "8080", ge=0, le=65535)
    public_base_url: str = setting(
        "", "Where platforms reach this service, for webhooks and hosted documents.", "https://menu-sync.example.com"
    )
    signing_key: SecretStr = setting(
        SecretStr(""), "Signs the addresses of hosted documents: at least 16 random characters. Needed by platforms "
        "that download menus.",
    )  # fmt: skip
    api_keys: SecretStr = setting(
        SecretStr(""), "Who may use the admin API: `name:role[:restaurant|restaurant]:key`, with commas; role is "
        "`reader` or `operator`. There is no default: without one, `serve` refuses to start.",
        "ann:operator:KEY,kitchen:reader:rest_001|rest_002:KEY",
    )  # fmt: skip
    api_requests_per_minute: int = setting(
        600, "So often a key may ask; 0: as often as it likes.", "60", ge=0, le=1_000_000
    )
    cors_origins: str = setting("", "Web pages elsewhere that may use the API, with commas.", "https://ops.example.org")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "INFO", "What is logged, from here on.", "WARNING"
    )
    variables: dict[str, str] = Field(default_factory=dict, repr=False)
    """The whole environment, for ``{PLATFORM}_{CREDENTIAL}`` and ``ENABLE_{PLATFORM}_SYNC``."""

    @property
    def restaurant_defaults(self) -> dict[str, str]:
        """What restaurants have where the menu service gives lists alone, by field."""
        return {field: getattr(self, name) for field, name in RESTAURANT_DEFAULTS.items()}

    @property
    def unset_defaults(self) -> dict[str, str]:
        """Those of :attr:`restaurant_defaults` that nobody set."""
        unset = {field for field, name in RESTAURANT_DEFAULTS.items() if name not in self.model_fields_set}
        return {field: value for field, value in self.restaurant_defaults.items() if field in unset}

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
    findings = _renamed(variables)
    values: dict[str, Any] = {
        name: variables[name.upper()]
        for name in Settings.model_fields
        if variables.get(name.upper()) not in (None, "")
        and name not in ("platform_configs", "restaurants", "variables")
    }
    values["variables"] = variables
    region = values.get("aws_region", "us-east-1")
    for name, example in OBJECTS.items():
        values[name.lower()] = _objects(name, example, variables, region, secret or _aws_secret, findings)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        findings += [_told(problem) for problem in error.errors(include_input=False, include_url=False)]
        return None, findings
    return (None if any(finding.severity == "error" for finding in findings) else settings), findings


def looked_for(name: str) -> str:
    """Give the sentence that tells where a setting that is missing was looked for.

    >>> looked_for("API_KEYS").partition(" and ")[0]
    'Looked for API_KEYS in the environment'
    """
    file = Path(ENV_FILE).absolute()
    there = "" if file.is_file() else " (there is no such file)"
    return f"Looked for {name} in the environment and in {file}{there}."


def _renamed(variables: dict[str, str]) -> list[Finding]:
    """Take what is given under an older name, and tell the one that it has now; the newer one wins."""
    findings = []
    for older, (newer, written) in OLDER.items():
        value = variables.get(older, "").strip()
        if not value:
            continue
        used = not variables.get(newer)
        if used:
            variables[newer] = written(value)
        message = f"{older} is an older name of {newer}" + ("." if used else ", which is set, too, and wins.")
        findings.append(Finding("setting-renamed", "note", message, f"Write {newer} instead.", field=older))
    for single in filter(variables.get, SINGLE_TABLES):
        message = f"{single} names one DynamoDB table, as former versions did; it is used."
        hint = "DYNAMODB_TABLE_PREFIX names all of them."
        findings.append(Finding("setting-renamed", "note", message, hint, field=single))
    return findings


def _told(problem: Any) -> Finding:
    name = ".".join(str(part) for part in problem["loc"]).upper()
    reason = problem["msg"].removeprefix("Value error, ")
    older = next((each for each, (newer, _) in OLDER.items() if newer == name), "")
    hint = f"Set {name} in the environment or in {ENV_FILE}{f' (or {older}, its older name)' if older else ''}."
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
        where = f"The secret that {name} names (AWS Secrets Manager, {region})"
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
