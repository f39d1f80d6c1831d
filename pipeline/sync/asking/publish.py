"""Asking for publishes: new ones, earlier menus again, held menus, what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from pipeline.store.records import Operation, OperationKind, State, SyncError
from pipeline.sync.asking.asking import Asking, Refused, Requested
from pipeline.sync.places import platforms_of

CHUNK = 40


class Publishing(Asking):
    """Requests to publish."""

    def sync(
        self,
        restaurant_id: str,
        platforms: Sequence[str] = (),
        *,
        by: str,
        reason: str = "asked for",
        force: bool = False,
        menu_version: str | None = None,
        not_before: datetime | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> list[Requested | Refused]:
        """Put a publish in line, on all of the restaurant's platforms where none is named."""
        tools = self.engine.tools
        wanted = list(dict.fromkeys(platforms)) or platforms_of(tools.store, tools.shelf, restaurant_id)
        if not wanted:
            hint = f"Connect it: connect {restaurant_id} PLATFORM --set KEY=VALUE."
            return [Refused("not-connected", f"{restaurant_id} is on no platform.", hint)]
        found: list[Requested | Refused] = []
        asked = tools.now()  # one instant for all platforms, so that one fetch of the menu is new enough for each
        for platform in wanted:
            problem = self._problem(restaurant_id, platform)
            if problem is not None:
                found.append(problem)
                continue
            found.append(
                self._enqueue(
                    restaurant_id, platform, "publish", by, reason,
                    force=force, menu_version=menu_version, not_before=not_before, details=dict(details or {}),
                    at=asked,
                )
            )  # fmt: skip
        return found

    def rollback(self, restaurant_id: str, platform: str, *, by: str, to: str = "") -> Requested | Refused:
        """Put the last good menu before the present one in line again, or the one of operation ``to``."""
        store = self.engine.tools.store
        problem = self._problem(restaurant_id, platform)
        if problem is not None:
            return problem
        status = store.status(restaurant_id, platform)
        present = status.accepted_operation if status is not None else ""
        good: Operation | None = None
        if to:
            good = store.operation(to)
            if good is None or (good.restaurant_id, good.platform) != (restaurant_id, platform):
                return Refused("operation-unknown", f"There is no operation {to} of {restaurant_id} on {platform}.")
            if good.state != State.SYNCED or not good.snapshot_id:
                return Refused("operation-not-good", f"Operation {to} published no menu ({good.state.value}).")
        else:
            hash_now = status.accepted_hash if status is not None else ""
            for operation in self._history(restaurant_id, platform):
                published = operation.state == State.SYNCED and operation.snapshot_id and operation.payload_id
                if published and operation.operation_id != present and operation.payload_hash != hash_now:
                    good = operation
                    break
        if good is None:
            return Refused("nothing-to-roll-back-to", f"{restaurant_id} has no earlier menu on {platform}.")
        details = {"snapshot_id": good.snapshot_id, "rollback_to": good.operation_id}
        reason = f"back to the menu of {good.operation_id}"
        return self._enqueue(restaurant_id, platform, "rollback", by, reason, force=True, details=details)

    def release(self, operation_id: str, *, by: str) -> Requested | Refused:
        """Let a held menu go, as it was held."""
        store = self.engine.tools.store
        held = store.operation(operation_id)
        if held is None:
            return Refused("operation-unknown", f"There is no operation {operation_id}.")
        if held.state != State.HELD:
            return Refused("not-held", f"Operation {operation_id} is not held; it is {held.state.value}.")
        status = store.status(held.restaurant_id, held.platform)
        if status is not None and status.state != State.HELD:
            message = f"{held.restaurant_id} on {held.platform} has had a newer operation since."
            return Refused("overtaken", message, "Look at its status; sync it anew if need be.")
        details = {"snapshot_id": held.snapshot_id, "released": operation_id}
        return self._enqueue(
            held.restaurant_id, held.platform, "publish", by, f"release of {operation_id}", details=details
        )

    # -- errors --------------------------------------------------------------------------------

    def retry(self, error_id: str, *, by: str) -> Requested | Refused:
        """Try again what failed, with the newest menu."""
        store = self.engine.tools.store
        error = store.error(error_id)
        if error is None:
            return Refused("error-unknown", f"There is no error {error_id}.")
        if error.status == "resolved":
            return Refused("already-resolved", f"Error {error_id} is resolved.")
        problem = self._problem(error.restaurant_id, error.platform)
        if problem is not None:
            return problem
        failed = store.operation(error.operation_id)
        kind: OperationKind = "availability" if failed is not None and failed.kind == "availability" else "publish"
        now = self.engine.tools.now()
        audit = self._audit(by, "retry", error.restaurant_id, error.platform, note=error_id)
        if error.status == "open" and not store.update_error(
            replace(error, status="retrying"), expected_status="open", audit=audit
        ):
            return Refused("overtaken", f"Somebody else has just changed error {error_id}.")
        if kind == "availability":
            self._untell(error, now)
        details = {"error_id": error_id}
        reason = f"retry of {error_id}"
        return self._enqueue(
            error.restaurant_id, error.platform, kind, by, reason, force=kind == "publish", details=details
        )

    def resolve(self, error_id: str, note: str, *, by: str) -> SyncError | Refused:
        """Close an error with a note."""
        store = self.engine.tools.store
        error = store.error(error_id)
        if error is None:
            return Refused("error-unknown", f"There is no error {error_id}.")
        if error.status == "resolved":
            return Refused("already-resolved", f"Error {error_id} is resolved.")
        solved = replace(
            error, status="resolved", resolved_at=self.engine.tools.now(), resolved_by=by, note=note[:2_000]
        )
        audit = self._audit(by, "resolve", error.restaurant_id, error.platform, note=f"{error_id}: {note}"[:500])
        if not store.update_error(solved, expected_status=error.status, audit=audit):
            return Refused("overtaken", f"Somebody else has just changed error {error_id}.")
        return solved

    def _untell(self, error: SyncError, now: datetime) -> None:
        """Let dishes that the platform refused be told once more."""
        store = self.engine.tools.store
        wanted = {field.get("item") for field in error.fields}
        entries = store.sold_out(error.restaurant_id, error.platform)
        again = [replace(entry, told=False) for entry in entries if entry.id in wanted]
        for start in range(0, len(again), CHUNK):
            store.put_sold_out(again[start : start + CHUNK])
