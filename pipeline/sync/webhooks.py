"""Messages of platforms: checked, kept with the operation that they are about, and dealt with at once.

A message is stored before anything is done with it, so that none is lost to a crash or to a process
that works on the operation at that moment.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from connectors.exchange import Answer
from connectors.masking import Masker
from connectors.webhooks import MAX_MESSAGE_BYTES, Received, read, verify, view
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.transforms.registry import RunFacts
from pipeline.store.records import AuditEntry, Message, Operation, State
from pipeline.sync.engine import Engine
from pipeline.sync.places import restaurants_with
from pipeline.sync.prepared import MENU_ID

REMEMBERED = timedelta(days=2)
MOST_RESTAURANTS = 100
log = logging.getLogger("menu_sync.webhooks")


@dataclass(frozen=True, slots=True)
class Reception:
    """What the sender is told, and which operations are to be run now."""

    status: int
    message: str
    operations: tuple[str, ...] = ()


class Webhooks:
    """Takes messages of all platforms."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def receive(self, platform: str, webhook: str, headers: Mapping[str, str], content: bytes) -> Reception:
        """Take a message. Raises StoreError, after which the sender should try again."""
        tools = self._engine.tools
        mapping, _ = tools.shelf.mapping(platform)
        compiled = mapping.conversation.webhooks.get(webhook) if mapping is not None else None
        if mapping is None or compiled is None:
            return Reception(404, "There is no such webhook.")
        if len(content) > MAX_MESSAGE_BYTES:
            return Reception(413, "The message is too large.")
        account = tools.shelf.account(platform)
        connector = tools.connectors.of(mapping, account)
        message = Answer(200, {name.lower(): value for name, value in headers.items()}, content)
        names, facts = connector.names(_names(mapping)), _facts(mapping)
        now = tools.now()
        wrong = verify(compiled, message, names, facts, now)
        if wrong:
            log.warning("a message for %s/%s was refused: %s", platform, webhook, wrong)
            return Reception(401, "The message is refused.")
        received = read(compiled, view(message), names, facts, connector.judge)
        if not received.wanted:
            return Reception(200, "left alone")
        key = f"webhook:{platform}:{webhook}:{hashlib.sha256(content).hexdigest()}"
        if tools.store.seen(key, now, REMEMBERED):
            return Reception(200, "known already")
        try:
            return self._handle(mapping, webhook, message, received, Masker(connector.secrets))
        except BaseException:
            tools.store.forget_seen(key)
            raise

    def _handle(
        self, mapping: CompiledMapping, webhook: str, message: Answer, received: Received, masker: Masker
    ) -> Reception:
        platform = mapping.platform
        tools = self._engine.tools
        operation = tools.store.operation_by_reference(platform, received.operation) if received.operation else None
        if operation is not None:
            return self._on(operation, webhook, message, received, masker)
        restaurants = restaurants_with(tools.store, tools.shelf.account(platform), received.store)[:MOST_RESTAURANTS]
        if received.do == "full_refresh":
            asked = [
                self._engine.enqueue_publish(restaurant, platform, "the platform asked for it", force=True)[0]
                for restaurant in restaurants
            ]
            return Reception(200, f"{len(asked)} asked for", tuple(each.operation_id for each in asked))
        if received.verdict is not None and not received.operation:
            for restaurant in restaurants:
                status = tools.store.status(restaurant, platform)
                running = tools.store.operation(status.running) if status is not None and status.running else None
                if running is not None:
                    return self._on(running, webhook, message, received, masker)
        log.warning("a message for %s/%s is about nothing that is known here", platform, webhook)
        return Reception(200, "about nothing that is known here")

    def _on(self, operation: Operation, webhook: str, message: Answer, received: Received, masker: Masker) -> Reception:
        tools = self._engine.tools
        data: dict[str, Any] = {
            "status": message.status,
            "headers": masker.headers(message.headers),
            "body": masker.content(message.content).decode("utf-8", "replace"),
        }
        kept = Message(operation_id=operation.operation_id, at=tools.now(), webhook=webhook, data=data)
        if tools.store.add_message(kept):
            return Reception(200, "taken", (operation.operation_id,))
        self._late(operation, received)
        return Reception(200, "it has ended already")

    def _late(self, operation: Operation, received: Received) -> None:
        """Keep what a message says of an operation that has ended: ids, and that it was published after all."""
        store, now = self._engine.tools.store, self._engine.tools.now()
        status = store.status(operation.restaurant_id, operation.platform)
        if status is None:
            return
        live = store.operation(status.accepted_operation) if status.accepted_operation else None
        overtaken = live is not None and live.created_at > operation.created_at
        # What a newer publish was given counts more than what an older one is given late.
        saved = {**received.saved, **status.saved} if overtaken else {**status.saved, **received.saved}
        changed = replace(status, saved=saved, external_menu_id=saved.get(MENU_ID, status.external_menu_id))
        told = received.verdict is not None and received.verdict.action == "done"
        if told and operation.error_id and status.error_id == operation.error_id and not status.running:
            # It was given up for want of an answer; here the answer is.
            changed = replace(
                changed, state=State.SYNCED, error="", error_id="", retry_count=0, updated_at=now, last_sync=now,
                accepted_hash=operation.payload_hash, accepted_operation=operation.operation_id,
                item_count=operation.item_count,
            )  # fmt: skip
        if changed == status or not store.put_status(changed, expected_fencing=status.fencing):
            return
        error = store.error(operation.error_id) if told and operation.error_id else None
        if error is not None and error.status != "resolved":
            note = "the platform has reported success late"
            entry = AuditEntry(
                at=now, who=operation.platform, action="late result", restaurant_id=operation.restaurant_id,
                platform=operation.platform, operation_id=operation.operation_id, note=note,
            )  # fmt: skip
            solved = replace(error, status="resolved", resolved_at=now, resolved_by=operation.platform, note=note)
            store.update_error(solved, expected_status=error.status, audit=entry)


def _names(mapping: CompiledMapping) -> dict[str, Any]:
    """Give the names that a message's formulas may see before it is known whom it is about."""
    return {"platform": mapping.platform, "saved": {}, "external_menu_id": None, "store": None}


def _facts(mapping: CompiledMapping) -> RunFacts:
    return RunFacts(currency="USD", tables=mapping.rules.tables)
