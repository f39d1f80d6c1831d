"""One sync in a process of its own that is killed at a named point; for tests alone.

``MENU_SYNC_CRASH_AT`` names the point: ``before-send``, ``after-send`` (the answer has come and is not
written down), ``after-record`` (the request's mark or result was just written), ``before-finish``, ``after-finish``.
``MENU_SYNC_CRASH_ON``: at which time it comes there, from 1. The process kills itself by SIGKILL, so
that nothing of it can clean up.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import Any

from connectors.connector import Connector
from connectors.menu_service import Fetched, WholeMenu
from pipeline.settings import load_settings
from pipeline.store.protocol import Noted
from pipeline.store.sqlite import SqliteStore
from pipeline.sync.asking.service import Requested
from pipeline.sync.runtime import opened


class Killer:
    """Counts how often a point is reached, and kills the process there."""

    def __init__(self) -> None:
        self.point = os.environ.get("MENU_SYNC_CRASH_AT", "")
        self.left = int(os.environ.get("MENU_SYNC_CRASH_ON", "1"))

    def reached(self, point: str) -> None:
        """Say that the point is reached."""
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Source:
    """Gives the menu of a file."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def fetch(self, restaurant_id: str) -> Fetched:
        """Give the menu."""
        with open(self._path, "rb") as file:  # noqa: PTH123, ASYNC230 - a test's small file
            return WholeMenu(file.read())


def install(killer: Killer) -> None:
    """Put the points around what is sent and written."""
    send, checkpoint, finish = Connector.send, SqliteStore.checkpoint, SqliteStore.finish

    async def sending(self: Connector, *arguments: Any, **more: Any) -> Any:
        killer.reached("before-send")
        result = await send(self, *arguments, **more)
        killer.reached("after-send")
        return result

    def recording(self: SqliteStore, *arguments: Any, **more: Any) -> Noted:
        written = checkpoint(self, *arguments, **more)
        killer.reached("after-record")
        return written

    def finishing(self: SqliteStore, *arguments: Any, **more: Any) -> bool:
        killer.reached("before-finish")
        written = finish(self, *arguments, **more)
        killer.reached("after-finish")
        return written

    Connector.send, SqliteStore.checkpoint, SqliteStore.finish = sending, recording, finishing  # type: ignore[method-assign,assignment]


async def main(restaurant: str, platform: str, menu: str, *sold_out: str) -> None:
    """Publish once, or tell once what is sold out."""
    settings, findings = load_settings(env_file=None)
    assert settings is not None, findings
    async with opened(settings, source=Source(menu)) as runtime:
        if sold_out:
            told = await runtime.service.sold_out(restaurant, sold_out, by="tester", platforms=[platform])
            (operation,) = told.operations
        else:
            asked = runtime.service.sync(restaurant, [platform], by="tester")[0]
            assert isinstance(asked, Requested), asked
            operation = asked.operation
        print(json.dumps({"operation_id": operation.operation_id}), flush=True)
        done = await runtime.engine.run(operation.operation_id)
        print(json.dumps({"state": done.state if done else None}), flush=True)


if __name__ == "__main__":
    install(Killer())
    asyncio.run(main(*sys.argv[1:]))
