"""Settings that stand in a secret of AWS Secrets Manager: read at the start, read again, wrong, missing."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from handlers import process as parts
from pipeline.logs import start_logs
from tests.servers.lambda_runtime import FunctionError, LambdaFunction
from tests.servers.local_aws import ministack_address

KEYS = ("ann:operator:first-key-of-ann-1234", "ann:operator:second-key-of-ann-5678")


@dataclass
class Secret:
    """A secret on a server on this machine."""

    client: Any
    name: str
    environment: dict[str, str]

    def put(self, text: str) -> None:
        self.client.put_secret_value(SecretId=self.name, SecretString=text)


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Secret]:
    endpoint, name = ministack_address(), f"settings-{secrets.token_hex(4)}"
    client = boto3.client(
        "secretsmanager", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="local",
        aws_secret_access_key="local",
    )  # fmt: skip
    client.create_secret(Name=name, SecretString="{}")
    yield Secret(client, name, {
        "SECRETS": name, "AWS_ENDPOINT_URL_SECRETS_MANAGER": endpoint, "SYNC_DATABASE": str(tmp_path / "sync.db"),
    })  # fmt: skip
    client.close()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{broken", r"is no JSON \(line 1, column 2\)"),
        ('["API_KEYS"]', "is no JSON object"),
        ('{"EVENT_PAUSE": "soon"}', "NotConfigured: EVENT_PAUSE"),
        ('{"PLATFORM_CONFIGS": ["doordash"]}', "PLATFORM_CONFIGS"),
    ],
)
def test_a_secret_that_cannot_be_meant_is_told(
    secret: Secret, package_folder: Path, lambda_client: Path, tmp_path: Path, text: str, told: str
) -> None:
    secret.put(text)
    function = LambdaFunction(
        "handlers.events.handler", package_folder, lambda_client, secret.environment, tmp_path / "log"
    )
    try:
        with pytest.raises(FunctionError, match=told):
            function.invoke({})
    finally:
        function.close()


def test_a_secret_that_is_not_there_is_named(
    secret: Secret, package_folder: Path, lambda_client: Path, tmp_path: Path
) -> None:
    environment = {**secret.environment, "SECRETS": "no-such-secret"}
    function = LambdaFunction("handlers.sweep.handler", package_folder, lambda_client, environment, tmp_path / "log")
    try:
        with pytest.raises(FunctionError, match=r"no-such-secret .*cannot be read: ResourceNotFoundException"):
            function.invoke({})
    finally:
        function.close()


def test_what_is_missing_is_told_once_with_where_it_was_looked_for(
    secret: Secret, package_folder: Path, lambda_client: Path, tmp_path: Path
) -> None:
    secret.put('{"PLATFORM_CONFIGS": {"uber-eats": {"client_id": "c"}}}')
    function = LambdaFunction(
        "handlers.sweep.handler", package_folder, lambda_client, secret.environment, tmp_path / "log"
    )
    try:
        function.invoke({})
        function.invoke({})
    finally:
        function.close()
    told = [json.loads(line)["message"] for line in function.text().splitlines() if "WARNING" in line]
    (unknown,) = [line for line in told if "uber-eats" in line]
    assert unknown.endswith("Did you mean `ubereats`?")
    (missing,) = [line for line in told if "MENU_SERVICE_URL is not set" in line]
    assert missing.endswith("The secret that SECRETS names was looked through, too.")


@pytest.fixture
def here(secret: Secret, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secret]:
    """Let this process be a function's."""
    for name, value in {**secret.environment, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local",
                        "AWS_SECRET_ACCESS_KEY": "local"}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(parts, "_held", [])
    yield secret
    for held in parts._held:
        held.close()


def test_a_secret_that_changes_is_used_without_a_new_process(
    here: Secret, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def keys() -> str:
        return parts.process().settings.api_keys.get_secret_value()

    here.put(json.dumps({"API_KEYS": KEYS[0]}))
    assert keys() == KEYS[0]
    here.put(json.dumps({"API_KEYS": KEYS[1]}))
    assert keys() == KEYS[0]  # it is not asked for with each invocation
    monkeypatch.setattr(parts, "READ_AGAIN", -1.0)
    assert keys() == KEYS[1]
    before = parts.process()
    assert parts.process() is before
    here.put('{"EVENT_PAUSE": "never"}')
    assert parts.process() is before
    told = capsys.readouterr().err
    assert "the settings from before stay in use: EVENT_PAUSE" in told
    assert KEYS[1] not in told
    start_logs("WARNING")


def test_the_api_goes_by_the_new_keys(here: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    from handlers.api import handler

    def status(keys: str) -> int:
        answer = handler({
            "version": "2.0", "rawPath": "/admin/errors", "rawQueryString": "", "isBase64Encoded": False,
            "headers": {"x-api-key": keys.rpartition(":")[2]},
            "requestContext": {"http": {"method": "GET", "path": "/admin/errors", "sourceIp": "127.0.0.1"}},
        })  # fmt: skip
        return int(answer["statusCode"])

    here.put(json.dumps({"API_KEYS": KEYS[0]}))
    assert [status(keys) for keys in KEYS] == [200, 401]
    here.put(json.dumps({"API_KEYS": KEYS[1]}))
    monkeypatch.setattr(parts, "READ_AGAIN", -1.0)
    assert [status(keys) for keys in KEYS] == [401, 200]
