"""Emotion samples and the place's day made of them."""

from __future__ import annotations

import pytest

from appliance.domain import EMOTIONS
from appliance.store.database import Database
from tests.store.history import HAPPY, History, a_stamp, scores_of

SAD = scores_of(0.1, 0.15, 0.4, 0.1, 0.05, 0.1, 0.1)
AFRAID = scores_of(0.1, 0.15, 0.2, 0.1, 0.3, 0.1, 0.05)
UNSURE = scores_of(0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1, expression=None)


def test_a_sample_comes_back(history: History) -> None:
    history.samples.record("p", 1.0004, HAPPY, 3)
    (sample,) = history.samples.of_play("p")
    assert sample.t_s == 1.0
    assert sample.probabilities == HAPPY.probabilities
    assert (sample.valence, sample.arousal, sample.watchers) == (0.25, -0.5, 3)
    assert not sample.is_abstained


def test_samples_are_in_order_of_time_one_for_each_second(history: History) -> None:
    for t_s in (2.0, 1.0, 2.0, 10.0):
        history.samples.record("p", t_s, HAPPY, 1)
    assert [sample.t_s for sample in history.samples.of_play("p")] == [1.0, 2.0, 10.0]


def test_an_abstained_second_is_marked(history: History) -> None:
    history.samples.record("p", 1, UNSURE, 1)
    assert history.samples.of_play("p")[0].is_abstained


def test_a_wrong_number_of_probabilities_is_a_mistake_of_the_program(history: History) -> None:
    with pytest.raises(ValueError, match="zip"):
        history.samples.record("p", 1, scores_of(0.5, 0.5), 1)


def test_the_day_in_hours(history: History) -> None:
    clip = history.add_clip()
    noon = history.begin(clip)
    for t_s, scores in enumerate((HAPPY, HAPPY, AFRAID, UNSURE)):
        history.samples.record(noon, t_s, scores, 1)
    evening = history.begin(clip, a_stamp(hours=7, minutes=59))
    history.samples.record(evening, 1, SAD, 1)
    tomorrow = history.begin(clip, a_stamp(hours=12))
    history.samples.record(tomorrow, 1, SAD, 1)

    first, second = history.samples.emotions_by_hour("2026-03-10")
    assert dict(zip(EMOTIONS, first.seven, strict=True)) == {
        "neutral": 0,
        "happiness": 2,
        "sadness": 0,
        "surprise": 0,
        "fear": 1,
        "disgust": 0,
        "anger": 0,
    }
    # Afraid of seven, but among happy, neutral and sad alone it was sad.
    assert (first.hour, first.three) == (12, (2, 0, 1))
    assert (second.hour, second.three) == (19, (0, 0, 1))
    assert [hour.hour for hour in history.samples.emotions_by_hour("2026-03-11")] == [0]
    assert history.samples.emotions_by_hour("2026-03-12") == ()


def test_visits_are_counted_once_an_hour(history: History) -> None:
    clip = history.add_clip()
    first, second = (history.visits.start(1, a_stamp()) for _ in range(2))
    for visit, minutes in ((first, 0), (first, 5), (second, 10), (second, 70), (None, 20)):
        history.begin(clip, a_stamp(minutes=minutes), visit_id=visit)
    assert history.samples.visits_by_hour("2026-03-10") == {12: 2, 13: 1}


def test_a_day_of_samples_reads_through_the_index(history: History, database: Database) -> None:
    plan = database.rows(
        "EXPLAIN QUERY PLAN SELECT count(*) FROM play_events AS event"
        " JOIN emotion_samples USING (play_id)"
        " WHERE event.local_date = '2026-03-10' AND event.event = 'playing'"
    )
    steps = " ".join(str(row["detail"]) for row in plan)
    assert "play_events_on_day" in steps
    assert "SCAN" not in steps
