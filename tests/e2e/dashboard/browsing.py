"""A browser as a person uses it: real Chromium, what it complains of, and how often was clicked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.shared_files import REPOSITORY

ARTIFACTS = REPOSITORY / "test-artifacts" / "dashboard"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
"""No sandbox, because tests run as root in containers; nothing is fetched that no test asked for."""
PATIENCE = 30_000
COUNT_CLICKS = """
addEventListener("click", (event) => {
  if (event.isTrusted) sessionStorage.setItem("test.clicks", Number(sessionStorage.getItem("test.clicks") ?? 0) + 1);
}, true);
"""
NOTE_VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  violations.push(`${violatedDirective} ${blockedURI}`);
});
"""
expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Run Debian's Chromium with a profile of its own; skips without it, but never in continuous integration."""
    program = shutil.which("chromium")
    if program is None:
        reason = "chromium is not installed: apt-get install --no-install-recommends chromium fonts-dejavu-core"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(profile))
        environment = {**os.environ, **folders}
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS), env=environment)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """One browser session at the page of one address."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def enter(self, key: str) -> None:
        """Open the front page and give the key, as at the start of a day."""
        self.page.goto(self.address)
        self.page.get_by_label("Your key").fill(key)
        self.page.get_by_role("button", name="Open").click()
        expect(self.page.get_by_role("heading", name="Restaurants", level=1)).to_be_visible()

    def go(self, route: str) -> None:
        """Go to an address inside the page and wait until it has loaded."""
        wanted = f"{self.address}/#/{route}"
        before = self.page.locator("main > [data-before]")
        if self.page.url != wanted:  # what the page showed till now must not pass for what it will show
            self.page.evaluate("document.querySelector('main').firstElementChild?.setAttribute('data-before', '')")
        self.page.goto(wanted)
        expect(before).to_have_count(0)
        self.settled()

    def settled(self) -> None:
        """Wait until nothing is being loaded for the first time."""
        expect(self.page.locator("main h1")).to_be_visible()
        expect(self.page.locator(".bones, .loading")).to_have_count(0)

    @property
    def clicks(self) -> int:
        """How often was clicked in this session, counted by the browser."""
        return int(self.page.evaluate("sessionStorage.getItem('test.clicks') ?? 0"))

    @property
    def violations(self) -> list[str]:
        """What the page's security policy forbade."""
        found: list[str] = self.page.evaluate("window.violations")
        return found

    def said(self, text: str) -> None:
        """Wait for a message of the page."""
        expect(self.page.locator(".toast", has_text=text).first).to_be_visible()

    def picture(self, name: str) -> None:
        """Keep what is seen as an artifact of the run."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(ARTIFACTS / f"{name}.png"), full_page=True)


@contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Visitor]:
    """Open a session, and fail if the page reported an error of its own or asked another host."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, "locale": "en-GB", **options})
    context.set_default_timeout(PATIENCE)
    context.add_init_script(COUNT_CLICKS)
    context.add_init_script(NOTE_VIOLATIONS)
    page = context.new_page()
    visitor = Visitor(page, address)
    page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    page.on("console", lambda message: _heard(visitor, message.type, message.text))
    page.on("request", lambda request: visitor.hosts.add(urlsplit(request.url).netloc))
    try:
        yield visitor
        assert visitor.complaints == []
        assert visitor.violations == []
        assert visitor.hosts == {urlsplit(address).netloc}
    finally:
        context.close()


def _heard(visitor: Visitor, kind: str, text: str) -> None:
    """Keep errors of the console, except those that the browser writes for every answer that is no 200."""
    if kind == "error" and not text.startswith("Failed to load resource"):
        visitor.complaints.append(text)
