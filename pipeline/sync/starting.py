"""What a process that publishes lacks when it starts: told at once, with the places where it was looked for."""

from __future__ import annotations

from pipeline.findings import Finding
from pipeline.mapping.nearest import did_you_mean
from pipeline.settings import Settings, looked_for
from pipeline.sync.documents import offers_document, signing_problem
from pipeline.sync.tools import Shelf


def start_findings(settings: Settings, shelf: Shelf) -> list[Finding]:
    """Tell what is missing or not meant: the menu service, platforms' accounts, what hosted documents need."""
    accounts = [shelf.account(platform) for platform in shelf.platforms]
    found = unknown_platforms(settings, shelf)
    found += [finding for account in accounts for finding in account.findings]
    if not settings.menu_service_url:
        message = "MENU_SERVICE_URL is not set, so that no menu can be fetched."
        found.append(_missing("MENU_SERVICE_URL", message))
    if not any(account.configured for account in accounts):
        message = "No platform has an account yet, so nothing can be published."
        found.append(_missing("PLATFORM_CONFIGS", message))
    hosting = [
        account.platform
        for account in accounts
        if account.configured and account.enabled and _hosts(shelf, account.platform)
    ]
    problem = signing_problem(settings.signing_key.get_secret_value(), settings.public_base_url) if hosting else None
    if problem is not None:
        message = f"{problem.message} {', '.join(hosting)} downloads menus."
        found.append(_missing(problem.field, message, problem.hint))
    return found


def unknown_platforms(settings: Settings, shelf: Shelf) -> list[Finding]:
    """Tell what PLATFORM_CONFIGS says of platforms for which there is no mapping."""
    found = []
    for name in settings.platform_configs:
        if name not in shelf.platforms:
            message = f"PLATFORM_CONFIGS names `{name[:80]}`, for which there is no mapping; it is left aside."
            hint = did_you_mean(name, shelf.platforms) or f"There are mappings for {', '.join(shelf.platforms)}."
            found.append(Finding("platform-configs-wrong", "warning", message, hint, field=name[:80]))
    return found


def _missing(name: str, message: str, hint: str = "") -> Finding:
    return Finding("setting-missing", "warning", message, f"{hint} {looked_for(name)}".strip(), field=name)


def _hosts(shelf: Shelf, platform: str) -> bool:
    mapping, _ = shelf.mapping(platform)
    return mapping is not None and any(offers_document(step) for step in mapping.conversation.publish)
