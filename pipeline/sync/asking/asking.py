"""What all requests to the sync share: the answer where something is not done, the line, the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.findings import Finding
from pipeline.mapping.nearest import did_you_mean
from pipeline.store.records import AuditEntry, Operation, OperationKind
from pipeline.sync.engine import Engine
from pipeline.sync.places import Place, place_of
from pipeline.sync.recording import traced

HISTORY = 100
"""So many pages of history are looked through at most."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something is not done: a code, a sentence, what to do instead."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """An operation that now stands for a request; ``new`` is false where one that waited already does."""

    operation: Operation
    new: bool = True


class Asking:
    """Puts work in line; ``origin`` says where requests come from, for the audit log."""

    def __init__(self, engine: Engine, origin: str = "command line") -> None:
        self.engine = engine
        self.origin = origin

    def _problem(self, restaurant_id: str, platform: str) -> Refused | None:
        tools = self.engine.tools
        if platform not in tools.shelf.platforms:
            hint = did_you_mean(platform, tools.shelf.platforms) or f"Known are {', '.join(tools.shelf.platforms)}."
            return Refused("platform-unknown", f"There is no platform `{platform[:80]}`.", hint)
        place = place_of(tools.store, tools.shelf, restaurant_id, platform)
        return None if isinstance(place, Place) else refused_by(place)

    def _enqueue(
        self,
        restaurant_id: str,
        platform: str,
        kind: OperationKind,
        by: str,
        reason: str,
        *,
        force: bool = False,
        menu_version: str | None = None,
        not_before: datetime | None = None,
        details: dict[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Requested:
        tools = self.engine.tools
        now = at or tools.now()
        operation = Operation(
            operation_id=tools.new_operation_id(now),
            restaurant_id=restaurant_id,
            platform=platform,
            kind=kind,
            reference=tools.new_reference(),
            requested_by=by,
            reason=reason,
            force=force,
            menu_version=menu_version,
            not_before=not_before,
            details=traced({"origin": self.origin, **(details or {})}),
            created_at=now,
            updated_at=now,
        )
        asked_by_people = force or kind != "publish" or bool(details)
        standing, new = tools.store.enqueue(operation, replace_waiting=asked_by_people)
        return Requested(standing, new)

    def _history(self, restaurant_id: str, platform: str) -> Iterable[Operation]:
        cursor = ""
        for _ in range(HISTORY):
            page = self.engine.tools.store.history(restaurant_id, platform, cursor=cursor)
            yield from page.items
            cursor = page.cursor
            if not cursor:
                return

    def _audit(self, who: str, action: str, restaurant_id: str, platform: str, note: str = "") -> AuditEntry:
        return AuditEntry(
            at=self.engine.tools.now(),
            who=who,
            action=action,
            restaurant_id=restaurant_id,
            platform=platform,
            origin=self.origin,
            note=note,
        )


def refused_by(findings: Sequence[Finding]) -> Refused:
    """Give the first error as the reason."""
    errors = [finding for finding in findings if finding.severity == "error"] or list(findings)
    first = errors[0]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    place = f"{first.place}: " if first.place else ""
    return Refused(first.code, f"{place}{first.message}{more}", first.hint)
