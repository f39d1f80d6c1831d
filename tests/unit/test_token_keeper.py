"""Tokens that are kept: across syncs, stores, processes and renewed credentials."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from connectors.exchange import Answer, Grant, Request
from connectors.token_keeper import LocalTokens, TokenKeeper
from pipeline.mapping.compiled import CompiledMapping
from pipeline.store.records import Token
from tests.conversations import FACTS, NOW, Replies, Time, answer, connector, mapping, names

OAUTH = """
publish: [{step: menu, request: PUT /menu}]
auth: {type: oauth2, grant: refresh_token, token_url: "{environment.auth_url}/t",
       refresh_token: = credentials.refresh_token, tokens: %s}
"""
TOKEN = '{"access_token": "T-%d", "expires_in": 3600, "refresh_token": "R-%d"}'


def sync(
    compiled: CompiledMapping,
    keeper: TokenKeeper,
    replies: list[Any],
    *,
    store: str = "",
    time: Time | None = None,
    credentials: dict[str, str] | None = None,
) -> tuple[Any, list[Request]]:
    transport = Replies(replies)
    more: dict[str, Any] = {"credentials": credentials} if credentials else {}
    made = connector(compiled, transport, tokens=keeper, time=time, **more)
    result = asyncio.run(made.send(compiled.conversation.publish[0], names(compiled), FACTS, store=store))
    return result, transport.requests


def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    compiled, keeper, time = mapping(OAUTH % "account"), TokenKeeper(LocalTokens()), Time()
    _, first = sync(compiled, keeper, [answer(200, TOKEN % (1, 1)), answer(200)], time=time)
    time.now += timedelta(seconds=3539)
    _, second = sync(compiled, keeper, [answer(200)], time=time)
    time.now += timedelta(seconds=1)
    _, third = sync(compiled, keeper, [answer(200, TOKEN % (2, 2)), answer(200)], time=time)
    assert [len(each) for each in (first, second, third)] == [2, 1, 2]
    assert b"refresh_token=R-1" in third[0].body
    assert third[1].headers["Authorization"] == "Bearer T-2"


def test_a_token_of_another_process_is_used() -> None:
    compiled, store = mapping(OAUTH % "account"), LocalTokens()
    sync(compiled, TokenKeeper(store), [answer(200, TOKEN % (1, 1)), answer(200)])
    _, requests = sync(compiled, TokenKeeper(store), [answer(200)])
    assert [request.headers["Authorization"] for request in requests] == ["Bearer T-1"]


def test_tokens_are_apart_by_store_and_by_credentials() -> None:
    for per, asked in (("store", 2), ("account", 1)):
        compiled, keeper = mapping(OAUTH % per), TokenKeeper(LocalTokens())
        sync(compiled, keeper, [answer(200, TOKEN % (1, 1)), answer(200)], store="r-1")
        replies = [answer(200, TOKEN % (2, 2)), answer(200)][2 - asked :]
        assert len(sync(compiled, keeper, replies, store="r-2")[1]) == asked
        new = {"client_id": "c", "client_secret": "newer", "refresh_token": "given-anew"}
        _, requests = sync(compiled, keeper, [answer(200, TOKEN % (3, 3)), answer(200)], store="r-1", credentials=new)
        assert b"refresh_token=given-anew" in requests[0].body, "who reconnects starts with the new credential"


class Watched(LocalTokens):
    """A store that another process writes to just before this one does."""

    def __init__(self, other: Token | None = None) -> None:
        super().__init__()
        self.other = other
        self.written: list[Token] = []

    def put_token(self, token: Token, *, expected_version: int) -> bool:
        if self.other is not None:
            other = Token(key=token.key, value=self.other.value, refresh_token=self.other.refresh_token)
            self.other = None
            assert super().put_token(other, expected_version=expected_version)
        self.written.append(token)
        return super().put_token(token, expected_version=expected_version)


def test_the_stored_token_wins_between_processes() -> None:
    store = Watched(Token(key="", value="T-theirs", refresh_token="R-theirs"))
    _, requests = sync(mapping(OAUTH % "account"), TokenKeeper(store), [answer(200, TOKEN % (1, 1)), answer(200)])
    assert requests[1].headers["Authorization"] == "Bearer T-theirs"


def test_a_rotated_refresh_token_is_stored_before_the_token_is_used() -> None:
    store = Watched()

    def used(request: Request) -> Answer:
        assert [(token.value, token.refresh_token) for token in store.written] == [("T-1", "R-1")]
        return answer(200)

    result, _ = sync(mapping(OAUTH % "account"), TokenKeeper(store), [answer(200, TOKEN % (1, 1)), used])
    assert result.verdict.action == "done"


def test_a_refresh_token_that_another_process_used_first() -> None:
    compiled, store = mapping(OAUTH % "account"), LocalTokens()
    keeper, time = TokenKeeper(store), Time()
    sync(compiled, keeper, [answer(200, TOKEN % (1, 1)), answer(200)], time=time)
    time.now += timedelta(hours=2)

    def refused(request: Request) -> Answer:
        [key] = store._tokens
        theirs = Token(key=key, value="T-theirs", expires_at=time.now + timedelta(hours=1), refresh_token="R-theirs")
        assert store.put_token(theirs, expected_version=1)
        return answer(400, '{"error": "invalid_grant"}')

    result, requests = sync(compiled, keeper, [refused, answer(200)], time=time)
    assert result.verdict.action == "done"
    assert requests[1].headers["Authorization"] == "Bearer T-theirs"


def test_a_grant_without_a_value_is_never_good() -> None:
    assert not Grant("").good(NOW)
