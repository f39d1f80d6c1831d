"""The form of ``auth``: one form per type, in a registry; the connector's schemes have the same names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal

from pipeline.mapping.form.grammar import (
    Form,
    ListOf,
    MapOf,
    Part,
    Tagged,
    key,
)
from pipeline.mapping.form.instructions import (
    Request,
    Rule,
    RuleTable,
)
from pipeline.mapping.form.key_rules import KeyRule, NeedsWhere
from pipeline.mapping.form.kinds import (
    Address,
    BraceText,
    Duration,
    Enum,
    Expression,
    Secret,
)
from pipeline.mapping.form.requests import Headers, Limit, Status
from pipeline.mapping.nodes import Node

SECRET_ENCODINGS = ("text", "base64", "base64url", "hex")
PER = Enum(("account", "store"), ("One token for all restaurants.", "Each restaurant has its own."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth(Part):
    """How requests are made known to the platform."""

    type: str = key(Enum(("none",)), "The scheme.", example="type: none", required=True)


def _type(word: str) -> str:
    """Declare the key that tells the schemes apart."""
    kind = Enum((word,))
    found: str = key(kind, "The scheme.", example=f"type: {word}", required=True)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAuth(Auth):
    """No credentials: public endpoints, or files."""

    noun: ClassVar[str] = "`auth` of type `none`"

    type: str = _type("none")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadersAuth(Auth):
    """Static headers made of credentials."""

    noun: ClassVar[str] = "`auth` of type `headers`"

    type: str = _type("headers")
    headers: dict[str, Node] = key(
        Headers(), "The headers.", example='headers: {X-Api-Key: "{credentials.api_key}"}', required=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth(Auth):
    """HTTP Basic: a user and a password."""

    noun: ClassVar[str] = "`auth` of type `basic`"

    type: str = _type("basic")
    username: Node = key(Secret(), "The user.", example="username: = credentials.user", required=True)
    password: Node = key(Secret(), "The password.", example="password: = credentials.password", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2(Auth):
    """OAuth 2.0: a token from the token endpoint, kept until shortly before it ends."""

    noun: ClassVar[str] = "`auth` of type `oauth2`"
    rules: ClassVar[tuple[KeyRule, ...]] = (NeedsWhere(("refresh_token",), "grant", "refresh_token"),)

    type: str = _type("oauth2")
    grant: Literal["client_credentials", "refresh_token"] = key(
        Enum(
            ("client_credentials", "refresh_token"),
            ("Client id and secret give a token.", "A refresh token gives one; a new refresh token is stored first."),
        ),
        "What the token is given for.",
        example="grant: client_credentials",
        required=True,
    )
    token_url: Node = key(
        Address(), "The token endpoint.", example='token_url: "{environment.auth_url}/oauth2/token"', required=True
    )
    client_id: Node | None = key(
        Secret(), "The client; `= credentials.client_id`, if not said.", example="client_id: = credentials.app_id"
    )
    client_secret: Node | None = key(
        Secret(),
        "Its secret; `= credentials.client_secret`, if not said.",
        example="client_secret: = credentials.app_secret",
    )
    client: Literal["body", "basic"] = key(
        Enum(("body", "basic"), ("As form fields.", "As HTTP Basic.")),
        "How client id and secret are sent.",
        example="client: basic",
        default="body",
    )
    scope: Node | None = key(BraceText(), "The scopes, with spaces in between.", example="scope: eats.store")
    form: Node | None = key(
        RuleTable(), "Further fields of the token request.", example="form: {audience: = environment.base_url}"
    )
    refresh_token: Node | None = key(
        Secret(),
        "The first refresh token; later ones are stored.",
        example="refresh_token: = credentials.refresh_token",
    )
    tokens: Literal["account", "store"] = key(PER, "Whose token it is.", example="tokens: store", default="account")
    token: Node | None = key(
        Expression(),
        "Where the answer holds the token; `answer.body.access_token`, if not said.",
        example="token: answer.body.access_token",
    )
    expires_in: Node | None = key(
        Expression(),
        "Where the answer holds the token's seconds; `answer.body.expires_in`, if not said.",
        example="expires_in: answer.body.expires_in",
    )
    lifetime: timedelta | None = key(
        Duration(), "How long a token is used, where the answer does not say.", example="lifetime: 30d"
    )
    limits: tuple[Limit, ...] = key(
        ListOf(Form(Limit)), "Limits of the token endpoint.", example="limits: [{requests: 100, per: 1h}]"
    )
    headers: dict[str, Node] = key(
        Headers(),
        'What requests then carry; `Authorization: "Bearer {token}"`, if not said.',
        example='headers: {X-Access-Token: "{token}"}',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAuth(Auth):
    """A request that gives a token."""

    noun: ClassVar[str] = "`auth` of type `login`"

    type: str = _type("login")
    request: Node = key(
        Request(), "The request; its path is under `base_url`.", example="request: POST /login", required=True
    )
    body: Node | None = key(
        Rule(), "What it sends as JSON.", example="body: {user: = credentials.user, password: = credentials.password}"
    )
    form: Node | None = key(
        RuleTable(), "What it sends as form fields.", example="form: {username: = credentials.user}"
    )
    success: tuple[int | str, ...] = key(
        ListOf(Status(), 1), "The statuses that mean success.", example="success: [200]", default=("2xx",)
    )
    token: Node = key(
        Expression(), "Where the answer holds the token.", example="token: answer.body.token", required=True
    )
    expires_in: Node | None = key(
        Expression(), "Where the answer holds the token's seconds.", example="expires_in: answer.body.expires_in"
    )
    lifetime: timedelta | None = key(
        Duration(), "How long a token is used, where the answer does not say.", example="lifetime: 1h"
    )
    tokens: Literal["account", "store"] = key(PER, "Whose token it is.", example="tokens: store", default="account")
    limits: tuple[Limit, ...] = key(
        ListOf(Form(Limit)), "Limits of the login request.", example="limits: [{requests: 10, per: 1h}]"
    )
    headers: dict[str, Node] = key(
        Headers(),
        'What requests then carry; `Authorization: "Bearer {token}"`, if not said.',
        example='headers: {X-Session: "{token}"}',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtAuth(Auth):
    """A token that the product signs itself; `iat` and `exp` are added to the claims."""

    noun: ClassVar[str] = "`auth` of type `jwt`"

    type: str = _type("jwt")
    algorithm: str = key(
        Enum(("HS256", "HS384", "HS512")), "The signature's algorithm.", example="algorithm: HS256", default="HS256"
    )
    header: dict[str, Node] = key(
        MapOf(Rule(), "header field", "."),
        "Further fields of the token's header.",
        example="header: {dd-ver: DD-JWT-V1}",
    )
    claims: dict[str, Node] = key(
        MapOf(Rule(), "claim", "."),
        "The claims.",
        example="claims: {aud: my_platform, iss: = credentials.developer_id}",
        required=True,
    )
    lifetime: timedelta = key(
        Duration(), "How long a token is good.", example="lifetime: 5m", default=timedelta(minutes=5)
    )
    secret: Node = key(Secret(), "The signature's key.", example="secret: = credentials.signing_secret", required=True)
    secret_encoding: Literal["text", "base64", "base64url", "hex"] = key(
        Enum(SECRET_ENCODINGS), "How the key is written.", example="secret_encoding: base64url", default="text"
    )
    headers: dict[str, Node] = key(
        Headers(),
        'What requests then carry; `Authorization: "Bearer {token}"`, if not said.',
        example='headers: {Authorization: "Bearer {token}", auth-version: v2}',
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacAuth(Auth):
    """A signature over the bytes of each request."""

    noun: ClassVar[str] = "`auth` of type `hmac`"

    type: str = _type("hmac")
    sign: Node = key(
        BraceText(),
        "What is signed: text over `signing.method`, `.path` (with query), `.host`, `.port`, `.nonce`, `.timestamp`"
        " and `.body_hash`.",
        example='sign: "{signing.nonce}\\n{signing.method}\\n{signing.path}\\n"',
        required=True,
    )
    secret: Node = key(Secret(), "The signature's key.", example="secret: = credentials.secret_key", required=True)
    secret_encoding: Literal["text", "base64", "base64url", "hex"] = key(
        Enum(SECRET_ENCODINGS), "How the key is written.", example="secret_encoding: base64", default="text"
    )
    digest: Literal["sha1", "sha256", "sha512"] = key(
        Enum(("sha1", "sha256", "sha512")),
        "The digest of signature and body hash.",
        example="digest: sha256",
        default="sha256",
    )
    encoding: Literal["hex", "base64", "base64url"] = key(
        Enum(("hex", "base64", "base64url")),
        "How signature and body hash are written.",
        example="encoding: base64",
        default="base64",
    )
    headers: dict[str, Node] = key(
        Headers(),
        "What requests then carry; `signing.signature` is the result.",
        example='headers: {Authorization: \'MAC id="{credentials.client_id}",mac="{signing.signature}"\'}',
        required=True,
    )


AUTH_TYPES: dict[str, type[Auth]] = {
    "none": NoAuth,
    "headers": HeadersAuth,
    "basic": BasicAuth,
    "oauth2": OAuth2,
    "login": LoginAuth,
    "jwt": JwtAuth,
    "hmac": HmacAuth,
}
"""The schemes by the word in ``type``."""

AUTH = Tagged("type", AUTH_TYPES)
