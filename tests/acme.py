"""A sync of a made-up platform: real engine, store and connector, scripted answers, a clock that is turned by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from connectors.connector import Connector
from connectors.exchange import Answer, Fault, Reply, Request
from connectors.limits import LocalLimits
from connectors.menu_service import Fetched, WholeMenu
from connectors.token_keeper import LocalTokens, TokenKeeper
from pipeline.accounts import Account
from pipeline.mapping.compiled import CompiledMapping
from pipeline.settings import load_settings
from pipeline.store.ids import new_operation_id, new_reference
from pipeline.store.records import Operation, Status
from pipeline.store.sqlite import SqliteStore
from pipeline.sync.asking.service import Requested, Service
from pipeline.sync.engine import Engine
from pipeline.sync.tools import Shelf, Tools
from pipeline.sync.worker import Worker
from tests.live import small_menu

T = TypeVar("T")
START = datetime(2031, 3, 4, 5, 6, 7, tzinfo=UTC)
HEAD = """\
platform: acme
title: Acme
format: 1
environments: {sandbox: {base_url: https://acme.example}}
credentials: {api_key: {description: The key, secret: true, required: false}}
store_settings: {store_id: {example: s-1}}
auth: {type: none}
retry: {attempts: 2, backoff: 1s}
payload: {name: = restaurant.name, dishes: [{$for: item in menu.items, id: = item.item_id, price: = item.price}]}
"""


class Script:
    """Answers requests: by what was said for them, in order, else 200 with an empty object."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.replies: dict[str, list[Reply]] = {}
        self.hook: Callable[[Request], None] = lambda request: None

    def reply(self, line: str, *replies: Reply) -> None:
        """Say what ``PUT /menus`` and the like is answered."""
        self.replies.setdefault(line, []).extend(replies)

    async def send(self, request: Request, *, limit: int = 0) -> Reply:
        """Answer a request."""
        self.requests.append(request)
        self.hook(request)
        waiting = self.replies.get(self._line(request), [])
        return waiting.pop(0) if waiting else json_answer(200, {})

    @property
    def lines(self) -> list[str]:
        """What was sent, as ``PUT /menus``."""
        return [self._line(request) for request in self.requests]

    def bodies(self, line: str) -> list[Any]:
        """Give the bodies that were sent."""
        return [json.loads(each.body) for each in self.requests if self._line(each) == line and each.body]

    def _line(self, request: Request) -> str:
        return f"{request.method} {request.url.removeprefix('https://acme.example')}"


def json_answer(status: int, body: Any, **headers: str) -> Answer:
    """Give an answer with a JSON body."""
    return Answer(status, {"content-type": "application/json", **headers}, json.dumps(body).encode())


def broken(kind: str = "timeout") -> Fault:
    """Give a fault of a request that may have arrived."""
    return Fault(kind, "No answer.", sent=True)  # type: ignore[arg-type]


class Acme:
    """The whole of it, for plain test code."""

    def __init__(self, folder: Path, steps: str) -> None:
        self.file = folder / "acme.yaml"
        self.file.write_text(HEAD + steps)
        self.script = Script()
        self.now = START
        self.pauses: list[float] = []
        self.menu = small_menu()
        self.store = SqliteStore(folder / "acme.db")
        settings, _ = load_settings(
            {
                "PLATFORM_CONFIGS": '{"acme": {"api_key": "k-1234567890"}}',
                "SIGNING_KEY": "a key for signing in tests",
                "PUBLIC_BASE_URL": "https://here.example",
            },
            env_file=None,
        )
        assert settings is not None
        self.tools = Tools(
            store=self.store, settings=settings, shelf=Shelf(settings, {"acme": self.file}), source=self,
            connectors=self, now=lambda: self.now, sleep=self._sleep, new_operation_id=new_operation_id,
            new_reference=new_reference, owner="test",
        )  # fmt: skip
        _, findings = self.tools.shelf.mapping("acme")
        assert not [str(finding) for finding in findings if finding.severity == "error"]
        self.engine = Engine(self.tools)
        self.service = Service(self.engine, "test")
        self.worker = Worker(self.engine)

    async def fetch(self, restaurant_id: str) -> Fetched:
        """Give the menu."""
        return WholeMenu(json.dumps(self.menu).encode())

    def of(self, mapping: CompiledMapping, account: Account) -> Connector:
        """Give a connector that is answered by the script."""
        return Connector(
            mapping.conversation, credentials=account.plain_credentials(), environment="sandbox",
            addresses=account.environment, tokens=TokenKeeper(LocalTokens()), limits=LocalLimits(),
            transport=self.script, clock=lambda: self.now, sleep=self._sleep, jitter=lambda: 0.5,
        )  # fmt: skip

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end."""
        return asyncio.run(work)

    def ask(self, **more: Any) -> Operation:
        """Ask for a publish."""
        (asked,) = self.service.sync("rest_001", ["acme"], by="tester", **more)
        assert isinstance(asked, Requested), asked
        return asked.operation

    def run(self, operation: Operation) -> Operation:
        """Do what an operation has to do now."""
        done = self.call(self.engine.run(operation.operation_id))
        assert done is not None
        return done

    def publish(self, **more: Any) -> Operation:
        """Ask for a publish and run it."""
        return self.run(self.ask(**more))

    def turn(self, **ahead: float) -> None:
        """Turn the clock on."""
        self.now += timedelta(**ahead)

    def status(self) -> Status:
        """Give the status."""
        status = self.store.status("rest_001", "acme")
        assert status is not None
        return status
