"""Each auth scheme by itself: what it asks for, what it puts on a request, what it says where that fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.addresses import Addresses
from connectors.auth import SCHEMES, Known, scheme_of
from connectors.auth.static import basic
from connectors.exchange import AuthFlow, Fault, Grant, Request
from pipeline.mapping.compiled import CompiledMapping, compile_file
from pipeline.mapping.form.auth import AUTH_TYPES
from tests.conversations import BASE_URL, CREDENTIALS, FACTS, NOW, VALUES, answer, mapping, names
from tests.shared_files import REPOSITORY, shared_path

MENU = Request("POST", f"{BASE_URL}/menus?x=1", {"Accept": "application/json"}, b'{"a":1}')


def known(compiled: CompiledMapping, nonce: str = "nonce-1", now: datetime = NOW, **more: Any) -> Known:
    address = Addresses("production", VALUES).url
    return Known(names(compiled, **more), FACTS, now, nonce, address, frozenset(CREDENTIALS.values()))


def without_asking(flow: AuthFlow) -> Request | Fault:
    """Give what a flow returns that needs no request of its own."""
    with pytest.raises(StopIteration) as stop:
        next(flow)
    made: Request | Fault = stop.value.value
    return made


def flow_of(text: str, held: Grant | None = None, **more: Any) -> AuthFlow:
    compiled = mapping(text)
    return scheme_of(compiled.conversation.auth).flow(MENU, known(compiled, **more), held)


def test_schemes_are_those_of_the_language() -> None:
    assert list(SCHEMES) == list(AUTH_TYPES)


@pytest.mark.parametrize("text", ["", "auth: {type: none}"])
def test_none(text: str) -> None:
    assert without_asking(flow_of(text)) == MENU


def test_headers() -> None:
    made = without_asking(flow_of('auth: {type: headers, headers: {X-Key: "K {credentials.client_id}"}}'))
    assert isinstance(made, Request)
    assert made.headers == {"Accept": "application/json", "X-Key": "K client-4711"}
    assert "client-4711" in made.secrets
    assert made.body == MENU.body


def test_a_header_without_its_credential_is_told() -> None:
    compiled = mapping('auth: {type: headers, headers: {X-Key: "{credentials.client_id}"}}')
    empty = compiled.conversation.credentials_class(**{**CREDENTIALS, "client_id": None})
    made = without_asking(scheme_of(compiled.conversation.auth).flow(MENU, known(compiled, credentials=empty)))
    assert isinstance(made, Fault)
    assert made.kind == "auth"
    assert "`X-Key`" in made.message


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "a\x00b", "a\x7f"])
def test_a_header_cannot_be_broken_out_of(value: str) -> None:
    compiled = mapping('auth: {type: headers, headers: {X-Key: "{credentials.client_id}"}}')
    bad = compiled.conversation.credentials_class(**{**CREDENTIALS, "client_id": value})
    made = without_asking(scheme_of(compiled.conversation.auth).flow(MENU, known(compiled, credentials=bad)))
    assert isinstance(made, Fault)
    assert made.kind == "refused"


def test_basic() -> None:
    text = "auth: {type: basic, username: = credentials.user, password: = credentials.password}"
    made = without_asking(flow_of(text))
    assert isinstance(made, Request)
    scheme, _, packed = made.headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(packed).decode() == "luigi:p@ss: wörd+1"
    assert {"p@ss: wörd+1", made.headers["Authorization"]} <= made.secrets


TOKEN_URL = "{environment.auth_url}/oauth2/token"
OAUTH = f'auth: {{type: oauth2, grant: client_credentials, token_url: "{TOKEN_URL}", scope: eats.store'


def test_oauth2_asks_has_the_token_kept_and_carries_it() -> None:
    flow = flow_of(OAUTH + "}")
    asked = next(flow)
    assert isinstance(asked, Request)
    assert (asked.method, asked.url) == ("POST", "https://auth.platform.example/oauth2/token")
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client-4711"],
        "client_secret": ["s3cr&t of=the client"],
        "scope": ["eats.store"],
    }
    granted = flow.send(answer(200, '{"access_token": "T.1", "expires_in": 3600, "refresh_token": ""}'))
    assert granted == Grant("T.1", NOW + timedelta(seconds=3540))
    with pytest.raises(StopIteration) as stop:
        flow.send(Grant("T.other"))  # another process was faster: its token is used
    assert stop.value.value.headers["Authorization"] == "Bearer T.other"
    assert "T.other" in stop.value.value.secrets


def test_oauth2_uses_a_token_that_is_still_good() -> None:
    made = without_asking(flow_of(OAUTH + "}", Grant("T.0", NOW + timedelta(seconds=1))))
    assert isinstance(made, Request)
    assert made.headers["Authorization"] == "Bearer T.0"


def test_oauth2_asks_again_once_a_token_ends() -> None:
    assert isinstance(next(flow_of(OAUTH + "}", Grant("T.0", NOW))), Request)


def test_oauth2_client_as_basic_and_further_fields() -> None:
    more = ", client: basic, form: {audience: = environment.base_url}, headers: {X-Token: '{token}'}}"
    flow = flow_of(OAUTH + more)
    asked = next(flow)
    assert isinstance(asked, Request)
    assert asked.headers["Authorization"] == basic("client-4711", "s3cr&t of=the client")
    fields = parse_qs(asked.body.decode())
    assert fields["audience"] == [BASE_URL]
    assert "client_secret" not in fields
    flow.send(answer(200, '{"access_token": "T.2", "expires_in": "100"}'))
    with pytest.raises(StopIteration) as stop:
        flow.send(Grant("T.2"))
    assert stop.value.value.headers["X-Token"] == "T.2"
    assert "Authorization" not in stop.value.value.headers


@pytest.mark.parametrize(
    ("expires", "seconds"), [("3600", 3540), ("100", 90), ('"300"', 270), ("1", 0.9), ("0.5e1", 4.5)]
)
def test_tokens_are_renewed_early(expires: str, seconds: float) -> None:
    flow = flow_of(OAUTH + "}")
    next(flow)
    assert flow.send(answer(200, f'{{"access_token": "T", "expires_in": {expires}}}')) == Grant(
        "T", NOW + timedelta(seconds=seconds)
    )


@pytest.mark.parametrize("expires", ["null", '"soon"', "-5", "true", "[]", "1e99"])
def test_a_token_without_a_sane_end_lasts_as_the_mapping_says(expires: str) -> None:
    for text, until in ((", lifetime: 10m}", NOW + timedelta(seconds=540)), ("}", None)):
        flow = flow_of(OAUTH + text)
        next(flow)
        assert flow.send(answer(200, f'{{"access_token": "T", "expires_in": {expires}}}')) == Grant("T", until)


def test_oauth2_refresh_token_changes_with_each_use() -> None:
    text = OAUTH.replace("client_credentials", "refresh_token") + ", refresh_token: = credentials.refresh_token}"
    flow = flow_of(text)
    asked = next(flow)
    assert isinstance(asked, Request)
    assert parse_qs(asked.body.decode())["refresh_token"] == ["first-refresh-0815"]
    granted = flow.send(answer(200, '{"access_token": "T.1", "expires_in": 3600, "refresh_token": "second"}'))
    assert isinstance(granted, Grant)
    assert granted.refresh_token == "second"

    flow = flow_of(text, Grant("T.1", NOW, "second"))
    asked = next(flow)
    assert isinstance(asked, Request)
    assert parse_qs(asked.body.decode())["refresh_token"] == ["second"]
    assert "second" in asked.secrets
    granted = flow.send(answer(200, '{"access_token": "T.2", "expires_in": 3600}'))
    assert isinstance(granted, Grant)
    assert granted.refresh_token == "second"


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (answer(400, '{"error": "invalid_grant", "error_description": "expired"}'), "auth", "invalid_grant, expired"),
        (answer(401, "<html>"), "auth", "status 401"),
        (answer(429, "{}"), "unavailable", "429"),
        (answer(503, "down"), "unavailable", "503"),
        (answer(200, "not JSON"), "unavailable", "no token"),
        (answer(200, '{"access_token": ""}'), "unavailable", "no token"),
        (answer(200, '{"access_token": "a\\nb"}'), "unavailable", "no token"),
        (answer(200, '{"access_token": 7}'), "unavailable", "no token"),
        (Fault("timeout", "too late", sent=True), "timeout", "For the token: too late"),
    ],
)
def test_no_token(reply: Any, kind: str, says: str) -> None:
    flow = flow_of(OAUTH + "}")
    next(flow)
    with pytest.raises(StopIteration) as stop:
        flow.send(reply)
    fault = stop.value.value
    assert isinstance(fault, Fault)
    assert fault.kind == kind
    assert says in fault.message
    assert not fault.sent, "the request itself never went out"


def test_the_token_is_asked_for_at_no_other_host() -> None:
    compiled = mapping('auth: {type: oauth2, grant: client_credentials, token_url: "{saved.where}/token"}')
    scheme = scheme_of(compiled.conversation.auth)
    made = without_asking(scheme.flow(MENU, known(compiled, saved={"where": "https://evil.example"})))
    assert isinstance(made, Fault)
    assert made.kind == "refused"
    assert "evil.example" in made.message


def test_a_host_that_the_mapping_writes_is_asked() -> None:
    flow = flow_of("auth: {type: oauth2, grant: client_credentials, token_url: https://login.example/token}")
    asked = next(flow)
    assert isinstance(asked, Request)
    assert asked.url == "https://login.example/token"


def test_login() -> None:
    text = """
    auth:
      type: login
      request: "POST /login/{store.store_id}"
      body: {user: = credentials.user, password: = credentials.password}
      success: [201]
      token: answer.body.session.id
      lifetime: 1h
      headers: {X-Session: "{token}"}
    """
    flow = flow_of(text, store_id="a/b")
    asked = next(flow)
    assert isinstance(asked, Request)
    assert asked.url == f"{BASE_URL}/login/a%2Fb"
    assert json.loads(asked.body) == {"user": "luigi", "password": "p@ss: wörd+1"}
    granted = flow.send(answer(201, '{"session": {"id": "S-9"}}'))
    assert granted == Grant("S-9", NOW + timedelta(seconds=3540))
    with pytest.raises(StopIteration) as stop:
        flow.send(granted)
    assert stop.value.value.headers["X-Session"] == "S-9"


def test_login_form_and_another_status() -> None:
    flow = flow_of("auth: {type: login, request: POST /in, form: {u: = credentials.user}, token: answer.body.t}")
    asked = next(flow)
    assert isinstance(asked, Request)
    assert asked.body == b"u=luigi"
    with pytest.raises(StopIteration) as stop:
        flow.send(answer(302, '{"t": "x"}'))
    assert stop.value.value.kind == "unavailable"


JWT = """
auth:
  type: jwt
  algorithm: HS512
  header: {kid: = credentials.client_id}
  claims: {iss: = credentials.user, aud: kitchen}
  secret: = credentials.signing_key
  secret_encoding: base64url
  lifetime: 4m
"""


def parts_of(token: str) -> tuple[Any, Any, bytes]:
    head, body, signature = token.split(".")
    read = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body)]
    return read[0], read[1], base64.urlsafe_b64decode(signature + "==")


def test_jwt() -> None:
    made = without_asking(flow_of(JWT))
    assert isinstance(made, Request)
    token = made.headers["Authorization"].removeprefix("Bearer ")
    header, claims, signature = parts_of(token)
    assert header == {"alg": "HS512", "typ": "JWT", "kid": "client-4711"}
    now = int(NOW.timestamp())
    assert claims == {"iss": "luigi", "aud": "kitchen", "iat": now, "exp": now + 240}
    assert signature == hmac.digest(b"menu mapping key", token.rpartition(".")[0].encode(), "sha512")
    assert token in made.secrets


def test_jwt_with_a_key_that_is_written_otherwise() -> None:
    compiled = mapping(JWT)
    odd = compiled.conversation.credentials_class(**{**CREDENTIALS, "signing_key": "not base64 at all!"})
    made = without_asking(scheme_of(compiled.conversation.auth).flow(MENU, known(compiled, credentials=odd)))
    assert isinstance(made, Fault)
    assert made.kind == "auth"
    assert "base64url" in made.message
    assert "not base64 at all!" not in made.message


def test_hmac_over_the_very_bytes() -> None:
    text = r"""
    auth:
      type: hmac
      sign: "{signing.timestamp}|{signing.method}|{signing.path}|{signing.body_hash}"
      secret: = credentials.client_secret
      digest: sha1
      encoding: hex
      headers: {X-Sign: "{signing.signature}", X-At: "{signing.timestamp}"}
    """
    made = without_asking(flow_of(text))
    assert isinstance(made, Request)
    at = str(int(NOW.timestamp()))
    signed = f"{at}|POST|/v3/menus?x=1|{hashlib.sha1(MENU.body).hexdigest()}"
    expected = hmac.digest(CREDENTIALS["client_secret"].encode(), signed.encode(), "sha1").hex()
    assert made.headers["X-Sign"] == expected
    assert made.headers["X-At"] == at


def shipped(name: str) -> CompiledMapping:
    compiled, findings = compile_file(REPOSITORY / "mappings" / f"{name}.yaml")
    assert compiled is not None, findings
    return compiled


def shipped_known(compiled: CompiledMapping, nonce: str, now: datetime, **credentials: str) -> Known:
    given = compiled.conversation.credentials_class(**credentials)
    return Known({"credentials": given}, FACTS, now, nonce, Addresses("production", VALUES).url)


def test_jwt_agrees_with_doordash() -> None:
    vector = json.loads(shared_path("platforms/doordash/samples/jwt_vector_computed.json").read_text())
    compiled = shipped("doordash")
    scheme = scheme_of(compiled.conversation.auth)
    claims = vector["claims"]
    made = without_asking(
        scheme.flow(
            MENU,
            shipped_known(
                compiled,
                "",
                datetime.fromtimestamp(claims["iat"], UTC),
                developer_id=claims["iss"],
                key_id=claims["kid"],
                signing_secret=vector["signing_secret"],
                webhook_token="unused",
            ),
        )
    )
    assert isinstance(made, Request)
    header, found, signature = parts_of(made.headers["Authorization"].removeprefix("Bearer "))
    assert header == vector["header"]
    # The vector lives half an hour, the mapping's tokens a few minutes; all else is the same.
    assert found == {**claims, "exp": claims["iat"] + 300}
    key = base64.urlsafe_b64decode(vector["signing_secret"])
    whole = vector["token"].rpartition(".")
    assert parts_of(vector["token"])[2] == hmac.digest(key, whole[0].encode(), "sha256")
    mine = made.headers["Authorization"].removeprefix("Bearer ").rpartition(".")
    assert signature == hmac.digest(key, mine[0].encode(), "sha256")


def test_jwt_of_the_same_lifetime_is_the_vector_itself() -> None:
    vector = json.loads(shared_path("platforms/doordash/samples/jwt_vector_computed.json").read_text())
    source = (REPOSITORY / "mappings" / "doordash.yaml").read_text()
    auth = source[source.index("\nauth:") : source.index("\nheaders:")].replace("lifetime: 5m", "lifetime: 30m")
    for name, credential in (("developer_id", "user"), ("key_id", "client_id"), ("signing_secret", "signing_key")):
        auth = auth.replace(f"credentials.{name}", f"credentials.{credential}")
    claims = vector["claims"]
    compiled = mapping(auth)
    given = compiled.conversation.credentials_class(
        **{**CREDENTIALS, "user": claims["iss"], "client_id": claims["kid"], "signing_key": vector["signing_secret"]}
    )
    now = datetime.fromtimestamp(claims["iat"], UTC)
    made = without_asking(scheme_of(compiled.conversation.auth).flow(MENU, known(compiled, now=now, credentials=given)))
    assert isinstance(made, Request)
    assert made.headers["Authorization"] == f"Bearer {vector['token']}"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_mac_agrees_with_grubhub(number: int) -> None:
    vectors = json.loads(shared_path("platforms/grubhub/samples/mac_vectors_computed.json").read_text())
    vector = vectors["vectors"][number]
    compiled = shipped("grubhub")
    url = f"https://{vectors['host']}{vector['request_uri']}"
    request = Request(vector["method"], url, {}, vector["body"].encode())
    made = without_asking(
        scheme_of(compiled.conversation.auth).flow(
            request,
            shipped_known(
                compiled,
                vector["nonce"],
                NOW,
                partner_key="partner-1",
                client_id=vectors["client_id"],
                secret_key=vectors["secret_key"],
            ),
        )
    )
    assert isinstance(made, Request)
    assert made.headers == {"X-GH-PARTNER-KEY": "partner-1", "Authorization": vector["authorization_header"]}
