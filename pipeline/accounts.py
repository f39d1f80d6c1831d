"""The platforms' accounts: credentials, environment and stores of each, held against what its mapping needs.

Credentials come from ``PLATFORM_CONFIGS`` or ``{PLATFORM}_{CREDENTIAL}``; which restaurants a platform
serves from its ``stores`` and from ``connect``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from pipeline.findings import Finding
from pipeline.mapping.form.document import Mapping as Document
from pipeline.mapping.nearest import did_you_mean
from pipeline.settings import ENV_FILE, Settings

ENVIRONMENT = "sandbox"
PULL_KEY = "pull_key"
"""The key with which a platform fetches menus itself; ours, and not one of its credentials."""
OWN_KEYS = ("environment", "base_url", "stores", "enabled")
_WORDS = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}


@dataclass(frozen=True, slots=True)
class Account:
    """One platform's account. ``configured`` tells that anything was said of it at all."""

    platform: str
    environment_name: str = ENVIRONMENT
    environment: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)
    stores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Store settings that every restaurant has where it has none of its own."""
    enabled: bool = True
    configured: bool = False
    findings: tuple[Finding, ...] = ()
    pull_key: SecretStr = field(default=SecretStr(""), repr=False)

    @property
    def usable(self) -> bool:
        """Tell whether requests can be made."""
        return self.enabled and not any(finding.severity == "error" for finding in self.findings)

    @property
    def secrets(self) -> frozenset[str]:
        """Values that must never be shown."""
        values = (*self.credentials.values(), self.pull_key)
        return frozenset(value.get_secret_value() for value in values if value.get_secret_value())

    @property
    def fingerprint(self) -> str:
        """A mark that changes with the credentials, and tells nothing of them."""
        text = "\0".join(f"{name}={value.get_secret_value()}" for name, value in sorted(self.credentials.items()))
        return hashlib.sha256(f"{self.platform}\0{self.environment_name}\0{text}".encode()).hexdigest()[:12]

    def plain_credentials(self) -> dict[str, str]:
        """Give the credentials' values, for a connector alone."""
        return {name: value.get_secret_value() for name, value in self.credentials.items()}


def account_of(document: Document, settings: Settings, environment: str | None = None) -> Account:
    """Give a platform's account with all that is missing or not meant, and where it was looked for."""
    platform = document.platform
    config = settings.platform_configs.get(platform, {})
    findings: list[Finding] = []
    prefix = platform.upper()
    name = environment or str(config.get("environment") or settings.variables.get(f"{prefix}_ENVIRONMENT", ENVIRONMENT))
    values = dict(document.environments.get(name, {}))
    if name not in document.environments and document.environments and "base_url" not in config:
        known = ", ".join(document.environments)
        message = f"{document.label} has no environment `{name[:80]}`. {did_you_mean(name, document.environments)}"
        findings.append(Finding("environment-unknown", "error", message.strip(), f"It has {known}.", field=platform))
    known_values = {key for each in document.environments.values() for key in each} | {"base_url"}
    credentials: dict[str, SecretStr] = {}
    defaults: dict[str, Any] = {}
    for key, value in config.items():
        if key in document.credentials:
            if isinstance(value, str) and value.strip():
                credentials[key] = SecretStr(value)
        elif key in known_values:
            values[key] = str(value).rstrip("/")
        elif key in document.store_settings:
            defaults[key] = value
        elif key not in (*OWN_KEYS, PULL_KEY):
            findings.append(_unused(document, key, f"PLATFORM_CONFIGS.{platform}.{key}"))
    for key in document.credentials:
        given = settings.variables.get(f"{prefix}_{key.upper()}", "").strip()
        if given:
            credentials.setdefault(key, SecretStr(given))
    for key in ("client_id", "client_secret", "api_key", "token"):  # what people try first
        variable = f"{prefix}_{key.upper()}"
        if settings.variables.get(variable) and key not in document.credentials:
            findings.append(_unused(document, key, variable))
    switch = settings.variables.get(f"ENABLE_{prefix}_SYNC", "").strip().casefold()
    if switch and switch not in _WORDS:
        message = f"ENABLE_{prefix}_SYNC is `{switch[:20]}`; it can be true or false."
        findings.append(Finding("setting-wrong", "error", message, "", field=f"ENABLE_{prefix}_SYNC"))
    enabled = _WORDS.get(switch, config.get("enabled", True) is not False)
    configured = bool(config or credentials or _WORDS.get(switch))
    for key, form in document.credentials.items():
        if form.required and key not in credentials and enabled and configured:
            findings.append(_missing(document, key, form.description))
    if not values.get("base_url") and enabled and configured and document.publish:
        message = f"{document.label} has no address: its mapping gives none for `{name}`."
        findings.append(
            Finding(
                "address-missing", "error", message, f"Set base_url in PLATFORM_CONFIGS.{platform}.", field=platform
            )
        )
    stores = config.get("stores", {})
    if not isinstance(stores, dict) or not all(isinstance(store, dict) for store in stores.values()):
        hint = 'It looks like {"stores": {"rest_001": {"store_id": "s-1"}}}.'
        message = f"PLATFORM_CONFIGS.{platform}.stores is not an object with an object per restaurant."
        findings.append(Finding("platform-configs-wrong", "error", message, hint, field=platform))
        stores = {}
    return Account(
        platform,
        name,
        values,
        credentials,
        stores,
        defaults,
        bool(enabled),
        configured,
        tuple(findings),
        SecretStr(str(config.get(PULL_KEY) or settings.variables.get(f"{prefix}_{PULL_KEY.upper()}", "")).strip()),
    )


def _missing(document: Document, key: str, description: str) -> Finding:
    variable = f"{document.platform.upper()}_{key.upper()}"
    message = f"{document.label} needs `{key}` ({description.rstrip('.')})."
    hint = (
        f"Looked for it in PLATFORM_CONFIGS.{document.platform}.{key} and in {variable} (environment and {ENV_FILE})."
    )
    return Finding("credential-missing", "error", message, hint, field=variable)


def _unused(document: Document, key: str, where: str) -> Finding:
    needed = [f"`{name}`" for name in document.credentials]
    known = [*document.credentials, *document.store_settings, *OWN_KEYS, PULL_KEY]
    hint = did_you_mean(key, known) or f"It needs {', '.join(needed) or 'no credentials'}."
    message = f"{document.label} does not use `{key[:80]}`, which {where} gives."
    return Finding("credential-unused", "warning", message, hint, field=where)
