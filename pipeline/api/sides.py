"""What a request to look at names: a menu in its body, a restaurant, an operation, a mapping that is being written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from fastapi import Request

from connectors.menu_service import SourceFailure
from pipeline.api.guard import Caller
from pipeline.api.problems import ProblemError
from pipeline.api.syncs import known
from pipeline.findings import Finding, stops_publishing
from pipeline.mapping.compiled import CompiledMapping, compile_text
from pipeline.mapping_files import mapping_files, readable
from pipeline.menu import Menu
from pipeline.reading import read_menu
from pipeline.store.records import Status
from pipeline.sync.menus import read_snapshot
from pipeline.sync.places import STORE_ID, Place, own_settings, place_of
from pipeline.sync.prepared import MENU_ID
from pipeline.sync.runtime import Runtime

MOST_MAPPING = 1_000_000
Asked = TypeVar("Asked", bound=msgspec.Struct)


NOTHING = msgspec.Raw(b"null")


class Look(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What to look at. A menu stays bytes, so that its numbers keep their digits."""

    restaurant_id: str | None = None
    menu: msgspec.Raw = NOTHING
    store: dict[str, Any] | None = None
    mapping: str | None = None


def given(value: msgspec.Raw) -> bool:
    """Tell whether a part of a body is there and not null."""
    return bytes(value) != bytes(NOTHING)


async def asked(request: Request, kind: type[Asked]) -> Asked:
    """Read a request's body. Raises :class:`ProblemError` where it is not what is asked for."""
    data = await request.body()
    try:
        return await asyncio.to_thread(msgspec.json.decode, data or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise ProblemError(422, f"The body is not what it has to be: {error}.", code="request-wrong") from None
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.DecodeError) else "it is nested too deeply or is no UTF-8"
        raise ProblemError(422, f"The body is not JSON: {reason}.", code="request-wrong") from None


@dataclass(frozen=True, slots=True)
class Subject:
    """One menu on one platform, ready to be looked at."""

    mapping: CompiledMapping
    place: Place | None
    menu: Menu
    findings: tuple[Finding, ...]
    store: MappingOf[str, Any]
    environment: MappingOf[str, str]
    status: Status | None = None

    @property
    def saved(self) -> dict[str, Any]:
        """What earlier answers of the platform gave."""
        return self.status.saved if self.status is not None else {}

    @property
    def external_menu_id(self) -> str | None:
        """The platform's id of the menu."""
        return self.saved.get(MENU_ID)


class Subjects(Generic[Asked]):
    """Finds what a caller names, and refuses what is not the caller's."""

    def __init__(self, runtime: Runtime, caller: Caller, platform: str, look: Look) -> None:
        known(runtime, platform)
        if look.restaurant_id is not None:
            if not 0 < len(look.restaurant_id) <= 120 or not look.restaurant_id.isprintable():
                raise ProblemError(422, "`restaurant_id` is no restaurant's id.", code="request-wrong")
            caller.needs([look.restaurant_id])
        self._runtime = runtime
        self._caller = caller
        self._look = look
        self.platform = platform
        self.restaurant_id = look.restaurant_id
        self.mapping = self._mapping()
        self.place = self._place()
        self.store = {**self._settings(), **(look.store or {})}
        self.environment = runtime.engine.tools.shelf.account(platform).environment
        self.status = runtime.store.status(look.restaurant_id, platform) if look.restaurant_id is not None else None

    def _mapping(self) -> CompiledMapping:
        shelf = self._runtime.engine.tools.shelf
        if self._look.mapping is None:
            mapping, findings = shelf.mapping(self.platform)
        else:
            self._caller.needs_operator()
            mapping, findings = draft(self.platform, self._look.mapping)
        if mapping is None:
            raise ProblemError(422, "The mapping has errors.", code="mapping-wrong", findings=findings)
        return mapping

    def _place(self) -> Place | None:
        tools = self._runtime.engine.tools
        if self.restaurant_id is None:
            return None
        place = place_of(tools.store, tools.shelf, self.restaurant_id, self.platform)
        return place if isinstance(place, Place) else None

    def _settings(self) -> dict[str, Any]:
        """Give the restaurant's settings, also where nothing could be published there now."""
        account = self._runtime.engine.tools.shelf.account(self.platform)
        if self.place is not None:
            return dict(self.place.settings)
        if self.restaurant_id is None:
            return dict(account.defaults)
        stored = self._runtime.store.connection(self.restaurant_id, self.platform)
        settings = {**account.defaults, **own_settings(account, self.restaurant_id, stored)}
        if STORE_ID in self.mapping.document.store_settings:
            settings.setdefault(STORE_ID, self.restaurant_id)
        return settings

    def subject(self, menu: Menu, findings: tuple[Finding, ...] = ()) -> Subject:
        """Give a menu on this platform."""
        return Subject(self.mapping, self.place, menu, findings, self.store, self.environment, self.status)

    def read(self, data: bytes, what: str = "The menu") -> Subject:
        """Read a menu of the body."""
        reading = read_menu(data)
        if reading.menu is None:
            raise ProblemError(422, f"{what} cannot be read.", code="menu-unreadable", findings=reading.findings)
        return self.subject(reading.menu, reading.findings)

    async def current(self) -> Subject:
        """Give the menu of the body, or the restaurant's newest one."""
        if given(self._look.menu):
            return await asyncio.to_thread(self.read, bytes(self._look.menu))
        if self.restaurant_id is None:
            raise ProblemError(422, "Give a `menu` or a `restaurant_id`.", code="request-wrong")
        engine = self._runtime.engine
        fetched = await engine.menus.get(self.restaurant_id, engine.tools.now())
        if isinstance(fetched, SourceFailure):
            raise ProblemError(502, f"The menu's source failed: {fetched.message}", code="source-failed")
        if fetched.menu is None:
            detail = "The menu that its source gave cannot be read."
            raise ProblemError(502, detail, code="menu-unreadable", findings=fetched.findings)
        return self.subject(fetched.menu, fetched.findings)

    def published(self) -> Subject | None:
        """Give the menu that the platform took last, or None where it has taken none."""
        accepted = self.status.accepted_operation if self.status is not None else ""
        operation = self._runtime.store.operation(accepted) if accepted else None
        menu = read_snapshot(self._runtime.store.blob(operation.snapshot_id)) if operation is not None else None
        return self.subject(menu) if menu is not None else None

    def of_operation(self, operation_id: str) -> Subject:
        """Give the menu of an operation, which must be one of the caller's and of this platform."""
        operation = self._runtime.store.operation(operation_id) if len(operation_id) <= 120 else None
        if operation is not None:
            self._caller.needs([operation.restaurant_id])
        menu = read_snapshot(self._runtime.store.blob(operation.snapshot_id)) if operation is not None else None
        if menu is None:
            detail = f"There is no operation {operation_id[:120]} whose menu is kept."
            raise ProblemError(404, detail, code="operation-unknown")
        return self.subject(menu)


def draft(platform: str, text: str) -> tuple[CompiledMapping | None, tuple[Finding, ...]]:
    """Compile a mapping that is being written; None where it has errors."""
    if len(text) > MOST_MAPPING:
        raise ProblemError(413, "The mapping is larger than any mapping is.", code="too-large")
    path = readable(mapping_files()[platform])
    compiled, findings = compile_text(text.encode("utf-8", "replace"), path)
    if compiled is not None:
        findings = compiled.all_findings()
    return (None if compiled is None or stops_publishing(findings) else compiled), findings
