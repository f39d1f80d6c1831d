"""Scenarios 1 to 8: a valid menu goes live, and nothing is sent without need."""

from __future__ import annotations

import pytest

from pipeline.store.records import State
from tests.live import Live
from tests.platforms import PLATFORMS


@pytest.mark.parametrize("platform", PLATFORMS)
def test_01_a_valid_menu_goes_live_and_the_platforms_id_is_kept(live: Live, platform: str) -> None:
    done = live.publish(platform)
    assert (done.state, done.error) == (State.SYNCED, "")
    status = live.status(platform)
    assert status.state == State.SYNCED
    assert (status.accepted_hash, status.item_count) == (done.payload_hash, 6)
    assert done.payload_hash == status.desired_hash != ""
    states = [change.state for change in done.changes]
    assert states[0] == State.PENDING
    assert states[-1] == State.SYNCED
    kept = {"doordash": "external_menu_id", "grubhub": "job_id"}.get(platform)
    if kept:
        assert State.PROCESSING in states
        assert status.saved[kept]
