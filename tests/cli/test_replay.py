"""``appliance replay``: another policy judged by a log that was really written."""

from __future__ import annotations

import json
from collections.abc import Callable

import click
import numpy as np
import pytest

from appliance.cli.replay import replay
from appliance.decision.hope import DrawSettings
from appliance.decision.policy import PriorSettings, choose
from appliance.domain import (
    Candidate,
    ClipKind,
    DayTime,
    DecisionContext,
    Expression,
    PlaybackEvent,
    Posterior,
    RatingSource,
    Score,
    Screen,
    Season,
    Surroundings,
)
from appliance.store.database import Database
from tests.cli.conftest import Type
from tests.store.history import STAMP, History, a_stamp

LIKED = {1: 0.9, 2: 0.1, 3: 0.2}
"""What visitors think of the clips."""
DAYS = ("--from", "2026-03-01", "--to", "2026-03-31")


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(replay)


TRIES_ALL = DrawSettings(spread=1, floor=0.1)
TRIES_LITTLE = DrawSettings()


def write_log(
    history: History, visits: int = 60, seed: int = 1, draws: DrawSettings = TRIES_ALL
) -> None:
    """Real choices by beliefs that know little, answered as ``LIKED`` says."""
    clips = [history.add_clip() for _ in LIKED]
    rng = np.random.default_rng(seed)
    context = DecisionContext(
        Screen.SHOW, Expression.SAD, 0.8, 1, Surroundings(Season.SPRING, DayTime.DAY)
    )
    for number in range(visits):
        decision = choose(
            clips,
            context,
            {(1, Expression.SAD): Score(1, 0)},
            recent=(),
            missing=frozenset(),
            allowed_kinds=frozenset(ClipKind),
            prior=PriorSettings(),
            rng=rng,
            draws=draws,
        )
        play_id = f"play-{number}"
        history.decisions.record(decision, play_id=play_id, visit_id=None, stamp=STAMP)
        history.plays.record(play_id, PlaybackEvent.PLAYING, 0, "", STAMP)
        liked = int(rng.random() < LIKED[decision.clip.id])
        history.ratings.give(play_id, liked, RatingSource.PANEL, STAMP)


def test_a_better_policy_is_told_to_be_better(typed: Type, history: History) -> None:
    write_log(history)
    history.play(history.add_clip())
    most_liked = json.loads(typed("--policy", "most-liked", *DAYS, "--json")[1])
    uniform = json.loads(typed("--policy", "uniform", *DAYS, "--json")[1])
    assert most_liked["value"] > 0.75 > 0.55 > uniform["value"]
    assert most_liked["low"] <= 0.9 <= most_liked["high"]
    assert uniform["low"] <= 0.4 <= uniform["high"]
    assert uniform["gain_high"] < 0.1
    assert (uniform["choices"], uniform["answered"], uniform["watcher_choices"]) == (60, 60, 61)


def test_a_log_of_few_tries_is_said_to_tell_little(typed: Type, history: History) -> None:
    write_log(history, draws=TRIES_LITTLE)
    found = json.loads(typed("--policy", "uniform", *DAYS, "--json")[1])
    assert "never tried" in " ".join(found["warnings"])


def test_in_words(typed: Type, history: History) -> None:
    write_log(history)
    status, printed = typed("--policy", "uniform", *DAYS)
    assert status == 0
    assert "Policy 'uniform', choices from 2026-03-01 to 2026-03-31\n" in printed
    assert "Judged by 60 answers to 60 choices for watchers." in printed
    assert "who does not answer may think otherwise" in printed


def test_the_units_own_policy_goes_by_the_settings_and_others_may_be_tried(
    typed: Type, history: History
) -> None:
    write_log(history)
    values = [
        json.loads(typed("--policy", "shared-thompson", *DAYS, "--json", *more)[1])["value"]
        for more in (
            (),
            ("--optimism", "2.3"),
            ("--optimism", "0.5", "--spread", "1"),
            ("--floor", "0.5"),
        )
    ]
    assert values[0] == values[1]
    assert values[3] < values[0] - 0.05
    assert values[2] != values[0]


def test_an_unknown_policy_is_answered_with_the_one_that_was_meant(
    typed: Type, database: Database
) -> None:
    assert typed("--policy", "unifrom") == (
        1,
        "there is no policy 'unifrom'; did you mean uniform?",
    )
    status, line = typed("--policy", "xyz")
    assert status == 1
    assert "choose from uniform, most-liked, thompson, shared-thompson" in line


def test_days_without_choices(typed: Type, history: History) -> None:
    write_log(history, 1)
    assert typed("--policy", "uniform", "--from", "2025-01-01", "--to", "2025-01-02") == (
        1,
        "no clip was chosen for a watcher from 2025-01-01 to 2025-01-02; give other days",
    )
    status, line = typed("--policy", "uniform", "--from", "2026-03-31", "--to", "2026-03-01")
    assert (status, "swap them" in line) == (1, True)


def test_too_few_answers(typed: Type, history: History) -> None:
    write_log(history, 29)
    status, line = typed("--policy", "uniform", *DAYS)
    assert status == 1
    assert line.startswith("29 of 29 choices from 2026-03-01 to 2026-03-31 can be judged; 30")


def test_purged_candidates_are_told(typed: Type, history: History, database: Database) -> None:
    write_log(history)
    database.write("UPDATE decisions SET candidates = '[]', candidates_omitted = 3 WHERE id > 10")
    status, line = typed("--policy", "uniform", *DAYS)
    assert status == 1
    assert "10 of 60 choices" in line
    assert "of 50 more the candidates are no longer kept" in line


def test_a_choice_whose_eligible_clips_were_not_all_written_down_is_left_out(
    typed: Type, history: History
) -> None:
    write_log(history)
    clip = history.add_clip()
    for eligible_only in (True, False):
        candidates = [Candidate(clip.id, "X", Posterior(1, 1), 0, None)]
        if not eligible_only:
            candidates.append(Candidate(99, "Y", None, 0, "disabled"))
        play = history.play(
            clip, 1, a_stamp(hours=1), candidates=tuple(candidates), candidates_omitted=7
        )
        assert play
    found = json.loads(typed("--policy", "uniform", *DAYS, "--json")[1])
    assert (found["choices"], found["answered"]) == (61, 62)


def test_a_clip_that_was_rated_and_removed_still_counts(typed: Type, history: History) -> None:
    write_log(history)
    history.clips.remove(1)
    assert json.loads(typed("--policy", "uniform", *DAYS, "--json")[1])["choices"] == 60
