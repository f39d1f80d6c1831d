"""HEAD at the API's addresses: GET's status and headers, nothing after them."""

from __future__ import annotations

import pytest

from tests.api_world import KEYS, World


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200), ("/health", 200), ("/ready", 200), ("/docs", 200), ("/openapi.json", 200), ("/hosted/x", 404),
        ("/admin/me", 200), ("/nothing", 404),
    ],
)  # fmt: skip
@pytest.mark.parametrize("packing", ["identity", "gzip"])
def test_a_head_is_get_without_its_body(fresh: World, path: str, status: int, packing: str):
    headers = {"X-API-Key": KEYS["reader"], "Accept-Encoding": packing}
    whole = fresh.client.get(path, headers=headers)
    head = fresh.client.head(path, headers=headers)
    assert head.status_code == whole.status_code == status
    assert head.content == b""
    assert whole.content
    for name in ("content-type", "content-length", "cache-control", "etag", "content-encoding"):
        assert head.headers.get(name) == whole.headers.get(name), name


def test_a_head_needs_the_key_that_get_needs(fresh: World):
    assert fresh.client.head("/admin/me").status_code == 401


@pytest.mark.parametrize(
    ("path", "allowed"), [("/menus/doordash/store-1", "GET"), ("/admin/sync/rest_001/full-refresh", "POST")]
)
def test_what_is_no_looking_has_no_head(fresh: World, path: str, allowed: str):
    answer = fresh.client.head(path, headers={"X-API-Key": KEYS["operator"]})
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
