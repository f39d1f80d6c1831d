"""Queues of AWS SQS: operations that other processes are to do, and messages that are no events."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from pipeline.store.records import ENDED, Operation, State

MOST_ENTRIES = 10
LONGEST_DELAY = 900
"""SQS keeps a message back for 15 minutes at most; what is due later, the sweep finds."""
MOST_REASON = 500
MOST_BYTES = 200_000
log = logging.getLogger("menu_sync.queues")


class Queue:
    """One queue by its URL."""

    def __init__(self, url: str, client: Any = None) -> None:
        self._url = url
        if client is not None:
            self._client = client

    @cached_property
    def _client(self) -> Any:
        import botocore.session  # type: ignore[import-untyped]  # only where something is sent

        return botocore.session.get_session().create_client("sqs")

    def send_operations(self, delays: Mapping[str, int]) -> None:
        """Ask for operations, by id, to be done in so many seconds. What cannot be sent, the sweep finds."""
        found = list(delays.items())
        for start in range(0, len(found), MOST_ENTRIES):
            entries = [
                {"Id": str(place), "MessageBody": json.dumps({"operation_id": each}), "DelaySeconds": seconds}
                for place, (each, seconds) in enumerate(found[start : start + MOST_ENTRIES])
            ]
            try:
                failed = self._client.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed", [])
            except Exception as error:  # noqa: BLE001 - whatever the client library says, the sweep makes good
                log.warning("%d operations could not be handed over (%s)", len(entries), type(error).__name__)
            else:
                if failed:
                    log.warning("%d operations could not be handed over", len(failed))

    def send_chore(self, name: str, cursor: str = "") -> bool:
        """Ask for a chore, or its next part; tells whether it was taken."""
        return self._send(json.dumps({"chore": name, "cursor": cursor}), {}, f"the chore {name} was not handed over")

    def send_rejected(self, body: str, reason: str, event_id: str) -> bool:
        """Keep a message with the reason why it is no event; tells whether it was taken."""
        data = body.encode("utf-8", "replace")[:MOST_BYTES].decode("utf-8", "ignore")
        attributes = {"Reason": reason[:MOST_REASON], "EventId": event_id[:MOST_REASON]}
        return self._send(data or " ", attributes, "a rejected message could not be put aside")

    def _send(self, body: str, attributes: Mapping[str, str], otherwise: str) -> bool:
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
                },
            )
        except Exception as error:  # noqa: BLE001 - whoever asks keeps what was not taken
            log.warning("%s (%s)", otherwise, type(error).__name__)
            return False
        return True


def delay(operation: Operation, now: datetime) -> int | None:
    """Give the seconds until an operation is to be taken up; None where only a message or the sweep does it."""
    if operation.state in ENDED or operation.state == State.IN_PROGRESS:
        return None
    if operation.not_before is None:
        return None if operation.state == State.PROCESSING else 0
    seconds = max(0, math.ceil((operation.not_before - now).total_seconds()))
    return seconds if seconds <= LONGEST_DELAY else None
