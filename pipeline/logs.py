"""Logs as one JSON object a line, with the trace they belong to and no secret in them."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

from connectors.masking import MASK, SECRET_WORDS, Masker
from pipeline.accounts import OWN_KEYS, Account
from pipeline.settings import Settings
from pipeline.telemetry import telemetry

MOST_CHARACTERS = 4_000
SHORTEST = 6
"""What is shorter is no secret, but a word that many lines need."""
_BY_NAME = re.compile(SECRET_WORDS, re.IGNORECASE)
_TOKENS = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*")
"""Tokens by their looks: they are given while the program runs, so that nobody can list them."""
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Writes a record as JSON: time, level, logger, message, what was given by ``extra``, trace and span.

    >>> record = logging.makeLogRecord({"name": "menu_sync", "levelname": "INFO", "msg": "key k-123", "platform": "x"})
    >>> json.loads(JsonLines(["k-123"]).format(record))["message"]
    'key ***'
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._masker = Masker(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage()[:MOST_CHARACTERS],
            **{name: value for name, value in vars(record).items() if name not in _OWN},
            **telemetry.ids(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry["error"] = record.exc_info[0].__name__  # the text of an error may hold what nobody should read
            entry["where"] = _where(record.exc_info[2])
        return _TOKENS.sub(MASK, self._masker.text(json.dumps(entry, ensure_ascii=False, default=str)))


class PlainLines(logging.Formatter):
    """Writes a record's message alone, for people at a terminal; secrets masked, no traceback."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._masker = Masker(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        return _TOKENS.sub(MASK, self._masker.text(record.getMessage()[:MOST_CHARACTERS]))


def _where(traceback: Any) -> str:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return ""
    code = traceback.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{traceback.tb_lineno} in {code.co_name}"


def known_secrets(settings: Settings, accounts: Iterable[Account] = ()) -> set[str]:
    """Give every value of the settings that no line may show: what is one by its place, or by its name.

    >>> settings = Settings(menu_service_api_key="k-12345678", variables={"PLATFORM_TOKEN": "t-12345678"})
    >>> sorted(known_secrets(settings))
    ['k-12345678', 't-12345678']
    """
    found = {value for name, value in settings.variables.items() if _BY_NAME.search(name)}
    headers = settings.variables.get("OTEL_EXPORTER_OTLP_HEADERS", "")
    found.update(part.partition("=")[2].strip() for part in headers.split(","))
    found.update((settings.menu_service_api_key.get_secret_value(), settings.signing_key.get_secret_value()))
    found.update(entry.strip().rpartition(":")[2] for entry in settings.api_keys.get_secret_value().split(","))
    for config in settings.platform_configs.values():
        written = {name: value for name, value in config.items() if isinstance(value, str)}
        found.update(
            value
            for name, value in written.items()
            if name not in OWN_KEYS and not name.endswith("_url") and (len(value) >= 8 or _BY_NAME.search(name))
        )
    for account in accounts:
        found |= account.secrets
    return {value for value in found if len(value) >= SHORTEST}


def start_logs(
    level: str, secrets: Iterable[str] = (), stream: TextIO | None = None, *, plain: bool = False
) -> logging.Handler:
    """Send the program's logs, and those of its libraries from warnings on, to stderr: JSON lines, or plain text.

    Libraries are never heard below warnings: what they say there holds addresses, headers and tokens.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(PlainLines(secrets) if plain else JsonLines(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("menu_sync").setLevel(level)
    return handler
