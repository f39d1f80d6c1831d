"""The environment, with what one secret of AWS Secrets Manager adds to it."""

from __future__ import annotations

import json
import os
from typing import Any

NAME = "SECRETS"
"""Names the secret: a JSON object of environment variables, such as ``API_KEYS`` and ``PLATFORM_CONFIGS``."""


class SecretUnusable(Exception):
    """The secret cannot be read or meant; the text says which one and why, and shows nothing of it."""


def environment() -> dict[str, str]:
    """Give the environment variables; those of the secret are added and win. Values that are objects become JSON.

    Raises SecretUnusable.
    """
    variables = dict(os.environ)
    name = variables.get(NAME, "")
    if not name:
        return variables
    where = f"The secret {name} (named by {NAME}, read from AWS Secrets Manager)"
    try:
        text = _read(name)
    except Exception as error:  # noqa: BLE001 - whatever the library says, people are told
        raise SecretUnusable(f"{where} cannot be read: {_reason(error)}.") from None
    looks = 'It has to be an object such as {"API_KEYS": "ann:operator:…", "PLATFORM_CONFIGS": {…}}.'
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise SecretUnusable(f"{where} is no JSON{place}. {looks}") from None
    if not isinstance(held, dict):
        raise SecretUnusable(f"{where} is no JSON object. {looks}")
    return variables | {key: value if isinstance(value, str) else json.dumps(value) for key, value in held.items()}


def _read(name: str) -> str:
    import botocore.session  # type: ignore[import-untyped]  # only where a secret is named

    client: Any = botocore.session.get_session().create_client("secretsmanager")
    return str(client.get_secret_value(SecretId=name).get("SecretString", ""))


def _reason(error: Exception) -> str:
    """Give botocore's word for what went wrong, such as ``AccessDeniedException``."""
    answer = getattr(error, "response", None)
    code = answer.get("Error", {}).get("Code", "") if isinstance(answer, dict) else ""
    return str(code or type(error).__name__)
