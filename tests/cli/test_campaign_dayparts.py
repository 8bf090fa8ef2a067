"""The grammar of dayparts: what is written is what is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.cli.campaign_dayparts import daypart_text, dayparts_of, joined
from appliance.decision.dayparts import LONGEST_OVERNIGHT_MIN, first_overlap, length_min
from appliance.domain import Daypart
from appliance.errors import ContentError

windows = st.builds(Daypart, st.integers(1, 7), st.integers(0, 1439), st.integers(1, 1440)).filter(
    lambda part: (
        part.starts_min < part.ends_min
        or (part.starts_min > part.ends_min and length_min(part) <= LONGEST_OVERNIGHT_MIN)
    )
)


@given(
    st.lists(windows, min_size=1, max_size=6, unique=True).filter(lambda p: not first_overlap(p))
)
def test_what_is_written_is_read_again(parts: list[Daypart]) -> None:
    wanted = joined([tuple(parts)])
    text = daypart_text(wanted)
    assert joined([dayparts_of(part) for part in text.split(";")]) == wanted


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        parts = dayparts_of(text)
    except ContentError as exc:
        said = str(exc)
    else:
        said = daypart_text(parts)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "days", "window"),
    [
        ("daily 00:00-24:00", [1, 2, 3, 4, 5, 6, 7], (0, 1440)),
        ("mon-fri 07:00-09:30", [1, 2, 3, 4, 5], (420, 570)),
        ("sat-mon 22:00-00:00", [1, 6, 7], (1320, 1440)),
        ("Sat,Sun  22:00-02:00", [6, 7], (1320, 120)),
    ],
)
def test_days_and_windows(text: str, days: list[int], window: tuple[int, int]) -> None:
    parts = dayparts_of(text)
    assert [part.weekday for part in parts] == days
    assert {(part.starts_min, part.ends_min) for part in parts} == {window}
