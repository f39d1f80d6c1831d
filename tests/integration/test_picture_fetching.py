"""Fetching pictures from a server in another process: bounded, and nowhere into the own network."""

from __future__ import annotations

import asyncio

import pytest

from connectors import pictures
from connectors.exchange import Fault
from connectors.pictures import HEAD_BYTES, Fetched, FetchedPicture, PictureFetcher, is_public
from pipeline.pictures.header import Header, read_header
from tests.servers.pictures import PictureServer, picture_server

__all__ = ["picture_server"]


def fetch(*urls: str, limit: int = 10_000_000, private: bool = True) -> list[Fetched]:
    async def work() -> list[Fetched]:
        async with PictureFetcher(limit=limit, private=private) as fetcher:
            return await asyncio.gather(*(fetcher.fetch(url) for url in urls))

    return asyncio.run(work())


def fault(url: str, **more: bool) -> str:
    (found,) = fetch(url, **more)
    assert isinstance(found, Fault)
    return found.message


def test_a_picture_is_counted_and_its_first_bytes_are_kept(picture_server: PictureServer) -> None:
    small, large = fetch(picture_server.url("320x240.png"), picture_server.url("1600x900/5242880.jpg"))
    assert isinstance(small, FetchedPicture)
    assert isinstance(large, FetchedPicture)
    assert (small.length, small.whole) == (len(small.head), True)
    assert (large.length, large.whole, len(large.head)) == (5_242_880, True, HEAD_BYTES)
    assert read_header(large.head) == Header("jpg", 1600, 900)


def test_no_more_is_read_than_is_asked_for(picture_server: PictureServer) -> None:
    (cut,) = fetch(picture_server.url("16x9/5242880.png"), limit=2_000_000)
    assert isinstance(cut, FetchedPicture)
    assert (cut.length, cut.whole) == (2_000_001, False)


def test_many_are_fetched_some_side_by_side(picture_server: PictureServer) -> None:
    found = fetch(*(picture_server.url(f"{width}x9.gif") for width in range(1, 60)))
    widths = [header.width for each in found if isinstance(each, FetchedPicture) and (header := read_header(each.head))]
    assert widths == list(range(1, 60))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("{server}/missing", "Its server answered 404."),
        ("http://127.0.0.1:1/a.png", "Its server cannot be reached."),
        ("file:///etc/passwd", "Its address is no plain http or https address."),
        ("/a.png", "Its address is no plain http or https address."),
        ("https://ana:secret@p.example/a.png", "Its address is no plain http or https address."),
        ("http://p.example:port/a.png", "Its address cannot be read as a web address."),
        ("", "Its address is no plain http or https address."),
    ],
)
def test_what_is_no_picture_is_said_in_a_sentence(picture_server: PictureServer, address: str, says: str) -> None:
    said = fault(address.replace("{server}", picture_server.address))
    assert said == says
    assert "secret" not in said


def test_a_few_redirects_are_followed_and_no_more(picture_server: PictureServer) -> None:
    picture = picture_server.url("320x240.png")
    (found,) = fetch(picture_server.url(f"on?{picture_server.url(f'on?{picture}')}"))
    assert isinstance(found, FetchedPicture)
    (relative,) = fetch(picture_server.url("on?/320x240.png"))
    assert isinstance(relative, FetchedPicture)
    assert "more than 3 times" in fault(picture_server.url("on?/on?/on?/on?/on?/320x240.png"))
    assert "no plain http" in fault(picture_server.url("on?file:///etc/passwd"))


def test_a_server_that_never_ends_is_left(picture_server: PictureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SECONDS", 0.5)
    assert fault(picture_server.url("drip")) == "It was not there within 0.5 seconds."


def test_a_menu_with_very_many_pictures_ends(picture_server: PictureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "ALL_SECONDS", 0.0)
    before = picture_server.asked
    assert "time for all pictures was over" in fault(picture_server.url("320x240.png"))
    assert picture_server.asked == before


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_the_own_network_is_not_asked(picture_server: PictureServer, host: str) -> None:
    before = picture_server.asked
    port = picture_server.address.rpartition(":")[2]
    assert "private network" in fault(f"http://{host}:{port}/320x240.png", private=False)
    assert picture_server.asked == before


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.8.8.8", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "localhost", ""],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)
