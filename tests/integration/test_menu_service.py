"""The menu service: both of its forms, and all that it does wrong, come back as values."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from connectors.menu_service import Fetched, MenuLists, MenuService, SourceFailure, WholeMenu
from connectors.transport import HttpTransport
from tests.live import small_menu
from tests.servers.menu_service import KEY, MenuServer, menu_server


@pytest.fixture
def server() -> Iterator[MenuServer]:
    with menu_server() as running:
        yield running


def fetch(address: str, restaurant: str = "rest_001") -> Fetched:
    async def work() -> Fetched:
        pauses: list[float] = []

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)

        async with HttpTransport() as transport:
            return await MenuService(address, KEY, transport, sleep=sleep).fetch(restaurant)

    return asyncio.run(work())


def test_the_whole_menu_is_taken_where_there_is_one(server: MenuServer) -> None:
    server.whole(small_menu())
    found = fetch(server.address)
    assert isinstance(found, WholeMenu)
    assert b"Chez Nous" in found.data
    assert server.asked == ["/menus/rest_001"]
    assert server.keys == {KEY}


def test_a_404_falls_back_to_the_two_lists(server: MenuServer) -> None:
    server.lists("rest_001", [{"item_id": "i-1"}], [])
    assert fetch(server.address) == MenuLists(b'[{"item_id": "i-1"}]', b"[]")
    assert sorted(server.asked) == ["/menus/rest_001", "/menus/rest_001/categories", "/menus/rest_001/items"]


def test_an_id_is_one_part_of_the_path(server: MenuServer) -> None:
    fetch(server.address, "../admin?x=1")
    assert server.asked[0] == "/menus/..%2Fadmin%3Fx%3D1"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_one_passing_error_is_survived(server: MenuServer, status: int) -> None:
    server.whole(small_menu())
    server.answers = [(status, "text/plain", b"busy")]
    assert isinstance(fetch(server.address), WholeMenu)


@pytest.mark.parametrize(
    ("answer", "words", "passing", "asked"),
    [
        ((500, "text/plain", b"oops"), "an error (500)", True, 2),
        ((400, "text/plain", b"oops"), "an error (400)", False, 1),
        ((401, "application/json", b"{}"), "refused the API key (401)", False, 1),
        ((302, "text/html", b""), "sent us elsewhere (302)", False, 1),
        ((200, "text/html", b"<html>log in</html>"), "a web page", True, 2),
        ((200, "application/json", b"  <!doctype html>"), "a web page", True, 2),
        ((200, "application/json", b""), "no JSON", True, 2),
        ((200, "application/json", b'{"restaurant": {"name"'), "ends in the middle", True, 2),
    ],
)
def test_what_it_does_wrong_is_a_sentence(
    server: MenuServer, answer: tuple[int, str, bytes], words: str, passing: bool, asked: int
) -> None:
    server.answers = [answer] * 5
    found = fetch(server.address)
    assert isinstance(found, SourceFailure)
    assert words in found.message
    assert KEY not in found.message
    assert (found.passing, len(server.asked)) == (passing, asked)


def test_a_service_that_is_not_there_is_a_sentence() -> None:
    found = fetch("http://127.0.0.1:9")
    assert isinstance(found, SourceFailure)
    assert "MENU_SERVICE_URL" in found.message
    assert found.passing
