"""The day's chart is the place's: nothing in it can be traced to a single visitor."""

from __future__ import annotations

from appliance.domain import EMOTIONS
from appliance.store.records import EmotionHour
from appliance.web.phone.emotion_chart import BOTTOM, LEFT, RIGHT, TOP, emotion_chart


def an_hour(hour: int, **seconds: int) -> EmotionHour:
    return EmotionHour(hour, tuple(seconds.get(name, 0) for name in EMOTIONS), (0, 0, 0))


def corners(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


def test_a_day_without_anybody_is_empty() -> None:
    assert emotion_chart([], {}).is_empty


def test_an_hour_of_four_visits_is_hidden_whole() -> None:
    assert emotion_chart([an_hour(14, happiness=200)], {14: 4}).is_empty
    assert not emotion_chart([an_hour(14, happiness=200)], {14: 5}).is_empty


def test_an_hour_of_loop_clips_without_a_visit_is_hidden() -> None:
    assert emotion_chart([an_hour(14, happiness=200)], {}).is_empty


def test_an_emotion_of_four_seconds_is_hidden() -> None:
    chart = emotion_chart([an_hour(14, happiness=5, anger=4)], {14: 9})
    assert [area.emotion for area in chart.areas] == ["happiness"]
    assert chart.areas[0].share == 1.0


def test_shares_are_of_all_that_is_shown() -> None:
    chart = emotion_chart([an_hour(9, neutral=30), an_hour(10, sadness=10)], {9: 5, 10: 5})
    assert [(area.emotion, area.share) for area in chart.areas] == [
        ("neutral", 0.75),
        ("sadness", 0.25),
    ]


def test_layers_stand_on_each_other() -> None:
    chart = emotion_chart([an_hour(9, neutral=30, happiness=30)], {9: 5})
    low, high = (corners(area.points) for area in chart.areas)
    assert min(y for _, y in low) == max(y for _, y in high) - (BOTTOM - (BOTTOM + TOP) / 2)
    assert min(y for _, y in high) == TOP


def test_nothing_leaves_the_drawing() -> None:
    hours = [an_hour(h, neutral=7 * h % 50 + 5, fear=9) for h in range(24)]
    chart = emotion_chart(hours, dict.fromkeys(range(24), 5))
    for area in chart.areas:
        assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in corners(area.points))
    assert [mark.hour for mark in chart.marks] == list(range(0, 25, 2))


def test_a_first_hour_does_not_fill_the_axis() -> None:
    for hour in (0, 12, 23):
        chart = emotion_chart([an_hour(hour, neutral=30)], {hour: 5})
        hours = [mark.hour for mark in chart.marks]
        assert hours[-1] - hours[0] == 6
        assert hours[0] <= hour < hours[-1]
