"""Pictures: what their first bytes tell, and what a platform's limits say of each."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.findings import Finding, Record
from pipeline.mapping.form.document import read_document
from pipeline.mapping.form.pictures import PictureLimits
from pipeline.mapping.yaml.source import load
from pipeline.pictures.header import OTHER, Header, read_header
from pipeline.pictures.judging import EVERY, judge
from pipeline.pictures.limits import Look, address_findings, picture_findings
from pipeline.pictures.owned import Owned, owned_pictures
from pipeline.reading import read_menu
from tests.servers.pictures import gif, jpg, png, webp

SOUP = Record("item", "i-1", "Soup")


def mapping_of(section: str) -> Any:
    mapping, findings = read_document(
        load(f"platform: post\ntitle: Post\npayload: {{}}\npictures: {{of: [items], {section}}}\n", "post.yaml").root,
        "post.yaml",
    )
    assert findings == []
    assert mapping is not None
    return mapping


def limits_of(section: str) -> PictureLimits:
    found = mapping_of(section).pictures
    assert isinstance(found, PictureLimits)
    return found


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (png(321, 123), Header("png", 321, 123)),
        (jpg(1400, 801), Header("jpg", 1400, 801)),
        (gif(640, 30), Header("gif", 640, 30)),
        (webp(1600, 900), Header("webp", 1600, 900)),
        (b"BM" + bytes(16) + (64).to_bytes(4, "little") + (48).to_bytes(4, "little"), Header(OTHER, 64, 48)),
        (b'<svg xmlns="a" width="64" height="48">', Header("svg", 64, 48)),
        (png(321, 123)[:20], None),
        (b"<!doctype html>", None),
        (b"\xff\xd8\xff\xe0", None),
        (b"", None),
    ],
    ids=lambda value: f"{value[:4]}-{len(value)}" if isinstance(value, bytes) else "",
)
def test_first_bytes_tell_type_and_size(data: bytes, header: Header | None) -> None:
    assert read_header(data) == header


def refused(section: str, look: Look) -> list[str]:
    found = list(picture_findings(limits_of(section), "Post", look, (SOUP,)))
    assert all(finding.records == (SOUP,) and finding.hint and finding.severity == "error" for finding in found)
    return [finding.message.removeprefix("Post takes ") for finding in found]


@pytest.mark.parametrize(
    ("section", "header", "length", "says"),
    [
        ("types: [jpg, png]", Header("png", 9, 9), 1, []),
        ("types: [jpg, png, webp]", Header("gif", 9, 9), 1, ["jpg, png or webp pictures, and this one is a gif."]),
        ("types: [jpg, png]", Header(OTHER, 9, 9), 1, ["jpg or png pictures, and this one is of another type."]),
        ("max_bytes: 2000000", Header("png", 9, 9), 2_000_000, []),
        ("max_bytes: 2000000", Header("png", 9, 9), 2_000_001,
         ["pictures of at most 2,000,000 bytes, and this one has 2,000,001 bytes."]),
        ("min_width: 1400, min_height: 800", Header("png", 1400, 800), 1, []),
        ("min_width: 1400, min_height: 800", Header("png", 1399, 799), 1,
         ["pictures that are at least 1400 pixels wide and at least 800 pixels high, and this one is 1399 × 799."]),
        ("max_width: 6000, max_height: 6000", Header("png", 6000, 6001), 1,
         ["pictures that are at most 6000 pixels high, and this one is 6000 × 6001."]),
        ("ratio: 16:9", Header("png", 1600, 900), 1, []),
        ("ratio: 16:9", Header("png", 1366, 768), 1, []),  # as near as whole pixels come
        ("ratio: 16:9", Header("png", 1600, 902), 1, ["pictures of 16:9, and this one is 1.77:1 (1600 × 902)."]),
        ("ratio: 16:9", Header("png", 1600, 1200), 1, ["pictures of 16:9, and this one is 4:3 (1600 × 1200)."]),
        ("ratio: 16:9", Header("png", 900, 1600), 1, ["pictures of 16:9, and this one is 9:16 (900 × 1600)."]),
        ("ratio: 16:9, ratio_tolerance_percent: 2", Header("png", 1400, 800), 1, []),
        ("ratio: 16:9, ratio_tolerance_percent: 1.5", Header("png", 1400, 800), 1,
         ["pictures of 16:9, and this one is 7:4 (1400 × 800)."]),
    ],
)  # fmt: skip
def test_a_limit_refuses_what_is_beyond_it(section: str, header: Header, length: int, says: list[str]) -> None:
    assert refused(section, Look("https://p.example/a.png", length, header)) == says


def test_a_picture_that_was_not_read_to_its_end_has_more_bytes_than_were_read() -> None:
    look = Look("https://p.example/a.png", 2_000_001, Header("png", 9, 9), whole=False)
    (said,) = refused("max_bytes: 2000000", look)
    assert said.endswith("this one has more than 2,000,000 bytes.")


@pytest.mark.parametrize(
    ("section", "url", "refuses"),
    [
        ("query: refused", "https://p.example/a.png", False),
        ("query: refused", "https://p.example/a.png?w=2", True),
        ("query: refused", "https://p.example/a.png#a?b", False),
        ("max_bytes: 1", "https://p.example/a.png?w=2", False),
        ("endings: [.jpg, .JPEG]", "https://p.example/a.JPG", False),
        ("endings: [.jpg, .JPEG]", "https://p.example/a.jpeg?w=2", False),
        ("endings: [.jpg, .JPEG]", "https://p.example/a.png", True),
        ("endings: [.jpg]", "https://[", True),
    ],
)
def test_an_address_is_refused_without_being_fetched(section: str, url: str, refuses: bool) -> None:
    found: list[Finding] = list(address_findings(limits_of(section), "Post", url, (SOUP,)))
    assert [finding.code for finding in found] == ["picture-address"] * refuses


def test_a_refusal_points_at_the_line_of_the_mapping() -> None:
    (finding,) = picture_findings(limits_of("max_bytes: 5"), "Post", Look("https://p.example/a", 6, None), (SOUP,))
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("post.yaml", 4)
    assert finding.place.column == len("pictures: {of: [items], max_bytes: ") + 1


MENU = b"""{
  "restaurant": {"restaurant_id": "r", "name": "Chez Nous", "currency": "EUR", "locale": "fr",
    "timezone": "Europe/Paris", "image_url": "https://p.example/house.jpg"},
  "categories": [{"category_id": "c", "name": "Plats", "image_url": "https://p.example/soup.jpg"}],
  "items": [
    {"item_id": "i-1", "name": "Soup", "price": "1.10", "category": "c", "image_url": "https://p.example/soup.jpg"},
    {"item_id": "i-2", "name": "Broth", "price": "2.20", "category": "c", "image_url": "https://p.example/soup.jpg"},
    {"item_id": "i-3", "name": "Secret", "price": "3.30", "category": "c", "hidden": true, "image_url": "https://p.example/no.jpg"}
  ],
  "modifier_groups": [{"modifier_group_id": "g", "name": "Bread", "options": [
    {"option_id": "o-1", "name": "White", "image_url": "https://p.example/white.jpg"}]}]
}"""


def test_a_picture_knows_all_that_show_it() -> None:
    menu = read_menu(MENU).menu
    assert menu is not None
    found = {each.url.rpartition("/")[2]: each for each in owned_pictures(menu)}
    assert list(found) == ["house.jpg", "soup.jpg", "white.jpg"]
    assert [record.name for record in found["soup.jpg"].of(("items",))] == ["Soup", "Broth"]
    assert [record.name for record in found["soup.jpg"].of(("categories", "options"))] == ["Plats"]
    assert [record.name for record in found["white.jpg"].of(("options",))] == ["White"]


def test_a_platform_says_nothing_of_pictures_that_it_does_not_show() -> None:
    house = Owned("https://p.example/house.gif", (("restaurant", Record("restaurant", "r", "Chez Nous")),))
    soup = Owned("https://p.example/soup.gif", (("items", SOUP),))
    look = Look("https://p.example/soup.gif", 5, Header("gif", 4, 3))
    post = mapping_of("types: [jpg]")
    assert judge(house, look, [post]).refused == ()
    ((platform, finding),) = judge(soup, look, [post]).refused
    assert (platform, finding.code, finding.field) == ("post", "picture-type", "image_url")


def test_what_cannot_be_fetched_or_read_concerns_every_platform() -> None:
    soup = Owned("https://p.example/soup.jpg?w=2", (("items", SOUP),))
    gone = judge(soup, "Its server answered 404.", [mapping_of("query: refused")])
    assert [(platform, finding.code) for platform, finding in gone.refused] == [
        (EVERY, "picture-unreachable"), ("post", "picture-address"),
    ]  # fmt: skip
    assert "Its server answered 404." in gone.refused[0][1].message
    page = judge(soup, Look(soup.url, 36, None), [mapping_of("types: [jpg]")])
    assert [(platform, finding.code) for platform, finding in page.refused] == [(EVERY, "picture-unreadable")]
