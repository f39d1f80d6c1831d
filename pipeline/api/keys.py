"""The keys of the admin API: read from ``API_KEYS`` strictly, compared in constant time, never shown."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from pipeline.findings import Finding
from pipeline.mapping.nearest import did_you_mean
from pipeline.settings import looked_for

Role = Literal["reader", "operator"]
ROLES: dict[Role, str] = {
    "reader": "may look at everything",
    "operator": "may also sync, retry, resolve, release, roll back, connect and say what is sold out",
}
SHORT = 16
"""A key with fewer characters can be guessed."""
LOOKS_LIKE = "API_KEYS=alice:operator:KEY,kitchen:reader:rest_001|rest_002:KEY"
MAKE_ONE = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")
_RESTAURANT = re.compile(r"[^\s:|,\x00-\x1f]{1,120}")
_KEY = re.compile(r"[!-9;-~]{1,512}")  # visible ASCII without the colon that parts an entry


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Whom a key belongs to and what it may do; ``restaurants`` is None where it is all of them."""

    name: str
    role: Role
    restaurants: tuple[str, ...] | None = None
    digest: bytes = field(default=b"", repr=False)

    def may_see(self, restaurant_id: str) -> bool:
        """Tell whether a restaurant is one of this key's."""
        return self.restaurants is None or restaurant_id in self.restaurants


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """All keys. ``findings`` tells what was wrong; with an error there are no keys at all."""

    keys: tuple[ApiKey, ...] = ()
    findings: tuple[Finding, ...] = ()

    def find(self, given: str) -> ApiKey | None:
        """Give whose key this is. Every key is compared, so that the time tells nothing."""
        digest = _digest(given)
        found: ApiKey | None = None
        for key in self.keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found


@lru_cache(maxsize=4)
def read_keys(text: str) -> ApiKeys:
    """Read ``name:role[:rest_001|rest_002]:key, …``.

    >>> keys = read_keys("ana:reader:rest_001:a-long-and-random-key")
    >>> keys.find("a-long-and-random-key").restaurants, keys.find("another")
    (('rest_001',), None)
    """
    keys: list[ApiKey] = []
    findings: list[Finding] = []
    for number, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
        problems = list(_problems(entry, number, keys))
        findings += problems
        if not any(problem.severity == "error" for problem in problems):
            keys.append(_key(entry))
    if any(finding.severity == "error" for finding in findings):
        return ApiKeys((), tuple(findings))
    return ApiKeys(tuple(keys), tuple(findings))


def key_findings(text: str) -> tuple[Finding, ...]:
    """Give why nothing may be served with these keys, and what to be told of them."""
    keys = read_keys(text)
    if keys.keys or keys.findings:
        return keys.findings
    message = "API_KEYS is not set, so nobody could use the admin API and the dashboard."
    hint = f"{looked_for('API_KEYS')} It looks like {LOOKS_LIKE}; make a KEY with: {MAKE_ONE}"
    return (Finding("setting-wrong", "error", message, hint, field="API_KEYS"),)


def _problems(entry: str, number: int, known: Sequence[ApiKey]) -> Iterator[Finding]:
    parts = entry.split(":")
    name = parts[0]
    where = f"API_KEYS, entry {number}" + (f" ({name})" if _NAME.fullmatch(name) and len(parts) > 2 else "")

    def problem(message: str, hint: str = f"It looks like {LOOKS_LIKE}.") -> Finding:
        return Finding("setting-wrong", "error", f"{where}: {message}", hint, field="API_KEYS")

    if len(parts) not in (3, 4):
        yield problem(f"it has {len(parts)} parts between colons; there are 3, or 4 with restaurants.")
        return
    role, key = parts[1], parts[-1]
    if not _NAME.fullmatch(name):
        yield problem(
            "the name is empty, too long or has other characters than letters, digits, space, `.`, `_`, `@`, `-`."
        )
    elif name in {each.name for each in known}:
        yield problem("this name stands there twice.", "Give each person and program a name and a key of its own.")
    if role not in ROLES:
        near = did_you_mean(role, ROLES) if len(role) < 20 else ""
        yield problem(f"there is no such role; there is {' and '.join(ROLES)}.", near or f"It looks like {LOOKS_LIKE}.")
    if len(parts) == 4 and not all(_RESTAURANT.fullmatch(each) for each in parts[2].split("|")):
        yield problem("the restaurants are not ids with `|` between them.", "Leave the part out for all restaurants.")
    if not _KEY.fullmatch(key):
        yield problem("the key is empty or has spaces or other characters than visible ASCII.", f"Make one: {MAKE_ONE}")
    elif any(hmac.compare_digest(each.digest, _digest(key)) for each in known):
        yield problem("this key stands there twice, so nobody could tell who used it.", f"Make another: {MAKE_ONE}")
    elif len(key) < SHORT:
        message = f"{where}: the key has only {len(key)} characters; one with fewer than {SHORT} can be guessed."
        yield Finding("setting-wrong", "warning", message, f"Make a better one: {MAKE_ONE}", field="API_KEYS")


def _key(entry: str) -> ApiKey:
    name, role, *restaurants, key = entry.split(":")
    known: Role = "operator" if role == "operator" else "reader"
    only = tuple(dict.fromkeys(restaurants[0].split("|"))) if restaurants else None
    return ApiKey(name, known, only, _digest(key))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
