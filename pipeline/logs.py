"""Logs as one JSON object a line, with the trace they belong to and no secret in them."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TextIO

from connectors.masking import Masker
from pipeline.telemetry import telemetry

MOST_CHARACTERS = 4_000
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
        return self._masker.text(json.dumps(entry, ensure_ascii=False, default=str))


def _where(traceback: Any) -> str:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return ""
    code = traceback.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{traceback.tb_lineno} in {code.co_name}"


def start_logs(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> logging.Handler:
    """Send the program's logs, and those of its libraries from warnings on, to stderr as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("menu_sync").setLevel(level)
    return handler
