"""One operation that this process works on: its lease, its progress, what was sent for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict

from connectors.exchange import Answer, Exchange, Sent
from pipeline.store.protocol import Noted
from pipeline.store.records import Attempt, Bucket, Change, Hosted, Message, Operation, State, Status
from pipeline.sync.places import Place
from pipeline.sync.tools import Tools
from pipeline.telemetry import telemetry

MOST_ATTEMPTS = 20
ATTEMPT_BYTES = 4_000
"""So much of each body is kept with an attempt; the whole payload is a blob of its own."""


class LeaseLost(Exception):
    """Another process has taken the operation up; this one must not write any more."""


class About(TypedDict):
    """What spans tell of an operation."""

    restaurant_id: str
    platform: str
    operation: str
    item_count: int | None


@dataclass(slots=True)
class Run:
    """An operation in work."""

    tools: Tools
    operation: Operation
    status: Status
    place: Place
    exchanges: list[tuple[str, Exchange]] = field(default_factory=list)
    """The last ones that were had, with their steps' names."""
    messages: list[Message] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    """What the next write brings along: the menu, the payload."""
    lost: bool = False
    leased_until: datetime = field(init=False)

    def __post_init__(self) -> None:
        """The lease began when the operation was taken up."""
        self.leased_until = self.operation.updated_at + self.tools.lease

    @property
    def now(self) -> datetime:
        """The instant."""
        return self.tools.now()

    @property
    def about(self) -> About:
        """What spans tell of the operation."""
        operation = self.operation
        return About(
            restaurant_id=operation.restaurant_id,
            platform=operation.platform,
            operation=operation.operation_id,
            item_count=operation.item_count or None,
        )

    @property
    def saved(self) -> dict[str, Any]:
        """What answers have given so far. A publish has a copy of its own, from which names can be forgotten."""
        if self.operation.kind == "availability":
            return {**self.status.saved, **self.operation.saved}
        return self.operation.saved

    async def checkpoint(self, through: Iterable[Bucket] = (), hosted: Hosted | None = None) -> datetime | None:
        """Write the progress, and take one of each bucket where all of them let a request go at once.

        ``hosted`` says where a document lies that the platform will download. Gives when the buckets did; None where
        they have to be asked.

        Raises:
            LeaseLost: the operation belongs to another process by now.
        """
        if self.lost:
            raise LeaseLost(self.operation.operation_id)
        now = self.operation.updated_at = self.now
        blobs, self.blobs = self.blobs, {}
        with telemetry.span("store.write", **self.about):
            noted = await asyncio.to_thread(self.tools.store.checkpoint, self.operation, blobs or None, through, hosted)
        if not noted:
            raise LeaseLost(self.operation.operation_id)
        return now if noted is Noted.ADMITTED else None

    def change(self, state: State, note: str) -> None:
        """Note a change of state."""
        operation = self.operation
        operation.state = state
        changes = [*operation.changes, Change(at=self.now, state=state, note=note, payload_hash=operation.payload_hash)]
        operation.changes = changes if len(changes) <= 100 else [*changes[:20], *changes[-80:]]

    def sent(self, step: str, exchange: Exchange | None) -> None:
        """Note what was sent."""
        if exchange is None:
            return
        if telemetry.on:
            for each in exchange.sent:
                _measure(self, step, each)
        self.exchanges.append((step, exchange))
        del self.exchanges[:-MOST_ATTEMPTS]

    @property
    def attempts(self) -> list[Attempt]:
        """The last tries, as they are kept with an error."""
        tries = [(step, sent) for step, exchange in self.exchanges for sent in exchange.sent]
        return [_attempt(step, sent) for step, sent in tries[-MOST_ATTEMPTS:]]

    @contextlib.asynccontextmanager
    async def leased(self) -> AsyncIterator[None]:
        """Keep the lease while something takes its time."""
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep(self) -> None:
        lease: timedelta = self.tools.lease
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            if not await self._extended():
                return

    async def _extended(self) -> bool:
        now, lease = self.now, self.tools.lease
        if not await asyncio.to_thread(self.tools.store.extend, self.operation, lease, now):
            self.lost = True
            return False
        self.leased_until = now + lease
        return True

    async def still_ours(self) -> None:
        """Make sure, right before something is sent, that nobody else has taken the operation up meanwhile.

        Raises:
            LeaseLost: another process has; it may have sent something newer by now.
        """
        if not self.lost and self.now < self.leased_until:
            return
        if self.lost or not await self._extended():
            raise LeaseLost(self.operation.operation_id)


def _measure(run: Run, step: str, sent: Sent) -> None:
    """Record one try as a span and in the platform's answering times."""
    reply = sent.reply
    status = str(reply.status) if isinstance(reply, Answer) else reply.kind
    bad = not isinstance(reply, Answer) or reply.status >= 400
    telemetry.happened(
        "publish.attempt", sent.at, reply.seconds, failure=status if bad else "",
        step=step, method=sent.request.method, status=status, **run.about,
    )  # fmt: skip
    telemetry.took(
        "menu_sync.platform.request.duration", reply.seconds, platform=run.operation.platform, step=step, status=status
    )


def _attempt(step: str, sent: Sent) -> Attempt:
    request, reply = sent.request, sent.reply
    answered = isinstance(reply, Answer)
    return Attempt(
        at=sent.at,
        step=step,
        method=request.method,
        url=request.url,
        request_headers=dict(request.headers),
        request_body=shortened(request.body, request.left_out),
        status=reply.status if isinstance(reply, Answer) else None,
        answer_headers=_few(reply.headers) if isinstance(reply, Answer) else {},
        answer_body=shortened(reply.content, reply.left_out) if isinstance(reply, Answer) else "",
        fault="" if answered else getattr(reply, "message", ""),
        seconds=reply.seconds,
    )


def shortened(data: bytes, left_out: int = 0) -> str:
    """Give the beginning of a body as text, and how long it is, with what was left out of it before."""
    text = data[:ATTEMPT_BYTES].decode("utf-8", "replace")
    return text if len(data) <= ATTEMPT_BYTES and not left_out else f"{text}… ({len(data) + left_out:,} bytes)"


def _few(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value[:500] for name, value in list(headers.items())[:40]}
