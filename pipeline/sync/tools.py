"""What the sync works with: all that it does not do itself is given to it, so that tests can give something else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from connectors.connector import Connector
from connectors.menu_service import Fetched
from pipeline.accounts import Account, account_of
from pipeline.findings import Finding
from pipeline.mapping.compiled import CompiledMapping
from pipeline.mapping.image import open_mapping
from pipeline.mapping_files import mapping_files, readable
from pipeline.settings import Settings
from pipeline.store.protocol import SyncStore

LEASE = timedelta(seconds=90)
"""How long a process that died keeps others out; one that lives makes it longer as it works."""


class MenuSource(Protocol):
    """Where menus come from."""

    async def fetch(self, restaurant_id: str) -> Fetched:
        """Give a restaurant's menu, or why there is none."""
        ...


class Shelf:
    """Every platform's mapping and account, compiled and checked when first asked for."""

    def __init__(self, settings: Settings, files: Mapping[str, Path] | None = None, environment: str = "") -> None:
        self._settings = settings
        self._files = mapping_files() if files is None else files
        self._environment = environment
        self._mappings: dict[str, tuple[CompiledMapping | None, tuple[Finding, ...]]] = {}
        self._accounts: dict[str, Account] = {}

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms' names."""
        return tuple(self._files)

    def mapping(self, platform: str) -> tuple[CompiledMapping | None, tuple[Finding, ...]]:
        """Give a platform's mapping, None where it has errors, and all that is wrong with it."""
        if platform not in self._mappings:
            path = self._files.get(platform)
            if path is None:
                message = f"There is no mapping of the name `{platform[:80]}`."
                return None, (Finding("mapping-missing", "error", message),)
            compiled, findings = open_mapping(readable(path))
            if compiled is not None:
                findings = compiled.all_findings()
            usable = compiled is not None and not any(finding.severity == "error" for finding in findings)
            self._mappings[platform] = (compiled if usable else None, findings)
        return self._mappings[platform]

    def account(self, platform: str) -> Account:
        """Give a platform's account."""
        if platform not in self._accounts:
            mapping, findings = self.mapping(platform)
            if mapping is None:
                return Account(platform, findings=tuple(findings))
            account = account_of(mapping.document, self._settings, self._environment or None)
            self._accounts[platform] = account
        return self._accounts[platform]


class Connectors(Protocol):
    """Gives the connector of a platform's account."""

    def of(self, mapping: CompiledMapping, account: Account) -> Connector:
        """Give it; tokens, limits and the HTTP client are shared."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything that the sync is given."""

    store: SyncStore
    settings: Settings
    shelf: Shelf
    source: MenuSource
    connectors: Connectors
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    new_operation_id: Callable[[datetime], str]
    new_reference: Callable[[], str]
    owner: str
    lease: timedelta = field(default=LEASE)
