"""A unit's past, written through the real stores into a real file."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from appliance.domain import (
    Candidate,
    Clip,
    DayTime,
    Decision,
    DecisionContext,
    EmotionScores,
    Expression,
    PlaybackEvent,
    Posterior,
    RatingSource,
    Screen,
    Season,
    Surroundings,
)
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from appliance.store.decisions import DecisionStore
from appliance.store.plays import PlayStore
from appliance.store.ratings import RatingStore
from appliance.store.samples import SampleStore
from appliance.store.stamp import Stamp
from appliance.store.visits import VisitStore
from tests.factories import a_clip

SEOUL = dt.timezone(dt.timedelta(hours=9))
NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=SEOUL)
STAMP = Stamp(NOON)
CHAIN_KEY = b"the chain key of the tests"


def a_stamp(**later: float) -> Stamp:
    """NOON plus a ``timedelta``'s arguments."""
    return Stamp(NOON + dt.timedelta(**later))


def scores_of(
    *probabilities: float, expression: Expression | None = Expression.HAPPY
) -> EmotionScores:
    return EmotionScores(probabilities, 0.25, -0.5, expression, max(probabilities))


HAPPY = scores_of(0.1, 0.5, 0.2, 0.1, 0.05, 0.03, 0.02)


def a_decision(
    clip: Clip, expression: Expression | None = Expression.HAPPY, **more: Any
) -> Decision:
    screen = more.pop("screen", Screen.SHOW)
    surroundings = Surroundings(Season.SPRING, DayTime.DAY)
    values: dict[str, Any] = {
        "context": DecisionContext(screen, expression, 0.8, 2, surroundings),
        "clip": clip,
        "probability": 0.625,
        "reason": "it had the best draw",
        "policy": "thompson",
        "candidates": (
            Candidate(clip.id, clip.title, Posterior(2.4, 1.6), 3, None),
            Candidate(99, "Winter", None, 0, "wrong-season"),
        ),
    }
    return Decision(**(values | more))


class History:
    """Writes what a unit would have written."""

    def __init__(self, database: Database) -> None:
        self.clips = ClipStore(database)
        self.visits = VisitStore(database)
        self.decisions = DecisionStore(database)
        self.plays = PlayStore(database, CHAIN_KEY)
        self.ratings = RatingStore(database)
        self.samples = SampleStore(database)
        self._added = 0

    def add_clip(self, **changes: Any) -> Clip:
        self._added += 1
        return self.clips.add(a_clip(self._added, **changes), STAMP)

    def plan(
        self,
        clip: Clip,
        expression: Expression | None = Expression.HAPPY,
        stamp: Stamp = STAMP,
        visit_id: int | None = None,
        **more: Any,
    ) -> str:
        """A choice for which nothing has played yet; returns the play's id."""
        play_id = str(uuid.uuid4())
        decision = a_decision(clip, expression, **more)
        self.decisions.record(decision, play_id=play_id, visit_id=visit_id, stamp=stamp)
        return play_id

    def begin(self, clip: Clip, stamp: Stamp = STAMP, **more: Any) -> str:
        play_id = self.plan(clip, stamp=stamp, **more)
        self.plays.record(play_id, PlaybackEvent.PLAYING, 0.0, "", stamp)
        return play_id

    def play(self, clip: Clip, rating: int | None = None, stamp: Stamp = STAMP, **more: Any) -> str:
        """A play to its end, rated or not."""
        play_id = self.begin(clip, stamp, **more)
        end = Stamp(stamp.local + dt.timedelta(seconds=10), stamp.is_synced)
        self.plays.record(play_id, PlaybackEvent.ENDED, 10.0, "", end)
        if rating is not None:
            self.ratings.give(play_id, rating, RatingSource.PANEL, end)
        return play_id
