"""Small mappings for tests of what is said to a platform, and connectors made of them."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.connector import Connector
from connectors.exchange import Answer, Reply, Request
from connectors.limits import LocalLimits, RateLimits
from connectors.token_keeper import LocalTokens, TokenKeeper
from connectors.transport import MAX_ANSWER_BYTES, Transport
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.form.document import read_document
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.mapping.yaml.source import load

NOW = datetime(2026, 4, 7, 12, 30, 15, tzinfo=UTC)
FACTS = RunFacts(currency="EUR")
BASE_URL = "https://api.platform.example/v3"
VALUES = {"base_url": BASE_URL, "auth_url": "https://auth.platform.example"}
CREDENTIALS = {
    "client_id": "client-4711",
    "client_secret": "s3cr&t of=the client",
    "refresh_token": "first-refresh-0815",
    "user": "luigi",
    "password": "p@ss: wörd+1",
    "signing_key": "bWVudSBtYXBwaW5nIGtleQ",
    "webhook_secret": "hook-secret-99",
}
HEAD = """
platform: example
title: Example
format: 1
payload: {name: = restaurant.name}
environments:
  sandbox: {base_url: "https://api.sandbox.example", auth_url: "https://auth.sandbox.example"}
  production: {base_url: "https://api.platform.example/v3", auth_url: "https://auth.platform.example"}
store_settings:
  store_id: {example: s-1}
credentials:
"""


def mapping(text: str) -> CompiledMapping:
    """Compile a mapping that has only what ``text`` adds; it must be without a problem."""
    credentials = "".join(f"  {name}: {{description: Of the account, secret: true}}\n" for name in CREDENTIALS)
    loaded = load((HEAD + credentials + textwrap.dedent(text)).encode(), "example.yaml")
    document, findings = read_document(loaded.root, "example.yaml")
    assert document is not None, [*loaded.findings, *findings]
    compiled = CompiledMapping(document, [*loaded.findings, *findings])
    assert not compiled.all_findings(), [str(finding) for finding in compiled.all_findings()]
    return compiled


def names(compiled: CompiledMapping, store_id: Any = "s-1", **more: Any) -> dict[str, Any]:
    """Give the names that steps see."""
    environment = compiled.environment_class(*(VALUES[name] for name in compiled.environment_class.__struct_fields__))
    known = {"store": compiled.store_class(store_id), "saved": {}, "payload": {"a": 1}, "environment": environment}
    return {**known, "credentials": compiled.conversation.credentials_class(**CREDENTIALS), **more}


@dataclass
class Replies:
    """A transport that gives prepared replies and keeps the requests."""

    replies: list[Reply | Callable[[Request], Reply]]
    requests: list[Request] = field(default_factory=list)

    async def send(self, request: Request, *, limit: int = MAX_ANSWER_BYTES) -> Reply:
        self.requests.append(request)
        await asyncio.sleep(0)
        reply = self.replies.pop(0)
        return reply(request) if callable(reply) else reply


@dataclass
class Time:
    """A clock that moves only when somebody sleeps."""

    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


def connector(
    compiled: CompiledMapping,
    transport: Transport,
    *,
    time: Time | None = None,
    base_url: str = BASE_URL,
    auth_url: str = VALUES["auth_url"],
    environment: str = "production",
    credentials: Mapping[str, str] = CREDENTIALS,
    tokens: TokenKeeper | None = None,
    limits: RateLimits | None = None,
) -> Connector:
    """Make a connector whose clock and pauses are the test's."""
    time = time or Time()
    return Connector(
        compiled.conversation,
        credentials=credentials,
        environment=environment,
        addresses={"base_url": base_url, "auth_url": auth_url},
        tokens=tokens or TokenKeeper(LocalTokens()),
        limits=limits or LocalLimits(),
        transport=transport,
        clock=time,
        sleep=time.sleep,
        jitter=lambda: 1.0,
    )


def answer(status: int = 200, body: bytes | str = b"", **headers: str) -> Answer:
    """Make an answer; header names are written with ``_`` for ``-``."""
    content = body.encode() if isinstance(body, str) else body
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
