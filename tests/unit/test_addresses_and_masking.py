"""No value leads a request elsewhere, and no secret is kept, wherever it stands."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.addresses import Addresses
from connectors.exchange import Answer, Fault, Request, Sent
from connectors.masking import MASK, MOST_KEPT, SECRET_WORDS, Masker, _names_secret
from pipeline.findings import Finding
from pipeline.mapping.conversation.request_line import Line
from tests.conversations import BASE_URL, FACTS, NOW, VALUES, mapping, names

ADDRESSES = Addresses("production", VALUES)
PLAIN = mapping('publish: [{step: menu, request: "PUT /stores/{store.store_id}/menus?of={store.store_id}&x=1"}]')
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(["..", ".", "/", "\\", "@", "//evil.example", "?", "#", "%2e", "%2F", ":", "\r\n", "a"]))
    .map("".join),
)  # fmt: skip


@given(HOSTILE)
def test_a_value_fills_one_part_of_the_path_and_no_more(value: str) -> None:
    step = PLAIN.conversation.publish[0]
    assert step.request is not None
    line = step.request.line(names(PLAIN, value), FACTS)
    if isinstance(line, Finding):
        assert not value or not value.isprintable()
        return
    url = ADDRESSES.url(line)
    if isinstance(url, Fault):
        assert {".", ".."} & set(re.split(r"[/\\]", value))
        return
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.platform.example", "")
    segments = parts.path.split("/")
    assert segments[:3] == ["", "v3", "stores"]
    assert segments[4:] == ["menus"]
    assert unquote(segments[3]) == value
    assert parts.query == f"of={quote(value, safe='')}&x=1"


@given(HOSTILE, st.sampled_from(["", "/", "https://", "http://", "https://api.platform.example", "/v3/"]))
def test_no_address_leaves_the_platform(value: str, front: str) -> None:
    url = ADDRESSES.url(Line("GET", front + value, ""))
    if isinstance(url, str):
        assert url.isascii()
        assert url.isprintable()
        assert urlsplit(url).hostname in ("api.platform.example", "auth.platform.example")
        assert ".." not in unquote(urlsplit(url).path).split("/")


@pytest.mark.parametrize(
    ("address", "written", "good"),
    [
        ("https://api.platform.example/x", "", True),
        ("https://auth.platform.example/x", "", True),
        ("https://api.platform.example:8443/x", "", False),
        ("https://api.platform.example.evil.example/x", "", False),
        ("https://api.platform.example@evil.example/x", "", False),
        ("https://other.example/x/1", "https://other.example/x/", True),
        ("https://other.example.evil.example/x", "https://other.example", False),
        ("https://other.example/fixed", "https://other.example/fixed", True),
        ("/v1//x", "/v1//x", False),
        ("/v1/%2e%2e/x", "/v1/", False),
        ("/v1/a b", "/v1/", False),
        ("/v1/ü", "/v1/", False),
        ("v1", "v1", False),
    ],
)
def test_hosts_are_those_that_the_mapping_names(address: str, written: str, good: bool) -> None:
    assert isinstance(ADDRESSES.url(Line("GET", address, written)), str) is good


@pytest.mark.parametrize(
    ("environment", "base", "good"),
    [
        ("production", "http://platform.example", False),
        ("sandbox", "http://platform.example", True),
        ("production", "http://127.0.0.1:9000/x", True),
        ("production", "http://localhost:9000", True),
        ("production", "http://127.0.0.1.evil.example", False),
        ("production", "https://u:p@platform.example", False),
        ("production", "ftp://platform.example", False),
        ("production", "", False),
    ],
)
def test_plain_http(environment: str, base: str, good: bool) -> None:
    made = Addresses(environment, {"base_url": base}).url(Line("GET", "/menus", "/menus"))
    assert made == f"{base}/menus" if good else isinstance(made, Fault)


SECRET = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=4, max_size=40).filter(
    lambda text: MASK not in text and len(text.strip()) >= 4
)
AROUND = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)


@given(SECRET, AROUND, AROUND)
def test_a_secret_is_found_in_whatever_form_it_travels(secret: str, before: str, after: str) -> None:
    masker = Masker([secret])
    forms: list[str] = [secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]]
    forms += [base64.b64encode(secret.encode()).decode(), base64.urlsafe_b64encode(secret.encode()).decode()]
    for form in forms:
        text = before + form + after
        assert form not in masker.text(text) or form in before + MASK + after
        assert form.encode() not in masker.content(text.encode()) or form in before + MASK + after


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | AROUND,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(AROUND, inner, max_size=3),
    max_leaves=8,
)


@given(SECRET.filter(lambda text: len(set(text)) > 3), JSON_VALUES, st.booleans(), st.data())
def test_a_secret_is_found_at_any_place_of_an_exchange(secret: str, value: Any, ascii_only: bool, data: Any) -> None:
    whole = {"a": value, data.draw(AROUND) + secret: [secret, {"deep": f"x{secret}y"}]}
    body = json.dumps(whole, ensure_ascii=ascii_only).encode()
    url = f"{BASE_URL}/{quote(secret, safe='')}?q={quote_plus(secret)}"
    packed = data.draw(st.booleans())
    headers = {"X-Note": f"of {secret}", **({"content-encoding": "gzip"} if packed else {})}
    masker = Masker([secret])
    sent = (
        Request("PUT", url, headers, gzip.compress(body), readable=body)
        if packed
        else Request("PUT", url, headers, body)
    )
    request = masker.request(sent)
    reply = masker.reply(Answer(200, {"x-note": secret}, body))
    assert isinstance(reply, Answer)
    shown = [request.url, *request.headers.values(), request.body.decode(), reply.raw, *reply.headers.values()]
    inside = json.dumps(value, ensure_ascii=ascii_only)
    for text in shown:
        for form in {secret, json.dumps(secret, ensure_ascii=ascii_only)[1:-1], quote(secret, safe="")}:
            assert form not in text or form in inside.replace(MASK, "")


@pytest.mark.parametrize(
    "name", ["Authorization", "X-Api-Key", "Set-Cookie", "X-GH-PARTNER-KEY", "x-hub-signature", "Proxy-Authorization"]
)
def test_secret_headers_are_masked_by_name(name: str) -> None:
    assert Masker([]).headers({name: "unknown value", "Accept": "text/plain"}) == {name: MASK, "Accept": "text/plain"}


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        ('{"access_token": "a\\"b", "token_type": "Bearer"}', '{"access_token": "***", "token_type": "Bearer"}'),
        ('{"password":"x","name":"Soup"}', '{"password":"***","name":"Soup"}'),
        ('{"client_secret" : ""}', '{"client_secret" : "***"}'),
        ('{"name": "a token of love"}', '{"name": "a token of love"}'),
    ],
)
def test_secret_fields_are_masked_by_name(body: str, masked: str) -> None:
    assert Masker([]).content(body.encode()).decode() == masked


def test_a_short_secret_leaves_words_readable() -> None:
    assert Masker(["pie"]).text("the key pie opens a pieshop") == "the key *** opens a pieshop"


def test_a_secret_inside_a_longer_one_does_not_save_the_rest() -> None:
    assert Masker(["abcd", "abcdefgh"]).text("x abcdefgh y abcd z") == "x *** y *** z"


@given(
    st.lists(
        st.sampled_from([
            "Authorization", "set-cookie", "SECRET", "access_token", "passWord", "signature", "X-Hmac",
            *(f"{first}{dash}{key}" for first in ("api", "ACCESS", "Partner", "application") for dash in ("", "-", "_")
              for key in ("key", "KEY")),
            "turkey", "key", "monkey-key", "ap", "i", "_", "partner", "\xe9", "food",
        ]),
        max_size=5,
    ).map("".join)
)  # fmt: skip
def test_the_quick_look_misses_no_name_that_the_pattern_finds(text: str) -> None:
    if re.search(SECRET_WORDS, text, re.IGNORECASE):
        assert _names_secret(text.encode())


def test_a_whole_menu_is_masked_as_its_parts_are() -> None:
    secrets = ["abcdef-0123", "f-0123-xyz", "pin", "abcdef-0123-and-more"]
    masker = Masker(secrets)
    text = '{"note": "abcdef-0123-and-more abcdef-0123 f-0123-xyz spin pin", "api_key": "other", "dish": "Turkey"}'
    masked = masker.content(text.encode()).decode()
    assert masked == '{"note": "*** *** *** spin ***", "api_key": "***", "dish": "Turkey"}'
    assert masker.text(text) == masked.replace('"api_key": "***"', '"api_key": "other"')


@pytest.mark.parametrize("before", [MOST_KEPT - 30, MOST_KEPT - 19, MOST_KEPT - 1, MOST_KEPT, MOST_KEPT + 5])
@pytest.mark.parametrize("secret", ["twenty-characters-00", "twenty-characters-00-and-more"])
def test_a_secret_across_the_cut_of_a_long_body_is_masked_whole(before: int, secret: str) -> None:
    masker = Masker(["twenty-characters-00", "twenty-characters-00-and-more", "0-and-more-twenty-ch"])
    body = b"m" * before + secret.encode() + b"n" * 40_000
    sent = masker.sent(Sent(NOW, Request("POST", BASE_URL, body=body), Answer(200, {}, body)))
    assert isinstance(sent.reply, Answer)
    for kept, left_out in ((sent.request.body, sent.request.left_out), (sent.reply.content, sent.reply.left_out)):
        assert b"t" not in kept
        shown = kept.replace(b"***", secret.encode())
        assert body.startswith(shown)
        assert len(shown) + left_out == len(body)
        assert MOST_KEPT <= len(shown) < MOST_KEPT + 40


def test_a_field_that_breaks_off_is_masked() -> None:
    broken = Masker([]).content(b'{"dish": "Soup", "access_token": "abcdef-0123')
    assert broken == b'{"dish": "Soup", "access_token": "***"'
    assert Masker([]).content(b'{"token": "abc\\') == b'{"token": "***"'
