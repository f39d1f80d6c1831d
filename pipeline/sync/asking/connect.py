"""Putting restaurants on platforms, and taking them off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from pipeline.mapping.compiler.store_settings import WrongValue, typed
from pipeline.mapping.nearest import did_you_mean
from pipeline.store.records import Connection
from pipeline.sync.asking.asking import Asking, Refused, refused_by
from pipeline.sync.breaker import Breaker


class Connecting(Asking):
    """Requests to connect."""

    def connect(
        self, restaurant_id: str, platform: str, settings: Mapping[str, Any], *, by: str, environment: str = ""
    ) -> Connection | tuple[Refused, ...]:
        """Put a restaurant on a platform, or change its settings there; lets go on what waited for that.

        A setting that is None is taken away: what PLATFORM_CONFIGS says, or its default, counts again.
        """
        tools = self.engine.tools
        mapping, findings = tools.shelf.mapping(platform)
        if mapping is None:
            return (refused_by(findings),)
        forms = mapping.document.store_settings
        known = tools.store.connection(restaurant_id, platform)
        merged = {**(known.settings if known is not None else {}), **settings}
        merged = {name: value for name, value in merged.items() if value is not None}
        problems: list[Refused] = []
        for name, value in settings.items():
            if name not in forms:
                hint = did_you_mean(name, forms) or f"There are: {', '.join(forms) or 'none'}."
                problems.append(Refused("setting-unknown", f"There is no store setting `{name[:80]}`.", hint))
                continue
            if value is None:
                continue
            try:
                typed(value, forms[name])
            except WrongValue as error:
                problems.append(Refused("setting-wrong", f"The store setting `{name}` {error}"))
        account = tools.shelf.account(platform)
        defaults = {**account.defaults, **account.stores.get(restaurant_id, {})}
        for name, form in forms.items():
            if form.is_required and name not in merged and name not in defaults and name != "store_id":
                hint = f"Give it: --set {name}=…"
                message = f"The store setting `{name}` is missing ({form.description or name})."
                problems.append(Refused("setting-missing", message, hint))
        if problems:
            return tuple(problems)
        now = tools.now()
        environment = environment or account.environment_name
        connection = Connection(
            restaurant_id=restaurant_id, platform=platform, settings=merged, environment=environment,
            updated_at=now, updated_by=by,
        )  # fmt: skip
        secret = {name for name, form in forms.items() if form.secret}
        shown = ", ".join(
            f"{name} taken away" if value is None else f"{name}={'***' if name in secret else value}"
            for name, value in settings.items()
        )
        tools.store.put_connection(connection, self._audit(by, "connect", restaurant_id, platform, note=shown[:500]))
        self.reconnected(restaurant_id, platform)
        return connection

    def reconnected(self, restaurant_id: str, platform: str) -> list[str]:
        """Let what waited for new credentials go on."""
        tools = self.engine.tools
        account = tools.shelf.account(platform)
        Breaker.of(tools.store, platform, account.environment_name).forgive()
        status = tools.store.status(restaurant_id, platform)
        if status is not None and status.needs_reconnect:
            tools.store.put_status(replace(status, needs_reconnect=False), expected_fencing=status.fencing)
        return tools.store.wake(restaurant_id, platform, tools.now())

    def disconnect(self, restaurant_id: str, platform: str, *, by: str) -> Connection | Refused:
        """Take a restaurant off a platform: nothing more is sent; what stands there stays."""
        tools = self.engine.tools
        if platform not in tools.shelf.platforms:
            hint = did_you_mean(platform, tools.shelf.platforms)
            return Refused("platform-unknown", f"There is no platform `{platform[:80]}`.", hint)
        now = tools.now()
        known = tools.store.connection(restaurant_id, platform)
        if known is not None and not known.enabled:
            return Refused("not-connected", f"{restaurant_id} is disconnected from {platform} already.")
        settings = known.settings if known is not None else {}
        connection = Connection(
            restaurant_id=restaurant_id, platform=platform, settings=settings, enabled=False,
            environment=tools.shelf.account(platform).environment_name, updated_at=now, updated_by=by,
        )  # fmt: skip
        tools.store.put_connection(connection, self._audit(by, "disconnect", restaurant_id, platform))
        return connection
