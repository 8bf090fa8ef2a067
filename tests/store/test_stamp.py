"""Times: UTC text, the local day, and back again."""

from __future__ import annotations

import datetime as dt

from appliance.store.stamp import Stamp, local_time
from tests.store.history import SEOUL


def test_utc_text_has_milliseconds_and_z() -> None:
    stamp = Stamp(dt.datetime(2026, 3, 1, 0, 30, 5, 6999, tzinfo=SEOUL))
    assert stamp.utc_text == "2026-02-28T15:30:05.006Z"


def test_the_date_is_the_local_one() -> None:
    stamp = Stamp(dt.datetime(2026, 3, 1, 0, 30, tzinfo=SEOUL))
    assert (stamp.local_date, stamp.tz_offset_minutes) == ("2026-03-01", 540)


def test_offsets_west_of_greenwich_are_negative() -> None:
    newfoundland = dt.timezone(-dt.timedelta(hours=3, minutes=30))
    assert Stamp(dt.datetime(2026, 1, 1, tzinfo=newfoundland)).tz_offset_minutes == -210


def test_stored_time_comes_back_in_its_own_zone() -> None:
    moment = dt.datetime(2026, 3, 1, 0, 30, tzinfo=SEOUL)
    stamp = Stamp(moment)
    back = local_time(stamp.utc_text, stamp.tz_offset_minutes)
    assert back == moment
    assert back.utcoffset() == moment.utcoffset()


def test_an_unset_clock_is_marked() -> None:
    moment = dt.datetime(2026, 3, 1, tzinfo=SEOUL)
    assert Stamp(moment, is_synced=False).columns()["clock_synced"] == 0
    assert Stamp(moment).columns("started_at")["clock_synced"] == 1
