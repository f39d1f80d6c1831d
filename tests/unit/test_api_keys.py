"""API keys: read strictly, found, never shown."""

from __future__ import annotations

import pytest

from pipeline.api.keys import ApiKey, key_findings, read_keys

LONG = "k3y-of-thirty-two-characters-here"


def test_a_key_of_all_restaurants_and_one_of_two():
    keys = read_keys(f"ana:operator:{LONG}, kitchen 2:reader:rest_001|rest_007:other-{LONG}")
    assert keys.findings == ()
    ana, kitchen = keys.keys
    assert (ana.name, ana.role, ana.restaurants) == ("ana", "operator", None)
    assert (kitchen.name, kitchen.role, kitchen.restaurants) == ("kitchen 2", "reader", ("rest_001", "rest_007"))
    assert ana.may_see("any")
    assert kitchen.may_see("rest_007")
    assert not kitchen.may_see("rest_002")


def test_a_key_is_found_only_by_its_whole_text():
    keys = read_keys(f"ana:operator:{LONG},ben:reader:other-{LONG}")
    assert keys.find(f"other-{LONG}") is keys.keys[1]
    for wrong in ("", LONG[:-1], f"{LONG} ", LONG.upper(), "ana", f"ana:operator:{LONG}", "\udcff"):
        assert keys.find(wrong) is None


def test_every_key_is_compared(monkeypatch: pytest.MonkeyPatch):
    import hmac

    compared = []
    real = hmac.compare_digest
    keys = read_keys(f"a:reader:1{LONG},b:reader:2{LONG},c:reader:3{LONG}")
    monkeypatch.setattr("pipeline.api.keys.hmac.compare_digest", lambda x, y: compared.append(1) or real(x, y))
    assert keys.find(f"1{LONG}") is keys.keys[0]
    assert len(compared) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("just-a-key", "1 parts"),
        (f"ana:{LONG}", "2 parts"),
        (f"ana:operator:r1:r2:{LONG}", "5 parts"),
        (f":operator:{LONG}", "the name is empty"),
        (f"a/b:operator:{LONG}", "the name is empty"),
        (f"ana:admin:{LONG}", "no such role"),
        (f"ana:Operator:{LONG}", "no such role"),
        (f"ana:operator::{LONG}", "the restaurants are not ids"),
        (f"ana:operator:r1||r2:{LONG}", "the restaurants are not ids"),
        (f"ana:operator:r 1:{LONG}", "the restaurants are not ids"),
        ("ana:operator:", "the key is empty"),
        ("ana:operator:with a space", "the key is empty"),
        (f"ana:operator:{LONG},ana:reader:2{LONG}", "stands there twice"),
        (f"ana:operator:{LONG},ben:reader:{LONG}", "nobody could tell who used it"),
    ],
)
def test_what_is_not_a_key_is_refused_and_then_there_are_none(text: str, words: str):
    keys = read_keys(text)
    assert keys.keys == ()
    (finding,) = [finding for finding in keys.findings if finding.severity == "error"]
    assert words in finding.message
    assert finding.hint
    assert LONG not in f"{finding.message} {finding.hint}"
    assert key_findings(text) == keys.findings


def test_an_unknown_role_has_a_hint():
    assert "`operator`" in read_keys(f"ana:oprator:{LONG}").findings[0].hint


def test_a_short_key_is_told_and_works():
    keys = read_keys("ana:operator:short")
    assert [(finding.severity, "5 characters" in finding.message) for finding in keys.findings] == [("warning", True)]
    assert isinstance(keys.find("short"), ApiKey)


def test_no_key_at_all_is_told_with_what_to_do():
    (finding,) = key_findings("")
    assert finding.severity == "error"
    assert "API_KEYS is not set" in finding.message
    assert "token_urlsafe" in finding.hint


def test_keys_are_in_no_text():
    keys = read_keys(f"ana:operator:{LONG}")
    assert LONG not in repr(keys)
    assert repr(keys.keys[0].digest) not in repr(keys)
