"""``docs/configuration.md``, made of the settings' own declarations and of the credentials that mappings declare."""

from __future__ import annotations

from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from pipeline.mapping.compiled import compile_file
from pipeline.mapping_files import mapping_files
from pipeline.settings import ENV_FILE, OLDER, Settings

GROUPS: dict[str, tuple[str, ...]] = {
    "Menus": ("menu_service_", "restaurant"),
    "Platforms": ("platform_configs", "retry_"),
    "State": ("sync_", "dynamodb_", "snapshot_", "aws_"),
    "Events and work": ("event_", "dead_letter_", "work_queue_", "lease_"),
    "Server": ("host", "port", "public_base_url", "signing_key", "api_", "cors_", "log_level"),
}
"""The page's sections, each with how the names of its settings begin."""
NOT_GIVEN = ("variables",)
_TYPES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    Path: "path",
    SecretStr: "text, **secret**",
}
TELEMETRY = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": "Where spans and metrics go, over OTLP/HTTP; without it nothing is recorded.",
    "OTEL_EXPORTER_OTLP_HEADERS": "What the collector asks for, such as `api-key=…` (**secret**).",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "Seconds that sending may take; 10 where nothing is said, 3 in the deployment.",
    "OTEL_SERVICE_NAME": "The service's name; `menu-sync` where none is given.",
    "OTEL_RESOURCE_ATTRIBUTES": "More attributes of this service, such as `deployment.environment=production`.",
    "OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER": "`none` leaves the one or the other out.",
    "OTEL_SDK_DISABLED": "`true` turns all of it off.",
}


def groups() -> dict[str, list[str]]:
    """Give the settings' names by section. Raises ValueError where one belongs to none, or to two."""
    found: dict[str, list[str]] = {title: [] for title in GROUPS}
    for name in Settings.model_fields:
        if name in NOT_GIVEN:
            continue
        titles = [title for title, starts in GROUPS.items() if name.startswith(starts)]
        if len(titles) != 1:
            raise ValueError(f"{name} belongs to {titles or 'no section'}")
        found[titles[0]].append(name)
    return found


def text() -> str:
    """Give the page."""
    lines = [
        "# Configuration",
        "",
        f"Everything is an environment variable, or a line in `{ENV_FILE}` where the program is started; the",
        "environment wins. `.env.example` is a file to begin with. What is empty counts as not given. In Lambda,",
        "`SECRETS` names a secret of AWS Secrets Manager that holds an object of variables, which win; it is read",
        "again every five minutes. No secret ever stands in a mapping, a log line, a trace or an error.",
        "",
    ]
    for title, names in groups().items():
        lines += [f"## {title}", "", *_table(names), ""]
    lines += [
        "A credential can stand in a variable of its own, too: `{PLATFORM}_{CREDENTIAL}`; `PLATFORM_CONFIGS` wins",
        "where both give it. `ENABLE_{PLATFORM}_SYNC=false` switches a platform off, `{PLATFORM}_ENVIRONMENT` chooses",
        "its environment.",
        "",
        "| platform | credentials |",
        "| --- | --- |",
        *_credentials(),
        "",
        "## Telemetry",
        "",
        "The standard variables of OpenTelemetry. [operations.md](operations.md) tells what is recorded.",
        "",
        "| variable | meaning |",
        "| --- | --- |",
        *(f"| `{name}` | {meaning} |" for name, meaning in TELEMETRY.items()),
        "",
        "## Older names",
        "",
        "They are understood, and each start says the newer one.",
        "",
        "| older | now |",
        "| --- | --- |",
        *(f"| `{older}` | `{newer}{_written(newer, write('…'))}` |" for older, (newer, write) in OLDER.items()),
        "",
    ]
    return "\n".join(lines)


def _written(newer: str, value: str) -> str:
    return "" if value == "…" else f"={value}"


def _table(names: list[str]) -> list[str]:
    rows = ["| variable | type | default | meaning | example |", "| --- | --- | --- | --- | --- |"]
    for name in names:
        field = Settings.model_fields[name]
        cells = (f"`{name.upper()}`", type_of(field), _default(field), field.description or "", _example(field))
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return rows


def type_of(field: FieldInfo) -> str:
    """Give a setting's type in words.

    >>> type_of(Settings.model_fields["port"]), type_of(Settings.model_fields["sync_store"])
    ('whole number', '`sqlite` or `dynamodb`')
    """
    kind: Any = field.annotation
    if get_origin(kind) is Literal:
        words = [f"`{word}`" for word in get_args(kind)]
        return f"{', '.join(words[:-1])} or {words[-1]}"
    if isinstance(kind, UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    if get_origin(kind) is dict:
        return "JSON, **secret**" if not field.repr else "JSON"
    if get_origin(kind) is tuple:
        return "list, with commas"
    return _TYPES[kind]


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value not in (None, "", (), {}) else ""


def _example(field: FieldInfo) -> str:
    return f"`{field.examples[0]}`" if field.examples else ""


def _credentials() -> list[str]:
    rows = []
    for platform, path in mapping_files().items():
        compiled, _ = compile_file(path)
        if compiled is not None:
            names = [f"`{platform.upper()}_{name.upper()}`" for name in compiled.document.credentials]
            rows.append(f"| {compiled.document.label} | {', '.join(names) or 'none'} |")
    return rows
