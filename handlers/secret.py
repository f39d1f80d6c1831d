"""The environment, with what one secret of AWS Secrets Manager adds to it."""

from __future__ import annotations

import json
import os
from typing import Any

NAME = "SECRETS"
"""Names the secret: a JSON object of environment variables, such as ``API_KEYS`` and ``PLATFORM_CONFIGS``."""


def environment() -> dict[str, str]:
    """Give the environment variables; those of the secret are added and win. Values that are objects become JSON.

    Raises ValueError where the secret is no object; botocore's errors where it cannot be read.
    """
    variables = dict(os.environ)
    name = variables.get(NAME, "")
    if name:
        held = json.loads(_read(name))
        if not isinstance(held, dict):
            raise ValueError(f"The secret that {NAME} names holds no JSON object.")
        variables |= {key: value if isinstance(value, str) else json.dumps(value) for key, value in held.items()}
    return variables


def _read(name: str) -> str:
    import botocore.session  # type: ignore[import-untyped]  # only where a secret is named

    client: Any = botocore.session.get_session().create_client("secretsmanager")
    return str(client.get_secret_value(SecretId=name)["SecretString"])
