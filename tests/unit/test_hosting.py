"""Signed, expiring tokens of hosted documents."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.hosting import Signer
from tests.conversations import NOW


def test_hosted_tokens() -> None:
    signer = Signer("a long enough signing key")
    token, url, ends = signer.url("https://sync.example/", timedelta(hours=2), NOW)
    assert url == f"https://sync.example/hosted/{token}"
    assert ends == NOW + timedelta(hours=2)
    assert signer.good(token, ends - timedelta(seconds=1))
    assert not signer.good(token, ends)
    assert not Signer("another long signing key").good(token, NOW)
    assert signer.token(ends) != signer.token(ends)
    for position in range(len(token)):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        assert not signer.good(changed, NOW)


@pytest.mark.parametrize("token", ["", "é", "x" * 10_000, "A" * 64, "../../etc/passwd", "\x00"])
def test_tokens_that_are_none(token: str) -> None:
    assert not Signer("a long enough signing key").good(token, NOW)


def test_a_short_signing_key_is_refused() -> None:
    with pytest.raises(ValueError, match="SIGNING_KEY"):
        Signer("short")
