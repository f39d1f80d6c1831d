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
TRIED_FIRST = ("client_id", "client_secret", "api_key", "token")
"""Credentials that people give to any platform before they read what it needs."""
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
    name = environment or str(config.get("environment") or _variable(platform, "environment", settings) or ENVIRONMENT)
    values = _environment(document, config, name, findings)
    findings += _not_meant(document, config, settings)
    credentials = _credentials(document, config, settings)
    switch = _switch(platform, settings, findings)
    enabled = config.get("enabled", True) is not False if switch is None else switch
    configured = bool(config or credentials or switch)
    if enabled and configured:
        findings += _missing(document, credentials, values, name)
    stores = _stores(platform, config, findings)
    return Account(
        platform,
        name,
        values,
        credentials,
        stores,
        _store_defaults(document, config),
        enabled,
        configured,
        tuple(findings),
        SecretStr(str(config.get(PULL_KEY) or _variable(platform, PULL_KEY, settings)).strip()),
    )


def _variable(platform: str, key: str, settings: Settings) -> str:
    return settings.variables.get(f"{platform}_{key}".upper(), "").strip()


def _environment(document: Document, config: Mapping[str, Any], name: str, findings: list[Finding]) -> dict[str, str]:
    """Give the environment's addresses and other values; those of ``PLATFORM_CONFIGS`` win."""
    known = document.environments
    if name not in known and known and "base_url" not in config:
        message = f"{document.label} has no environment `{name[:80]}`. {did_you_mean(name, known)}"
        hint = f"It has {', '.join(known)}."
        findings.append(Finding("environment-unknown", "error", message.strip(), hint, field=document.platform))
    own = {key: str(config[key]).rstrip("/") for key in config if key in _address_keys(document)}
    return {**known.get(name, {}), **own}


def _address_keys(document: Document) -> set[str]:
    return {"base_url"}.union(*document.environments.values()) - set(document.credentials)


def _credentials(document: Document, config: Mapping[str, Any], settings: Settings) -> dict[str, SecretStr]:
    found = {}
    for key in document.credentials:
        held = config.get(key)
        value = held if isinstance(held, str) and held.strip() else _variable(document.platform, key, settings)
        if value:
            found[key] = SecretStr(value)
    return found


def _not_meant(document: Document, config: Mapping[str, Any], settings: Settings) -> list[Finding]:
    """Tell what is given and read by nothing."""
    platform = document.platform
    known = {*document.credentials, *_address_keys(document), *document.store_settings, *OWN_KEYS, PULL_KEY}
    told = [_unused(document, key, f"PLATFORM_CONFIGS.{platform}.{key}") for key in config if key not in known]
    tried = [key for key in TRIED_FIRST if key not in document.credentials and _variable(platform, key, settings)]
    return told + [_unused(document, key, f"{platform}_{key}".upper()) for key in tried]


def _switch(platform: str, settings: Settings, findings: list[Finding]) -> bool | None:
    """Tell whether ``ENABLE_{PLATFORM}_SYNC`` switches the platform on or off; null where it says neither."""
    name = f"ENABLE_{platform.upper()}_SYNC"
    word = settings.variables.get(name, "").strip().casefold()
    if word and word not in _WORDS:
        message = f"{name} is `{word[:20]}`; it can be true or false."
        findings.append(Finding("setting-wrong", "error", message, "", field=name))
    return _WORDS.get(word)


def _store_defaults(document: Document, config: Mapping[str, Any]) -> dict[str, Any]:
    taken = {*document.credentials, *_address_keys(document)}
    return {key: value for key, value in config.items() if key in document.store_settings and key not in taken}


def _stores(platform: str, config: Mapping[str, Any], findings: list[Finding]) -> Mapping[str, Mapping[str, Any]]:
    stores = config.get("stores", {})
    if isinstance(stores, dict) and all(isinstance(store, dict) for store in stores.values()):
        return stores
    hint = 'It looks like {"stores": {"rest_001": {"store_id": "s-1"}}}.'
    message = f"PLATFORM_CONFIGS.{platform}.stores is not an object with an object per restaurant."
    findings.append(Finding("platform-configs-wrong", "error", message, hint, field=platform))
    return {}


def _missing(
    document: Document, credentials: Mapping[str, SecretStr], values: Mapping[str, str], environment: str
) -> list[Finding]:
    """Tell what a publish needs and nobody gives."""
    platform = document.platform
    told = [
        _credential_missing(document, key, form.description)
        for key, form in document.credentials.items()
        if form.required and key not in credentials
    ]
    if not values.get("base_url") and document.publish:
        message = f"{document.label} has no address: its mapping gives none for `{environment}`."
        hint = f"Set base_url in PLATFORM_CONFIGS.{platform}."
        told.append(Finding("address-missing", "error", message, hint, field=platform))
    return told


def _credential_missing(document: Document, key: str, description: str) -> Finding:
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
